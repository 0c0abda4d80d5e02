"""What the database knows of time: the moment it was last written to, and what a restore made uncertain."""

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, case, select, update

from db.models import clock

FORGIVEN = 24 * 3_600  # seconds; a clock that was further ahead than this was wrong, and is not waited for


@dataclass(frozen=True, slots=True)
class StoredClock:
    """The one row: the newest moment seen, the window that a restore has made blind, and the seed of digests' keys."""

    seen_at: int
    blind_from: int | None
    blind_until: int | None
    seed: str

    def is_blind(self, moment: int) -> bool:
        """Whether what was done at this moment is lost."""
        if self.blind_from is None or self.blind_until is None:
            return False
        return self.blind_from <= moment <= self.blind_until


_CLOCK = select(clock.c.seen_at, clock.c.blind_from, clock.c.blind_until, clock.c.seed)
_SEEN_AT = select(clock.c.seen_at)
_SEEN = (
    update(clock)
    .where((clock.c.seen_at <= bindparam("at") - bindparam("every")) | (clock.c.seen_at > bindparam("at") + FORGIVEN))
    .values(seen_at=bindparam("at"))
)
_BLIND = update(clock).values(
    blind_from=case((clock.c.blind_from < bindparam("since"), clock.c.blind_from), else_=bindparam("since")),
    blind_until=bindparam("until"),
    seen_at=bindparam("until"),
)


def read(connection: Connection) -> StoredClock:
    """The row, which the migration has written."""
    return StoredClock(*connection.execute(_CLOCK).one())


def saw(connection: Connection, now: int, every: int = 0) -> None:
    """Note the present, unless that was done less than `every` seconds ago.

    It goes back from a future that cannot be, and otherwise never.
    """
    connection.execute(_SEEN, {"at": now, "every": every})


def blind(connection: Connection, since: int, until: int) -> None:
    """What was done between these moments is not known: the database that knew it is lost."""
    connection.execute(_BLIND, {"since": since, "until": until})


def not_before_seen(connection: Connection, wall: int) -> int:
    """The wall clock's second, or the latest that was seen where somebody has set the clock back since."""
    seen = int(connection.execute(_SEEN_AT).scalar_one())
    return seen if wall < seen <= wall + FORGIVEN else wall
