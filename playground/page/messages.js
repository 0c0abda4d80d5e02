// A list of messages that changes in place: days, what is new, runs by one person.

import { dateOfTs, dayKey, dayName, fullDate } from "./dates.js";
import { h } from "./dom.js";
import { MessageView } from "./message.js";

/** @typedef {import("./message.js").Page} Page @typedef {import("./message.js").Message} Message */

const GROUP_SECONDS = 300;
const SHOWN_AT_FIRST = 200;

/** A list of messages that keeps its nodes: `draw` adds, removes and updates what differs. */
export class MessageList {
  #views = new Map();
  #marks = new Map();
  #place = "";
  #shown = SHOWN_AT_FIRST;
  /** ts of the newest message drawn. */
  lastTs = "";

  /** @param {HTMLElement} root @param {Page} page @param {{inThread?: boolean}} [options] */
  constructor(root, page, { inThread = false } = {}) {
    this.root = root;
    this.page = page;
    this.inThread = inThread;
  }

  /**
   * @param {string} channel
   * @param {Message[]} messages oldest first
   * @param {{newFrom?: string | null, before?: HTMLElement | null, dividerAfterFirst?: string | null}} [extra]
   */
  draw(channel, messages, { newFrom = null, before = null, dividerAfterFirst = null } = {}) {
    const { store } = this.page;
    const place = `${store.viewer}/${channel}/${this.inThread ? store.thread : ""}`;
    if (place !== this.#place) this.#begin(place);
    const hidden = Math.max(0, messages.length - this.#shown);
    const nodes = before ? [before] : [];
    if (hidden) nodes.push(this.#mark("earlier", () => this.#earlier(channel), String(hidden)));
    let previous = null;
    messages.slice(hidden).forEach((message, index) => {
      const date = dateOfTs(message.ts);
      const newDay = !previous || dayKey(dateOfTs(previous.ts)) !== dayKey(date);
      const fresh = newFrom === message.ts;
      if (newDay && !this.inThread)
        nodes.push(this.#mark(`day/${dayKey(date)}`, () => dayLine(date), dayName(date)));
      if (fresh)
        nodes.push(this.#mark("new", () => h("div.new-line", { role: "separator" }, h("span", null, "New"))));
      if (index === 1 && dividerAfterFirst)
        nodes.push(
          this.#mark("replies", () => h("div.replies-line", null, dividerAfterFirst), dividerAfterFirst),
        );
      const compact = Boolean(
        previous && !newDay && !fresh && sameRun(previous, message) && !(index === 1 && this.inThread),
      );
      nodes.push(this.#view(channel, message, { compact, target: store.target === message.ts }));
      previous = message;
    });
    this.#arrange(nodes);
    this.lastTs = messages.at(-1)?.ts ?? "";
    const kept = new Set(messages.map(({ ts }) => ts));
    for (const ts of this.#views.keys()) if (!kept.has(ts)) this.#views.delete(ts);
  }

  clear() {
    this.#begin("");
  }

  #begin(place) {
    this.#place = place;
    this.#views.clear();
    this.#marks.clear();
    this.#shown = SHOWN_AT_FIRST;
    this.root.replaceChildren();
  }

  #view(channel, message, look) {
    let view = this.#views.get(message.ts);
    if (!view || view.channel !== channel) {
      view = new MessageView(this.page, channel, message, this.inThread);
      this.#views.set(message.ts, view);
    }
    view.update(message, look);
    return view.node;
  }

  #mark(key, build, signature = "") {
    const whole = `${key}|${signature}`;
    if (!this.#marks.has(whole)) this.#marks.set(whole, build());
    return this.#marks.get(whole);
  }

  #earlier(channel) {
    const show = () => {
      this.#shown += SHOWN_AT_FIRST;
      this.page.store.changed();
    };
    return h(
      "div.earlier",
      { "data-channel": channel },
      h("button.button", { type: "button", onclick: show }, "Show earlier messages"),
    );
  }

  /** Brings the children into this order, touching only those that are elsewhere. */
  #arrange(nodes) {
    const wanted = new Set(nodes);
    for (const child of [...this.root.children]) if (!wanted.has(child)) child.remove();
    nodes.forEach((node, index) => {
      if (this.root.children[index] !== node) this.root.insertBefore(node, this.root.children[index] ?? null);
    });
  }
}

function dayLine(date) {
  return h(
    "div.day-line",
    { role: "separator", "aria-label": dayName(date) },
    h("span", { title: fullDate(date) }, dayName(date)),
  );
}

/** Messages that follow each other closely share one heading. */
function sameRun(previous, message) {
  return (
    previous.user === message.user &&
    Boolean(previous.ephemeral) === Boolean(message.ephemeral) &&
    !message.ephemeral &&
    !message.blocks?.length &&
    !previous.blocks?.length &&
    !message.subtype &&
    !previous.subtype &&
    Number(message.ts) - Number(previous.ts) < GROUP_SECONDS
  );
}
