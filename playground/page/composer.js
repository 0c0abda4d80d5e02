// Where people type: messages, slash commands and replies, with completion and a plain word on what went wrong.

import { control, explain } from "./api.js";
import { freshId, h, icon } from "./dom.js";
import { completion } from "./completion.js";
import { openMenu } from "./popups.js";

/** @typedef {import("./message.js").Page} Page */

/** Typed text by person, conversation and thread; it survives looking elsewhere and a failed command. */
const drafts = new Map();

export class Composer {
  #place = "";
  #label = "";
  #busy = false;
  #last = "";

  /**
   * @param {Page} page
   * @param {{id: string, where: () => {channel: string, thread: string | null}}} options
   */
  constructor(page, { id, where }) {
    this.page = page;
    this.where = where;
    const list = freshId("suggestions");
    this.text = h("textarea.composer-text", {
      id,
      rows: "1",
      "aria-autocomplete": "list",
      "aria-controls": list,
      spellcheck: "true",
      oninput: () => this.#typed(),
      onkeydown: (event) => this.#key(event),
      onclick: () => this.#suggest(),
      onblur: () => this.suggestions.close(),
    });
    this.suggestions = completion(this.text, page.store, list, () => this.#typed());
    this.hint = h("div.composer-hint");
    this.notice = h("div.composer-notice", { role: "alert", hidden: true });
    this.status = h("span.composer-status", { role: "status" });
    this.shortcuts = h(
      "button.icon-button",
      {
        type: "button",
        "aria-label": "Shortcuts",
        "aria-haspopup": "menu",
        "aria-expanded": "false",
        "data-tip": "Shortcuts",
        onclick: () => this.#openShortcuts(),
      },
      icon("bolt"),
    );
    this.send = h(
      "button.send-button",
      { type: "submit", "aria-label": "Send", "data-tip": "Send (Enter)" },
      icon("send"),
    );
    this.root = h(
      "form.composer",
      {
        onsubmit: (event) => {
          event.preventDefault();
          void this.submit();
        },
      },
      this.notice,
      h(
        "div.composer-box",
        null,
        this.suggestions.list,
        this.text,
        h("div.composer-foot", null, this.shortcuts, this.hint, this.status, this.send),
      ),
    );
  }

  /** Shows the draft of where the viewer is now. @param {string} label @param {string} placeholder */
  draw(label, placeholder) {
    if (this.#label !== label) {
      this.#label = label;
      this.text.setAttribute("aria-label", label);
      this.text.placeholder = placeholder;
    }
    const place = this.#key_of_place();
    if (place === this.#place) return;
    this.#place = place;
    this.text.value = drafts.get(place) ?? "";
    this.#say(null);
    this.#typed();
    this.suggestions.close();
  }

  /** Puts a line into the field and the caret behind it. @param {string} line */
  fill(line) {
    this.text.value = line;
    this.text.focus();
    this.text.setSelectionRange(line.length, line.length);
    this.#typed();
    this.suggestions.close();
  }

  #key_of_place() {
    const { channel, thread } = this.where();
    return `${this.page.store.viewer}/${channel}/${thread ?? ""}`;
  }

  #typed() {
    drafts.set(this.#place, this.text.value);
    this.text.style.height = "auto";
    this.text.style.height = `${Math.min(220, this.text.scrollHeight)}px`;
    this.send.disabled = !this.text.value.trim() || this.#busy;
    this.#usage();
    this.#suggest();
  }

  #suggest() {
    if (document.activeElement === this.text) this.suggestions.open();
  }

  /** Under a known command: how it is used. */
  #usage() {
    const command = this.#commandOf(this.text.value);
    if (command && !this.where().thread) {
      this.hint.replaceChildren(h("code", null, command.command), ` ${command.usage_hint ?? ""}`);
    } else {
      const commands = this.where().thread ? "" : " · / for commands";
      this.hint.replaceChildren(
        h("span.composer-tip", null, `Enter sends · Shift+Enter starts a line${commands}`),
      );
    }
  }

  #commandOf(text) {
    const word = /^\s*(\/\S+)/.exec(text)?.[1];
    return word && (this.page.store.app?.commands ?? []).find(({ command }) => command === word);
  }

  #key(event) {
    if (event.isComposing || this.suggestions.key(event)) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      void this.submit();
    } else if (event.key === "ArrowUp" && this.text.value === "" && this.#last) {
      event.preventDefault();
      this.fill(this.#last);
    }
  }

  async submit() {
    const typed = this.text.value;
    const line = typed.trim();
    if (!line || this.#busy) return;
    const { channel, thread } = this.where();
    if (line.startsWith("/") && thread) {
      this.#say("Slash commands do not work in threads, as in Slack. Mention the app instead.", {
        label: "Write it as a mention",
        run: () => this.fill(`@${this.page.store.personName(this.page.store.botId)} ${line.slice(1)}`),
      });
      return;
    }
    const word = line.startsWith("/") ? line.split(/\s/, 1)[0] : null;
    this.#say(null);
    this.#wait(word ? `Sending ${word} …` : "Sending …");
    const place = this.#place;
    try {
      const answer = await (word
        ? this.#command(channel, word, line.slice(word.length).trim())
        : this.#message(channel, thread, line));
      this.#last = line;
      drafts.delete(place);
      if (this.#place === place && this.text.value === typed) this.text.value = "";
      if (answer?.acknowledged === false)
        this.#say("Sent, but the app did not take it. It is delivered again, as Slack would do.");
    } catch (problem) {
      this.#failed(word ?? "The message", problem);
    } finally {
      this.#wait(null);
      this.#typed();
      this.suggestions.close();
    }
  }

  async #message(channel, thread, text) {
    return control("message", {
      channel,
      user: this.page.store.viewer,
      text,
      ...(thread ? { thread_ts: thread } : {}),
    });
  }

  async #command(channel, command, text) {
    const { store } = this.page;
    const user = store.viewer;
    if (command === "/invite" || command === "/remove") {
      const named = /^(?:@|<@)?([^|>]+)/.exec(text)?.[1].trim().toLocaleLowerCase() ?? "";
      const who = [...store.users.keys()].find((id) =>
        [id.toLocaleLowerCase(), store.personName(id).toLocaleLowerCase()].includes(named),
      );
      if (!who)
        throw new Error(
          `Nobody here is called “${text || "…"}”. Write for example ${command} @${store.personName(store.botId)}`,
        );
      return control(command === "/invite" ? "join" : "leave", { channel, user: who, inviter: user });
    }
    return control("command", { channel, user, command, text });
  }

  #failed(what, problem) {
    const again = { label: "Try again", run: () => void this.submit() };
    if (problem.code === "unknown_command") {
      const known = (this.page.store.app?.commands ?? []).map(({ command }) => command).join(", ");
      this.#say(`${what} is not a command of any app here. Known: ${known}, /invite, /remove.`);
    } else if (problem.code) this.#say(`${explain(what, problem)} What you typed is kept.`, again);
    else this.#say(problem.message);
  }

  #say(text, action = null) {
    this.notice.hidden = text === null;
    if (text === null) return this.notice.replaceChildren();
    return this.notice.replaceChildren(
      h(
        "div",
        null,
        text,
        " ",
        action ? h("button.text-button", { type: "button", onclick: action.run }, action.label) : null,
      ),
      h(
        "button.icon-button",
        { type: "button", "aria-label": "Dismiss", onclick: () => this.#say(null) },
        icon("close"),
      ),
    );
  }

  #wait(text) {
    this.#busy = text !== null;
    this.text.readOnly = this.#busy;
    this.root.classList.toggle("busy", this.#busy);
    this.root.setAttribute("aria-busy", String(this.#busy));
    this.status.textContent = text ?? "";
  }

  #openShortcuts() {
    const { store } = this.page;
    const { channel } = this.where();
    const global = (store.app?.shortcuts ?? []).filter(({ type }) => type === "global");
    const run = async ({ name, callback_id: callbackId }) => {
      this.#wait(`Opening “${name}” …`);
      try {
        await control("shortcut", { user: store.viewer, callback_id: callbackId, channel });
      } catch (problem) {
        this.#say(explain(name, problem));
      } finally {
        this.#wait(null);
        this.#typed();
      }
    };
    const commands = store.app?.commands ?? [];
    openMenu(
      this.shortcuts,
      "Shortcuts",
      [
        { heading: `Shortcuts of ${store.personName(store.botId) ?? "the app"}` },
        ...global.map((shortcut) => ({
          label: shortcut.name,
          detail: shortcut.description,
          data: { shortcut: shortcut.callback_id },
          run: () => run(shortcut),
        })),
        ...(this.where().thread ? [] : ["line", { heading: "Commands" }]),
        ...(this.where().thread ? [] : commands).map(({ command, description }) => ({
          label: command,
          detail: description,
          run: () => this.fill(`${command} `),
        })),
      ],
      { above: true, width: 340 },
    );
  }
}
