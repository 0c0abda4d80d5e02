// One message. `update` draws again only those of its parts that have changed.

import { control, explain } from "./api.js";
import { drawBlocks } from "./blocks.js";
import { clock, dateOfTs, fullDate } from "./dates.js";
import { h, icon, replaceKeepingFocus } from "./dom.js";
import { character, spoken } from "./emoji.js";
import { mrkdwn } from "./mrkdwn.js";
import { notify, openMenu } from "./popups.js";
import { addButton, react, reactionRow } from "./reactions.js";
import { avatar } from "./sidebar.js";

/**
 * @typedef {import("./store.js").Message} Message
 * @typedef {object} Page
 * @property {import("./store.js").Store} store
 * @property {import("./surfaces.js").Surfaces} surfaces
 * @property {(where: object) => void} go
 */

export class MessageView {
  #drawn = {};

  /** @param {Page} page @param {string} channel @param {Message} message @param {boolean} inThread */
  constructor(page, channel, message, inThread) {
    this.page = page;
    this.channel = channel;
    this.inThread = inThread;
    const parts = {
      head: h("div"),
      body: h("div"),
      reactions: h("div"),
      thread: h("div"),
      tools: h("div"),
      side: h("div"),
    };
    this.parts = parts;
    this.node = h(
      "article.message",
      {
        "data-ts": message.ts,
        "data-channel": channel,
        "data-user": message.user,
        class: message.ephemeral ? "ephemeral" : "",
      },
      parts.side,
      h("div.message-content", null, parts.head, parts.body, parts.reactions, parts.thread),
      parts.tools,
    );
  }

  /** @param {Message} message @param {{compact: boolean, target: boolean}} look */
  update(message, look) {
    const { store } = this.page;
    const same =
      this.message === message && this.version === store.version && this.look === JSON.stringify(look);
    const replies = this.inThread ? [] : store.replies(this.channel, message.ts);
    const thread = JSON.stringify(replies.map(({ ts, user }) => [ts, user]));
    if (same && this.thread === thread) return;
    // A change to a message that is already there is not news to a screen reader.
    if (this.message) this.node.setAttribute("aria-live", "off");
    Object.assign(this, { message, version: store.version, look: JSON.stringify(look), thread });
    this.node.classList.toggle("compact", look.compact);
    this.node.classList.toggle("target", look.target);
    this.node.setAttribute("aria-label", `${this.#author()}, ${clock(dateOfTs(message.ts))}`);

    const names = [store.version];
    this.#part("side", [look.compact, ...names], () => this.#side(look.compact));
    this.#part("head", [look.compact, message.user, ...names], () => this.#head(look.compact));
    this.#part(
      "body",
      [message.text, message.blocks, message.attachments, message.files, message.edited, message.subtype, ...names],
      () => this.#body(),
    );
    this.#part("reactions", [message.reactions, ...names], () => reactionRow(store, this.channel, message));
    this.#part("thread", [thread, ...names], () => this.#threadLine(replies));
    this.#part("tools", names, () => this.#tools());
  }

  #part(name, signature, draw) {
    const now = JSON.stringify(signature);
    if (this.#drawn[name] === now) return;
    this.#drawn[name] = now;
    const fresh = draw();
    replaceKeepingFocus(this.parts[name], fresh);
    this.parts[name] = fresh;
  }

  #author() {
    return this.page.store.personName(this.message.user) ?? this.message.username ?? "Unknown";
  }

  #time(look) {
    const { store } = this.page;
    const date = dateOfTs(this.message.ts);
    return h(
      "a.message-time",
      { class: look, href: `#${store.viewer}/${this.channel}/${this.message.ts}`, title: fullDate(date) },
      h("time", { datetime: date.toISOString() }, clock(date)),
    );
  }

  #side(compact) {
    return h(
      "div.message-side",
      null,
      compact ? this.#time("on-hover") : avatar(this.page.store, this.message.user),
    );
  }

  #head(compact) {
    const user = this.page.store.users.get(this.message.user);
    const name = h("span.message-author", null, this.#author());
    const badge = user?.is_bot || this.message.bot_id ? h("span.app-badge", null, "App") : null;
    if (compact) return h("div.hidden", null, name);
    return h(
      "div.message-head",
      null,
      name,
      badge,
      this.#time(""),
      this.message.ephemeral ? this.#privately() : null,
    );
  }

  #privately() {
    return h("span.private-mark", null, icon("eye"), "Only visible to you");
  }

  #body() {
    const { store, surfaces } = this.page;
    const message = this.message;
    if (message.subtype && message.subtype !== "bot_message" && !message.blocks?.length) {
      return h("div.message-body.event", null, mrkdwn(message.text, store.names()));
    }
    const body = h("div.message-body");
    if (message.blocks?.length)
      body.append(drawBlocks(message.blocks, surfaces.message(this.channel, message)));
    else if (message.text || !message.files?.length)
      body.append(h("div.message-text", null, mrkdwn(message.text ?? "", store.names())));
    for (const file of message.files ?? []) body.append(this.#file(file));
    for (const attachment of message.attachments ?? []) body.append(this.#attachment(attachment));
    if (message.edited && !message.blocks?.length) body.append(h("span.edited", null, "(edited)"));
    if (message.ephemeral) body.append(this.#dismissLine());
    return body;
  }

  #file(file) {
    const size = file.size < 1000 ? `${file.size} bytes` : `${Math.round(file.size / 1000)} kB`;
    return h(
      "a.file",
      { href: file.url_private_download, download: file.name },
      icon("file"),
      h("span.file-name", null, file.title),
      h("span.file-size", null, size),
    );
  }

  #attachment(attachment) {
    const { store, surfaces } = this.page;
    const text = attachment.text ?? attachment.fallback ?? "";
    return h(
      "div.attachment",
      null,
      attachment.blocks
        ? drawBlocks(attachment.blocks, surfaces.message(this.channel, this.message))
        : h("div.message-text", null, mrkdwn(text, store.names())),
    );
  }

  #dismissLine() {
    const { store } = this.page;
    const dismiss = async () => {
      try {
        await control("dismiss", { user: store.viewer, ts: this.message.ts });
      } catch (problem) {
        notify(explain("Dismissing", problem));
      }
    };
    return h("button.text-button", { type: "button", onclick: dismiss }, "Dismiss message");
  }

  #threadLine(replies) {
    if (replies.length === 0) return h("div", { hidden: true });
    const { store, go } = this.page;
    const who = [...new Set(replies.map(({ user }) => user))].slice(0, 4);
    return h(
      "button.thread-line",
      {
        type: "button",
        "data-key": `${this.message.ts}/thread`,
        onclick: () => go({ thread: this.message.ts }),
      },
      h(
        "span.thread-people",
        null,
        who.map((id) => avatar(store, id, "avatar-tiny")),
      ),
      h("strong", null, `${replies.length} ${replies.length === 1 ? "reply" : "replies"}`),
      h("span.muted", null, `last at ${clock(dateOfTs(replies.at(-1).ts))}`),
    );
  }

  #tools() {
    const { store, go } = this.page;
    const { message, channel } = this;
    const tools = h("div.message-tools", { role: "group", "aria-label": "Message actions" });
    if (message.ephemeral) return tools;
    const tool = (label, content, run) =>
      h(
        "button.icon-button",
        {
          type: "button",
          "aria-label": label,
          "data-tip": label,
          "data-key": `${message.ts}/${label}`,
          onclick: run,
        },
        content,
      );
    for (const name of ["white_check_mark", "eyes"]) {
      const shown = h("span.emoji", null, character(name));
      const quick = tool(`React with ${spoken(name)}`, shown, () =>
        react(store, channel, message.ts, name, true),
      );
      quick.classList.add("quick");
      tools.append(quick);
    }
    tools.append(addButton(store, channel, message, "icon-button", `${message.ts}/tools/add`));
    if (!this.inThread)
      tools.append(
        tool("Reply in thread", icon("reply"), () => go({ thread: message.thread_ts ?? message.ts })),
      );
    const more = tool("More actions", icon("more"), () =>
      openMenu(more, "More actions", this.#menu(), { width: 280 }),
    );
    more.setAttribute("aria-haspopup", "menu");
    more.setAttribute("aria-expanded", "false");
    tools.append(more);
    return tools;
  }

  #menu() {
    const { store } = this.page;
    const { message, channel } = this;
    const shortcuts = (store.app?.shortcuts ?? []).filter(({ type }) => type === "message");
    const run = async ({ name, callback_id: callbackId }) => {
      try {
        await control("shortcut", { user: store.viewer, callback_id: callbackId, channel, ts: message.ts });
      } catch (problem) {
        notify(explain(name, problem));
      }
    };
    return [
      {
        label: "Copy link to message",
        run: () => copyLink(`${location.origin}/#${store.viewer}/${channel}/${message.ts}`),
      },
      ...(shortcuts.length ? ["line", { heading: store.personName(store.botId) ?? "App" }] : []),
      ...shortcuts.map((shortcut) => ({
        label: shortcut.name,
        data: { shortcut: shortcut.callback_id },
        run: () => run(shortcut),
      })),
    ];
  }
}

async function copyLink(address) {
  try {
    await navigator.clipboard.writeText(address);
    notify("Link copied.", "done");
  } catch {
    notify(address, "done");
  }
}
