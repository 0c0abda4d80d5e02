"""What /verdict answers, through the front door, on both databases."""

import re

from tests.story import Card, Story, eventually

RANDOM = "C0RANDOM"


async def test_a_tool_is_shown_privately_and_posted_on_a_click(story: Story) -> None:
    """/verdict <tool> is for one person's eyes; *Post here* makes a card on which people vote ship or skip."""
    ada, bjorn, chloe = (story.person(name) for name in ("ada", "bjorn", "chloe"))

    await ada.types("/verdict qdrant")
    private = await ada.was_told("Qdrant", "Only you can see this")
    assert await story.cards() == []
    await ada.presses(private, "Post here")
    card = await story.seeded()
    assert list(card.reactions) == ["ship", "no_entry_sign"]
    await ada.reacts(card, "+1")
    await bjorn.reacts(card, "ship")
    await chloe.reacts(card, "no_entry_sign")

    await story.has_row(card, "Team", ["67 % · 2 of 3 people · in 1 comparison"])


async def test_a_tools_card_leads_to_its_comparisons(story: Story) -> None:
    """The card names the public comparisons of the tool, open and closed, with links; private ones are not on it."""
    ada = story.person("ada")
    await ada.types("/compare cursor vs zed", channel="G0LEADS")
    await story.seeded("G0LEADS")
    await ada.types("/verdict zed")
    assert "Compared" not in (await ada.was_told("Zed", "Only you can see this")).said

    await ada.types('/compare cursor vs zed for "pairing"')
    card = await story.seeded()
    await ada.reacts(card, "two")
    await story.shows(card, "1 of 1")
    await ada.types("/compare zed vs cline", channel=RANDOM)
    await story.seeded(RANDOM)
    await ada.types("/verdict close last")
    await story.shows(card, "Final result")
    await ada.types("/verdict zed")

    said = (await ada.was_told("Compared", "Only you can see this")).said
    assert re.search(r"<https://\S+\|Zed vs Cline> · open: — nobody has voted", said)
    assert re.search(r"<https://\S+\|Cursor vs Zed> for “pairing” · closed .*: Too early to say: Zed is ahead", said)


async def test_a_misspelt_tool_is_asked_about(story: Story) -> None:
    """A name that is only near one is offered as a button."""
    ada = story.person("ada")

    await ada.types("/verdict qdrnt")
    question = await ada.was_told("qdrnt")
    await ada.presses(question, "tool_show_0")

    await ada.was_told("Qdrant", "Only you can see this")
    await ada.types("/verdict edti cursor")
    await ada.was_told("Do you mean *Cursor*", "/verdict edti cursor", "/verdict edit cursor")


async def test_search_finds_by_words_category_and_price(story: Story) -> None:
    """Every word must fit; category and price narrow it down."""
    ada = story.person("ada")

    await ada.types("/verdict search vector database free")
    await ada.was_told("found", "pgvector")
    await ada.types("/verdict search zzzz")
    await ada.was_told("No tool fits that")
    for line in ("/verdict search in:modles", "/verdict leaderboard in:modles", "/verdict subscribe in:modles"):
        await ada.types(line)
        await ada.was_told("There is no category “modles”", "Models", line)


async def test_the_leaderboard_counts_people(story: Story) -> None:
    """After votes the leaderboard names tools with people; before, it says that there are none."""
    ada, bjorn = story.person("ada"), story.person("bjorn")
    await ada.types("/verdict leaderboard")
    await ada.was_told("No tool has votes yet")
    await ada.types("/compare cursor vs zed")
    card = await story.seeded()
    for person in (ada, bjorn):
        await person.reacts(card, "two")
    await story.shows(card, "2 of 2")

    await ada.types("/verdict leaderboard")

    await ada.was_told("1. *Zed* · 2 of 2 people · at least 34 %", "2. *Cursor* · 0 of 2 people · at least 0 %")


async def test_open_and_result_tell_how_it_stands(story: Story) -> None:
    """/verdict open lists the channel's open comparisons; result tells the latest, in any order of names."""
    ada = story.person("ada")
    await ada.types("/verdict open")
    await ada.was_told("Nothing is open in this channel")
    await ada.types("/compare cursor vs zed")
    card = await story.seeded()
    await ada.reacts(card, "one")
    await story.shows(card, "1 of 1")

    await ada.types("/verdict open")
    await ada.was_told("1 open here", "Cursor vs Zed")
    await ada.types("/verdict result zed vs cursor")
    await ada.was_told("Cursor vs Zed", "open until", "1 of 1")
    await ada.types("/verdict result zed vs gemma for x")
    await ada.was_told("which tool you mean by “gemma”", "/verdict result Zed vs Gemma 3 12B for “x”")


async def test_close_last_and_reopen_last(story: Story) -> None:
    """The starter closes and reopens by line; the votes are kept, and clicks in between count again."""
    ada, bjorn = story.person("ada"), story.person("bjorn")
    await ada.types("/compare cursor vs zed")
    card = await story.seeded()
    await ada.reacts(card, "one")
    await story.shows(card, "1 of 1")

    await ada.types("/verdict close last")
    await story.shows(card, "Final result")
    await bjorn.reacts(card, "two")
    await ada.types("/verdict reopen last")

    await story.has_row(card, "Community", ["1 of 2 people", "1 of 2 people"])


async def test_a_closed_comparison_shows_its_result_first(story: Story) -> None:
    """Asking again after closing tells the result privately; *New round* starts without votes.

    The order that was typed is not the stored one: the votes must stay with their tools.
    """
    ada = story.person("ada")
    await ada.types("/compare zed vs cursor")
    card = await story.seeded()
    await ada.reacts(card, "one")
    await story.shows(card, "1 of 1")
    await ada.types("/verdict close last")
    await story.shows(card, "Final result")

    await ada.types("/compare cursor vs zed")
    notice = await ada.was_told("Zed vs Cursor> was closed", "Zed is ahead, 1 to 0", "Zed 1 of 1 · Cursor 0 of 1")
    await ada.presses(notice, "New round")

    fresh = await eventually(lambda: _another(story, card.ts))
    assert fresh.row["Community"] == ["—", "—"]
    assert "round 2" in fresh.said


async def test_a_wrong_tool_is_swapped_while_nobody_else_has_voted(story: Story) -> None:
    """The starter swaps a tool from the More menu; once somebody else has voted it is refused."""
    ada, bjorn = story.person("ada"), story.person("bjorn")
    await ada.types("/compare cursor vs zed")
    card = await story.seeded()

    await ada.presses(card, "more", value="Swap a wrong tool")
    await ada.dialog("Swap a wrong tool")
    assert (await ada.submits(swap_out="Zed", swap_in="Cline"))["ok"]
    swapped = await story.shows(card, "Cursor vs Cline")
    await bjorn.reacts(swapped, "two")
    await story.shows(card, "1 of 1")
    await ada.presses(card, "more", value="swap:v1:1")

    await ada.was_told("Somebody else has voted already")


async def test_an_unknown_verb_gets_the_nearest(story: Story) -> None:
    """A misspelt verb is answered with the line that was probably meant."""
    ada = story.person("ada")

    await ada.types("/verdict subscrbe mon 09:00")

    await ada.was_told("/verdict subscribe mon 09:00")


async def test_private_channels_keep_their_comparisons(story: Story) -> None:
    """The same question in a private channel is its own: its votes are not pooled, and nothing public names it."""
    ada = story.person("ada")
    await ada.types("/compare cursor vs zed", channel="G0LEADS")
    private = await story.seeded("G0LEADS")
    await ada.reacts(private, "one")
    await story.shows(private, "1 of 1")

    await ada.types("/compare cursor vs zed")
    public = await story.seeded()

    assert public.row["Community"] == ["—", "—"]
    await ada.types("/verdict leaderboard")
    await ada.was_told("No tool has votes yet")


async def _another(story: Story, ts: str) -> Card | None:
    cards = [card for card in await story.cards() if card.ts != ts and "no_entry_sign" in card.reactions]
    return cards[-1] if cards else None
