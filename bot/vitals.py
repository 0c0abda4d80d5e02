"""How the database and the work in it are, read and proved by a write in one transaction. See `bot.health`."""

from collections.abc import Sequence
from dataclasses import dataclass

from db import pulse
from db.connection import Connection
from db.engine import now
from db.schema import is_new_enough

MOST_STALE = 100
FORGOTTEN_AFTER = 86_400


@dataclass(frozen=True, slots=True)
class Vitals:
    """What was found."""

    schema_is_ours: bool
    stale: list[tuple[str, int, int]]  # cards due to be drawn: workspace, card, the revision that it shows
    digest_lag: int  # seconds that the oldest digest that is due and not posted has waited


def take(connection: Connection, replica: str, workspaces: Sequence[str], is_first: bool) -> Vitals:
    """Write that this replica is alive, which proves that the database takes writes, and look at what waits."""
    instant = now(connection)
    pulse.beat(connection, replica, instant)
    if is_first:
        pulse.forget(connection, instant - FORGOTTEN_AFTER)
    return Vitals(
        schema_is_ours=is_new_enough(connection),
        stale=pulse.stale_cards(connection, workspaces, instant, MOST_STALE),
        digest_lag=pulse.digest_lag(connection, workspaces, instant),
    )
