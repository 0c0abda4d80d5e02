"""Digests: who wants them, and what became of each."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from db.models.columns import Serial, SlackId, metadata, of_workspace

subscription = Table(
    "subscription",
    metadata,
    Column("id", Serial, primary_key=True),
    of_workspace(),
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
    of_workspace(),
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
