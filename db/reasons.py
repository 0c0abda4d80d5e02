"""What people say beside their ballots: queries only; bot.reasons decides."""

from dataclasses import dataclass

from sqlalchemy import Connection, and_, bindparam, delete, func, select, text, update

from db.models import ballot, reason


@dataclass(frozen=True, slots=True)
class StoredReason:
    """What somebody says to have used, and why they chose so; `text` is empty where they gave no reason."""

    person: str
    used: int  # a bit mask over the stored positions
    text: str
    at: int  # Unix seconds; 0 in an anonymous round that has closed


_ALL = select(reason.c.person, reason.c.used, reason.c.text, reason.c.at).where(
    reason.c.workspace == bindparam("workspace"), reason.c.comparison_id == bindparam("comparison_id")
)
_OF_PERSON = _ALL.where(reason.c.person == bindparam("person"))
# Whoever has no ballot, or one that does not count, is not told of.
_WITH_BALLOTS = (
    select(reason.c.person, reason.c.used, reason.c.text, reason.c.at, ballot.c.choice)
    .join_from(
        reason,
        ballot,
        and_(
            ballot.c.workspace == reason.c.workspace,
            ballot.c.comparison_id == reason.c.comparison_id,
            ballot.c.person == reason.c.person,
        ),
    )
    .where(
        reason.c.workspace == bindparam("workspace"),
        reason.c.comparison_id == bindparam("comparison_id"),
        reason.c.text != "",
    )
)
_NEWEST = _WITH_BALLOTS.order_by(reason.c.at.desc(), reason.c.person).limit(bindparam("most"))
_BY_TEXT = _WITH_BALLOTS.order_by(reason.c.text, reason.c.person).limit(bindparam("most"))
_COUNT = select(func.count()).select_from(_WITH_BALLOTS.subquery())
_FORGET_TOOL = (
    update(reason)
    .where(reason.c.workspace == bindparam("of_workspace"), reason.c.comparison_id == bindparam("of_comparison"))
    .values(used=reason.c.used.bitwise_and(bindparam("others")))
)
_KEEP = text(
    """
    INSERT INTO reason (workspace, comparison_id, person, used, text, at)
    VALUES (:workspace, :comparison_id, :person, :used, :text, :at)
    ON CONFLICT (workspace, comparison_id, person) DO UPDATE
    SET used = excluded.used, text = excluded.text, at = excluded.at
    """
)
_DROP = delete(reason).where(
    reason.c.workspace == bindparam("workspace"),
    reason.c.comparison_id == bindparam("comparison_id"),
    reason.c.person == bindparam("person"),
)
_FORGET_TIMES = (
    update(reason)
    .where(reason.c.workspace == bindparam("of_workspace"), reason.c.comparison_id == bindparam("of_comparison"))
    .values(at=0)
)


def of_comparison(connection: Connection, workspace: str, comparison_id: int) -> list[StoredReason]:
    """What everybody has said on a comparison."""
    rows = connection.execute(_ALL, {"workspace": workspace, "comparison_id": comparison_id})
    return [StoredReason(*row) for row in rows]


def of_person(connection: Connection, workspace: str, comparison_id: int, who: str) -> StoredReason | None:
    """What this voter has said; None where they have said nothing."""
    row = connection.execute(
        _OF_PERSON, {"workspace": workspace, "comparison_id": comparison_id, "person": who}
    ).first()
    return StoredReason(*row) if row else None


def with_ballots(
    connection: Connection, workspace: str, comparison_id: int, most: int, *, by_text: bool
) -> list[tuple[StoredReason, int]]:
    """Reasons of those who have a ballot, each with what the ballot is counted as.

    The newest first; `by_text` in the alphabet's order, which says nothing of who was when.
    """
    where = {"workspace": workspace, "comparison_id": comparison_id, "most": most}
    rows = connection.execute(_BY_TEXT if by_text else _NEWEST, where)
    return [(StoredReason(*row[:4]), row.choice) for row in rows]


def count(connection: Connection, workspace: str, comparison_id: int) -> int:
    """How many reasons of people with a ballot there are."""
    return connection.execute(_COUNT, {"workspace": workspace, "comparison_id": comparison_id}).scalar_one()


def keep(connection: Connection, workspace: str, comparison_id: int, said: StoredReason) -> None:
    """Keep what somebody says in the place of what they have said before."""
    values = {"person": said.person, "used": said.used, "text": said.text, "at": said.at}
    connection.execute(_KEEP, {"workspace": workspace, "comparison_id": comparison_id, **values})


def drop(connection: Connection, workspace: str, comparison_id: int, who: str) -> None:
    """Forget what somebody has said."""
    connection.execute(_DROP, {"workspace": workspace, "comparison_id": comparison_id, "person": who})


def forget_tool(connection: Connection, workspace: str, comparison_id: int, position: int) -> None:
    """Forget who has used the tool at this position: another one stands there now."""
    of = {"of_workspace": workspace, "of_comparison": comparison_id}
    connection.execute(_FORGET_TOOL, {**of, "others": 0b1111 & ~(1 << position)})


def forget_times(connection: Connection, workspace: str, comparison_id: int) -> None:
    """Forget when each of them was said."""
    connection.execute(_FORGET_TIMES, {"of_workspace": workspace, "of_comparison": comparison_id})
