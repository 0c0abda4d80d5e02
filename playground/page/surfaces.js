// Connects drawn blocks with the app: what a click sends, where typed values are kept, what menus offer.

import { control, explain } from "./api.js";
import { FormState } from "./inputs.js";
import { textOf } from "./mrkdwn.js";
import { notify } from "./popups.js";

/** @typedef {import("./element_state.js").Surface} Surface */

export class Surfaces {
  #forms = new Map();
  #memory = new Map();
  #kept = Promise.resolve();

  /** @param {import("./store.js").Store} store */
  constructor(store) {
    this.store = store;
  }

  /** @param {string} channel @param {import("./store.js").Message} message @returns {Surface} */
  message(channel, message) {
    const user = this.store.viewer;
    const where = { channel, ts: message.ts, user };
    const key = `${user}/${channel}/${message.ts}`;
    return this.#surface("message", key, {
      act: (action, what) => tell(() => control("interact", { ...where, action }), what, notify),
      keep: () => Promise.resolve(),
      suggest: (actionId, blockId, query) =>
        this.#suggest({ ...where, action_id: actionId, block_id: blockId, value: query }),
    });
  }

  /**
   * @param {"modal" | "home"} kind @param {object} view
   * @param {(text: string) => void} report shows a failure
   * @param {Record<string, string>} [errors]
   * @returns {Surface}
   */
  view(kind, view, report, errors = {}) {
    const user = this.store.viewer;
    const key = `${user}/${kind}/${view.id ?? view.callback_id ?? ""}`;
    this.form(key, view.state?.values);
    const send = (action) => control("interact", { user, view: kind, action });
    return this.#surface(kind, key, {
      errors,
      act: async (action, what) => {
        await this.#kept;
        await tell(() => send(action), what, report);
      },
      // In order, and before any click: the app reads the whole dialog's state with each click in it.
      keep: (action) => {
        this.#kept = this.#kept.then(() => send(action)).catch(() => {});
        return this.#kept;
      },
      suggest: (actionId, blockId, query) =>
        this.#suggest({ user, view: kind, action_id: actionId, block_id: blockId, value: query }),
    });
  }

  /** @param {string} key @param {Record<string, Record<string, object>>} [values] @returns {FormState} */
  form(key, values) {
    if (!this.#forms.has(key)) this.#forms.set(key, new FormState(values));
    return this.#forms.get(key);
  }

  #surface(kind, key, rest) {
    return {
      kind,
      key,
      names: this.store.names(),
      form: this.form(key),
      memory: this.#memory,
      errors: {},
      directory: (what, element) => this.#directory(what, element),
      ...rest,
    };
  }

  async #suggest(question) {
    let answer;
    try {
      answer = await control("suggest", question);
    } catch (problem) {
      throw new Error(explain("The list", problem), { cause: problem });
    }
    const choice = (option) => ({
      value: option.value,
      label: textOf(option.text),
      detail: textOf(option.description),
      option,
    });
    if (answer.option_groups?.length) {
      return answer.option_groups.map((group) => ({
        label: textOf(group.label),
        choices: group.options.map(choice),
      }));
    }
    return [{ choices: (answer.options ?? []).map(choice) }];
  }

  #directory(what, element) {
    const { store } = this;
    if (what === "users") {
      const users = [...store.users.values()].filter((user) => !user.deleted);
      return [{ choices: users.map(({ id }) => ({ value: id, label: store.personName(id) })) }];
    }
    const included =
      element.filter?.include ?? (what === "channels" ? ["public"] : ["public", "private", "im"]);
    const directKind = (channel) => (channel.members.length > 2 ? "mpim" : "im");
    const kindOf = (channel) =>
      channel.is_im ? directKind(channel) : channel.is_private ? "private" : "public";
    const fits = (channel) =>
      included.includes(kindOf(channel)) &&
      !channel.is_archived &&
      !(element.filter?.exclude_bot_users && store.isAppConversation(channel));
    const label = (channel) => (channel.is_im ? store.title(channel) : `#${store.title(channel)}`);
    return [
      {
        choices: store
          .visibleChannels()
          .filter(fits)
          .map((channel) => ({ value: channel.id, label: label(channel) })),
      },
    ];
  }
}

async function tell(send, what, report) {
  try {
    await send();
  } catch (problem) {
    report(explain(what ? `“${what}”` : "Sending the choice", problem));
  }
}
