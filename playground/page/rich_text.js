// The rich_text block: sections, lists, quotes and preformatted text.
// Its text elements are literal: nothing in them is read as a mark or a token.

import { h } from "./dom.js";
import { character } from "./emoji.js";
import { channelMention, dateToken, link, personMention, ping } from "./mrkdwn.js";

/** @typedef {import("./mrkdwn.js").Names} Names */

/**
 * @param {{elements?: object[]}} block
 * @param {Names} names
 * @returns {HTMLElement}
 */
export function richText(block, names) {
  const parts = [];
  for (const element of block.elements ?? []) {
    const previous = parts.at(-1);
    // Slack sends one rich_text_list per run of equal indent; the deeper one belongs under the last item.
    if (element.type === "rich_text_list")
      placeList(list(element, names), element.indent ?? 0, previous, parts);
    else parts.push(part(element, names));
  }
  return h("div.rich-text", null, parts);
}

function placeList(node, indent, previous, parts) {
  let home = previous?.matches?.("ul, ol") ? previous : null;
  for (let depth = 1; home && depth < indent; depth += 1)
    home = home.lastElementChild?.querySelector("ul, ol") ?? home;
  if (indent > 0 && home?.lastElementChild) home.lastElementChild.append(node);
  else parts.push(node);
}

function part(element, names) {
  const children = () => inlineElements(element.elements, names);
  if (element.type === "rich_text_section") return h("div.rich-section", null, children());
  if (element.type === "rich_text_quote") return h("blockquote.quote", null, children());
  if (element.type === "rich_text_preformatted") return h("pre.pre", { tabindex: "0" }, children());
  return h("div.unknown-block", null, `Unknown part of a rich text: ${element.type}`);
}

function list(element, names) {
  const items = (element.elements ?? []).map((item) => h("li", null, inlineElements(item.elements, names)));
  if (element.style !== "ordered") return h("ul", null, items);
  return h("ol", element.offset ? { start: element.offset + 1 } : null, items);
}

/** @param {object[] | undefined} elements @param {Names} names */
export function inlineElements(elements, names) {
  return (elements ?? []).map((element) => styled(element, inlineElement(element, names)));
}

function inlineElement(element, names) {
  switch (element.type) {
    case "text":
      return document.createTextNode(element.text);
    case "link":
      return link(element.url, [element.text ?? element.url]);
    case "emoji":
      return document.createTextNode(emojiOf(element));
    case "user":
      return personMention(element.user_id, names);
    case "channel":
      return channelMention(element.channel_id, names);
    case "broadcast":
      return ping(element.range);
    case "usergroup":
      return h("span.mention", { "data-ping": "subteam" }, "@group");
    case "date":
      return dateToken(element.timestamp, element.format, element.fallback ?? "", element.url);
    case "color":
      return h("code.code", null, element.value);
    default:
      return h("span.unknown-inline", null, `[${element.type}]`);
  }
}

function emojiOf(element) {
  const name = element.skin_tone ? `${element.name}::skin-tone-${element.skin_tone}` : element.name;
  return character(name) ?? `:${element.name}:`;
}

function styled(element, node) {
  const style = element.style ?? {};
  let result = node;
  if (style.code) result = h("code.code", null, result);
  if (style.bold) result = h("strong", null, result);
  if (style.italic) result = h("em", null, result);
  if (style.strike) result = h("s", null, result);
  if (style.underline) result = h("u", null, result);
  return result;
}

/** The words of a rich text, for labels. @param {{elements?: object[]}} block */
export function richTextWords(block) {
  const words = (element) => {
    if (element.elements) return element.elements.map(words).join(" ");
    return element.text ?? element.url ?? (element.type === "emoji" ? emojiOf(element) : "");
  };
  return (block.elements ?? []).map(words).join(" ").trim();
}
