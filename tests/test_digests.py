"""Once per channel and week: plan, claim and settle, whatever is repeated, concurrent, changed or late."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from typing import TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from bot import digest_doubts, digests, people, schedule, subscriptions
from bot.digests import Composed
from bot.errors import UserError
from bot.model import DigestRun
from bot.subscriptions import Planned, Wish
from db.connection import Connection
from db.engine import Database
from db.models import digest_run, subscription

WORKSPACE, CHANNEL, ADA = "T0TEST", "C0TEST", "U0ADA"
SERVED = [WORKSPACE]
MINUTE, HOUR, DAY, WEEK = 60, 3_600, 86_400, 7 * 86_400
MON, TUE, WED, FRI = 0, 1, 2, 4
DUE = int(datetime(2026, 11, 30, 9, tzinfo=UTC).timestamp())  # Monday of week 49
BEGAN = DUE - DAY
WISH = Wish(WORKSPACE, CHANNEL, False, MON, 9 * 60, "UTC", None, even_if_empty=True, person=ADA)

Outcomes: TypeAlias = dict[str, tuple[str, str | None]]

on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


def subscribed(connection: Connection, *wishes: Wish) -> None:
    """A workspace whose channels have subscribed the day before the first digest is due."""
    people.welcome_workspace(connection, WORKSPACE, "Test", "U0BOT", 0)
    for wish in wishes:
        subscriptions.subscribe(connection, wish, BEGAN)


def told(connection: Connection, channel: str = CHANNEL) -> Outcomes:
    """Each week of the channel: its state, and why."""
    found = select(digest_run.c.week, digest_run.c.state, digest_run.c.outcome).where(digest_run.c.channel == channel)
    return {week: (state, why) for week, state, why in connection.execute(found.order_by(digest_run.c.week))}


def states(connection: Connection, channel: str = CHANNEL) -> dict[str, str]:
    """Each week of the channel and its state."""
    return {week: state for week, (state, _) in told(connection, channel).items()}


def posted(connection: Connection, composed: Composed, now: int) -> bool:
    """Settle as Slack's good answer does."""
    return digests.posted(connection, composed, "1.0", now)


def next_composed(connection: Connection, now: int) -> Composed | None:
    """The next digest that is due and worth a post, about to be sent."""
    while taken := digests.take(connection, SERVED, now):
        composed = digests.compose(connection, taken[0], now, False)
        if isinstance(composed, Composed):
            return composed
    return None


async def tick(database: Database, now: int) -> list[str]:
    """What one replica does: plan, take and post all there is. The weeks that were posted."""
    await database.run(digests.plan, SERVED, now)
    await database.run(digest_doubts.give_up_abandoned, SERVED, now)
    weeks = []
    while (composed := await database.run(next_composed, now)) is not None:
        assert await database.run(posted, composed, now)
        weeks.append(composed.run.week)
    return weeks


async def sent_at(database: Database, now: int) -> Composed:
    """The digest that is due, about to be sent and not settled."""
    await database.run(digests.plan, SERVED, now)
    composed = await database.run(next_composed, now)
    assert composed is not None
    return composed


async def uncertain_at(database: Database, now: int) -> DigestRun:
    """A digest of which nobody knows whether it was posted."""
    run = (await sent_at(database, now)).run
    assert await database.run(partial(digests.lost, can_look=False), run, "timeout")
    return run


@pytest.fixture
async def weekly(database: Database) -> Database:
    """A database with one channel that gets the week's verdicts on Mondays at 09:00 UTC."""
    await database.run(subscribed, WISH)
    return database


@pytest.fixture
async def replicas(database: Database, database_url: str) -> AsyncIterator[list[Database]]:
    """Three replicas on one PostgreSQL."""
    others = [Database(database_url), Database(database_url)]
    yield [database, *others]
    for other in others:
        await other.close()


async def test_a_week_has_one_row_however_often_it_is_planned(weekly: Database) -> None:
    """Nothing before the due time; from then on one row, whoever plans again."""
    await weekly.run(digests.plan, SERVED, DUE - 1)
    assert await weekly.run(told) == {}

    for now in (DUE, DUE, DUE + 1, DUE + HOUR):
        await weekly.run(digests.plan, SERVED, now)

    assert await weekly.run(states) == {"2026-W49": "pending"}


@pytest.mark.fault("D03")
@on_postgresql
async def test_replicas_that_plan_at_once_write_one_row_a_channel(replicas: list[Database]) -> None:
    """Any replica plans at any time: every channel has its row, and has it once."""
    channels = [f"C{i}" for i in range(6)]
    await replicas[0].run(subscribed, *[replace(WISH, channel=channel) for channel in channels])

    await asyncio.gather(*[replicas[i % 3].run(digests.plan, SERVED, DUE) for i in range(12)])

    for channel in channels:
        assert await replicas[0].run(states, channel) == {"2026-W49": "pending"}


@pytest.mark.fault("D03")
@on_postgresql
async def test_replicas_that_claim_at_once_have_one_winner_a_digest(replicas: list[Database]) -> None:
    """Twelve claims on five digests: each is won once, seven go away empty."""
    channels = [f"C{i}" for i in range(5)]
    await replicas[0].run(subscribed, *[replace(WISH, channel=channel) for channel in channels])
    await replicas[0].run(digests.plan, SERVED, DUE)

    answers = await asyncio.gather(*[replicas[i % 3].run(digests.take, SERVED, DUE + 1) for i in range(12)])

    assert sorted(run.channel for taken in answers for run in taken) == channels


@on_postgresql
async def test_a_claim_passes_over_what_another_replica_is_claiming(replicas: list[Database]) -> None:
    """While one replica's claim has not committed, another neither waits for it nor takes the same digest."""
    await replicas[0].run(subscribed, WISH, replace(WISH, channel="C0OTHER"))
    await replicas[0].run(digests.plan, SERVED, DUE)

    def theirs_now() -> list[DigestRun]:
        with replicas[1].engine.begin() as connection:
            return digests.take(connection, SERVED, DUE)

    def both(connection: Connection) -> list[list[DigestRun]]:
        return [digests.take(connection, SERVED, DUE), theirs_now(), theirs_now()]

    mine, theirs, nothing = await replicas[0].run(both)

    assert {run.channel for run in (*mine, *theirs)} == {CHANNEL, "C0OTHER"}
    assert nothing == []


@pytest.mark.fault("D03")
@on_postgresql
async def test_a_change_and_a_plan_at_once_leave_one_row(replicas: list[Database]) -> None:
    """A subscription that is changed while it is planned, by several people and replicas, gets one row for the week."""
    await replicas[0].run(subscribed, WISH)

    def change(connection: Connection, minute: int) -> tuple[Planned, bool]:
        return subscriptions.subscribe(connection, replace(WISH, minute=minute), DUE + 1)

    await asyncio.gather(
        *[replicas[i % 3].run(digests.plan, SERVED, DUE + 1) for i in range(6)],
        *[replicas[i % 3].run(change, 600 + i) for i in range(6)],
    )

    assert await replicas[0].run(states) == {"2026-W49": "pending"}


async def test_a_digest_posts_once_however_often_the_clock_rings(weekly: Database) -> None:
    """Ticks before, at and after the due time post once a week, and each week."""
    ticks = [DUE - 1, DUE, DUE + 10, DUE + DAY, DUE + WEEK - 1, DUE + WEEK, DUE + WEEK + 10]

    assert [await tick(weekly, now) for now in ticks] == [[], ["2026-W49"], [], [], [], ["2026-W50"], []]


@pytest.mark.fault("D06")
async def test_a_digest_is_caught_up_within_a_day(weekly: Database) -> None:
    """Down at the due time: it is posted up to 24 hours late."""
    assert await tick(weekly, DUE + DAY) == ["2026-W49"]


@pytest.mark.fault("D06")
async def test_a_digest_more_than_a_day_late_is_skipped(weekly: Database) -> None:
    """One second past 24 hours it is recorded as skipped, and stays so."""
    assert await tick(weekly, DUE + DAY + 1) == []
    assert await tick(weekly, DUE + 2 * DAY) == []

    assert await weekly.run(told) == {"2026-W49": ("skipped", "missed")}


@pytest.mark.fault("D06")
async def test_a_digest_that_could_not_be_posted_for_a_day_is_skipped(weekly: Database) -> None:
    """Planned in time, but refused for longer than a day: nobody wants last week's news."""
    run = (await sent_at(weekly, DUE)).run
    await weekly.run(digests.refused, run, "ratelimited", DUE + DAY + 1)

    assert await tick(weekly, DUE + DAY + 1) == []

    assert await weekly.run(told) == {"2026-W49": ("skipped", "more than a day late")}


@pytest.mark.fault("D06")
async def test_three_weeks_of_downtime_cost_one_post(weekly: Database) -> None:
    """Back within a day of the third due time: the latest week is posted, the older ones are recorded as skipped."""
    assert await tick(weekly, DUE + 2 * WEEK + HOUR) == ["2026-W51"]

    assert await weekly.run(told) == {
        "2026-W49": ("skipped", "missed"),
        "2026-W50": ("skipped", "missed"),
        "2026-W51": ("posted", None),
    }


@pytest.mark.fault("D11")
async def test_a_change_after_the_due_time_keeps_the_week(weekly: Database) -> None:
    """Due a moment ago and not posted yet: the change does not lose this week, nor post it again at the new time."""
    await weekly.run(subscriptions.subscribe, replace(WISH, weekday=WED), DUE + 5)

    assert await tick(weekly, DUE + 10) == ["2026-W49"]
    assert await tick(weekly, DUE + 2 * DAY) == []
    assert await tick(weekly, DUE + 2 * DAY + WEEK) == ["2026-W50"]


@pytest.mark.fault("D11")
async def test_a_change_before_the_due_time_moves_the_week(weekly: Database) -> None:
    """A minute before it is due, it is put off until Friday: nothing on Monday, once on Friday."""
    await weekly.run(subscriptions.subscribe, replace(WISH, weekday=FRI), DUE - MINUTE)

    assert await tick(weekly, DUE + MINUTE) == []
    assert await tick(weekly, DUE + 4 * DAY) == ["2026-W49"]


@pytest.mark.fault("D11")
async def test_a_change_after_the_post_waits_for_the_next_week(weekly: Database) -> None:
    """Posted on Monday and moved to Wednesday: the next one comes, and is promised, on the Wednesday after."""
    assert await tick(weekly, DUE) == ["2026-W49"]

    planned, changed = await weekly.run(subscriptions.subscribe, replace(WISH, weekday=WED), DUE + HOUR)

    assert changed
    assert planned.next_due == DUE + 2 * DAY + WEEK
    assert await tick(weekly, DUE + 2 * DAY) == []
    assert await tick(weekly, DUE + 2 * DAY + WEEK) == ["2026-W50"]


@pytest.mark.fault("D11")
async def test_a_time_that_has_passed_this_week_begins_next_week(database: Database) -> None:
    """Moved on Wednesday from Friday to Monday: the answer promises next Monday, and that is when it comes."""
    await database.run(subscribed, replace(WISH, weekday=FRI))

    planned, _ = await database.run(subscriptions.subscribe, WISH, DUE + 2 * DAY)

    assert planned.next_due == DUE + WEEK
    assert await tick(database, DUE + 4 * DAY) == []
    assert await tick(database, DUE + WEEK) == ["2026-W50"]


async def test_a_channel_that_unsubscribes_gets_nothing_more(weekly: Database) -> None:
    """No row after unsubscribing, a row that waited is skipped, and there is nothing left to show."""
    await weekly.run(digests.plan, SERVED, DUE)
    assert await weekly.run(subscriptions.unsubscribe, WORKSPACE, CHANNEL)

    assert await tick(weekly, DUE + 10) == []
    assert await tick(weekly, DUE + WEEK) == []

    assert await weekly.run(told) == {"2026-W49": ("skipped", "the channel had unsubscribed")}
    assert not await weekly.run(subscriptions.unsubscribe, WORKSPACE, CHANNEL)
    with pytest.raises(UserError, match="no weekly verdicts"):
        await weekly.run(subscriptions.find, WORKSPACE, CHANNEL, DUE)


async def test_a_pause_is_recorded_and_not_made_up_for(weekly: Database) -> None:
    """Weeks that pass in a pause are rows, so that resuming posts the next one and none of the old."""
    planned = await weekly.run(subscriptions.pause, WORKSPACE, CHANNEL, None, BEGAN + HOUR)
    assert planned.next_due is None
    assert await tick(weekly, DUE + HOUR) == []

    resumed = await weekly.run(subscriptions.resume, WORKSPACE, CHANNEL, DUE + WEEK + HOUR)
    assert resumed.next_due == DUE + 2 * WEEK
    assert await tick(weekly, DUE + WEEK + 2 * HOUR) == []
    assert await tick(weekly, DUE + 2 * WEEK) == ["2026-W51"]

    assert await weekly.run(states) == {"2026-W49": "skipped", "2026-W50": "skipped", "2026-W51": "posted"}


async def test_a_pause_until_a_date_ends_by_itself(weekly: Database) -> None:
    """Paused until the second Monday: the first one is left out, the second comes."""
    planned = await weekly.run(subscriptions.pause, WORKSPACE, CHANNEL, "2026-12-07", BEGAN + HOUR)

    assert planned.next_due == DUE + WEEK
    assert await tick(weekly, DUE) == []
    assert await tick(weekly, DUE + WEEK) == ["2026-W50"]
    assert await weekly.run(told) == {"2026-W49": ("skipped", "paused"), "2026-W50": ("posted", None)}


@pytest.mark.parametrize("act", ["pause", "skip"])
async def test_what_waits_to_be_posted_obeys_a_pause_too(weekly: Database, act: str) -> None:
    """Slack has put this week's digest off; whoever then pauses, or leaves this week out, does not get it after all."""
    run = (await sent_at(weekly, DUE)).run
    await weekly.run(digests.refused, run, "ratelimited", DUE + HOUR)

    if act == "pause":
        await weekly.run(subscriptions.pause, WORKSPACE, CHANNEL, None, DUE + MINUTE)
    else:
        await weekly.run(subscriptions.skip, WORKSPACE, CHANNEL, "2026-W49", DUE + MINUTE)

    assert await tick(weekly, DUE + HOUR) == []
    assert await weekly.run(states) == {"2026-W49": "skipped"}


async def test_a_skipped_week_is_left_out_and_the_next_one_comes(weekly: Database) -> None:
    """`skip` leaves one ISO week out; skipping another keeps the first."""
    await weekly.run(subscriptions.skip, WORKSPACE, CHANNEL, "2026-W51", BEGAN)
    planned = await weekly.run(subscriptions.skip, WORKSPACE, CHANNEL, "2026-W49", BEGAN)
    assert planned.next_due == DUE + WEEK

    weeks = [await tick(weekly, DUE + i * WEEK) for i in range(4)]

    assert weeks == [[], ["2026-W50"], [], ["2026-W52"]]


async def test_only_those_who_may_see_a_subscription_are_told_of_it(database: Database) -> None:
    """A private channel's subscription is listed there and nowhere else."""
    await database.run(subscribed, WISH, replace(WISH, channel="G0LEADS", is_private=True))

    def listed(connection: Connection, channel: str) -> list[str]:
        return [one.subscription.channel for one in subscriptions.listed(connection, WORKSPACE, channel, DUE)]

    assert await database.run(listed, CHANNEL) == [CHANNEL]
    assert await database.run(listed, "G0LEADS") == [CHANNEL, "G0LEADS"]


async def test_a_category_is_read_as_it_is_meant(database: Database) -> None:
    """A category that nobody has is refused with those there are, and nothing is subscribed."""
    people_only = replace(WISH, category="astrology")
    await database.run(subscribed)

    with pytest.raises(UserError, match="no category “astrology”"):
        await database.run(subscriptions.subscribe, people_only, BEGAN)
    with pytest.raises(UserError):
        await database.run(subscriptions.find, WORKSPACE, CHANNEL, BEGAN)


@pytest.mark.fault("D08")
async def test_an_attempt_that_was_overtaken_settles_nothing(weekly: Database) -> None:
    """The attempt's number fences off a poster that wakes up after somebody else has taken its digest over."""
    first = await sent_at(weekly, DUE)
    await weekly.run(digest_doubts.give_up_abandoned, SERVED, DUE + HOUR)
    await weekly.run(digest_doubts.post_again, WORKSPACE, first.run.id, DUE + HOUR)
    second = await sent_at(weekly, DUE + HOUR)
    assert second.run.attempt == first.run.attempt + 1

    assert not await weekly.run(posted, first, DUE + HOUR)
    assert not await weekly.run(digests.refused, first.run, "ratelimited", DUE + HOUR)
    assert not await weekly.run(partial(digests.failed, tell=True), first.run, "is_archived", DUE + HOUR)
    assert not await weekly.run(partial(digests.lost, can_look=False), first.run, "timeout")
    assert (await weekly.run(subscriptions.find, WORKSPACE, CHANNEL, DUE)).subscription.paused_until is None
    assert await weekly.run(posted, second, DUE + HOUR)

    assert await weekly.run(states) == {"2026-W49": "posted"}


@pytest.mark.fault("D01")
async def test_a_digest_whose_poster_died_is_in_doubt_and_never_resent(weekly: Database) -> None:
    """Taken and never settled: 15 minutes later it is uncertain, its subscriber is to hear of it, nobody claims it."""
    run = (await sent_at(weekly, DUE)).run

    assert await weekly.run(digest_doubts.give_up_abandoned, SERVED, DUE + 15 * MINUTE - 1) == 0
    assert await tick(weekly, DUE + 14 * MINUTE) == []
    assert await weekly.run(digest_doubts.give_up_abandoned, SERVED, DUE + 15 * MINUTE) == 1
    (looking,) = await weekly.run(digest_doubts.to_look, SERVED, DUE + 15 * MINUTE)
    await weekly.run(digest_doubts.found, looking, None, DUE + 15 * MINUTE)
    (owed,) = await weekly.run(digest_doubts.to_tell, SERVED, DUE + 15 * MINUTE)

    assert owed.subscription is not None
    assert (owed.run.id, owed.subscription.subscriber) == (run.id, ADA)
    assert await tick(weekly, DUE + HOUR) == []
    assert await weekly.run(states) == {"2026-W49": "uncertain"}
    assert await weekly.run(digest_doubts.give_up_abandoned, SERVED, DUE + HOUR) == 0
    last = (await weekly.run(subscriptions.find, WORKSPACE, CHANNEL, DUE)).subscription.last_outcome
    assert last is not None
    assert last.startswith("2026-W49 uncertain")


async def test_an_uncertain_digest_is_sent_again_by_a_person_only(weekly: Database) -> None:
    """Once by *Post it again*, even days later; not by the clock, and not by pressing twice."""
    run = await uncertain_at(weekly, DUE)
    assert await tick(weekly, DUE + HOUR) == []

    await weekly.run(digest_doubts.post_again, WORKSPACE, run.id, DUE + 3 * DAY)
    with pytest.raises(UserError, match="not in doubt"):
        await weekly.run(digest_doubts.post_again, WORKSPACE, run.id, DUE + 3 * DAY)

    assert await tick(weekly, DUE + 3 * DAY + 10) == ["2026-W49"]
    with pytest.raises(UserError, match="not in doubt"):
        await weekly.run(digest_doubts.post_again, WORKSPACE, run.id, DUE + 4 * DAY)


@pytest.mark.parametrize("state", ["pending", "sending", "posted", "failed"])
async def test_only_what_is_in_doubt_can_be_sent_again(weekly: Database, state: str) -> None:
    """A forged or late click on *Post it again* changes nothing."""
    composed = await sent_at(weekly, DUE)
    settle: dict[str, Callable[[Connection], object]] = {
        "sending": lambda _: None,
        "pending": lambda connection: digests.refused(connection, composed.run, "ratelimited", DUE),
        "posted": lambda connection: posted(connection, composed, DUE),
        "failed": lambda connection: digests.failed(connection, composed.run, "is_archived", DUE, tell=True),
    }
    run = composed.run
    await weekly.run(settle[state])

    with pytest.raises(UserError, match="not in doubt"):
        await weekly.run(digest_doubts.post_again, WORKSPACE, run.id, DUE + HOUR)

    assert await weekly.run(states) == {"2026-W49": state}


async def test_a_failure_pauses_and_a_refusal_waits(weekly: Database) -> None:
    """Refused: not before it may, then posted. Failed: paused with the reason, until somebody resumes."""
    run = (await sent_at(weekly, DUE)).run
    await weekly.run(digests.refused, run, "ratelimited", DUE + 60)
    assert await tick(weekly, DUE + 59) == []
    assert await tick(weekly, DUE + 60) == ["2026-W49"]

    run = (await sent_at(weekly, DUE + WEEK)).run
    await weekly.run(partial(digests.failed, tell=True), run, "is_archived", DUE + WEEK)
    paused = (await weekly.run(subscriptions.find, WORKSPACE, CHANNEL, DUE)).subscription
    assert (paused.paused_until, paused.pause_reason) == ("", "is_archived")
    assert paused.last_outcome == "2026-W50 failed"
    assert await tick(weekly, DUE + 2 * WEEK) == []
    await weekly.run(subscriptions.resume, WORKSPACE, CHANNEL, DUE + 2 * WEEK + HOUR)

    assert await tick(weekly, DUE + 3 * WEEK) == ["2026-W52"]
    resumed = (await weekly.run(subscriptions.find, WORKSPACE, CHANNEL, DUE)).subscription
    assert (resumed.paused_until, resumed.pause_reason) == (None, None)


async def test_what_was_posted_is_not_told_as_skipped(weekly: Database) -> None:
    """Posted on Monday, moved to Wednesday and then skipped: what the list says of last time stays true."""
    await tick(weekly, DUE)
    await weekly.run(subscriptions.subscribe, replace(WISH, weekday=WED), DUE + HOUR)
    await weekly.run(subscriptions.skip, WORKSPACE, CHANNEL, "2026-W49", DUE + HOUR)

    await tick(weekly, DUE + 2 * DAY)

    assert await weekly.run(states) == {"2026-W49": "posted"}
    found = await weekly.run(subscriptions.find, WORKSPACE, CHANNEL, DUE)
    assert found.subscription.last_outcome == "2026-W49 posted"


async def test_a_digest_tells_what_happened_since_the_channels_last_one(weekly: Database) -> None:
    """The first looks back a week; the next ones to the last that was posted, over weeks that were left out."""
    composed = await sent_at(weekly, DUE)
    assert (composed.digest.since, composed.digest.until) == (DUE - WEEK, DUE)
    assert await weekly.run(posted, composed, DUE)
    await weekly.run(subscriptions.skip, WORKSPACE, CHANNEL, "2026-W50", DUE + HOUR)
    await tick(weekly, DUE + WEEK)

    late = (await sent_at(weekly, DUE + 2 * WEEK + HOUR)).digest

    assert (late.since, late.until) == (DUE, DUE + 2 * WEEK + HOUR)


@pytest.mark.fault("D12")
async def test_a_zone_that_exists_no_more_keeps_nobody_waiting(weekly: Database) -> None:
    """A zone that the calendar has lost is read as UTC; the other channels' digests come, and so does this one's."""
    await weekly.run(subscriptions.subscribe, replace(WISH, channel="C0OTHER"), BEGAN)

    def lose_the_zone(connection: Connection) -> None:
        lost = update(subscription).where(subscription.c.channel == CHANNEL).values(zone="Europe/Atlantis")
        connection.execute(lost)

    await weekly.run(lose_the_zone)
    assert await tick(weekly, DUE) == ["2026-W49", "2026-W49"]

    shown = (await weekly.run(subscriptions.find, WORKSPACE, CHANNEL, DUE)).subscription
    assert shown.zone == "UTC"


ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Pacific/Apia", "Australia/Lord_Howe"]
weekdays, minutes, zones = st.integers(0, 6), st.integers(0, 1439), st.sampled_from(ZONES)


class Channel:
    """A channel through time, in one transaction: whatever its people, its clock and Slack do."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.now = BEGAN
        self.sent: Counter[str] = Counter()  # by week: posts that are, or may be, in the channel
        connection.execute(delete(digest_run))
        connection.execute(delete(subscription))

    def tick(self, outcome: str) -> None:
        """Plan, claim, post, and settle by what Slack answered; after a crash nothing is settled."""
        digests.plan(self.connection, SERVED, self.now)
        digest_doubts.give_up_abandoned(self.connection, SERVED, self.now)
        while (composed := next_composed(self.connection, self.now)) is not None:
            run = composed.run
            assert composed.digest.subscription.paused_until != ""
            assert run.week not in composed.digest.subscription.skipped
            assert self.now - run.due_at <= DAY
            if outcome != "refused":
                self.sent[run.week] += 1
            if outcome == "posted":
                assert posted(self.connection, composed, self.now)
            elif outcome == "refused":
                assert digests.refused(self.connection, run, "ratelimited", self.now + MINUTE)
            elif outcome == "uncertain":
                assert digests.lost(self.connection, run, "timeout", can_look=False)

    def change(self, weekday: int, minute: int, zone: str) -> None:
        """Somebody subscribes anew, with another day, time and zone."""
        wish = replace(WISH, weekday=weekday, minute=minute, zone=zone)
        planned, _ = subscriptions.subscribe(self.connection, wish, self.now)
        assert planned.next_due is not None
        assert planned.next_due > self.now

    def act(self, verb: str) -> None:
        """Somebody pauses, resumes, or leaves this week out."""
        here = (self.connection, WORKSPACE, CHANNEL)
        if verb == "pause":
            subscriptions.pause(*here, None, self.now)
        elif verb == "pause until":
            day = date.fromordinal(schedule.local_day(self.now, "UTC").toordinal() + 9)
            subscriptions.pause(*here, day.isoformat(), self.now)
        elif verb == "resume":
            subscriptions.resume(*here, self.now)
        else:
            subscriptions.skip(*here, schedule.iso_week(schedule.local_day(self.now, "UTC")), self.now)


STEPS = st.one_of(
    st.tuples(st.just("wait"), st.integers(1, 5 * DAY)),
    st.tuples(st.just("tick"), st.sampled_from(["posted", "refused", "uncertain", "crash"])),
    st.tuples(st.just("change"), st.tuples(weekdays, minutes, zones)),
    st.tuples(st.just("act"), st.sampled_from(["pause", "pause until", "resume", "skip"])),
)


def live(connection: Connection, steps: list[tuple[str, object]]) -> Counter[str]:
    """Let a subscribed channel go through these steps; how often each week was, or may have been, posted."""
    people.welcome_workspace(connection, WORKSPACE, "Test", "U0BOT", 0)
    channel = Channel(connection)
    subscriptions.subscribe(connection, WISH, BEGAN)
    for verb, what in steps:
        if isinstance(what, int):
            channel.now += what
        elif isinstance(what, tuple):
            channel.change(*what)
        elif verb == "tick":
            channel.tick(str(what))
        else:
            channel.act(str(what))
    return channel.sent


@pytest.mark.fault("D11")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, min_size=1, max_size=25))
async def test_nothing_makes_a_week_come_twice(database: Database, steps: list[tuple[str, object]]) -> None:
    """Whatever is changed, paused, refused, lost or cut off, no week is ever sent twice unless a person asks."""
    sent = await database.run(live, steps)

    assert [week for week, posts in sent.items() if posts > 1] == []


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    when=st.tuples(weekdays, minutes, zones),
    pauses=st.lists(st.integers(1, DAY), min_size=40, max_size=40),
    start=st.sampled_from([date(2026, 3, 20), date(2026, 9, 20), date(2026, 12, 15)]),
)
async def test_no_week_is_lost_while_the_clock_rings_daily(
    database: Database, when: tuple[int, int, str], pauses: list[int], start: date
) -> None:
    """With a tick at least once a day every week whose time came is posted, once, across changes of the clocks."""
    weekday, minute, zone = when

    def run(connection: Connection) -> tuple[Counter[str], set[str]]:
        people.welcome_workspace(connection, WORKSPACE, "Test", "U0BOT", 0)
        channel = Channel(connection)
        begin = channel.now = int(datetime(start.year, start.month, start.day, tzinfo=UTC).timestamp())
        channel.change(weekday, minute, zone)
        for pause in pauses:
            channel.now += pause
            channel.tick("posted")
        weeks = {
            schedule.iso_week(date.fromordinal(start.toordinal() + 7 * i)): i for i in range(-1, len(pauses) // 7 + 2)
        }
        due = {week for week in weeks if begin < schedule.due_at(week, weekday, minute, zone) <= channel.now}
        return channel.sent, due

    sent, due = await database.run(run)

    assert sent == Counter(dict.fromkeys(due, 1))
