"""What people say beside their ballots: queries only; bot.reasons decides."""

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, delete, select, text, update

from db.models import reason


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


def keep(connection: Connection, workspace: str, comparison_id: int, said: StoredReason) -> None:
    """Keep what somebody says in the place of what they have said before."""
    values = {"person": said.person, "used": said.used, "text": said.text, "at": said.at}
    connection.execute(_KEEP, {"workspace": workspace, "comparison_id": comparison_id, **values})


def drop(connection: Connection, workspace: str, comparison_id: int, who: str) -> None:
    """Forget what somebody has said."""
    connection.execute(_DROP, {"workspace": workspace, "comparison_id": comparison_id, "person": who})


def forget_times(connection: Connection, workspace: str, comparison_id: int) -> None:
    """Forget when each of them was said."""
    connection.execute(_FORGET_TIMES, {"of_workspace": workspace, "of_comparison": comparison_id})
