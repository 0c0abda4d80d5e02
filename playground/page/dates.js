// Times as people read them, in the browser's zone.

// English words around the times, so English dates; the clock (12 or 24 hours) follows the reader's own English.
const LOCALE = navigator.language.startsWith("en") ? navigator.language : "en-GB";
const DAY_MS = 86_400_000;

const format = (date, options) => new Intl.DateTimeFormat(LOCALE, options).format(date);

/** @param {string} ts a message's ts, seconds since 1970 with a fraction */
export const dateOfTs = (ts) => new Date(Number.parseFloat(ts) * 1000);

/** @param {Date} date */
export const clock = (date) => format(date, { hour: "numeric", minute: "2-digit" });

/** The whole truth for a tooltip: weekday, date, seconds and zone. @param {Date} date */
export const fullDate = (date) => format(date, { dateStyle: "full", timeStyle: "long" });

/** @param {Date} date */
export const dayKey = (date) => `${date.getFullYear()}-${date.getMonth()}-${date.getDate()}`;

/** "Today", "Yesterday" or the date. @param {Date} date */
export function dayName(date) {
  const near = nearDay(date);
  if (near === "today" || near === "yesterday") return near[0].toUpperCase() + near.slice(1);
  return format(date, { weekday: "long", day: "numeric", month: "long", year: yearIfOther(date) });
}

/** The time of day in another zone, e.g. "14:05", or "" for a zone that the browser does not know. */
export function clockIn(zone) {
  try {
    return format(new Date(), { hour: "numeric", minute: "2-digit", timeZone: zone });
  } catch {
    return "";
  }
}

function yearIfOther(date) {
  return date.getFullYear() === new Date().getFullYear() ? undefined : "numeric";
}

function nearDay(date) {
  const midnight = (value) => new Date(value.getFullYear(), value.getMonth(), value.getDate()).getTime();
  const days = Math.round((midnight(date) - midnight(new Date())) / DAY_MS);
  return { "-1": "yesterday", 0: "today", 1: "tomorrow" }[days] ?? null;
}

function ordinal(day) {
  if (day % 100 >= 11 && day % 100 <= 13) return `${day}th`;
  return day + ({ 1: "st", 2: "nd", 3: "rd" }[day % 10] ?? "th");
}

function ago(date) {
  const minutes = Math.round((date.getTime() - Date.now()) / 60_000);
  const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  if (Math.abs(minutes) < 60) return relative.format(minutes, "minute");
  if (Math.abs(minutes) < 1440) return relative.format(Math.round(minutes / 60), "hour");
  return relative.format(Math.round(minutes / 1440), "day");
}

const month = (date, style) => new Intl.DateTimeFormat("en-US", { month: style }).format(date);
const weekday = (date) => new Intl.DateTimeFormat("en-US", { weekday: "long" }).format(date);
const two = (value) => String(value).padStart(2, "0");
const pretty = (usual) => (date) => nearDay(date) ?? usual(date);

const longDate = (date) => `${month(date, "long")} ${ordinal(date.getDate())}, ${date.getFullYear()}`;
const shortDate = (date) => `${month(date, "short")} ${date.getDate()}, ${date.getFullYear()}`;
const weekdayDate = (date) => `${weekday(date)}, ${longDate(date)}`;

// https://docs.slack.dev/messaging/formatting-message-text#date-formatting
const TOKENS = {
  date_num: (date) => `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`,
  date_slash: (date) => `${two(date.getMonth() + 1)}/${two(date.getDate())}/${date.getFullYear()}`,
  date: longDate,
  date_short: shortDate,
  date_long: weekdayDate,
  date_long_full: weekdayDate,
  date_pretty: pretty(longDate),
  date_short_pretty: pretty(shortDate),
  date_long_pretty: pretty(weekdayDate),
  day_divider_pretty: dayName,
  time: clock,
  time_secs: (date) => format(date, { hour: "numeric", minute: "2-digit", second: "2-digit" }),
  ago,
};

/**
 * Slack's date token, e.g. "{date_short} at {time}", filled for this reader.
 * @param {number} seconds since 1970
 * @param {string} tokens
 * @returns {string | null} null if a token is unknown or the time is no time: the fallback is shown then
 */
export function fillDateTokens(seconds, tokens) {
  const date = new Date(seconds * 1000);
  if (!Number.isFinite(date.getTime())) return null;
  let known = true;
  const filled = tokens.replace(/\{(\w+)\}/g, (whole, name) => {
    const token = Object.hasOwn(TOKENS, name) ? TOKENS[name] : null;
    if (!token) known = false;
    return token ? token(date) : whole;
  });
  return known ? filled : null;
}
