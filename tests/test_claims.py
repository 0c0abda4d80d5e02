"""Who draws a card, in what order, and what a drawing that ends is worth: on both databases, without Slack."""

import pytest

from bot import ballots, cards, catalogue, comparisons, importing, people, starter
from bot.ballots import Reaction
from bot.cards import Drawing
from bot.comparisons import Opened, Opening
from db.connection import Connection
from db.engine import Database

WORKSPACE, NOW = "T0TEST", 1_800_000_000
GENERAL, RANDOM = "C0GENERAL", "C0RANDOM"


def card_of_two(connection: Connection, channel: str = GENERAL) -> int:
    """A card that shows what the database knows; its id. In another channel it is one more of the same question."""
    people.welcome_workspace(connection, WORKSPACE, "Test", "U0BOT", NOW)
    importing.import_tools(connection, WORKSPACE, starter.tools()[:2], 0)
    ids = [tool.id for tool in catalogue.suggest(connection, catalogue.Shelf(), WORKSPACE, "")]
    opening = Opening(WORKSPACE, channel, None, "", (ids[0], ids[1]), "", None, "U0ADA", f"key {channel}", NOW)
    outcome = comparisons.open(connection, opening)
    assert isinstance(outcome, Opened)
    cards.record_message(connection, WORKSPACE, outcome.scorecard.card.id, "1.0", None)
    return outcome.scorecard.card.id


async def vote(database: Database, person: str, at_us: int) -> None:
    """Somebody ticks the first tool."""
    heard = Reaction(WORKSPACE, GENERAL, "1.0", person, "one", True, at_us, message_is_ours=True, bot_user="U0BOT")
    await database.run(ballots.record, heard)


async def claimed(database: Database, card: int) -> Drawing:
    """The card, taken to be drawn."""
    drawing = await database.run(cards.claim_drawing, WORKSPACE, card)
    assert drawing is not None
    return drawing


async def stale(database: Database) -> list[int]:
    """The cards that wait to be drawn."""
    return [card for _, card in await database.run(cards.stale, [WORKSPACE], 10)]


async def test_a_card_is_drawn_by_one_at_a_time(database: Database) -> None:
    """A claimed card is nobody else's; a vote meanwhile leaves it stale when it is given back."""
    card = await database.run(card_of_two)
    assert await stale(database) == []
    await vote(database, "U1", 1)
    drawing = await claimed(database, card)

    assert await stale(database) == []
    assert await database.run(cards.claim_drawing, WORKSPACE, card) is None
    await vote(database, "U2", 2)
    await database.run(cards.drawn, WORKSPACE, card, drawing.scorecard.card.desired_rev)

    assert await stale(database) == [card]
    assert drawing.scorecard.tally.people == 1
    assert (await claimed(database, card)).scorecard.tally.people == 2


@pytest.mark.fault("R01")
async def test_busy_cards_take_turns(database: Database) -> None:
    """More busy cards than there are edits: whichever was drawn longest ago is the next."""
    busy = [await database.run(card_of_two, channel) for channel in (GENERAL, RANDOM, "C0THIRD")]
    for turn in range(3):
        await vote(database, f"U{turn}", turn + 1)  # on one of them, and all three show it
        card = (await stale(database))[0]
        drawing = await claimed(database, card)
        await database.run(cards.drawn, WORKSPACE, card, drawing.scorecard.card.desired_rev)
        busy.remove(card)

    assert busy == []


@pytest.mark.fault("R03")
async def test_an_older_drawing_that_ends_last_is_drawn_over(database: Database) -> None:
    """A claim that ran out: two replicas drew at once and nobody knows whose edit stands. One more edit settles it."""
    card = await database.run(card_of_two)
    await vote(database, "U1", 1)
    slow = await claimed(database, card)
    await database.run(cards.hold_back, WORKSPACE, card, 0)
    await vote(database, "U2", 2)
    quick = await claimed(database, card)

    await database.run(cards.drawn, WORKSPACE, card, quick.scorecard.card.desired_rev)
    assert await stale(database) == []
    await database.run(cards.drawn, WORKSPACE, card, slow.scorecard.card.desired_rev)
    assert await stale(database) == [card]
    last = await claimed(database, card)
    await database.run(cards.drawn, WORKSPACE, card, last.scorecard.card.desired_rev)

    assert await stale(database) == []
    assert last.scorecard.tally.people == 2
