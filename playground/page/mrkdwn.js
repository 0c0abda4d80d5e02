// Slack's mrkdwn as DOM nodes. https://docs.slack.dev/messaging/formatting-message-text
// Everything ends up in text nodes; what is not understood is shown as it was typed.

import { fillDateTokens, fullDate } from "./dates.js";
import { h } from "./dom.js";
import { withEmoji } from "./emoji.js";

/**
 * @typedef {object} Names
 * @property {(id: string) => string | null} person the display name of a person, or null if unknown
 * @property {(id: string) => string | null} channel the name of a channel that the reader may see, or null
 * @property {string} reader the id of the person who reads
 */

const PINGS = { here: "@here", channel: "@channel", everyone: "@everyone" };
const ALLOWED_LINK = /^(https?:|mailto:|tel:|#)/i;

/** Slack escapes exactly three characters. @param {string} text */
const unescape = (text) =>
  text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

/**
 * A text object of Block Kit: `plain_text` as it stands (emoji codes drawn unless `emoji` is false), `mrkdwn` formatted.
 * @param {{type: string, text: string, emoji?: boolean, verbatim?: boolean} | string | undefined} object
 * @param {Names} names
 * @returns {Node[]}
 */
export function textObject(object, names) {
  if (!object) return [];
  if (typeof object === "string") return [document.createTextNode(object)];
  if (object.type === "mrkdwn") return mrkdwn(object.text, names, object.verbatim === true);
  return [document.createTextNode(object.emoji === false ? object.text : withEmoji(object.text))];
}

/** A text object as a string, for labels and tooltips. */
export function textOf(object) {
  if (!object) return "";
  if (typeof object === "string") return object;
  return object.type === "mrkdwn" ? withEmoji(unescape(object.text)) : withEmoji(object.text);
}

/**
 * @param {string} source
 * @param {Names} names
 * @param {boolean} [verbatim] true: bare web addresses stay text
 * @returns {Node[]}
 */
export function mrkdwn(source, names, verbatim = false) {
  const nodes = [];
  // A fence needs its closing fence; a line break right inside of it is not part of the code.
  source.split(/```([\s\S]+?)```/).forEach((part, index) => {
    if (index % 2 === 1)
      nodes.push(h("pre.pre", { tabindex: "0" }, codeText(part.replace(/^\n|\n$/g, ""), names)));
    else nodes.push(...quoted(trimAround(part, index, source), names, verbatim));
  });
  return nodes;
}

function trimAround(part, index, source) {
  // <pre> breaks the line by itself: drop the line break that would add an empty one.
  const after = index > 0 ? part.replace(/^\n/, "") : part;
  return source.includes("```") ? after.replace(/\n$/, "") : after;
}

function quoted(text, names, verbatim) {
  const nodes = [];
  let plain = [];
  let quote = [];
  const flush = () => {
    if (plain.length) nodes.push(...inline(plain.join("\n"), names, verbatim));
    if (quote.length) nodes.push(h("blockquote.quote", null, inline(quote.join("\n"), names, verbatim)));
    plain = [];
    quote = [];
  };
  for (const line of text.split("\n")) {
    const match = /^(?:&gt;|>(?!>)) ?(.*)$/.exec(line);
    if (match) {
      if (plain.length) flush();
      quote.push(match[1]);
    } else {
      if (quote.length) flush();
      plain.push(line);
    }
  }
  flush();
  return nodes;
}

const BEFORE = /(?:^|[\s.,;:!?'"“”‘’()[\]{}<>*_~/|+=–—-])$/;
const AFTER = /^(?:$|[\s.,;:!?'"“”‘’()[\]{}<>*_~/|+=–—-])/;
const MARKS = { "*": "strong", _: "em", "~": "s" };
const BARE_LINK = /^https?:\/\/[^\s<>|]+[^\s<>|.,;:!?'")\]]/i;

/** Marks, code, tokens and bare links of one paragraph; marks do not reach across a line break. */
function inline(text, names, verbatim) {
  const nodes = [];
  let plain = "";
  let at = 0;
  const flush = () => {
    if (plain) nodes.push(document.createTextNode(withEmoji(unescape(plain))));
    plain = "";
  };
  while (at < text.length) {
    const rest = text.slice(at);
    const found =
      code(rest, names) ??
      token(rest, names) ??
      mark(rest, text.slice(0, at), names, verbatim) ??
      (verbatim ? null : bareLink(rest, text[at - 1]));
    if (found) {
      flush();
      nodes.push(found.node);
      at += found.length;
    } else {
      plain += text[at];
      at += 1;
    }
  }
  flush();
  return nodes;
}

function code(rest, names) {
  const match = /^`([^`\n]+)`/.exec(rest);
  return match && { node: h("code.code", null, codeText(match[1], names)), length: match[0].length };
}

/** Inside code only the tokens are read (Slack links addresses there too); marks and emoji codes stay. */
function codeText(text, names) {
  return text.split(/(<[^<>\n]+>)/).map((part, index) => {
    const found = index % 2 === 1 ? token(part, names) : null;
    return found ? found.node : unescape(part);
  });
}

function mark(rest, before, names, verbatim) {
  const sign = rest[0];
  if (!Object.hasOwn(MARKS, sign) || !BEFORE.test(before.slice(-1))) return null;
  for (let end = rest.indexOf(sign, 1); end > 0; end = rest.indexOf(sign, end + 1)) {
    const inner = rest.slice(1, end);
    if (inner.includes("\n")) return null;
    if (inner.trim() && !/^\s|\s$/.test(inner) && AFTER.test(rest.slice(end + 1, end + 2))) {
      return { node: h(MARKS[sign], null, inline(inner, names, verbatim)), length: end + 1 };
    }
  }
  return null;
}

function bareLink(rest, previous) {
  if (rest[0] !== "h" && rest[0] !== "H") return null;
  if (previous !== undefined && /\w/.test(previous)) return null;
  const match = BARE_LINK.exec(rest);
  if (!match) return null;
  const address = unescape(match[0]);
  return { node: link(address, [address]), length: match[0].length };
}

/** `<…>`: a link, a mention, a date or a ping. */
function token(rest, names) {
  const match = /^<([^<>\n]+)>/.exec(rest);
  if (!match) return null;
  const [target, ...labels] = match[1].split("|");
  const label = labels.length ? unescape(labels.join("|")) : null;
  const node = tokenNode(unescape(target), label, names);
  return node && { node, length: match[0].length };
}

function tokenNode(target, label, names) {
  if (/^@[UWB]/.test(target)) return personMention(target.slice(1), names, label);
  if (/^#[CGD]/.test(target)) return channelMention(target.slice(1), names, label);
  if (target.startsWith("!")) return special(target.slice(1), label);
  if (ALLOWED_LINK.test(target)) return link(target, [withEmoji(label ?? target.replace(/^mailto:/i, ""))]);
  return null;
}

function special(command, label) {
  const [name, ...parts] = command.split("^");
  if (name === "date") return dateToken(Number(parts[0]), parts[1] ?? "", label ?? "", parts[2]);
  if (Object.hasOwn(PINGS, name)) return ping(name);
  if (name === "subteam") return h("span.mention", { "data-ping": "subteam" }, label ?? "@group");
  return h("span", null, label ?? `<!${command}>`);
}

/** A ping of many people: drawn loudly, so that nobody overlooks one that was not meant. */
export function ping(name) {
  return h("span.mention.mention-ping", { "data-ping": name }, PINGS[name] ?? `@${name}`);
}

/** @param {string} id @param {Names} names @param {string | null} [label] */
export function personMention(id, names, label = null) {
  const mine = id === names.reader;
  const shown = names.person(id) ?? label ?? id;
  return h(
    mine ? "span.mention.mention-me" : "span.mention",
    { "data-user": id },
    `@${shown.replace(/^@/, "")}`,
  );
}

/** A channel that the reader may not see keeps its name to itself. */
export function channelMention(id, names, label = null) {
  const name = names.channel(id);
  if (name === null) {
    return h("span.mention", { "data-channel-mention": id }, label ? `#${label}` : "#private-channel");
  }
  return h("a.mention", { href: `#${names.reader}/${id}`, "data-channel-mention": id }, `#${name}`);
}

/** A moment in the reader's own zone; the whole date is its tooltip. */
export function dateToken(seconds, tokens, fallback, address = undefined) {
  const shown = fillDateTokens(seconds, tokens);
  if (shown === null) return h("span", null, fallback);
  const date = new Date(seconds * 1000);
  const time = h("time.date", { datetime: date.toISOString(), title: fullDate(date) }, shown);
  return address ? link(address, [time]) : time;
}

// What chat.getPermalink answers here; ".example" is a reserved name that leads nowhere else.
const PERMALINK = /^https:\/\/[\w-]+\.example\/archives\/(\w+)\/p(\d+)(\d{6})(?:\?.*)?$/;

/**
 * Where a link leads: a message of this workspace is opened in the page, everything else in a new tab.
 * @param {string} address
 * @returns {Record<string, string>} attributes of the `a` element
 */
export function destination(address) {
  const [, channel, seconds, micros] = PERMALINK.exec(address) ?? [];
  if (channel) return { href: `#/${channel}/${seconds}.${micros}` };
  if (address.startsWith(`${location.origin}/`) || address.startsWith("#")) return { href: address };
  return { href: address, target: "_blank", rel: "noopener noreferrer" };
}

/**
 * A link; other schemes than the harmless ones stay text.
 * @param {string} address @param {(Node | string)[]} children
 */
export function link(address, children) {
  if (!ALLOWED_LINK.test(address)) return h("span", null, children);
  return h("a.link", { title: address, ...destination(address) }, children);
}
