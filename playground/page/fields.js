// What people type and tick: text, numbers, dates, checkboxes, radio buttons.

import { freshId, h } from "./dom.js";
import { attributes, keyOf, naming, report, stateOf } from "./element_state.js";
import { textObject, textOf } from "./mrkdwn.js";
import { richTextWords } from "./rich_text.js";

/** Checkboxes and radio buttons. */
export function ticks(element, place, surface) {
  const radio = element.type === "radio_buttons";
  const state = stateOf(element, place, surface);
  const initial = radio ? [element.initial_option].filter(Boolean) : (element.initial_options ?? []);
  const chosen = radio
    ? "selected_option" in state
      ? [state.selected_option]
      : initial
    : (state.selected_options ?? initial);
  const on = new Set(chosen.filter(Boolean).map(({ value }) => value));
  const group = freshId("choice");
  const boxes = element.options.map((option, index) => {
    const id = freshId("tick");
    const box = h("input", {
      ...attributes(element, place, surface),
      "aria-labelledby": null,
      "aria-required": null,
      id,
      type: radio ? "radio" : "checkbox",
      name: group,
      value: option.value,
      checked: on.has(option.value),
      "data-key": `${keyOf(element, place, surface)}/${index}`,
      onchange: changed,
    });
    const words = [h("span", null, textObject(option.text, surface.names))];
    if (option.description)
      words.push(h("span.tick-detail", null, textObject(option.description, surface.names)));
    return h("label.tick", { for: id }, box, h("span.tick-words", null, words));
  });
  const node = h(
    "div.ticks",
    {
      role: radio ? "radiogroup" : "group",
      ...naming(element, place),
      ...place.described,
      "data-action-id": element.action_id,
    },
    boxes,
  );
  return node;

  function changed() {
    const values = new Set([...node.querySelectorAll("input:checked")].map((box) => box.value));
    const options = element.options.filter(({ value }) => values.has(value));
    if (radio) {
      const option = options[0] ?? null;
      void report(
        element,
        place,
        surface,
        { selected_option: option },
        { selected_option: option?.value, value: option?.value },
      );
    } else {
      const plain = options.map(({ value }) => value);
      void report(
        element,
        place,
        surface,
        { selected_options: options },
        { selected_options: plain, value: plain },
      );
    }
  }
}

export const TEXT_TYPES = {
  email_text_input: "email",
  url_text_input: "url",
  number_input: "text",
  plain_text_input: "text",
};

/** One line, several lines, numbers, addresses; formatted text is written without formatting. */
export function textInput(element, place, surface) {
  const state = stateOf(element, place, surface);
  const rich = element.type === "rich_text_input";
  const value = rich
    ? richTextWords(state.rich_text_value ?? element.initial_value ?? {})
    : (state.value ?? element.initial_value ?? "");
  const tag = element.multiline || rich ? "textarea" : "input";
  const told = element.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  const action = () => ({
    action_id: element.action_id,
    block_id: place.blockId,
    value: rich ? asRichText(node.value) : node.value,
  });
  const tell = () => surface.act(action());
  const node = h(`${tag}.field`, {
    ...attributes(element, place, surface),
    ...naming(element, place),
    ...(tag === "input" ? { type: TEXT_TYPES[element.type] } : { rows: "4" }),
    ...(element.type === "number_input"
      ? { inputmode: element.is_decimal_allowed ? "decimal" : "numeric" }
      : {}),
    placeholder: textOf(element.placeholder) || null,
    autocomplete: "off",
    value,
    oninput: () => {
      surface.form.set(place.blockId, element.action_id, {
        type: element.type,
        ...(rich ? { rich_text_value: asRichText(node.value) } : { value: node.value || null }),
      });
      if (place.dispatch && told.includes("on_character_entered")) void tell();
    },
    onchange: () => void surface.keep(action()),
    onkeydown: (event) => {
      if (event.key !== "Enter" || tag === "textarea" || event.isComposing) return;
      if (place.dispatch && told.includes("on_enter_pressed")) {
        event.preventDefault();
        void tell();
      }
    },
  });
  return node;
}

const asRichText = (text) => ({
  type: "rich_text",
  elements: text ? [{ type: "rich_text_section", elements: [{ type: "text", text }] }] : [],
});

/** The three pickers: the HTML type, where Slack keeps the value, and how it is written there. */
export const PICKERS = {
  datepicker: { html: "date", slot: "selected_date", initial: "initial_date" },
  timepicker: { html: "time", slot: "selected_time", initial: "initial_time" },
  datetimepicker: { html: "datetime-local", slot: "selected_date_time", initial: "initial_date_time" },
};

/** Dates and times. */
export function picker(element, place, surface) {
  const { html, slot, initial } = PICKERS[element.type];
  const state = stateOf(element, place, surface);
  const value = slot in state ? state[slot] : element[initial];
  const node = h("input.field.picker", {
    ...attributes(element, place, surface),
    ...naming(element, place),
    type: html,
    value: html === "datetime-local" ? localMinute(value) : (value ?? ""),
    onchange: () => {
      const next = html === "datetime-local" ? seconds(node.value) : node.value || null;
      void report(element, place, surface, { [slot]: next }, { [slot]: next, value: next });
    },
  });
  return node;
}

const seconds = (local) => (local ? Math.floor(new Date(local).getTime() / 1000) : null);

function localMinute(value) {
  if (!value) return "";
  const date = new Date(value * 1000);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

export const fileInput = () => h("p.hint", null, "Files cannot be sent here: the playground keeps none.");
