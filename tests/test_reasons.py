"""A vote with a reason: who says it, who reads it where and when, and what the card counts of it."""

import pytest

from bot import ballots, cards, comparisons, reasons
from bot.comparisons import Opening
from bot.errors import UserError
from bot.reasons import Saying
from db.connection import Connection
from db.engine import Database
from tests.story import Card, Person, Story, eventually
from tests.test_ballots import CHANNEL, NOW, WORKSPACE, furnish, post, vote
from tests.test_secret_rounds import hidden_card


async def takes_of(person: Person, card: Card) -> str:
    """Everything that the dialog of takes tells this person, page by page."""
    await person.presses(card, "Read the takes")
    said: list[str] = []
    while True:
        view = await person.dialog("The takes")
        said.append(str(view["blocks"]))
        if "'Next'" not in said[-1]:
            await person.story.post("close-modal", user=person.id)
            return "\n".join(said)
        before = view["hash"]
        await person.story.post("interact", user=person.id, view="modal", action="takes_next")

        async def turned(before: str = before) -> bool | None:
            return (await person.sees())["modal"]["hash"] != before or None

        await eventually(turned)


async def options(person: Person, *names: str) -> list[str]:
    """The values of the boxes with these words in the dialog that is open."""
    found: dict[str, str] = {}
    for block in (await person.dialog("Vote with a reason"))["blocks"]:
        for option in block.get("element", {}).get("options", []):
            found[option["text"]["text"]] = option["value"]
    return [found[name] for name in names]


async def test_a_reason_stands_under_the_takes_and_the_tick_stays_the_emoji(story: Story) -> None:
    """The dialog adds to the reactions and moves none of them; opened again it is filled, and it can be emptied."""
    ada, bjorn = story.person("ada"), story.person("bjorn")
    await ada.types("/compare cursor vs zed")
    card = await story.seeded()
    await ada.presses(card, "Vote with a reason")
    dialog = await ada.dialog("Vote with a reason")
    assert "You have not ticked anything yet" in str(dialog)
    cursor, zed = await options(ada, "Cursor", "Zed")
    await ada.submits(used=[cursor, zed], why="It <!channel> *just* works")
    await ada.was_told("counts once you have voted")
    assert "Your team" not in await takes_of(bjorn, card)

    await ada.reacts(card, "one")
    await story.has_row(card, "Community", ["1 of 1 person", "0 of 1 person"])
    await story.shows(card, "Among those who have used it: Cursor 1 of 1 · Zed 0 of 1")
    read = await takes_of(bjorn, card)
    assert "would ship Cursor · has used Cursor and Zed" in read
    assert f"'user_id': '{ada.id}'" in read
    assert "!channel" not in str((await story.get("live"))["live"])

    await ada.presses(card, "Vote with a reason")
    filled = str(await ada.dialog("Vote with a reason"))
    assert "You have ticked *Cursor*" in filled
    assert "*just* works" in filled
    await ada.submits(used=[], why="")
    await ada.was_told("Your reason is withdrawn")
    assert "Your team" not in await takes_of(bjorn, card)

    async def told_no_more() -> bool | None:
        now = await story.shows(card, "1 of 1")
        return "have used it" not in now.said or None

    await eventually(told_no_more)
    await story.has_row(card, "Community", ["1 of 1 person", "0 of 1 person"])


async def test_a_hidden_rounds_reasons_wait_and_have_no_names(story: Story) -> None:
    """The dialog is one more press: it sets the whole choice; what was said is read after the end, by nobody's name."""
    ada, bjorn = story.person("ada"), story.person("bjorn")
    card = await hidden_card(story, ada, "/compare cursor vs zed hidden")
    await bjorn.presses(card, "Cursor")
    await bjorn.was_told("you would ship *Cursor*")
    await bjorn.presses(card, "Vote with a reason")
    cursor, zed, none = await options(bjorn, "Cursor", "Zed", "None of these")
    refused = await bjorn.submits(ship=[zed, none], why="")
    assert "stands alone" in str(refused)
    await bjorn.submits(ship=[zed], used=[cursor], why="Fast on a plane")
    await bjorn.was_told("you would ship *Zed*", "once the vote has closed")
    assert "Fast on a plane" not in await takes_of(ada, card)

    await ada.types("/verdict close last")
    closed = await story.shows(card, "Final result", "Among those who have used it: Cursor 0 of 1")
    assert "Vote with a reason" not in closed.said

    read = await takes_of(ada, card)
    assert "A teammate" in read
    assert "Fast on a plane" in read
    assert bjorn.id not in read
    await bjorn.presses(card, "more", value="Withdraw my reason")
    await bjorn.was_told("Your reason is withdrawn")
    assert "Fast on a plane" not in await takes_of(ada, card)


def saying(comparison: int, person: str, text: str, channel: str = CHANNEL, used: tuple[int, ...] = ()) -> Saying:
    return Saying(WORKSPACE, channel, "1.0", person, comparison, (), False, used, text, 5_000_000)


async def test_a_private_channels_reasons_stay_there(database: Database) -> None:
    """Neither the dialog nor the takes of another channel tell of them, whatever id a button brings."""

    def play(connection: Connection) -> None:
        tools = furnish(connection)
        opening = Opening(WORKSPACE, CHANNEL, None, CHANNEL, (tools[0], tools[1]), "", None, "U0ADA", "key", NOW)
        opened = comparisons.open(connection, opening).scorecard
        cards.record_message(connection, WORKSPACE, opened.card.id, "1.0", None)
        comparison = opened.comparison.id
        ballots.record(connection, vote("U1", "one", 1))
        reasons.say(connection, saying(comparison, "U1", "Only for us"))
        card = comparisons.scorecard(connection, WORKSPACE, comparison)

        assert [one.text for one in reasons.told(connection, card, CHANNEL).said] == ["Only for us"]
        assert reasons.told(connection, card, "C0OTHER").said == ()
        for act in (
            lambda: reasons.own(connection, WORKSPACE, comparison, "C0OTHER", "U1"),
            lambda: reasons.say(connection, saying(comparison, "U1", "x", "C0OTHER")),
            lambda: reasons.withdraw(connection, WORKSPACE, comparison, "C0OTHER", "U1"),
        ):
            with pytest.raises(UserError, match="gone"):
                act()

    await database.run(play)


async def test_what_was_used_is_counted_with_the_ballot_it_stands_beside(database: Database) -> None:
    """It counts while the person has a ballot, in the tool's own row, and what is stored is what the ledger gives."""

    def play(connection: Connection) -> None:
        tools = furnish(connection)
        comparison = post(connection, (tools[0], tools[1]), "1.0")
        reasons.say(connection, saying(comparison, "U1", "", used=(tools[1],)))

        def users() -> tuple[tuple[int, int], ...]:
            cast = ballots.stored(connection, WORKSPACE, comparison)
            assert cast == ballots.rebuilt(connection, WORKSPACE, comparison)
            return comparisons.scorecard(connection, WORKSPACE, comparison).tally.users

        assert users() == ()
        ballots.record(connection, vote("U1", "one", 1))
        assert users() == ((0, 0), (0, 1))
        ballots.record(connection, vote("U1", "two", 2))
        assert users() == ((0, 0), (1, 1))
        ballots.record(connection, vote("U1", "one", 3, present=False))
        ballots.record(connection, vote("U1", "two", 4, present=False))
        assert users() == ()
        comparisons.close_by_itself(connection, WORKSPACE, comparison, NOW)
        with pytest.raises(UserError, match="closed"):
            reasons.say(connection, saying(comparison, "U1", "too late"))

    await database.run(play)


async def test_a_swapped_tool_takes_its_users_along(database: Database) -> None:
    """Who has used the tool that was taken out is not said to have used the new one."""

    def play(connection: Connection) -> None:
        tools = furnish(connection)
        comparison = post(connection, (tools[0], tools[1]), "1.0")
        ballots.record(connection, vote("U0ADA", "one", 1))
        reasons.say(connection, saying(comparison, "U0ADA", "mine", used=(tools[0], tools[1])))
        comparisons.swap(connection, WORKSPACE, comparison, "U0ADA", tools[0], tools[2])

        tally = comparisons.scorecard(connection, WORKSPACE, comparison).tally
        assert sorted(tally.users) == [(0, 0), (0, 1)] or sorted(tally.users) == [(0, 0), (1, 1)]

    await database.run(play)
