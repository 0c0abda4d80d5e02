"""First words: when a workspace was greeted."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("workspace", sa.Column("greeted_at", sa.BigInteger(), nullable=True))
    # Who has the app already needs no introduction.
    op.execute("UPDATE workspace SET greeted_at = installed_at")


def downgrade() -> None:
    op.execute("ALTER TABLE workspace DROP COLUMN greeted_at")
