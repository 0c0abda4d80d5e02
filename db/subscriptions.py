"""Subscriptions of channels to the weekly verdicts: queries only; bot.subscriptions decides."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, delete, select, text, update

from db.models import subscription
from db.served import as_list, is_served


@dataclass(frozen=True, slots=True)
class StoredSubscription:
    """A channel's wish for the week's verdicts, as stored."""

    id: int
    workspace: str
    channel: str
    is_private: bool
    weekday: int
    minute: int
    zone: str
    category: str | None
    even_if_empty: bool
    subscriber: str
    subscribed_at: int
    changed_at: int
    paused_until: str | None
    pause_reason: str | None
    skipped: str
    last_outcome: str | None
    planned_until: int


_COLUMNS: tuple[ColumnElement[Any], ...] = (
    subscription.c.id,
    subscription.c.workspace,
    subscription.c.channel,
    subscription.c.is_private,
    subscription.c.weekday,
    subscription.c.minute,
    subscription.c.zone,
    subscription.c.category,
    subscription.c.even_if_empty,
    subscription.c.subscriber,
    subscription.c.subscribed_at,
    subscription.c.changed_at,
    subscription.c.paused_until,
    subscription.c.pause_reason,
    subscription.c.skipped,
    subscription.c.last_outcome,
    subscription.c.planned_until,
)
_OF_WORKSPACE = select(*_COLUMNS).where(subscription.c.workspace == bindparam("workspace")).order_by(subscription.c.id)
_OF_CHANNEL = _OF_WORKSPACE.where(subscription.c.channel == bindparam("channel"))
_BY_ID = _OF_WORKSPACE.where(subscription.c.id == bindparam("subscription"))
_TO_PLAN = (
    select(*_COLUMNS)
    .where(
        is_served(subscription.c.workspace),
        subscription.c.next_due_at <= bindparam("now"),
    )
    .order_by(subscription.c.next_due_at, subscription.c.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_SUBSCRIBE = text(
    """
    INSERT INTO subscription (workspace, channel, is_private, weekday, minute, zone, category, even_if_empty,
                              subscriber, subscribed_at, changed_at, skipped, planned_until, next_due_at)
    VALUES (:workspace, :channel, :is_private, :weekday, :minute, :zone, :category, :even_if_empty,
            :subscriber, :now, :now, '', :now, :next_due_at)
    ON CONFLICT (workspace, channel) DO UPDATE
    SET is_private = excluded.is_private, weekday = excluded.weekday, minute = excluded.minute,
        zone = excluded.zone, category = excluded.category, even_if_empty = excluded.even_if_empty,
        subscriber = excluded.subscriber, changed_at = excluded.changed_at, planned_until = excluded.planned_until,
        next_due_at = excluded.next_due_at, paused_until = NULL, pause_reason = NULL
    """
)
_UNSUBSCRIBE = delete(subscription).where(
    subscription.c.workspace == bindparam("workspace"), subscription.c.channel == bindparam("channel")
)
_CHANGE = update(subscription).where(
    subscription.c.workspace == bindparam("of_workspace"), subscription.c.channel == bindparam("of_channel")
)
_PAUSE = _CHANGE.values(paused_until=bindparam("until"), pause_reason=bindparam("reason"))
_SKIP = _CHANGE.values(skipped=bindparam("weeks"))
_NOTE = _CHANGE.values(last_outcome=bindparam("outcome"))
_PLANNED = _CHANGE.values(planned_until=bindparam("until"), next_due_at=bindparam("next_due"))


def listed(connection: Connection, workspace: str) -> list[StoredSubscription]:
    """Every subscription of a workspace."""
    return [StoredSubscription(*row) for row in connection.execute(_OF_WORKSPACE, {"workspace": workspace})]


def find(connection: Connection, workspace: str, channel: str) -> StoredSubscription | None:
    """The channel's subscription, if it has one."""
    row = connection.execute(_OF_CHANNEL, {"workspace": workspace, "channel": channel}).first()
    return StoredSubscription(*row) if row else None


def by_id(connection: Connection, workspace: str, subscription_id: int) -> StoredSubscription | None:
    """One subscription of the workspace."""
    row = connection.execute(_BY_ID, {"workspace": workspace, "subscription": subscription_id}).first()
    return StoredSubscription(*row) if row else None


def to_plan(connection: Connection, workspaces: Iterable[str], now: int, most: int) -> list[StoredSubscription]:
    """Subscriptions with a week that has come due, the longest waiting first; what others plan now is passed over."""
    rows = connection.execute(_TO_PLAN, {"workspaces": as_list(workspaces), "now": now, "most": most})
    return [StoredSubscription(*row) for row in rows]


def planned(connection: Connection, next_due: Iterable[tuple[StoredSubscription, int]], until: int) -> None:
    """Note that every week due up to `until` has its row, and for each subscription when to look again."""
    rows = [
        {"of_workspace": stored.workspace, "of_channel": stored.channel, "until": until, "next_due": due}
        for stored, due in next_due
    ]
    if rows:
        connection.execute(_PLANNED, rows)


def subscribe(
    connection: Connection,
    workspace: str,
    channel: str,
    *,
    is_private: bool,
    weekday: int,
    minute: int,
    zone: str,
    category: str | None,
    even_if_empty: bool,
    subscriber: str,
    now: int,
    next_due_at: int,
) -> None:
    """Write a channel's subscription, or write over the one it has."""
    connection.execute(
        _SUBSCRIBE,
        {
            "workspace": workspace,
            "channel": channel,
            "is_private": is_private,
            "weekday": weekday,
            "minute": minute,
            "zone": zone,
            "category": category,
            "even_if_empty": even_if_empty,
            "subscriber": subscriber,
            "now": now,
            "next_due_at": next_due_at,
        },
    )


def unsubscribe(connection: Connection, workspace: str, channel: str) -> bool:
    """End a channel's subscription; False when it had none."""
    return connection.execute(_UNSUBSCRIBE, {"workspace": workspace, "channel": channel}).rowcount > 0


def pause(connection: Connection, workspace: str, channel: str, until: str | None, reason: str | None) -> None:
    """Pause until a local date, until resumed (""), or not at all (None)."""
    connection.execute(_PAUSE, {"of_workspace": workspace, "of_channel": channel, "until": until, "reason": reason})


def skip(connection: Connection, workspace: str, channel: str, weeks: str) -> None:
    """Leave these ISO weeks out, separated by spaces."""
    connection.execute(_SKIP, {"of_workspace": workspace, "of_channel": channel, "weeks": weeks})


def note_outcome(connection: Connection, workspace: str, channel: str, outcome: str) -> None:
    """Keep how the last digest went, for the list of subscriptions."""
    connection.execute(_NOTE, {"of_workspace": workspace, "of_channel": channel, "outcome": outcome})
