"""Who counts, and what people say beside their ballots."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# Added and dropped in place: a copied table would take along, on SQLite, whatever points to it with ON DELETE CASCADE.
_COLUMNS = (
    ("workspace", "guests", "VARCHAR(7)", "counted", ("counted", "apart", "out")),
    ("workspace", "externals", "VARCHAR(7)", "apart", ("counted", "apart", "out")),
    ("comparison", "guests", "VARCHAR(7)", "counted", ("counted", "apart", "out")),
    ("comparison", "externals", "VARCHAR(7)", "apart", ("counted", "apart", "out")),
)


def upgrade() -> None:
    for table, column, kind, default, values in _COLUMNS:
        listed = ", ".join(f"'{value}'" for value in values)
        op.execute(
            f"ALTER TABLE {table} ADD COLUMN {column} {kind} DEFAULT '{default}' NOT NULL "
            f"CONSTRAINT ck_{table}_{column} CHECK ({column} IN ({listed}))"
        )
    op.execute(
        "ALTER TABLE click ADD COLUMN kind VARCHAR(8) "
        "CONSTRAINT ck_click_kind CHECK (kind IN ('member', 'guest', 'external', 'out'))"
    )
    op.add_column("workspace", sa.Column("recount_until", sa.BigInteger(), nullable=True))
    op.add_column("comparison", sa.Column("recounted_at", sa.BigInteger(), nullable=True))
    with op.batch_alter_table("ballot", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_ballot_choice"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_ballot_choice"), "choice BETWEEN 0 AND 511")
    op.create_table(
        "reason",
        sa.Column("workspace", sa.String(length=32), nullable=False),
        sa.Column("comparison_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("used", sa.SmallInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("used BETWEEN 0 AND 15", name=op.f("ck_reason_used")),
        sa.ForeignKeyConstraint(
            ["workspace", "comparison_id"],
            ["comparison.workspace", "comparison.id"],
            name=op.f("fk_reason_workspace_comparison_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace", "comparison_id", "person", name=op.f("pk_reason")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("reason")
    # What was counted apart, or as somebody's who has used a tool, is counted plainly again.
    op.execute(sa.text("DELETE FROM tally"))
    op.execute(sa.text("UPDATE ballot SET choice = choice & 15"))
    op.execute(
        sa.text(
            "INSERT INTO tally (workspace, comparison_id, choice, people) "
            "SELECT workspace, comparison_id, choice, COUNT(*) FROM ballot GROUP BY workspace, comparison_id, choice"
        )
    )
    with op.batch_alter_table("ballot", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_ballot_choice"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_ballot_choice"), "choice BETWEEN 0 AND 15")
    op.execute("ALTER TABLE comparison DROP COLUMN recounted_at")
    op.execute("ALTER TABLE workspace DROP COLUMN recount_until")
    op.execute("ALTER TABLE click DROP COLUMN kind")
    for table, column, *_ in reversed(_COLUMNS):
        op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
