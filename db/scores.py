"""What the team says of tools, over all its public questions: queries only."""

from dataclasses import dataclass

from sqlalchemy import Connection, and_, bindparam, func, or_, select

from db.models import ballot, comparison, comparison_tool


@dataclass(frozen=True, slots=True)
class TeamScore:
    """People whose newest ballot that includes the tool ticks it, and all such people."""

    tool_id: int
    ticks: int
    people: int
    comparisons: int


SHOWN_APART = 0b1_0000  # as in bot.counting

# Everyone's newest ballot that includes the tool, over public comparisons and tool cards. A hidden round tells nothing
# before it has closed; in an anonymous one nobody can say which ballot is whose, so none is anybody's newest.
_TELLS = or_(
    comparison.c.secrecy == "open", and_(comparison.c.secrecy == "hidden", comparison.c.closed_at.is_not(None))
)
_NEWEST = (
    select(
        comparison_tool.c.tool_id,
        comparison_tool.c.comparison_id,
        ballot.c.choice.bitwise_rshift(comparison_tool.c.position).bitwise_and(1).label("ticked"),
        func.row_number()
        .over(
            partition_by=(comparison_tool.c.tool_id, ballot.c.person),
            order_by=(ballot.c.touched_us.desc(), ballot.c.comparison_id.desc()),
        )
        .label("age"),
    )
    .join_from(
        comparison_tool,
        comparison,
        and_(
            comparison.c.workspace == comparison_tool.c.workspace,
            comparison.c.id == comparison_tool.c.comparison_id,
        ),
    )
    .join(
        ballot,
        and_(ballot.c.workspace == comparison.c.workspace, ballot.c.comparison_id == comparison.c.id),
    )
    .where(
        comparison_tool.c.workspace == bindparam("workspace"),
        comparison.c.scope == "",
        _TELLS,
        ballot.c.choice.bitwise_and(SHOWN_APART) == 0,
    )
    .subquery()
)
_TEAM_SCORES = (
    select(_NEWEST.c.tool_id, func.sum(_NEWEST.c.ticked), func.count(), func.count(_NEWEST.c.comparison_id.distinct()))
    .where(_NEWEST.c.age == 1)
    .group_by(_NEWEST.c.tool_id)
    .order_by(_NEWEST.c.tool_id)
)
_TEAM_SCORE = _TEAM_SCORES.where(_NEWEST.c.tool_id == bindparam("tool_id"))
# A question of its own, for one tool: most workspaces share no channel, and no list tells of it.
_APART = (
    select(func.count(ballot.c.person.distinct()))
    .join_from(
        comparison_tool,
        comparison,
        and_(
            comparison.c.workspace == comparison_tool.c.workspace,
            comparison.c.id == comparison_tool.c.comparison_id,
        ),
    )
    .join(ballot, and_(ballot.c.workspace == comparison.c.workspace, ballot.c.comparison_id == comparison.c.id))
    .where(
        comparison_tool.c.workspace == bindparam("workspace"),
        comparison_tool.c.tool_id == bindparam("tool_id"),
        comparison.c.scope == "",
        _TELLS,
        ballot.c.choice.bitwise_and(SHOWN_APART) != 0,
    )
)


def team_scores(connection: Connection, workspace: str) -> list[TeamScore]:
    """The team's score of every tool that anyone has voted on in public."""
    rows = connection.execute(_TEAM_SCORES, {"workspace": workspace})
    return [TeamScore(tool_id, int(ticks), people, comparisons) for tool_id, ticks, people, comparisons in rows]


def team_score(connection: Connection, workspace: str, tool_id: int) -> TeamScore | None:
    """The team's score of one tool; None while nobody has voted on it in public."""
    row = connection.execute(_TEAM_SCORE, {"workspace": workspace, "tool_id": tool_id}).first()
    return TeamScore(row[0], int(row[1]), row[2], row[3]) if row else None


def people_apart(connection: Connection, workspace: str, tool_id: int) -> int:
    """How many people who are shown beside the count have voted on a tool in public."""
    return int(connection.execute(_APART, {"workspace": workspace, "tool_id": tool_id}).scalar_one())
