"""Hidden and anonymous rounds: votes by buttons, and who is told what, on both databases."""

import asyncio
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import ballots, buttons, cards, catalogue, comparisons, importing, people, starter
from bot.buttons import Click, Counted
from bot.comparisons import Opened, Opening
from bot.errors import UserError
from bot.model import Secrecy
from db import comparisons as rows
from db.connection import Connection
from db.engine import Database
from tests.story import Card, Person, Story, eventually

WORKSPACE, CHANNEL, TS = "T0TEST", "C0TEST", "1700000000.000100"
NOW = 1_800_000_000
VOTES = ("Zed", "Cursor", "None of these")


async def hidden_card(story: Story, who: Person, line: str, channel: str = "C0GENERAL") -> Card:
    """The card that a line has posted, with its vote buttons."""
    await who.types(line, channel=channel)

    async def whole() -> Card | None:
        posted = [card for card in await story.cards(channel) if "Vote with the buttons" in card.said]
        return posted[-1] if posted else None

    return await eventually(whole)


async def count(story: Story) -> dict[int, int]:
    """What the database has counted of the first comparison, whatever is shown."""
    tally = await story.app.database.run(ballots.tally, "T0PLAY", 1, 2)
    return dict(tally.people_by_choice)


async def test_a_hidden_round_tells_nothing_until_it_closes(story: Story) -> None:
    """Nowhere is there a count or a name before the end: not on the card, not in lists; then the result is final."""
    ada, bjorn, chloe = (story.person(name) for name in ("ada", "bjorn", "chloe"))
    card = await hidden_card(story, ada, "/compare cursor vs zed hidden")
    assert "hidden vote" in card.said
    assert "Nobody sees any count before the vote closes" in card.said  # before the first vote
    assert card.row["Community"] == ["hidden", "hidden"]
    assert card.reactions == {}

    for person in (ada, bjorn, chloe):
        await person.presses(card, "Zed")
        await person.was_told("Counted: you would ship *Zed*", "Only you see this")
    assert await count(story) == {0b10: 3} or await count(story) == {0b01: 3}

    await ada.types("/verdict open")
    assert "of 3" not in (await ada.was_told("1 open here", "hidden until the vote closes")).said
    await ada.types("/verdict result cursor vs zed")
    assert "of 3" not in (await ada.was_told("open until", "hidden until the vote closes")).said
    await ada.types("/verdict leaderboard")
    await ada.was_told("No tool has votes yet")
    await bjorn.types("/compare cursor vs zed")
    assert "3 people" not in (await bjorn.was_told("is already open: votes hidden")).said
    await ada.types("/verdict subscribe mon 09:00")
    await ada.was_told("09:00")
    await ada.types("/verdict digest preview")
    assert "of 3" not in (await ada.was_told("votes hidden until then")).said
    await story.post("open-home", user=chloe.id)
    home = await eventually(lambda: _home(chloe))
    await story.post("open-home", user=chloe.id)  # the guide comes first, then the dashboard
    home = await eventually(lambda: _home(chloe, "hidden until the vote closes"))
    assert "of 3" not in home
    posted = str((await story.cards())[0].message)
    assert bjorn.id not in posted
    assert chloe.id not in posted

    await ada.presses(card, "more", value="Close the vote")
    final = await story.shows(card, "Final result", "3 of 3", "Nobody is shown who voted")
    assert "None of these" not in final.said
    await ada.types("/verdict leaderboard")
    await ada.was_told("1. *Zed*")


async def _home(person: Person, expected: str = "") -> str | None:
    view = (await person.sees())["home"]
    return str(view) if view and expected in str(view) else None


async def test_buttons_toggle_and_none_stands_alone(story: Story) -> None:
    """A second press takes a tool back, none of these clears the others, and each press says what counts now."""
    ada = story.person("ada")
    card = await hidden_card(story, ada, "/compare cursor vs zed anonymous")

    await ada.presses(card, "Cursor")
    await ada.presses(card, "Zed")
    await ada.was_told("you would ship *Cursor* and *Zed*")
    await story.has_row(card, "Community", ["1 of 1 person", "1 of 1 person"])
    await ada.presses(card, "None of these")
    await ada.was_told("you would ship *none of these*")
    await story.shows(card, "none 1")
    await ada.presses(card, "None of these")
    await ada.was_told("You have no vote now")
    await story.has_row(card, "Community", ["—", "—"])


async def test_the_last_note_after_two_presses_tells_what_counts(story: Story) -> None:
    """When the answer to the first press arrives after that to the second, one more says what is counted now."""
    ada = story.person("ada")
    card = await hidden_card(story, ada, "/compare cursor vs zed hidden")
    await story.post("fault", method="response_url", delay=0.5, times=1)

    async def under_way() -> bool | None:
        log = (await story.get("log"))["log"]
        return any("fault" in entry for entry in log if entry["kind"] == "response_url") or None

    async def overtaken() -> bool | None:
        return any("Cursor" in note.said and "and *Zed*" not in note.said for note in await ada.whispers()) or None

    await ada.presses(card, "Cursor")
    await eventually(under_way)
    await ada.presses(card, "Zed")
    await ada.was_told("you would ship *Cursor* and *Zed*")
    await eventually(overtaken)

    await ada.was_told("you would ship *Cursor* and *Zed*")


async def test_reactions_on_a_secret_round_are_not_counted(story: Story) -> None:
    """Slack would show who they are from, so they mean nothing, and Slack is not asked about them before closing."""
    ada, bjorn = story.person("ada"), story.person("bjorn")
    card = await hidden_card(story, ada, "/compare cursor vs zed anonymous")

    await bjorn.reacts(card, "one")
    await ada.presses(card, "Zed")
    await story.has_row(card, "Community", ["0 of 1 person", "1 of 1 person"])
    await ada.types("/verdict close last")
    await story.shows(card, "Final result", "1 person")

    assert await story.calls("reactions.get") == []
    assert await story.calls("reactions.add") == []


async def test_an_anonymous_round_keeps_no_name(story: Story) -> None:
    """The count is live; no table has a voter's id, the key is gone once it closes, and reopening is refused."""
    ada, bjorn, chloe = (story.person(name) for name in ("ada", "bjorn", "chloe"))
    card = await hidden_card(story, ada, "/compare cursor vs zed anonymous")
    assert "No name is kept with a vote" in card.said

    for person in (bjorn, chloe):
        await person.presses(card, "Zed")
    await story.has_row(card, "Community", ["0 of 2 people", "2 of 2 people"])
    assert not await story.app.database.run(_mentions, (bjorn.id, chloe.id))
    assert await story.app.database.run(_key)
    await ada.types("/verdict leaderboard")
    await ada.was_told("No tool has votes yet")  # nobody knows whose newest ballot these are

    await ada.types("/verdict close last")
    await story.shows(card, "Final result", "2 of 2")
    assert await story.app.database.run(_key) is None
    await ada.types("/verdict reopen last")
    await ada.was_told("This round was anonymous", "Ask the question again")
    await ada.types("/compare cursor vs zed anonymous")
    await ada.presses(await ada.was_told("was closed", "2 of 2"), "New round")
    fresh = await story.newer(card)
    assert "anonymous vote" in fresh.said
    assert "round 2" in fresh.said


def _key(connection: Connection) -> str | None:
    found = rows.find(connection, "T0PLAY", 1)
    assert found
    return found.ballot_key


def _mentions(connection: Connection, ids: tuple[str, ...]) -> list[str]:
    """Every table in which one of these ids stands."""
    found = []
    for table in ("person", "comparison", "card", "reaction", "ballot", "click", "tally", "subscription"):
        content = str(connection.exec_driver_sql(f"SELECT * FROM {table}").all())
        found += [table for one in ids if one in content]
    return found


async def test_a_hidden_round_is_reopened_with_its_votes(story: Story) -> None:
    """Reopened it is hidden again, and its votes are kept and toggle as before."""
    ada, bjorn = story.person("ada"), story.person("bjorn")
    card = await hidden_card(story, ada, "/compare cursor vs zed hidden until 3d")
    await bjorn.presses(card, "Zed")
    await bjorn.was_told("Counted")
    await ada.types("/verdict close last")
    closed = await story.shows(card, "Final result", "1 of 1")
    assert "None of these" not in closed.said

    await ada.types("/verdict reopen last")
    card = await story.has_row(card, "Community", ["hidden", "hidden"])
    await bjorn.presses(card, "Zed")
    await bjorn.was_told("You have no vote now")

    assert await count(story) == {}


async def test_the_dialog_offers_how_to_vote(story: Story) -> None:
    """/compare without tools opens the dialog; "hidden" on the line is chosen in it, and what is chosen is posted."""
    ada = story.person("ada")

    await ada.types("/compare hidden")
    dialog = await ada.dialog("Compare tools")
    assert "'initial_option': {'text': {'type': 'plain_text', 'text': 'Hidden" in str(dialog)
    await ada.submits(tool_a="Cursor", tool_b="Zed", voting="anonymous")

    card = await story.card()
    assert "anonymous vote" in card.said


async def test_a_guess_keeps_the_voting(story: Story) -> None:
    """A question with a misspelt name is asked about first; *Post* posts it as it was meant."""
    ada = story.person("ada")
    await ada.types("/compare curser vs zed anonymous until 2d")

    await ada.presses(await ada.was_told("Did you mean"), "Post")

    assert "anonymous vote" in (await story.card()).said


async def test_an_open_round_is_not_turned_secret(story: Story) -> None:
    """Asking for a hidden vote while an open one runs says that it is open, and changes nothing."""
    ada = story.person("ada")
    await ada.types("/compare cursor vs zed")
    await story.seeded()

    await ada.types("/compare cursor vs zed hidden")

    await ada.was_told("is already open", "Its voting is open, not hidden")


async def test_a_dm_between_other_people_has_vote_buttons(story: Story) -> None:
    """Where the bot cannot be, its answer is the card: buttons count, each press redraws it, and closing is final."""
    ada, bjorn = story.person("ada"), story.person("bjorn")
    where = "D0ADABJORN"
    card = await hidden_card(story, ada, "/compare cursor vs zed", where)
    assert "I am not in this conversation" in card.said

    await ada.presses(card, "Zed")
    await story.has_row(card, "Community", ["0 of 1 person", "1 of 1 person"])
    await bjorn.presses(card, "Cursor")
    await bjorn.was_told("Counted: you would ship *Cursor*")
    await bjorn.presses(card, "Zed")
    await bjorn.was_told("Counted: you would ship *Cursor* and *Zed*")
    await story.has_row(card, "Community", ["1 of 2 people", "2 of 2 people"])
    await bjorn.types("/compare cursor vs zed", channel=where)
    await bjorn.was_told("is already open: 2 people voted")
    await ada.types("/verdict leaderboard")
    await ada.was_told("No tool has votes yet")

    await ada.types("/verdict close last", channel=where)
    await ada.was_told("Press a button on the card")
    await bjorn.presses(card, "Zed")
    await bjorn.was_told("This vote has closed")
    await story.shows(card, "Final result", "2 of 2")
    assert await story.calls("chat.update") == []


async def test_a_guess_in_a_dm_is_posted_by_its_button(story: Story) -> None:
    """A misspelt line in such a place is asked about, and *Post* puts the card there."""
    ada = story.person("ada")
    await ada.types("/compare curser vs zed", channel="D0ADABJORN")

    await ada.presses(await ada.was_told("Did you mean"), "Post")

    assert "I am not in this conversation" in (await story.card("D0ADABJORN")).said


# The services beneath, and their laws.


def stored(connection: Connection, comparison: int) -> rows.StoredComparison:
    """A comparison that is there."""
    found = rows.find(connection, WORKSPACE, comparison)
    assert found
    return found


def open_round(connection: Connection, secrecy: Secrecy = "hidden", scope: str = "") -> int:
    """A new secret round on the starter catalogue's first two tools."""
    people.welcome_workspace(connection, WORKSPACE, "Test", "U0BOT", NOW)
    importing.import_tools(connection, WORKSPACE, starter.tools()[:6], 0)
    first, second = [tool.id for tool in catalogue.suggest(connection, catalogue.Shelf(), WORKSPACE, "")][:2]
    return again(connection, (first, second), secrecy, TS, scope)


def again(connection: Connection, tools: tuple[int, ...], secrecy: Secrecy, ts: str, scope: str = "") -> int:
    """The next round on these tools."""
    opening = Opening(
        WORKSPACE, CHANNEL, None, scope, tools, "", None, "U0ADA", f"key-{ts}", NOW, secrecy=secrecy, anew=True
    )
    outcome = comparisons.open(connection, opening)
    assert isinstance(outcome, Opened)
    cards.record_message(connection, WORKSPACE, outcome.scorecard.card.id, ts, None)
    return outcome.scorecard.comparison.id


def press(connection: Connection, comparison: int, person: str, place: int | None, at_us: int) -> Counted:
    """A click on the tool at this place, or on none of these."""
    found = stored(connection, comparison)
    tool = None if place is None else found.tool_ids[place]
    return buttons.vote(connection, Click(WORKSPACE, CHANNEL, TS, person, comparison, tool, at_us))


def counted(connection: Connection, comparison: int) -> dict[int, int]:
    """The stored counts, which must be those of the stored ballots, which must be those of the clicks."""
    cast = ballots.stored(connection, WORKSPACE, comparison)
    assert cast == ballots.rebuilt(connection, WORKSPACE, comparison)
    found = dict(ballots.tally(connection, WORKSPACE, comparison, 2).people_by_choice)
    choices = [ballot.choice for ballot in cast.values()]
    assert found == {choice: choices.count(choice) for choice in choices}
    return found


async def test_a_click_that_comes_twice_counts_once(database: Database) -> None:
    """Delivered again, or after a newer one of the same person, a click does not toggle back."""
    comparison = await database.run(open_round)

    await database.run(press, comparison, "U1", 0, 10)
    assert await database.run(press, comparison, "U1", 0, 10) == Counted(0b01, moved=False)
    assert await database.run(counted, comparison) == {0b01: 1}
    await database.run(press, comparison, "U1", 0, 20)
    await database.run(press, comparison, "U1", 0, 10)

    assert await database.run(counted, comparison) == {}


async def test_a_private_vote_cannot_be_cast_from_elsewhere(database: Database) -> None:
    """The ids on a button may be forged: a private channel's round takes presses from its own channel alone."""
    comparison = await database.run(lambda connection: open_round(connection, scope=CHANNEL))

    with pytest.raises(UserError, match="gone"):
        await database.run(buttons.vote, Click(WORKSPACE, "C0OTHER", TS, "U1", comparison, None, 10))
    assert await database.run(counted, comparison) == {}
    with pytest.raises(UserError, match="gone"):
        await database.run(buttons.vote, Click("T0OTHER", CHANNEL, TS, "U1", comparison, None, 10))
    await database.run(buttons.vote, Click(WORKSPACE, CHANNEL, TS, "U1", comparison, None, 10))
    assert await database.run(counted, comparison) == {0: 1}


async def test_a_round_closed_by_itself_forgets_key_and_times(database: Database) -> None:
    """At its deadline an anonymous round keeps counts and nameless ballots: no key, no click, no time."""
    comparison = await database.run(lambda connection: open_round(connection, "anonymous"))
    await database.run(press, comparison, "U1", 0, 10)

    await database.run(comparisons.close_by_itself, WORKSPACE, comparison, NOW + 1)

    left = await database.run(ballots.stored, WORKSPACE, comparison)
    assert [(one.choice, one.touched_us, len(one.person)) for one in left.values()] == [(1, 0, 64)]
    assert await database.run(ballots.rebuilt, WORKSPACE, comparison) == {}
    assert await database.run(ballots.tally, WORKSPACE, comparison, 2) == await database.run(_told, comparison)
    with pytest.raises(UserError, match="closed"):
        await database.run(press, comparison, "U1", 1, 20)


def _told(connection: Connection, comparison: int) -> Any:
    return comparisons.scorecard(connection, WORKSPACE, comparison).tally


async def test_the_same_person_has_another_name_in_each_anonymous_round(database: Database) -> None:
    """Two rounds cannot be laid side by side: each has its own key."""
    first = await database.run(lambda connection: open_round(connection, "anonymous"))
    await database.run(press, first, "U1", 0, 10)
    tools = (await database.run(stored, first)).tool_ids
    await database.run(comparisons.close_by_itself, WORKSPACE, first, NOW + 1)
    second = await database.run(again, tools, "anonymous", "1700000000.000200")
    await database.run(press, second, "U1", 0, 20)

    names = [set(await database.run(ballots.stored, WORKSPACE, one)) for one in (first, second)]

    assert [len(one) for one in names] == [1, 1]
    assert names[0] != names[1]


async def test_the_starter_swaps_a_tool_in_a_secret_round(database: Database) -> None:
    """The starter's own vote does not stand in the way, another's does, also where no names are kept."""
    comparison = await database.run(lambda connection: open_round(connection, "anonymous"))
    await database.run(press, comparison, "U0ADA", 0, 10)
    await database.run(comparisons.swappable, WORKSPACE, comparison, "U0ADA")
    await database.run(press, comparison, "U1", 0, 20)

    with pytest.raises(UserError, match="Somebody else has voted"):
        await database.run(comparisons.swappable, WORKSPACE, comparison, "U0ADA")


async def test_a_press_for_a_tool_that_was_swapped_is_refused(database: Database) -> None:
    """A button names its tool, so that a press on an old drawing never votes for another one."""
    comparison = await database.run(open_round)
    out = (await database.run(stored, comparison)).tool_ids[0]
    into = (await database.run(_others, comparison))[0]
    await database.run(comparisons.swap, WORKSPACE, comparison, "U0ADA", out, into)

    with pytest.raises(UserError, match="swapped"):
        await database.run(buttons.vote, Click(WORKSPACE, CHANNEL, TS, "U1", comparison, out, 10))


def _others(connection: Connection, comparison: int) -> list[int]:
    found = stored(connection, comparison)
    tools = catalogue.suggest(connection, catalogue.Shelf(), WORKSPACE, "")
    return [tool.id for tool in tools if tool.id not in found.tool_ids]


async def test_somebody_deactivated_leaves_a_hidden_round(database: Database) -> None:
    """Who is found to be deactivated is taken out of a hidden round, as out of any other."""
    comparison = await database.run(open_round)
    await database.run(press, comparison, "U1", 0, 10)

    await database.run(people.learn, people.Person(WORKSPACE, "U1", False, True, None), NOW)

    assert await database.run(counted, comparison) == {}


async def test_presses_side_by_side_are_all_counted(database: Database) -> None:
    """Twenty people at once, each heard in a transaction of its own."""
    comparison = await database.run(open_round)

    await asyncio.gather(*[database.run_together(press, comparison, f"U{n}", n % 2, n + 1) for n in range(20)])

    assert await database.run(counted, comparison) == {0b01: 10, 0b10: 10}


presses = st.lists(
    st.tuples(st.sampled_from(["U1", "U2", "U3"]), st.sampled_from([None, 0, 1]), st.integers(1, 8)), max_size=25
)


@given(presses=presses, secrecy=st.sampled_from(["hidden", "anonymous"]))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_any_presses_leave_ballots_that_the_clicks_give(
    database: Database, presses: list[tuple[str, int | None, int]], secrecy: Secrecy
) -> None:
    """One ballot a person at most, counts that are the ballots', and both as a plain re-reading of the clicks says."""

    def play(connection: Connection) -> tuple[dict[int, int], list[int]]:
        comparison = open_round(connection, secrecy)
        newest: dict[str, int] = {}
        chosen: dict[str, set[int | None]] = {}
        for person, place, at_us in presses:
            press(connection, comparison, person, place, at_us)
            if at_us <= newest.get(person, 0):
                continue
            newest[person] = at_us
            mine = chosen.setdefault(person, set())
            chosen[person] = mine ^ {place} if place is None and mine == {None} else (mine - {None}) ^ {place}
            if place is None and mine != {None}:
                chosen[person] = {None}
        expected = [sum(1 << place for place in mine if place is not None) for mine in chosen.values() if mine]
        found = counted(connection, comparison)
        comparisons.close_by_itself(connection, WORKSPACE, comparison, NOW + 1)
        rows.drop(connection, WORKSPACE, comparison)
        return found, expected

    found, expected = await database.run(play)

    assert found == {choice: expected.count(choice) for choice in expected}
