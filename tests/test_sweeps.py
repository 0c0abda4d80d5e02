"""The sweep: Slack is asked who stands behind each emoji, wherever a vote may have been missed."""

import asyncio
import threading
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import ballots, catalogue, comparisons
from bot.ballots import Snapshot, Swept
from db.connection import Connection
from db.engine import Database
from tests.story import Story, eventually
from tests.test_ballots import CHANNEL, NOW, WORKSPACE, counts, furnish, opened, post, vote

SECOND = 1_000_000
LINE = "/compare cursor vs zed"


def snapshot(at_us: int, people: dict[str, set[str]], *incomplete: str) -> Snapshot:
    """Slack's answer: who stands behind each emoji."""
    named = {name: frozenset(found) for name, found in people.items()}
    return Snapshot(WORKSPACE, CHANNEL, "1.0", at_us, named, frozenset(incomplete))


@pytest.mark.fault("A04")
async def test_a_vote_that_was_never_delivered_is_counted(database: Database) -> None:
    """Votes cast while the bot was down, and withdrawals, are what Slack shows now."""
    comparison = await opened(database)
    await database.run(ballots.record, vote("U1", "one", 1))

    corrected = await database.run(ballots.sweep, snapshot(10 * SECOND, {"two": {"U2"}}))

    assert corrected.corrections == 2
    assert await database.run(counts, comparison) == {0b10: 1}


async def test_what_was_heard_after_the_snapshot_wins(database: Database) -> None:
    """A vote during the sweep is newer than the answer, whatever order they are written in."""
    comparison = await opened(database)
    await database.run(ballots.record, vote("U1", "one", 11 * SECOND))
    await database.run(ballots.record, vote("U2", "two", 11 * SECOND, present=False))

    swept = await database.run(ballots.sweep, snapshot(10 * SECOND, {"two": {"U2"}}))

    assert swept == Swept(corrections=0, doubts=2)
    assert await database.run(counts, comparison) == {0b01: 1}


async def test_an_incomplete_list_only_adds(database: Database) -> None:
    """Where Slack counts more people than it names, nobody's vote is removed."""
    comparison = await opened(database)
    await database.run(ballots.record, vote("U1", "one", 1))

    await database.run(ballots.sweep, snapshot(10 * SECOND, {"one": {"U2"}}, "one"))

    assert await database.run(counts, comparison) == {0b01: 2}


async def test_a_late_event_from_before_the_sweep_changes_nothing(database: Database) -> None:
    """An event that was overtaken by a sweep is old news."""
    comparison = await opened(database)
    await database.run(ballots.sweep, snapshot(10 * SECOND, {"one": {"U1"}}))

    await database.run(ballots.record, vote("U1", "one", 5 * SECOND, present=False))
    await database.run(ballots.record, vote("U2", "two", 5 * SECOND))
    await database.run(ballots.sweep, snapshot(10 * SECOND, {"one": {"U1"}}))

    assert await database.run(counts, comparison) == {0b01: 1}


async def test_a_closed_comparison_stays_as_it_is(database: Database) -> None:
    """A sweep after closing changes no result."""
    comparison = await opened(database)
    await database.run(comparisons.close, WORKSPACE, comparison, "U0ADA", NOW)

    await database.run(ballots.sweep, snapshot(10 * SECOND, {"one": {"U1"}}))

    assert await database.run(counts, comparison) == {}


@pytest.mark.fault("A04")
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_lost_events_and_a_sweep_end_where_all_events_end(database: Database, data: st.DataObject) -> None:
    """Whatever is lost, repeated or reordered: after a sweep the ballots are those of the reactions that stand."""
    people, names = ["U1", "U2", "U3"], ["one", "two", "no_entry_sign"]
    event = st.tuples(st.sampled_from(people), st.sampled_from(names), st.booleans())
    history = data.draw(st.lists(event, min_size=1, max_size=12))
    truth: dict[tuple[str, str], bool] = {}
    events = []
    for i, (who, name, present) in enumerate(history):
        truth[who, name] = present
        events.append(vote(who, name, (i + 1) * SECOND, present=present))
    before = data.draw(st.integers(0, len(events)))
    heard = data.draw(st.permutations([e for e in events[:before] if data.draw(st.booleans())] * 2))
    late = [e for e in events if data.draw(st.booleans())]
    standing = {name: {who for (who, n), there in truth.items() if n == name and there} for name in names}

    def run(connection: Connection) -> tuple[dict[int, int], dict[int, int]]:
        for table in ("reaction", "ballot", "tally", "card", "comparison"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
        ids = [t.id for t in catalogue.suggest(connection, catalogue.Shelf(), WORKSPACE, "")] or furnish(connection)
        comparison = post(connection, (ids[0], ids[1]), "1.0")
        for one in heard:
            ballots.record(connection, one)
        ballots.sweep(connection, snapshot((len(events) + 1) * SECOND, standing))
        for one in late:
            ballots.record(connection, one)
        stored = ballots.stored(connection, WORKSPACE, comparison)
        assert stored == ballots.rebuilt(connection, WORKSPACE, comparison)
        expected: dict[int, int] = {}
        for who in people:
            ticks = {i for i, name in enumerate(("one", "two")) if who in standing[name]}
            choice = sum(1 << i for i in ticks) if ticks else 0 if who in standing["no_entry_sign"] else None
            if choice is not None:
                expected[choice] = expected.get(choice, 0) + 1
        return counts(connection, comparison), expected

    counted, expected = await database.run(run)
    assert counted == expected


@pytest.mark.fault("A04")
async def test_dropped_events_are_counted_after_a_sweep(story: Story) -> None:
    """The network loses every event for a while; a sweep brings the card to what Slack shows."""
    ada, bjorn = story.person("ada"), story.person("bjorn")
    await ada.types(LINE)
    card = await story.seeded()
    await bjorn.reacts(card, "two")
    await story.shows(card, "1 of 1")

    await story.post("fault", events="drop")
    await ada.reacts(card, "one")
    await bjorn.takes_back(card, "two")
    await story.post("fault", clear=True)
    await story.app.services.sweeper.want_all()

    await story.has_row(card, "Community", ["1 of 1 person", "0 of 1 person"])


async def test_a_comparison_is_swept_before_it_closes(story: Story) -> None:
    """The final result has the votes that were never delivered."""
    ada, bjorn = story.person("ada"), story.person("bjorn")
    await ada.types(LINE)
    card = await story.seeded()
    await story.post("fault", events="drop")
    await bjorn.reacts(card, "one")
    await story.post("fault", clear=True)

    await ada.presses(card, "more", value="Close the vote")

    assert (await story.shows(card, "Final result")).row["Community"] == ["1 of 1 person", "0 of 1 person"]


@pytest.mark.fault("A04")
async def test_a_card_that_became_a_pointer_is_swept_like_any_other(story: Story) -> None:
    """Its emoji still stand there and count, so what was lost on it is found, too."""
    ada, bjorn = story.person("ada"), story.person("bjorn")
    await ada.types(LINE)
    first = await story.seeded()
    await ada.types(LINE)
    await ada.presses(await ada.was_told("already open"), "Show it here again")
    await story.shows(first, "goes on")
    again = await story.seeded()

    await story.post("fault", events="drop")
    await bjorn.reacts(first, "two")
    await story.post("fault", clear=True)
    await story.app.services.sweeper.want_all()
    await story.has_row(again, "Community", ["0 of 1 person", "1 of 1 person"])

    await story.post("fault", events="drop")
    await ada.reacts(first, "two")
    await story.post("fault", clear=True)
    await ada.presses(again, "more", value="Close the vote")
    await story.has_row(again, "Community", ["0 of 2 people", "2 of 2 people"])


@pytest.mark.fault("A13")
async def test_a_bot_of_which_only_a_sweep_tells_never_counts(story: Story) -> None:
    """Nobody has heard its click: who it is is asked when Slack's answer names it, and so before closing, too."""
    ada = story.person("ada")
    await ada.types(LINE)
    card = await story.seeded()
    await story.post("fault", events="drop")
    await ada.reacts(card, "one")
    await story.person("builds").reacts(card, "two")
    await story.post("fault", clear=True)

    await ada.presses(card, "more", value="Close the vote")

    assert (await story.shows(card, "Final result")).row["Community"] == ["1 of 1 person", "0 of 1 person"]


@pytest.mark.fault("A12")
async def test_a_message_that_is_gone_keeps_its_ballots(story: Story) -> None:
    """Deleted in Slack: the votes stay, and nobody asks about the card again."""
    ada = story.person("ada")
    await ada.types(LINE)
    card = await story.seeded()
    await ada.reacts(card, "one")
    await story.shows(card, "1 of 1")
    await story.post("delete-message", channel=card.channel, ts=card.ts)

    await story.app.services.sweeper.want_all()
    asked = await eventually(lambda: _asked(story, 1))
    await story.app.services.sweeper.want_all()
    await ada.types("/verdict result cursor vs zed")

    await ada.was_told("1 of 1")
    assert len(await story.calls("reactions.get")) == len(asked)


async def test_seeds_make_way_for_people(story: Story) -> None:
    """Once a person has used an emoji the bot takes its own back, and puts it back when the last person leaves."""
    ada, bjorn = story.person("ada"), story.person("bjorn")
    await ada.types(LINE)
    card = await story.seeded()

    await ada.reacts(card, "one")
    await bjorn.reacts(card, "one")
    await eventually(lambda: _stands(story, card.ts, "one", [ada.id, bjorn.id]))
    await ada.takes_back(card, "one")
    await bjorn.takes_back(card, "one")

    await eventually(lambda: _stands(story, card.ts, "one", ["U0VERDICTS"]))


@pytest.mark.fault("A04")
async def test_app_rate_limited_is_acknowledged_and_sweeps(story: Story) -> None:
    """Slack says that it holds events back: every open card is asked about."""
    ada = story.person("ada")
    await ada.types(LINE)
    card = await story.seeded()
    await story.post("fault", events="drop")
    await ada.reacts(card, "one")
    await story.post("fault", clear=True)

    outer = {"type": "app_rate_limited", "team_id": "T0PLAY", "minute_rate_limited": 1, "api_app_id": "A0VERDICTS"}
    answer = await story.post("emit", outer=outer)

    assert answer["acknowledged"]
    await story.shows(card, "1 of 1")


async def _asked(story: Story, times: int) -> list[dict[str, object]] | None:
    calls = await story.calls("reactions.get")
    return calls if len(calls) >= times else None


async def _stands(story: Story, ts: str, name: str, people: list[str]) -> bool | None:
    card = next(card for card in await story.cards() if card.ts == ts)
    return card.reactions.get(name) == people or None


async def test_only_reactions_on_the_card_are_swept(database: Database) -> None:
    """A snapshot of a message that is no card of ours changes nothing."""
    await opened(database)

    assert await database.run(ballots.sweep, replace(snapshot(9, {"one": {"U1"}}), message_ts="9.9")) == Swept(0, 0)


async def test_a_late_event_that_waits_for_a_sweep_changes_nothing(database: Database) -> None:
    """Two transactions side by side: the event's has looked at the card before the sweep's has noted the answer."""
    comparison = await opened(database)
    loop = asyncio.get_running_loop()
    swept, waited = asyncio.Event(), threading.Event()

    def sweep_slowly(connection: Connection) -> None:
        ballots.sweep(connection, snapshot(10 * SECOND, {}))
        loop.call_soon_threadsafe(swept.set)
        assert waited.wait(10)

    sweeping = asyncio.create_task(database.run(sweep_slowly))
    await swept.wait()
    recording = asyncio.create_task(database.run_gathered(ballots.record_all, vote("U1", "one", 5 * SECOND)))
    if not database.is_sqlite:  # there the event has to wait for its turn before it can look at anything
        await eventually(lambda: database.run(_somebody_waits))
    waited.set()
    await asyncio.gather(sweeping, recording)

    assert await database.run(counts, comparison) == {}


def _somebody_waits(connection: Connection) -> bool | None:
    return connection.exec_driver_sql("SELECT 1 FROM pg_locks WHERE NOT granted").first() is not None or None
