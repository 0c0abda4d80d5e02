// The two grids of Block Kit: `table`, drawn as it comes, and `data_table`, which people may sort and filter.

import { h, icon } from "./dom.js";
import { inlineElements, richText, richTextWords } from "./rich_text.js";

/** @typedef {import("./element_state.js").Surface} Surface */

/** A cell's content. raw_text is literal; raw_number shows its text, or the number itself. */
function cellContent(cell, surface) {
  if (!cell) return [];
  if (cell.type === "rich_text") {
    const [only, ...more] = cell.elements ?? [];
    // One section is the usual cell: no block box of its own, so that the cell's alignment applies.
    if (only?.type === "rich_text_section" && more.length === 0)
      return inlineElements(only.elements, surface.names);
    return richText(cell, surface.names);
  }
  if (cell.type === "raw_number") return String(cell.text ?? cell.value);
  if (cell.type === "raw_text") return cell.text;
  return h("span.unknown-inline", null, `[${cell.type}]`);
}

const cellWords = (cell) =>
  cell?.type === "rich_text" ? richTextWords(cell) : String(cell?.text ?? cell?.value ?? "");

const scrollable = (label, content) =>
  h("div.table-scroll", { tabindex: "0", role: "group", "aria-label": label }, content);

/**
 * `table`: the first row is the header by convention.
 * @param {object} block @param {Surface} surface
 */
export function table(block, surface) {
  const [head = [], ...rows] = block.rows ?? [];
  const setting = (column) => block.column_settings?.[column] ?? {};
  const look = (column) => {
    const { align = "left", is_wrapped: wrapped = false } = setting(column) ?? {};
    return `align-${align} ${wrapped ? "wrapped" : "unwrapped"}`;
  };
  const cell = (content, column) => h("td", { class: look(column) }, cellContent(content, surface));
  const label = `Table: ${head
    .map(cellWords)
    .filter((words) => words.trim())
    .join(", ")}`;
  return scrollable(
    label,
    h(
      "table.table",
      null,
      h(
        "thead",
        null,
        h(
          "tr",
          null,
          head.map((content, column) => headCell(content, column, look, surface)),
        ),
      ),
      h(
        "tbody",
        null,
        rows.map((row) => h("tr", null, row.map(cell))),
      ),
    ),
  );
}

function headCell(content, column, look, surface) {
  // A header without words would be an unlabelled column to a screen reader.
  const tag = cellWords(content).trim() ? "th" : "td";
  return h(
    tag,
    { class: look(column), ...(tag === "th" ? { scope: "col" } : {}) },
    cellContent(content, surface),
  );
}

const DEFAULT_PAGE = 5;

/**
 * `data_table`: sortable by each column, searchable and paged once it is longer than a page.
 * @param {object} block @param {Surface} surface @param {string} key
 */
export function dataTable(block, surface, key) {
  const [head = [], ...rows] = block.rows ?? [];
  const size = block.page_size ?? DEFAULT_PAGE;
  const named = block.row_header_column_index ?? 0;
  const caption = block.caption ?? "Table";
  const state = surface.memory.get(key) ?? { column: null, down: false, filter: "", page: 0 };
  surface.memory.set(key, state);

  const frame = h("div.data-table");
  const filter = h("input.field.data-table-filter", {
    type: "search",
    placeholder: "Filter rows",
    "aria-label": `Filter: ${caption}`,
    value: state.filter,
    oninput: () => {
      Object.assign(state, { filter: filter.value, page: 0 });
      draw();
    },
  });
  const body = h("div");
  frame.append(
    h(
      "div.data-table-top",
      null,
      h("span.data-table-caption", null, caption),
      rows.length > size ? filter : null,
    ),
    body,
  );
  draw();
  return frame;

  function draw() {
    const kept = sorted(
      rows.filter((row) => row.some((cell) => contains(cellWords(cell), state.filter))),
      state,
    );
    const pages = Math.max(1, Math.ceil(kept.length / size));
    state.page = Math.min(state.page, pages - 1);
    const here = kept.slice(state.page * size, (state.page + 1) * size);
    const focused = body.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    body.replaceChildren(
      scrollable(
        caption,
        h(
          "table.table",
          null,
          h("thead", null, h("tr", null, head.map(headerCell))),
          h(
            "tbody",
            null,
            here.map((row) => h("tr", null, row.map(bodyCell))),
          ),
        ),
      ),
      pages > 1 ? pager(pages, kept.length) : "",
    );
    if (focused) body.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
  }

  function headerCell(cell, column) {
    const on = state.column === column;
    const order = on ? (state.down ? "descending" : "ascending") : "none";
    const sort = h(
      "button.sort",
      { type: "button", "data-key": `${key}/sort/${column}`, onclick: () => sortBy(column) },
      cellContent(cell, surface),
      h("span.sort-mark", { "aria-hidden": "true" }, on ? (state.down ? "▼" : "▲") : "↕"),
    );
    const look = rows.every((row) => row[column]?.type === "raw_number") ? "align-right" : "align-left";
    return h("th", { scope: "col", "aria-sort": order, class: look }, sort);
  }

  function bodyCell(cell, column) {
    const look = cell?.type === "raw_number" ? "align-right" : "align-left";
    if (column === named)
      return h("th.row-header", { scope: "row", class: look }, cellContent(cell, surface));
    return h("td.wrapped", { class: look }, cellContent(cell, surface));
  }

  function sortBy(column) {
    const again = state.column === column;
    Object.assign(state, { column, down: again ? !state.down : false, page: 0 });
    draw();
  }

  function pager(pages, count) {
    const step = (by, label) =>
      h(
        "button.button.small",
        {
          type: "button",
          "data-key": `${key}/page/${by}`,
          disabled: state.page + by < 0 || state.page + by >= pages,
          onclick: () => {
            state.page += by;
            draw();
          },
        },
        label,
      );
    const from = state.page * size;
    return h(
      "div.pager",
      null,
      h("span", { role: "status" }, `${from + 1}–${Math.min(count, from + size)} of ${count}`),
      step(-1, "Previous"),
      step(1, "Next"),
    );
  }
}

const contains = (words, wanted) => words.toLocaleLowerCase().includes(wanted.trim().toLocaleLowerCase());

function sorted(rows, { column, down }) {
  if (column === null) return rows;
  // Slack sorts by number only where every cell of the column is one.
  const numeric = rows.every((row) => row[column]?.type === "raw_number");
  const order = numeric
    ? (one, other) => one[column].value - other[column].value
    : (one, other) => cellWords(one[column]).localeCompare(cellWords(other[column]));
  return rows.toSorted((one, other) => (down ? -order(one, other) : order(one, other)));
}

/** A chart's or a list's figures as a folded table beside it. */
export function figures(label, head, rows) {
  return h(
    "details.figures",
    null,
    h("summary", null, icon("chevron"), "Show the figures"),
    scrollable(
      label,
      h(
        "table.table",
        null,
        h(
          "thead",
          null,
          h(
            "tr",
            null,
            head.map((cell) => h("th", { scope: "col" }, cell)),
          ),
        ),
        h(
          "tbody",
          null,
          rows.map(([name, ...values]) =>
            h(
              "tr",
              null,
              h("th.row-header", { scope: "row" }, name),
              values.map((value) => h("td.align-right", null, value)),
            ),
          ),
        ),
      ),
    ),
  );
}
