// The middle of the page: what conversation it is, its messages, and where to type.

import { control, explain } from "./api.js";
import { Composer } from "./composer.js";
import { freshId, h, icon, replaceKeepingFocus } from "./dom.js";
import { MessageList } from "./messages.js";
import { notify, openPopup } from "./popups.js";
import { avatar } from "./sidebar.js";

/** @typedef {import("./message.js").Page} Page */

const EXAMPLES = [
  "/compare claude files api vs llama 4 compact",
  "/verdict help",
  "/verdict subscribe mon 09:00",
];
const NEAR_END_PX = 60;

export class Conversation {
  #place = "";
  #header = "";
  #slot = "";
  #newFrom = null;
  #atEnd = true;
  #intro = null;
  #introFor = "";
  #pointedAt = null;

  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    this.header = document.getElementById("channel-header");
    this.slot = document.getElementById("composer-slot");
    this.log = document.getElementById("log");
    this.frame = document.getElementById("log-frame");
    this.jump = document.getElementById("jump-button");
    const inner = h("div.log-inner");
    this.log.append(inner);
    this.list = new MessageList(inner, page);
    this.composer = new Composer(page, {
      id: "composer-text",
      where: () => ({ channel: page.store.channel, thread: null }),
    });
    this.log.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    // Pictures and charts that grow later must not push the newest message out of sight.
    const grown = new ResizeObserver(() => this.#atEnd && this.#toEnd());
    for (const box of [inner, this.log]) grown.observe(box);
    this.jump.addEventListener("click", () => this.#toEnd());
  }

  #scrolled() {
    const { scrollHeight, scrollTop, clientHeight } = this.log;
    this.#atEnd = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
    if (this.#atEnd) this.jump.hidden = true;
  }

  #toEnd() {
    this.log.scrollTop = this.log.scrollHeight;
    this.#atEnd = true;
    this.jump.hidden = true;
  }

  draw() {
    const { store } = this.page;
    const channel = store.channels.get(store.channel);
    if (!channel) return;
    const home = store.tab === "home" && store.isAppConversation(channel);
    this.frame.hidden = home;
    this.slot.hidden = home;
    this.#drawHeader(channel);
    this.#drawSlot(channel);
    if (!home) this.#drawLog(channel);
  }

  #drawLog(channel) {
    const { store } = this.page;
    const place = `${store.viewer}/${channel.id}`;
    const messages = store.timeline(channel.id);
    const entering = place !== this.#place;
    if (entering) {
      this.#place = place;
      const seen = store.readUpTo(channel.id);
      this.#newFrom = messages.find(({ ts, user }) => ts > seen && user !== store.viewer)?.ts ?? null;
      this.#atEnd = true;
      this.jump.hidden = true;
    }
    const last = this.list.lastTs;
    this.log.setAttribute(
      "aria-label",
      `Messages in ${channel.is_im ? store.title(channel) : `#${channel.name}`}`,
    );
    this.list.draw(channel.id, messages, {
      newFrom: this.#newFrom,
      before: this.#introOf(channel, messages.length === 0),
    });
    if (store.target && store.target !== this.#pointedAt) this.#pointAt(store.target);
    else if (this.#atEnd) this.#toEnd();
    else if (!entering && this.list.lastTs > last) this.jump.hidden = false;
    if (document.visibilityState === "visible") store.markRead(channel.id);
  }

  #pointAt(ts) {
    const node = this.log.querySelector(`[data-ts="${CSS.escape(ts)}"]`);
    if (!node) return;
    this.#pointedAt = ts;
    this.#atEnd = false;
    node.scrollIntoView({ block: "center" });
    this.#scrolled();
  }

  // ---- Header ----------------------------------------------------------------------------------------------

  #drawHeader(channel) {
    const { store } = this.page;
    const signature = JSON.stringify([store.viewer, channel.id, store.tab, store.version]);
    if (signature === this.#header) return;
    this.#header = signature;
    const app = store.isAppConversation(channel);
    const sign = channel.is_im
      ? avatar(store, store.partner(channel), "avatar-small")
      : h("span.header-sign", { "aria-hidden": "true" }, channel.is_private ? icon("lock") : "#");
    const partner = store.users.get(store.partner(channel));
    const ofDirect = app ? "App" : channel.members.length > 2 ? "Group" : (partner?.tz ?? "");
    const topic = channel.is_im ? ofDirect : store.topic(channel);
    const fresh = h(
      "div.channel-header",
      { id: "channel-header" },
      h("h2.channel-name", null, sign, h("span", null, store.title(channel))),
      topic ? h("p.channel-topic", { title: topic }, topic) : null,
      app ? this.#tabs(channel) : null,
      channel.is_im ? null : this.#membersButton(channel),
    );
    replaceKeepingFocus(this.header, fresh);
    this.header = fresh;
  }

  #tabs(channel) {
    const { store, go } = this.page;
    const tab = (name, label, panel) =>
      h(
        "button.tab",
        {
          type: "button",
          role: "tab",
          "aria-selected": String(store.tab === name),
          "aria-controls": panel,
          tabindex: store.tab === name ? "0" : "-1",
          "data-key": `tab/${store.tab === name ? "on" : "off"}`,
          onclick: () => go({ channel: channel.id, tab: name }),
        },
        label,
      );
    const move = (event) => {
      if (!["ArrowLeft", "ArrowRight"].includes(event.key)) return;
      event.preventDefault();
      go({ channel: channel.id, tab: store.tab === "home" ? "messages" : "home" });
    };
    return h(
      "div.tabs",
      { role: "tablist", "aria-label": store.title(channel), onkeydown: move },
      tab("home", "Home", "home"),
      tab("messages", "Messages", "log-frame"),
    );
  }

  #membersButton(channel) {
    const count = channel.members.length;
    const button = h(
      "button.members-button",
      {
        type: "button",
        "aria-haspopup": "dialog",
        "aria-expanded": "false",
        "aria-label": `${count} members of #${channel.name}`,
        "data-key": "members",
        onclick: () => this.#openMembers(button, channel),
      },
      icon("people"),
      h("span", null, String(count)),
    );
    return button;
  }

  #openMembers(button, channel) {
    const { store } = this.page;
    const title = freshId("members");
    const bot = store.botId;
    const inside = channel.members.includes(bot);
    const change = async () => {
      popup.hidePopover();
      try {
        await control(inside ? "leave" : "join", { channel: channel.id, user: bot, inviter: store.viewer });
      } catch (problem) {
        notify(explain(inside ? "Removing the app" : "Adding the app", problem));
      }
    };
    const mayChange = store.isMember(channel) && !channel.is_archived;
    const popup = h(
      "div.members-popup",
      { role: "dialog", "aria-labelledby": title, tabindex: "-1" },
      h("h2.popup-title", { id: title }, `Members of #${channel.name}`),
      h(
        "ul",
        null,
        channel.members.map((id) =>
          h(
            "li.member",
            null,
            avatar(store, id, "avatar-small"),
            h("span", null, store.personName(id) ?? id),
            store.users.get(id)?.is_bot ? h("span.app-badge", null, "App") : null,
            id === store.viewer ? h("span.muted", null, "you") : null,
          ),
        ),
      ),
      mayChange
        ? h(
            "button.button",
            { type: "button", onclick: change },
            `${inside ? "Remove" : "Add"} ${store.personName(bot) ?? "the app"}`,
          )
        : null,
    );
    openPopup(button, popup, { focus: popup, width: 280 });
  }

  // ---- The start of a conversation, and where to type ----------------------------------------------------------

  #introOf(channel, empty) {
    const { store } = this.page;
    const signature = `${store.viewer}/${channel.id}/${empty}/${store.version}`;
    if (signature === this.#introFor) return this.#intro;
    this.#introFor = signature;
    const title = channel.is_im ? store.title(channel) : `#${channel.name}`;
    this.#intro = h(
      "div.intro",
      null,
      h(
        "p.intro-line",
        null,
        channel.is_im ? `This is where you and ${title} talk.` : `This is the beginning of ${title}.`,
      ),
      empty && store.isMember(channel) && !channel.is_archived ? this.#examples() : null,
    );
    return this.#intro;
  }

  #examples() {
    const title = freshId("examples");
    return h(
      "div.examples",
      { role: "group", "aria-labelledby": title },
      h(
        "p.examples-title",
        { id: title },
        "Three lines to begin with. A click puts one into the field below; Enter sends it.",
      ),
      EXAMPLES.map((line) =>
        h(
          "button.example",
          { type: "button", onclick: () => this.composer.fill(line) },
          h("code", null, line),
        ),
      ),
    );
  }

  #drawSlot(channel) {
    const { store } = this.page;
    const kind = channel.is_archived ? "archived" : store.isMember(channel) ? "member" : "visitor";
    const signature = `${store.viewer}/${channel.id}/${kind}`;
    if (signature !== this.#slot) {
      this.#slot = signature;
      this.slot.replaceChildren(kind === "member" ? this.composer.root : this.#bar(channel, kind));
    }
    if (kind === "member") {
      const title = channel.is_im ? store.title(channel) : `#${channel.name}`;
      this.composer.draw(`Message ${title}`, `Message ${title}`);
    }
  }

  #bar(channel, kind) {
    if (kind === "archived")
      return h("p.slot-bar", null, "This channel is archived. It can be read, and nothing more.");
    const { store } = this.page;
    const join = async () => {
      try {
        await control("join", { channel: channel.id, user: store.viewer });
      } catch (problem) {
        notify(explain("Joining", problem));
      }
    };
    return h(
      "div.slot-bar",
      null,
      h("span", null, `You are looking at #${channel.name}, which you have not joined.`),
      h("button.button.primary", { type: "button", onclick: join }, "Join channel"),
    );
  }
}
