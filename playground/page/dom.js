// Builds DOM from values. Text always arrives as text nodes: nothing here parses markup.

const SVG = "http://www.w3.org/2000/svg";
const AS_PROPERTY = new Set(["value", "checked", "indeterminate", "selected"]);

/**
 * @typedef {Node | string | number | null | undefined | false | Child[]} Child
 */

/**
 * One HTML element: `h("button.primary", {type: "button", onclick: send}, "Send")`.
 * `false`, `null` and `undefined` leave an attribute or a child out; `true` is an attribute without a value
 * (for `aria-…` pass the words "true" and "false").
 * @param {string} tag the name, followed by `.class` as often as wanted
 * @param {Record<string, unknown> | null} [props]
 * @param {...Child} children
 * @returns {HTMLElement}
 */
export function h(tag, props, ...children) {
  return build((name) => document.createElement(name), tag, props, children);
}

/**
 * One SVG element, built like `h`.
 * @param {string} tag
 * @param {Record<string, unknown> | null} [props]
 * @param {...Child} children
 * @returns {SVGElement}
 */
export function svg(tag, props, ...children) {
  return build((name) => document.createElementNS(SVG, name), tag, props, children);
}

function build(create, tag, props, children) {
  const [name, ...classes] = tag.split(".");
  const node = create(name);
  if (classes.length) node.classList.add(...classes);
  for (const [key, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") node.addEventListener(key.slice(2), value);
    else if (AS_PROPERTY.has(key)) node[key] = value;
    else if (key === "class") node.classList.add(...String(value).split(" ").filter(Boolean));
    else node.setAttribute(key, value === true ? "" : String(value));
  }
  add(node, children);
  return node;
}

function add(node, children) {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    if (Array.isArray(child)) add(node, child);
    else node.append(child instanceof Node ? child : String(child));
  }
}

/**
 * Puts `fresh` where `old` stands; the focus moves to the element with the same `data-key`, or else to the one
 * with `data-inherits-focus`, if there is one.
 * @param {Element} old
 * @param {Element} fresh
 */
export function replaceKeepingFocus(old, fresh) {
  const active = document.activeElement;
  const key = old.contains(active) ? active.closest("[data-key]")?.dataset.key : undefined;
  const caret = key !== undefined && "selectionStart" in active ? active.selectionStart : null;
  old.replaceWith(fresh);
  if (key === undefined) return;
  const next =
    fresh.querySelector(`[data-key="${CSS.escape(key)}"]`) ?? fresh.querySelector("[data-inherits-focus]");
  next?.focus({ preventScroll: true });
  if (
    caret !== null &&
    next &&
    "setSelectionRange" in next &&
    next.type !== "number" &&
    next.type !== "email"
  ) {
    next.setSelectionRange(caret, caret);
  }
}

let lastId = 0;

/**
 * An id that no other element of the page has.
 * @param {string} prefix
 */
export function freshId(prefix) {
  lastId += 1;
  return `${prefix}-${lastId}`;
}

const ICONS = {
  add: "M12 5v14M5 12h14",
  bolt: "M13 3 5 14h6l-1 7 8-11h-6z",
  check: "m5 12.5 4.5 4.5L19 7.5",
  chevron: "m7 10 5 5 5-5",
  close: "M6 6l12 12M18 6 6 18",
  file: "M13.5 3.5H6v17h12V8zM13.5 3.5V8H18",
  lock: "M7 11V8a5 5 0 0 1 10 0v3M5.5 11h13v9h-13z",
  menu: "M4 7h16M4 12h16M4 17h16",
  moon: "M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5z",
  more: "M5.5 12h.01M12 12h.01M18.5 12h.01",
  people:
    "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20c.4-3.8 3-6 6.5-6s6.1 2.2 6.5 6M16 4.5a3.5 3.5 0 0 1 0 6.3M18 14.5c2 .8 3.2 2.7 3.5 5.5",
  reply: "M20 12a7.5 7.5 0 0 1-10.7 6.8L4 20l1.3-4.6A7.5 7.5 0 1 1 20 12z",
  send: "M4 12 20 4l-5 16-3.5-6.5z",
  smile: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM8.5 14.5c1.8 2.4 5.2 2.4 7 0M9 9.5h.01M15 9.5h.01",
  sun: "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M18.7 5.3l-1.4 1.4M6.7 17.3l-1.4 1.4",
  eye: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 14.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z",
};

/**
 * A line icon; decoration only, so the button around it carries the words.
 * @param {keyof typeof ICONS} name
 */
export function icon(name) {
  return svg(
    "svg",
    { class: `icon icon-${name}`, viewBox: "0 0 24 24", "aria-hidden": "true", focusable: "false" },
    svg("path", { d: ICONS[name] }),
  );
}
