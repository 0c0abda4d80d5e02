// What the page knows of the workspace, and who is looking at what. Changes are announced with one "change" event.

/**
 * @typedef {{ts: string, user: string, text: string, blocks?: object[], reactions?: {name: string, users: string[], count: number}[],
 *   thread_ts?: string, edited?: object, files?: {name: string, title: string, size: number, url_private_download: string}[], subtype?: string, bot_id?: string, ephemeral?: boolean}} Message
 */

const NOBODY = { ephemerals: [], modal: null, modal_errors: {}, home: null };

export class Store extends EventTarget {
  users = new Map();
  channels = new Map();
  apps = [];
  /** @type {Map<string, Map<string, Message>>} */
  messages = new Map();
  person = NOBODY;

  viewer = "";
  channel = "";
  /** "messages" or "home": the tab of the app's conversation. */
  tab = "messages";
  /** ts of the open thread's parent, or null. */
  thread = null;
  /** ts of a message that a link points to, or null. */
  target = null;

  live = false;
  appConnected = true;
  loaded = false;
  /** Grows when names or membership change, so that what shows them is drawn again. */
  version = 0;
  #read = new Map();
  #baseline = new Map();

  changed() {
    this.dispatchEvent(new Event("change"));
  }

  // ---- What the server says --------------------------------------------------------------------------------

  setState({ users, channels, apps }) {
    this.users = new Map(users.map((user) => [user.id, user]));
    this.channels = new Map(channels.map((channel) => [channel.id, channel]));
    this.apps = apps ?? [];
    if (this.app?.connected !== undefined) this.appConnected = this.app.connected;
    this.version += 1;
    this.changed();
  }

  setMessages(channel, messages) {
    this.messages.set(channel, new Map(messages.map((message) => [message.ts, message])));
    if (!this.#baseline.has(channel)) this.#baseline.set(channel, this.latest(channel));
    this.changed();
  }

  upsert(channel, message) {
    if (!this.messages.has(channel)) this.messages.set(channel, new Map());
    this.messages.get(channel).set(message.ts, message);
    this.changed();
  }

  remove(channel, ts) {
    this.messages.get(channel)?.delete(ts);
    this.changed();
  }

  setPerson(user, person) {
    if (user !== this.viewer) return;
    this.person = { ...NOBODY, ...person };
    this.changed();
  }

  forgetAll() {
    this.messages.clear();
    this.#read.clear();
    this.#baseline.clear();
    this.person = NOBODY;
  }

  // ---- Who looks at what -----------------------------------------------------------------------------------

  look(where) {
    if (where.viewer !== undefined && where.viewer !== this.viewer) {
      this.person = NOBODY;
      this.version += 1;
    }
    Object.assign(this, where);
    this.changed();
  }

  get app() {
    return this.apps[0];
  }

  get botId() {
    return this.app?.bot_user_id ?? [...this.users.values()].find((user) => user.is_bot)?.id ?? "";
  }

  get people() {
    return [...this.users.values()].filter((user) => !user.is_bot && !user.deleted);
  }

  personName(id) {
    const user = this.users.get(id);
    return user ? user.profile?.display_name || user.real_name || user.name : null;
  }

  /** What the viewer calls a conversation: its name, or the other people of a direct one. */
  title(channel) {
    if (!channel.is_im) return channel.name;
    if (channel.members.length > 2)
      return channel.members
        .filter((id) => id !== this.viewer)
        .map((id) => this.personName(id) ?? id)
        .join(", ");
    const other = this.partner(channel);
    return this.personName(other) ?? "Direct message";
  }

  partner(channel) {
    return channel.members.find((id) => id !== this.viewer) ?? this.viewer;
  }

  isAppConversation(channel) {
    return Boolean(channel?.is_im && channel.members.length === 2 && channel.members.includes(this.botId));
  }

  isMember(channel, user = this.viewer) {
    return channel.members.includes(user);
  }

  isGuest(user = this.viewer) {
    return Boolean(this.users.get(user)?.is_restricted);
  }

  /** May the viewer see it? Public ones all but guests may look into. */
  canSee(channel, user = this.viewer) {
    return this.isMember(channel, user) || (!channel.is_private && !channel.is_im && !this.isGuest(user));
  }

  visibleChannels(user = this.viewer) {
    return [...this.channels.values()].filter((channel) => this.canSee(channel, user));
  }

  channelName(id) {
    const channel = this.channels.get(id);
    return channel && this.canSee(channel) ? this.title(channel) : null;
  }

  topic(channel) {
    return typeof channel.topic === "string" ? channel.topic : (channel.topic?.value ?? "");
  }

  /** For mrkdwn: who people and channels are, as the viewer may know it. */
  names() {
    return {
      reader: this.viewer,
      person: (id) => this.personName(id),
      channel: (id) => this.channelName(id),
    };
  }

  // ---- Messages --------------------------------------------------------------------------------------------

  message(channel, ts) {
    return this.messages.get(channel)?.get(ts) ?? null;
  }

  #all(channel) {
    const ephemerals = this.person.ephemerals.filter((note) => note.channel === channel);
    return [
      ...(this.messages.get(channel)?.values() ?? []),
      ...ephemerals.map((note) => this.#marked(note)),
    ].sort((one, other) => (one.ts < other.ts ? -1 : 1));
  }

  #notes = new WeakMap();

  /** The same object for the same note, so that an unchanged note is not drawn again. */
  #marked(note) {
    if (!this.#notes.has(note)) this.#notes.set(note, { ...note, ephemeral: true });
    return this.#notes.get(note);
  }

  /** The main conversation, oldest first: everything but replies. */
  timeline(channel) {
    return this.#all(channel).filter(
      (message) =>
        !message.thread_ts || message.thread_ts === message.ts || message.subtype === "thread_broadcast",
    );
  }

  /** A thread's replies, oldest first, without its parent. */
  replies(channel, ts) {
    return this.#all(channel).filter((message) => message.thread_ts === ts && message.ts !== ts);
  }

  latest(channel) {
    return [...(this.messages.get(channel)?.keys() ?? [])].reduce((last, ts) => (ts > last ? ts : last), "0");
  }

  // ---- Read and unread -------------------------------------------------------------------------------------

  readUpTo(channel) {
    return this.#read.get(`${this.viewer}/${channel}`) ?? this.#baseline.get(channel) ?? "0";
  }

  markRead(channel) {
    const last = this.timeline(channel).at(-1)?.ts ?? "0";
    const latest = this.latest(channel);
    this.#read.set(`${this.viewer}/${channel}`, last > latest ? last : latest);
  }

  /** How many messages by others the viewer has not seen there. */
  unread(channel) {
    const seen = this.readUpTo(channel.id);
    if (!this.isMember(channel)) return 0;
    return this.timeline(channel.id).filter((message) => message.ts > seen && message.user !== this.viewer)
      .length;
  }
}
