"""Every channel has exactly one due time in every ISO week, in every zone, whatever its clocks do."""

import struct
import zoneinfo
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import Subscription
from bot.schedule import (
    CATCH_UP_SECONDS,
    WEEKS_LOOKED_BACK,
    DueWeek,
    UnknownZone,
    days_of,
    due_at,
    is_missed,
    iso_week,
    local_day,
    next_due,
    weeks_due,
    zone_named,
)
from tests.schedule_walk import transitions, walk

DAY = 24 * 60 * 60
WEEK = 7 * DAY
MON, TUE, WED, THU, FRI, SAT, SUN = range(7)


def clock(text: str, zone: str = "UTC", fold: int = 0) -> int:
    """Unix seconds of a local time such as "2026-11-23 09:00"; fold 1 is the second of two occurrences."""
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp())


def reading(moment: int, zone: str) -> str:
    """What a clock in the zone shows at this moment, with its offset from UTC."""
    return datetime.fromtimestamp(moment, ZoneInfo(zone)).isoformat(sep=" ", timespec="minutes")


def subscription(
    weekday: int = MON,
    minute: int = 540,
    zone: str = "UTC",
    subscribed: str = "2026-11-02 12:00",
    paused_until: str | None = None,
    skipped: tuple[str, ...] = (),
) -> Subscription:
    """A channel's subscription, Mondays at 09:00 UTC since 2 November 2026 unless told otherwise."""
    return Subscription(
        id=1,
        workspace="T1",
        channel="C1",
        weekday=weekday,
        minute=minute,
        zone=zone,
        category=None,
        even_if_empty=False,
        subscriber="U1",
        subscribed_at=clock(subscribed),
        paused_until=paused_until,
        pause_reason=None,
        skipped=skipped,
    )


class TestEveryZone:
    @pytest.mark.fault("D05")
    def test_every_slot_of_every_change(self) -> None:
        """Around each change of 2026 and 2027 a slot is due once a week: when first shown, or moved by the gap."""
        checked, repeated, skipped = walk(2026, 2028)

        assert checked > 5_000
        assert repeated > 500
        assert skipped > 500

    @pytest.mark.fault("D05")
    def test_ten_years_of_weeks(self) -> None:
        """From 2026 to 2036, each zone at a slot of its own, every ISO week has one due time on its own days."""
        weeks = [iso_week(date(2026, 1, 5) + timedelta(days=7 * n)) for n in range(574)]
        for zone in sorted(available_timezones()):
            choice = Random(zone)
            weekday, minute = choice.randrange(7), 30 * choice.randrange(48)
            dues = [due_at(week, weekday, minute, zone) for week in weeks]

            assert all(0 < later - due - WEEK + DAY < 2 * DAY for due, later in pairwise(dues))
            assert [iso_week(local_day(due, zone)) for due in dues] == weeks, zone

    @pytest.mark.fault("D05")
    def test_a_planner_that_ticks_through_a_change(self) -> None:
        """A tick every ten minutes across a change hands over every week exactly once, in every zone that changes."""
        for zone in sorted(available_timezones()):
            for moment in transitions(zone, 2026, 2027)[:2]:
                slot = datetime.fromtimestamp(moment - 1, ZoneInfo(zone))
                wish = replace(subscription(slot.weekday(), slot.hour * 60 + 30, zone), subscribed_at=moment - 30 * DAY)
                ticks = [moment - 8 * DAY, *range(moment - 7200, moment + 7200, 600), moment + 8 * DAY]
                told = [due.week for last, now in pairwise(ticks) for due in weeks_due(wish, last, now)]

                assert told == sorted(set(told)), zone
                assert iso_week(slot) in told, zone


@pytest.fixture
def sunday_midnight_zone(tmp_path: Path) -> Iterator[str]:
    """A zone that no country has today: its clocks skip from Sunday 23:30 to Monday 00:30 (TZif, RFC 9636)."""
    header = b"TZif2" + bytes(15) + struct.pack(">6l", 0, 0, 0, 0, 1, 4)
    block = header + struct.pack(">lbb", 0, 0, 0) + b"STD\0"
    (tmp_path / "Made").mkdir()
    (tmp_path / "Made" / "Up").write_bytes(block + block + b"\nSTD0DST,M3.5.0/23:30,M10.5.0\n")
    usual = zoneinfo.TZPATH
    zoneinfo.reset_tzpath([tmp_path])
    yield "Made/Up"
    zoneinfo.reset_tzpath(usual)


class TestNamedChanges:
    def test_moved_into_the_next_week(self, sunday_midnight_zone: str) -> None:
        """A Sunday's digest that the gap moves into Monday is still that week's, and a tick after midnight finds it."""
        wish = subscription(SUN, 1425, sunday_midnight_zone, "2026-01-01 12:00")
        due = due_at("2026-W13", SUN, 1425, sunday_midnight_zone)

        assert reading(due, sunday_midnight_zone) == "2026-03-30 00:45+01:00"
        assert weeks_due(wish, due - 600, due) == [DueWeek("2026-W13", due, None)]
        assert next_due(wish, due - 600) == due

    @pytest.mark.parametrize(
        ("week", "weekday", "minute", "zone", "shown"),
        [
            # Midnight does not exist: Egypt on Friday 24 April 2026, Chile on Sunday 6 September 2026.
            ("2026-W16", FRI, 30, "Africa/Cairo", "2026-04-17 00:30+02:00"),
            ("2026-W17", FRI, 30, "Africa/Cairo", "2026-04-24 01:30+03:00"),
            ("2026-W18", FRI, 30, "Africa/Cairo", "2026-05-01 00:30+03:00"),
            ("2026-W35", SUN, 15, "America/Santiago", "2026-08-30 00:15-04:00"),
            ("2026-W36", SUN, 15, "America/Santiago", "2026-09-06 01:15-03:00"),
            ("2026-W37", SUN, 15, "America/Santiago", "2026-09-13 00:15-03:00"),
            # Berlin skips 02:30 on 29 March and shows it twice on 25 October.
            ("2026-W13", SUN, 150, "Europe/Berlin", "2026-03-29 03:30+02:00"),
            ("2026-W43", SUN, 150, "Europe/Berlin", "2026-10-25 02:30+02:00"),
            # Lord Howe moves by half an hour: 01:45 is shown twice on 5 April, 02:15 is skipped on 4 October.
            ("2026-W14", SUN, 105, "Australia/Lord_Howe", "2026-04-05 01:45+11:00"),
            ("2026-W40", SUN, 135, "Australia/Lord_Howe", "2026-10-04 02:45+11:00"),
            # Nuuk skips the last hour of Saturday 28 March: late on Saturday becomes early on Sunday.
            ("2026-W13", SAT, 1410, "America/Nuuk", "2026-03-29 00:30-01:00"),
            # Samoa left out Friday 30 December 2011, a whole day.
            ("2011-W51", FRI, 540, "Pacific/Apia", "2011-12-23 09:00-10:00"),
            ("2011-W52", FRI, 540, "Pacific/Apia", "2011-12-31 09:00+14:00"),
            ("2012-W01", FRI, 540, "Pacific/Apia", "2012-01-06 09:00+14:00"),
            ("2026-W48", MON, 540, "Pacific/Apia", "2026-11-23 09:00+13:00"),
            # Offsets of three quarters of an hour, and no changes.
            ("2026-W48", MON, 540, "Asia/Kathmandu", "2026-11-23 09:00+05:45"),
        ],
    )
    def test_due(self, week: str, weekday: int, minute: int, zone: str, shown: str) -> None:
        """The digest is due when the zone's clocks show this."""
        assert reading(due_at(week, weekday, minute, zone), zone) == shown

    def test_first_of_two(self) -> None:
        """Of the two half past twos in Berlin the first is due, an hour of real time before the second."""
        due = due_at("2026-W43", SUN, 150, "Europe/Berlin")

        assert due == clock("2026-10-25 00:30")
        assert clock("2026-10-25 02:30", "Europe/Berlin", fold=1) - due == 3600

    def test_monday_moves_with_the_zone(self) -> None:
        """Monday 09:00 in Auckland is over before Monday has begun in Los Angeles."""
        assert due_at("2026-W48", MON, 540, "Pacific/Auckland") == clock("2026-11-22 20:00")
        assert due_at("2026-W48", MON, 540, "America/Los_Angeles") == clock("2026-11-23 17:00")

    @pytest.mark.parametrize("zone", ["America", "../etc/passwd", "", "Nope/Nowhere", "a\0b", "x" * 5_000, "Ünder"])
    def test_unknown_zone(self, zone: str) -> None:
        """Whatever is not a zone is one kind of error, whichever way the database fails to find it."""
        with pytest.raises(UnknownZone):
            zone_named(zone)

    @pytest.mark.parametrize(
        ("week", "weekday", "minute"),
        [
            ("2026-W54", 0, 0),
            ("2027-W53", 0, 0),
            ("2026-W00", 0, 0),
            ("2026-48", 0, 0),
            ("2026-W4", 0, 0),
            ("٢٠٢٦-W48", 0, 0),
            ("2026-W48", 7, 0),
            ("2026-W48", -1, 0),
            ("2026-W48", 0, 1440),
            ("2026-W48", 0, -1),
        ],
    )
    def test_no_such_time(self, week: str, weekday: int, minute: int) -> None:
        """A week, weekday or minute that does not exist is refused, not bent into another."""
        with pytest.raises(ValueError, match=r".+"):
            due_at(week, weekday, minute, "UTC")


class TestWeeks:
    @pytest.mark.parametrize(
        ("day", "week"),
        [
            (date(2026, 11, 22), "2026-W47"),
            (date(2026, 11, 23), "2026-W48"),
            (date(2025, 12, 28), "2025-W52"),
            (date(2025, 12, 29), "2026-W01"),
            (date(2026, 12, 31), "2026-W53"),
            (date(2027, 1, 3), "2026-W53"),
            (date(2027, 1, 4), "2027-W01"),
            (date(2027, 12, 31), "2027-W52"),
            (date(2028, 1, 2), "2027-W52"),
        ],
    )
    def test_of_a_date(self, day: date, week: str) -> None:
        """The days around New Year belong to the week that holds their Thursday."""
        assert iso_week(day) == week

    @given(st.dates(date(1, 1, 8), date(9999, 12, 26)))
    def test_days_of_a_week(self, day: date) -> None:
        """A week has seven days in a row from Monday on, the day that named it among them."""
        days = days_of(iso_week(day))

        assert days[day.weekday()] == day
        assert [iso_week(one) for one in days] == [iso_week(day)] * 7
        assert [one.weekday() for one in days] == list(range(7))

    def test_year_end(self) -> None:
        """From week 52 over week 53 to week 1 a Thursday digest is due every seven days, under its own week."""
        wish = subscription(THU, subscribed="2026-12-20 12:00")

        assert weeks_due(wish, wish.subscribed_at, clock("2027-01-07 09:00")) == [
            DueWeek("2026-W52", clock("2026-12-24 09:00"), "missed"),
            DueWeek("2026-W53", clock("2026-12-31 09:00"), "missed"),
            DueWeek("2027-W01", clock("2027-01-07 09:00"), None),
        ]

    @pytest.mark.parametrize(
        ("now", "zone", "day"),
        [
            ("2026-11-22 23:30", "Europe/Berlin", date(2026, 11, 23)),
            ("2026-11-23 01:00", "America/New_York", date(2026, 11, 22)),
            ("2026-11-22 18:15", "Asia/Kathmandu", date(2026, 11, 23)),
        ],
    )
    def test_local_day(self, now: str, zone: str, day: date) -> None:
        """The day is that of the zone's calendar, not of UTC's."""
        assert local_day(clock(now), zone) == day


class TestWhatIsDue:
    def test_before_and_at_the_due_time(self) -> None:
        """Nothing is due a second before nine, the week is due at nine, and is not told again after it."""
        wish, nine = subscription(), clock("2026-11-23 09:00")
        last = clock("2026-11-16 09:00")

        assert weeks_due(wish, last, nine - 1) == []
        assert weeks_due(wish, last, nine) == [DueWeek("2026-W48", nine, None)]
        assert weeks_due(wish, nine, nine + 3600) == []

    @pytest.mark.parametrize(
        ("subscribed", "first"),
        [
            ("2026-11-23 08:59", "2026-11-23 09:00"),
            ("2026-11-23 09:00", "2026-11-30 09:00"),
            ("2026-11-23 09:01", "2026-11-30 09:00"),
            ("2026-11-25 12:00", "2026-11-30 09:00"),
        ],
    )
    def test_subscribed_in_the_middle_of_a_week(self, subscribed: str, first: str) -> None:
        """A channel that subscribes after this week's time starts next week, and is told so."""
        wish = subscription(subscribed=subscribed)
        due = weeks_due(wish, 0, clock("2026-11-30 10:00"))

        assert due[0].due_at == next_due(wish, wish.subscribed_at) == clock(first)

    @pytest.mark.fault("D06")
    @pytest.mark.parametrize(
        ("back", "expected"),
        [
            ("2026-11-23 10:00", [("2026-W48", None)]),
            ("2026-11-24 09:00", [("2026-W48", None)]),
            ("2026-11-24 09:01", [("2026-W48", "missed")]),
            ("2026-11-26 09:00", [("2026-W48", "missed")]),
            (
                "2026-12-14 10:00",
                [("2026-W48", "missed"), ("2026-W49", "missed"), ("2026-W50", "missed"), ("2026-W51", None)],
            ),
        ],
    )
    def test_back_after_an_absence(self, back: str, expected: list[tuple[str, str | None]]) -> None:
        """After an hour, three days or three weeks away, one week at most is caught up, within a day of its time."""
        due = weeks_due(subscription(), clock("2026-11-16 09:00"), clock(back))

        assert [(one.week, one.left_out) for one in due] == expected

    def test_a_year_and_more_away(self) -> None:
        """A very long absence is told as its last 53 weeks, not as a thousand."""
        due = weeks_due(subscription(subscribed="2006-01-01 00:00"), 0, clock("2026-11-23 09:00"))

        assert len(due) == WEEKS_LOOKED_BACK
        assert due[-1] == DueWeek("2026-W48", clock("2026-11-23 09:00"), None)

    def test_paused_until_a_date(self) -> None:
        """Weeks before the date are left out and recorded; the first due time on or after it is posted."""
        wish = subscription(paused_until="2026-12-07")
        due = weeks_due(wish, clock("2026-11-16 09:00"), clock("2026-12-07 09:00"))

        assert [(one.week, one.left_out) for one in due] == [
            ("2026-W48", "paused"),
            ("2026-W49", "paused"),
            ("2026-W50", None),
        ]
        assert next_due(wish, clock("2026-11-20 12:00")) == clock("2026-12-07 09:00")

    def test_the_date_of_a_pause_is_local(self) -> None:
        """In Auckland the pause ends with Auckland's day, while UTC is still on the day before."""
        wish = subscription(zone="Pacific/Auckland", paused_until="2026-12-07")
        due = clock("2026-12-06 20:00")

        assert reading(due, "Pacific/Auckland") == "2026-12-07 09:00+13:00"
        assert weeks_due(wish, due - DAY, due) == [DueWeek("2026-W50", due, None)]
        assert next_due(wish, due - DAY) == due

    def test_paused_until_resumed(self) -> None:
        """Without a date each week is left out, and there is no next one; resuming does not fetch them back."""
        wish = subscription(paused_until="")
        nine = clock("2026-11-23 09:00")

        assert weeks_due(wish, nine - DAY, nine) == [DueWeek("2026-W48", nine, "paused")]
        assert next_due(wish, nine) is None
        assert weeks_due(replace(wish, paused_until=None), nine, nine + 3600) == []
        assert next_due(replace(wish, paused_until=None), nine + 3600) == nine + WEEK

    def test_skipped_weeks(self) -> None:
        """A skipped week is recorded as such and the next date passes over it, and over two in a row."""
        wish = subscription(skipped=("2026-W48", "2026-W49"))
        nine = clock("2026-11-23 09:00")

        assert weeks_due(wish, nine - DAY, nine) == [DueWeek("2026-W48", nine, "skipped")]
        assert next_due(wish, nine - DAY) == nine + 2 * WEEK

    def test_changed_after_this_weeks_digest(self) -> None:
        """A digest moved from Monday to Friday on Tuesday is promised for next week's Friday, not for a second one."""
        moved, tuesday = subscription(FRI), clock("2026-11-24 12:00")

        assert next_due(moved, tuesday) == clock("2026-11-27 09:00")
        assert next_due(moved, tuesday, settled={"2026-W48"}) == clock("2026-12-04 09:00")
        assert [one.week for one in weeks_due(moved, tuesday, clock("2026-11-27 09:00"))] == ["2026-W48"]

    @pytest.mark.parametrize("paused_until", ["9999-12-31", "9999-12-06"])
    def test_paused_to_the_end_of_the_calendar(self, paused_until: str) -> None:
        """A pause as long as the calendar is no error."""
        wish = subscription(SUN, 1439, "Pacific/Pago_Pago", paused_until=paused_until)

        due = next_due(wish, clock("2026-11-23 09:00"))
        assert due is None or local_day(due, wish.zone) >= date.fromisoformat(paused_until)

    def test_too_late(self) -> None:
        """A digest may be caught up for 24 hours, and not a second longer."""
        due = clock("2026-11-23 09:00")

        assert not is_missed(due, due)
        assert not is_missed(due, due + CATCH_UP_SECONDS)
        assert is_missed(due, due + CATCH_UP_SECONDS + 1)

    @given(
        st.integers(0, 6),
        st.integers(0, 1439),
        st.sampled_from(["UTC", "Europe/Berlin", "Africa/Cairo", "Pacific/Apia", "America/Santiago"]),
        st.lists(st.integers(1, 40 * DAY), min_size=1, max_size=8),
        st.one_of(st.none(), st.just(""), st.dates(date(2026, 1, 1), date(2027, 6, 1)).map(date.isoformat)),
        st.sets(st.dates(date(2026, 1, 1), date(2027, 6, 1)).map(iso_week), max_size=5),
    )
    def test_any_rhythm_of_ticks(
        self, weekday: int, minute: int, zone: str, gaps: list[int], paused: str | None, skipped: set[str]
    ) -> None:
        """However the ticks fall, each week is told once, in order, and the first to be posted was promised."""
        wish = subscription(weekday, minute, zone, "2026-01-07 12:00", paused, tuple(sorted(skipped)))
        last, told = wish.subscribed_at, []
        promised = next_due(wish, last)
        for gap in gaps:
            told += weeks_due(wish, last, last + gap)
            last += gap

        assert [one.week for one in told] == sorted({one.week for one in told})
        assert [one.due_at for one in told] == sorted({one.due_at for one in told})
        assert len(told) == len(weeks_due(wish, wish.subscribed_at, last))
        assert (last - wish.subscribed_at) // WEEK - 1 <= len(told) <= (last - wish.subscribed_at) // WEEK + 2
        wanted = [one.due_at for one in told if one.left_out in {None, "missed"}]
        if wanted:
            assert promised == wanted[0]
        elif promised is not None:
            assert promised > last
