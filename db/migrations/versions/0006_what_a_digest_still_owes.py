"""What a digest still owes, and what the database knows of time."""

import secrets
from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

OWED = ("look", "tell")


def upgrade() -> None:
    clock = op.create_table(
        "clock",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("blind_from", sa.BigInteger(), nullable=True),
        sa.Column("blind_until", sa.BigInteger(), nullable=True),
        sa.Column("seed", sa.String(length=64), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_clock_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock")),
    )
    op.bulk_insert(clock, [{"id": 1, "seen_at": 0, "seed": secrets.token_hex(32)}])
    for name in ("doubt_since", "look_at", "tell_at"):
        op.add_column("digest_run", sa.Column(name, sa.BigInteger(), nullable=True))
    for name in OWED:
        op.create_index(
            f"ix_digest_run_{name}",
            "digest_run",
            [f"{name}_at"],
            sqlite_where=sa.text(f"{name}_at IS NOT NULL"),
            postgresql_where=sa.text(f"{name}_at IS NOT NULL"),
        )
    # Whoever was posting when the old version stopped may have posted.
    op.execute("UPDATE digest_run SET doubt_since = sending_at WHERE state IN ('sending', 'uncertain')")


def downgrade() -> None:
    for name in OWED:
        op.drop_index(f"ix_digest_run_{name}", "digest_run")
    with op.batch_alter_table("digest_run") as batch_op:
        for name in ("tell_at", "look_at", "doubt_since"):
            batch_op.drop_column(name)
    op.drop_table("clock")
