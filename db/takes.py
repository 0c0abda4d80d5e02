"""Reviewers and what they said: queries only."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, and_, bindparam, insert, select, text, update

from db.models import reviewer, take


@dataclass(frozen=True, slots=True)
class StoredTake:
    """A take with the name of its reviewer."""

    tool_id: int
    reviewer: str
    reviewer_name: str
    verdict: str
    headline: str
    text: str
    caveat: str
    author: str
    basis: str
    reviewed_on: str
    recorded_at: int


@dataclass(frozen=True, slots=True)
class PastTake:
    """What a reviewer said before they changed it."""

    reviewer_name: str
    verdict: str
    author: str
    reviewed_on: str
    superseded_at: int


@dataclass(frozen=True, slots=True)
class StoredReviewer:
    """Somebody on the panel, or who was."""

    slug: str
    name: str
    is_retired: bool


@dataclass(frozen=True, slots=True)
class NewTake:
    """A take as it is written into the catalogue."""

    reviewer: str
    verdict: str
    headline: str
    text: str
    caveat: str
    author: str
    basis: str
    reviewed_on: str


_TAKES = (
    select(
        take.c.tool_id,
        take.c.reviewer,
        reviewer.c.name,
        take.c.verdict,
        take.c.headline,
        take.c.text,
        take.c.caveat,
        take.c.author,
        take.c.basis,
        take.c.reviewed_on,
        take.c.recorded_at,
    )
    .join_from(take, reviewer, and_(reviewer.c.workspace == take.c.workspace, reviewer.c.slug == take.c.reviewer))
    .where(take.c.workspace == bindparam("workspace"), take.c.superseded_at.is_(None), reviewer.c.retired_at.is_(None))
    .order_by(take.c.tool_id, reviewer.c.position, take.c.reviewer)
)
_OF_TOOLS = _TAKES.where(take.c.tool_id.in_(bindparam("ids", expanding=True)))
_NEW = _TAKES.where(take.c.recorded_at > bindparam("since"), take.c.recorded_at <= bindparam("until"))
_BEFORE = (
    select(take.c.tool_id, take.c.reviewer, take.c.verdict)
    .where(
        take.c.workspace == bindparam("workspace"),
        take.c.superseded_at > bindparam("since"),
        take.c.superseded_at <= bindparam("until"),
    )
    .order_by(take.c.superseded_at.desc())
)
_HISTORY = (
    select(reviewer.c.name, take.c.verdict, take.c.author, take.c.reviewed_on, take.c.superseded_at)
    .join_from(take, reviewer, and_(reviewer.c.workspace == take.c.workspace, reviewer.c.slug == take.c.reviewer))
    .where(
        take.c.workspace == bindparam("workspace"),
        take.c.tool_id == bindparam("tool_id"),
        take.c.superseded_at.is_not(None),
    )
    .order_by(take.c.superseded_at.desc(), take.c.id.desc())
    .limit(bindparam("most"))
)
_PANEL = (
    select(reviewer.c.slug, reviewer.c.name, reviewer.c.retired_at)
    .where(reviewer.c.workspace == bindparam("workspace"))
    .order_by(reviewer.c.position, reviewer.c.slug)
)
_SEAT = update(reviewer).where(
    reviewer.c.workspace == bindparam("of_workspace"), reviewer.c.slug == bindparam("of_reviewer")
)
_SUPERSEDE = (
    update(take)
    .where(
        take.c.workspace == bindparam("of_workspace"),
        take.c.tool_id == bindparam("of_tool"),
        take.c.reviewer == bindparam("of_reviewer"),
        take.c.superseded_at.is_(None),
    )
    .values(superseded_at=bindparam("at"))
)
_ADD_REVIEWER = text(
    """
    INSERT INTO reviewer (workspace, slug, name, position) VALUES (:workspace, :slug, :name, :position)
    ON CONFLICT (workspace, slug) DO NOTHING
    """
)


def of_tools(connection: Connection, workspace: str, ids: Iterable[int]) -> dict[int, list[StoredTake]]:
    """Current takes of these tools, each in the reviewers' order."""
    found: dict[int, list[StoredTake]] = {}
    for row in connection.execute(_OF_TOOLS, {"workspace": workspace, "ids": list(ids)}):
        found.setdefault(row.tool_id, []).append(StoredTake(*row))
    return found


def everything(connection: Connection, workspace: str) -> dict[int, list[StoredTake]]:
    """Current takes of all tools."""
    found: dict[int, list[StoredTake]] = {}
    for row in connection.execute(_TAKES, {"workspace": workspace}):
        found.setdefault(row.tool_id, []).append(StoredTake(*row))
    return found


def recorded(connection: Connection, workspace: str, since: int, until: int) -> list[StoredTake]:
    """Current takes that were written after `since`, up to `until`."""
    rows = connection.execute(_NEW, {"workspace": workspace, "since": since, "until": until})
    return [StoredTake(*row) for row in rows]


def verdicts_before(connection: Connection, workspace: str, since: int, until: int) -> dict[tuple[int, str], str]:
    """The verdict that stood before this time for each (tool, reviewer) whose take changed in it."""
    rows = connection.execute(_BEFORE, {"workspace": workspace, "since": since, "until": until})
    # Newest first, so that the oldest of several in one week stays.
    return {(row.tool_id, row.reviewer): row.verdict for row in rows}


def history(connection: Connection, workspace: str, tool_id: int, most: int) -> list[PastTake]:
    """What was said of this tool before, newest first."""
    rows = connection.execute(_HISTORY, {"workspace": workspace, "tool_id": tool_id, "most": most})
    return [PastTake(*row) for row in rows]


def panel(connection: Connection, workspace: str) -> list[StoredReviewer]:
    """Everyone who sits or sat on the workspace's panel, in their order."""
    rows = connection.execute(_PANEL, {"workspace": workspace})
    return [StoredReviewer(row.slug, row.name, row.retired_at is not None) for row in rows]


def add_reviewer(connection: Connection, workspace: str, slug: str, name: str, position: int) -> None:
    """Seat a reviewer on the workspace's panel, unless they sit there."""
    connection.execute(_ADD_REVIEWER, {"workspace": workspace, "slug": slug, "name": name, "position": position})


def rename_reviewer(connection: Connection, workspace: str, slug: str, name: str) -> None:
    """Give a reviewer another name."""
    connection.execute(_SEAT, {"of_workspace": workspace, "of_reviewer": slug, "name": name})


def place_reviewer(connection: Connection, workspace: str, slug: str, position: int) -> None:
    """Give a reviewer another place in the order."""
    connection.execute(_SEAT, {"of_workspace": workspace, "of_reviewer": slug, "position": position})


def retire_reviewer(connection: Connection, workspace: str, slug: str, at: int | None) -> None:
    """Take a reviewer from the panel at this moment, or seat them again for None."""
    connection.execute(_SEAT, {"of_workspace": workspace, "of_reviewer": slug, "retired_at": at})


def record(connection: Connection, workspace: str, tool_id: int, new: NewTake, now: int) -> None:
    """Make this the reviewer's current take; the one before becomes history."""
    connection.execute(
        _SUPERSEDE,
        {"of_workspace": workspace, "of_tool": tool_id, "of_reviewer": new.reviewer, "at": now},
    )
    insert_takes(connection, workspace, [(tool_id, new)], now)


def insert_takes(connection: Connection, workspace: str, new: Sequence[tuple[int, NewTake]], now: int) -> None:
    """Write takes of reviewers who have none on these tools."""
    rows = [
        {
            "workspace": workspace,
            "tool_id": tool_id,
            "reviewer": one.reviewer,
            "verdict": one.verdict,
            "headline": one.headline,
            "text": one.text,
            "caveat": one.caveat,
            "author": one.author,
            "basis": one.basis,
            "reviewed_on": one.reviewed_on,
            "recorded_at": now,
        }
        for tool_id, one in new
    ]
    if rows:
        connection.execute(insert(take), rows)
