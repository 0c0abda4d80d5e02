// What floats above the page: menus, the tooltip, the question before a dangerous click, the notices.

import { freshId, h, icon } from "./dom.js";
import { destination, textObject, textOf } from "./mrkdwn.js";

const GAP = 4;
const EDGE = 8;

/**
 * Puts a shown popover next to its anchor: below it, or above where there is more room.
 * @param {HTMLElement} popup
 * @param {Element} anchor
 * @param {{width?: number, above?: boolean, tallest?: number}} [wish]
 */
export function place(popup, anchor, { width, above = false, tallest = Infinity } = {}) {
  const from = anchor.getBoundingClientRect();
  if (width) popup.style.width = `${Math.min(width, innerWidth - 2 * EDGE)}px`;
  const roomBelow = innerHeight - from.bottom - GAP - EDGE;
  const roomAbove = from.top - GAP - EDGE;
  popup.style.maxHeight = "";
  const natural = Math.min(tallest, popup.offsetHeight);
  const up = above
    ? roomAbove >= natural || roomAbove > roomBelow
    : roomBelow < natural && roomAbove > roomBelow;
  popup.style.maxHeight = `${Math.min(tallest, Math.max(80, up ? roomAbove : roomBelow))}px`;
  const { width: w, height } = popup.getBoundingClientRect();
  popup.style.left = `${Math.max(EDGE, Math.min(from.left, innerWidth - w - EDGE))}px`;
  popup.style.top = `${up ? from.top - GAP - height : from.bottom + GAP}px`;
}

/**
 * A popover that belongs to a button: shown on the click, gone on Esc, on a click elsewhere and when its work is done.
 * @param {HTMLElement} button the popover goes into the same landmark or dialog, where it can be reached
 * @param {HTMLElement} popup
 * @param {{focus?: HTMLElement | null, width?: number, above?: boolean}} [options]
 */
export function openPopup(button, popup, { focus = null, ...wish } = {}) {
  if (pressedWhileOpen(button)) return;
  popup.popover = "auto";
  (button.closest("dialog, header, main, aside") ?? document.body).append(popup);
  button.setAttribute("aria-expanded", "true");
  popup.addEventListener("toggle", (event) => {
    if (event.newState !== "closed") return;
    button.setAttribute("aria-expanded", "false");
    popup.remove();
  });
  popup.showPopover();
  place(popup, button, wish);
  (focus ?? popup.querySelector("button, input, a"))?.focus();
}

const watched = new WeakSet();

/** The press that dismissed the popup is followed by a click on the same button: that click must not open it again. */
function pressedWhileOpen(button) {
  if (!watched.has(button)) {
    watched.add(button);
    button.addEventListener("pointerdown", () => {
      button.dataset.wasOpen = button.getAttribute("aria-expanded") ?? "false";
    });
  }
  const wasOpen = button.dataset.wasOpen === "true";
  delete button.dataset.wasOpen;
  return wasOpen;
}

/** Closes a popup and gives the focus back. @param {HTMLElement} popup @param {HTMLElement} [button] */
export function closePopup(popup, button) {
  if (popup.isConnected) popup.hidePopover();
  if (button?.isConnected) button.focus();
}

/**
 * @typedef {object} MenuItem
 * @property {string | Node | (Node | string)[]} label
 * @property {() => void} [run]
 * @property {string} [detail]
 * @property {string} [href]
 * @property {boolean} [checked] given: the item is one choice of several
 * @property {Record<string, string>} [data]
 */

/**
 * Opens a menu under a button. Arrow keys, Home, End and first letters move; Enter chooses; Esc closes.
 * @param {HTMLElement} button
 * @param {string} label
 * @param {(MenuItem | "line" | {heading: string})[]} items
 * @param {{above?: boolean, width?: number}} [wish]
 */
export function openMenu(button, label, items, wish = {}) {
  const menu = h("div.menu", { role: "menu", "aria-label": label });
  for (const item of items) menu.append(menuPart(item, menu, button));
  menu.addEventListener("keydown", (event) => menuKey(event, menu, button));
  const first = menu.querySelector('[aria-checked="true"]') ?? menu.querySelector("[role^=menuitem]");
  openPopup(button, menu, { ...wish, focus: first });
}

function menuPart(item, menu, button) {
  if (item === "line") return h("div.menu-line", { role: "separator" });
  if ("heading" in item) return h("div.menu-heading", { role: "presentation" }, item.heading);
  const choice = item.checked !== undefined;
  const props = {
    role: choice ? "menuitemradio" : "menuitem",
    "aria-checked": choice ? String(item.checked) : null,
    tabindex: "-1",
    ...Object.fromEntries(Object.entries(item.data ?? {}).map(([name, value]) => [`data-${name}`, value])),
    onclick: () => {
      closePopup(menu, button);
      item.run?.();
    },
  };
  const content = [
    h("span.menu-label", null, item.label),
    item.detail ? h("span.menu-detail", null, item.detail) : null,
    choice ? h("span.menu-check", null, item.checked ? icon("check") : null) : null,
  ];
  if (item.href) return h("a.menu-item", { ...props, ...destination(item.href) }, content);
  return h("button.menu-item", { ...props, type: "button" }, content);
}

function menuKey(event, menu, button) {
  const items = [...menu.querySelectorAll("[role^=menuitem]")];
  const at = items.indexOf(document.activeElement);
  const go = (index) => items[(index + items.length) % items.length]?.focus();
  if (event.key === "ArrowDown") go(at + 1);
  else if (event.key === "ArrowUp") go(at - 1);
  else if (event.key === "Home") go(0);
  else if (event.key === "End") go(-1);
  else if (event.key === "Tab") closePopup(menu, button);
  else if (event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey) {
    const letter = event.key.toLocaleLowerCase();
    const order = [...items.slice(at + 1), ...items.slice(0, at + 1)];
    order.find((item) => item.textContent.trim().toLocaleLowerCase().startsWith(letter))?.focus();
  } else return;
  event.preventDefault();
}

/**
 * Slack's confirm object as a dialog.
 * @param {{title: object, text: object, confirm: object, deny: object, style?: string}} question
 * @param {import("./mrkdwn.js").Names} names
 * @returns {Promise<boolean>}
 */
export function confirmed(question, names) {
  const title = freshId("confirm");
  return new Promise((resolve) => {
    const dialog = h(
      "dialog.dialog.confirm",
      { "aria-labelledby": title, role: "alertdialog" },
      h(
        "form",
        { method: "dialog" },
        h("h2.dialog-title", { id: title }, textOf(question.title) || "Are you sure?"),
        h("div.dialog-body", null, textObject(question.text, names)),
        h(
          "div.dialog-foot",
          null,
          h("button.button", { value: "no", type: "submit" }, textOf(question.deny) || "Cancel"),
          h(
            `button.button.${question.style === "danger" ? "danger" : "primary"}`,
            { value: "yes", type: "submit", autofocus: true },
            textOf(question.confirm) || "Yes",
          ),
        ),
      ),
    );
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/**
 * A notice at the foot of the page. Failures stay until they are dismissed or the next one comes.
 * @param {string} text
 * @param {"failure" | "done"} [kind]
 */
export function notify(text, kind = "failure") {
  const home = document.getElementById("toasts");
  const toast = h(
    `div.toast.toast-${kind}`,
    { role: kind === "failure" ? "alert" : "status" },
    h("span", null, text),
    h(
      "button.icon-button",
      { type: "button", "aria-label": "Dismiss", onclick: () => toast.remove() },
      icon("close"),
    ),
  );
  home.replaceChildren(toast);
  if (kind === "done") setTimeout(() => toast.remove(), 4000);
}

/** One tooltip for the page: any element with `data-tip` shows it on hover and on focus. */
export function watchTooltips() {
  const tip = h("div.tooltip", { role: "tooltip", id: "tooltip", popover: "manual" });
  document.body.append(tip);
  const show = (event) => {
    const anchor = event.target.closest?.("[data-tip]");
    if (!anchor) return;
    tip.textContent = anchor.dataset.tip;
    (anchor.closest("dialog") ?? document.body).append(tip);
    if (!tip.matches(":popover-open")) tip.showPopover();
    place(tip, anchor, { above: true });
  };
  const hide = () => tip.matches(":popover-open") && tip.hidePopover();
  document.addEventListener("pointerover", (event) =>
    event.target.closest?.("[data-tip]") ? show(event) : hide(),
  );
  document.addEventListener("focusin", (event) => {
    hide();
    // A closing menu gives the focus back while it still closes: nothing may be shown in that moment.
    setTimeout(() => event.target.isConnected && event.target.matches(":focus-visible") && show(event));
  });
  document.addEventListener("focusout", hide);
  document.addEventListener("pointerdown", hide);
  document.addEventListener("scroll", hide, { capture: true, passive: true });
  document.addEventListener("keydown", (event) => event.key === "Escape" && hide());
}
