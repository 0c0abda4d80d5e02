"""When a digest is due: one local time per ISO week, in every zone and across every change of its clocks.

The rule: due is the subscription's local time on its weekday; the first occurrence where the clocks repeat it, moved
forward by the gap where they skip it. The week belongs to the local date, so each ISO week has exactly one due time.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.model import Subscription

CATCH_UP_SECONDS = 24 * 60 * 60
WEEK_SECONDS = 7 * 86_400
WEEKS_LOOKED_BACK = 53

LeftOut: TypeAlias = Literal["skipped", "paused", "missed"]

# Far enough from the end of the calendar that a week's due time, its zone's offset and a gap still fit into it.
_LAST_MONDAY = date(9999, 12, 13)


class UnknownZone(ValueError):
    """The name is not a time zone of this machine's IANA database."""


@dataclass(frozen=True, slots=True)
class DueWeek:
    """One ISO week of a subscription whose due time has come, and why nothing is posted, if nothing is."""

    week: str
    due_at: int
    left_out: LeftOut | None  # None: post it


def iso_week(day: date) -> str:
    """The ISO week of a date, as "2026-W48"; its year is the week's, not always the date's."""
    year, week, _ = day.isocalendar()
    return f"{year:04}-W{week:02}"


def days_of(week: str) -> tuple[date, ...]:
    """The seven dates of an ISO week ("2026-W48"), Monday first. Raises ValueError for anything else."""
    year, dash, number = week.partition("-W")
    if not (dash and len(year) == 4 and len(number) == 2 and week.isascii() and (year + number).isdigit()):
        raise ValueError(f"{week!r} is not an ISO week such as 2026-W48")
    return tuple(date.fromisocalendar(int(year), int(number), day) for day in range(1, 8))


def due_at(week: str, weekday: int, minute: int, zone: str) -> int:
    """The moment, in Unix seconds, at which an ISO week's digest is due.

    `weekday` 0 is Monday, `minute` counts from the local midnight (540 is 09:00), `zone` is an IANA name.
    Raises UnknownZone, and ValueError where week, weekday or minute do not exist.
    """
    if not 0 <= weekday <= 6:
        raise ValueError(f"{weekday} is not a weekday")
    return _moment(days_of(week)[weekday], minute, zone_named(zone))


def local_day(now: int, zone: str) -> date:
    """The date that a calendar in the zone shows at this moment. Raises UnknownZone."""
    return datetime.fromtimestamp(now, zone_named(zone)).date()


def weeks_due(subscription: Subscription, after: int, until: int) -> list[DueWeek]:
    """The weeks whose due time lies after `after` and not after `until` (the present), oldest first.

    Every such week is to be recorded, also one that is left out, so that resuming a pause or starting late never
    posts it. Weeks due before the channel subscribed are none of its business; of a long absence only the latest 53
    weeks are told. A week appears once; that a changed subscription does not get a second digest in a week which
    already has one is for the unique (workspace, channel, week) to refuse. Raises UnknownZone.
    """
    start = max(after, subscription.subscribed_at, until - WEEKS_LOOKED_BACK * 7 * CATCH_UP_SECONDS)
    weeks = []
    for week, due in _dues(subscription, local_day(start, subscription.zone)):
        if due > until:
            break
        if due > start:
            weeks.append(DueWeek(week, due, _left_out(subscription, week, due, until)))
    return weeks


def next_due(subscription: Subscription, now: int, settled: Collection[str] = ()) -> int | None:
    """The moment after `now` at which the channel's next digest will be posted, in Unix seconds.

    `settled` names the ISO weeks that already have their digest, so that a changed subscription is not promised a
    second one. None while it is paused until someone resumes it. Raises UnknownZone.
    """
    if subscription.paused_until == "":
        return None
    start = local_day(now, subscription.zone)
    if subscription.paused_until is not None:
        start = max(start, date.fromisoformat(subscription.paused_until))
    for week, due in _dues(subscription, start):
        if due > now and week not in settled and _left_out(subscription, week, due, now) is None:
            return due
    return None


def is_missed(due: int, now: int) -> bool:
    """Whether a digest is too late to be caught up: more than 24 hours past its due time."""
    return now - due > CATCH_UP_SECONDS


@lru_cache(maxsize=1024)
def zone_named(name: str) -> ZoneInfo:
    """The IANA zone of this name. Raises UnknownZone."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        # ZoneInfo("America") is a directory, ZoneInfo("../x") a malformed key: neither is a lookup error in 3.11.
        raise UnknownZone(f"{name!r} is not a time zone") from error


def _dues(subscription: Subscription, day: date) -> Iterator[tuple[str, int]]:
    """Each week and its due time, from the week before the one that holds `day`: a gap may push a due time on."""
    zone = zone_named(subscription.zone)
    monday = day - timedelta(days=day.weekday() + 7)
    while monday <= _LAST_MONDAY:
        due_day = monday + timedelta(days=subscription.weekday)
        yield iso_week(monday), _moment(due_day, subscription.minute, zone)
        monday += timedelta(days=7)


def _moment(day: date, minute: int, zone: ZoneInfo) -> int:
    # fold=0 is the whole rule (PEP 495): the first of two occurrences, and inside a gap the offset from before it,
    # which reads as the same time moved forward by the gap once the clocks have changed.
    return int(datetime.combine(day, time(*divmod(minute, 60)), zone).timestamp())


def _left_out(subscription: Subscription, week: str, due: int, now: int) -> LeftOut | None:
    if week in subscription.skipped:
        return "skipped"
    if subscription.paused_until is not None:
        day = days_of(week)[subscription.weekday].isoformat()
        if subscription.paused_until == "" or day < subscription.paused_until:
            return "paused"
    return "missed" if is_missed(due, now) else None
