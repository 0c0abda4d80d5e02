"""A catalogue that changes: what was retired, which version a tool is of, and the words it is searched by."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_FACTS = ("name", "vendor", "category", "tagline", "description", "best_for")
_BATCH = 500


def upgrade() -> None:
    # No batch mode: SQLite would copy the table and drop the old one, and dropping it drops what refers to it.
    op.add_column("reviewer", sa.Column("retired_at", sa.BigInteger(), nullable=True))
    op.add_column("tool", sa.Column("version", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column("tool", sa.Column("retired_at", sa.BigInteger(), nullable=True))
    op.add_column("tool", sa.Column("search", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.create_index(op.f("ix_tool_workspace_version"), "tool", ["workspace", "version"], unique=False)
    op.create_index(op.f("ix_tool_workspace_category"), "tool", ["workspace", "category"], unique=False)
    _fill()


def _fill() -> None:
    """Fold what each tool is searched by, as db/tools.py does."""
    connection = op.get_bind()
    aliases: dict[int, list[str]] = {}
    for tool_id, alias in connection.execute(sa.text("SELECT tool_id, alias FROM tool_alias ORDER BY position")):
        aliases.setdefault(tool_id, []).append(alias)
    tools = connection.execute(sa.text(f"SELECT id, {', '.join(_FACTS)} FROM tool")).all()  # noqa: S608  our own names
    values = [{"id": row[0], "search": "\n".join([*row[1:], *aliases.get(row[0], ())]).casefold()} for row in tools]
    for start in range(0, len(values), _BATCH):
        statement = sa.text("UPDATE tool SET search = :search WHERE id = :id")
        connection.execute(statement, values[start : start + _BATCH])


def downgrade() -> None:
    op.drop_index(op.f("ix_tool_workspace_category"), table_name="tool")
    op.drop_index(op.f("ix_tool_workspace_version"), table_name="tool")
    for column in ("search", "retired_at", "version"):
        op.drop_column("tool", column)
    op.drop_column("reviewer", "retired_at")
