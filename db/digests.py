"""The weeks that subscriptions were served: queries only; bot.digest_protocol decides."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, TextClause, bindparam, func, select, text, update

from db.models import digest_run
from db.served import as_list, is_served


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
    not_before: int
    sending_at: int | None
    doubt_since: int | None
    look_at: int | None
    tell_at: int | None
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
    digest_run.c.not_before,
    digest_run.c.sending_at,
    digest_run.c.doubt_since,
    digest_run.c.look_at,
    digest_run.c.tell_at,
    digest_run.c.message_ts,
    digest_run.c.outcome,
    digest_run.c.positions,
)
# As the partial index has it, word for word: neither database would use it for a bound value, or SQLite for `… = 1`.
_IS_OPEN = text("digest_run.state IN ('pending', 'sending')")
_RUNS = select(*_COLUMNS).where(
    digest_run.c.workspace == bindparam("workspace"), digest_run.c.channel == bindparam("channel")
)
_RUN = _RUNS.where(digest_run.c.week == bindparam("week"))
_LOCKED = (
    select(*_COLUMNS)
    .where(digest_run.c.workspace == bindparam("workspace"), digest_run.c.id == bindparam("run"))
    .with_for_update()
)
_NEWEST = _RUNS.order_by(digest_run.c.week.desc()).limit(1)
_LAST_POSTED = _RUNS.where(digest_run.c.state == "posted").order_by(digest_run.c.week.desc()).limit(1)
# No conflict is named: two replicas that plan one week at once may meet at its key as well.
_PLAN = text(
    """
    INSERT INTO digest_run (workspace, channel, week, due_at, state, key, not_before, sending_at, doubt_since, look_at,
                            outcome)
    VALUES (:workspace, :channel, :week, :due_at, :state, :key, :not_before, :doubt_since, :doubt_since, :look_at,
            :outcome)
    ON CONFLICT DO NOTHING
    """
)


def _due(of: Sequence[ColumnElement[bool] | TextClause], order: ColumnElement[Any]) -> Select[Any]:
    """Rows of the workspaces that are served, those that wait longest first; what others hold is passed over."""
    return (
        select(*_COLUMNS)
        .where(is_served(digest_run.c.workspace), *of)
        .order_by(order, digest_run.c.id)
        .limit(bindparam("most"))
        .with_for_update(skip_locked=True)
    )


_FREE = _due(
    [
        _IS_OPEN,
        (digest_run.c.state == "pending") | digest_run.c.sending_at.is_(None),
        digest_run.c.not_before <= bindparam("now"),
    ],
    digest_run.c.not_before,
)
_ABANDONED = _due(
    [_IS_OPEN, digest_run.c.state == "sending", digest_run.c.sending_at <= bindparam("now")], digest_run.c.sending_at
)
_TO_LOOK = _due([digest_run.c.look_at <= bindparam("now")], digest_run.c.look_at)
_TO_TELL = _due([digest_run.c.tell_at <= bindparam("now")], digest_run.c.tell_at)
# Of every workspace: it is the database that was restored.
_UNSETTLED = select(*_COLUMNS).where(_IS_OPEN).order_by(digest_run.c.id).with_for_update()
_LATEST_WAITING = (
    select(digest_run.c.workspace, func.max(digest_run.c.not_before).label("until"))
    .where(
        is_served(digest_run.c.workspace),
        _IS_OPEN,
        digest_run.c.state == "pending",
        digest_run.c.not_before >= bindparam("now"),
    )
    .group_by(digest_run.c.workspace)
)
_WAITING = (
    select(func.count())
    .select_from(digest_run)
    .where(
        is_served(digest_run.c.workspace),
        _IS_OPEN,
        digest_run.c.sending_at.is_(None),
    )
)
_WRITE = (
    update(digest_run)
    .where(digest_run.c.workspace == bindparam("of_workspace"), digest_run.c.id == bindparam("of_run"))
    .values(
        {
            name: bindparam(f"to_{name}")
            for name in (
                "due_at",
                "state",
                "attempt",
                "not_before",
                "sending_at",
                "doubt_since",
                "look_at",
                "tell_at",
                "message_ts",
                "outcome",
            )
        }
    )
)
_SHOWED = (
    update(digest_run)
    .where(digest_run.c.workspace == bindparam("of_workspace"), digest_run.c.id == bindparam("of_run"))
    .values(positions=bindparam("shown"), settled_at=bindparam("at"))
)
_LEAVE_OUT = (
    update(digest_run)
    .where(
        digest_run.c.workspace == bindparam("of_workspace"),
        digest_run.c.channel == bindparam("of_channel"),
        _IS_OPEN,
        # What is about to be sent cannot be called back.
        (digest_run.c.state == "pending") | digest_run.c.sending_at.is_(None),
    )
    .values(state="skipped", outcome=bindparam("why"))
)
_LEAVE_OUT_WEEK = _LEAVE_OUT.where(digest_run.c.week == bindparam("of_week"))


def plan(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write the rows of channels' weeks, except those that are there."""
    if rows:
        connection.execute(_PLAN, [dict(row) for row in rows])


def plan_one(connection: Connection, row: Mapping[str, Any]) -> bool:
    """Write the row of a channel's week unless it is there; return whether it was written."""
    return connection.execute(_PLAN, dict(row)).rowcount > 0


def run_of(connection: Connection, workspace: str, channel: str, week: str) -> StoredRun | None:
    """The row of a channel's week."""
    row = connection.execute(_RUN, {"workspace": workspace, "channel": channel, "week": week}).first()
    return StoredRun(*row) if row else None


def newest(connection: Connection, workspace: str, channel: str) -> StoredRun | None:
    """The row of a channel's latest week."""
    row = connection.execute(_NEWEST, {"workspace": workspace, "channel": channel}).first()
    return StoredRun(*row) if row else None


def last_posted(connection: Connection, workspace: str, channel: str) -> StoredRun | None:
    """The newest digest that reached the channel."""
    row = connection.execute(_LAST_POSTED, {"workspace": workspace, "channel": channel}).first()
    return StoredRun(*row) if row else None


def locked(connection: Connection, workspace: str, run_id: int) -> StoredRun | None:
    """One run of the workspace, which nobody else changes before this transaction ends."""
    row = connection.execute(_LOCKED, {"workspace": workspace, "run": run_id}).first()
    return StoredRun(*row) if row else None


def free(connection: Connection, workspaces: Iterable[str], now: int, most: int) -> list[StoredRun]:
    """Rows that somebody may take, locked: due ones, and those that were taken and never composed in time."""
    return _locked_many(connection, _FREE, workspaces, now, most)


def abandoned(connection: Connection, workspaces: Iterable[str], before: int, most: int) -> list[StoredRun]:
    """Rows that have been about to be sent since before that time, locked."""
    return _locked_many(connection, _ABANDONED, workspaces, before, most)


def to_look(connection: Connection, workspaces: Iterable[str], now: int, most: int) -> list[StoredRun]:
    """Rows whose channel's history is to be asked now, locked."""
    return _locked_many(connection, _TO_LOOK, workspaces, now, most)


def to_tell(connection: Connection, workspaces: Iterable[str], now: int, most: int) -> list[StoredRun]:
    """Rows whose subscriber is to be told now, locked."""
    return _locked_many(connection, _TO_TELL, workspaces, now, most)


def unsettled(connection: Connection) -> list[StoredRun]:
    """Rows of any workspace that are waiting or under way, locked."""
    return [StoredRun(*row) for row in connection.execute(_UNSETTLED)]


def latest_waiting(connection: Connection, workspaces: Iterable[str], now: int) -> dict[str, int]:
    """By workspace, until when rows already wait for their turn, of those with any."""
    rows = connection.execute(_LATEST_WAITING, {"workspaces": as_list(workspaces), "now": now})
    return {row.workspace: row.until for row in rows}


def waiting(connection: Connection, workspaces: Iterable[str]) -> int:
    """How many digests wait to be sent."""
    return int(connection.execute(_WAITING, {"workspaces": as_list(workspaces)}).scalar_one())


def write(connection: Connection, workspace: str, run_id: int, values: Mapping[str, Any]) -> None:
    """Write the row that a step of the protocol has made; the caller holds its lock."""
    connection.execute(_WRITE, {"of_workspace": workspace, "of_run": run_id, **values})


def showed(connection: Connection, workspace: str, run_id: int, positions: str, now: int) -> None:
    """Keep the leaderboard that a posted digest has shown."""
    connection.execute(_SHOWED, {"of_workspace": workspace, "of_run": run_id, "shown": positions, "at": now})


def leave_out(connection: Connection, workspace: str, channel: str, why: str, week: str | None = None) -> None:
    """Skip what waits to be posted in the channel: of one week, or all of it."""
    of = {"of_workspace": workspace, "of_channel": channel, "why": why}
    if week is None:
        connection.execute(_LEAVE_OUT, of)
    else:
        connection.execute(_LEAVE_OUT_WEEK, {**of, "of_week": week})


def _locked_many(
    connection: Connection, query: Select[Any], workspaces: Iterable[str], now: int, most: int
) -> list[StoredRun]:
    given = {"workspaces": as_list(workspaces), "now": now, "most": most}
    return [StoredRun(*row) for row in connection.execute(query, given)]
