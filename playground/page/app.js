// Starts the page: loads the workspace, follows the address and the live feed, and draws what has changed.

import { explain, listen, read } from "./api.js";
import { Conversation } from "./conversation.js";
import { h, icon } from "./dom.js";
import { Home } from "./home.js";
import { Modal } from "./modal.js";
import { notify, watchTooltips } from "./popups.js";
import { Sidebar, connectionState, personSwitcher } from "./sidebar.js";
import { Store } from "./store.js";
import { Surfaces } from "./surfaces.js";
import { Thread } from "./thread.js";

const store = new Store();
const page = { store, surfaces: new Surfaces(store), go };
const element = (id) => document.getElementById(id);

const sidebar = new Sidebar(element("sidebar"), store);
const conversation = new Conversation(page);
const thread = new Thread(element("thread"), page);
const home = new Home(element("home"), page);
const modal = new Modal(page);
const drawPerson = personSwitcher(element("person-button"), store, (viewer) => go({ viewer }));

// ---- Where we are: the address's hash is `#<person>/<channel>`, then "home", "thread-<ts>" or a message's ts -------

function go(where) {
  const next = {
    viewer: store.viewer,
    channel: store.channel,
    tab: store.tab,
    thread: store.thread,
    ...where,
  };
  if (where.channel !== undefined && where.thread === undefined) next.thread = null;
  if (where.viewer !== undefined) Object.assign(next, { thread: null, channel: sameRoom(where.viewer) });
  const tail =
    next.tab === "home" && isAppRoom(next.channel) ? "/home" : next.thread ? `/thread-${next.thread}` : "";
  location.hash = `${next.viewer}/${next.channel}${tail}`;
}

const isAppRoom = (id) => store.isAppConversation(store.channels.get(id));

/** Where another person would stand: the same channel, their own conversation with the app, or their first channel. */
function sameRoom(viewer) {
  const here = store.channels.get(store.channel);
  const seen = store.visibleChannels(viewer);
  if (here && store.isAppConversation(here)) {
    const own = seen.find((channel) => store.isAppConversation(channel));
    if (own) return own.id;
  }
  return (here && seen.find(({ id }) => id === here.id)?.id) ?? firstRoom(viewer);
}

function firstRoom(viewer) {
  const seen = store.visibleChannels(viewer);
  return (
    (
      seen.find((channel) => channel.name === "general") ??
      seen.find((channel) => store.isMember(channel, viewer)) ??
      seen[0]
    )?.id ?? ""
  );
}

function follow() {
  const [viewerId, channelId, tail = ""] = decodeURIComponent(location.hash.slice(1)).split("/");
  const known = (id) => store.people.some((user) => user.id === id);
  const viewer =
    [viewerId, store.viewer, localStorage.getItem("playground-viewer"), store.people[0]?.id].find((id) =>
      known(id),
    ) ?? "";
  const wanted = store.channels.get(channelId);
  const channel = wanted && store.canSee(wanted, viewer) ? channelId : firstRoom(viewer);
  const tab = tail === "home" ? "home" : "messages";
  const ts = /^\d+\.\d+$/.test(tail) ? tail : null;
  const parent = ts && store.message(channel, ts)?.thread_ts;
  const threadTs = tail.startsWith("thread-") ? tail.slice(7) : parent && parent !== ts ? parent : null;
  const changed = viewer !== store.viewer;
  store.look({ viewer, channel, tab, thread: threadTs, target: ts });
  localStorage.setItem("playground-viewer", viewer);
  // An address that leaves the person out, or names one who may not go there, becomes the true one.
  if (viewer && (viewer !== viewerId || channel !== channelId)) {
    history.replaceState(null, "", `#${viewer}/${channel}${ts ? `/${ts}` : ""}`);
  }
  if (changed) void loadPerson();
  home.opened();
  closeDrawer();
}

// ---- What the server knows -----------------------------------------------------------------------------------------

async function loadState() {
  store.setState(await read("state"));
}

async function loadMessages() {
  const load = async (id) => store.setMessages(id, (await read(`messages/${id}`)).messages);
  const open = [...store.channels.keys()].filter((id) => id === store.channel);
  const rest = [...store.channels.keys()].filter((id) => id !== store.channel);
  await Promise.all([...open, ...rest].map(load));
}

async function loadPerson() {
  const user = store.viewer;
  if (user) store.setPerson(user, await read(`person/${user}`));
}

/** Everything from the start: on the first connection, after a lost one, and after a reset. */
async function loadAll() {
  try {
    await loadState();
    await loadMessages();
    follow();
    await loadPerson();
    store.loaded = true;
    store.changed();
  } catch (problem) {
    notify(explain("Loading the workspace", problem));
  }
}

const heard = {
  hello: (news) => {
    if (news.app_connected !== undefined) store.appConnected = news.app_connected;
  },
  message: (news) => store.upsert(news.channel, news.message),
  message_deleted: (news) => store.remove(news.channel, news.ts),
  person: (news) => news.user === store.viewer && void loadPerson().catch(() => {}),
  state: () =>
    void loadState()
      .then(follow)
      .catch(() => {}),
  reset: () => {
    store.forgetAll();
    void loadAll();
  },
};

listen({
  up: () => {
    store.live = true;
    void loadAll();
  },
  down: () => {
    store.live = false;
    store.changed();
  },
  message: (news) => heard[news.type]?.(news),
});

// ---- Drawing ---------------------------------------------------------------------------------------------------------

let waiting = false;
store.addEventListener("change", () => {
  if (waiting) return;
  waiting = true;
  // A hidden page gets no animation frames, yet its title must count what is new.
  if (document.visibilityState === "visible") requestAnimationFrame(draw);
  else setTimeout(draw, 50);
});
window.addEventListener("hashchange", () => store.loaded && follow());
document.addEventListener("visibilitychange", () => store.changed());

function draw() {
  waiting = false;
  drawConnection();
  if (!store.viewer || !store.channels.has(store.channel)) return;
  const channel = store.channels.get(store.channel);
  const atHome = store.tab === "home" && store.isAppConversation(channel);
  element("home").hidden = !atHome;
  if (atHome) home.draw();
  conversation.draw();
  thread.draw();
  sidebar.draw();
  drawPerson();
  modal.draw();
  const unread = store.visibleChannels().reduce((sum, one) => sum + store.unread(one), 0);
  const title = channel.is_im ? store.title(channel) : `#${channel.name}`;
  document.title = `${unread ? `(${unread}) ` : ""}${title} · ${store.personName(store.viewer)} · Verdicts playground`;
}

let shownState = "";
function drawConnection() {
  const state = connectionState(store);
  if (shownState === JSON.stringify(state)) return;
  shownState = JSON.stringify(state);
  element("connection").replaceChildren(
    h("span.connection-dot", { class: state.look, "aria-hidden": "true" }),
    h("span", null, state.short),
  );
  element("connection").dataset.state = state.look;
  element("banner").hidden = !state.long;
  element("banner").textContent = state.long;
}

// ---- The frame: skip link, theme, drawer ---------------------------------------------------------------------------

// Not by the address, which says who and where one is.
document.querySelector(".skip-link").addEventListener("click", (event) => {
  event.preventDefault();
  const field = element("composer-text");
  (field?.checkVisibility() ? field : element("conversation")).focus();
});

const dark = matchMedia("(prefers-color-scheme: dark)");
const themeButton = element("theme-button");
const isDark = () => (document.documentElement.dataset.theme ?? (dark.matches ? "dark" : "light")) === "dark";

function drawTheme() {
  const label = isDark() ? "Use the light theme" : "Use the dark theme";
  themeButton.setAttribute("aria-label", label);
  themeButton.dataset.tip = label;
  themeButton.replaceChildren(icon(isDark() ? "sun" : "moon"));
}

themeButton.addEventListener("click", () => {
  const next = isDark() ? "light" : "dark";
  document.documentElement.dataset.theme = next;
  localStorage.setItem("playground-theme", next);
  drawTheme();
});
dark.addEventListener("change", drawTheme);

const drawerButton = element("drawer-button");

function setDrawer(open) {
  document.body.classList.toggle("drawer-open", open);
  drawerButton.setAttribute("aria-expanded", String(open));
  if (open) element("sidebar").focus();
}

function closeDrawer() {
  if (document.body.classList.contains("drawer-open")) setDrawer(false);
}

drawerButton.append(icon("menu"));
drawerButton.addEventListener("click", () => setDrawer(!document.body.classList.contains("drawer-open")));
element("conversation").addEventListener("pointerdown", closeDrawer);
element("sidebar").addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !document.body.classList.contains("drawer-open")) return;
  setDrawer(false);
  drawerButton.focus();
});

drawTheme();
watchTooltips();
drawConnection();
