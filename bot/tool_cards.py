"""One tool and what the team says of it."""

from bot import catalogue
from bot.model import ToolCard, ToolStanding
from db import digests as score_rows
from db import workspaces as workspace_rows
from db.connection import Connection


def show(connection: Connection, workspace: str, tool_id: int) -> ToolCard:
    """The card of a tool. Raises UserError when it is not in the catalogue any more."""
    tool = catalogue.find(connection, workspace, tool_id)
    found = next((s for s in score_rows.team_scores(connection, workspace) if s.tool_id == tool_id), None)
    standing = ToolStanding(tool, found.ticks, found.people, found.comparisons) if found else ToolStanding(tool, 0, 0)
    known = workspace_rows.find(connection, workspace)
    return ToolCard(standing, card=None, tables=known is None or not known.refuses_tables)
