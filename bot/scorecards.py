"""What a card shows now, put together from what is stored. Part of its caller's transaction."""

from bot import ballots, catalogue
from bot.errors import UserError
from bot.model import Card, Comparison, Scorecard, Tool, ToolStanding
from db import cards as card_rows
from db import comparisons as comparison_rows
from db import scores as score_rows
from db import workspaces as workspace_rows
from db.connection import Connection


def build(
    connection: Connection, found: comparison_rows.StoredComparison, card: card_rows.StoredCard | None
) -> Scorecard:
    """A comparison as this card of it shows it; without a card, in stored order."""
    workspace = workspace_rows.find(connection, found.workspace)
    tools = catalogue.tools_of(connection, workspace, found.tool_ids)
    in_stored_order: tuple[Tool, ...] = tuple(tools[tool_id] for tool_id in found.tool_ids)
    order = tuple(int(position) for position in card.shown) if card else tuple(range(len(found.tool_ids)))
    tally = ballots.told_tally(connection, found)
    return Scorecard(
        comparison=Comparison(
            id=found.id,
            workspace=found.workspace,
            scope=found.scope,
            tools=in_stored_order,
            use_case=found.use_case,
            starter=found.starter,
            round=found.round,
            opened_at=found.opened_at,
            closes_at=found.closes_at,
            closed_at=found.closed_at,
            closed_by=found.closed_by,
            secrecy=found.secrecy,
            by_buttons=found.by_buttons,
            guests=found.guests,
            externals=found.externals,
            recounted_at=found.recounted_at,
        ),
        card=_card(card, found, order),
        tools=tuple(in_stored_order[position] for position in order),
        tally=tally.in_order(order),
        tables=workspace is None or not workspace.refuses_tables,
        permalink=card.permalink if card else None,
        standing=standing(connection, found.workspace, in_stored_order[0]) if len(in_stored_order) == 1 else None,
    )


def newest_card(connection: Connection, found: comparison_rows.StoredComparison) -> card_rows.StoredCard | None:
    """The newest card of a comparison that is posted; before any is, the newest that waits to be."""
    cards = card_rows.of_comparisons(connection, found.workspace, [found.id])
    posted = [card for card in cards if card.message_ts is not None]
    return next(iter(posted or cards), None)


def stored_comparison(connection: Connection, workspace: str, comparison_id: int) -> comparison_rows.StoredComparison:
    """The comparison as it is now. Raises UserError when it is gone."""
    found = comparison_rows.find(connection, workspace, comparison_id)
    if found is None:
        raise UserError("That comparison is gone. Ask the question again.")
    return found


def locked_comparison(connection: Connection, workspace: str, comparison_id: int) -> comparison_rows.StoredComparison:
    """The comparison, kept from other transactions until this one ends. Raises UserError when it is gone."""
    found = comparison_rows.lock(connection, workspace, comparison_id)
    if found is None:
        raise UserError("That comparison is gone. Ask the question again.")
    return found


def stored_card(connection: Connection, workspace: str, card_id: int) -> card_rows.StoredCard:
    """The card as it is stored. Raises UserError when it is gone."""
    card = card_rows.find(connection, workspace, card_id)
    if card is None:
        raise UserError("That card is gone. Ask the question again.")
    return card


def standing(connection: Connection, workspace: str, tool: Tool) -> ToolStanding:
    """What the team says of a tool: everyone's newest ballot that includes it, wherever it was cast in public."""
    score = score_rows.team_score(connection, workspace, tool.id)
    apart = score_rows.people_apart(connection, workspace, tool.id)
    if score is None:
        return ToolStanding(tool, 0, 0, apart=apart)
    return ToolStanding(tool, score.ticks, score.people, score.comparisons, apart)


def _card(card: card_rows.StoredCard | None, found: comparison_rows.StoredComparison, order: tuple[int, ...]) -> Card:
    if card is None:
        return Card(0, found.workspace, "", "", None, None, found.id, order, 0, found.starter)
    return Card(
        id=card.id,
        workspace=card.workspace,
        key=card.key,
        channel=card.channel,
        thread_ts=card.thread_ts,
        message_ts=card.message_ts,
        comparison_id=card.comparison_id,
        order=order,
        desired_rev=card.desired_rev,
        posted_by=card.posted_by,
        posted_at=card.posted_at,
    )
