"""What replicas share beside the work itself: Slack's limits, signs of life, the time."""

from sqlalchemy import BigInteger, CheckConstraint, Column, Integer, PrimaryKeyConstraint, SmallInteger, String, Table

from db.models.columns import SlackId, metadata, of_workspace

slack_budget = Table(
    "slack_budget",
    metadata,
    of_workspace(),
    Column("method", String(60), nullable=False),
    Column("closed_until", BigInteger, nullable=False),
    PrimaryKeyConstraint("workspace", "method"),
)

slack_spent = Table(
    "slack_spent",
    metadata,
    of_workspace(),
    Column("method", String(60), nullable=False),
    Column("slot", BigInteger, nullable=False),  # Unix time in tens of seconds
    Column("calls", Integer, nullable=False),
    PrimaryKeyConstraint("workspace", "method", "slot"),
)

pulse = Table(
    "pulse",
    metadata,
    Column("replica", SlackId, primary_key=True),
    Column("at", BigInteger, nullable=False),
)

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
