// Input blocks, and what has been filled in so far.

import { freshId, h, icon } from "./dom.js";
import { drawElement } from "./elements.js";
import { textObject, textOf } from "./mrkdwn.js";

/** Filled-in values by block and action, in the shape of Slack's `view.state.values`. They outlive a redraw. */
export class FormState {
  /** @param {Record<string, Record<string, object>>} [values] */
  constructor(values = {}) {
    this.values = new Map(
      Object.entries(values).flatMap(([block, actions]) =>
        Object.entries(actions).map(([action, state]) => [`${block}\n${action}`, state]),
      ),
    );
  }

  get(block, action) {
    return this.values.get(`${block}\n${action}`);
  }

  set(block, action, state) {
    this.values.set(`${block}\n${action}`, state);
  }

  /**
   * The state of exactly these blocks; an untouched element contributes what it started with.
   * @param {object[]} blocks
   */
  stateOf(blocks) {
    const values = {};
    for (const block of blocks) {
      const elements =
        block.type === "input" ? [block.element] : [...(block.elements ?? []), block.accessory];
      for (const element of elements) {
        if (!element?.action_id || !Object.hasOwn(STARTS, element.type)) continue;
        const state = this.get(block.block_id ?? "", element.action_id) ?? start(element);
        (values[block.block_id ?? element.action_id] ??= {})[element.action_id] = state;
      }
    }
    return values;
  }
}

/** Per element: the key of its value, the key of its first value, and what "nothing" is. */
const STARTS = {
  plain_text_input: ["value", "initial_value", null],
  email_text_input: ["value", "initial_value", null],
  url_text_input: ["value", "initial_value", null],
  number_input: ["value", "initial_value", null],
  rich_text_input: ["rich_text_value", "initial_value", null],
  static_select: ["selected_option", "initial_option", null],
  external_select: ["selected_option", "initial_option", null],
  users_select: ["selected_user", "initial_user", null],
  conversations_select: ["selected_conversation", "initial_conversation", null],
  channels_select: ["selected_channel", "initial_channel", null],
  multi_static_select: ["selected_options", "initial_options", []],
  multi_external_select: ["selected_options", "initial_options", []],
  multi_users_select: ["selected_users", "initial_users", []],
  multi_conversations_select: ["selected_conversations", "initial_conversations", []],
  multi_channels_select: ["selected_channels", "initial_channels", []],
  checkboxes: ["selected_options", "initial_options", []],
  radio_buttons: ["selected_option", "initial_option", null],
  datepicker: ["selected_date", "initial_date", null],
  timepicker: ["selected_time", "initial_time", null],
  datetimepicker: ["selected_date_time", "initial_date_time", null],
};

function start(element) {
  const [slot, initial, nothing] = STARTS[element.type];
  return { type: element.type, [slot]: element[initial] ?? nothing };
}

/**
 * @param {object} block @param {import("./element_state.js").Surface} surface
 * @returns {HTMLElement}
 */
export function inputBlock(block, surface) {
  const id = freshId("input");
  const error = surface.errors[block.block_id];
  const described = [block.hint ? `${id}-hint` : "", error ? `${id}-error` : ""].filter(Boolean).join(" ");
  const place = {
    blockId: block.block_id ?? "",
    input: true,
    label: textOf(block.label),
    dispatch: block.dispatch_action === true,
    required: !block.optional,
    described: {
      "aria-labelledby": `${id}-label`,
      ...(described ? { "aria-describedby": described } : {}),
      ...(error ? { "aria-invalid": "true" } : {}),
    },
  };
  const drawn = drawElement(block.element, place, surface);
  const words = [
    textObject(block.label, surface.names),
    block.optional ? h("span.input-optional", null, " (optional)") : null,
  ];
  // A click on the words leads into the field; boxes to tick have words of their own.
  const field = drawn.matches("input, textarea") ? drawn : drawn.querySelector("[role=combobox]");
  if (field) field.id = `${id}-field`;
  return h(
    "div.input-block",
    { class: error ? "has-error" : "" },
    field
      ? h("label.input-label", { id: `${id}-label`, for: field.id }, words)
      : h("div.input-label", { id: `${id}-label` }, words),
    drawn,
    error
      ? h("div.input-error", { id: `${id}-error`, "data-error": block.block_id }, icon("close"), error)
      : null,
    block.hint ? h("div.hint", { id: `${id}-hint` }, textObject(block.hint, surface.names)) : null,
  );
}
