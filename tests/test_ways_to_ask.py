"""Every way to ask which tool to ship with, and to ask it again, through the front door."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tests.story import Card, Person, Story, eventually

GENERAL, RANDOM, PRIVATE = "C0GENERAL", "C0RANDOM", "G0LEADS"
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # what is stored is tested elsewhere


async def says(story: Story, person: Person, text: str, channel: str, **more: object) -> str:
    """Write a message and return its ts."""
    said = await story.post("message", channel=channel, user=person.id, text=text, **more)
    return str(said["ts"])


async def titled(story: Story, title: str, channel: str = GENERAL, besides: tuple[str, ...] = ()) -> Card:
    """The seeded card of this title that is none of `besides` (their ts)."""

    async def look() -> Card | None:
        cards = [card for card in await story.cards(channel) if card.said.startswith(title)]
        seeded = [card for card in cards if "no_entry_sign" in card.reactions and card.ts not in besides]
        return seeded[-1] if seeded else None

    return await eventually(look, lambda: f"no card {title!r} in {channel}")


async def test_the_twin_of_compare(story: Story) -> None:
    """/verdict compare does what /compare does, where another app owns that command."""
    await story.person("ada").types('/verdict compare cursor | zed v. cline for "pairing" until 3d')

    card = await titled(story, "Cursor vs Zed vs Cline")

    assert "for “pairing”" in card.said
    assert list(card.reactions) == ["one", "two", "three", "no_entry_sign"]


async def test_other_words_between_the_names(story: Story) -> None:
    """Where two tools are known, "and" and a comma are asked about as "vs" is meant; nothing is posted unasked."""
    ada = story.person("ada")
    await ada.types("/compare cursor, zed and cline")
    question = await ada.was_told("Did you mean *Cursor* vs *Zed* vs *Cline*?")
    assert [card for card in await story.cards() if card.message.get("bot_id")] == []
    await ada.presses(question, "Post")
    await titled(story, "Cursor vs Zed vs Cline")

    await ada.types("/compare research and development")
    await ada.was_told("at least two tools", "/compare research and development vs Llama 4 Compact")
    await ada.types("/compare vs cursor")
    await ada.was_told("at least two tools", "/compare cursor vs Llama 4 Compact")


async def test_a_result_is_told_for_a_guess_too(story: Story) -> None:
    """A result is for one person's eyes and names its tools: a typo needs no question, and no button posts anything."""
    ada = story.person("ada")
    await ada.types("/verdict result cursr vs zed")
    await ada.was_told("*Cursor vs Zed* was never compared here", "/compare Cursor vs Zed")
    await ada.types("/compare cursor vs zed")
    await titled(story, "Cursor vs Zed")

    await ada.types("/verdict result zed vs cursr")
    await ada.was_told("|Cursor vs Zed>", "open until")
    await ada.types("/verdict result xyzzy vs zed")
    await ada.was_told("I cannot tell which tool you mean by “xyzzy”", "You typed")


async def test_both_shortcuts(story: Story) -> None:
    """The shortcut on a message fills the dialog with the tools that it names; the global one asks for the channel."""
    ada = story.person("ada")
    said = await story.post("message", channel=GENERAL, user=ada.id, text="Is Qdrant better than pgvector for us?")
    await story.post("shortcut", user=ada.id, callback_id="compare_message", channel=GENERAL, ts=said["ts"])
    await ada.dialog("Compare tools")
    assert (await ada.submits())["ok"]
    await titled(story, "Qdrant vs pgvector")

    await story.post("shortcut", user=ada.id, callback_id="compare_tools")
    await ada.dialog("Compare tools")
    assert (await ada.submits(tool_a="Cursor", tool_b="Zed", channel=RANDOM))["ok"]
    await titled(story, "Cursor vs Zed", RANDOM)


async def test_a_mention_and_its_edits(story: Story) -> None:
    """An edited mention is read anew; one that asks for what stands there already is answered by nothing."""
    ada = story.person("ada")
    text = "@Verdicts compare crsor vs zed"
    ts = await says(story, ada, text, GENERAL)
    await ada.was_told("Did you mean")
    mention = {"type": "app_mention", "user": ada.id, "channel": GENERAL, "ts": ts, "edited": {"user": ada.id}}

    await story.post("emit", event={**mention, "text": "<@U0VERDICTS> compare cursor vs zed"})
    card = await titled(story, "Cursor vs Zed")
    told = len(await ada.whispers())
    await story.post("emit", event={**mention, "text": "Once more: <@U0VERDICTS> compare cursor vs zed"})
    await story.post("emit", event={**mention, "text": "<@U0VERDICTS> thanks"})
    await story.post("emit", event={**mention, "text": "<@U0VERDICTS> compare cline vs zed"})
    await titled(story, "Cline vs Zed", besides=(card.ts,))

    assert len(await ada.whispers()) == told


async def test_our_own_conversation_hears_every_line(story: Story) -> None:
    """In the direct message with the bot, where Slack sends no mentions, a line is enough, also in a thread."""
    ada, where = story.person("ada"), "D0ADA"
    await says(story, ada, "cursor vs zed", where)
    card = await titled(story, "Cursor vs Zed", where)
    await ada.reacts(card, "two")
    await story.shows(card, "1 of 1")

    await says(story, ada, "@Verdicts compare qdrant vs pgvector", where, thread_ts=card.ts)
    assert (await titled(story, "Qdrant vs pgvector", where)).message["thread_ts"] == card.ts
    await says(story, ada, "good morning", where)
    await ada.was_told("/compare claude files api vs llama 4 compact")
    edit = {"user": ada.id, "text": "cline vs zed", "edited": {"user": ada.id}}
    changed = {"type": "message", "subtype": "message_changed", "channel": where, "channel_type": "im"}
    await story.post("emit", event={**changed, "message": edit, "previous_message": {**edit, "text": "cline v zed"}})
    await titled(story, "Cline vs Zed", where)
    # Nobody's words: a preview that Slack adds, and what a bot says.
    told = len(await ada.whispers())
    await story.post("emit", event={**changed, "message": edit, "previous_message": edit})
    await story.post("emit", event={**changed, "subtype": None, "user": "U0BUILDS", "bot_id": "B1", "text": "x"})
    await says(story, ada, "pgvector vs zed", where)
    await titled(story, "pgvector vs Zed", where)

    assert len(await ada.whispers()) == told


async def test_a_deadline_is_meant_in_the_askers_zone(story: Story) -> None:
    """Friday 17:00 is that of whoever asks; what is no deadline is answered with the nearest line that works."""
    dev = story.person("dev")
    await dev.types("/compare cursor vs zed until fri 17:00")
    card = await titled(story, "Cursor vs Zed")
    closes = re.search(r"<!date\^(\d+)\^", card.said)
    assert closes
    meant = datetime.fromtimestamp(int(closes[1]), ZoneInfo("Asia/Kolkata"))
    assert (meant.strftime("%a"), meant.hour, meant.minute) == ("Fri", 17, 0)

    for typed, nearest in (
        ("fri 25:00", "fri 23:59"),
        ("fryday", "fri"),
        ("yesterday", "7d"),
        ("2026-02-30", "2026-02-28"),
        ("900d", "90d"),
    ):
        await dev.types(f"/compare qdrant vs pgvector until {typed}")
        await dev.was_told(f"until {typed}", f"/compare qdrant vs pgvector until {nearest}")


async def test_the_same_question_elsewhere_and_another_question_here(story: Story) -> None:
    """Public channels share one ballot box, a flipped line is the same question, another use case is another one."""
    ada, bjorn = story.person("ada"), story.person("bjorn")
    await ada.types("/compare cursor vs zed")
    first = await titled(story, "Cursor vs Zed")
    await bjorn.reacts(first, "two")
    await story.shows(first, "1 of 1")

    await bjorn.types("/compare zed vs cursor", channel=RANDOM)
    flipped = await titled(story, "Zed vs Cursor", RANDOM)
    assert flipped.row["Community"] == ["1 of 1 person", "0 of 1 person"]
    await ada.types('/compare zed vs cursor for "large repositories"')
    other = await titled(story, "Zed vs Cursor")
    assert other.row["Community"] == ["—", "—"]
    await ada.types("/compare cursor vs zed", channel=PRIVATE)
    assert (await titled(story, "Cursor vs Zed", PRIVATE)).row["Community"] == ["—", "—"]


async def test_only_its_starter_starts_over(story: Story) -> None:
    """While it is open the starter may start over: the old round is closed as it is, a new one begins without votes."""
    ada, bjorn = story.person("ada"), story.person("bjorn")
    await ada.types("/compare cursor vs zed")
    first = await titled(story, "Cursor vs Zed")
    await bjorn.reacts(first, "two")
    await story.shows(first, "1 of 1")

    await bjorn.types("/compare cursor vs zed")
    offered = await bjorn.was_told("already open: 1 person voted, closes", "You typed: ")
    assert "Start over" not in offered.said
    await ada.types("/compare zed vs cursor")
    await ada.presses(await ada.was_told("already open"), "Start over")
    fresh = await titled(story, "Zed vs Cursor", besides=(first.ts,))

    assert "round 2" in fresh.said
    assert fresh.row["Community"] == ["—", "—"]
    assert (await story.shows(first, "Final result")).row["Community"] == ["0 of 1 person", "1 of 1 person"]


async def test_a_result_is_posted_again(story: Story) -> None:
    """After closing, *Post the result* puts the final card where it was asked for, without anything to vote on."""
    ada = story.person("ada")
    await ada.types("/compare cursor vs zed")
    first = await titled(story, "Cursor vs Zed")
    await ada.reacts(first, "one")
    await story.shows(first, "1 of 1")
    await ada.types("/verdict close last")
    await story.shows(first, "Final result")

    await ada.types("/compare cursor vs zed", channel=RANDOM)
    await ada.presses(await ada.was_told("was closed", "1 of 1"), "Post the result")
    posted = await story.card(RANDOM)

    assert "Final result" in posted.said
    assert "1 of 1" in posted.said
    assert (await story.card(RANDOM)).reactions == {}


async def test_a_private_card_is_closed_only_from_its_channel(story: Story) -> None:
    """A link to a private channel's card leads nowhere outside it: not to its tools, nor to its starter."""
    ada = story.person("ada")
    await ada.types("/compare cursor vs zed", channel=PRIVATE)
    card = await titled(story, "Cursor vs Zed", PRIVATE)
    link = f"https://playground.slack.com/archives/{PRIVATE}/p{card.ts.replace('.', '')}"

    await story.person("bjorn").types(f"/verdict close {link}")
    await story.person("bjorn").was_told("That link leads to no scorecard of mine")
    await ada.types(f"/verdict close {link}", channel=PRIVATE)

    await story.shows(card, "Final result")
