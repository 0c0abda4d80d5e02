"""The ledger, the ballots and the counts, on both databases."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import ballots, cards, catalogue, comparisons, importing, people, starter
from bot.ballots import Reaction
from bot.comparisons import Opened, Opening
from db.connection import Connection
from db.engine import Database
from db.ledger import Touch

WORKSPACE, CHANNEL, BOT = "T0TEST", "C0TEST", "U0BOT"
NOW = 1_800_000_000


def furnish(connection: Connection) -> list[int]:
    """A workspace with the starter catalogue; the ids of its first tools."""
    people.welcome_workspace(connection, WORKSPACE, "Test", BOT, NOW)
    importing.import_tools(connection, WORKSPACE, starter.tools()[:6], 0)
    shelf = catalogue.Shelf()
    return [tool.id for tool in catalogue.suggest(connection, shelf, WORKSPACE, "")]


def post(connection: Connection, tool_ids: tuple[int, ...], ts: str, channel: str = CHANNEL, **more: object) -> int:
    """Open a comparison, or another card of it, and record its message; the comparison's id."""
    opening = Opening(
        WORKSPACE,
        channel,
        None,
        "",
        tool_ids,
        "",
        None,
        "U0ADA",
        f"key-{channel}-{ts}",
        NOW,
        **more,  # type: ignore[arg-type]
    )
    outcome = comparisons.open(connection, opening)
    assert isinstance(outcome, Opened)
    cards.record_message(connection, WORKSPACE, outcome.scorecard.card.id, ts, None)
    return outcome.scorecard.comparison.id


def vote(
    person: str, emoji: str, at_us: int, *, present: bool = True, ts: str = "1.0", channel: str = CHANNEL
) -> Reaction:
    return Reaction(WORKSPACE, channel, ts, person, emoji, present, at_us, message_is_ours=True, bot_user=BOT)


def counts(connection: Connection, comparison: int) -> dict[int, int]:
    return dict(ballots.tally(connection, WORKSPACE, comparison, 2).people_by_choice)


async def opened(database: Database) -> int:
    tools = await database.run(furnish)
    return await database.run(post, (tools[0], tools[1]), "1.0")


async def test_two_ticks_by_one_person_are_one_ballot_for_both_tools(database: Database) -> None:
    """Two ticks by one person are one ballot for both tools."""
    comparison = await opened(database)

    await database.run(ballots.record, vote("U1", "one", 1))
    await database.run(ballots.record, vote("U1", "two", 2))

    assert await database.run(counts, comparison) == {0b11: 1}


@pytest.mark.fault("A14")
async def test_none_counts_only_when_nothing_else_is_ticked(database: Database) -> None:
    """🚫 counts only when nothing else is ticked, and counts again once the tick is gone."""
    comparison = await opened(database)

    await database.run(ballots.record, vote("U1", "no_entry_sign", 1))
    assert await database.run(counts, comparison) == {0: 1}
    await database.run(ballots.record, vote("U1", "one", 2))
    assert await database.run(counts, comparison) == {0b01: 1}
    await database.run(ballots.record, vote("U1", "one", 3, present=False))

    assert await database.run(counts, comparison) == {0: 1}


async def test_taking_the_last_tick_back_leaves_no_ballot(database: Database) -> None:
    """No tick: no ballot, and nobody is counted."""
    comparison = await opened(database)

    await database.run(ballots.record, vote("U1", "two", 1))
    await database.run(ballots.record, vote("U1", "two", 2, present=False))

    assert await database.run(counts, comparison) == {}
    assert await database.run(ballots.stored, WORKSPACE, comparison) == {}


async def test_a_removal_at_the_same_moment_wins(database: Database) -> None:
    """On equal times removal wins, in either order."""
    comparison = await opened(database)

    await database.run(ballots.record, vote("U1", "one", 5, present=False))
    await database.run(ballots.record, vote("U1", "one", 5))
    await database.run(ballots.record, vote("U2", "one", 5))
    await database.run(ballots.record, vote("U2", "one", 5, present=False))

    assert await database.run(counts, comparison) == {}


@pytest.mark.fault("A03")
async def test_times_are_numbers(database: Database) -> None:
    """The tenth microsecond is after the ninth, which no comparison of texts would say."""
    comparison = await opened(database)

    await database.run(ballots.record, vote("U1", "one", 9))
    await database.run(ballots.record, vote("U1", "one", 10, present=False))
    await database.run(ballots.record, vote("U2", "two", 10))
    await database.run(ballots.record, vote("U2", "two", 9, present=False))

    assert await database.run(counts, comparison) == {0b10: 1}


@pytest.mark.fault("A03")
async def test_of_a_batch_each_is_told_what_it_changed(database: Database) -> None:
    """Votes that share a transaction: strangers and first votes are told once, votes that change nothing not at all."""
    comparison = await opened(database)
    batch = [
        vote("U1", "one", 2),
        vote("U1", "one", 1, present=False),  # overtaken within the batch
        vote("U2", "two", 1),
        vote("U2", "no_entry_sign", 1),
        vote(BOT, "one", 1),
        vote("U3", "one", 1, ts="9.0"),  # on a message of ours that is no card yet
        vote("U4", "tada", 1),
    ]

    told = await database.run(ballots.record_all, batch)

    assert [one and one.counted for one in told] == [True, False, True, False, None, None, False]
    assert [one and one.is_first_vote for one in told] == [True, False, True, False, None, None, False]
    assert await database.run(counts, comparison) == {0b01: 1, 0b10: 1}


@pytest.mark.fault("A14")
async def test_skin_tones_are_one_tick_until_the_last_is_gone(database: Database) -> None:
    """Two tones of one emoji by one person are one tick; it stands until both are gone."""
    comparison = await opened(database)

    await database.run(ballots.record, vote("U1", "one::skin-tone-2", 1))
    await database.run(ballots.record, vote("U1", "one::skin-tone-5", 2))
    await database.run(ballots.record, vote("U1", "one::skin-tone-2", 3, present=False))
    assert await database.run(counts, comparison) == {0b01: 1}
    await database.run(ballots.record, vote("U1", "one::skin-tone-5", 4, present=False))

    assert await database.run(counts, comparison) == {}


SPELLINGS = {
    1: (("ship", "+1", "thumbsup", "+1::skin-tone-2", "thumbsup::skin-tone-6"), ("no_entry_sign", "-1", "thumbsdown")),
    2: (("one", "one::skin-tone-2"), ("no_entry_sign", "no_entry_sign::skin-tone-3")),
}


@pytest.mark.fault("A14")
@given(tools=st.sampled_from([1, 2]), picks=st.lists(st.tuples(st.booleans(), st.integers(0, 4)), max_size=6))
def test_however_an_emoji_is_spelt_and_contradicted_it_is_one_vote(tools: int, picks: list[tuple[bool, int]]) -> None:
    """Aliases, tones, for and against at once: any mixture is one ballot, for the tool if anything is, else against."""
    ticks, nones = SPELLINGS[tools]
    emoji = [(names := ticks if ticked else nones)[number % len(names)] for ticked, number in picks]
    touches = [Touch("U1", 7, "01"[:tools], name, True, at) for at, name in enumerate([*emoji, "tada", "three"])]

    ballot = ballots.ballot_of("U1", touches)

    expected = None if not picks else 0b1 if any(ticked for ticked, _ in picks) else 0
    assert (ballot.choice if ballot else None) == expected


@pytest.mark.fault("A13")
async def test_our_own_seeds_are_never_counted(database: Database) -> None:
    """The bot's own reactions are not votes."""
    comparison = await opened(database)

    assert await database.run(ballots.record, vote(BOT, "one", 1)) is None
    assert await database.run(counts, comparison) == {}


@pytest.mark.fault("A13")
async def test_a_bot_found_out_later_is_taken_back(database: Database) -> None:
    """Another bot's reaction stops counting as soon as Slack tells us what it is."""
    comparison = await opened(database)
    recorded = await database.run(ballots.record, vote("U9", "one", 1))
    assert recorded is not None
    assert recorded.is_stranger

    await database.run(people.learn, people.Person(WORKSPACE, "U9", True, False, None), NOW)

    assert await database.run(counts, comparison) == {}
    await database.run(ballots.record, vote("U9", "two", 2))
    assert await database.run(counts, comparison) == {}


async def test_a_flipped_card_does_not_swap_votes(database: Database) -> None:
    """On a card that shows B first, 1️⃣ is a vote for B."""
    tools = await database.run(furnish)
    comparison = await database.run(post, (tools[0], tools[1]), "1.0")
    await database.run(post, (tools[1], tools[0]), "2.0", "C0OTHER")

    await database.run(ballots.record, vote("U1", "one", 1))
    await database.run(ballots.record, vote("U2", "one", 1, ts="2.0", channel="C0OTHER"))

    assert await database.run(counts, comparison) == {0b01: 1, 0b10: 1}


async def test_one_person_on_two_cards_has_one_ballot(database: Database) -> None:
    """Ticks on the most recently touched card count, whole; when they are gone, the other card's count again."""
    tools = await database.run(furnish)
    comparison = await database.run(post, (tools[0], tools[1]), "1.0")
    await database.run(post, (tools[0], tools[1]), "2.0", "C0OTHER")

    await database.run(ballots.record, vote("U1", "one", 1))
    await database.run(ballots.record, vote("U1", "two", 2, ts="2.0", channel="C0OTHER"))
    assert await database.run(counts, comparison) == {0b10: 1}
    await database.run(ballots.record, vote("U1", "two", 3, present=False, ts="2.0", channel="C0OTHER"))

    assert await database.run(counts, comparison) == {0b01: 1}


async def test_a_vote_before_its_card_is_recorded_is_kept(database: Database) -> None:
    """A fast colleague's reaction is counted once the post is recorded."""
    tools = await database.run(furnish)
    opening = Opening(WORKSPACE, CHANNEL, None, "", (tools[0], tools[1]), "", None, "U0ADA", "key", NOW)
    outcome = await database.run(comparisons.open, opening)
    assert isinstance(outcome, Opened)

    assert await database.run(ballots.record, vote("U1", "one", 1)) is None
    card = outcome.scorecard
    await database.run(cards.record_message, WORKSPACE, card.card.id, "1.0", None)

    assert await database.run(counts, card.comparison.id) == {0b01: 1}


@pytest.mark.fault("A12")
async def test_reactions_on_other_messages_are_forgotten(database: Database) -> None:
    """A reaction on somebody else's message leaves no row."""
    await opened(database)

    assert await database.run(ballots.record, vote("U1", "one", 1, ts="9.0")._replace(message_is_ours=False)) is None

    def rows(connection: Connection) -> int:
        return int(connection.exec_driver_sql("SELECT count(*) FROM reaction").scalar_one())

    assert await database.run(rows) == 0


@pytest.mark.fault("A12")
async def test_nothing_counts_after_closing(database: Database) -> None:
    """Later reactions change nothing."""
    comparison = await opened(database)
    await database.run(ballots.record, vote("U1", "one", 1))
    await database.run(comparisons.close, WORKSPACE, comparison, "U0ADA", NOW)

    await database.run(ballots.record, vote("U2", "one", 2))
    await database.run(ballots.record, vote("U1", "one", 3, present=False))

    assert await database.run(counts, comparison) == {0b01: 1}


@pytest.mark.fault("A03")
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_any_order_and_repetition_of_the_same_events_ends_in_the_same_rows(
    database: Database, data: st.DataObject
) -> None:
    """Any permutation, repetition and delay of the same events, one by one or in batches, gives the same rows.

    A rebuild from them equals what is stored.
    """
    event = st.builds(
        vote,
        person=st.sampled_from(["U1", "U2"]),
        emoji=st.sampled_from(["one", "two", "no_entry_sign", "one::skin-tone-3", "tada"]),
        at_us=st.integers(1, 6),
        present=st.booleans(),
        ts=st.sampled_from(["1.0", "2.0"]),
    )
    events = data.draw(st.lists(event, min_size=1, max_size=14))
    twice = data.draw(st.permutations([*events, *events]))
    cut = data.draw(st.integers(0, len(twice)))

    def run(connection: Connection, batches: list[list[Reaction]]) -> tuple[object, object, object]:
        for table in ("reaction", "ballot", "tally", "card", "comparison"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
        ids = [t.id for t in catalogue.suggest(connection, catalogue.Shelf(), WORKSPACE, "")] or furnish(connection)
        comparison = post(connection, (ids[0], ids[1]), "1.0")
        post(connection, (ids[1], ids[0]), "2.0", again=True)
        for batch in batches:
            ballots.record_all(connection, batch)
        stored = ballots.stored(connection, WORKSPACE, comparison)
        rebuilt = ballots.rebuilt(connection, WORKSPACE, comparison)
        tally = counts(connection, comparison)
        first = min((ballot.card_id for ballot in stored.values()), default=0)
        shape = {who: (b.choice, b.touched_us, b.card_id - first) for who, b in stored.items()}
        assert stored == rebuilt
        assert tally == {
            c: n for c in {b.choice for b in stored.values()} if (n := sum(b.choice == c for b in stored.values()))
        }
        return shape, tally, len(stored)

    one_by_one = await database.run(run, [[event] for event in events])
    assert one_by_one == await database.run(run, [twice[:cut], twice[cut:]])
