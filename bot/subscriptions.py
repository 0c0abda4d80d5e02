"""Weekly verdicts as channels wish for them: who gets them, and when. One public function, one transaction."""

import hashlib
import hmac
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import structlog

from bot import catalogue, schedule
from bot.errors import UserError
from bot.model import Subscription
from db import clock
from db import digests as digest_rows
from db import subscriptions as rows
from db.connection import Connection

log = structlog.get_logger(__name__)

SUBSCRIBE = "/verdict subscribe mon 09:00"
# Digests of a workspace: four fifths of what Slack's "several hundred messages a minute" may be, so that people's own
# cards pass beside them (https://docs.slack.dev/apis/web-api/rate-limits).
A_SECOND = 4


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asked for with `/verdict subscribe`."""

    workspace: str
    channel: str
    is_private: bool
    weekday: int
    minute: int
    zone: str
    category: str | None
    even_if_empty: bool
    person: str


@dataclass(frozen=True, slots=True)
class Planned:
    """A subscription and the moment of its next digest; None while it is paused."""

    subscription: Subscription
    next_due: int | None


def subscribe(connection: Connection, wish: Wish, now: int) -> tuple[Planned, bool]:
    """Subscribe a channel, or change its subscription; return it, and whether it was a change.

    Raises UserError for a category that does not exist.
    """
    category = catalogue.category_named(connection, wish.workspace, wish.category)
    old = rows.find(connection, wish.workspace, wish.channel)
    if old is not None:
        # What was due a moment ago stays due: a change near the due time must not lose the week.
        plan_weeks(connection, [old], now)
    draft = Subscription(
        id=0,
        workspace=wish.workspace,
        channel=wish.channel,
        weekday=wish.weekday,
        minute=wish.minute,
        zone=wish.zone,
        category=category,
        even_if_empty=wish.even_if_empty,
        subscriber=wish.person,
        subscribed_at=now,
        paused_until=None,
        pause_reason=None,
    )
    rows.subscribe(
        connection,
        wish.workspace,
        wish.channel,
        is_private=wish.is_private,
        weekday=wish.weekday,
        minute=wish.minute,
        zone=wish.zone,
        category=category,
        even_if_empty=wish.even_if_empty,
        subscriber=wish.person,
        now=now,
        next_due_at=_next_to_plan(draft, now),
    )
    return find(connection, wish.workspace, wish.channel, now), old is not None


def unsubscribe(connection: Connection, workspace: str, channel: str) -> bool:
    """End a channel's subscription; False when it had none."""
    return rows.unsubscribe(connection, workspace, channel)


def find(connection: Connection, workspace: str, channel: str, now: int) -> Planned:
    """The channel's subscription. Raises UserError when it has none."""
    stored = rows.find(connection, workspace, channel)
    if stored is None:
        raise UserError("This channel has no weekly verdicts yet. Start them with this.", SUBSCRIBE)
    return _planned(connection, stored, now)


def channel_of(connection: Connection, workspace: str, subscription_id: int) -> str:
    """The channel that a button under a digest speaks of. Raises UserError when its subscription has ended."""
    stored = rows.by_id(connection, workspace, subscription_id)
    if stored is None:
        raise UserError("This subscription has ended. Start it again with this.", SUBSCRIBE)
    return stored.channel


def listed(
    connection: Connection, workspace: str, channel: str, now: int, channels: frozenset[str] | None = None
) -> list[Planned]:
    """The workspace's subscriptions that somebody in this channel may see: public ones, and the channel's own.

    Where `channels` are known, those of a person, only theirs.
    """
    return [
        _planned(connection, stored, now)
        for stored in rows.listed(connection, workspace)
        if (stored.channel in channels if channels is not None else not stored.is_private or stored.channel == channel)
    ]


def pause(connection: Connection, workspace: str, channel: str, until: str | None, now: int) -> Planned:
    """Post nothing until a local date, or until resumed, nor what has come due and still waits.

    Raises UserError without a subscription.
    """
    find(connection, workspace, channel, now)
    rows.pause(connection, workspace, channel, until or "", None)
    digest_rows.leave_out(connection, workspace, channel, "paused")
    return find(connection, workspace, channel, now)


def resume(connection: Connection, workspace: str, channel: str, now: int) -> Planned:
    """End a pause; weeks that passed in it stay unposted. Raises UserError without a subscription."""
    stored = rows.find(connection, workspace, channel)
    if stored is not None:
        plan_weeks(connection, [stored], now)
        rows.pause(connection, workspace, channel, None, None)
    return find(connection, workspace, channel, now)


def skip(connection: Connection, workspace: str, channel: str, week: str, now: int) -> Planned:
    """Leave one ISO week out, also while it waits to be posted. Raises UserError without a subscription."""
    found = find(connection, workspace, channel, now)
    weeks = sorted({*found.subscription.skipped, week})[-52:]
    rows.skip(connection, workspace, channel, " ".join(weeks))
    digest_rows.leave_out(connection, workspace, channel, "skipped", week)
    return find(connection, workspace, channel, now)


def plan_weeks(connection: Connection, waiting: Sequence[rows.StoredSubscription], now: int) -> Counter[str]:
    """Write the row of every week of these subscriptions that has come due, and note when to look again.

    Return how many weeks were found pending, uncertain, or left out ("skipped", "paused", "missed").

    Digests of one workspace get turns that are A_SECOND to the second, behind those that wait already: that is the
    pace at which they are posted, by however many replicas.
    """
    known = clock.read(connection)
    turns = _Turns(digest_rows.latest_waiting(connection, {one.workspace for one in waiting}, now), now)
    planned, pending = [], []
    found: Counter[str] = Counter()
    for stored in waiting:
        subscription = read(stored)
        planned.append((stored, _next_to_plan(subscription, now)))
        for due in schedule.weeks_due(subscription, stored.planned_until, now):
            row = _row(stored, due, known)
            found[due.left_out or row["state"]] += 1
            if row["state"] == "pending":
                pending.append({**row, "not_before": turns.next(stored.workspace, due.due_at)})
            elif digest_rows.plan_one(connection, row):
                note_outcome(connection, stored.workspace, stored.channel, due.week, row["state"], row["outcome"])
    digest_rows.plan(connection, pending)
    rows.planned(connection, planned, now)
    return found


def read(stored: rows.StoredSubscription) -> Subscription:
    """The subscription as it is stored, in UTC where its zone is not known here."""
    zone = stored.zone
    try:
        schedule.zone_named(zone)
    except schedule.UnknownZone:
        # Good when it was subscribed; this machine's calendar does not have it (any more). One row must not stop all.
        log.warning("zone unknown, read as UTC", workspace=stored.workspace, subscription=stored.id, zone=zone)
        zone = "UTC"
    return Subscription(
        id=stored.id,
        workspace=stored.workspace,
        channel=stored.channel,
        weekday=stored.weekday,
        minute=stored.minute,
        zone=zone,
        category=stored.category,
        even_if_empty=bool(stored.even_if_empty),
        subscriber=stored.subscriber,
        subscribed_at=stored.subscribed_at,
        paused_until=stored.paused_until,
        pause_reason=stored.pause_reason,
        skipped=tuple(stored.skipped.split()),
        last_outcome=stored.last_outcome,
    )


def note_outcome(
    connection: Connection, workspace: str, channel: str, week: str, state: str, reason: str | None = None
) -> None:
    """Keep how the digest of a week went, for the list of subscriptions."""
    outcome = f"{week} {state}: {reason}" if reason else f"{week} {state}"
    rows.note_outcome(connection, workspace, channel, outcome)


class _Turns:
    """When each digest of a workspace may be posted: at once where nobody waits, else behind those who do."""

    def __init__(self, waiting_until: dict[str, int], now: int) -> None:
        self._ends = {workspace: (until + 1) * A_SECOND for workspace, until in waiting_until.items()}
        self._now = now

    def next(self, workspace: str, due_at: int) -> int:
        turn = max(self._ends.get(workspace, 0), self._now * A_SECOND)
        self._ends[workspace] = turn + 1
        at = turn // A_SECOND
        return due_at if at <= self._now else at


def _row(stored: rows.StoredSubscription, due: schedule.DueWeek, known: clock.StoredClock) -> dict[str, Any]:
    """The row of a week that has come due."""
    key = f"{stored.workspace} {stored.channel} {due.week}"
    row = {
        "workspace": stored.workspace,
        "channel": stored.channel,
        "week": due.week,
        "due_at": due.due_at,
        "not_before": due.due_at,
        "state": "skipped" if due.left_out else "pending",
        "key": hmac.new(known.seed.encode(), key.encode(), hashlib.sha256).hexdigest()[:32],
        "outcome": due.left_out,
        "doubt_since": None,
        "look_at": None,
    }
    if due.left_out is None and known.is_blind(due.due_at):
        doubt = {"state": "uncertain", "outcome": "restored from a backup"}
        return {**row, **doubt, "doubt_since": due.due_at, "look_at": due.due_at}
    return row


def _next_to_plan(subscription: Subscription, now: int) -> int:
    """The next due time, paused or not: a week that is left out gets its row, too."""
    next_due = schedule.next_due(replace(subscription, paused_until=None, skipped=()), now)
    return next_due if next_due is not None else now + schedule.WEEK_SECONDS


def _planned(connection: Connection, stored: rows.StoredSubscription, now: int) -> Planned:
    subscription = read(stored)
    this_week = schedule.iso_week(schedule.local_day(now, subscription.zone))
    run = digest_rows.run_of(connection, stored.workspace, stored.channel, this_week)
    newest = digest_rows.newest(connection, stored.workspace, stored.channel)
    if newest is not None and newest.state == "uncertain":
        subscription = replace(subscription, in_doubt=newest.id)
    return Planned(subscription, schedule.next_due(subscription, now, [this_week] if run else []))
