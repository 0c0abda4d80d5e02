"""Categories with their numbers of tools are read from an index alone: whether a tool is retired stands in it, too."""

from collections.abc import Sequence

from alembic import op

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_index(
        op.f("ix_tool_workspace_category_retired_at"), "tool", ["workspace", "category", "retired_at"], unique=False
    )
    op.drop_index(op.f("ix_tool_workspace_category"), table_name="tool")


def downgrade() -> None:
    op.create_index(op.f("ix_tool_workspace_category"), "tool", ["workspace", "category"], unique=False)
    op.drop_index(op.f("ix_tool_workspace_category_retired_at"), table_name="tool")
