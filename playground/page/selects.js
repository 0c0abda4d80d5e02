// Select menus of every kind, drawn as one searchable list.

import { combobox, matching } from "./combobox.js";
import { attributes, report, stateOf } from "./element_state.js";
import { textOf } from "./mrkdwn.js";

const choiceOf = (option) => ({
  value: option.value,
  label: textOf(option.text),
  detail: textOf(option.description),
  option,
});

function groupsOf(element) {
  const groups = element.option_groups ?? [{ options: element.options ?? [] }];
  return groups.map((group) => ({
    label: textOf(group.label) || undefined,
    choices: group.options.map(choiceOf),
  }));
}

/** Where each kind of menu keeps what was chosen, in Slack's view state. */
export const SLOTS = {
  static_select: ["selected_option", "initial_option"],
  external_select: ["selected_option", "initial_option"],
  users_select: ["selected_user", "initial_user"],
  conversations_select: ["selected_conversation", "initial_conversation"],
  channels_select: ["selected_channel", "initial_channel"],
  multi_static_select: ["selected_options", "initial_options"],
  multi_external_select: ["selected_options", "initial_options"],
  multi_users_select: ["selected_users", "initial_users"],
  multi_conversations_select: ["selected_conversations", "initial_conversations"],
  multi_channels_select: ["selected_channels", "initial_channels"],
};

/** @param {object} element @param {import("./element_state.js").Place} place @param {import("./element_state.js").Surface} surface */
export function select(element, place, surface) {
  const [slot, initial] = SLOTS[element.type];
  const several = element.type.startsWith("multi_");
  const [source] = element.type.replace("multi_", "").split("_");
  const options = source === "static" || source === "external";
  const directory = options ? [] : surface.directory(source, element);
  const byId = (id) =>
    directory.flatMap(({ choices }) => choices).find(({ value }) => value === id) ?? { value: id, label: id };
  const toChoice = (value) => (options ? choiceOf(value) : byId(value));
  const fromChoice = (choice) => (options ? choice.option : choice.value);

  const state = stateOf(element, place, surface);
  const now = slot in state ? state[slot] : element[initial];
  const chosen = (several ? (now ?? []) : now ? [now] : []).map(toChoice);
  const find =
    {
      static: (query) => matching(groupsOf(element), query),
      external: (query) => surface.suggest(element.action_id, place.blockId, query),
    }[source] ?? ((query) => matching(directory, query));

  return combobox({
    label: place.label ?? (textOf(element.placeholder) || "Choose"),
    placeholder: textOf(element.placeholder) || (several ? "Choose some" : "Choose one"),
    chosen,
    several,
    clearable: place.input && !place.required,
    most: element.max_selected_items,
    minimum: source === "external" ? (element.min_query_length ?? 3) : 0,
    find,
    attributes: attributes(element, place, surface),
    changed: (choices) => {
      const values = choices.map(fromChoice);
      const chosenNow = several ? values : (values[0] ?? null);
      // With several choices Slack tells the app once the menu closes; here each choice is told.
      void report(element, place, surface, { [slot]: chosenNow }, { [slot]: chosenNow, value: chosenNow });
    },
  });
}
