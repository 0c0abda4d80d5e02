"""How many statements a thing may cost: none more for each vote, tool or card than is written here."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from bot import ballots, cards, catalogue, comparisons
from bot.comparisons import Opened, Opening
from db.engine import Database
from tests.test_ballots import CHANNEL, NOW, WORKSPACE, furnish, post, vote


@pytest.fixture
async def tools(database: Database) -> list[int]:
    """A workspace with a comparison of the first two of these tools."""
    found = await database.run(furnish)
    await database.run(post, (found[0], found[1]), "1.0")
    return found


@contextmanager
def at_most(statements: int, database: Database) -> Iterator[None]:
    """No more statements than this are sent while it lasts."""
    sent: list[str] = []

    def keep(_: Any, __: Any, statement: str, *___: Any) -> None:
        sent.append(statement)

    event.listen(database.engine, "before_cursor_execute", keep)
    try:
        yield
    finally:
        event.remove(database.engine, "before_cursor_execute", keep)
    assert len(sent) <= statements, "\n".join(sent)


async def test_a_vote(database: Database, tools: list[int]) -> None:
    """One vote, however many have voted before."""
    for number in range(40):
        await database.run(ballots.record, vote(f"U{number}", "one", number))

    with at_most(10, database):
        await database.run_together(ballots.record, vote("U1", "two", 100))


async def test_votes_that_commit_together(database: Database, tools: list[int]) -> None:
    """Fifty votes of fifty people share their statements."""
    with at_most(9, database):
        await asyncio.gather(
            *(database.run_gathered(ballots.record_all, vote(f"U{number}", "one", number)) for number in range(50))
        )


async def test_drawing_a_card(database: Database, tools: list[int]) -> None:
    """A drawing reads each kind of row once, whoever has voted."""
    for number in range(40):
        await database.run(ballots.record, vote(f"U{number}", "one", number))
    ((workspace, card),) = await database.run(cards.stale, [WORKSPACE], 10)

    with at_most(9, database):
        drawing = await database.run(cards.claim_drawing, workspace, card)
    assert drawing is not None
    with at_most(4, database):
        await database.run(cards.drawn, workspace, card, drawing.scorecard.card.desired_rev)


async def test_opening_a_comparison(database: Database, tools: list[int]) -> None:
    """A new question, from its line to what is posted."""
    shelf = catalogue.Shelf()
    await database.run(catalogue.suggest, shelf, WORKSPACE, "")
    opening = Opening(WORKSPACE, CHANNEL, None, "", tuple(tools[2:4]), "", None, "U0ADA", "key", NOW)

    with at_most(12, database):
        outcome = await database.run(comparisons.open, opening)
    assert isinstance(outcome, Opened)
    with at_most(7, database):
        await database.run(cards.record_message, WORKSPACE, outcome.scorecard.card.id, "2.0", None)
