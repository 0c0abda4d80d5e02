"""An index by which a drawing finds the emoji that stand under a card, however many people have them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_index(
        "ix_reaction_standing",
        "reaction",
        ["workspace", "channel", "message_ts", "emoji"],
        unique=False,
        sqlite_where=sa.text("present"),
        postgresql_where=sa.text("present"),
    )


def downgrade() -> None:
    op.drop_index("ix_reaction_standing", table_name="reaction")
