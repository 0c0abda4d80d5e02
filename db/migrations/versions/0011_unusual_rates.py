"""Votes at an unusual rate."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "unusual",
        sa.Column("workspace", sa.String(length=32), nullable=False),
        sa.Column("comparison_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=7), nullable=False),
        sa.Column("person", sa.String(length=32), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("noted_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind IN ('changes', 'crowd')", name=op.f("ck_unusual_kind")),
        sa.ForeignKeyConstraint(
            ["workspace", "comparison_id"],
            ["comparison.workspace", "comparison.id"],
            name=op.f("fk_unusual_workspace_comparison_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace", "comparison_id", "kind", "person", name=op.f("pk_unusual")),
    )


def downgrade() -> None:
    op.drop_table("unusual")
