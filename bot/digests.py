"""How a week's digest is posted once: each week is a row that one poster takes. One function, one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from bot import digest_content, schedule, subscriptions
from bot.errors import UserError
from bot.model import Digest, DigestRun, RunState
from db import digests as rows
from db import subscriptions as subscription_rows
from db.connection import Connection

MOST_TO_PLAN = 200
ABANDONED_AFTER = 15 * 60  # far beyond the ten seconds that a post may take


@dataclass(frozen=True, slots=True)
class Claimed:
    """A digest that is ours to post now; `digest` is None when there is nothing to say and nothing should be said."""

    run: DigestRun
    digest: Digest
    positions: str
    worth_posting: bool


@dataclass(frozen=True, slots=True)
class Abandoned:
    """A digest that may or may not have been posted, and who is to look for it."""

    run: DigestRun
    subscriber: str


def plan(connection: Connection, workspaces: Sequence[str], now: int) -> int:
    """Write a row for every week that has come due; return how many subscriptions were looked at.

    Any replica may do it at any time: the row's key is unique, and the first to write it wins.
    """
    waiting = subscription_rows.to_plan(connection, workspaces, now, MOST_TO_PLAN)
    for stored in waiting:
        subscriptions.plan_weeks(connection, stored, now)
    return len(waiting)


def waiting(connection: Connection, workspaces: Sequence[str], now: int) -> list[tuple[str, str]]:
    """Whose digest comes next, as (workspace, channel): its open comparisons are swept before it is built."""
    return rows.waiting(connection, workspaces, now)


def claim(connection: Connection, workspaces: Sequence[str], now: int) -> Claimed | None:
    """Take the next digest that is due, so that nobody else posts it. Commit before any call to Slack.

    Rows that nobody could post within a day are recorded as skipped on the way.
    """
    while (stored := rows.claim(connection, workspaces, now)) is not None:
        subscription = subscription_rows.find(connection, stored.workspace, stored.channel)
        if subscription is None:
            _settle(connection, stored, "skipped", now, "the channel had unsubscribed")
        elif schedule.is_missed(stored.due_at, now):
            _settle(connection, stored, "skipped", now, "more than a day late")
        else:
            digest, positions = digest_content.build(connection, subscriptions.read(subscription), stored.week, now)
            return Claimed(_run(stored), digest, positions, digest.subscription.even_if_empty or not digest.is_empty)
    return None


def settle(
    connection: Connection,
    run: DigestRun,
    state: str,
    now: int,
    *,
    outcome: str | None = None,
    message_ts: str | None = None,
    not_before: int | None = None,
    positions: str | None = None,
) -> bool:
    """Write how posting ended; False when the row has been taken over since.

    A failure pauses the subscription: whatever made it impossible will not go away by itself.
    """
    stored = rows.run_by_id(connection, run.workspace, run.id)
    if stored is None or stored.attempt != run.attempt:
        return False
    settled = rows.settle(
        connection,
        stored,
        state=state,
        now=now,
        message_ts=message_ts,
        outcome=outcome,
        not_before=not_before,
        positions=positions,
    )
    if settled and state != "pending":
        # People read this. Slack's codes are for whoever runs the app, in the run's own row.
        why = outcome if state == "skipped" else None
        subscriptions.note_outcome(connection, run.workspace, run.channel, run.week, state, why)
    if settled and state == "failed":
        subscription_rows.pause(connection, run.workspace, run.channel, "", outcome)
    return settled


def give_up_abandoned(connection: Connection, workspaces: Sequence[str], now: int) -> list[Abandoned]:
    """Mark digests whose poster died in the middle as uncertain: they may be posted, so nobody resends them.

    Return those whose subscriber is to be asked to look; a channel that has unsubscribed since has nobody to ask.
    """
    why = "the app stopped while it was posting"
    abandoned = []
    for stored in rows.give_up_abandoned(connection, workspaces, now - ABANDONED_AFTER, why):
        subscriptions.note_outcome(connection, stored.workspace, stored.channel, stored.week, "uncertain", why)
        subscription = subscription_rows.find(connection, stored.workspace, stored.channel)
        if subscription is not None:
            abandoned.append(Abandoned(_run(stored), subscription.subscriber))
    return abandoned


def post_again(connection: Connection, workspace: str, run_id: int, now: int) -> None:
    """Send an uncertain digest once more, because a person who looked says that it is not there.

    Raises UserError when the run is not uncertain (any more).
    """
    stored = rows.run_by_id(connection, workspace, run_id)
    if stored is None or not rows.retry_uncertain(connection, workspace, run_id, now):
        raise UserError("That digest is not in doubt any more; look in the channel for it.")


def _settle(connection: Connection, stored: rows.StoredRun, state: str, now: int, outcome: str) -> None:
    rows.settle(connection, stored, state=state, now=now, outcome=outcome)
    subscriptions.note_outcome(connection, stored.workspace, stored.channel, stored.week, state, outcome)


def _run(stored: rows.StoredRun) -> DigestRun:
    return DigestRun(
        id=stored.id,
        workspace=stored.workspace,
        channel=stored.channel,
        week=stored.week,
        due_at=stored.due_at,
        state=cast("RunState", stored.state),
        key=stored.key,
        attempt=stored.attempt,
        message_ts=stored.message_ts,
        outcome=stored.outcome,
    )
