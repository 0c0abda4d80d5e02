"""What replicas have spent of Slack's calls a minute, together: queries only, and their arithmetic.

Calls are counted in slots of ten seconds. A call finds a place when the slots that any part of the last minute touches
hold fewer than the limit, so no minute ever holds more, wherever Slack lets it begin.
"""

from sqlalchemy import Connection, bindparam, delete, func, select, text, update

from db.engine import now
from db.models import slack_budget, slack_spent

SLOT_SECONDS = 10
SLOTS = 60 // SLOT_SECONDS + 1

_OF = (slack_budget.c.workspace == bindparam("of_workspace"), slack_budget.c.method == bindparam("of_method"))
_SPENT_OF = (slack_spent.c.workspace == bindparam("of_workspace"), slack_spent.c.method == bindparam("of_method"))
_BEGIN = text(
    "INSERT INTO slack_budget (workspace, method, closed_until) VALUES (:of_workspace, :of_method, 0)"
    " ON CONFLICT (workspace, method) DO NOTHING"
)
_LOCK = select(slack_budget.c.closed_until).where(*_OF).with_for_update()
_IN_THE_MINUTE = select(func.sum(slack_spent.c.calls), func.min(slack_spent.c.slot)).where(
    *_SPENT_OF, slack_spent.c.slot > bindparam("before")
)
_SPEND = text(
    "INSERT INTO slack_spent (workspace, method, slot, calls) VALUES (:of_workspace, :of_method, :slot, 1)"
    " ON CONFLICT (workspace, method, slot) DO UPDATE SET calls = slack_spent.calls + 1"
)
_FORGET = delete(slack_spent).where(*_SPENT_OF, slack_spent.c.slot <= bindparam("before"))
_SHUT = (
    update(slack_budget)
    .where(*_OF, slack_budget.c.closed_until < bindparam("until"))
    .values(closed_until=bindparam("until"))
)


def take(connection: Connection, workspace: str, method: str, most: int, at: int | None = None) -> float:
    """Count a call of `most` a minute and return 0; or count none, and return the seconds until one may find a place.

    `at` is the moment in Unix seconds, by the database's clock where it is not given.
    """
    of = {"of_workspace": workspace, "of_method": method}
    closed_until = _locked(connection, of)
    # Read behind the lock: whoever had it before us has spent by now.
    instant = at if at is not None else now(connection)
    if closed_until > instant:
        return float(closed_until - instant)
    slot = instant // SLOT_SECONDS
    calls, oldest = connection.execute(_IN_THE_MINUTE, {**of, "before": slot - SLOTS}).one()
    if calls is not None and int(calls) >= most:
        return float((int(oldest) + SLOTS) * SLOT_SECONDS - instant)
    connection.execute(_SPEND, {**of, "slot": slot})
    connection.execute(_FORGET, {**of, "before": slot - SLOTS})
    return 0.0


def overdraw(connection: Connection, workspace: str, method: str) -> None:
    """Count a call that is made in any case."""
    of = {"of_workspace": workspace, "of_method": method}
    connection.execute(_SPEND, {**of, "slot": now(connection) // SLOT_SECONDS})


def shut(connection: Connection, workspace: str, method: str, seconds: float) -> None:
    """Give no place for so long: Slack has said so."""
    of = {"of_workspace": workspace, "of_method": method}
    connection.execute(_BEGIN, of)
    connection.execute(_SHUT, {**of, "until": now(connection) + max(1, round(seconds + 0.5))})


def _locked(connection: Connection, of: dict[str, str]) -> int:
    found = connection.execute(_LOCK, of).scalar()
    if found is None:
        connection.execute(_BEGIN, of)
        found = connection.execute(_LOCK, of).scalar_one()
    return int(found)
