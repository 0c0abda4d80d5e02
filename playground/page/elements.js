// The elements people click, choose and fill in: one function per type.

import { h } from "./dom.js";
import { attributes, report } from "./element_state.js";
import { PICKERS, TEXT_TYPES, fileInput, picker, textInput, ticks } from "./fields.js";
import { destination, textObject, textOf } from "./mrkdwn.js";
import { confirmed, openMenu } from "./popups.js";
import { SLOTS, select } from "./selects.js";

/**
 * @param {object} element
 * @param {import("./element_state.js").Place} place
 * @param {import("./element_state.js").Surface} surface
 * @returns {HTMLElement}
 */
export function drawElement(element, place, surface) {
  const draw = DRAW[element.type];
  if (draw) return draw(element, place, surface);
  return h("div.unknown-block", { "data-element-type": element.type }, `Unknown element: ${element.type}`);
}

function button(element, place, surface) {
  const style = { primary: ".primary", danger: ".danger" }[element.style] ?? "";
  const words = textObject(element.text, surface.names);
  const props = {
    ...attributes(element, place, surface),
    "aria-label": element.accessibility_label ?? null,
    title: words.length ? null : element.accessibility_label,
    onclick: async () => {
      if (node.getAttribute("aria-busy") === "true") return;
      if (element.confirm && !(await confirmed(element.confirm, surface.names))) return;
      node.setAttribute("aria-busy", "true");
      await surface.act(
        { action_id: element.action_id, block_id: place.blockId, value: element.value },
        textOf(element.text) || element.accessibility_label,
      );
      node.removeAttribute("aria-busy");
    },
  };
  // A button with an address opens it and is still reported to the app.
  const node = element.url
    ? h(`a.button${style}`, { ...props, ...destination(element.url) }, words)
    : h(`button.button${style}`, { ...props, type: "button" }, words);
  return node;
}

function overflow(element, place, surface) {
  const node = h(
    "button.button.overflow",
    {
      ...attributes(element, place, surface),
      type: "button",
      "aria-haspopup": "menu",
      "aria-expanded": "false",
      "aria-label": "More actions",
      onclick: () =>
        openMenu(
          node,
          "More actions",
          element.options.map((option) => overflowItem(option, element, place, surface)),
        ),
    },
    "•••",
  );
  return node;
}

function overflowItem(option, element, place, surface) {
  return {
    label: textObject(option.text, surface.names),
    detail: textOf(option.description),
    href: option.url,
    data: { value: option.value },
    run: () =>
      report(element, place, surface, { selected_option: option }, { selected_option: option.value }),
  };
}

function feedbackButtons(element, place, surface) {
  const one = (part) => button({ type: "button", action_id: element.action_id, ...part }, place, surface);
  return h("span.button-pair", null, one(element.positive_button), one(element.negative_button));
}

const iconButton = (element, place, surface) => button({ ...element, style: undefined }, place, surface);

const DRAW = {
  button,
  workflow_button: button,
  overflow,
  feedback_buttons: feedbackButtons,
  icon_button: iconButton,
  ...Object.fromEntries(Object.keys(SLOTS).map((type) => [type, select])),
  checkboxes: ticks,
  radio_buttons: ticks,
  ...Object.fromEntries(Object.keys(TEXT_TYPES).map((type) => [type, textInput])),
  rich_text_input: textInput,
  ...Object.fromEntries(Object.keys(PICKERS).map((type) => [type, picker])),
  file_input: fileInput,
};
