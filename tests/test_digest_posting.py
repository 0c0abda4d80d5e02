"""The week's verdicts reach their channel once, whatever Slack answers or fails to answer, and obey its people."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from bot.app import App
from bot.config import Settings
from db.connection import Connection
from db.models import digest_run
from tests.story import Card, Person, Story, eventually, home_says

GENERAL, RANDOM, LEADS, PARTNERS = "C0GENERAL", "C0RANDOM", "G0LEADS", "C0PARTNERS"
MINUTE, DAY, WEEK = 60, 86_400, 7 * 86_400
SUBSCRIBE = "/verdict subscribe mon 09:00 tz Europe/Berlin"
ALWAYS = f"{SUBSCRIBE} even-if-empty"
COMPARE = "/compare claude files api vs llama 4 compact"


@pytest.fixture
async def replica(story: Story, settings: Settings) -> AsyncIterator[App]:
    """A second bot on the same database."""
    app = App(settings)
    await app.start()
    try:
        yield app
    finally:
        await app.close()


async def subscribed(person: Person, line: str = ALWAYS, channel: str = GENERAL) -> int:
    """Subscribe the channel; the Unix time of its first digest, as the answer promises it."""
    await person.types(line, channel=channel)
    answer = await person.was_told(f"<#{channel}> will get", "Next:")
    return int(answer.said.split("<!date^")[1].split("^")[0])


async def posted(story: Story, channel: str = GENERAL) -> list[Card]:
    """The digests in the channel, oldest first."""
    return [card for card in await story.cards(channel) if card.said.startswith("The week's verdicts")]


async def runs(story: Story, channel: str = GENERAL) -> list[str]:
    """The states of the channel's weeks, oldest first."""

    def states(connection: Connection) -> list[str]:
        found = select(digest_run.c.state).where(digest_run.c.channel == channel).order_by(digest_run.c.week)
        return list(connection.execute(found).scalars())

    return await story.app.database.run(states)


def sent_long_ago(connection: Connection) -> None:
    """A press happens at the real time, long before the story's: what was sent in it has landed or never will."""
    connection.execute(update(digest_run).values(sending_at=1, doubt_since=1))


async def direct(story: Story, person: Person, *expected: str, messages: int = 1) -> Card:
    """The newest of the app's messages to this person, once there are so many, each with all of this in it."""
    name = f"D0{person.id.removeprefix('U0')}"

    async def told() -> Card | None:
        if len(story.app.services.tasks):
            return None
        said = await story.cards(name)
        assert len(said) <= messages
        assert all(part in card.said for card in said for part in expected)
        return said[-1] if len(said) == messages else None

    return await eventually(told, lambda: f"{person.id} has not {messages} messages")


async def voted(story: Story) -> Card:
    """A comparison with three people's votes, which is enough for a picture."""
    people = [story.person(name) for name in ("ada", "bjorn", "chloe")]
    await people[0].types(COMPARE)
    card = await story.seeded()
    for person in people:
        await person.reacts(card, "one")
    return await story.shows(card, "3 of 3")


def kinds(blocks: list[dict[str, Any]]) -> set[str]:
    """The types of a message's blocks."""
    return {block["type"] for block in blocks}


async def test_subscribing_answers_with_what_will_happen(story: Story) -> None:
    """Day, time, zone and the next date, which is that time in that zone, within a week; and how to stop it."""
    ada = story.person("ada")

    due = await subscribed(ada, SUBSCRIBE)

    answer = await ada.was_told("every Monday at 09:00 (Europe/Berlin)", "empty week is not posted", "unsubscribe")
    local = datetime.fromtimestamp(due, ZoneInfo("Europe/Berlin"))
    assert (local.weekday(), local.hour, local.minute, local.second) == (0, 9, 0, 0)
    assert 0 < due - (await story.get("state"))["now"] <= WEEK
    assert answer.message["text"].count("<!date^") == 1
    await ada.types("/verdict subscriptions")
    await ada.was_told(f"<#{GENERAL}>", "every Monday at 09:00", f"<!date^{due}^", "Subscribed by <@U0ADA>")


async def test_a_preview_is_for_one_persons_eyes(story: Story) -> None:
    """A preview is seen by whoever asked and by nobody else; *Post it now* under it posts it."""
    ada, bjorn = story.person("ada"), story.person("bjorn")
    await subscribed(ada)

    await ada.types("/verdict digest preview")
    preview = await ada.was_told("Preview", "The week's verdicts", "Nothing was closed")
    assert await story.cards() == []
    assert await bjorn.whispers() == []
    await ada.presses(preview, "Post it now")

    card = await story.card()
    assert "Posted because <@U0ADA> subscribed" in card.said
    assert len(await story.cards()) == 1


async def test_now_posts_and_the_week_comes_all_the_same(story: Story) -> None:
    """`now` posts at once, not twice in a row; what posted nothing is no first time; the week's digest still comes."""
    ada = story.person("ada")
    await ada.types("/verdict digest now")
    await ada.was_told("no weekly verdicts yet")
    due = await subscribed(ada)

    await story.post("fault", method="chat.postMessage", times=1, error="restricted_action")
    await ada.types("/verdict digest now")
    await ada.was_told("may not post in this channel", "/invite @Verdicts")
    await ada.types("/verdict digest now")
    await story.card()
    await ada.types("/verdict digest now")
    await ada.was_told("asked for a moment ago")
    assert len(await posted(story)) == 1
    await story.app.scheduler.tick(at=due)

    assert len(await posted(story)) == 2


async def test_it_posts_by_itself_once_a_week(story: Story) -> None:
    """Not before its time, once when it has come however often and densely the clock rings, and again next week."""
    ada = story.person("ada")
    due = await subscribed(ada)
    tick = story.app.scheduler.tick

    await tick(at=due - 1)
    assert await posted(story) == []
    await asyncio.gather(*[tick(at=due + i % 2) for i in range(6)])
    await tick(at=due + DAY)
    assert len(await posted(story)) == 1
    await tick(at=due + WEEK)

    first, second = await posted(story)
    keys = [card.message["metadata"]["event_payload"]["key"] for card in (first, second)]
    assert len(set(keys)) == 2
    assert await runs(story) == ["posted", "posted"]
    await ada.types("/verdict subscriptions")
    await ada.was_told(f"<#{GENERAL}>", "Last time", ": posted.")
    await home_says(ada, "Welcome to Verdicts")
    await home_says(ada, f"<#{GENERAL}>", "Last time", ": posted.")


@pytest.mark.fault("D03")
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_two_replicas_post_it_once(story: Story, replica: App) -> None:
    """Two bots on one database whose clocks ring at the same moment, again and again: each channel has one post."""
    ada = story.person("ada")
    due = await subscribed(ada)
    await subscribed(ada, channel=RANDOM)
    await subscribed(ada, channel=LEADS)

    for at in (due, due + 1):
        await asyncio.gather(*[app.scheduler.tick(at=at) for app in (story.app, replica) * 3])

    assert [len(await posted(story, channel)) for channel in (GENERAL, RANDOM, LEADS)] == [1, 1, 1]


async def test_an_empty_week_is_not_posted(story: Story) -> None:
    """Nothing happened and nobody asked for empty weeks: no post, a row that says so, and a preview that says when."""
    ada = story.person("ada")
    due = await subscribed(ada, SUBSCRIBE)
    await ada.types("/verdict digest preview")
    await ada.was_told("Nothing has happened", "Next:")

    await story.app.scheduler.tick(at=due)

    assert await story.cards() == []
    assert await runs(story) == ["skipped"]


LOST: list[dict[str, Any]] = [
    {"execute_then_drop": True},
    {"drop": True},
    {"cut_json": True},
    {"status": 502},
    {"status": 500, "execute": True},
    {"error": "internal_error", "execute": True},
    {"error": "fatal_error"},
]


@pytest.mark.fault("D02")
async def test_a_lost_answer_is_never_answered_by_posting_twice(story: Story) -> None:
    """Answer lost, cut or 5xx, executed or not: uncertain, never resent by itself, its subscriber told each time."""
    ada = story.person("ada")
    due = await subscribed(ada)

    there = 0
    for week, fault in enumerate(LOST):
        await story.post("fault", method="chat.postMessage", times=1, **fault)
        await story.app.scheduler.tick(at=due + week * WEEK)
        there += any(name in fault for name in ("execute_then_drop", "cut_json", "execute"))
        for later in (0, 16 * MINUTE, 6 * DAY):
            await story.app.scheduler.tick(at=due + week * WEEK + later)

        assert len(await posted(story)) == there, fault
        assert await runs(story) == ["uncertain"] * (week + 1)
        await direct(story, ada, f"in <#{GENERAL}>", "cannot tell", messages=week + 1)


@pytest.mark.fault("D10")
async def test_post_it_again_posts_it_again_once(story: Story) -> None:
    """*Post it again* in the message to its subscriber sends an uncertain digest once more, and only once.

    The message comes even where Slack's trouble befalls it as well.
    """
    ada = story.person("ada")
    due = await subscribed(ada)
    await story.post("fault", method="chat.postMessage", times=2, drop=True)
    await story.app.scheduler.tick(at=due)
    await story.app.scheduler.tick(at=due + 15 * MINUTE)
    await story.app.scheduler.tick(at=due + 16 * MINUTE)
    question = await direct(story, ada, "cannot tell")
    assert await posted(story) == []
    await story.app.database.run(sent_long_ago)

    await ada.presses(question, "Post it again")
    await ada.was_told("on its way")
    await story.app.scheduler.tick()  # a press is of this moment, and so is what it asks for, whatever day it is
    await ada.presses(question, "Post it again")
    await ada.was_told("not in doubt")
    await story.app.scheduler.tick()

    assert len(await posted(story)) == 1
    assert await runs(story) == ["posted"]


@pytest.mark.fault("D01")
async def test_a_crash_in_the_middle_of_a_post_does_not_repeat_it(story: Story) -> None:
    """Posted, and dead before it could be noted: nobody resends it, and its subscriber is asked to look."""
    ada = story.person("ada")
    due = await subscribed(ada)
    await story.post("fault", method="chat.postMessage", times=1, delay=1, when="after")
    dying = asyncio.create_task(story.app.scheduler.tick(at=due))
    await story.card()
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    assert await runs(story) == ["sending"]

    await story.app.scheduler.tick(at=due + 14 * MINUTE)
    assert await story.cards("D0ADA") == []
    await story.app.scheduler.tick(at=due + 15 * MINUTE)
    await story.app.scheduler.tick(at=due + 16 * MINUTE)

    await direct(story, ada, "cannot tell", "Post it again")
    assert len(await posted(story)) == 1
    assert await runs(story) == ["uncertain"]


@pytest.mark.fault("R02")
async def test_a_refused_digest_waits_and_comes(story: Story) -> None:
    """429: it stays pending for as long as Slack asked, and is posted once after that; nobody is bothered."""
    due = await subscribed(story.person("ada"))
    await story.post("fault", method="chat.postMessage", times=1, status=429, retry_after="1")

    await story.app.scheduler.tick(at=due)
    assert await runs(story) == ["pending"]
    await story.app.scheduler.tick(at=due)
    assert await posted(story) == []
    await story.app.scheduler.tick(at=due + 2)
    await story.app.scheduler.tick(at=due + 3)

    assert len(await posted(story)) == 1
    assert await runs(story) == ["posted"]
    assert await story.cards("D0ADA") == []


async def test_a_channel_shared_with_another_company_is_told_of_itself_alone(story: Story) -> None:
    """What was asked elsewhere stays there, on request and by itself; while Slack does not say whose the channel is,
    nothing is posted."""
    ada = story.person("ada")
    await voted(story)
    due = await subscribed(ada, channel=PARTNERS)
    await ada.types("/verdict digest now", channel=PARTNERS)
    asked_for = await story.card(PARTNERS)
    await story.post("fault", method="conversations.info", times=100, status=503)

    await story.app.scheduler.tick(at=due)
    assert await runs(story, PARTNERS) == ["pending"]
    await story.post("fault", clear=True)
    await story.app.scheduler.tick(at=due + MINUTE)

    assert await runs(story, PARTNERS) == ["posted"]
    weekly = (await posted(story, PARTNERS))[-1]
    assert weekly.ts != asked_for.ts
    for digest in (asked_for, weekly):
        assert "another company reads" in digest.said
        assert "Claude" not in digest.said


@pytest.mark.fault("R02")
async def test_a_long_retry_after_is_not_slept_through(story: Story) -> None:
    """Slack asks for ten minutes: the other channels' digests wait unclaimed and unsent, and so does nobody's answer.

    Whoever is on the line meanwhile is told to try later, at once.
    """
    ada = story.person("ada")
    due = await subscribed(ada)
    await subscribed(ada, channel=RANDOM)
    await story.post("fault", method="chat.postMessage", times=1, status=429, retry_after="600")

    await story.app.scheduler.tick(at=due)
    assert await runs(story) + await runs(story, RANDOM) == ["pending", "pending"]
    await ada.types(COMPARE)
    await ada.was_told("claude files api vs llama 4 compact", "again")

    assert len(await story.calls("chat.postMessage")) == 1
    await story.app.scheduler.tick(at=due + 5 * MINUTE)
    assert await runs(story) + await runs(story, RANDOM) == ["pending", "pending"]


@pytest.mark.fault("D11")
@pytest.mark.parametrize("loss", ["archive", "leave"])
async def test_a_lost_channel_pauses_and_its_subscriber_is_told_once(story: Story, loss: str) -> None:
    """Archived, or the bot removed: failed, paused with the reason, one message; other channels are not concerned."""
    ada = story.person("ada")
    due = await subscribed(ada, channel=RANDOM)
    await subscribed(ada)
    await story.post(loss, channel=RANDOM, user="U0VERDICTS" if loss == "leave" else "U0ADA")

    for week in range(3):
        await story.app.scheduler.tick(at=due + week * WEEK)

    assert await runs(story, RANDOM) == ["failed", "skipped", "skipped"]
    told = await direct(story, ada, f"could not post the week's verdicts in <#{RANDOM}>", "Resume")
    assert len(await posted(story)) == 3
    why = {"archive": "because the channel is archived.", "leave": "because I am no longer in the channel"}
    assert why[loss] in told.said
    if loss == "leave":
        await story.post("join", channel=RANDOM, user="U0VERDICTS")
        await ada.presses(told, "Resume")
        await ada.was_told("go on, every Monday at 09:00")
        await story.app.scheduler.tick(at=due + 3 * WEEK)
        assert len(await posted(story, RANDOM)) == 1


@pytest.mark.fault("R07")
async def test_a_revoked_token_is_used_once(story: Story) -> None:
    """The workspace has removed the app: one call finds that out, and no more are made."""
    ada = story.person("ada")
    due = await subscribed(ada)
    await subscribed(ada, channel=RANDOM)
    await story.post("uninstall")

    before = len(await story.calls("chat.postMessage") + await story.calls("conversations.info"))

    await story.app.scheduler.tick(at=due)
    await story.app.scheduler.tick(at=due + MINUTE)

    assert len(await story.calls("chat.postMessage") + await story.calls("conversations.info")) == before + 1
    assert sorted(await runs(story) + await runs(story, RANDOM)) == ["failed", "pending"]


@pytest.mark.fault("R06")
async def test_a_workspace_without_charts_gets_bars_of_text(story: Story) -> None:
    """`invalid_blocks`: posted without what is native, at once, and from then on without asking again."""
    await voted(story)
    due = await subscribed(story.person("ada"))
    await story.post("fault", method="chat.postMessage", times=1, error="invalid_blocks")

    await story.app.scheduler.tick(at=due)
    tried, sent = (await story.calls("chat.postMessage"))[-2:]
    assert "data_visualization" in kinds(tried["arguments"]["blocks"])
    assert "data_visualization" not in kinds(sent["arguments"]["blocks"])
    (card,) = await posted(story)
    assert "Would ship: panel beside community" in card.said
    assert "100 % of 3 people" in card.said
    await story.app.scheduler.tick(at=due + WEEK)

    assert len(await posted(story)) == 2
    assert not any("data_visualization" in kinds(one.message["blocks"]) for one in await posted(story))
    assert len(await story.calls("chat.postMessage")) == 4  # the card, the refused one, and two digests
    assert await runs(story) == ["posted", "posted"]


async def test_blocks_that_are_refused_all_the_same_end_in_a_failure(story: Story) -> None:
    """A digest that Slack refuses in its plainest form too is no loop: failed, paused, and said so."""
    ada = story.person("ada")
    due = await subscribed(ada)
    await story.post("fault", method="chat.postMessage", times=2, error="invalid_blocks")

    await story.app.scheduler.tick(at=due)

    await direct(story, ada, "could not post", "invalid_blocks")
    assert await runs(story) == ["failed"]
    assert await posted(story) == []


async def test_pause_and_resume_by_button(story: Story) -> None:
    """*Pause* under a digest stops the next ones; *Resume* in the answer lets them go on."""
    ada, bjorn = story.person("ada"), story.person("bjorn")
    due = await subscribed(ada)
    await story.app.scheduler.tick(at=due)
    (digest,) = await posted(story)

    await bjorn.presses(digest, "Pause")
    answer = await bjorn.was_told("pause until somebody resumes", "/verdict digest resume")
    assert await ada.whispers() != []
    await story.app.scheduler.tick(at=due + WEEK)
    assert len(await posted(story)) == 1
    await bjorn.presses(answer, "Resume")
    await bjorn.was_told("go on, every Monday at 09:00 (Europe/Berlin)", "Next:")
    await story.app.scheduler.tick(at=due + 2 * WEEK)

    assert len(await posted(story)) == 2
    assert await runs(story) == ["posted", "skipped", "posted"]


async def test_change_by_button_gives_the_line_that_changes_it(story: Story) -> None:
    """*Change* answers with the line as it holds now; sent as it is it changes nothing, edited it does."""
    ada, bjorn = story.person("ada"), story.person("bjorn")
    due = await subscribed(ada)
    await story.app.scheduler.tick(at=due)

    await bjorn.presses((await posted(story))[0], "Change")
    await bjorn.was_told("edit this line", f"{ALWAYS}")
    await bjorn.types(ALWAYS)
    await bjorn.was_told("now gets the week's verdicts every Monday at 09:00 (Europe/Berlin)")
    await bjorn.types("/verdict subscribe tue 10:30 tz Europe/Berlin even-if-empty")
    await bjorn.was_told("every Tuesday at 10:30 (Europe/Berlin)")

    await story.app.scheduler.tick(at=due + DAY + 90 * MINUTE)  # this week's Tuesday: the week has had its digest
    assert len(await posted(story)) == 1
    await story.app.scheduler.tick(at=due + WEEK)
    assert len(await posted(story)) == 1
    await story.app.scheduler.tick(at=due + WEEK + DAY + 90 * MINUTE)
    assert len(await posted(story)) == 2


async def test_stop_by_button_ends_it(story: Story) -> None:
    """*Stop* ends the subscription for everyone and says how to have it back; buttons of old digests say so too."""
    ada, bjorn = story.person("ada"), story.person("bjorn")
    due = await subscribed(ada)
    await story.app.scheduler.tick(at=due)
    (digest,) = await posted(story)

    await bjorn.presses(digest, "Stop")
    await bjorn.was_told(f"<#{GENERAL}> no longer gets", "/verdict subscribe mon 09:00 tz Europe/Berlin")
    await story.app.scheduler.tick(at=due + WEEK)
    assert len(await posted(story)) == 1
    for button in ("Pause", "Change", "Stop"):
        await ada.presses(digest, button)
        await ada.was_told("This subscription has ended")


async def test_words_do_what_buttons_do(story: Story) -> None:
    """unsubscribe, digest pause until, resume and skip, typed."""
    ada = story.person("ada")
    due = await subscribed(ada)
    monday = datetime.fromtimestamp(due, ZoneInfo("Europe/Berlin")).date()

    await ada.types(f"/verdict digest skip {monday}")
    await ada.was_told("are left out", f"<!date^{due + WEEK}^")
    await ada.types("/verdict digest pause")
    await ada.was_told("pause until somebody resumes")
    await ada.types("/verdict digest resume")
    await ada.was_told("go on", f"<!date^{due + WEEK}^")
    await story.app.scheduler.tick(at=due)
    assert await posted(story) == []
    await ada.types("/verdict unsubscribe")
    await ada.was_told("no longer gets")
    await story.app.scheduler.tick(at=due + WEEK)

    assert await posted(story) == []
    assert await runs(story) == ["skipped"]
