"""Kinds of people: members, guests, and people of other companies."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.add_column(sa.Column("kind", sa.String(length=8), server_default=sa.text("'member'"), nullable=False))
        batch_op.create_check_constraint(batch_op.f("ck_person_kind"), "kind IN ('member', 'guest', 'external')")


def downgrade() -> None:
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_person_kind"), type_="check")
        batch_op.drop_column("kind")
