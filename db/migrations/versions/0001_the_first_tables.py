"""The first tables."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "reaction",
        sa.Column("workspace", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("message_ts", sa.String(length=32), nullable=False),
        sa.Column("person", sa.String(length=32), nullable=False),
        sa.Column("emoji", sa.String(length=120), nullable=False),
        sa.Column("present", sa.Boolean(), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "channel", "message_ts", "person", "emoji", name=op.f("pk_reaction")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "workspace",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("bot_user", sa.String(length=32), nullable=False),
        sa.Column("installed_at", sa.BigInteger(), nullable=False),
        sa.Column("catalogue_version", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("refuses_tables", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("catalogue_editors", sa.String(length=8), server_default=sa.text("'everyone'"), nullable=False),
        sa.CheckConstraint("catalogue_editors IN ('everyone', 'admins')", name=op.f("ck_workspace_catalogue_editors")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workspace")),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("workspace", sa.String(length=32), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("person", sa.String(length=32), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["workspace"], ["workspace.id"], name=op.f("fk_audit_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_workspace_at"), ["workspace", "at"], unique=False)

    op.create_table(
        "comparison",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("workspace", sa.String(length=32), nullable=False),
        sa.Column("scope", sa.String(length=32), nullable=False),
        sa.Column("question", sa.String(length=400), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("use_case", sa.Text(), nullable=False),
        sa.Column("starter", sa.String(length=32), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("closes_at", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("closed_by", sa.String(length=32), nullable=True),
        sa.Column("secrecy", sa.String(length=9), server_default=sa.text("'open'"), nullable=False),
        sa.Column("by_buttons", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("ballot_key", sa.String(length=64), nullable=True),
        sa.CheckConstraint("secrecy IN ('open', 'hidden', 'anonymous')", name=op.f("ck_comparison_secrecy")),
        sa.ForeignKeyConstraint(["workspace"], ["workspace.id"], name=op.f("fk_comparison_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comparison")),
        sa.UniqueConstraint("workspace", "id", name=op.f("uq_comparison_workspace_id")),
        sa.UniqueConstraint(
            "workspace", "scope", "question", "round", name=op.f("uq_comparison_workspace_scope_question_round")
        ),
    )
    with op.batch_alter_table("comparison", schema=None) as batch_op:
        batch_op.create_index(
            "ix_comparison_deadline",
            ["closes_at"],
            unique=False,
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )
        batch_op.create_index(batch_op.f("ix_comparison_workspace_closed_at"), ["workspace", "closed_at"], unique=False)
        batch_op.create_index(
            "uq_comparison_open",
            ["workspace", "scope", "question"],
            unique=True,
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )

    op.create_table(
        "digest_run",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("workspace", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("week", sa.String(length=8), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("attempt", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("not_before", sa.BigInteger(), nullable=False),
        sa.Column("sending_at", sa.BigInteger(), nullable=True),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        sa.Column("message_ts", sa.String(length=32), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("positions", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('pending', 'sending', 'posted', 'skipped', 'failed', 'uncertain')",
            name=op.f("ck_digest_run_state"),
        ),
        sa.ForeignKeyConstraint(["workspace"], ["workspace.id"], name=op.f("fk_digest_run_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digest_run")),
        sa.UniqueConstraint("key", name=op.f("uq_digest_run_key")),
        sa.UniqueConstraint("workspace", "channel", "week", name=op.f("uq_digest_run_workspace_channel_week")),
    )
    with op.batch_alter_table("digest_run", schema=None) as batch_op:
        batch_op.create_index(
            "ix_digest_run_open",
            ["not_before"],
            unique=False,
            sqlite_where=sa.text("state IN ('pending', 'sending')"),
            postgresql_where=sa.text("state IN ('pending', 'sending')"),
        )

    op.create_table(
        "person",
        sa.Column("workspace", sa.String(length=32), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("is_bot", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("is_deactivated", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=True),
        sa.Column("looked_up_at", sa.BigInteger(), nullable=True),
        sa.Column("hinted_at", sa.BigInteger(), nullable=True),
        sa.Column("guided_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["workspace"], ["workspace.id"], name=op.f("fk_person_workspace")),
        sa.PrimaryKeyConstraint("workspace", "id", name=op.f("pk_person")),
    )
    op.create_table(
        "reviewer",
        sa.Column("workspace", sa.String(length=32), nullable=False),
        sa.Column("slug", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(["workspace"], ["workspace.id"], name=op.f("fk_reviewer_workspace")),
        sa.PrimaryKeyConstraint("workspace", "slug", name=op.f("pk_reviewer")),
    )
    op.create_table(
        "subscription",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("workspace", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("is_private", sa.Boolean(), nullable=False),
        sa.Column("weekday", sa.SmallInteger(), nullable=False),
        sa.Column("minute", sa.SmallInteger(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("category", sa.String(length=80), nullable=True),
        sa.Column("even_if_empty", sa.Boolean(), nullable=False),
        sa.Column("subscriber", sa.String(length=32), nullable=False),
        sa.Column("subscribed_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("paused_until", sa.String(length=10), nullable=True),
        sa.Column("pause_reason", sa.Text(), nullable=True),
        sa.Column("skipped", sa.Text(), server_default=sa.text("('')"), nullable=False),
        sa.Column("last_outcome", sa.Text(), nullable=True),
        sa.Column("planned_until", sa.BigInteger(), nullable=False),
        sa.Column("next_due_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("minute BETWEEN 0 AND 1439", name=op.f("ck_subscription_minute")),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name=op.f("ck_subscription_weekday")),
        sa.ForeignKeyConstraint(["workspace"], ["workspace.id"], name=op.f("fk_subscription_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription")),
        sa.UniqueConstraint("workspace", "channel", name=op.f("uq_subscription_workspace_channel")),
    )
    with op.batch_alter_table("subscription", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_subscription_next_due_at"), ["next_due_at"], unique=False)

    op.create_table(
        "tool",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("workspace", sa.String(length=32), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("vendor", sa.String(length=120), nullable=False),
        sa.Column("category", sa.String(length=80), nullable=False),
        sa.Column("tagline", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("best_for", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("released", sa.String(length=10), nullable=True),
        sa.Column("sources", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["workspace"], ["workspace.id"], name=op.f("fk_tool_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tool")),
        sa.UniqueConstraint("workspace", "id", name=op.f("uq_tool_workspace_id")),
        sa.UniqueConstraint("workspace", "slug", name=op.f("uq_tool_workspace_slug")),
    )
    op.create_table(
        "ballot",
        sa.Column("workspace", sa.String(length=32), nullable=False),
        sa.Column("comparison_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("choice", sa.SmallInteger(), nullable=False),
        sa.Column("card_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("touched_us", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("choice BETWEEN 0 AND 15", name=op.f("ck_ballot_choice")),
        sa.ForeignKeyConstraint(
            ["workspace", "comparison_id"],
            ["comparison.workspace", "comparison.id"],
            name=op.f("fk_ballot_workspace_comparison_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace", "comparison_id", "person", name=op.f("pk_ballot")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("ballot", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ballot_workspace_person"), ["workspace", "person"], unique=False)

    op.create_table(
        "card",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("workspace", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("comparison_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("thread_ts", sa.String(length=32), nullable=True),
        sa.Column("message_ts", sa.String(length=32), nullable=True),
        sa.Column("shown", sa.String(length=4), nullable=False),
        sa.Column("posted_by", sa.String(length=32), nullable=False),
        sa.Column("posted_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("desired_rev", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("sent_rev", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("not_before", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("permalink", sa.Text(), nullable=True),
        sa.Column("seeded", sa.SmallInteger(), server_default=sa.text("(-1)"), nullable=False),
        sa.Column("sweep_wanted", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("swept_at", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("told_us", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint(
            "state IN ('new', 'live', 'replaced', 'gone', 'unsure', 'answer')", name=op.f("ck_card_state")
        ),
        sa.ForeignKeyConstraint(
            ["workspace", "comparison_id"],
            ["comparison.workspace", "comparison.id"],
            name=op.f("fk_card_workspace_comparison_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card")),
        sa.UniqueConstraint("key", name=op.f("uq_card_key")),
        sa.UniqueConstraint("workspace", "id", name=op.f("uq_card_workspace_id")),
    )
    with op.batch_alter_table("card", schema=None) as batch_op:
        batch_op.create_index(
            "ix_card_stale",
            ["not_before"],
            unique=False,
            sqlite_where=sa.text("sent_rev < desired_rev AND state IN ('live', 'replaced')"),
            postgresql_where=sa.text("sent_rev < desired_rev AND state IN ('live', 'replaced')"),
        )
        batch_op.create_index(
            "ix_card_sweep",
            ["workspace", "posted_at"],
            unique=False,
            sqlite_where=sa.text("state = 'live'"),
            postgresql_where=sa.text("state = 'live'"),
        )
        batch_op.create_index(
            batch_op.f("ix_card_workspace_comparison_id"), ["workspace", "comparison_id"], unique=False
        )
        batch_op.create_index("uq_card_message", ["workspace", "channel", "message_ts"], unique=True)

    op.create_table(
        "click",
        sa.Column("workspace", sa.String(length=32), nullable=False),
        sa.Column("comparison_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("choice", sa.SmallInteger(), nullable=True),
        sa.Column("card_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("choice BETWEEN 0 AND 15", name=op.f("ck_click_choice")),
        sa.ForeignKeyConstraint(
            ["workspace", "comparison_id"],
            ["comparison.workspace", "comparison.id"],
            name=op.f("fk_click_workspace_comparison_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace", "comparison_id", "person", name=op.f("pk_click")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "comparison_tool",
        sa.Column("workspace", sa.String(length=32), nullable=False),
        sa.Column("comparison_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("tool_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace", "comparison_id"],
            ["comparison.workspace", "comparison.id"],
            name=op.f("fk_comparison_tool_workspace_comparison_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace", "tool_id"], ["tool.workspace", "tool.id"], name=op.f("fk_comparison_tool_workspace_tool_id")
        ),
        sa.PrimaryKeyConstraint("workspace", "comparison_id", "position", name=op.f("pk_comparison_tool")),
        sa.UniqueConstraint(
            "workspace", "comparison_id", "tool_id", name=op.f("uq_comparison_tool_workspace_comparison_id_tool_id")
        ),
    )
    with op.batch_alter_table("comparison_tool", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_comparison_tool_workspace_tool_id"), ["workspace", "tool_id"], unique=False
        )

    op.create_table(
        "price",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("workspace", sa.String(length=32), nullable=False),
        sa.Column("tool_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("entry", sa.String(length=10), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("as_of", sa.String(length=10), nullable=True),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("superseded_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("entry IN ('free', 'freemium', 'paid')", name=op.f("ck_price_entry")),
        sa.ForeignKeyConstraint(
            ["workspace", "tool_id"],
            ["tool.workspace", "tool.id"],
            name=op.f("fk_price_workspace_tool_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price")),
    )
    with op.batch_alter_table("price", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_price_workspace_recorded_at"), ["workspace", "recorded_at"], unique=False)
        batch_op.create_index(
            "uq_price_current",
            ["workspace", "tool_id"],
            unique=True,
            sqlite_where=sa.text("superseded_at IS NULL"),
            postgresql_where=sa.text("superseded_at IS NULL"),
        )

    op.create_table(
        "take",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("workspace", sa.String(length=32), nullable=False),
        sa.Column("tool_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reviewer", sa.String(length=40), nullable=False),
        sa.Column("verdict", sa.String(length=4), nullable=False),
        sa.Column("headline", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("caveat", sa.Text(), nullable=False),
        sa.Column("author", sa.String(length=80), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("reviewed_on", sa.String(length=10), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("superseded_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("verdict IN ('ship', 'skip')", name=op.f("ck_take_verdict")),
        sa.ForeignKeyConstraint(
            ["workspace", "reviewer"], ["reviewer.workspace", "reviewer.slug"], name=op.f("fk_take_workspace_reviewer")
        ),
        sa.ForeignKeyConstraint(
            ["workspace", "tool_id"],
            ["tool.workspace", "tool.id"],
            name=op.f("fk_take_workspace_tool_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_take")),
    )
    with op.batch_alter_table("take", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_take_workspace_recorded_at"), ["workspace", "recorded_at"], unique=False)
        batch_op.create_index(
            "uq_take_current",
            ["workspace", "tool_id", "reviewer"],
            unique=True,
            sqlite_where=sa.text("superseded_at IS NULL"),
            postgresql_where=sa.text("superseded_at IS NULL"),
        )

    op.create_table(
        "tally",
        sa.Column("workspace", sa.String(length=32), nullable=False),
        sa.Column("comparison_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("choice", sa.SmallInteger(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.CheckConstraint("people >= 0", name=op.f("ck_tally_people")),
        sa.ForeignKeyConstraint(
            ["workspace", "comparison_id"],
            ["comparison.workspace", "comparison.id"],
            name=op.f("fk_tally_workspace_comparison_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace", "comparison_id", "choice", name=op.f("pk_tally")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "tool_alias",
        sa.Column("workspace", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("tool_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("alias", sa.String(length=120), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace", "tool_id"],
            ["tool.workspace", "tool.id"],
            name=op.f("fk_tool_alias_workspace_tool_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace", "key", name=op.f("pk_tool_alias")),
    )
    with op.batch_alter_table("tool_alias", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tool_alias_workspace_tool_id"), ["workspace", "tool_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("tool_alias", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_tool_alias_workspace_tool_id"))

    op.drop_table("tool_alias")
    op.drop_table("tally")
    with op.batch_alter_table("take", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_take_current",
            sqlite_where=sa.text("superseded_at IS NULL"),
            postgresql_where=sa.text("superseded_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_take_workspace_recorded_at"))

    op.drop_table("take")
    with op.batch_alter_table("price", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_price_current",
            sqlite_where=sa.text("superseded_at IS NULL"),
            postgresql_where=sa.text("superseded_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_price_workspace_recorded_at"))

    op.drop_table("price")
    with op.batch_alter_table("comparison_tool", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_comparison_tool_workspace_tool_id"))

    op.drop_table("comparison_tool")
    op.drop_table("click")
    with op.batch_alter_table("card", schema=None) as batch_op:
        batch_op.drop_index("uq_card_message")
        batch_op.drop_index(batch_op.f("ix_card_workspace_comparison_id"))
        batch_op.drop_index(
            "ix_card_sweep", sqlite_where=sa.text("state = 'live'"), postgresql_where=sa.text("state = 'live'")
        )
        batch_op.drop_index(
            "ix_card_stale",
            sqlite_where=sa.text("sent_rev < desired_rev AND state IN ('live', 'replaced')"),
            postgresql_where=sa.text("sent_rev < desired_rev AND state IN ('live', 'replaced')"),
        )

    op.drop_table("card")
    with op.batch_alter_table("ballot", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_ballot_workspace_person"))

    op.drop_table("ballot")
    op.drop_table("tool")
    with op.batch_alter_table("subscription", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_subscription_next_due_at"))

    op.drop_table("subscription")
    op.drop_table("reviewer")
    op.drop_table("person")
    with op.batch_alter_table("digest_run", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_digest_run_open",
            sqlite_where=sa.text("state IN ('pending', 'sending')"),
            postgresql_where=sa.text("state IN ('pending', 'sending')"),
        )

    op.drop_table("digest_run")
    with op.batch_alter_table("comparison", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_comparison_open",
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_comparison_workspace_closed_at"))
        batch_op.drop_index(
            "ix_comparison_deadline",
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )

    op.drop_table("comparison")
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_workspace_at"))

    op.drop_table("audit")
    op.drop_table("workspace")
    op.drop_table("reaction")
