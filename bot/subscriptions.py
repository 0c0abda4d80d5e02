"""Weekly verdicts as channels wish for them: who gets them, and when. One public function, one transaction."""

import secrets
from dataclasses import dataclass, replace

import structlog

from bot import catalogue, schedule
from bot.errors import UserError
from bot.model import Subscription
from db import digests as digest_rows
from db import subscriptions as rows
from db.connection import Connection

log = structlog.get_logger(__name__)

SUBSCRIBE = "/verdict subscribe mon 09:00"


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
        plan_weeks(connection, old, now)
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


def listed(connection: Connection, workspace: str, channel: str, now: int) -> list[Planned]:
    """The workspace's subscriptions that somebody in this channel may see: public ones, and the channel's own."""
    return [
        _planned(connection, stored, now)
        for stored in rows.listed(connection, workspace)
        if not stored.is_private or stored.channel == channel
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
        plan_weeks(connection, stored, now)
        rows.pause(connection, workspace, channel, None, None)
    return find(connection, workspace, channel, now)


def skip(connection: Connection, workspace: str, channel: str, week: str, now: int) -> Planned:
    """Leave one ISO week out, also while it waits to be posted. Raises UserError without a subscription."""
    found = find(connection, workspace, channel, now)
    weeks = sorted({*found.subscription.skipped, week})[-52:]
    rows.skip(connection, workspace, channel, " ".join(weeks))
    digest_rows.leave_out(connection, workspace, channel, "skipped", week)
    return find(connection, workspace, channel, now)


def plan_weeks(connection: Connection, stored: rows.StoredSubscription, now: int) -> None:
    """Write the row of every week of this subscription that has come due, and note when to look again."""
    subscription = read(stored)
    for due in schedule.weeks_due(subscription, stored.planned_until, now):
        is_new = digest_rows.plan(
            connection,
            stored.workspace,
            stored.channel,
            due.week,
            due_at=due.due_at,
            key=secrets.token_hex(16),
            state="skipped" if due.left_out else "pending",
            outcome=due.left_out,
        )
        if is_new and due.left_out:
            note_outcome(connection, stored.workspace, stored.channel, due.week, "skipped", due.left_out)
    rows.planned(connection, stored.workspace, stored.channel, now, _next_to_plan(subscription, now))


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


def _next_to_plan(subscription: Subscription, now: int) -> int:
    """The next due time, paused or not: a week that is left out gets its row, too."""
    next_due = schedule.next_due(replace(subscription, paused_until=None, skipped=()), now)
    return next_due if next_due is not None else now + schedule.WEEK_SECONDS


def _planned(connection: Connection, stored: rows.StoredSubscription, now: int) -> Planned:
    subscription = read(stored)
    this_week = schedule.iso_week(schedule.local_day(now, subscription.zone))
    run = digest_rows.run_of(connection, stored.workspace, stored.channel, this_week)
    return Planned(subscription, schedule.next_due(subscription, now, [this_week] if run else []))
