// The data_visualization block: bar, line, area and pie as SVG, each with its figures as words and as a table.

import { h, svg } from "./dom.js";
import { figures } from "./tables.js";

const HEIGHT = 250;
const LEFT = 44;
const LINE = 14;
const MIN_WIDTH = 600;
const PER_CATEGORY = 78;
const LINE_LETTERS = 13;

const show = (value) => new Intl.NumberFormat("en", { maximumFractionDigits: 2 }).format(value);

/**
 * @param {{title?: string, chart?: object}} block
 * @returns {HTMLElement}
 */
export function chart(block) {
  const drawing = block.chart ?? {};
  if (drawing.type === "pie") return pie(block.title ?? "Chart", drawing.segments ?? []);
  if (["bar", "line", "area"].includes(drawing.type)) return axes(block.title ?? "Chart", drawing);
  return h("div.unknown-block", null, `Unknown chart: ${drawing.type}`);
}

function figure(title, picture, legend, table) {
  return h("figure.chart", null, h("figcaption.chart-title", null, title), picture, legend, table);
}

function legendOf(names) {
  return h(
    "ul.legend",
    { "aria-hidden": "true" },
    names.map((name, index) => h("li", null, h(`span.swatch.series-${index % 12}`), name)),
  );
}

// ---- Bar, line, area -----------------------------------------------------------------------------------------

function axes(title, { type, series = [], axis_config: axis = {} }) {
  const categories = axis.categories ?? series[0]?.data?.map(({ label }) => label) ?? [];
  const valueOf = (one, category) => one.data?.find(({ label }) => label === category)?.value ?? 0;
  const values = series.flatMap((one) => categories.map((category) => valueOf(one, category)));
  const scale = scaleOf(values);
  const width = Math.max(MIN_WIDTH, LEFT + categories.length * PER_CATEGORY);
  const band = (width - LEFT - 8) / Math.max(1, categories.length);
  const labels = categories.map(linesOf);
  const lines = Math.max(1, ...labels.map(({ length }) => length)) + (axis.x_label ? 1 : 0);
  const floor = HEIGHT - 8 - LINE * lines;
  const ceiling = axis.y_label ? 2 * LINE + 6 : LINE + 6; // room for the axis's name above the highest figure
  const y = (value) => ceiling + (floor - ceiling) * (1 - (value - scale.low) / (scale.high - scale.low));
  const middle = (index) => LEFT + band * (index + 0.5);

  const marks = type === "bar" ? bars : curves;
  const words = categories
    .map(
      (category) =>
        `${category}: ${series.map((one) => `${one.name} ${show(valueOf(one, category))}`).join(", ")}`,
    )
    .join("; ");
  const picture = svg(
    "svg",
    {
      class: "chart-picture",
      viewBox: `0 0 ${width} ${HEIGHT}`,
      role: "img",
      "aria-label": `${title}. ${words}.`,
    },
    grid(scale, y, width),
    labels.map((rows, index) => categoryLabel(rows, middle(index), floor)),
    marks({
      type,
      series,
      categories,
      valueOf,
      y,
      band,
      middle,
      zero: Math.max(scale.low, Math.min(0, scale.high)),
    }),
    axis.y_label ? svg("text", { class: "axis-name", x: LEFT, y: 12 }, axis.y_label) : null,
    axis.x_label
      ? svg("text", { class: "axis-name", x: width - 8, y: HEIGHT - 4, "text-anchor": "end" }, axis.x_label)
      : null,
  );
  const scroll = h(
    "div.chart-scroll",
    categories.length > 6 ? { tabindex: "0", role: "group", "aria-label": title } : null,
    picture,
  );
  const rows = categories.map((category) => [category, ...series.map((one) => show(valueOf(one, category)))]);
  const table = figures(title, [axis.x_label ?? "", ...series.map(({ name }) => name)], rows);
  return figure(
    title,
    scroll,
    series.length > 1 || series[0]?.name ? legendOf(series.map(({ name }) => name)) : null,
    table,
  );
}

/** Round ends and steps around the values; zero is always on the axis. */
function scaleOf(values) {
  const low = Math.min(0, ...values);
  const high = Math.max(0, ...values);
  const span = high - low || 1;
  const rough = span / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough) * power;
  return { low: Math.floor(low / step) * step, high: Math.ceil(high / step) * step || step, step };
}

function grid({ low, high, step }, y, width) {
  const rules = [];
  for (let value = low; value <= high + step / 1000; value += step) {
    rules.push(
      svg("line", {
        class: Math.abs(value) < step / 1000 ? "axis" : "gridline",
        x1: LEFT,
        x2: width - 8,
        y1: y(value),
        y2: y(value),
      }),
      svg("text", { class: "tick-label", x: LEFT - 6, y: y(value) + 4, "text-anchor": "end" }, show(value)),
    );
  }
  return rules;
}

/** A category's name in at most two lines. */
function linesOf(name) {
  const rows = [""];
  for (const word of name.split(" ")) {
    const line = rows.at(-1);
    if (line && `${line} ${word}`.length > LINE_LETTERS) rows.push(word);
    else rows[rows.length - 1] = line ? `${line} ${word}` : word;
  }
  return rows.slice(0, 2);
}

function categoryLabel(rows, x, floor) {
  return svg(
    "text",
    { class: "category", "text-anchor": "middle", x, y: floor + LINE + 2 },
    rows.map((line, index) => svg("tspan", { x, dy: index ? LINE : 0 }, line)),
  );
}

function bars({ series, categories, valueOf, y, band, middle, zero }) {
  const width = Math.min(34, (band * 0.72) / Math.max(1, series.length));
  return series.flatMap((one, place) =>
    categories.flatMap((category, index) => {
      const value = valueOf(one, category);
      const x = middle(index) + (place - series.length / 2) * width;
      const top = Math.min(y(value), y(zero));
      return [
        svg("rect", {
          class: `series-${place % 12}`,
          x: x + 1,
          y: top,
          width: width - 2,
          height: Math.max(1, Math.abs(y(value) - y(zero))),
          rx: 2,
        }),
        svg(
          "text",
          {
            class: "value-label",
            x: x + width / 2,
            y: value < 0 ? y(value) + 14 : top - 5,
            "text-anchor": "middle",
          },
          show(value),
        ),
      ];
    }),
  );
}

function curves({ type, series, categories, valueOf, y, middle, zero }) {
  return series.flatMap((one, place) => {
    const points = categories.map((category, index) => [middle(index), y(valueOf(one, category))]);
    const path = points.map(([px, py], index) => `${index ? "L" : "M"}${px} ${py}`).join("");
    const name = `series-${place % 12}`;
    const floor = `L${points.at(-1)?.[0] ?? LEFT} ${y(zero)}L${points[0]?.[0] ?? LEFT} ${y(zero)}Z`;
    return [
      type === "area" ? svg("path", { class: `${name} area`, d: path + floor }) : null,
      svg("path", { class: `${name} line`, d: path }),
      points.map(([cx, cy]) => svg("circle", { class: name, cx, cy, r: 4 })),
    ].filter(Boolean);
  });
}

// ---- Pie -----------------------------------------------------------------------------------------------------

function pie(title, segments) {
  const whole = segments.reduce((sum, { value }) => sum + value, 0) || 1;
  const percent = (value) => `${Math.round((100 * value) / whole)} %`;
  const words = segments.map(({ label, value }) => `${label} ${show(value)}, ${percent(value)}`).join("; ");
  let from = 0;
  const slices = segments.map(({ value }, index) => {
    const share = value / whole;
    const slice = sliceOf(from, share, index);
    from += share;
    return slice;
  });
  const picture = svg(
    "svg",
    { class: "chart-picture pie", viewBox: "0 0 180 180", role: "img", "aria-label": `${title}. ${words}.` },
    slices,
  );
  const legend = h(
    "ul.legend.legend-column",
    { "aria-hidden": "true" },
    segments.map(({ label, value }, index) =>
      h(
        "li",
        null,
        h(`span.swatch.series-${index % 12}`),
        h("span", null, label),
        h("span.legend-value", null, `${show(value)} · ${percent(value)}`),
      ),
    ),
  );
  const rows = segments.map(({ label, value }) => [label, show(value), percent(value)]);
  return figure(
    title,
    h("div.pie-frame", null, picture, legend),
    null,
    figures(title, ["", "Value", "Share"], rows),
  );
}

function sliceOf(from, share, index) {
  const name = `slice series-${index % 12}`;
  if (share >= 0.9999) return svg("circle", { class: name, cx: 90, cy: 90, r: 84 });
  const at = (part) => {
    const angle = 2 * Math.PI * (part - 0.25);
    return `${90 + 84 * Math.cos(angle)} ${90 + 84 * Math.sin(angle)}`;
  };
  return svg("path", {
    class: name,
    d: `M90 90L${at(from)}A84 84 0 ${share > 0.5 ? 1 : 0} 1 ${at(from + share)}Z`,
  });
}
