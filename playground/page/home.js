// The Home tab of the app's conversation.

import { control, explain } from "./api.js";
import { drawBlocks } from "./blocks.js";
import { h, replaceKeepingFocus } from "./dom.js";
import { notify } from "./popups.js";

export class Home {
  #drawn = "";
  #asked = "";
  #waiting = false;

  /** @param {HTMLElement} root @param {import("./message.js").Page} page */
  constructor(root, page) {
    this.root = root;
    this.page = page;
    this.content = h("div");
    root.append(this.content);
  }

  /** Tells the app, once per visit, which tab of its conversation the viewer has opened. */
  opened() {
    const { store } = this.page;
    const channel = store.channels.get(store.channel);
    const place = store.isAppConversation(channel) ? `${store.viewer}/${store.tab}` : "";
    if (place === this.#asked) return;
    this.#asked = place;
    if (place) void this.#tell(store.viewer, store.tab);
  }

  async #tell(user, tab) {
    this.#waiting = tab === "home";
    try {
      await control("open-home", { user, tab });
    } catch (problem) {
      if (tab === "home") notify(explain("Opening Home", problem));
    } finally {
      this.#waiting = false;
      this.#drawn = "";
      this.page.store.changed();
    }
  }

  draw() {
    const { store, surfaces } = this.page;
    const view = store.person.home;
    const signature = JSON.stringify([store.viewer, view, store.version, this.#waiting]);
    if (signature === this.#drawn) return;
    this.#drawn = signature;
    const fresh = view
      ? h("div.home-page", null, drawBlocks(view.blocks, surfaces.view("home", view, notify)))
      : h(
          "div.home-page",
          null,
          h(
            "p.home-empty",
            { role: "status" },
            this.#waiting ? "Opening …" : "The app has not drawn its Home yet.",
          ),
        );
    replaceKeepingFocus(this.content, fresh);
    this.content = fresh;
  }
}
