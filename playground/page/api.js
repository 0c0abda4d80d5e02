// Speaks to the playground's server: the control API, and the live feed over a WebSocket.

/** Where this workspace is served: "" for the first one, else /w/<its id>. */
const HERE = /^\/w\/[A-Z0-9]+/.exec(location.pathname)?.[0] ?? "";

/** A request that failed, in Slack's word for it (`code`) and with what else the answer said. */
class Refused extends Error {
  /** @param {string} code @param {object} [answer] */
  constructor(code, answer = {}) {
    super(code);
    this.code = code;
    this.answer = answer;
  }
}

/**
 * POSTs to `/_control/<name>`; resolves with the answer once the app has acknowledged.
 * @param {string} name
 * @param {object} body
 * @returns {Promise<object>}
 * @throws {Refused}
 */
export async function control(name, body) {
  return answerOf(
    fetch(`${HERE}/_control/${name}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    }),
  );
}

/** GETs `/_control/<path>`. @param {string} path @returns {Promise<object>} @throws {Refused} */
export const read = (path) => answerOf(fetch(`${HERE}/_control/${path}`, { cache: "no-store" }));

async function answerOf(request) {
  let answer;
  try {
    const response = await request;
    answer = await response.json();
  } catch {
    throw new Refused("server_unreachable");
  }
  if (answer.ok === false) throw new Refused(answer.error ?? "unknown_error", answer);
  return answer;
}

const REASONS = {
  operation_timeout: "the app did not answer in 3 s.",
  app_not_connected: "the bot is not running.",
  server_unreachable: "the playground’s server does not answer.",
  unknown_command: "no app here knows that command.",
  not_in_channel: "you are not a member of this channel.",
  is_archived: "this channel is archived.",
  restricted_action_read_only_channel: "this channel is read-only.",
  too_many_reactions: "this message cannot carry more reactions.",
  message_not_found: "that message is gone.",
};

/**
 * "/compare failed: the app did not answer in 3 s."
 * @param {string} what
 * @param {unknown} problem
 */
export function explain(what, problem) {
  const code = problem instanceof Refused ? problem.code : "unexpected_error";
  if (!(problem instanceof Refused)) console.error(problem);
  return `${what} failed: ${REASONS[code] ?? `${code.replaceAll("_", " ")}.`}`;
}

const FIRST_WAIT_MS = 400;
const LONGEST_WAIT_MS = 5000;

/**
 * The live feed; connects again by itself, at most five seconds after a loss.
 * @param {{message: (news: object) => void, up: () => void, down: () => void}} listeners
 */
export function listen(listeners) {
  let wait = FIRST_WAIT_MS;
  const connect = () => {
    const socket = new WebSocket(
      `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${HERE}/_page/live`,
    );
    socket.addEventListener("open", () => {
      wait = FIRST_WAIT_MS;
      listeners.up();
    });
    socket.addEventListener("message", (event) => listeners.message(JSON.parse(event.data)));
    socket.addEventListener("close", () => {
      listeners.down();
      setTimeout(connect, wait);
      wait = Math.min(LONGEST_WAIT_MS, wait * 2);
    });
  };
  connect();
}
