"""One tool and what the team says of it."""

from dataclasses import replace
from typing import cast

from bot import catalogue, scorecards
from bot.model import PastPrice, PastVerdict, ToolCard, ToolComparison, Verdict
from db import comparisons as comparison_rows
from db import takes as take_rows
from db import tools as tool_rows
from db import workspaces as workspace_rows
from db.connection import Connection

PAST = 5  # of each history


def show(connection: Connection, workspace: str, tool_id: int) -> ToolCard:
    """The card of a tool for one person's eyes. Raises UserError when it is not in the catalogue any more."""
    tool = catalogue.find(connection, workspace, tool_id)
    known = workspace_rows.find(connection, workspace)
    prices = tool_rows.price_history(connection, workspace, tool_id, PAST)
    verdicts = take_rows.history(connection, workspace, tool_id, PAST)
    compared = comparison_rows.public_with_tool(connection, workspace, tool_id, PAST + 1)
    return ToolCard(
        scorecards.standing(connection, workspace, tool),
        card=None,
        tables=known is None or not known.refuses_tables,
        past_prices=tuple(PastPrice(catalogue.price(one.before), one.recorded_at) for one in prices),
        past_verdicts=tuple(
            PastVerdict(one.reviewer_name, cast("Verdict", one.verdict), one.author, one.reviewed_on, one.superseded_at)
            for one in verdicts
        ),
        comparisons=tuple(_compared(connection, one) for one in compared[:PAST]),
        more_comparisons=len(compared) > PAST,
    )


def _compared(connection: Connection, found: comparison_rows.StoredComparison) -> ToolComparison:
    card = scorecards.build(connection, found, scorecards.newest_card(connection, found))
    return ToolComparison(replace(card.comparison, tools=card.tools), card.tally, card.permalink)
