"""One tool and what the team says of it."""

from bot import catalogue
from bot.model import ToolCard, ToolStanding
from db import scores as score_rows
from db import workspaces as workspace_rows
from db.connection import Connection


def show(connection: Connection, workspace: str, tool_id: int) -> ToolCard:
    """The card of a tool for one person's eyes. Raises UserError when it is not in the catalogue any more."""
    tool = catalogue.find(connection, workspace, tool_id)
    score = score_rows.team_score(connection, workspace, tool_id)
    standing = ToolStanding(tool, score.ticks, score.people, score.comparisons) if score else ToolStanding(tool, 0, 0)
    known = workspace_rows.find(connection, workspace)
    return ToolCard(standing, card=None, tables=known is None or not known.refuses_tables)
