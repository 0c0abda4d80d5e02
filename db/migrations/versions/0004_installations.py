"""Installations by OAuth, their round trips, and requests that were heard."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "heard_request",
        sa.Column("workspace", sa.String(length=32), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("heard_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "hash", name=op.f("pk_heard_request")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_heard_request_heard_at"), "heard_request", ["heard_at"], unique=False)

    op.create_table(
        "installation",
        sa.Column("owner", sa.String(length=32), nullable=False),
        sa.Column("enterprise", sa.String(length=32), nullable=False),
        sa.Column("app", sa.String(length=32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("bot_user", sa.String(length=32), nullable=False),
        sa.Column("installer", sa.String(length=32), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=True),
        sa.Column("refresh_token", sa.Text(), nullable=True),
        sa.Column("key_id", sa.String(length=8), nullable=True),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("renew_after", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("renewals_failed", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("stopped", sa.Text(), nullable=True),
        sa.Column("installed_at", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("(token IS NULL) = (key_id IS NULL)", name=op.f("ck_installation_sealed")),
        sa.PrimaryKeyConstraint("owner", name=op.f("pk_installation")),
    )
    op.create_index(op.f("ix_installation_changed_at"), "installation", ["changed_at"], unique=False)
    op.create_index(op.f("ix_installation_expires_at"), "installation", ["expires_at"], unique=False)

    op.create_table(
        "oauth_state",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_oauth_state")),
        sqlite_with_rowid=False,
    )
    op.add_column("workspace", sa.Column("owner", sa.String(length=32), nullable=True))
    op.add_column("workspace", sa.Column("purge_at", sa.BigInteger(), nullable=True))
    op.create_index(op.f("ix_workspace_owner"), "workspace", ["owner"], unique=False)
    op.create_index(
        "ix_workspace_purge",
        "workspace",
        ["purge_at"],
        unique=False,
        sqlite_where=sa.text("purge_at IS NOT NULL"),
        postgresql_where=sa.text("purge_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_workspace_purge", table_name="workspace")
    op.drop_index(op.f("ix_workspace_owner"), table_name="workspace")
    op.drop_column("workspace", "purge_at")
    op.drop_column("workspace", "owner")

    op.drop_table("oauth_state")

    op.drop_table("installation")

    op.drop_table("heard_request")
