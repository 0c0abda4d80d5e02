"""Comparisons and the cards that show them."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from db.models.columns import Serial, SlackId, metadata, of_workspace

comparison = Table(
    "comparison",
    metadata,
    Column("id", Serial, primary_key=True),
    of_workspace(),
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
    of_workspace(),
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
    of_workspace(),
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
