"""Digests in doubt: looked for where history may be read, asked about where not, and never posted twice."""

import time
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from bot import digest_doubts, digests
from bot.digests import Composed
from bot.errors import Refused
from bot.views.kit import say
from db import clock
from db.connection import Connection
from db.engine import Database, now
from db.models import clock as clock_table
from db.models import digest_run, subscription
from tests.story import Person, Story, eventually
from tests.test_digest_posting import ALWAYS, DAY, GENERAL, LOST, MINUTE, WEEK, direct, posted, runs, subscribed

TEAM = "T0PLAY"
ROOT = Path(__file__).parent.parent


class Time:
    """The story's time: the playground's clock goes along with the moments that the app is told."""

    def __init__(self, story: Story) -> None:
        self._story = story

    async def tick(self, at: int) -> None:
        """Everything that is due at this moment."""
        shown = (await self._story.get("state"))["now"]
        await self._story.post("clock", advance=max(0.0, at - shown))
        await self._story.app.scheduler.tick(at=at)


async def with_history(story: Story) -> Person:
    """Somebody in a workspace that has granted the optional scopes."""
    await story.post("scopes", optional=True)
    return story.person("ada")


async def keys(story: Story) -> list[str]:
    """The keys of the digests that stand in the channel."""
    return [card.message["metadata"]["event_payload"]["key"] for card in await posted(story)]


@pytest.mark.fault("D02")
async def test_history_tells_what_a_lost_answer_did_not(story: Story) -> None:
    """Whatever was lost, a quarter of an hour later the digest stands there, once, and nobody was asked."""
    ada = await with_history(story)
    due, time_ = await subscribed(ada), Time(story)

    for week, fault in enumerate(LOST):
        at = due + week * WEEK
        await story.post("clock", advance=max(0.0, at - (await story.get("state"))["now"]))
        await story.post("fault", method="chat.postMessage", times=1, **fault)
        for later in (0, 14 * MINUTE, 16 * MINUTE, 17 * MINUTE, 33 * MINUTE, DAY):
            await time_.tick(at + later)
        assert len(await posted(story)) == week + 1, fault

    assert set(await runs(story)) == {"posted"}
    assert len(set(await keys(story))) == len(LOST)
    assert await story.cards("D0ADA") == []


POINTS = ("not begun", "planned", "taken", "composed", "posted", "settled")


@pytest.mark.fault("D01")
async def test_a_death_at_any_point_leaves_one_digest(story: Story) -> None:
    """Dead at each of the six points of the protocol, a week each: another process finishes it, once."""
    ada = await with_history(story)
    due, time_, database = await subscribed(ada), Time(story), story.app.database
    slack = story.app.services.clients.of(TEAM)

    for week, point in enumerate(POINTS):
        at, reached = due + week * WEEK, POINTS.index(point)
        await story.post("clock", advance=max(0.0, at - (await story.get("state"))["now"]))
        if reached >= 1:
            await database.run(digests.plan, [TEAM], at)
        if reached >= 2:
            (run,) = await database.run(digests.take, [TEAM], at)
        if reached >= 3:
            composed = await database.run(digests.compose, run, at, False)
            assert isinstance(composed, Composed)
        if reached >= 4:
            ts = await slack.post(GENERAL, say("The week's verdicts"), key=run.key)
        if reached >= 5:
            assert await database.run(digests.posted, composed, ts, at)
        for later in (10, 130, 16 * MINUTE, 17 * MINUTE, 33 * MINUTE, DAY):
            await time_.tick(at + later)
        assert len(await posted(story)) == week + 1, point

    assert set(await runs(story)) == {"posted"}
    assert await story.cards("D0ADA") == []


@pytest.mark.fault("D07")
async def test_the_later_of_two_messages_goes(story: Story) -> None:
    """Slack executes a request after it was looked for: its digest stands twice for a while, then once."""
    ada = await with_history(story)
    due, time_ = await subscribed(ada), Time(story)
    await story.post("clock", advance=due - (await story.get("state"))["now"])
    await story.post("fault", method="chat.postMessage", times=1, drop=True)
    await time_.tick(due)
    await time_.tick(due + 16 * MINUTE)  # it is not there …
    await time_.tick(due + 17 * MINUTE)  # … and is posted again
    (first,) = await posted(story)
    (key,) = await keys(story)
    await story.app.services.clients.of(TEAM).post(GENERAL, say("The week's verdicts"), key=key)
    assert len(await posted(story)) == 2

    await time_.tick(due + 33 * MINUTE)

    (left,) = await posted(story)
    assert left.ts == first.ts
    assert await runs(story) == ["posted"]


@pytest.mark.fault("D10")
async def test_what_is_in_doubt_is_seen_in_the_lists(story: Story) -> None:
    """Without history: the list and the Home tab say so and have *Post it again*, which waits until all has landed."""
    ada, bjorn = story.person("ada"), story.person("bjorn")
    await story.post("open-home", user=bjorn.id)
    await direct(story, bjorn, "Verdicts is here")  # the first words are for whoever opens it first
    due, time_ = await subscribed(ada), Time(story)
    await story.post("fault", method="chat.postMessage", times=1, execute_then_drop=True)
    await time_.tick(due)

    await ada.types("/verdict subscriptions")
    listed = await ada.was_told("I cannot tell whether it is there", "Post it again")

    async def at_home() -> bool | None:
        await story.post("open-home", user=ada.id)  # the first time it is the guide
        return "I cannot tell whether it is there" in str((await ada.sees())["home"]) or None

    await eventually(at_home)
    await ada.presses(listed, "Post it again")
    await ada.was_told("may still arrive")
    await time_.tick(due + 16 * MINUTE)

    await direct(story, ada, "cannot tell", "Post it again")
    assert len(await posted(story)) == 1
    assert await runs(story) == ["uncertain"]


@pytest.mark.fault("D08")
async def test_what_woke_up_too_late_is_not_sent(story: Story) -> None:
    """A poster that was stopped before it could send asks its own clock, sends nothing, and takes it anew."""
    slack = story.app.services.clients.of(TEAM)

    with pytest.raises(Refused, match="too_late"):
        await slack.post(GENERAL, say("Hello"), key="key", not_after=time.monotonic() - 0.1)

    assert await story.calls("chat.postMessage") == []


@pytest.mark.fault("D14")
async def test_a_restored_backup_posts_nothing_twice(story: Story) -> None:
    """Posted, and then the database is put back to before: found by the same key; without history somebody is asked."""
    ada = await with_history(story)
    due, time_, database = await subscribed(ada), Time(story), story.app.database
    await database.run(clock.saw, due - DAY)
    await time_.tick(due)
    assert len(await posted(story)) == 1

    def as_it_was(connection: Connection) -> None:
        connection.execute(delete(digest_run))
        connection.execute(update(subscription).values(planned_until=due - DAY, next_due_at=due, last_outcome=None))
        connection.execute(update(clock_table).values(seen_at=due - DAY, blind_from=None, blind_until=None))

    await database.run(as_it_was)
    await database.run(digest_doubts.after_restore, due + 60)
    for later in (120, 180, 20 * MINUTE):
        await time_.tick(due + later)
    assert len(await posted(story)) == 1
    assert await runs(story) == ["posted"]

    await story.post("scopes", optional=False)
    await database.run(as_it_was)
    await database.run(digest_doubts.after_restore, due + 3_600)
    for later in (3_700, 3_800, 2 * 3_600):
        await time_.tick(due + later)
    await direct(story, ada, "cannot tell", "Post it again")
    assert len(await posted(story)) == 1
    assert await runs(story) == ["uncertain"]
    await time_.tick(due + WEEK)
    assert await runs(story) == ["uncertain", "posted"]


@pytest.mark.fault("D14")
async def test_what_waited_in_a_backup_is_in_doubt(story: Story) -> None:
    """Planned or taken when the backup was made, posted after it: in doubt, also when it is told twice."""
    ada = story.person("ada")
    due, database = await subscribed(ada, ALWAYS), story.app.database
    await database.run(digests.plan, [TEAM], due)

    assert await database.run(digest_doubts.after_restore, due + 60) == 1
    assert await database.run(digest_doubts.after_restore, due + 61) == 0

    assert await runs(story) == ["uncertain"]
    assert await database.run(digests.take, [TEAM], due + 300) == []


@pytest.mark.fault("D09")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_clock_that_is_set_back_stands_still(database: Database) -> None:
    """On SQLite time goes on from the latest moment seen; a clock that was a year ahead was wrong, and is forgotten."""
    wall = int(time.time())
    await database.run(clock.saw, wall + 600)
    assert await database.run(now) == wall + 600
    await database.run(partial(clock.saw, every=5), wall)
    assert await database.run(now) == wall + 600

    await database.run(clock.saw, wall + 366 * DAY)
    assert wall <= await database.run(now) <= wall + 60
    await database.run(partial(clock.saw, every=5), wall + 1)
    assert wall <= await database.run(now) <= wall + 60


@pytest.mark.fault("D09")
@pytest.mark.fault("D13")
def test_only_the_database_knows_the_time() -> None:
    """What decides about digests asks no clock of its machine, and APScheduler keeps no jobs and knows no dates."""
    clocks = ("import time", "time.time", "datetime.now", "monotonic", ".today(")
    for name in ("digest_protocol", "digests", "digest_doubts", "subscriptions", "schedule", "digest_content"):
        source = (ROOT / "bot" / f"{name}.py").read_text("utf-8")
        assert [clock for clock in clocks if clock in source] == [], name

    sources = [path.read_text("utf-8") for room in ("bot", "commands", "db") for path in (ROOT / room).rglob("*.py")]
    calendars = ("jobstore", "CronTrigger", '"cron"', "triggers.date")
    assert [word for word in calendars if any(word in source for source in sources)] == []
