"""Who counts: bots never, people who have left not any more, guests and other companies as the workspace wishes."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import ballots, buttons, comparisons, people, recounts, workspace_settings
from bot.buttons import Click
from bot.counting import counted_as, tally
from bot.errors import UserError
from bot.model import Kind, Treatment
from bot.workspace_settings import Editor
from db.connection import Connection
from db.engine import Database
from tests.story import Person, Story
from tests.test_ballots import CHANNEL, NOW, WORKSPACE, furnish, post, vote


@pytest.mark.fault("A15")
async def test_somebody_who_left_counts_only_where_it_is_closed(story: Story) -> None:
    """Deactivated people leave the open rounds at once; what is closed keeps its count, and a return brings it back."""
    ada, bjorn, chloe = (story.person(name) for name in ("ada", "bjorn", "chloe"))
    await ada.types("/compare cursor vs zed")
    closed = await story.seeded()
    await bjorn.reacts(closed, "one")
    await story.has_row(closed, "Community", ["1 of 1 person", "0 of 1 person"])
    await ada.types("/verdict close last")
    await story.shows(closed, "Final result")
    await ada.types("/compare cursor vs cline")
    card = await story.newer(closed)
    for person in (bjorn, chloe):
        await person.reacts(card, "one")
    await story.has_row(card, "Community", ["2 of 2 people", "0 of 2 people"])

    await story.post("user", user=bjorn.id, deleted=True)

    await story.has_row(card, "Community", ["1 of 1 person", "0 of 1 person"])
    await story.has_row(closed, "Community", ["1 of 1 person", "0 of 1 person"])
    await story.post("user", user=bjorn.id, deleted=False)
    await story.has_row(card, "Community", ["2 of 2 people", "0 of 2 people"])


@pytest.mark.fault("A15")
async def test_somebody_whose_leaving_was_never_told_is_found_out(story: Story) -> None:
    """No event came: after a week the next sweep asks again who they are, and no sooner."""
    ada, bjorn = story.person("ada"), story.person("bjorn")
    await ada.types("/compare cursor vs zed")
    card = await story.seeded()
    await bjorn.reacts(card, "one")
    await ada.reacts(card, "two")
    await story.has_row(card, "Community", ["1 of 2 people", "1 of 2 people"])
    await story.post("fault", events="drop", types=["user_change"])
    await story.post("user", user=bjorn.id, deleted=True)

    def a_week_passes(connection: Connection) -> None:
        connection.exec_driver_sql(f"UPDATE person SET looked_up_at = looked_up_at - {people.FRESH + 1}")

    await story.app.database.run(a_week_passes)
    await story.app.services.sweeper.want_all()

    await story.has_row(card, "Community", ["0 of 1 person", "1 of 1 person"])
    asked = len(await story.calls("users.info"))
    await story.app.services.sweeper.want_all()
    await story.app.services.sweeper.before_closing("T0PLAY", 1)
    assert len(await story.calls("users.info")) == asked


async def company(story: Story, channel: str = "C0GENERAL") -> Person:
    """Somebody of another company, in a channel that both share."""
    await story.post("user", user="U0XENIA", name="Xenia", team="T0OTHER", channels=[channel])
    return story.person("xenia")


async def settings(who: Person, **chosen: str) -> None:
    """Change what the dialog of settings holds."""
    await who.types("/verdict settings")
    await who.dialog("Settings")
    assert (await who.submits(**chosen))["ok"]


@pytest.mark.fault("A15")
async def test_guests_and_other_companies_count_as_the_workspace_wishes(story: Story) -> None:
    """By default guests count and other companies stand beside the count; a new setting counts open rounds anew."""
    ada, gus, xenia = story.person("ada"), story.person("gus"), await company(story)
    await ada.types("/compare cursor vs zed")
    card = await story.seeded()
    await ada.reacts(card, "one")
    await gus.reacts(card, "two")
    await xenia.reacts(card, "two")

    await story.has_row(card, "Community", ["1 of 2 people", "1 of 2 people"])
    await story.shows(card, "+1 external, not in the count: Zed 1")
    await ada.types("/verdict leaderboard")
    assert "of 3 people" not in (await ada.was_told("of 2 people")).said

    await ada.types("/verdict zed")
    await ada.was_told("1 of 2 people · in 1 comparison · +1 external, not in the count")

    await settings(ada, guests="out", externals="counted")

    await story.has_row(card, "Community", ["1 of 2 people", "1 of 2 people"])
    counted = await story.shows(
        card, "Guests are not counted", "companies count like everybody", "Who counts was changed"
    )
    assert "external, not in the count" not in counted.said
    await xenia.takes_back(card, "two")
    await gus.reacts(card, "one")
    await story.has_row(card, "Community", ["1 of 1 person", "0 of 1 person"])

    await ada.types("/verdict close last")
    await story.shows(card, "Final result")
    await settings(ada, guests="counted", externals="apart")
    await ada.types("/compare cursor vs cline")
    fresh = await story.newer(card)
    assert "Guests are not counted" not in fresh.said
    await story.shows(card, "Final result", "Guests are not counted")  # as it was counted
    await ada.types("/verdict settings")
    told = str(await ada.dialog("Settings"))
    assert "changed the votes of guests to *counted*" in told
    assert "changed the votes of people of other companies to *shown apart*" in told


@pytest.mark.fault("A15")
async def test_an_anonymous_voter_of_another_company_stands_apart(story: Story) -> None:
    """Nothing but the kind of person is kept, under the voter's code; who is deactivated leaves this round, too."""
    ada, bjorn, xenia = story.person("ada"), story.person("bjorn"), await company(story)
    await ada.types("/compare cursor vs zed anonymous")

    card = await story.card()
    await xenia.presses(card, "Zed")
    await bjorn.presses(card, "Cursor")
    await story.has_row(card, "Community", ["1 of 1 person", "0 of 1 person"])
    shown = await story.shows(card, "+1 external, not in the count")
    assert "Zed 1" not in shown.said
    await xenia.presses(card, "Cursor")
    await xenia.was_told("Shown beside the count", "*Cursor* and *Zed*")
    await story.post("user", user=bjorn.id, deleted=True)
    await story.has_row(card, "Community", ["—", "—"])

    assert await story.app.database.run(people.zone_of, "T0PLAY", bjorn.id) is None
    assert await story.app.database.run(people.zone_of, "T0PLAY", xenia.id) is None


async def test_a_guest_who_is_not_counted_is_told_so(story: Story) -> None:
    """A press of theirs is kept, and counts once the workspace wishes it."""
    ada, gus = story.person("ada"), story.person("gus")
    await settings(ada, guests="out", externals="apart")
    await ada.types("/compare cursor vs zed hidden")
    card = await story.card()

    await gus.presses(card, "Zed")
    await gus.was_told("Not counted")
    await settings(ada, guests="counted", externals="apart")
    await ada.types("/verdict close last")

    await story.has_row(card, "Community", ["0 of 1 person", "1 of 1 person"])


@given(
    ballots=st.lists(
        st.tuples(st.integers(0, 15), st.sampled_from(("counted", "apart", "out")), st.integers(0, 15)),
        max_size=30,
    ),
    tools=st.integers(2, 4),
)
def test_the_counts_are_those_of_the_ballots(ballots: list[tuple[int, Treatment, int]], tools: int) -> None:
    """Whatever a ballot is counted as, one number keeps all of it: nobody is lost, doubled or weighed."""
    everything = (1 << tools) - 1
    cast = [(choice & everything, treatment, used & everything) for choice, treatment, used in ballots]
    kept = [counted_as(*one) for one in cast]

    found = tally(tools, Counter(one for one in kept if one is not None))

    assert Counter(found.people_by_choice) == Counter(choice for choice, how, _ in cast if how == "counted")
    assert Counter(found.apart) == Counter(choice for choice, how, _ in cast if how == "apart")
    counted = [(choice, used) for choice, how, used in cast if how == "counted"]
    for i, (ticked, users) in enumerate(found.users or ((0, 0),) * tools):
        assert users == sum(used >> i & 1 for _, used in counted)
        assert ticked == sum(used >> i & choice >> i & 1 for choice, used in counted)


async def test_a_recount_ends_where_a_fresh_count_would(database: Database) -> None:
    """After any change of the setting every open ballot is what the ledger gives, on both databases."""

    def play(connection: Connection) -> None:
        tools = furnish(connection)
        comparison = post(connection, (tools[0], tools[1]), "1.0")
        kinds: tuple[Kind, ...] = ("member", "guest", "external")
        for n in range(12):
            people.learn(connection, people.Person(WORKSPACE, f"U{n}", False, False, None, kinds[n % 3]), NOW)
            ballots.record(connection, vote(f"U{n}", ("one", "two")[n % 2], n + 1))
        admin = Editor(WORKSPACE, "U0", is_admin=True)
        for guests, externals, counted, apart in (
            ("out", "apart", 4, 4),
            ("out", "out", 4, 0),
            ("counted", "counted", 12, 0),
            ("counted", "apart", 8, 4),
        ):
            workspace_settings.set_who_counts(connection, admin, guests, externals, NOW)
            assert recounts.due(connection, [WORKSPACE], NOW, 5) == [(WORKSPACE, comparison)]
            recounts.comparison(connection, WORKSPACE, comparison, NOW)
            assert recounts.due(connection, [WORKSPACE], NOW, 5) == []
            assert ballots.stored(connection, WORKSPACE, comparison) == ballots.rebuilt(
                connection, WORKSPACE, comparison
            )
            found = ballots.tally(connection, WORKSPACE, comparison, 2)
            assert (found.people, sum(found.apart.values())) == (counted, apart)

    await database.run(play)


@pytest.mark.fault("A15")
@pytest.mark.parametrize("secrecy", ["open", "hidden"])
async def test_who_left_while_it_was_closed_does_not_count_once_it_is_open_again(
    database: Database, secrecy: str
) -> None:
    """A closed comparison keeps its counts; opened again it counts who is there now, and who has come back."""

    def play(connection: Connection) -> None:
        tools = furnish(connection)
        comparison = post(connection, (tools[0], tools[1]), "1.0", secrecy=secrecy)
        left, back = (people.Person(WORKSPACE, "U1", False, gone, None) for gone in (True, False))
        for at_us, person in enumerate(("U0ADA", "U1"), start=1):
            if secrecy == "open":
                ballots.record(connection, vote(person, "one", at_us))
            else:
                buttons.vote(connection, Click(WORKSPACE, CHANNEL, "1.0", person, comparison, tools[0], at_us))
        people.learn(connection, back, NOW)

        def reopened_after(known: people.Person) -> set[str]:
            comparisons.close(connection, WORKSPACE, comparison, "U0ADA", NOW)
            before = ballots.stored(connection, WORKSPACE, comparison)
            people.learn(connection, known, NOW)
            assert ballots.stored(connection, WORKSPACE, comparison) == before
            comparisons.reopen(connection, WORKSPACE, comparison, "U0ADA", NOW)
            stored = ballots.stored(connection, WORKSPACE, comparison)
            assert stored == ballots.rebuilt(connection, WORKSPACE, comparison)
            return set(stored)

        assert reopened_after(left) == {"U0ADA"}
        assert reopened_after(back) == {"U0ADA", "U1"}

    await database.run(play)


async def test_only_an_admin_says_who_counts(database: Database) -> None:
    """A dialog that somebody else sends is refused where it arrives."""
    await database.run(furnish)

    with pytest.raises(UserError, match="Only an admin"):
        await database.run(
            workspace_settings.set_who_counts, Editor(WORKSPACE, "U1", is_admin=False), "out", "out", NOW
        )


async def test_people_we_never_met_are_not_kept(database: Database) -> None:
    """Slack tells of every profile that changes; only who has voted or spoken to us is written down."""

    def hear(connection: Connection) -> bool:
        people.welcome_workspace(connection, WORKSPACE, "Test", "U0BOT", NOW)
        return people.changed(connection, people.Person(WORKSPACE, "U9", False, True, None), NOW)

    assert not await database.run(hear)
    assert await database.run(people.zone_of, WORKSPACE, "U9") is None
