"""The tables and the constraints that keep the promises of Verdicts.

Times are whole Unix seconds, or microseconds where a column ends in `_us`. Every table of a workspace carries its id,
and references between them carry it too, so that a row can never point into another workspace.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

NEVER = 253_402_300_799  # the last second of the year 9999: the deadline of a question that stays open

# SQLite numbers rows by itself only in a column declared INTEGER PRIMARY KEY.
Serial = BigInteger().with_variant(Integer(), "sqlite")
SlackId = String(32)
VoterName = String(64)  # a person's id; in an anonymous round the hex of a keyed hash of it


def _workspace() -> "Column[str]":
    return Column("workspace", SlackId, nullable=False)


workspace = Table(
    "workspace",
    metadata,
    Column("id", SlackId, primary_key=True),
    Column("name", Text, nullable=False),
    Column("bot_user", SlackId, nullable=False),
    Column("installed_at", BigInteger, nullable=False),
    Column("greeted_at", BigInteger),  # when the app said its first words to somebody; None until then
    # Moves with every change of tools or aliases; whoever keeps names in memory compares it.
    Column("catalogue_version", Integer, nullable=False, server_default=text("0")),
    # The workspace has answered `invalid_blocks` to a native table: draw section fields instead.
    Column("refuses_tables", Boolean, nullable=False, server_default=false()),
    Column("catalogue_editors", String(8), nullable=False, server_default=text("'everyone'")),
    # Whose installation serves it; None where the token comes from a setting.
    Column("owner", SlackId),
    # The app was removed there: when everything of the workspace is deleted, unless it is installed again before.
    Column("purge_at", BigInteger),
    # Who counts, and until when open comparisons are looked through for those that were counted otherwise.
    Column("guests", String(7), nullable=False, server_default=text("'counted'")),
    Column("externals", String(7), nullable=False, server_default=text("'apart'")),
    Column("recount_until", BigInteger),
    CheckConstraint("guests IN ('counted', 'apart', 'out')", name="guests"),
    CheckConstraint("externals IN ('counted', 'apart', 'out')", name="externals"),
    CheckConstraint("catalogue_editors IN ('everyone', 'admins')", name="catalogue_editors"),
    Index(None, "owner"),
    Index(
        "ix_workspace_purge",
        "purge_at",
        sqlite_where=text("purge_at IS NOT NULL"),
        postgresql_where=text("purge_at IS NOT NULL"),
    ),
)

# Where the app was installed by OAuth: in one workspace, or in an organisation for many of its workspaces.
installation = Table(
    "installation",
    metadata,
    Column("owner", SlackId, primary_key=True),  # the workspace's id, or the organisation's
    Column("enterprise", SlackId, nullable=False),  # the organisation that it belongs to; "" for none
    Column("app", SlackId, nullable=False),
    Column("name", Text, nullable=False),
    Column("bot_user", SlackId, nullable=False),
    Column("installer", SlackId, nullable=False),
    Column("scopes", Text, nullable=False),
    # Both encrypted with the key of this id, and bound to this row; None once the app was removed.
    Column("token", Text),
    Column("refresh_token", Text),
    Column("key_id", String(8)),
    Column("expires_at", BigInteger),  # None for a token that does not rotate
    Column("renew_after", BigInteger, nullable=False, server_default=text("0")),  # somebody else renews it until then
    Column("renewals_failed", SmallInteger, nullable=False, server_default=text("0")),
    Column("stopped", Text),  # Slack's code, where it takes the token no longer
    Column("installed_at", BigInteger, nullable=False),  # by Slack's clock, as the events are that tell of a removal
    # What replicas compare with what they have in memory.
    Column("revision", Integer, nullable=False, server_default=text("1")),
    Column("changed_at", BigInteger, nullable=False),
    CheckConstraint("(token IS NULL) = (key_id IS NULL)", name="sealed"),
    Index(None, "changed_at"),
    Index(None, "expires_at"),
)

# An OAuth round trip that somebody's browser has begun.
oauth_state = Table(
    "oauth_state",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("expires_at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

# Requests that must have one effect however often they come: what they are known by, for a day.
heard_request = Table(
    "heard_request",
    metadata,
    _workspace(),
    Column("hash", String(64), nullable=False),
    Column("heard_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("workspace", "hash"),
    Index(None, "heard_at"),
    sqlite_with_rowid=False,
)

person = Table(
    "person",
    metadata,
    _workspace(),
    Column("id", SlackId, nullable=False),
    Column("is_bot", Boolean, nullable=False, server_default=false()),
    Column("is_deactivated", Boolean, nullable=False, server_default=false()),
    Column("kind", String(8), nullable=False, server_default=text("'member'")),
    Column("zone", Text),
    Column("looked_up_at", BigInteger),  # None: Slack has not told us about this person yet
    Column("hinted_at", BigInteger),  # when they were told what their first vote meant
    Column("guided_at", BigInteger),  # when the Home tab first showed them the guide
    CheckConstraint("kind IN ('member', 'guest', 'external')", name="kind"),
    PrimaryKeyConstraint("workspace", "id"),
    ForeignKeyConstraint(["workspace"], ["workspace.id"]),
)

reviewer = Table(
    "reviewer",
    metadata,
    _workspace(),
    Column("slug", String(40), nullable=False),
    Column("name", String(80), nullable=False),
    Column("position", SmallInteger, nullable=False),
    Column("retired_at", BigInteger),  # since when they sit on the panel no more; their takes are kept
    PrimaryKeyConstraint("workspace", "slug"),
    ForeignKeyConstraint(["workspace"], ["workspace.id"]),
)

tool = Table(
    "tool",
    metadata,
    Column("id", Serial, primary_key=True),
    _workspace(),
    Column("slug", String(80), nullable=False),
    Column("name", String(120), nullable=False),
    Column("vendor", String(120), nullable=False),
    Column("category", String(80), nullable=False),
    Column("tagline", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("best_for", Text, nullable=False),
    Column("url", Text),
    Column("released", String(10)),
    Column("sources", Text, nullable=False),  # a JSON list of addresses
    Column("created_at", BigInteger, nullable=False),
    # The workspace's catalogue_version at the last change: whoever has the names in memory reads only what is newer.
    Column("version", Integer, nullable=False, server_default=text("0")),
    Column("retired_at", BigInteger),  # since when it is out of the catalogue; old comparisons keep it
    Column("search", Text, nullable=False, server_default=text("''")),  # all that can be searched for, casefolded
    UniqueConstraint("workspace", "slug"),
    UniqueConstraint("workspace", "id"),
    ForeignKeyConstraint(["workspace"], ["workspace.id"]),
    Index(None, "workspace", "version"),
    Index(None, "workspace", "category"),
)

tool_alias = Table(
    "tool_alias",
    metadata,
    _workspace(),
    Column("key", String(120), nullable=False),  # bot.matching.key(alias): what makes two aliases the same
    Column("tool_id", Serial, nullable=False),
    Column("alias", String(120), nullable=False),
    Column("position", SmallInteger, nullable=False),
    PrimaryKeyConstraint("workspace", "key"),
    ForeignKeyConstraint(["workspace", "tool_id"], ["tool.workspace", "tool.id"], ondelete="CASCADE"),
    Index(None, "workspace", "tool_id"),
)

price = Table(
    "price",
    metadata,
    Column("id", Serial, primary_key=True),
    _workspace(),
    Column("tool_id", Serial, nullable=False),
    Column("entry", String(10), nullable=False),
    Column("summary", Text, nullable=False),
    Column("source", Text),
    Column("as_of", String(10)),
    Column("recorded_at", BigInteger, nullable=False),
    Column("superseded_at", BigInteger),
    CheckConstraint("entry IN ('free', 'freemium', 'paid')", name="entry"),
    ForeignKeyConstraint(["workspace", "tool_id"], ["tool.workspace", "tool.id"], ondelete="CASCADE"),
    Index(
        "uq_price_current",
        "workspace",
        "tool_id",
        unique=True,
        sqlite_where=text("superseded_at IS NULL"),
        postgresql_where=text("superseded_at IS NULL"),
    ),
    Index(None, "workspace", "recorded_at"),
)

take = Table(
    "take",
    metadata,
    Column("id", Serial, primary_key=True),
    _workspace(),
    Column("tool_id", Serial, nullable=False),
    Column("reviewer", String(40), nullable=False),
    Column("verdict", String(4), nullable=False),
    Column("headline", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("caveat", Text, nullable=False),
    Column("author", String(80), nullable=False),
    Column("basis", Text, nullable=False),
    Column("reviewed_on", String(10), nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    Column("superseded_at", BigInteger),
    CheckConstraint("verdict IN ('ship', 'skip')", name="verdict"),
    ForeignKeyConstraint(["workspace", "tool_id"], ["tool.workspace", "tool.id"], ondelete="CASCADE"),
    ForeignKeyConstraint(["workspace", "reviewer"], ["reviewer.workspace", "reviewer.slug"]),
    # One current take of a reviewer on a tool; the older ones are its history.
    Index(
        "uq_take_current",
        "workspace",
        "tool_id",
        "reviewer",
        unique=True,
        sqlite_where=text("superseded_at IS NULL"),
        postgresql_where=text("superseded_at IS NULL"),
    ),
    Index(None, "workspace", "recorded_at"),
)

comparison = Table(
    "comparison",
    metadata,
    Column("id", Serial, primary_key=True),
    _workspace(),
    Column("scope", SlackId, nullable=False),  # "" for public channels, which pool; else the channel it stays in
    Column("question", String(400), nullable=False),  # the same for A vs B and B vs A; see bot.comparisons.question
    Column("round", Integer, nullable=False),
    Column("use_case", Text, nullable=False),
    Column("starter", SlackId, nullable=False),
    Column("opened_at", BigInteger, nullable=False),
    Column("closes_at", BigInteger, nullable=False),
    Column("closed_at", BigInteger),
    Column("closed_by", SlackId),
    Column("secrecy", String(9), nullable=False, server_default=text("'open'")),
    # Votes are clicks on the card's buttons; reactions on it mean nothing.
    Column("by_buttons", Boolean, nullable=False, server_default=false()),
    # Of an anonymous round while it is open: what makes voters' names out of people's ids. Closing destroys it.
    Column("ballot_key", String(64)),
    # Who counts in it; a closed round keeps what it was counted by.
    Column("guests", String(7), nullable=False, server_default=text("'counted'")),
    Column("externals", String(7), nullable=False, server_default=text("'apart'")),
    Column("recounted_at", BigInteger),
    CheckConstraint("guests IN ('counted', 'apart', 'out')", name="guests"),
    CheckConstraint("externals IN ('counted', 'apart', 'out')", name="externals"),
    CheckConstraint("secrecy IN ('open', 'hidden', 'anonymous')", name="secrecy"),
    UniqueConstraint("workspace", "id"),
    UniqueConstraint("workspace", "scope", "question", "round"),
    ForeignKeyConstraint(["workspace"], ["workspace.id"]),
    # One open round of a question at a time.
    Index(
        "uq_comparison_open",
        "workspace",
        "scope",
        "question",
        unique=True,
        sqlite_where=text("closed_at IS NULL"),
        postgresql_where=text("closed_at IS NULL"),
    ),
    Index(
        "ix_comparison_deadline",
        "closes_at",
        sqlite_where=text("closed_at IS NULL"),
        postgresql_where=text("closed_at IS NULL"),
    ),
    Index(None, "workspace", "closed_at"),
)

comparison_tool = Table(
    "comparison_tool",
    metadata,
    _workspace(),
    Column("comparison_id", Serial, nullable=False),
    Column("position", SmallInteger, nullable=False),
    Column("tool_id", Serial, nullable=False),
    PrimaryKeyConstraint("workspace", "comparison_id", "position"),
    UniqueConstraint("workspace", "comparison_id", "tool_id"),
    ForeignKeyConstraint(["workspace", "comparison_id"], ["comparison.workspace", "comparison.id"], ondelete="CASCADE"),
    ForeignKeyConstraint(["workspace", "tool_id"], ["tool.workspace", "tool.id"]),
    Index(None, "workspace", "tool_id"),
)

card = Table(
    "card",
    metadata,
    Column("id", Serial, primary_key=True),
    _workspace(),
    Column("key", String(32), nullable=False, unique=True),
    Column("comparison_id", Serial, nullable=False),
    Column("channel", SlackId, nullable=False),
    Column("thread_ts", SlackId),
    Column("message_ts", SlackId),  # None from the moment of asking until the post was recorded
    # The i-th character is the stored position of the i-th tool shown: a flipped card must not swap votes.
    Column("shown", String(4), nullable=False),
    Column("posted_by", SlackId, nullable=False),
    Column("posted_at", BigInteger, nullable=False),
    # `new` until the post is recorded, `live`, `replaced` by a newer card in its channel, `gone` from Slack,
    # `unsure` where nobody knows whether the post arrived; `answer` where it is the answer to a line or a click, in a
    # conversation without us: then we know no message, and only the next click's answer can redraw it.
    Column("state", String(8), nullable=False),
    Column("desired_rev", BigInteger, nullable=False, server_default=text("1")),
    Column("sent_rev", BigInteger, nullable=False, server_default=text("0")),
    Column("not_before", BigInteger, nullable=False, server_default=text("0")),
    Column("permalink", Text),
    # Which of our own reactions stand under it, as bits in their order; -1 until they were put there.
    Column("seeded", SmallInteger, nullable=False, server_default=text("-1")),
    # Votes may have been missed: Slack must be asked who stands behind each emoji.
    Column("sweep_wanted", Boolean, nullable=False, server_default=false()),
    Column("swept_at", BigInteger, nullable=False, server_default=text("0")),
    # The moment of Slack's last complete answer: what happened before it is in it, however late its event arrives.
    Column("told_us", BigInteger, nullable=False, server_default=text("0")),
    UniqueConstraint("workspace", "id"),
    CheckConstraint("state IN ('new', 'live', 'replaced', 'gone', 'unsure', 'answer')", name="state"),
    ForeignKeyConstraint(["workspace", "comparison_id"], ["comparison.workspace", "comparison.id"], ondelete="CASCADE"),
    Index("uq_card_message", "workspace", "channel", "message_ts", unique=True),
    Index(None, "workspace", "comparison_id"),
    # The sweeper's question: which cards of open comparisons were not compared with Slack for long?
    Index(
        "ix_card_sweep",
        "workspace",
        "posted_at",
        sqlite_where=text("state = 'live'"),
        postgresql_where=text("state = 'live'"),
    ),
    # The refresher's question: which living cards show less than the database knows?
    Index(
        "ix_card_stale",
        "not_before",
        sqlite_where=text("sent_rev < desired_rev AND state IN ('live', 'replaced')"),
        postgresql_where=text("sent_rev < desired_rev AND state IN ('live', 'replaced')"),
    ),
)

reaction = Table(
    "reaction",
    metadata,
    _workspace(),
    Column("channel", SlackId, nullable=False),
    Column("message_ts", SlackId, nullable=False),
    Column("person", SlackId, nullable=False),
    Column("emoji", String(120), nullable=False),  # as Slack names it, skin tone included
    Column("present", Boolean, nullable=False),
    Column("at_us", BigInteger, nullable=False),
    PrimaryKeyConstraint("workspace", "channel", "message_ts", "person", "emoji"),
    # A drawing's question: which emoji does anybody have on this message?
    Index(
        "ix_reaction_standing",
        "workspace",
        "channel",
        "message_ts",
        "emoji",
        sqlite_where=text("present"),
        postgresql_where=text("present"),
    ),
    sqlite_with_rowid=False,
)

# Where people vote by buttons: what somebody has chosen since their newest click, and when that was.
click = Table(
    "click",
    metadata,
    _workspace(),
    Column("comparison_id", Serial, nullable=False),
    Column("person", VoterName, nullable=False),
    Column("choice", SmallInteger),  # as in a ballot; None once everything was taken back
    Column("card_id", Serial, nullable=False),
    Column("at_us", BigInteger, nullable=False),
    # Of an anonymous voter, whom no other table knows: what kind of person this is, "out" for one who has left. None
    # until Slack has told it.
    Column("kind", String(8)),
    CheckConstraint("kind IN ('member', 'guest', 'external', 'out')", name="kind"),
    PrimaryKeyConstraint("workspace", "comparison_id", "person"),
    ForeignKeyConstraint(["workspace", "comparison_id"], ["comparison.workspace", "comparison.id"], ondelete="CASCADE"),
    CheckConstraint("choice BETWEEN 0 AND 15", name="choice"),
    sqlite_with_rowid=False,
)

ballot = Table(
    "ballot",
    metadata,
    _workspace(),
    Column("comparison_id", Serial, nullable=False),
    Column("person", VoterName, nullable=False),
    # A bit mask over the stored positions; 0 is "none of these". Higher bits say what it is counted as: bot.counting.
    Column("choice", SmallInteger, nullable=False),
    Column("card_id", Serial, nullable=False),
    Column("touched_us", BigInteger, nullable=False),
    # One person, one ballot: this key is the promise.
    PrimaryKeyConstraint("workspace", "comparison_id", "person"),
    ForeignKeyConstraint(["workspace", "comparison_id"], ["comparison.workspace", "comparison.id"], ondelete="CASCADE"),
    CheckConstraint("choice BETWEEN 0 AND 511", name="choice"),
    Index(None, "workspace", "person"),
    sqlite_with_rowid=False,
)

# What somebody says beside their ballot: which tools they have used, and why they chose so.
reason = Table(
    "reason",
    metadata,
    _workspace(),
    Column("comparison_id", Serial, nullable=False),
    Column("person", VoterName, nullable=False),
    Column("used", SmallInteger, nullable=False),  # a bit mask over the stored positions
    Column("text", Text, nullable=False),  # empty where they gave none
    Column("at", BigInteger, nullable=False),  # 0 in an anonymous round that has closed
    PrimaryKeyConstraint("workspace", "comparison_id", "person"),
    ForeignKeyConstraint(["workspace", "comparison_id"], ["comparison.workspace", "comparison.id"], ondelete="CASCADE"),
    CheckConstraint("used BETWEEN 0 AND 15", name="used"),
    sqlite_with_rowid=False,
)

# Votes at an unusual rate, for whoever audits them. No vote is treated otherwise for it.
unusual = Table(
    "unusual",
    metadata,
    _workspace(),
    Column("comparison_id", Serial, nullable=False),
    Column("kind", String(7), nullable=False),
    Column("person", SlackId, nullable=False),  # empty for a crowd, and where voters are named to nobody
    Column("times", Integer, nullable=False),
    Column("noted_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("workspace", "comparison_id", "kind", "person"),
    ForeignKeyConstraint(["workspace", "comparison_id"], ["comparison.workspace", "comparison.id"], ondelete="CASCADE"),
    CheckConstraint("kind IN ('changes', 'crowd')", name="kind"),
)

tally = Table(
    "tally",
    metadata,
    _workspace(),
    Column("comparison_id", Serial, nullable=False),
    Column("choice", SmallInteger, nullable=False),
    Column("people", Integer, nullable=False),
    PrimaryKeyConstraint("workspace", "comparison_id", "choice"),
    ForeignKeyConstraint(["workspace", "comparison_id"], ["comparison.workspace", "comparison.id"], ondelete="CASCADE"),
    CheckConstraint("people >= 0", name="people"),
    sqlite_with_rowid=False,
)

# Who changed what in the catalogue or the settings.
audit = Table(
    "audit",
    metadata,
    Column("id", Serial, primary_key=True),
    _workspace(),
    Column("at", BigInteger, nullable=False),
    Column("person", SlackId, nullable=False),
    Column("action", String(40), nullable=False),
    Column("subject", Text, nullable=False),
    ForeignKeyConstraint(["workspace"], ["workspace.id"]),
    Index(None, "workspace", "at"),
)

# What replicas have spent of the calls that Slack allows, and until when it has told us to wait.
slack_budget = Table(
    "slack_budget",
    metadata,
    _workspace(),
    Column("method", String(60), nullable=False),
    Column("closed_until", BigInteger, nullable=False),
    PrimaryKeyConstraint("workspace", "method"),
)
slack_spent = Table(
    "slack_spent",
    metadata,
    _workspace(),
    Column("method", String(60), nullable=False),
    Column("slot", BigInteger, nullable=False),  # Unix time in tens of seconds
    Column("calls", Integer, nullable=False),
    PrimaryKeyConstraint("workspace", "method", "slot"),
)

# Who has written lately: the proof that the database takes writes, and how many replicas there are.
pulse = Table(
    "pulse",
    metadata,
    Column("replica", SlackId, primary_key=True),
    Column("at", BigInteger, nullable=False),
)

subscription = Table(
    "subscription",
    metadata,
    Column("id", Serial, primary_key=True),
    _workspace(),
    Column("channel", SlackId, nullable=False),
    Column("is_private", Boolean, nullable=False),
    Column("weekday", SmallInteger, nullable=False),
    Column("minute", SmallInteger, nullable=False),
    Column("zone", Text, nullable=False),
    Column("category", String(80)),
    Column("even_if_empty", Boolean, nullable=False),
    Column("subscriber", SlackId, nullable=False),
    Column("subscribed_at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("paused_until", String(10)),
    Column("pause_reason", Text),
    Column("skipped", Text, nullable=False, server_default=text("''")),
    Column("last_outcome", Text),
    Column("planned_until", BigInteger, nullable=False),  # every week due up to here has its row in digest_run
    Column("next_due_at", BigInteger, nullable=False),  # when there is something to plan again
    UniqueConstraint("workspace", "channel"),
    ForeignKeyConstraint(["workspace"], ["workspace.id"]),
    CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
    CheckConstraint("minute BETWEEN 0 AND 1439", name="minute"),
    Index(None, "next_due_at"),
)

digest_run = Table(
    "digest_run",
    metadata,
    Column("id", Serial, primary_key=True),
    _workspace(),
    Column("channel", SlackId, nullable=False),
    Column("week", String(8), nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("state", String(9), nullable=False),
    Column("key", String(32), nullable=False, unique=True),
    Column("attempt", Integer, nullable=False, server_default=text("0")),
    Column("not_before", BigInteger, nullable=False),
    Column("sending_at", BigInteger),
    Column("settled_at", BigInteger),
    # What is still owed: a look into the channel's history, a word to the subscriber. See bot.digest_protocol.
    Column("doubt_since", BigInteger),
    Column("look_at", BigInteger),
    Column("tell_at", BigInteger),
    Column("message_ts", SlackId),
    Column("outcome", Text),
    Column("positions", Text),  # JSON: the leaderboard it showed, so that the next one can tell who moved
    # Once per channel and ISO week: this key is the promise.
    UniqueConstraint("workspace", "channel", "week"),
    ForeignKeyConstraint(["workspace"], ["workspace.id"]),
    CheckConstraint("state IN ('pending', 'sending', 'posted', 'skipped', 'failed', 'uncertain')", name="state"),
    Index(
        "ix_digest_run_open",
        "not_before",
        sqlite_where=text("state IN ('pending', 'sending')"),
        postgresql_where=text("state IN ('pending', 'sending')"),
    ),
    Index(
        "ix_digest_run_look",
        "look_at",
        sqlite_where=text("look_at IS NOT NULL"),
        postgresql_where=text("look_at IS NOT NULL"),
    ),
    Index(
        "ix_digest_run_tell",
        "tell_at",
        sqlite_where=text("tell_at IS NOT NULL"),
        postgresql_where=text("tell_at IS NOT NULL"),
    ),
)

# What the database knows of time: one row.
clock = Table(
    "clock",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("seen_at", BigInteger, nullable=False),  # the latest moment that it was written to; a backup keeps it
    # After a restore: digests due in here may have been posted by the database that was lost.
    Column("blind_from", BigInteger),
    Column("blind_until", BigInteger),
    # What makes the key of a channel's week: a restored database makes the same keys as the one that was lost.
    Column("seed", String(64), nullable=False),
    CheckConstraint("id = 1", name="one_row"),
)
