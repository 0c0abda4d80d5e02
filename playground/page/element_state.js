// What every element needs: where it stands, what was filled in, and how the app hears of it.

import { textOf } from "./mrkdwn.js";
import { confirmed } from "./popups.js";

/**
 * @typedef {object} Surface where blocks are shown, and who listens
 * @property {"message" | "modal" | "home"} kind
 * @property {string} key stable name of the message or view
 * @property {import("./mrkdwn.js").Names} names
 * @property {import("./inputs.js").FormState} form what has been filled in
 * @property {Map<string, unknown>} memory what the reader has opened or sorted
 * @property {Record<string, string>} errors by block_id
 * @property {(action: object, what?: string) => Promise<void>} act tells the app; shows its own failures, by that name
 * @property {(action: object) => Promise<void>} keep leaves a field's value with the server, without telling the app
 * @property {(actionId: string, blockId: string, query: string) => Promise<import("./combobox.js").ChoiceGroup[]>} suggest
 * @property {(kind: "users" | "conversations" | "channels", element: object) => import("./combobox.js").ChoiceGroup[]} directory
 *
 * @typedef {object} Place where an element stands inside its block
 * @property {string} blockId
 * @property {boolean} input inside an input block: nothing is told to the app unless the block asks for it
 * @property {string} [label]
 * @property {boolean} [dispatch]
 * @property {Record<string, string>} [described] aria attributes of the label, the hint and the error
 * @property {boolean} [required]
 */

/** @param {object} element @param {Place} place @param {Surface} surface */
export const keyOf = (element, place, surface) => `${surface.key}/${place.blockId}/${element.action_id}`;

/** What every control carries: hooks for tests, the key that keeps the focus, its label. */
export function attributes(element, place, surface) {
  return {
    "data-action-id": element.action_id,
    "data-block-id": place.blockId,
    "data-key": keyOf(element, place, surface),
    ...place.described,
    ...(place.required ? { "aria-required": "true" } : {}),
    ...(element.focus_on_load ? { autofocus: true } : {}),
  };
}

/** Labelled by its input block, or by its own words. */
export const naming = (element, place) =>
  place.described?.["aria-labelledby"]
    ? {}
    : { "aria-label": place.label ?? (textOf(element.placeholder) || element.action_id) };

/** Stores the state and tells the app; a field of a dialog only leaves word, for whatever else is clicked there. */
export async function report(element, place, surface, state, fields) {
  const tells = !place.input || place.dispatch;
  if (tells && element.confirm && !(await confirmed(element.confirm, surface.names))) return;
  surface.form.set(place.blockId, element.action_id, { type: element.type, ...state });
  const action = { action_id: element.action_id, block_id: place.blockId, ...fields };
  await (tells ? surface.act(action) : surface.keep(action));
}

export const stateOf = (element, place, surface) => surface.form.get(place.blockId, element.action_id) ?? {};
