"""Signs of life: who has written lately, and what waits longest. Queries only."""

from collections.abc import Iterable

from sqlalchemy import Connection, bindparam, delete, func, select, text

from db.models import card, digest_run, pulse
from db.served import as_list, is_served

_BEAT = text(
    "INSERT INTO pulse (replica, at) VALUES (:replica, :now) ON CONFLICT (replica) DO UPDATE SET at = excluded.at"
)
_FORGET = delete(pulse).where(pulse.c.at < bindparam("before"))
# What is literal is so as the partial indexes have it: neither database would use them for bound values.
_STALE = (
    select(card.c.workspace, card.c.id, card.c.sent_rev)
    .where(
        is_served(card.c.workspace),
        text("card.sent_rev < card.desired_rev AND card.state IN ('live', 'replaced')"),
        card.c.not_before <= bindparam("now"),
    )
    .order_by(card.c.not_before, card.c.id)
    .limit(bindparam("most"))
)
_OLDEST_DIGEST = select(func.min(digest_run.c.not_before)).where(
    is_served(digest_run.c.workspace),
    text("digest_run.state IN ('pending', 'sending')"),
    digest_run.c.state == "pending",
    digest_run.c.not_before <= bindparam("now"),
)


def beat(connection: Connection, replica: str, now: int) -> None:
    """Write that this replica was alive at that time."""
    connection.execute(_BEAT, {"replica": replica, "now": now})


def forget(connection: Connection, before: int) -> None:
    """Drop replicas that have not been heard of since."""
    connection.execute(_FORGET, {"before": before})


def stale_cards(connection: Connection, workspaces: Iterable[str], now: int, most: int) -> list[tuple[str, int, int]]:
    """Cards that are due to be drawn, as (workspace, card, revision shown), those due longest first."""
    rows = connection.execute(_STALE, {"workspaces": as_list(workspaces), "now": now, "most": most})
    return [(row.workspace, row.id, row.sent_rev) for row in rows]


def digest_lag(connection: Connection, workspaces: Iterable[str], now: int) -> int:
    """Seconds that the digest which has waited longest is past its time; 0 when none waits."""
    oldest = connection.execute(_OLDEST_DIGEST, {"workspaces": as_list(workspaces), "now": now}).scalar()
    return now - int(oldest) if oldest is not None else 0
