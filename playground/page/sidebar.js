// The list of conversations at the side, the person switcher and the connection's state at the top.

import { clockIn } from "./dates.js";
import { h, icon, replaceKeepingFocus } from "./dom.js";
import { openMenu } from "./popups.js";

/** @typedef {import("./store.js").Store} Store */

const HUES = [172, 28, 265, 205, 340, 95, 48, 300];

/** A square with a person's first letter, or the app's mark. @param {Store} store @param {string} id */
export function avatar(store, id, size = "") {
  const look = `avatar ${size}`;
  if (id === store.botId) return h("img", { class: `${look} avatar-app`, src: "/page/icon.svg", alt: "" });
  const name = store.personName(id) ?? "?";
  const place = [...store.users.keys()].indexOf(id);
  const node = h("span", { class: look, "aria-hidden": "true" }, [...name][0]?.toLocaleUpperCase() ?? "?");
  node.style.setProperty("--hue", String(HUES[(place + HUES.length) % HUES.length]));
  return node;
}

/** Draws the sidebar anew when something in it has changed. */
export class Sidebar {
  #drawn = "";

  /** @param {HTMLElement} root @param {Store} store */
  constructor(root, store) {
    this.root = root;
    this.store = store;
  }

  draw() {
    const { store } = this;
    const seen = store.visibleChannels();
    const unread = Object.fromEntries(seen.map((channel) => [channel.id, store.unread(channel)]));
    const signature = JSON.stringify([store.viewer, store.channel, store.version, unread]);
    if (signature === this.#drawn) return;
    this.#drawn = signature;
    const fresh = h("div.sidebar-lists", null, ...this.#sections(seen, unread));
    const old = this.root.querySelector(".sidebar-lists");
    if (old) replaceKeepingFocus(old, fresh);
    else this.root.append(fresh);
  }

  #sections(seen, unread) {
    const { store } = this;
    const rooms = seen.filter((channel) => !channel.is_im);
    const mine = rooms.filter((channel) => store.isMember(channel) && !channel.is_archived);
    const others = rooms.filter((channel) => !store.isMember(channel) && !channel.is_archived);
    const archived = rooms.filter((channel) => channel.is_archived);
    const direct = seen.filter((channel) => channel.is_im && !store.isAppConversation(channel));
    const apps = seen.filter((channel) => store.isAppConversation(channel));
    const section = (title, list) => this.#section(title, list, unread);
    return [
      section("Channels", mine),
      section("Not joined", others),
      section("Direct messages", direct),
      section("Apps", apps),
      section("Archived", archived),
    ];
  }

  #section(title, channels, unread) {
    if (channels.length === 0) return null;
    const id = `section-${title.toLowerCase().replace(" ", "-")}`;
    return h(
      "section.sidebar-section",
      { "aria-labelledby": id },
      h("h2.sidebar-title", { id }, title),
      h(
        "ul",
        null,
        channels.map((channel) => h("li", null, this.#entry(channel, unread[channel.id]))),
      ),
    );
  }

  #entry(channel, count) {
    const { store } = this;
    const here = channel.id === store.channel;
    return h(
      "a.entry",
      {
        href: `#${store.viewer}/${channel.id}${store.isAppConversation(channel) && !count ? "/home" : ""}`,
        class: `${count ? "unread" : ""} ${store.isMember(channel) ? "" : "not-joined"}`,
        "aria-current": here ? "page" : null,
        "data-channel": channel.id,
        "data-key": `sidebar/${channel.id}`,
      },
      this.#sign(channel),
      h("span.entry-name", null, store.title(channel)),
      channel.is_private && !channel.is_im ? h("span.hidden", null, " (private)") : null,
      count
        ? h(
            "span.badge",
            null,
            h("span", { "aria-hidden": "true" }, String(count)),
            h("span.hidden", null, `, ${count} unread`),
          )
        : null,
    );
  }

  #sign(channel) {
    if (channel.is_im) return avatar(this.store, this.store.partner(channel), "avatar-small");
    return h("span.entry-sign", { "aria-hidden": "true" }, channel.is_private ? icon("lock") : "#");
  }
}

/** What to know about a person when choosing whose eyes to look through. */
function about(user) {
  const role = user.title || (user.is_admin ? "Admin" : user.is_restricted ? "Guest" : "");
  const place = user.tz?.split("/").at(-1).replaceAll("_", " ");
  const time = user.tz ? clockIn(user.tz) : "";
  return [role, time ? `${time} in ${place}` : ""].filter(Boolean).join(" · ");
}

/** "You are: Ada ▾". @param {HTMLButtonElement} button @param {Store} store @param {(user: string) => void} choose */
export function personSwitcher(button, store, choose) {
  button.addEventListener("click", () =>
    openMenu(
      button,
      "Act as",
      [
        { heading: "Act as" },
        ...store.people.map((user) => ({
          label: [avatar(store, user.id, "avatar-small"), store.personName(user.id)],
          detail: about(user),
          checked: user.id === store.viewer,
          data: { user: user.id },
          run: () => choose(user.id),
        })),
      ],
      { width: 370 },
    ),
  );
  let drawn = "";
  return () => {
    const name = store.personName(store.viewer) ?? "…";
    if (name === drawn) return;
    drawn = name;
    button.replaceChildren(
      avatar(store, store.viewer, "avatar-small"),
      h("span.person-words", null, h("span.person-lead", null, "You are: "), h("strong", null, name)),
      icon("chevron"),
    );
  };
}

/** The state of the two connections: the page to the playground, the bot to the playground. */
export function connectionState(store) {
  if (!store.loaded && !store.live) return { look: "wait", short: "Connecting …", long: "" };
  if (!store.live) {
    return {
      look: "down",
      short: "Disconnected",
      long: "Disconnected from the playground. Trying again; what you type stays here.",
    };
  }
  if (!store.appConnected) {
    return {
      look: "down",
      short: "Bot not running",
      long: "The bot is not running. Messages and reactions stay and reach it when it is back; commands and buttons fail until then.",
    };
  }
  return { look: "up", short: "Bot connected", long: "" };
}
