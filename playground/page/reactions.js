// Reactions under a message, and the picker to add one.

import { control, explain } from "./api.js";
import { freshId, h, icon } from "./dom.js";
import { COMMON, EMOJI, character, spoken } from "./emoji.js";
import { closePopup, notify, openPopup } from "./popups.js";

/** @typedef {import("./store.js").Store} Store @typedef {import("./store.js").Message} Message */

/**
 * Adds or takes back the viewer's reaction. What is shown follows from the server, never from the click.
 * @param {Store} store @param {string} channel @param {string} ts @param {string} name @param {boolean} present
 */
export async function react(store, channel, ts, name, present) {
  try {
    await control("reaction", { channel, ts, user: store.viewer, name, present });
  } catch (problem) {
    if (["already_reacted", "no_reaction"].includes(problem.code)) return;
    notify(explain("The reaction", problem));
  }
}

const NAMED = 30;

function listed(all) {
  const names = all.length > NAMED ? [...all.slice(0, NAMED), `${all.length - NAMED} others`] : all;
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

/** @param {Store} store @param {string} channel @param {Message} message @returns {HTMLElement} */
export function reactionRow(store, channel, message) {
  const pills = (message.reactions ?? []).map((reaction) => pill(store, channel, message, reaction));
  const row = h("div.reactions", { role: "group", "aria-label": "Reactions" }, pills);
  row.hidden = pills.length === 0;
  if (pills.length) {
    const more = addButton(store, channel, message, "reaction reaction-add", `${message.ts}/add-reaction`);
    more.dataset.inheritsFocus = ""; // of a pill that is gone with its last reaction
    row.append(more);
  }
  return row;
}

function pill(store, channel, message, { name, users, count }) {
  const mine = users.includes(store.viewer);
  const shown = character(name) ?? `:${name}:`;
  const people = `${count} ${count === 1 ? "person" : "people"}`;
  const others = users.filter((id) => id !== store.viewer).map((id) => store.personName(id) ?? id);
  const who = listed(mine ? ["You", ...others] : others);
  const node = h(
    "button.reaction",
    {
      type: "button",
      class: mine ? "mine" : "",
      "aria-pressed": String(mine),
      "aria-label": `${shown} ${spoken(name)}, ${people}${mine ? ", you reacted; press to remove" : "; press to add yours"}`,
      "data-reaction": name,
      "data-count": count,
      "data-key": `${message.ts}/reaction/${name}`,
      "data-tip": `${who} reacted with :${name}:`,
      onclick: async () => {
        node.setAttribute("aria-busy", "true");
        await react(store, channel, message.ts, name, !mine);
        node.removeAttribute("aria-busy");
      },
    },
    h("span.emoji", { "aria-hidden": "true" }, shown),
    h("span.count", { "aria-hidden": "true" }, String(count)),
  );
  return node;
}

/** @param {Store} store @param {string} channel @param {Message} message @param {string} look @param {string} key */
export function addButton(store, channel, message, look, key) {
  const button = h(
    "button",
    {
      type: "button",
      class: look,
      "aria-label": "Add a reaction",
      "aria-haspopup": "dialog",
      "aria-expanded": "false",
      "data-key": key,
      "data-tip": "Add a reaction",
      onclick: () =>
        openPicker(button, (name) =>
          react(store, channel, message.ts, name, !has(store, channel, message.ts, name)),
        ),
    },
    icon("smile"),
  );
  return button;
}

/** Choosing in the picker what one has already chosen takes it back, as in Slack. */
function has(store, channel, ts, name) {
  const reaction = store.message(channel, ts)?.reactions?.find((one) => one.name === name);
  return Boolean(reaction?.users.includes(store.viewer));
}

const COLUMNS = 8;

/** @param {HTMLElement} button @param {(name: string) => void} choose */
function openPicker(button, choose) {
  const grid = h("div.emoji-grid", { role: "group", "aria-label": "Emoji" });
  const title = freshId("picker");
  const search = h("input.field", {
    type: "search",
    placeholder: "Search emoji",
    "aria-label": "Search emoji",
    autocomplete: "off",
    oninput: fill,
    onkeydown: (event) => {
      if (event.key === "Enter") grid.querySelector("button")?.click();
      if (event.key === "ArrowDown") grid.querySelector("button")?.focus();
    },
  });
  const picker = h(
    "div.picker-popup",
    { role: "dialog", "aria-labelledby": title },
    h("h2.hidden", { id: title }, "Add a reaction"),
    search,
    grid,
  );
  grid.addEventListener("keydown", move);
  fill();
  openPopup(button, picker, { focus: search, width: 340 });

  function fill() {
    const wanted = search.value.trim().toLowerCase().replace(/^:|:$/g, "").replaceAll(" ", "_");
    const names = wanted
      ? [...EMOJI.keys()].filter((name) => name.includes(wanted))
      : [...COMMON, ...EMOJI.keys()];
    // One name per character: "thumbsup" is "+1" again.
    const buttons = [...new Map(names.toReversed().map((name) => [character(name), name])).values()]
      .reverse()
      .map((name) =>
        h(
          "button.emoji-choice",
          {
            type: "button",
            "aria-label": spoken(name),
            title: `:${name}:`,
            "data-emoji": name,
            onclick: () => {
              closePopup(picker, button);
              choose(name);
            },
          },
          character(name),
        ),
      );
    grid.replaceChildren(...(buttons.length ? buttons : [h("p.hint", null, "No emoji of that name")]));
  }

  function move(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: COLUMNS, ArrowUp: -COLUMNS }[event.key];
    if (!step) return;
    event.preventDefault();
    const all = [...grid.querySelectorAll("button")];
    const next = all.indexOf(document.activeElement) + step;
    if (next < 0) search.focus();
    else all[Math.min(next, all.length - 1)]?.focus();
  }
}
