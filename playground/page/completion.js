// Completion while typing: commands after "/", people after "@", channels after "#", emoji after ":".

import { h } from "./dom.js";
import { EMOJI } from "./emoji.js";
import { avatar } from "./sidebar.js";

const MOST = 8;

/** Slack's own commands that the page plays itself. */
const BUILT_IN = [
  { command: "/invite", usage_hint: "@Verdicts", description: "Add somebody to this channel" },
  { command: "/remove", usage_hint: "@Verdicts", description: "Remove somebody from this channel" },
];

/**
 * @typedef {{insert: string, label: string, detail?: string, sign?: Node}} Suggestion
 *
 * @param {HTMLTextAreaElement} text
 * @param {import("./store.js").Store} store
 * @param {string} id for the list
 * @param {() => void} inserted called after a completion has changed the text
 */
export function completion(text, store, id, inserted) {
  const list = h("div.suggestions", { role: "listbox", id, "aria-label": "Suggestions", hidden: true });
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  let rows = [];
  let active = 0;
  let from = 0;

  const close = () => {
    list.hidden = true;
    rows = [];
    text.removeAttribute("aria-activedescendant");
  };

  const point = (index) => {
    rows[active]?.node.setAttribute("aria-selected", "false");
    active = (index + rows.length) % rows.length;
    rows[active].node.setAttribute("aria-selected", "true");
    rows[active].node.scrollIntoView({ block: "nearest" });
    text.setAttribute("aria-activedescendant", rows[active].node.id);
  };

  const take = ({ insert }) => {
    const end = text.selectionStart;
    text.setRangeText(`${insert} `, from, end, "end");
    close();
    inserted();
  };

  const open = () => {
    const found =
      text.selectionStart === text.selectionEnd ? at(text.value.slice(0, text.selectionStart), store) : null;
    if (!found || found.suggestions.length === 0) return close();
    from = found.from;
    rows = found.suggestions.slice(0, MOST).map((suggestion, index) => ({
      suggestion,
      node: h(
        "div.suggestion",
        { role: "option", id: `${id}-${index}`, "aria-selected": "false", onclick: () => take(suggestion) },
        suggestion.sign,
        h("span.suggestion-label", null, suggestion.label),
        suggestion.detail ? h("span.suggestion-detail", null, suggestion.detail) : null,
      ),
    }));
    list.replaceChildren(...rows.map(({ node }) => node));
    list.hidden = false;
    active = 0;
    return point(0);
  };

  /** @param {KeyboardEvent} event @returns {boolean} whether the key was for the list */
  const key = (event) => {
    if (list.hidden) return false;
    if (event.key === "ArrowDown") point(active + 1);
    else if (event.key === "ArrowUp") point(active - 1);
    else if (event.key === "Escape") close();
    else if (event.key === "Tab" || event.key === "Enter") {
      const { suggestion } = rows[active];
      // What is already written out needs no completion: Enter then sends.
      if (event.key === "Enter" && text.value.slice(from, text.selectionStart) === suggestion.insert)
        return false;
      take(suggestion);
    } else return false;
    event.preventDefault();
    return true;
  };

  return { list, open, close, key };
}

/** What may complete the word before the caret. */
function at(before, store) {
  const word = /(^|\s)([/@#:])([^\s]*)$/.exec(before);
  if (!word) return null;
  const [, , sign, typed] = word;
  const from = before.length - typed.length - 1;
  const wanted = typed.toLocaleLowerCase();
  if (sign === "/")
    return before.trimStart() === `/${typed}` ? { from, suggestions: commands(store, wanted) } : null;
  if (sign === "@") return { from, suggestions: people(store, wanted) };
  if (sign === "#") return { from, suggestions: channels(store, wanted) };
  return wanted.length >= 2 ? { from, suggestions: emoji(wanted) } : null;
}

function commands(store, wanted) {
  return [...(store.app?.commands ?? []), ...BUILT_IN]
    .filter(({ command }) => command.slice(1).startsWith(wanted))
    .map(({ command, description, usage_hint: usage }) => ({
      insert: command,
      label: `${command} ${usage ?? ""}`,
      detail: description,
    }));
}

function people(store, wanted) {
  const bot = store.botId;
  const ids = [bot, ...[...store.users.keys()].filter((id) => id !== bot)];
  return ids
    .filter((id) => (store.personName(id) ?? "").toLocaleLowerCase().startsWith(wanted))
    .map((id) => ({
      insert: `@${store.personName(id)}`,
      label: store.personName(id),
      detail: store.users.get(id)?.is_bot ? "App" : "",
      sign: avatar(store, id, "avatar-small"),
    }));
}

function channels(store, wanted) {
  return store
    .visibleChannels()
    .filter((channel) => !channel.is_im && channel.name.startsWith(wanted))
    .map((channel) => ({
      insert: `#${channel.name}`,
      label: `#${channel.name}`,
      detail: store.topic(channel),
    }));
}

function emoji(wanted) {
  const names = [...EMOJI.keys()].filter((name) => name.includes(wanted));
  names.sort((one, other) => Number(other.startsWith(wanted)) - Number(one.startsWith(wanted)));
  return names.map((name) => ({
    insert: `:${name}:`,
    label: `:${name}:`,
    sign: h("span.emoji", null, EMOJI.get(name)),
  }));
}
