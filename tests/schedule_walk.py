"""Every half hour around every change of every zone's clocks: a digest in it is due once in its ISO week.

python -m tests.schedule_walk [--first 2026] [--last 2036]
"""

import argparse
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from bot.schedule import due_at, iso_week

DAY = 24 * 60 * 60


def walk(first: int, last: int) -> tuple[int, int, int]:
    """All changes from the start of one year to the start of another: how many slots were looked at, and how many of
    them the clocks repeat, and skip.

    Raises AssertionError for a slot that is not due when it is first shown, or moved by the gap, once in its week.
    """
    checked = repeated = skipped = 0
    for zone in sorted(available_timezones()):
        for moment in transitions(zone, first, last):
            before, after = (
                datetime.fromtimestamp(moment + n, ZoneInfo(zone)).utcoffset() or timedelta() for n in (-1, 0)
            )
            for slot in slots_around(moment, zone):
                week, weekday, minute = iso_week(slot), slot.weekday(), slot.hour * 60 + slot.minute
                due = due_at(week, weekday, minute, zone)
                shown = occurrences(slot, zone, {before, after})

                if shown:
                    assert due == shown[0], (zone, slot)
                else:
                    moved = slot + (after - before)
                    assert [due] == occurrences(moved, zone, {before, after}), (zone, slot)
                earlier = due_at(iso_week(slot - timedelta(days=7)), weekday, minute, zone)
                later = due_at(iso_week(slot + timedelta(days=7)), weekday, minute, zone)
                assert earlier < due < later, (zone, slot)
                checked, repeated = checked + 1, repeated + (len(shown) == 2)
                skipped += not shown
    return checked, repeated, skipped


@cache
def transitions(zone: str, first: int, last: int) -> tuple[int, ...]:
    """The moments between two years' starts at which the zone's offset changes, found by halving days."""
    info = ZoneInfo(zone)

    def offset(moment: int) -> timedelta | None:
        return datetime.fromtimestamp(moment, info).utcoffset()

    found = []
    low = _start_of(first)
    end = _start_of(last)
    before = offset(low)
    while low < end:
        high = low + DAY
        after = offset(high)
        if after != before:
            inside, outside = low, high
            while outside - inside > 1:
                middle = (inside + outside) // 2
                inside, outside = (middle, outside) if offset(middle) == before else (inside, middle)
            found.append(outside)
        low, before = high, after
    return tuple(found)


def _start_of(year: int) -> int:
    return int(datetime(year, 1, 1, tzinfo=UTC).timestamp())


def slots_around(moment: int, zone: str) -> Iterator[datetime]:
    """Every half hour, as clocks show it, that the change repeats or skips, and an hour on either side."""
    info = ZoneInfo(zone)
    shown = [datetime.fromtimestamp(moment + n, info).replace(tzinfo=None) for n in (-1, 0)]
    slot = min(shown).replace(minute=0, second=0) - timedelta(hours=1)
    while slot <= max(shown) + timedelta(hours=1):
        yield slot
        slot += timedelta(minutes=30)


def occurrences(slot: datetime, zone: str, offsets: set[timedelta]) -> list[int]:
    """Every moment at which clocks in the zone show this time, found by trying each offset."""
    moments = {int((slot - offset).replace(tzinfo=UTC).timestamp()) for offset in offsets}
    info = ZoneInfo(zone)
    return sorted(m for m in moments if datetime.fromtimestamp(m, info).replace(tzinfo=None) == slot)


def main() -> None:
    """As many years as wanted, from the command line."""
    parser = argparse.ArgumentParser(description="Walk around every change of every clock.")
    parser.add_argument("--first", type=int, default=2026)
    parser.add_argument("--last", type=int, default=2036, help="this year included")
    given = parser.parse_args()
    began = time.monotonic()
    checked, repeated, skipped = walk(given.first, given.last + 1)
    sys.stdout.write(
        f"{checked:,} slots of {len(available_timezones())} zones, {repeated:,} repeated and {skipped:,} skipped: "
        f"each due once in its week ({time.monotonic() - began:.0f} s)\n"
    )


if __name__ == "__main__":
    main()
