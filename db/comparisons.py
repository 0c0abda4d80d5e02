"""Questions put to a team, round by round: queries only; bot.comparisons decides."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, and_, bindparam, delete, func, insert, or_, select, text, update
from sqlalchemy.sql.selectable import Select

from db.kinds import Treatment
from db.models import NEVER, ballot, card, comparison, comparison_tool
from db.served import as_list, is_served


@dataclass(frozen=True, slots=True)
class StoredComparison:
    """A comparison with its tools in stored order."""

    id: int
    workspace: str
    scope: str
    question: str
    round: int
    use_case: str
    starter: str
    opened_at: int
    closes_at: int
    closed_at: int | None
    closed_by: str | None
    secrecy: Literal["open", "hidden", "anonymous"]
    by_buttons: bool
    guests: Treatment
    externals: Treatment
    recounted_at: int | None
    ballot_key: str | None = field(repr=False)  # never into a log
    tool_ids: tuple[int, ...]


_COLUMNS: tuple[ColumnElement[Any], ...] = (
    comparison.c.id,
    comparison.c.workspace,
    comparison.c.scope,
    comparison.c.question,
    comparison.c.round,
    comparison.c.use_case,
    comparison.c.starter,
    comparison.c.opened_at,
    comparison.c.closes_at,
    comparison.c.closed_at,
    comparison.c.closed_by,
    comparison.c.secrecy,
    comparison.c.by_buttons,
    comparison.c.guests,
    comparison.c.externals,
    comparison.c.recounted_at,
    comparison.c.ballot_key,
)
# A row for each tool, in stored order.
_COMPARISONS = (
    select(*_COLUMNS, comparison_tool.c.tool_id)
    .join_from(
        comparison,
        comparison_tool,
        and_(comparison_tool.c.workspace == comparison.c.workspace, comparison_tool.c.comparison_id == comparison.c.id),
    )
    .where(comparison.c.workspace == bindparam("workspace"))
)
_IN_ORDER = (comparison.c.id, comparison_tool.c.position)
_ID = select(comparison.c.id).where(comparison.c.workspace == bindparam("workspace"))
_FIND = _COMPARISONS.where(comparison.c.id == bindparam("comparison_id")).order_by(*_IN_ORDER)
_LOCK = _ID.where(comparison.c.id == bindparam("comparison_id")).with_for_update()
_LATEST = _COMPARISONS.where(
    comparison.c.id
    == _ID.where(comparison.c.scope == bindparam("scope"), comparison.c.question == bindparam("question"))
    .order_by(comparison.c.round.desc())
    .limit(1)
    .scalar_subquery()
).order_by(*_IN_ORDER)
_LATEST_LIKE = _COMPARISONS.where(
    comparison.c.id
    == _ID.where(comparison.c.scope == bindparam("scope"), comparison.c.question.like(bindparam("question")))
    .order_by(comparison.c.opened_at.desc(), comparison.c.id.desc())
    .limit(1)
    .scalar_subquery()
).order_by(*_IN_ORDER)
# A question about one tool never closes, and is in no list of comparisons.
_HAS_DEADLINE = comparison.c.closes_at < NEVER
_IN_CHANNEL = _COMPARISONS.where(
    comparison.c.closed_at.is_(None),
    _HAS_DEADLINE,
    comparison.c.id.in_(
        select(card.c.comparison_id).where(
            card.c.workspace == bindparam("workspace"),
            card.c.channel == bindparam("channel"),
            card.c.state.in_(("live", "answer")),
        )
    ),
).order_by(comparison.c.closes_at, *_IN_ORDER)
_LAST_IN_CHANNEL = (
    select(card.c.comparison_id)
    .join_from(
        card,
        comparison,
        and_(comparison.c.workspace == card.c.workspace, comparison.c.id == card.c.comparison_id),
    )
    .where(
        card.c.workspace == bindparam("workspace"),
        card.c.channel == bindparam("channel"),
        or_(card.c.message_ts.is_not(None), card.c.state == "answer"),
        _HAS_DEADLINE,
    )
    .order_by(card.c.id.desc())
    .limit(1)
)
_PUBLIC_WITH_TOOL = _COMPARISONS.where(
    comparison.c.id.in_(
        _ID.where(
            comparison.c.scope == "",
            _HAS_DEADLINE,
            comparison.c.id.in_(
                select(comparison_tool.c.comparison_id).where(
                    comparison_tool.c.workspace == bindparam("workspace"),
                    comparison_tool.c.tool_id == bindparam("tool_id"),
                )
            ),
        )
        .order_by(comparison.c.opened_at.desc(), comparison.c.id.desc())
        .limit(bindparam("most"))
    )
).order_by(comparison.c.opened_at.desc(), comparison.c.id.desc(), comparison_tool.c.position)
_CLOSED_BETWEEN = _COMPARISONS.where(
    comparison.c.closed_at > bindparam("since"), comparison.c.closed_at <= bindparam("until"), _HAS_DEADLINE
).order_by(comparison.c.closed_at, *_IN_ORDER)
_OPEN = _COMPARISONS.where(comparison.c.closed_at.is_(None), _HAS_DEADLINE).order_by(comparison.c.closes_at, *_IN_ORDER)
_ALL = select(comparison.c.id, comparison.c.closed_at).where(comparison.c.workspace == bindparam("workspace"))
_PAST_DEADLINE = (
    select(comparison.c.workspace, comparison.c.id, comparison.c.closes_at)
    .where(
        is_served(comparison.c.workspace),
        comparison.c.closed_at.is_(None),
        comparison.c.closes_at <= bindparam("now"),
    )
    .order_by(comparison.c.closes_at)
    .limit(bindparam("most"))
)
# Two people who ask the same thing at once: one row wins, by uq_comparison_open and the round's own key.
_OPEN_ROUND = text(
    """
    INSERT INTO comparison (workspace, scope, question, round, use_case, starter, opened_at, closes_at,
                            secrecy, by_buttons, ballot_key, guests, externals)
    VALUES (:workspace, :scope, :question, :round, :use_case, :starter, :opened_at, :closes_at,
            :secrecy, :by_buttons, :ballot_key,
            (SELECT guests FROM workspace WHERE id = :wishes_of),
            (SELECT externals FROM workspace WHERE id = :wishes_of))
    ON CONFLICT DO NOTHING RETURNING id
    """
)
_CLOSE = (
    update(comparison)
    .where(
        comparison.c.workspace == bindparam("of_workspace"),
        comparison.c.id == bindparam("of_comparison"),
        comparison.c.closed_at.is_(None),
    )
    .values(closed_at=bindparam("at"), closed_by=bindparam("who"), ballot_key=None)
)
_REOPEN = (
    update(comparison)
    .where(comparison.c.workspace == bindparam("of_workspace"), comparison.c.id == bindparam("of_comparison"))
    .values(closed_at=None, closed_by=None, closes_at=bindparam("until"))
)
_SWAP = (
    update(comparison_tool)
    .where(
        comparison_tool.c.workspace == bindparam("of_workspace"),
        comparison_tool.c.comparison_id == bindparam("of_comparison"),
        comparison_tool.c.position == bindparam("at"),
    )
    .values(tool_id=bindparam("to"))
)
_ASK_ANOTHER = (
    update(comparison)
    .where(comparison.c.workspace == bindparam("of_workspace"), comparison.c.id == bindparam("of_comparison"))
    .values(question=bindparam("asked"), round=bindparam("in_round"))
)
_DROP = delete(comparison).where(
    comparison.c.workspace == bindparam("workspace"), comparison.c.id == bindparam("comparison_id")
)
_VOTERS = (
    select(ballot.c.comparison_id, func.count())
    .where(
        ballot.c.workspace == bindparam("workspace"),
        ballot.c.comparison_id.in_(bindparam("ids", expanding=True)),
    )
    .group_by(ballot.c.comparison_id)
)


def all_of(connection: Connection, workspace: str) -> list[tuple[int, bool]]:
    """Every comparison there ever was in the workspace, and whether it is open."""
    rows = connection.execute(_ALL, {"workspace": workspace})
    return [(row.id, row.closed_at is None) for row in rows]


def find(connection: Connection, workspace: str, comparison_id: int) -> StoredComparison | None:
    """One comparison of the workspace."""
    return _one(connection, workspace, _FIND, {"comparison_id": comparison_id})


def lock(connection: Connection, workspace: str, comparison_id: int) -> StoredComparison | None:
    """One comparison, kept from other transactions until this one ends."""
    # Read only then: PostgreSQL would join the row that it waited for with tools from before it waited.
    connection.execute(_LOCK, {"workspace": workspace, "comparison_id": comparison_id})
    return find(connection, workspace, comparison_id)


def latest_round(connection: Connection, workspace: str, scope: str, question: str) -> StoredComparison | None:
    """The newest round of a question, open or closed."""
    return _one(connection, workspace, _LATEST, {"scope": scope, "question": question})


def latest_like(connection: Connection, workspace: str, scope: str, question: str) -> StoredComparison | None:
    """The newest comparison whose question fits a pattern of LIKE."""
    return _one(connection, workspace, _LATEST_LIKE, {"scope": scope, "question": question})


def open_in_channel(connection: Connection, workspace: str, channel: str) -> list[StoredComparison]:
    """Open comparisons with a living card in this channel, the first to close first."""
    return _many(connection, workspace, _IN_CHANNEL, {"channel": channel})


def last_in_channel(connection: Connection, workspace: str, channel: str) -> int | None:
    """The comparison of the newest card in this channel."""
    return connection.execute(_LAST_IN_CHANNEL, {"workspace": workspace, "channel": channel}).scalar()


def closed_between(connection: Connection, workspace: str, since: int, until: int) -> list[StoredComparison]:
    """Comparisons that closed after `since`, up to `until`, oldest first."""
    return _many(connection, workspace, _CLOSED_BETWEEN, {"since": since, "until": until})


def still_open(connection: Connection, workspace: str) -> list[StoredComparison]:
    """Every open comparison of the workspace, the first to close first."""
    return _many(connection, workspace, _OPEN, {})


def public_with_tool(connection: Connection, workspace: str, tool_id: int, most: int) -> list[StoredComparison]:
    """Public comparisons of a tool with others, open and closed, the newest first."""
    return _many(connection, workspace, _PUBLIC_WITH_TOOL, {"tool_id": tool_id, "most": most})


def past_deadline(connection: Connection, workspaces: Iterable[str], now: int, most: int) -> list[tuple[str, int, int]]:
    """Open comparisons whose time is up, as (workspace, id, deadline)."""
    rows = connection.execute(_PAST_DEADLINE, {"workspaces": as_list(workspaces), "now": now, "most": most})
    return [(row.workspace, row.id, row.closes_at) for row in rows]


def insert_comparison(
    connection: Connection,
    workspace: str,
    *,
    scope: str,
    question: str,
    round_: int,
    use_case: str,
    starter: str,
    opened_at: int,
    closes_at: int,
    secrecy: str,
    by_buttons: bool,
    ballot_key: str | None,
    tool_ids: Sequence[int],
) -> int | None:
    """Write a new round and return its id; None when the question has an open round, perhaps since this moment."""
    comparison_id = connection.execute(
        _OPEN_ROUND,
        {
            "workspace": workspace,
            "wishes_of": workspace,  # PostgreSQL takes one name for one type, and this is another column
            "scope": scope,
            "question": question,
            "round": round_,
            "use_case": use_case,
            "starter": starter,
            "opened_at": opened_at,
            "closes_at": closes_at,
            "secrecy": secrecy,
            "by_buttons": by_buttons,
            "ballot_key": ballot_key,
        },
    ).scalar()
    if comparison_id is None:
        return None
    connection.execute(
        insert(comparison_tool),
        [
            {"workspace": workspace, "comparison_id": comparison_id, "position": i, "tool_id": tool_id}
            for i, tool_id in enumerate(tool_ids)
        ],
    )
    return int(comparison_id)


def close(connection: Connection, workspace: str, comparison_id: int, at: int, who: str | None) -> bool:
    """Close a comparison and destroy the key of its ballots; False when it was closed already."""
    result = connection.execute(
        _CLOSE, {"of_workspace": workspace, "of_comparison": comparison_id, "at": at, "who": who}
    )
    return result.rowcount > 0


def reopen(connection: Connection, workspace: str, comparison_id: int, until: int) -> None:
    """Let votes count again until this time."""
    connection.execute(_REOPEN, {"of_workspace": workspace, "of_comparison": comparison_id, "until": until})


def swap_tool(
    connection: Connection,
    workspace: str,
    comparison_id: int,
    *,
    position: int,
    tool_id: int,
    question: str,
    round_: int,
) -> None:
    """Put another tool at this position, which makes it another question."""
    of = {"of_workspace": workspace, "of_comparison": comparison_id}
    connection.execute(_SWAP, {**of, "at": position, "to": tool_id})
    connection.execute(_ASK_ANOTHER, {**of, "asked": question, "in_round": round_})


def drop(connection: Connection, workspace: str, comparison_id: int) -> None:
    """Forget a comparison that never reached a channel, with all that hangs on it."""
    connection.execute(_DROP, {"workspace": workspace, "comparison_id": comparison_id})


def voters(connection: Connection, workspace: str, ids: Iterable[int]) -> dict[int, int]:
    """People with a ballot, for each of these comparisons that has any."""
    rows = connection.execute(_VOTERS, {"workspace": workspace, "ids": list(ids)})
    return {row[0]: row[1] for row in rows}


def _one(
    connection: Connection,
    workspace: str,
    statement: Select[Any],
    parameters: dict[str, object],
) -> StoredComparison | None:
    found = _many(connection, workspace, statement, parameters)
    return found[0] if found else None


def _many(
    connection: Connection,
    workspace: str,
    statement: Select[Any],
    parameters: dict[str, object],
) -> list[StoredComparison]:
    rows: Sequence[Sequence[Any]] = connection.execute(statement, {"workspace": workspace, **parameters}).all()
    # A row for each tool; the rows of one comparison follow each other.
    together = [list(group) for _, group in groupby(rows, key=itemgetter(0))]
    complete: list[tuple[Any, ...]] = [(*group[0][:-1], tuple(row[-1] for row in group)) for group in together]
    return [StoredComparison(*values) for values in complete]
