// The person's open modal, as a real dialog. The server's view is what is shown; typed values stay through redraws.

import { control, explain } from "./api.js";
import { drawBlocks } from "./blocks.js";
import { freshId, h, icon, replaceKeepingFocus } from "./dom.js";
import { textOf } from "./mrkdwn.js";

/** @typedef {import("./message.js").Page} Page */

export class Modal {
  #drawn = "";
  #viewId = "";
  #person = "";
  #errors = {};
  #problem = "";
  #busy = false;

  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    this.title = freshId("modal-title");
    this.content = h("div");
    this.dialog = h(
      "dialog.dialog.modal",
      {
        "aria-labelledby": this.title,
        oncancel: (event) => {
          event.preventDefault();
          void this.#close();
        },
        // A browser may close a dialog without asking, after a second Esc: then the app must hear of it too. When it
        // was us, the next view may be open before this is heard.
        onclose: () => this.#viewId && !this.dialog.open && void this.#close(),
      },
      this.content,
    );
    document.body.append(this.dialog);
  }

  draw() {
    const { store } = this.page;
    const view = store.person.modal;
    if (!view) {
      this.#drawn = this.#viewId = "";
      this.#busy = false;
      if (this.dialog.open) this.dialog.close();
      return;
    }
    if (view.id !== this.#viewId || store.viewer !== this.#person) this.#begin(view, store.viewer);
    const errors = { ...this.#errors, ...store.person.modal_errors };
    // The state is what has been typed: it is on the screen already.
    const signature = JSON.stringify([
      { ...view, state: null },
      errors,
      this.#problem,
      this.#busy,
      store.version,
    ]);
    if (signature === this.#drawn) return;
    const opening = !this.dialog.open;
    this.#drawn = signature;
    this.#show(view, errors);
    if (opening) this.dialog.showModal();
    if (opening || this.entering) this.#focusFirst();
    this.entering = false;
  }

  #begin(view, viewer) {
    this.#viewId = view.id;
    this.#person = viewer;
    this.#errors = {};
    this.#problem = "";
    this.#busy = false;
    this.entering = true;
    this.#startHere(view);
  }

  /** "The current conversation" is the one behind the dialog. */
  #startHere(view) {
    const { store, surfaces } = this.page;
    const { form } = surfaces.view("modal", view, () => {});
    for (const { block_id: blockId, element } of view.blocks ?? []) {
      if (!element?.default_to_current_conversation) continue;
      if (element.initial_conversation || element.initial_conversations) continue;
      const several = element.type.startsWith("multi_");
      const here = several
        ? { selected_conversations: [store.channel] }
        : { selected_conversation: store.channel };
      form.set(blockId, element.action_id, { type: element.type, ...here });
    }
  }

  #show(view, errors) {
    const { surfaces } = this.page;
    const scrolled = this.content.querySelector(".dialog-body")?.scrollTop ?? 0;
    this.surface = surfaces.view("modal", view, (text) => this.#say(text), errors);
    this.blocks = view.blocks ?? [];
    const pushed = Boolean(view.previous_view_id);
    const fresh = h(
      "form.dialog-form",
      {
        novalidate: true,
        "data-callback-id": view.callback_id ?? "",
        onsubmit: (event) => {
          event.preventDefault();
          void this.#submit();
        },
      },
      h(
        "div.dialog-head",
        null,
        h("img.dialog-mark", { src: "/page/icon.svg", alt: "", width: "24", height: "24" }),
        h("h2.dialog-title", { id: this.title }, textOf(view.title)),
        h(
          "button.icon-button",
          {
            type: "button",
            "aria-label": pushed ? "Back" : "Close",
            "data-key": "modal/x",
            onclick: () => void this.#close(),
          },
          icon("close"),
        ),
      ),
      this.#problem ? h("div.dialog-problem", { role: "alert" }, this.#problem) : null,
      h(
        "div.dialog-body",
        { tabindex: "0", role: "group", "aria-labelledby": this.title, "data-key": "modal/body" },
        drawBlocks(this.blocks, this.surface),
      ),
      h(
        "div.dialog-foot",
        null,
        h(
          "button.button",
          { type: "button", "data-key": "modal/close", onclick: () => void this.#close() },
          textOf(view.close) || (view.submit ? "Cancel" : "Close"),
        ),
        view.submit
          ? h(
              "button.button.primary",
              { type: "submit", "data-key": "modal/submit", "aria-busy": this.#busy ? "true" : null },
              this.#busy ? "Sending …" : textOf(view.submit),
            )
          : null,
      ),
    );
    replaceKeepingFocus(this.content, fresh);
    this.content = fresh;
    fresh.querySelector(".dialog-body").scrollTop = scrolled;
  }

  #focusFirst() {
    const body = this.content.querySelector(".dialog-body");
    const field =
      body.querySelector("[autofocus]") ??
      body.querySelector('.input-block input:not([type="hidden"]), .input-block textarea');
    (field ?? body).focus();
  }

  #say(text) {
    this.#problem = text;
    this.draw();
  }

  async #submit() {
    if (this.#busy) return;
    const { store } = this.page;
    const id = this.#viewId;
    this.#busy = true;
    this.#errors = {};
    this.#problem = "";
    this.draw();
    let failed = false;
    try {
      await control("submit", { user: store.viewer, values: this.surface.form.stateOf(this.blocks) });
    } catch (problem) {
      failed = true;
      const errors = problem.answer?.errors;
      if (id !== this.#viewId) return;
      if (errors && Object.keys(errors).length) this.#errors = errors;
      else this.#problem = `${explain("Sending the form", problem)} What you entered is kept.`;
    } finally {
      this.#busy = false;
      this.draw();
      if (failed) this.content.querySelector('[aria-invalid="true"]')?.focus();
    }
  }

  async #close() {
    const { store } = this.page;
    try {
      await control("close-modal", { user: store.viewer });
    } catch (problem) {
      // The dialog is the person's own: it closes even when the app does not hear of it.
      if (["operation_timeout", "app_not_connected"].includes(problem.code)) return;
      if (problem.code === "server_unreachable") this.#say(explain("Closing", problem));
    }
  }
}
