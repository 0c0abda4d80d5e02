// A searchable list of choices: every kind of select menu of Block Kit, with one choice or several.
// Follows the "combobox with listbox popup" pattern of the ARIA Authoring Practices.

import { freshId, h, icon } from "./dom.js";
import { place } from "./popups.js";

const TYPING_PAUSE_MS = 150;

/**
 * @typedef {{value: string, label: string, detail?: string}} Choice
 * @typedef {{label?: string, choices: Choice[]}} ChoiceGroup
 */

/**
 * @param {object} options
 * @param {string} options.label
 * @param {string} [options.placeholder]
 * @param {Choice[]} options.chosen
 * @param {boolean} [options.several]
 * @param {number} [options.most] how many may be chosen
 * @param {boolean} [options.clearable] whether a single choice can be taken back
 * @param {number} [options.minimum] letters that must be typed before the list is asked for
 * @param {(query: string) => ChoiceGroup[] | Promise<ChoiceGroup[]>} options.find
 * @param {(chosen: Choice[]) => void} options.changed
 * @param {Record<string, unknown>} [options.attributes] for the input
 * @returns {HTMLElement}
 */
export function combobox(options) {
  const { several = false, minimum = 0, find, changed } = options;
  const listId = freshId("choices");
  let chosen = [...options.chosen];
  let shown = [];
  let active = -1;
  let asked = 0;
  let typing = 0;
  const typed = () => (several || input.value !== (chosen[0]?.label ?? "") ? input.value.trim() : "");

  const input = h("input.combobox-input", {
    type: "text",
    role: "combobox",
    autocomplete: "off",
    spellcheck: "false",
    "aria-label": options.label,
    "aria-autocomplete": "list",
    "aria-expanded": "false",
    "aria-controls": listId,
    placeholder: options.placeholder ?? "",
    ...options.attributes,
    onfocus: () => input.select(),
    onclick: () => open(),
    oninput: () => {
      clearTimeout(typing);
      typing = setTimeout(open, TYPING_PAUSE_MS);
    },
    onkeydown: key,
    onblur: () => {
      clearTimeout(typing);
      close();
      settle();
    },
  });
  const list = h("div.choices", {
    role: "listbox",
    id: listId,
    popover: "manual",
    "aria-label": options.label,
  });
  const chips = h("span.chips");
  const clear = h(
    "button.combobox-clear",
    { type: "button", "aria-label": `Clear ${options.label}`, onclick: () => choose(null) },
    icon("close"),
  );
  const frame = h(
    "span.combobox",
    { class: several ? "combobox-several" : "" },
    chips,
    input,
    clear,
    icon("chevron"),
    list,
  );
  // A press inside the list must not take the focus from the field, or the list would close before the click.
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  settle();
  return frame;

  function settle() {
    clear.hidden = several || !options.clearable || chosen.length === 0;
    input.value = several ? "" : (chosen[0]?.label ?? "");
    input.placeholder = several && chosen.length ? "" : (options.placeholder ?? "");
    chips.replaceChildren(...(several ? chosen.map(chip) : []));
  }

  function chip(choice) {
    const drop = h(
      "button.chip-drop",
      { type: "button", "aria-label": `Remove ${choice.label}`, onclick: () => toggle(choice) },
      icon("close"),
    );
    return h("span.chip", { "data-value": choice.value }, choice.label, drop);
  }

  async function open() {
    const query = typed();
    asked += 1;
    const mine = asked;
    if (query.length < minimum) {
      const missing = minimum - query.length;
      return message(`Type ${missing} more ${missing === 1 ? "letter" : "letters"} to search`);
    }
    let groups = find(query);
    if (groups instanceof Promise) {
      message("Searching …");
      try {
        groups = await groups;
      } catch (problem) {
        return mine === asked ? message(problem.message) : undefined;
      }
    }
    if (mine !== asked || !input.isConnected || document.activeElement !== input) return undefined;
    return draw(groups);
  }

  function message(text) {
    shown = [];
    active = -1;
    list.replaceChildren(
      h("div.choices-note", { role: "option", "aria-disabled": "true", "aria-selected": "false" }, text),
    );
    show();
  }

  function draw(groups) {
    shown = [];
    const parts = [];
    for (const group of groups) {
      const rows = group.choices.map((choice) => row(choice));
      if (!group.label) parts.push(...rows);
      else if (rows.length) {
        const heading = h("div.choices-heading", { role: "presentation" }, group.label);
        parts.push(h("div", { role: "group", "aria-label": group.label }, heading, rows));
      }
    }
    if (shown.length === 0) return message("Nothing found");
    list.replaceChildren(...parts);
    show();
    const current = shown.findIndex(({ choice }) => chosen.some(({ value }) => value === choice.value));
    return point(Math.max(0, current));
  }

  function row(choice) {
    const on = chosen.some(({ value }) => value === choice.value);
    const node = h(
      "div.choice",
      {
        role: "option",
        id: freshId("choice"),
        "aria-selected": String(on),
        "data-value": choice.value,
        onclick: () => choose(choice),
      },
      h("span.choice-label", null, choice.label),
      choice.detail ? h("span.choice-detail", null, choice.detail) : null,
    );
    shown.push({ node, choice });
    return node;
  }

  function show() {
    if (!input.isConnected) return;
    if (!list.matches(":popover-open")) list.showPopover();
    input.setAttribute("aria-expanded", "true");
    place(list, frame, { width: Math.max(220, frame.offsetWidth), tallest: 300 });
  }

  function close() {
    asked += 1;
    if (list.matches(":popover-open")) list.hidePopover();
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    active = -1;
  }

  function point(index) {
    shown[active]?.node.classList.remove("active");
    active = (index + shown.length) % shown.length;
    const { node } = shown[active];
    node.classList.add("active");
    node.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", node.id);
  }

  function toggle(choice) {
    const on = chosen.some(({ value }) => value === choice.value);
    if (on) chosen = chosen.filter(({ value }) => value !== choice.value);
    else if (chosen.length < (options.most ?? Infinity)) chosen = [...chosen, choice];
    settle();
    changed(chosen);
  }

  function choose(choice) {
    if (several) {
      toggle(choice);
      input.focus();
      close();
      return;
    }
    const before = chosen[0]?.value;
    chosen = choice ? [choice] : [];
    close();
    settle();
    input.focus();
    if (choice?.value !== before) changed(chosen);
  }

  function key(event) {
    const isOpen = list.matches(":popover-open");
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!isOpen) open();
      else if (shown.length) point(active + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Enter") {
      // Enter in a field would submit the dialog; here it only ever chooses.
      event.preventDefault();
      if (isOpen && active >= 0) choose(shown[active].choice);
    } else if (event.key === "Escape" && isOpen) {
      event.preventDefault();
      event.stopPropagation();
      close();
      settle();
    } else if (event.key === "Backspace" && several && !input.value && chosen.length) toggle(chosen.at(-1));
  }
}

/**
 * Choices whose label or detail contains the words; those that start with them come first.
 * @param {ChoiceGroup[]} groups
 * @param {string} query
 * @returns {ChoiceGroup[]}
 */
export function matching(groups, query) {
  const wanted = query.toLocaleLowerCase();
  if (!wanted) return groups;
  const rank = ({ label }) => (label.toLocaleLowerCase().startsWith(wanted) ? 0 : 1);
  const fits = ({ label, detail = "" }) => `${label} ${detail}`.toLocaleLowerCase().includes(wanted);
  return groups.map((group) => ({
    ...group,
    choices: group.choices.filter(fits).sort((one, other) => rank(one) - rank(other)),
  }));
}
