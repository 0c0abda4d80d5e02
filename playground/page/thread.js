// The pane beside the conversation: one message and its replies.

import { Composer } from "./composer.js";
import { h, icon } from "./dom.js";
import { MessageList } from "./messages.js";

export class Thread {
  #shown = "";

  /** @param {HTMLElement} root @param {import("./message.js").Page} page */
  constructor(root, page) {
    this.root = root;
    this.page = page;
    this.log = h("div.log.thread-log", { role: "log", "aria-label": "Replies", tabindex: "0" });
    this.where = h("span.muted");
    const inner = h("div.log-inner");
    this.log.append(inner);
    this.list = new MessageList(inner, page, { inThread: true });
    this.composer = new Composer(page, {
      id: "thread-text",
      where: () => ({ channel: page.store.channel, thread: page.store.thread }),
    });
    root.append(
      h(
        "div.thread-head",
        null,
        h("h2.thread-title", null, "Thread ", this.where),
        h(
          "button.icon-button",
          { type: "button", "aria-label": "Close thread", onclick: () => this.#close() },
          icon("close"),
        ),
      ),
      this.log,
      this.composer.root,
    );
    root.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.defaultPrevented) this.#close();
    });
  }

  #close() {
    const { store, go } = this.page;
    const ts = store.thread;
    go({ thread: null });
    document.querySelector(`#log [data-ts="${CSS.escape(ts ?? "")}"] .thread-line`)?.focus();
  }

  draw() {
    const { store } = this.page;
    const parent = store.thread && store.message(store.channel, store.thread);
    this.root.hidden = !parent;
    document.body.classList.toggle("thread-open", Boolean(parent));
    if (!parent) {
      if (this.#shown) this.list.clear();
      this.#shown = "";
      return;
    }
    const channel = store.channels.get(store.channel);
    this.where.textContent = channel.is_im ? store.title(channel) : `#${channel.name}`;
    const replies = store.replies(store.channel, store.thread);
    const atEnd = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 40;
    const count = `${replies.length} ${replies.length === 1 ? "reply" : "replies"}`;
    this.list.draw(store.channel, [parent, ...replies], { dividerAfterFirst: count });
    this.composer.root.hidden = !store.isMember(channel) || Boolean(channel.is_archived);
    this.composer.draw("Reply in thread", "Reply …");
    const place = `${store.viewer}/${store.channel}/${store.thread}`;
    if (place !== this.#shown) {
      this.#shown = place;
      this.log.scrollTop = this.log.scrollHeight;
      if (!this.composer.root.hidden) this.composer.text.focus({ preventScroll: true });
    } else if (atEnd) this.log.scrollTop = this.log.scrollHeight;
  }
}
