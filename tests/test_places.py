"""Where a line is typed decides what comes of it: each kind of place, and the table of them in the documents."""

from pathlib import Path

import pytest

from tests.places import rows as lines_in_places
from tests.places import table as table_of
from tests.places import written
from tests.story import Card, Story, eventually

LINE = '/compare cursor vs zed for "a long & odd use case"'
TABLE = Path(__file__).parent.parent / "docs" / "places.md"
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def test_the_table_of_places_is_as_it_is(story: Story) -> None:
    """Every verb in every kind of place does what docs/places.md says: `python -m tests.places docs/places.md`."""
    document = TABLE.read_text("utf-8")

    assert written(document, table_of(await lines_in_places(story))) == document


async def test_a_channel_that_becomes_private_takes_its_comparisons_along(story: Story) -> None:
    """Nobody tells us: the next sweep asks, and from then on no list, score or link outside knows of them."""
    ada, dev = story.person("ada"), story.person("dev")
    await ada.types("/compare cursor vs zed", "C0RANDOM")
    card = await story.seeded("C0RANDOM")
    await dev.reacts(card, "one")
    await story.shows(card, "1 of 1 person")
    await ada.types("/compare cline vs aider")
    await dev.reacts(await story.seeded(), "two")
    await dev.types("/verdict leaderboard")
    await dev.was_told("Cursor", "Aider")

    await story.post("make-private", channel="C0RANDOM")
    await story.app.services.sweeper.want_all()

    async def gone() -> bool | None:
        await dev.types("/verdict leaderboard")
        told = await dev.was_told("Aider")
        return "Cursor" not in told.said or None

    await eventually(gone)
    await dev.types("/verdict cursor")
    assert "Cursor vs Zed" not in (await dev.was_told("At a glance")).said
    await story.person("ada").reacts(card, "two")
    await story.has_row(card, "Community", ["1 of 2 people", "1 of 2 people"])


@pytest.mark.parametrize("channel", ["C0AITOOLS", "G0SECRET", "C0NEWS"])
async def test_where_no_card_can_stand_one_private_sentence_keeps_the_text(story: Story, channel: str) -> None:
    """Not a member, or read-only: nothing is posted, and one private answer has the line, ready to be copied."""
    ada = story.person("ada")

    await ada.types(LINE, channel=channel)
    await ada.was_told(LINE)

    assert len(await ada.whispers()) == 1
    assert [card for card in await story.cards(channel) if card.message.get("bot_id")] == []


async def test_a_channel_that_is_archived_meanwhile(story: Story) -> None:
    """Between the question and its button the channel may be archived: the answer says where else it can be posted."""
    ada = story.person("ada")
    await ada.types("/compare crsor vs zed", channel="C0RANDOM")
    question = await ada.was_told("Did you mean")

    await story.post("archive", channel="C0RANDOM")
    await ada.presses(question, "Post")

    await ada.was_told("I cannot post in this conversation", "/compare crsor vs zed")


@pytest.mark.parametrize("where", ["D0ADABJORN", "G0TRIO"])
async def test_among_people_without_the_bot_a_dialog_posts_the_card(story: Story, where: str) -> None:
    """A direct message of two or more people gets its card as an answer, from the dialog as from a line."""
    ada, bjorn = story.person("ada"), story.person("bjorn")
    await ada.types("/compare", channel=where)
    await ada.dialog("Compare tools")
    assert (await ada.submits(tool_a="Cursor", tool_b="Zed"))["ok"]

    card = await story.card(where)
    await bjorn.presses(card, "Zed")

    await story.has_row(card, "Community", ["0 of 1 person", "1 of 1 person"])


async def test_a_dialog_where_the_bot_is_not_offers_to_join(story: Story) -> None:
    """The answer to a dialog comes where it was opened, and its button leads into that channel."""
    ada = story.person("ada")
    await ada.types("/compare", channel="C0AITOOLS")
    await ada.dialog("Compare tools")
    assert (await ada.submits(tool_a="Cursor", tool_b="Zed"))["ok"]

    offer = await ada.was_told("I am not in")
    assert offer.channel == "C0AITOOLS"
    await ada.presses(offer, "Add me and post")

    await story.seeded("C0AITOOLS")


async def test_a_channel_chosen_in_a_dialog_is_joined_from_elsewhere(story: Story) -> None:
    """Where nothing can be said in the channel itself, the button in the direct message knows which one is meant."""
    ada = story.person("ada")
    await story.post("shortcut", user=ada.id, callback_id="compare_tools")
    await ada.dialog("Compare tools")
    assert (await ada.submits(tool_a="Cursor", tool_b="Zed", channel="C0AITOOLS"))["ok"]

    offer = await story.card("D0ADA")
    assert "I am not in <#C0AITOOLS>" in offer.said
    await ada.presses(offer, "Add me and post")

    await story.seeded("C0AITOOLS")


async def test_a_channel_shared_with_another_company_is_a_ballot_box_of_its_own(story: Story) -> None:
    """What colleagues vote in their own channels is neither counted nor shown where another company reads."""
    ada = story.person("ada")
    await ada.types("/compare cursor vs zed")
    own = await story.seeded()
    await ada.reacts(own, "one")
    await story.shows(own, "1 of 1")

    await ada.types("/compare cursor vs zed", channel="C0PARTNERS")
    shared: Card = await story.seeded("C0PARTNERS")

    assert shared.row["Community"] == ["—", "—"]
    await ada.reacts(shared, "two")
    await story.has_row(shared, "Community", ["0 of 1 person", "1 of 1 person"])
    await ada.types("/verdict leaderboard")
    await ada.was_told("1. *Cursor* · 1 of 1 person", "2. *Zed* · 0 of 1 person")
