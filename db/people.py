"""What we know of people: queries only."""

from dataclasses import dataclass

from sqlalchemy import Connection, and_, bindparam, or_, select, text

from db.kinds import Kind
from db.models import ballot, person


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """A person as Slack last described them; `looked_up_at` is None while we have never asked."""

    is_bot: bool
    is_deactivated: bool
    kind: Kind
    zone: str | None
    looked_up_at: int | None
    hinted_at: int | None
    guided_at: int | None


_FIND = select(
    person.c.is_bot,
    person.c.is_deactivated,
    person.c.kind,
    person.c.zone,
    person.c.looked_up_at,
    person.c.hinted_at,
    person.c.guided_at,
).where(person.c.workspace == bindparam("workspace"), person.c.id == bindparam("person"))

_STORE = text(
    """
    INSERT INTO person (workspace, id, is_bot, is_deactivated, kind, zone, looked_up_at)
    VALUES (:workspace, :person, :is_bot, :is_deactivated, :kind, :zone, :looked_up_at)
    ON CONFLICT (workspace, id) DO UPDATE
    SET is_bot = excluded.is_bot, is_deactivated = excluded.is_deactivated, kind = excluded.kind, zone = excluded.zone,
        looked_up_at = excluded.looked_up_at
    """
)

_STRANGERS = (
    select(ballot.c.person)
    .outerjoin(person, and_(person.c.workspace == ballot.c.workspace, person.c.id == ballot.c.person))
    .where(
        ballot.c.workspace == bindparam("workspace"),
        ballot.c.comparison_id == bindparam("comparison_id"),
        or_(person.c.looked_up_at.is_(None), person.c.looked_up_at < bindparam("before")),
    )
    .order_by(person.c.looked_up_at.is_not(None), person.c.looked_up_at, ballot.c.person)
)

# One statement decides who tells: of two replicas that ask at once, exactly one changes the row.
_ONCE = {
    column: text(
        f"""
        INSERT INTO person (workspace, id, {column}) VALUES (:workspace, :person, :now)
        ON CONFLICT (workspace, id) DO UPDATE SET {column} = excluded.{column} WHERE person.{column} IS NULL
        """  # noqa: S608  the two column names stand in this file
    )
    for column in ("hinted_at", "guided_at")
}


def find(connection: Connection, workspace: str, who: str) -> KnownPerson | None:
    """What is known of this person."""
    row = connection.execute(_FIND, {"workspace": workspace, "person": who}).first()
    if row is None:
        return None
    return KnownPerson(bool(row.is_bot), bool(row.is_deactivated), *row[2:])


def strangers(connection: Connection, workspace: str, comparison_id: int, before: int) -> list[str]:
    """Who has a ballot on a comparison and was not looked up since then; those who never were come first."""
    where = {"workspace": workspace, "comparison_id": comparison_id, "before": before}
    return list(connection.execute(_STRANGERS, where).scalars())


def store(
    connection: Connection,
    workspace: str,
    who: str,
    *,
    is_bot: bool,
    is_deactivated: bool,
    zone: str | None,
    kind: Kind,
    now: int,
) -> None:
    """Keep what Slack says of this person now."""
    connection.execute(
        _STORE,
        {
            "workspace": workspace,
            "person": who,
            "is_bot": is_bot,
            "is_deactivated": is_deactivated,
            "zone": zone,
            "kind": kind,
            "looked_up_at": now,
        },
    )


def first_time(connection: Connection, workspace: str, who: str, what: str, now: int) -> bool:
    """Whether this is the first time for `what` ("hinted_at" or "guided_at"); it never is again."""
    result = connection.execute(_ONCE[what], {"workspace": workspace, "person": who, "now": now})
    return result.rowcount > 0
