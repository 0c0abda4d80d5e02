// Every block of Block Kit, as Slack draws it: one function per type.

import { chart } from "./chart.js";
import { h, icon } from "./dom.js";
import { drawElement } from "./elements.js";
import { inputBlock } from "./inputs.js";
import { markdown } from "./markdown.js";
import { textObject, textOf } from "./mrkdwn.js";
import { richText } from "./rich_text.js";
import { dataTable, table } from "./tables.js";

/** @typedef {import("./element_state.js").Surface} Surface */

/**
 * @param {object[] | undefined} blocks
 * @param {Surface} surface
 * @returns {HTMLElement}
 */
export function drawBlocks(blocks, surface) {
  return h(
    "div.blocks",
    null,
    (blocks ?? []).map((block, index) => drawBlock(block, surface, index)),
  );
}

function drawBlock(block, surface, index) {
  const key = `${surface.key}/${block?.block_id ?? index}`;
  const draw = DRAW[block?.type];
  const node = draw ? draw(block, surface, key) : unknown(block);
  node.dataset.blockType = block?.type ?? "";
  if (block?.block_id) node.dataset.blockId = block.block_id;
  return node;
}

const unknown = (block) =>
  h("div.unknown-block", null, `This block is not drawn here: ${block?.type ?? "no type"}`);

const element = (block, surface) => (part) =>
  drawElement(part, { blockId: block.block_id ?? "", input: false, described: {} }, surface);

function header(block) {
  // The page's own headings are levels 1 and 2.
  const level = Math.min(6, 2 + (block.level ?? 1));
  return h(`h${level}.block-header`, { class: `level-${block.level ?? 1}` }, textObject(block.text));
}

function section(block, surface) {
  const words = [];
  if (block.text) words.push(h("div.section-text", null, textObject(block.text, surface.names)));
  if (block.fields) {
    words.push(
      h(
        "div.fields",
        null,
        block.fields.map((field) => h("div.section-field", null, textObject(field, surface.names))),
      ),
    );
  }
  if (!block.accessory) return h("div.section", null, words);
  const accessory =
    block.accessory.type === "image"
      ? image(block.accessory, "accessory-image")
      : element(block, surface)(block.accessory);
  return h(
    "div.section.with-accessory",
    null,
    h("div.section-words", null, words),
    h("div.accessory", null, accessory),
  );
}

function context(block, surface) {
  const parts = (block.elements ?? []).map((part) =>
    part.type === "image"
      ? image(part, "context-image")
      : h("span.context-text", null, textObject(part, surface.names)),
  );
  return h("div.context", null, parts);
}

function actions(block, surface) {
  return h("div.actions", null, (block.elements ?? []).map(element(block, surface)));
}

/** An image that cannot be had is replaced by its description. */
function image(part, look) {
  const address = part.image_url ?? part.slack_file?.url;
  const missing = () => h("span.missing-image", null, part.alt_text || "Image");
  if (!/^(https?:|data:image\/)/i.test(address ?? "")) return missing();
  const node = h("img", {
    class: look,
    src: address,
    alt: part.alt_text ?? "",
    loading: "lazy",
    referrerpolicy: "no-referrer",
  });
  node.addEventListener("error", () => node.replaceWith(missing()));
  return node;
}

function imageBlock(block) {
  const title = textOf(block.title);
  return h(
    "figure.image-block",
    null,
    title ? h("figcaption", null, title) : null,
    image(block, "block-image"),
  );
}

function container(block, surface, key) {
  const title = h(
    "span.container-title",
    null,
    textObject(block.title ?? block.rich_text_title, surface.names),
  );
  const head = [
    block.icon ? image(block.icon, "container-icon") : null,
    h(
      "span.container-words",
      null,
      title,
      block.subtitle ? h("span.container-subtitle", null, textObject(block.subtitle, surface.names)) : null,
    ),
  ];
  const children = (block.child_blocks ?? []).map((child, index) =>
    drawBlock(child, { ...surface, key }, index),
  );
  const look = `container width-${block.width ?? "standard"}`;
  if (!block.is_collapsible) {
    const line = block.has_header_divider ? "container-head with-divider" : "container-head";
    return h(
      "div",
      { class: look },
      h("div", { class: line }, head),
      h("div.container-body", null, children),
    );
  }
  const open = surface.memory.get(key) ?? !block.default_collapsed;
  const node = h(
    "details",
    { class: look, open, ontoggle: () => surface.memory.set(key, node.open) },
    h("summary.container-head", { "data-key": `${key}/summary` }, icon("chevron"), head),
    h("div.container-body", null, children),
  );
  return node;
}

const ALERT_WORDS = {
  default: "Note",
  info: "Information",
  warning: "Warning",
  error: "Error",
  success: "Done",
};

function alert(block, surface) {
  const level = Object.hasOwn(ALERT_WORDS, block.level) ? block.level : "default";
  return h(
    `div.alert.alert-${level}`,
    { role: "note" },
    h("strong.alert-word", null, ALERT_WORDS[level]),
    h("span", null, textObject(block.text, surface.names)),
  );
}

function card(block, surface) {
  const words = (part, look) => (part ? h(`div.${look}`, null, textObject(part, surface.names)) : null);
  return h(
    "div.card",
    null,
    block.hero_image ? image(block.hero_image, "card-hero") : null,
    h(
      "div.card-words",
      null,
      block.icon ? image(block.icon, "card-icon") : null,
      words(block.title, "card-title"),
      words(block.subtitle, "card-subtitle"),
      words(block.body, "card-body"),
      words(block.subtext, "card-subtext"),
    ),
    block.actions?.length
      ? h("div.actions.card-actions", null, block.actions.map(element(block, surface)))
      : null,
  );
}

function carousel(block, surface) {
  const cards = (block.elements ?? []).map((one, index) => {
    const node = card({ block_id: block.block_id, ...one }, surface);
    node.dataset.blockType = "card";
    return h("li", { "aria-label": `${index + 1} of ${block.elements.length}` }, node);
  });
  return h("ul.carousel", { tabindex: "0", "aria-label": `${cards.length} cards, scroll sideways` }, cards);
}

function video(block) {
  return h(
    "div.card",
    null,
    h(
      "div.card-words",
      null,
      h("div.card-title", null, textOf(block.title)),
      h("div.card-body", null, textOf(block.description)),
    ),
  );
}

const DRAW = {
  header,
  section,
  divider: () => h("hr.divider"),
  context,
  actions,
  context_actions: actions,
  image: imageBlock,
  input: inputBlock,
  rich_text: (block, surface) => richText(block, surface.names),
  markdown: (block) => markdown(block.text ?? ""),
  table,
  data_table: dataTable,
  data_visualization: (block) => chart(block),
  container,
  alert,
  card,
  carousel,
  video,
};
