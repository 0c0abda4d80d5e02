"""Budgets of Slack's calls that replicas share."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "slack_budget",
        sa.Column("workspace", sa.String(length=32), nullable=False),
        sa.Column("method", sa.String(length=60), nullable=False),
        sa.Column("closed_until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "method", name=op.f("pk_slack_budget")),
    )
    op.create_table(
        "slack_spent",
        sa.Column("workspace", sa.String(length=32), nullable=False),
        sa.Column("method", sa.String(length=60), nullable=False),
        sa.Column("slot", sa.BigInteger(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "method", "slot", name=op.f("pk_slack_spent")),
    )


def downgrade() -> None:
    op.drop_table("slack_spent")
    op.drop_table("slack_budget")
