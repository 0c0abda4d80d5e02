"""Whatever happens in whatever order, in many rounds: what is stored is what stands in Slack, and cards show it.

A state machine of Hypothesis plays Slack: people who click on cards, a network that loses, repeats and delays what it
tells, sweeps with whole and incomplete lists, rounds that close, open again and begin anew, a bot that is killed. After
each step the ballots must be those of the ledger, and the counts those of the ballots. At the end, when everything has
been asked about once more, they must be what stands under the cards, and every card must show it.

    python -m tests.histories --runs 1000 [--postgresql]
"""

import argparse
import contextlib
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bot import ballots, cards, comparisons, people, sweeps
from bot.ballots import Reaction, Snapshot
from bot.comparisons import Opened, Opening
from bot.errors import UserError
from bot.model import Tally
from bot.views.cards import SEED_EMOJI
from db.connection import Connection
from db.engine import Database
from db.schema import migrate
from tests.postgresql import create_database, named, own_server
from tests.test_ballots import BOT, WORKSPACE, furnish

SHOWS = ("A02", "A03", "A04", "A12")
SECOND = 1_000_000
BEGIN = 1_800_000_000
PEOPLE = ("U1", "U2", "U9BOT")
NAMES = ("one", "two", "no_entry_sign")
MOST_CARDS = 4
NUMBER = st.integers(0, 15)  # of something that there is, counted round and round
CLICK = st.tuples(st.sampled_from(PEOPLE), st.integers(0, MOST_CARDS - 1), st.sampled_from(NAMES), st.booleans())
CHANNELS = {"C1": "", "C2": "", "G1": "G1"}  # the last one is private


@dataclass
class Message:
    """A card as it stands in Slack."""

    channel: str
    ts: str
    comparison: int
    card: int
    shown: tuple[int, ...]
    standing: dict[tuple[str, str], int] = field(default_factory=dict)  # who has which emoji, and since when

    def choice(self, person: str) -> int | None:
        """What this person's emoji on it mean together."""
        names = {name.partition("::")[0] for who, name in self.standing if who == person}
        ticks = sum(1 << position for name, position in zip(("one", "two"), self.shown, strict=True) if name in names)
        return ticks or (0 if "no_entry_sign" in names else None)


class Histories(RuleBasedStateMachine):
    """One run: `database` is where the bot is at home."""

    database: Database
    tools: list[int]

    @initialize()
    def begin(self) -> None:
        """An empty workspace with a catalogue."""
        with self.database.engine.begin() as connection:
            for table in ("reaction", "ballot", "tally", "card", "comparison_tool", "comparison", "person"):
                connection.exec_driver_sql(f"DELETE FROM {table}")
        self.now_us = BEGIN * SECOND
        self.messages: list[Message] = []
        self.told: list[Reaction] = []  # what the network may still deliver, once more or late
        self.closed: dict[int, dict[str, int]] = {}  # by comparison: everybody's choice when it closed
        # What must be known: by mark when it came about and whether it stands, by message when Slack told all of it.
        self.ledger: dict[tuple[str, str, str], tuple[int, bool]] = {}
        self.answered: dict[str, int] = defaultdict(int)
        self.shown: dict[int, dict[int, int]] = {}  # by card: the counts that it shows
        self.knows_the_bot = False
        for channel, flipped in (("C1", False), ("C2", True)):
            self.ask(channel, flipped, anew=False)

    @precondition(lambda self: len(self.messages) < MOST_CARDS)
    @rule(channel=st.sampled_from(sorted(CHANNELS)), flipped=st.booleans(), anew=st.booleans())
    def ask(self, channel: str, flipped: bool, anew: bool) -> None:
        """Somebody asks, or asks once more."""
        tools = self.tools[1::-1] if flipped else self.tools[:2]
        number = len(self.messages) + 1
        opening = Opening(
            WORKSPACE,
            channel,
            None,
            CHANNELS[channel],
            tuple(tools),
            "",
            None,
            "U1",
            f"key-{number}",
            self.now,
            again=True,
        )
        with self.transaction() as connection:
            outcome = comparisons.open(connection, opening if not anew else _anew(opening))
            if isinstance(outcome, Opened):
                card = outcome.scorecard
                cards.record_message(connection, WORKSPACE, card.card.id, f"{number}.0", None)
                self.shown[card.card.id] = self._counts(connection, card.comparison.id)
                self.messages.append(Message(channel, f"{number}.0", card.comparison.id, card.card.id, card.card.order))

    @rule(clicks=st.lists(CLICK, min_size=1, max_size=8))
    def click(self, clicks: list[tuple[str, int, str, bool]]) -> None:
        """People put emoji on cards and take them off; it is heard at once, or later, or never."""
        for person, number, name, heard in clicks:
            message = self.messages[number % len(self.messages)]
            self.now_us += SECOND // 2
            present = (person, name) not in message.standing
            if present:
                message.standing[person, name] = self.now_us
            else:
                del message.standing[person, name]
            event = Reaction(WORKSPACE, message.channel, message.ts, person, name, present, self.now_us, True, BOT)
            self.told.append(event)
            if heard:
                self._hear([event])

    @precondition(lambda self: self.told)
    @rule(numbers=st.lists(NUMBER, min_size=1, max_size=8))
    def deliver(self, numbers: list[int]) -> None:
        """Events come: late, again, in any order, several in one transaction."""
        self._hear([self.told[-1 - number % len(self.told)] for number in numbers])

    @precondition(lambda self: self.told)
    @rule(number=NUMBER)
    def lose(self, number: int) -> None:
        """The network forgets an event for good."""
        del self.told[-1 - number % len(self.told)]

    @rule(number=NUMBER, unnamed=st.sets(st.sampled_from(PEOPLE), max_size=1))
    def sweep(self, number: int, unnamed: set[str]) -> None:
        """Slack is asked about a card; perhaps it does not name everybody."""
        with self.transaction() as connection:
            self._take(connection, self.messages[number % len(self.messages)], unnamed)

    @precondition(lambda self: not self.knows_the_bot)
    @rule()
    def learn(self) -> None:
        """Slack says that one of them is a bot."""
        self.knows_the_bot = True
        with self.transaction() as connection:
            people.learn(connection, people.Person(WORKSPACE, "U9BOT", True, False, None), self.now)

    @precondition(lambda self: self.open)
    @rule(number=NUMBER)
    def close(self, number: int) -> None:
        """The starter closes a comparison; its cards are swept first."""
        comparison = self.open[number % len(self.open)]
        self.now_us += 3 * SECOND
        with self.transaction() as connection:
            for message in self.messages:
                if message.comparison == comparison:
                    self._take(connection, message, set())
            self._is_true(connection, comparison)
            stored = ballots.stored(connection, WORKSPACE, comparison)
            comparisons.close(connection, WORKSPACE, comparison, "U1", self.now)
        self.closed[comparison] = {person: ballot.choice for person, ballot in stored.items()}

    @precondition(lambda self: self.closed)
    @rule(number=NUMBER)
    def reopen(self, number: int) -> None:
        """The starter lets votes count again, unless there is a newer round."""
        comparison = sorted(self.closed)[number % len(self.closed)]
        with self.transaction() as connection:
            try:
                comparisons.reopen(connection, WORKSPACE, comparison, "U1", self.now)
            except UserError:
                return
        del self.closed[comparison]

    @rule()
    def restart(self) -> None:
        """The bot is killed, and what was not committed is gone."""
        url = self.database.engine.url.render_as_string(hide_password=False)
        self.database.close_now()
        type(self).database = Database(url)

    @rule(meanwhile=st.lists(CLICK, max_size=2))
    def draw(self, meanwhile: list[tuple[str, int, str, bool]]) -> None:
        """A stale card is drawn; between its look and its note somebody may click."""
        with self.transaction() as connection:
            waiting = cards.stale(connection, [WORKSPACE], 10)
            drawing = cards.claim_drawing(connection, *waiting[0]) if waiting else None
        if drawing is None:
            return
        if meanwhile:
            self.click(meanwhile)
        with self.transaction() as connection:
            cards.drawn(connection, WORKSPACE, drawing.scorecard.card.id, drawing.scorecard.card.desired_rev)
        tally = Tally(2, drawing.scorecard.tally.people_by_choice).in_order(drawing.scorecard.card.order)
        self.shown[drawing.scorecard.card.id] = dict(tally.people_by_choice)

    @invariant()
    def all_holds(self) -> None:
        """What must be so after each step."""
        with self.transaction() as connection:
            self._newest_is_known(connection)
            self._cards_are_true_or_stale(connection)
            self._derived_is_derived(connection)

    def _newest_is_known(self, connection: Connection) -> None:
        """The ledger holds the newest of what was heard and told, in whatever order it came."""
        rows = connection.exec_driver_sql("SELECT message_ts, person, emoji, at_us, present FROM reaction")
        assert {(row[0], row[1], row[2]): (row[3], bool(row[4])) for row in rows} == self.ledger

    def _cards_are_true_or_stale(self, connection: Connection) -> None:
        """What a card shows is what is counted, or the database knows that it is not."""
        rows = connection.exec_driver_sql(
            "SELECT id, comparison_id FROM card WHERE state = 'live' AND sent_rev >= desired_rev"
        )
        for card, comparison in rows.all():
            assert self.shown[card] == self._counts(connection, comparison)

    def _derived_is_derived(self, connection: Connection) -> None:
        """Ballots are those of the ledger, counts are those of the ballots; closed ones are as they closed."""
        for comparison in {message.comparison for message in self.messages}:
            stored = ballots.stored(connection, WORKSPACE, comparison)
            choices = {person: ballot.choice for person, ballot in stored.items()}
            if comparison in self.closed:
                assert choices == self.closed[comparison]
            else:
                assert stored == ballots.rebuilt(connection, WORKSPACE, comparison)
            assert Counter(self._counts(connection, comparison)) == Counter(choices.values())

    def teardown(self) -> None:
        """Everything is asked about, what is late comes too late, and every card is drawn."""
        self.now_us += 3 * SECOND
        with self.transaction() as connection:
            people.learn(connection, people.Person(WORKSPACE, "U9BOT", True, False, None), self.now)
            self.knows_the_bot = True
            for message in self.messages:
                self._take(connection, message, set())
            ballots.record_all(connection, self.told)
            for comparison in self.open:
                self._is_true(connection, comparison)
        with self.transaction() as connection:
            cards.take_over(connection, WORKSPACE)
            while waiting := cards.stale(connection, [WORKSPACE], 50):
                for workspace, card in waiting:
                    drawing = cards.claim_drawing(connection, workspace, card)
                    assert drawing is not None
                    shown = drawing.scorecard
                    cards.drawn(connection, workspace, card, shown.card.desired_rev)
                    stored = ballots.stored(connection, WORKSPACE, shown.comparison.id)
                    assert shown.tally.people == len(stored)

    @property
    def now(self) -> int:
        """The time, in whole seconds."""
        return self.now_us // SECOND

    @property
    def open(self) -> list[int]:
        """The comparisons that are open."""
        return sorted({message.comparison for message in self.messages} - self.closed.keys())

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """What a service function stands in."""
        with self.database.engine.begin() as connection:
            yield connection

    def _hear(self, events: list[Reaction]) -> None:
        with self.transaction() as connection:
            ballots.record_all(connection, events)
        for one in events:
            mark, state = (one.message_ts, one.person, one.emoji), (one.at_us, one.present)
            known = self.ledger.get(mark, (0, True))
            if one.at_us >= self.answered[one.message_ts] and (state[0], not state[1]) > (known[0], not known[1]):
                self.ledger[mark] = state

    def _counts(self, connection: Connection, comparison: int) -> dict[int, int]:
        return dict(ballots.tally(connection, WORKSPACE, comparison, 2).people_by_choice)

    def _take(self, connection: Connection, message: Message, unnamed: set[str]) -> None:
        named: dict[str, set[str]] = defaultdict(set)
        incomplete = set()
        for person, name in message.standing:
            if person in unnamed:
                incomplete.add(name)
            else:
                named[name].add(person)
        snapshot = Snapshot(
            WORKSPACE,
            message.channel,
            message.ts,
            self.now_us - 2 * SECOND,
            {name: frozenset(found) for name, found in named.items()},
            frozenset(incomplete),
        )
        sweeps.take(connection, snapshot, message.card, SEED_EMOJI[2], (), self.now)
        for name, found in named.items():
            for person in found:
                at_us, present = self.ledger.get((message.ts, person, name), (0, False))
                if not present and at_us < snapshot.at_us:
                    self.ledger[message.ts, person, name] = (snapshot.at_us, True)
        for (ts, person, name), (at_us, present) in list(self.ledger.items()):
            is_missing = ts == message.ts and person not in named.get(name, ()) and name not in incomplete
            if is_missing and present and at_us < snapshot.at_us:
                self.ledger[ts, person, name] = (snapshot.at_us, False)
        if not incomplete:
            self.answered[message.ts] = max(self.answered[message.ts], snapshot.at_us)

    def _is_true(self, connection: Connection, comparison: int) -> None:
        """Everybody's ballot is what stands on one of the cards that they have ticked."""
        stored = ballots.stored(connection, WORKSPACE, comparison)
        for person in PEOPLE:
            on = [message.choice(person) for message in self.messages if message.comparison == comparison]
            may_be: set[int | None] = {choice for choice in on if choice is not None} or {None}
            if person == "U9BOT" and self.knows_the_bot:
                may_be = {None}
            ballot = stored.get(person)
            assert (ballot.choice if ballot else None) in may_be, person


def run(url: str, runs: int, steps: int) -> None:
    """So many runs of so many steps on an empty database that has the schema."""

    class Here(Histories):
        database = Database(url)

    with Here.database.engine.begin() as connection:
        Here.tools = furnish(connection)
    try:
        run_state_machine_as_test(
            Here,
            settings=settings(
                max_examples=runs, stateful_step_count=steps, suppress_health_check=list(HealthCheck), deadline=None
            ),
        )
    finally:
        Here.database.close_now()


def _anew(opening: Opening) -> Opening:
    return replace(opening, anew=True)


def main() -> None:
    """As many runs as wanted, on a database of its own."""
    parser = argparse.ArgumentParser(description="Play Slack against the services, in random histories.")
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--postgresql", action="store_true", help="on a PostgreSQL server of its own; else on SQLite")
    given = parser.parse_args()
    began = time.monotonic()
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        url = f"sqlite:///{folder}/verdicts.db"
        if given.postgresql:
            address = stack.enter_context(own_server(durable=False))
            create_database(address, "verdicts")
            url = named(address, "verdicts")
        database = Database(url)
        database.run_here(migrate)
        database.close_now()
        run(url, given.runs, given.steps)
    sys.stdout.write(
        f"{given.runs:,} histories of {given.steps} steps, all true to the end ({time.monotonic() - began:.0f} s)\n"
    )


if __name__ == "__main__":
    main()
