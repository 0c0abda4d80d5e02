// The markdown block: enough CommonMark for what an app sends (headings, lists, tables, code, marks, links).
// Images become links, as Slack draws them.

import { h } from "./dom.js";
import { withEmoji } from "./emoji.js";
import { link } from "./mrkdwn.js";

/**
 * @param {string} source
 * @returns {HTMLElement}
 */
export function markdown(source) {
  const lines = source.replaceAll("\r\n", "\n").split("\n");
  const nodes = [];
  let at = 0;
  while (at < lines.length) {
    const [node, used] = block(lines, at);
    if (node) nodes.push(node);
    at += used;
  }
  return h("div.markdown", null, nodes);
}

/** @returns {[Node | null, number]} the block that starts on this line, and how many lines it takes */
function block(lines, at) {
  const line = lines[at];
  if (!line.trim()) return [null, 1];
  if (line.startsWith("```")) return fence(lines, at);
  const heading = /^(#{1,6})\s+(.*?)\s*#*$/.exec(line);
  if (heading) return [h(`h${Math.min(6, heading[1].length + 2)}.block-header`, null, marks(heading[2])), 1];
  if (/^\s*([-*_])(\s*\1){2,}\s*$/.test(line)) return [h("hr.divider"), 1];
  if (line.startsWith(">"))
    return run(lines, at, /^>\s?/, (inner) => h("blockquote.quote", null, marks(inner.join("\n"))));
  if (BULLET.test(line)) return run(lines, at, BULLET, (items) => h("ul", null, items.map(listItem)));
  if (ORDERED.test(line)) return run(lines, at, ORDERED, (items) => h("ol", null, items.map(listItem)));
  if (line.includes("|") && /^\s*\|?\s*:?-{2,}/.test(lines[at + 1] ?? "")) return table(lines, at);
  return paragraph(lines, at);
}

const BULLET = /^\s*[-*+]\s+/;
const ORDERED = /^\s*\d+[.)]\s+/;

function run(lines, at, prefix, build) {
  let end = at;
  while (end < lines.length && prefix.test(lines[end])) end += 1;
  return [build(lines.slice(at, end).map((line) => line.replace(prefix, ""))), end - at];
}

function listItem(text) {
  const task = /^\[([ xX])\]\s+/.exec(text);
  if (!task) return h("li", null, marks(text));
  return h("li.task", null, task[1] === " " ? "☐ " : "☑ ", marks(text.slice(task[0].length)));
}

function fence(lines, at) {
  let end = at + 1;
  while (end < lines.length && !lines[end].startsWith("```")) end += 1;
  return [h("pre.pre", { tabindex: "0" }, lines.slice(at + 1, end).join("\n")), end - at + 1];
}

function table(lines, at) {
  let end = at;
  while (end < lines.length && lines[end].includes("|")) end += 1;
  const cells = (line) =>
    line
      .trim()
      .replace(/^\||\|$/g, "")
      .split("|")
      .map((cell) => cell.trim());
  const [head, , ...rows] = lines.slice(at, end);
  return [
    h(
      "div.table-scroll",
      { tabindex: "0", role: "group", "aria-label": "Table" },
      h(
        "table.table",
        null,
        h(
          "thead",
          null,
          h(
            "tr",
            null,
            cells(head).map((cell) => h("th", { scope: "col" }, marks(cell))),
          ),
        ),
        h(
          "tbody",
          null,
          rows.map((row) =>
            h(
              "tr",
              null,
              cells(row).map((cell) => h("td", null, marks(cell))),
            ),
          ),
        ),
      ),
    ),
    end - at,
  ];
}

function paragraph(lines, at) {
  let end = at + 1;
  while (
    end < lines.length &&
    lines[end].trim() &&
    !/^(```|#{1,6}\s|>|\s*[-*+]\s|\s*\d+[.)]\s)/.test(lines[end])
  )
    end += 1;
  return [h("p", null, marks(lines.slice(at, end).join("\n"))), end - at];
}

const INLINE = [
  [/^`([^`]+)`/, (match) => h("code.code", null, match[1])],
  [/^!?\[([^\]]*)\]\(([^)\s]+)\)/, (match) => link(match[2], [match[1] || match[2]])],
  [/^\*\*(?=\S)(.+?)\*\*/s, (match) => h("strong", null, marks(match[1]))],
  [/^__(?=\S)(.+?)__/s, (match) => h("strong", null, marks(match[1]))],
  [/^~~(?=\S)(.+?)~~/s, (match) => h("s", null, marks(match[1]))],
  [/^\*(?=\S)([^*]+)\*/s, (match) => h("em", null, marks(match[1]))],
  [/^\b_(?=\S)([^_]+)_\b/s, (match) => h("em", null, marks(match[1]))],
  [/^https?:\/\/[^\s<>)]+[^\s<>).,;:!?]/i, (match) => link(match[0], [match[0]])],
  [/^\\([\\`*_{}[\]()#+.!|~-])/, (match) => document.createTextNode(match[1])],
];

function marks(text) {
  const nodes = [];
  let plain = "";
  for (let at = 0; at < text.length;) {
    const rest = text.slice(at);
    const hit = INLINE.map(([pattern, build]) => [pattern.exec(rest), build]).find(([match]) => match);
    if (hit) {
      if (plain) nodes.push(withEmoji(plain));
      plain = "";
      nodes.push(hit[1](hit[0]));
      at += hit[0][0].length;
    } else {
      plain += text[at];
      at += 1;
    }
  }
  if (plain) nodes.push(withEmoji(plain));
  return nodes;
}
