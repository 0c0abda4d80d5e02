"""The first words in a workspace, in a channel, after a first vote; and the Home tab as each person sees it."""

import asyncio

import pytest

from bot import people
from db.engine import Database, now
from tests.story import Story, eventually, home_says

GENERAL, RANDOM, PRIVATE = "C0GENERAL", "C0RANDOM", "G0LEADS"
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def direct(story: Story, name: str) -> list[str]:
    """What the bot wrote to somebody directly."""
    return [card.said for card in await story.cards(f"D0{name.upper()}")]


@ON_SQLITE
async def test_one_person_gets_the_first_words_and_their_three_buttons(story: Story) -> None:
    """Of two who open Home at once, one is told what the app is for; each of its buttons leads on."""
    ada, bjorn = story.person("ada"), story.person("bjorn")
    await asyncio.gather(home_says(ada, "Welcome to Verdicts"), home_says(bjorn, "Welcome to Verdicts"))

    async def told() -> list[str] | None:
        return [*await direct(story, "ada"), *await direct(story, "bjorn")] or None

    await eventually(told)
    await home_says(ada, "Open in your channels")
    said = await told()
    assert said is not None
    assert len(said) == 1
    assert "Verdicts is here" in said[0]

    lucky = ada if await direct(story, "ada") else bjorn
    words = await story.card(f"D{lucky.id[1:]}")
    await lucky.presses(words, "What can I type?")
    await lucky.was_told("Lines to paste")
    await lucky.presses(words, "Compare two tools")
    await lucky.dialog("Compare tools")
    assert (await lucky.submits(tool_a="Cursor", tool_b="Zed", channel=RANDOM))["ok"]
    await story.seeded(RANDOM)


async def test_of_many_at_once_one_says_the_first_words(database: Database) -> None:
    """The row decides, also between replicas; a workspace whose message was refused gets another chance."""
    instant = await database.run(now)
    await database.run(people.welcome_workspace, "T1", "Team", "U0BOT", instant)

    won = await asyncio.gather(*[database.run(people.needs_first_words, "T1", instant) for _ in range(8)])
    assert sorted(won) == [False] * 7 + [True]

    await database.run(people.first_words_failed, "T1")
    assert await database.run(people.needs_first_words, "T1", instant)


@ON_SQLITE
async def test_whoever_invites_the_bot_reads_a_note_and_the_channel_nothing(story: Story) -> None:
    """Being added to a channel is answered to the inviter alone."""
    chloe = story.person("chloe")

    await story.post("join", channel="C0AITOOLS", user="U0VERDICTS", inviter=chloe.id)

    note = await chloe.was_told("/compare claude files api vs llama 4 compact")
    assert note.channel == "C0AITOOLS"
    assert await story.cards("C0AITOOLS") == []


@ON_SQLITE
async def test_a_first_vote_is_explained_once(story: Story) -> None:
    """One private line after the first vote ever: what is counted, until when, how to take it back."""
    ada = story.person("ada")
    await ada.types("/compare cursor vs zed")
    card = await story.seeded()
    await ada.reacts(card, "two")
    await ada.was_told("Your first vote is counted", "you would ship *Zed*", "change or remove your reactions")

    await ada.takes_back(card, "two")
    await ada.reacts(card, "one")
    await story.has_row(card, "Community", ["1 of 1 person", "0 of 1 person"])
    assert len(await ada.whispers()) == 1


async def test_home_is_each_persons_own(story: Story) -> None:
    """Home shows what is open in the person's channels, private ones included, and tells nobody else of them."""
    ada, chloe, gus = (story.person(name) for name in ("ada", "chloe", "gus"))
    await ada.types('/compare cursor vs zed for "pairing"', channel=PRIVATE)
    private = await story.seeded(PRIVATE)
    await ada.reacts(private, "two")
    await story.shows(private, "1 of 1")
    await ada.types("/compare qdrant vs pgvector", channel=RANDOM)
    await story.seeded(RANDOM)
    await ada.types("/verdict subscribe mon 09:00", channel=PRIVATE)
    await ada.was_told("Monday at 09:00")
    for person in (ada, chloe, gus):
        await home_says(person, "Welcome to Verdicts")

    said = await home_says(ada, "Open in your channels", "<#G0LEADS>", "pairing", "Qdrant vs pgvector", "<#C0RANDOM>")
    assert "(open): Zed" in said
    assert "every Monday at 09:00" in said
    said = await home_says(chloe, "Open in your channels", "Cursor vs Zed", "You have not voted yet")
    said = await home_says(gus, "No comparison is open in your channels", "1 more open in public channels")
    assert "Zed" not in said
    assert "Monday" not in said.replace("mon 09:00", "")

    # Where Slack does not say who is where, only what is public is shown.
    await story.post("fault", method="users.conversations", error="fatal_error")
    await home_says(ada, "Qdrant vs pgvector", without="G0LEADS")
