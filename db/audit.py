"""Who changed what: queries only."""

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, insert, select

from db.models import audit


@dataclass(frozen=True, slots=True)
class StoredChange:
    """One change, and whose it was."""

    at: int
    person: str
    action: str
    subject: str


_LATEST = (
    select(audit.c.at, audit.c.person, audit.c.action, audit.c.subject)
    .where(audit.c.workspace == bindparam("workspace"))
    .order_by(audit.c.at.desc(), audit.c.id.desc())
    .limit(bindparam("most"))
)


def record(connection: Connection, workspace: str, change: StoredChange) -> None:
    """Write a change down."""
    values = {"at": change.at, "person": change.person, "action": change.action, "subject": change.subject}
    connection.execute(insert(audit), {"workspace": workspace, **values})


def latest(connection: Connection, workspace: str, most: int) -> list[StoredChange]:
    """The newest changes, newest first."""
    return [StoredChange(*row) for row in connection.execute(_LATEST, {"workspace": workspace, "most": most})]
