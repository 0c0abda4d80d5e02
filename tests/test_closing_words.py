"""What a card says at the end, in words: each line of the table in docs/votes.md, from votes that were cast."""

import pytest

from bot import ballots, comparisons
from bot.views.cards import card_message
from db.connection import Connection
from db.engine import Database
from tests.test_ballots import NOW, WORKSPACE, furnish, post, vote

# How many tick the first tool, how many the second, and how many none of them; and what the card says when it closes.
ENDS = [
    (3, 0, 2, "Not convinced by either: 2 of 5 people would ship none of these."),
    (4, 0, 0, "Too early to say: {one} is ahead, 4 to 0 among the 4 people who chose only one of the two."),
    (5, 0, 0, "Clearly {one}, 5 to 0 among the 5 people who chose only one of the two."),
    (1, 5, 0, "Leaning to {two}, 5 to 1 among the 6 people who chose only one of the two."),
    (3, 2, 0, "Split: {one} is ahead, 3 to 2 among the 5 people who chose only one of the two."),
]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_closed_card_says_how_sure_the_result_is(database: Database) -> None:
    """While it is open somebody leads at most; closed, each kind of result has its own words, and later votes none."""

    def play(connection: Connection) -> None:
        tools = furnish(connection)
        for number, (first, second, none, words) in enumerate(ENDS):
            ts = f"{number + 1}.0"
            comparison = post(connection, (tools[number], tools[number + 1]), ts)
            emoji = ["one"] * first + ["two"] * second + ["no_entry_sign"] * none
            for i, name in enumerate(emoji):
                ballots.record(connection, vote(f"U{i}", name, i + 1, ts=ts))
            shown = comparisons.scorecard(connection, WORKSPACE, comparison)
            one, two = (tool.name for tool in shown.tools)
            ending = words.format(one=one, two=two)
            assert ending.split(",")[0] not in card_message(shown, NOW).text

            comparisons.close(connection, WORKSPACE, comparison, "U0ADA", NOW + 60)
            ballots.record(connection, vote("U0LATE", "two", 99, ts=ts))

            assert ending in card_message(comparisons.scorecard(connection, WORKSPACE, comparison), NOW + 60).text

    await database.run(play)
