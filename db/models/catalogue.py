"""The catalogue: the panel, the tools with their prices, the takes, and who changed what."""

from sqlalchemy import (
    BigInteger,
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
    text,
)

from db.models.columns import Serial, SlackId, metadata, of_workspace

reviewer = Table(
    "reviewer",
    metadata,
    of_workspace(),
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
    of_workspace(),
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
    Index(None, "workspace", "category", "retired_at"),
)

tool_alias = Table(
    "tool_alias",
    metadata,
    of_workspace(),
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
    of_workspace(),
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
    of_workspace(),
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

audit = Table(
    "audit",
    metadata,
    Column("id", Serial, primary_key=True),
    of_workspace(),
    Column("at", BigInteger, nullable=False),
    Column("person", SlackId, nullable=False),
    Column("action", String(40), nullable=False),
    Column("subject", Text, nullable=False),
    ForeignKeyConstraint(["workspace"], ["workspace.id"]),
    Index(None, "workspace", "at"),
)
