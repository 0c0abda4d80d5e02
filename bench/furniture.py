"""What the rows work on: a workspace with the starter catalogue, a comparison that stands in a channel, its voters."""

from functools import cache

from bot import ballots, cards, catalogue, comparisons, importing, people, starter
from bot.ballots import Reaction
from bot.comparisons import Opened, Opening
from bot.model import Card, Comparison, Price, Scorecard, Take, Tally, Tool
from bot.people import Person
from db.connection import Connection

WORKSPACE, CHANNEL, BOT, PERSON = "T0BENCH", "C0GENERAL", "U0BOT", "U0ADA"
MESSAGE, EARLIER = "1700000000.000100", "1600000000.000100"
FOREVER = 4_000_000_000  # nothing closes while it is measured
VOTERS = 2_000


def shown_card(voters: int, number: int = 0) -> Scorecard:
    """A card of two tools with four takes each, with so many votes; another number makes it one of other tools."""
    suffix = f" {number}" if number else ""
    names = [f"Claude Files API{suffix}", f"Llama 4 Compact{suffix}"]
    tools = tuple(_tool(at, name) for at, name in enumerate(names))
    votes = {0b01: voters - voters // 3, 0b10: voters // 3, 0b11: 1, 0: voters // 5}
    asked = Comparison(1, WORKSPACE, "", tools, "support bot", PERSON, 1, 0, 600_000, None, None)
    place = Card(1, WORKSPACE, "key", CHANNEL, None, MESSAGE, 1, (0, 1), 1, PERSON)
    return Scorecard(asked, place, tools, Tally(2, votes))


@cache  # a card's tools are the same objects from drawing to drawing, as the catalogue's memory hands them out
def _tool(at: int, name: str) -> Tool:
    price = Price("paid", "Storage is free; file content is billed as input tokens.", None, "2026-08-22")
    takes = tuple(
        Take(
            slug,
            title,
            "ship",
            f"Five plain endpoints, says {title}",
            "",
            "",
            "Verdicts",
            "documentation",
            "2026-11-22",
        )
        for slug, title in importing.PANEL
    )
    best_for = "Apps that ask many questions of the same documents"
    return Tool(
        at, f"tool-{at}", name, "Vendor", "Developer Tools", "A tagline", "", best_for, None, price, takes=takes
    )


def furnish(connection: Connection) -> None:
    """A workspace with the starter catalogue, and a comparison of two tools that stands in its channel."""
    people.welcome_workspace(connection, WORKSPACE, "Bench", BOT, 0)
    importing.import_tools(connection, WORKSPACE, starter.tools(), 0)
    put(connection, "", MESSAGE)


def put(connection: Connection, use_case: str, message: str) -> int:
    """Ask a question about the first two tools, whose card stands in the channel; return the comparison."""
    first, second, *_ = [tool.id for tool in catalogue.suggest(connection, catalogue.Shelf(), WORKSPACE, "")]
    asked = Opening(WORKSPACE, CHANNEL, None, "", (first, second), use_case, FOREVER, PERSON, f"key {use_case}", 0)
    outcome = comparisons.open(connection, asked)
    assert isinstance(outcome, Opened)
    cards.record_message(connection, WORKSPACE, outcome.scorecard.card.id, message, None)
    return outcome.scorecard.comparison.id


def meet_voters(connection: Connection) -> None:
    """Know everybody who will vote, and have a vote of theirs elsewhere: nobody is looked up or given a hint."""
    put(connection, "an earlier question", EARLIER)
    for number in range(VOTERS):
        person = voter(number)
        people.learn(connection, Person(WORKSPACE, person, is_bot=False, is_deactivated=False, zone=None), 0)
        ballots.record(
            connection,
            Reaction(WORKSPACE, CHANNEL, EARLIER, person, "one", True, 1, message_is_ours=True, bot_user=BOT),
        )


def voter(number: int) -> str:
    """One of the voters, round and round."""
    return f"U0V{number % VOTERS:04}"
