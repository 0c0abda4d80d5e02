"""Who voted when, for admins; and what is unusual about it."""

import pytest

from bot import audits, ballots, comparisons
from bot.audits import Unusual
from bot.errors import UserError
from bot.watch import CHANGES, CROWD, Rates
from db.connection import Connection
from db.engine import Database
from tests.story import Story, eventually
from tests.test_ballots import CHANNEL, WORKSPACE, furnish, post, vote
from tests.test_secret_rounds import hidden_card


@pytest.mark.fault("A16")
async def test_an_admin_reads_who_voted_when_and_what_was_unusual(story: Story) -> None:
    """Newest first, by the page; a toggle storm is marked and its last state counts; a member is refused."""
    ada, bjorn, chloe = (story.person(name) for name in ("ada", "bjorn", "chloe"))
    await ada.types("/compare cursor vs zed")
    card = await story.seeded()
    await chloe.reacts(card, "no_entry_sign")
    for _ in range(CHANGES // 2):
        await bjorn.reacts(card, "two")
        await bjorn.takes_back(card, "two")
    await bjorn.reacts(card, "one", "tada")
    await story.has_row(card, "Community", ["1 of 2 people", "0 of 2 people"])

    await bjorn.types("/verdict audit last")
    await bjorn.was_told("Only an admin")
    await ada.types("/verdict audit last")
    told = await ada.was_told(
        f"<@{bjorn.id}> ticked *Cursor*",
        f"<@{bjorn.id}> took back *Zed*",
        f"<@{chloe.id}> ticked *none of these*",
        "which is no vote",
        f"<@{bjorn.id}> changed ticks thirty times within a minute",
        "Page 1 of 1",
    )
    assert told.said.index(bjorn.id) < told.said.index(chloe.id)


async def test_secret_rounds_name_nobody_to_admins_either(story: Story) -> None:
    """Hidden rounds are refused, open or closed, and so are anonymous ones."""
    ada = story.person("ada")
    await hidden_card(story, ada, "/compare cursor vs zed hidden")

    async def refused() -> bool | None:
        # Until the card is recorded there is no latest one.
        await ada.types("/verdict audit last")
        return any("This round is hidden" in one.said for one in await ada.whispers()) or None

    await eventually(refused)


async def test_pages_turn_and_a_private_audit_stays_in_its_channel(database: Database) -> None:
    """Twenty lines a page; beyond the last is the last; from another channel there is nothing to see."""

    def play(connection: Connection) -> None:
        tools = furnish(connection)
        comparison = post(connection, (tools[0], tools[1]), "1.0")
        for n in range(45):
            ballots.record(connection, vote(f"U{n:03d}", "one", (n + 1) * 1_000_000))
        audits.note_unusual(connection, WORKSPACE, comparison, Unusual("crowd", ""))
        audits.note_unusual(connection, WORKSPACE, comparison, Unusual("crowd", ""))

        def page(number: int, *, is_admin: bool = True) -> list[str]:
            found = audits.page(connection, WORKSPACE, comparison, CHANNEL, number, is_admin=is_admin)
            assert found.pages == 3
            assert [(one.kind, one.times) for one in found.unusual] == [("crowd", 2)]
            return [line.person for line in found.lines]

        assert page(0)[0] == "U044"
        assert page(2) == page(99) == [f"U{n:03d}" for n in range(4, -1, -1)]
        assert sorted(page(0) + page(1) + page(2)) == [f"U{n:03d}" for n in range(45)]
        with pytest.raises(UserError, match="Only an admin"):
            page(0, is_admin=False)
        opening = comparisons.Opening(WORKSPACE, CHANNEL, None, CHANNEL, (tools[0], tools[2]), "", None, "U0", "k", 1)
        private = comparisons.open(connection, opening).scorecard.comparison.id
        with pytest.raises(UserError, match="gone"):
            audits.page(connection, WORKSPACE, private, "C0OTHER", 0, is_admin=True)

    await database.run(play)


@pytest.mark.fault("A16")
def test_a_storm_and_a_crowd_are_seen_once_a_window() -> None:
    """One person's thirty changes within a minute, a hundred people within ten seconds: once each, and again later."""
    now = [0.0]
    rates = Rates(lambda: now[0])

    def found(people: list[str], seconds: float) -> list[Unusual]:
        told: list[Unusual] = []
        for person in people:
            now[0] += seconds
            told += rates.heard("T1", 1, person)
        return told

    assert found(["U1"] * CHANGES * 2, 0.1) == [Unusual("changes", "U1")]
    assert found(["U2"] * CHANGES, 3.0) == []  # a change every three seconds is no storm
    crowd = [f"U{n}" for n in range(3 * CROWD)]
    now[0] += 60
    assert found(crowd, 0.03) == [Unusual("crowd", "")]
    assert found(crowd[: CROWD // 2] * 2, 0.001) == []
    now[0] += 60
    assert found(crowd, 0.03) == [Unusual("crowd", "")]
