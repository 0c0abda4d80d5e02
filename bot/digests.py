"""How a week's digest is posted once: each week is a row that one poster takes. One function, one transaction.

What may become of a row is decided in `bot.digest_protocol`; here rows are found, locked and written.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal, cast

from bot import digest_content, digest_protocol, subscriptions
from bot.model import Digest, DigestRun, RunState
from db import digests as rows
from db import subscriptions as subscription_rows
from db.connection import Connection

MOST_TO_PLAN = 500


@dataclass(frozen=True, slots=True)
class Planned:
    """What was planned: how many subscriptions were looked at, and how many of their weeks are to be posted."""

    subscriptions: int
    weeks: int
    missed: int  # weeks that came due while no process ran


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A digest that is not sent after all."""

    why: Literal["missed", "empty", "unsubscribed"]


@dataclass(frozen=True, slots=True)
class Composed:
    """A digest that is about to be sent, and the leaderboard that it shows, as JSON."""

    run: DigestRun
    digest: Digest
    positions: str
    is_private: bool  # the channel


def plan(connection: Connection, workspaces: Sequence[str], now: int) -> Planned:
    """Write a row for every week that has come due, of at most MOST_TO_PLAN subscriptions; none are left when it is 0.

    Any replica may do it at any time: the row's key is unique, and the first to write it wins.
    """
    waiting = subscription_rows.to_plan(connection, workspaces, now, MOST_TO_PLAN)
    states = subscriptions.plan_weeks(connection, waiting, now)
    return Planned(len(waiting), states["pending"], states["missed"])


def take(connection: Connection, workspaces: Sequence[str], now: int, most: int = 1) -> list[DigestRun]:
    """Take the next digests that are due, so that nobody else does."""
    taken = []
    for stored in rows.free(connection, workspaces, now, most):
        run = digest_protocol.taken(read(stored), now)
        if run is not None:
            write(connection, run)
            taken.append(run)
    return taken


def waiting(connection: Connection, workspaces: Sequence[str]) -> int:
    """How many digests wait to be sent, those included that somebody has taken for it."""
    return rows.waiting(connection, workspaces)


def give_back(connection: Connection, runs: Sequence[DigestRun]) -> None:
    """Let others take what we took and have not composed: the app stops."""
    for run in runs:
        step(connection, run, digest_protocol.given_back)


def put_off(connection: Connection, run: DigestRun, until: int) -> None:
    """Take it up again later: what must be known to compose it is not known now."""
    step(connection, run, lambda run, attempt: digest_protocol.put_off(run, attempt, until))


def compose(connection: Connection, run: DigestRun, now: int, is_shared: bool) -> Composed | LeftOut | None:
    """Gather what a digest of ours tells, and note that it is about to be sent. Commit before the call to Slack.

    `is_shared` is whether another company reads the channel. None where it is not ours any more.
    """
    stored = rows.locked(connection, run.workspace, run.id)
    here = read(stored) if stored is not None else run
    about = digest_protocol.composed(here, run.attempt, now)
    if about is None:
        return None
    subscription = subscription_rows.find(connection, run.workspace, run.channel)
    if subscription is None:
        _leave_out(connection, here, "the channel had unsubscribed")
        return LeftOut("unsubscribed")
    if digest_protocol.is_too_late(here, now):
        _leave_out(connection, here, "more than a day late")
        return LeftOut("missed")
    wished = subscriptions.read(subscription)
    digest, positions = digest_content.build(connection, wished, run.week, now, is_shared=is_shared)
    if digest.is_empty and not digest.subscription.even_if_empty:
        _leave_out(connection, here, "nothing had happened")
        return LeftOut("empty")
    write(connection, about)
    return Composed(about, digest, positions, subscription.is_private)


def posted(connection: Connection, composed: Composed, ts: str, now: int) -> bool:
    """Slack has taken it. False where somebody else has taken the row over since."""
    run = step(connection, composed.run, lambda run, attempt: digest_protocol.posted(run, attempt, ts, now))
    if run is None:
        return False
    rows.showed(connection, run.workspace, run.id, composed.positions, now)
    _note(connection, run)
    return True


def refused(connection: Connection, run: DigestRun, code: str, retry_at: int) -> bool:
    """Slack has not taken it, and may later. False where somebody else has taken the row over since."""
    return bool(step(connection, run, lambda run, attempt: digest_protocol.refused(run, attempt, code, retry_at)))


def lost(connection: Connection, run: DigestRun, code: str, *, can_look: bool) -> bool:
    """Nobody knows whether Slack has taken it. False where somebody else has taken the row over since."""
    after = step(connection, run, lambda run, attempt: digest_protocol.lost(run, attempt, code, can_look=can_look))
    if after is not None:
        _note(connection, after)
    return after is not None


def failed(connection: Connection, run: DigestRun, code: str, now: int, *, tell: bool) -> bool:
    """Slack has not taken it and never will. The subscription pauses: what is wrong will not go away by itself.

    False where somebody else has taken the row over since.
    """
    after = step(connection, run, lambda run, attempt: digest_protocol.failed(run, attempt, code, now, tell=tell))
    if after is not None:
        _note(connection, after)
        subscription_rows.pause(connection, run.workspace, run.channel, "", code)
    return after is not None


def step(
    connection: Connection, run: DigestRun, change: Callable[[DigestRun, int], DigestRun | None]
) -> DigestRun | None:
    """Take a step of the protocol for somebody who knows the row as `run`; the row after it, or None."""
    stored = rows.locked(connection, run.workspace, run.id)
    after = change(read(stored), run.attempt) if stored is not None else None
    if after is not None:
        write(connection, after)
    return after


def read(stored: rows.StoredRun) -> DigestRun:
    """A row as a value."""
    known: dict[str, Any] = {field.name: getattr(stored, field.name) for field in fields(DigestRun)}
    return DigestRun(**{**known, "state": cast("RunState", stored.state)})


def _leave_out(connection: Connection, run: DigestRun, why: str) -> None:
    after = digest_protocol.left_out(run, run.attempt, why)
    if after is not None:
        write(connection, after)
        _note(connection, after, why)


def _note(connection: Connection, run: DigestRun, why: str | None = None) -> None:
    # People read this. Slack's codes are for whoever runs the app, in the run's own row.
    subscriptions.note_outcome(connection, run.workspace, run.channel, run.week, run.state, why)


def write(connection: Connection, run: DigestRun) -> None:
    """Write the row that a step has made; the caller holds its lock."""
    rows.write(
        connection,
        run.workspace,
        run.id,
        {
            "to_due_at": run.due_at,
            "to_state": run.state,
            "to_attempt": run.attempt,
            "to_not_before": run.not_before,
            "to_sending_at": run.sending_at,
            "to_doubt_since": run.doubt_since,
            "to_look_at": run.look_at,
            "to_tell_at": run.tell_at,
            "to_message_ts": run.message_ts,
            "to_outcome": run.outcome,
        },
    )
