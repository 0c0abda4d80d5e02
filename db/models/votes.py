"""Votes: what was heard of emoji and buttons, the ballots that follow from it, and their counts."""

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
    text,
)

from db.models.columns import Serial, SlackId, VoterName, metadata, of_workspace

reaction = Table(
    "reaction",
    metadata,
    of_workspace(),
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

click = Table(
    "click",
    metadata,
    of_workspace(),
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
    of_workspace(),
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

reason = Table(
    "reason",
    metadata,
    of_workspace(),
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

unusual = Table(
    "unusual",
    metadata,
    of_workspace(),
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
    of_workspace(),
    Column("comparison_id", Serial, nullable=False),
    Column("choice", SmallInteger, nullable=False),
    Column("people", Integer, nullable=False),
    PrimaryKeyConstraint("workspace", "comparison_id", "choice"),
    ForeignKeyConstraint(["workspace", "comparison_id"], ["comparison.workspace", "comparison.id"], ondelete="CASCADE"),
    CheckConstraint("people >= 0", name="people"),
    sqlite_with_rowid=False,
)
