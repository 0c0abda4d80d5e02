"""The weeks that subscriptions were served: queries only; bot.digests decides."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, select, text, update

from db.models import digest_run


@dataclass(frozen=True, slots=True)
class StoredRun:
    """One channel's digest of one week."""

    id: int
    workspace: str
    channel: str
    week: str
    due_at: int
    state: str
    key: str
    attempt: int
    sending_at: int | None
    settled_at: int | None
    message_ts: str | None
    outcome: str | None
    positions: str | None


_COLUMNS: tuple[ColumnElement[Any], ...] = (
    digest_run.c.id,
    digest_run.c.workspace,
    digest_run.c.channel,
    digest_run.c.week,
    digest_run.c.due_at,
    digest_run.c.state,
    digest_run.c.key,
    digest_run.c.attempt,
    digest_run.c.sending_at,
    digest_run.c.settled_at,
    digest_run.c.message_ts,
    digest_run.c.outcome,
    digest_run.c.positions,
)
_RUNS = select(*_COLUMNS).where(
    digest_run.c.workspace == bindparam("workspace"), digest_run.c.channel == bindparam("channel")
)
_RUN = _RUNS.where(digest_run.c.week == bindparam("week"))
_RUN_BY_ID = select(*_COLUMNS).where(
    digest_run.c.workspace == bindparam("workspace"), digest_run.c.id == bindparam("run")
)
_LAST_POSTED = _RUNS.where(digest_run.c.state == "posted").order_by(digest_run.c.week.desc()).limit(1)
_PLAN = text(
    """
    INSERT INTO digest_run (workspace, channel, week, due_at, state, key, not_before, outcome)
    VALUES (:workspace, :channel, :week, :due_at, :state, :key, :not_before, :outcome)
    ON CONFLICT (workspace, channel, week) DO NOTHING
    """
)
_CLAIMABLE = (
    select(*_COLUMNS)
    .where(
        digest_run.c.workspace.in_(bindparam("workspaces", expanding=True)),
        digest_run.c.state == "pending",
        digest_run.c.not_before <= bindparam("now"),
    )
    .order_by(digest_run.c.not_before, digest_run.c.id)
    .limit(1)
    .with_for_update(skip_locked=True)
)
_WAITING = (
    select(digest_run.c.workspace, digest_run.c.channel)
    .where(
        digest_run.c.workspace.in_(bindparam("workspaces", expanding=True)),
        digest_run.c.state == "pending",
        digest_run.c.not_before <= bindparam("now"),
    )
    .order_by(digest_run.c.not_before, digest_run.c.id)
    .limit(1)
)
_CLAIM_ROW = (
    update(digest_run)
    .where(
        digest_run.c.workspace == bindparam("of_workspace"),
        digest_run.c.id == bindparam("of_run"),
        digest_run.c.state == "pending",
    )
    .values(state="sending", attempt=digest_run.c.attempt + 1, sending_at=bindparam("at"))
)
# An attempt that was overtaken may not settle the row any more: the number fences it off.
_SETTLE = (
    update(digest_run)
    .where(
        digest_run.c.workspace == bindparam("of_workspace"),
        digest_run.c.id == bindparam("of_run"),
        digest_run.c.attempt == bindparam("of_attempt"),
        digest_run.c.state == "sending",
    )
    .values(
        state=bindparam("to"),
        message_ts=bindparam("ts"),
        outcome=bindparam("why"),
        not_before=bindparam("later"),
        settled_at=bindparam("at"),
        positions=bindparam("shown"),
    )
)
_RETRY_UNCERTAIN = (
    update(digest_run)
    .where(
        digest_run.c.workspace == bindparam("of_workspace"),
        digest_run.c.id == bindparam("of_run"),
        digest_run.c.state == "uncertain",
    )
    .values(state="pending", not_before=bindparam("at"), due_at=bindparam("at"))
)
_ABANDONED = (
    update(digest_run)
    .where(
        digest_run.c.workspace.in_(bindparam("workspaces", expanding=True)),
        digest_run.c.state == "sending",
        digest_run.c.sending_at <= bindparam("before"),
    )
    .values(state="uncertain", outcome=bindparam("why"))
    .returning(*_COLUMNS)
)
_LEAVE_OUT = (
    update(digest_run)
    .where(
        digest_run.c.workspace == bindparam("of_workspace"),
        digest_run.c.channel == bindparam("of_channel"),
        digest_run.c.state == "pending",
    )
    .values(state="skipped", outcome=bindparam("why"))
)
_LEAVE_OUT_WEEK = _LEAVE_OUT.where(digest_run.c.week == bindparam("of_week"))


def plan(
    connection: Connection,
    workspace: str,
    channel: str,
    week: str,
    *,
    due_at: int,
    key: str,
    state: str = "pending",
    outcome: str | None = None,
) -> bool:
    """Write the row of a channel's week unless it is there; return whether it was written."""
    result = connection.execute(
        _PLAN,
        {
            "workspace": workspace,
            "channel": channel,
            "week": week,
            "due_at": due_at,
            "state": state,
            "key": key,
            "not_before": due_at,
            "outcome": outcome,
        },
    )
    return result.rowcount > 0


def run_of(connection: Connection, workspace: str, channel: str, week: str) -> StoredRun | None:
    """The row of a channel's week."""
    row = connection.execute(_RUN, {"workspace": workspace, "channel": channel, "week": week}).first()
    return StoredRun(*row) if row else None


def run_by_id(connection: Connection, workspace: str, run_id: int) -> StoredRun | None:
    """One run of the workspace."""
    row = connection.execute(_RUN_BY_ID, {"workspace": workspace, "run": run_id}).first()
    return StoredRun(*row) if row else None


def last_posted(connection: Connection, workspace: str, channel: str) -> StoredRun | None:
    """The newest digest that reached the channel."""
    row = connection.execute(_LAST_POSTED, {"workspace": workspace, "channel": channel}).first()
    return StoredRun(*row) if row else None


def waiting(connection: Connection, workspaces: Iterable[str], now: int) -> list[tuple[str, str]]:
    """Whose digest is claimed next, as (workspace, channel); empty when nothing is due."""
    rows = connection.execute(_WAITING, {"workspaces": list(workspaces), "now": now})
    return [(row.workspace, row.channel) for row in rows]


def claim(connection: Connection, workspaces: Iterable[str], now: int) -> StoredRun | None:
    """Move the first row that is due from pending to sending and return it; rows that others hold are passed over."""
    row = connection.execute(_CLAIMABLE, {"workspaces": list(workspaces), "now": now}).first()
    if row is None:
        return None
    claimed = connection.execute(_CLAIM_ROW, {"of_workspace": row.workspace, "of_run": row.id, "at": now})
    if claimed.rowcount == 0:
        return None
    found = StoredRun(*row)
    return StoredRun(
        **{
            **{name: getattr(found, name) for name in StoredRun.__slots__},
            "state": "sending",
            "attempt": found.attempt + 1,
            "sending_at": now,
        }
    )


def settle(
    connection: Connection,
    run: StoredRun,
    *,
    state: str,
    now: int,
    message_ts: str | None = None,
    outcome: str | None = None,
    not_before: int | None = None,
    positions: str | None = None,
) -> bool:
    """Write how an attempt ended; False when another attempt has taken the row over since."""
    result = connection.execute(
        _SETTLE,
        {
            "of_workspace": run.workspace,
            "of_run": run.id,
            "of_attempt": run.attempt,
            "to": state,
            "ts": message_ts,
            "why": outcome,
            "later": run.due_at if not_before is None else not_before,
            "at": now,
            "shown": positions,
        },
    )
    return result.rowcount > 0


def retry_uncertain(connection: Connection, workspace: str, run_id: int, now: int) -> bool:
    """Let an uncertain row be sent once more; False when it is in another state."""
    result = connection.execute(_RETRY_UNCERTAIN, {"of_workspace": workspace, "of_run": run_id, "at": now})
    return result.rowcount > 0


def leave_out(connection: Connection, workspace: str, channel: str, why: str, week: str | None = None) -> None:
    """Skip what waits to be posted in the channel: of one week, or all of it."""
    of = {"of_workspace": workspace, "of_channel": channel, "why": why}
    if week is None:
        connection.execute(_LEAVE_OUT, of)
    else:
        connection.execute(_LEAVE_OUT_WEEK, {**of, "of_week": week})


def give_up_abandoned(connection: Connection, workspaces: Iterable[str], before: int, why: str) -> list[StoredRun]:
    """Mark rows that have been `sending` since before that time as uncertain, and return them."""
    rows = connection.execute(_ABANDONED, {"workspaces": list(workspaces), "before": before, "why": why})
    return [StoredRun(*row) for row in rows]
