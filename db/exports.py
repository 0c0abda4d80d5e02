"""Ballots as they leave the database: queries only."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, and_, bindparam, case, or_, select

from db.models import ballot, comparison, comparison_tool, tool


@dataclass(frozen=True, slots=True)
class PooledBallot:
    """One person's ballot in a comparison of public channels; `tools` are slugs in stored order.

    `person` is empty where the round told nobody who voted what.
    """

    comparison: int
    round: int
    opened_at: int
    closed_at: int | None
    use_case: str
    tools: tuple[str, ...]
    person: str
    choice: int


# The scope "" is that of public channels: what belongs to one private channel is never in it.
_TOOLS = (
    select(comparison_tool.c.comparison_id, tool.c.slug)
    .join_from(
        comparison_tool,
        tool,
        and_(tool.c.workspace == comparison_tool.c.workspace, tool.c.id == comparison_tool.c.tool_id),
    )
    .where(comparison_tool.c.workspace == bindparam("workspace"))
    .order_by(comparison_tool.c.comparison_id, comparison_tool.c.position)
)
_BALLOTS = (
    select(
        comparison.c.id,
        comparison.c.round,
        comparison.c.opened_at,
        comparison.c.closed_at,
        comparison.c.use_case,
        case((comparison.c.secrecy == "open", ballot.c.person), else_="").label("person"),
        ballot.c.choice,
    )
    .join_from(
        comparison,
        ballot,
        and_(ballot.c.workspace == comparison.c.workspace, ballot.c.comparison_id == comparison.c.id),
    )
    .where(
        comparison.c.workspace == bindparam("workspace"),
        comparison.c.scope == "",
        # A secret round tells nothing of single votes before it has closed, and then without names, in no one's order.
        or_(comparison.c.secrecy == "open", comparison.c.closed_at.is_not(None)),
    )
    .order_by(comparison.c.id, "person", ballot.c.choice)
)


def pooled_ballots(connection: Connection, workspace: str) -> Iterator[PooledBallot]:
    """Every ballot in comparisons of public channels, by comparison and person."""
    tools: dict[int, tuple[str, ...]] = {}
    for row in connection.execute(_TOOLS, {"workspace": workspace}):
        tools[row.comparison_id] = (*tools.get(row.comparison_id, ()), row.slug)
    for found in connection.execute(_BALLOTS, {"workspace": workspace}):
        number, around, opened_at, closed_at, use_case, person, choice = found
        yield PooledBallot(number, around, opened_at, closed_at, use_case, tools.get(number, ()), person, choice)
