"""Digests of which nobody knows whether they stand in their channel, and subscribers who are owed a word.

One public function, one transaction; what may become of a row is decided in `bot.digest_protocol`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bot import digest_protocol, subscriptions
from bot.digests import read, step, write
from bot.errors import UserError
from bot.model import DigestRun, Subscription
from db import clock
from db import digests as rows
from db import subscriptions as subscription_rows
from db.connection import Connection

MOST = 100
MARGIN = 60  # seconds: the mark of what a database has seen is a little older than the last that it knew


@dataclass(frozen=True, slots=True)
class Owed:
    """A digest of which somebody is to hear: its subscription, or None where the channel has unsubscribed."""

    run: DigestRun
    subscription: Subscription | None


def give_up_abandoned(connection: Connection, workspaces: Sequence[str], now: int) -> int:
    """Doubt digests whose poster has died in the middle: they may be posted, so nobody resends them. How many."""
    before = now - digest_protocol.QUARANTINE
    doubted = 0
    for stored in rows.abandoned(connection, workspaces, before, MOST):
        after = digest_protocol.abandoned(read(stored), now)
        if after is not None:
            write(connection, after)
            _note(connection, after, after.outcome)
            doubted += 1
    return doubted


def to_look(connection: Connection, workspaces: Sequence[str], now: int) -> list[DigestRun]:
    """Digests that are to be looked for in their channels' history now, and that nobody else looks for."""
    looking = []
    for stored in rows.to_look(connection, workspaces, now, MOST):
        after = digest_protocol.looked_for(read(stored), now)
        if after is not None:
            write(connection, after)
            looking.append(after)
    return looking


def found(connection: Connection, run: DigestRun, stamps: Sequence[str] | None, now: int) -> DigestRun | None:
    """Write what the history says of a digest: its messages, none, or None where we may not read it."""
    after = step(connection, run, lambda run, attempt: digest_protocol.found(run, attempt, stamps, now))
    if after is not None and after.state == "posted" and run.state != "posted":
        _note(connection, after)
    return after


def to_tell(connection: Connection, workspaces: Sequence[str], now: int) -> list[Owed]:
    """Whose digests went wrong and who is to hear of it now; nobody else tells them within ten minutes."""
    owed = []
    for stored in rows.to_tell(connection, workspaces, now, MOST):
        run = digest_protocol.to_be_told(read(stored), now)
        if run is None:
            continue
        write(connection, run)
        found_one = subscription_rows.find(connection, run.workspace, run.channel)
        owed.append(Owed(run, subscriptions.read(found_one) if found_one is not None else None))
    return owed


def told(connection: Connection, run: DigestRun, again_at: int | None = None) -> None:
    """The subscriber has been told, or is to be told then, because Slack would not have it now."""
    step(connection, run, lambda run, _: digest_protocol.told(run, again_at))


def post_again(connection: Connection, workspace: str, run_id: int, now: int) -> None:
    """Send an uncertain digest once more, because a person who looked says that it is not there.

    Raises UserError when the run is not uncertain (any more), and while it may still arrive.
    """
    stored = rows.locked(connection, workspace, run_id)
    run = read(stored) if stored is not None else None
    after = digest_protocol.asked_again(run, now) if run is not None else None
    if run is None or after is None:
        if run is not None and run.state == "uncertain":
            raise UserError("That digest may still arrive. Look for it again in a quarter of an hour.")
        raise UserError("That digest is not in doubt any more; look in the channel for it.")
    write(connection, after)


def after_restore(connection: Connection, now: int) -> int:
    """The database comes from a backup: doubt every digest that may have been posted since. How many are in doubt.

    For `verdicts restore`, or after one by PostgreSQL's own tools, while no replica runs. Weeks that came due after the
    backup and have no row yet are doubted when they are planned (`bot.subscriptions.plan_weeks`).
    """
    clock.blind(connection, clock.read(connection).seen_at - MARGIN, now)
    doubted = 0
    for stored in rows.unsettled(connection):
        after = digest_protocol.in_doubt_after_restore(read(stored), now)
        if after is not None:
            write(connection, after)
            _note(connection, after, after.outcome)
            doubted += 1
    return doubted


def _note(connection: Connection, run: DigestRun, why: str | None = None) -> None:
    subscriptions.note_outcome(connection, run.workspace, run.channel, run.week, run.state, why)
