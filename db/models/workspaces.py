"""Workspaces, where they were installed, and the people in them."""

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
    false,
    text,
)

from db.models.columns import SlackId, metadata, of_workspace

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

oauth_state = Table(
    "oauth_state",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("expires_at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

heard_request = Table(
    "heard_request",
    metadata,
    of_workspace(),
    Column("hash", String(64), nullable=False),
    Column("heard_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("workspace", "hash"),
    Index(None, "heard_at"),
    sqlite_with_rowid=False,
)

person = Table(
    "person",
    metadata,
    of_workspace(),
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
