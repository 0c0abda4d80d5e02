"""Whatever happens in whatever order, in many rounds: what is stored is what stands in Slack, and cards show it.

A state machine of Hypothesis drives the playground's workspace and our services side by side: people click on cards
and leave, the network loses, repeats and holds back what the playground tells, Slack is asked with whole and incomplete
answers, messages are deleted, rounds close, open again and begin anew, the bot is killed. After each step the ledger
must hold the newest of what was heard and told, ballots must be those of the ledger, counts those of the ballots, and
every card must say what is counted or be marked stale. At the end, when everything has been asked about once more, they
must be what stands under the cards in the playground, and its cards must say it.

    python -m tests.histories --runs 2000 [--seed 7] [--postgresql]
"""

import argparse
import asyncio
import contextlib
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bot import ballots, cards, comparisons, people, strangers, sweeps
from bot.ballots import Reaction
from bot.comparisons import Opened, Opening
from bot.errors import UserError
from bot.slack import as_sent
from bot.slack_answers import Profile, Reactions
from bot.sweeper import snapshot_of
from bot.views.cards import SEED_EMOJI, card_message
from bot.views.scorecard import pointer
from bot.views.votes import share
from commands.payloads import ReactionEvent
from db.connection import Connection
from db.engine import Database
from db.schema import migrate
from playground.identity import BOT_USER_ID, TEAM_ID, Payload
from playground.world import Message
from tests.postgresql import create_database, named, own_server
from tests.slack_at_hand import SlackAtHand
from tests.story import Card
from tests.test_ballots import WORKSPACE, furnish

SHOWS = ("A02", "A03", "A04", "A12", "A13", "A15")
BEGIN = 1_800_000_000
PEOPLE = ("U0ADA", "U0BJORN", "U0BUILDS")  # the last one is a bot, and nobody knows it yet
STARTER = "U0ADA"
NAMES = ("one", "two", "no_entry_sign", "two::skin-tone-3", "tada")
CHANNELS = {"C0GENERAL": "", "C0RANDOM": "", "G0LEADS": "G0LEADS"}  # the last one is private
SEEDS = SEED_EMOJI[2]
MOST_CARDS = 4
NUMBER = st.integers(0, 15)  # of something that there is, counted round and round
CLICK = st.tuples(st.sampled_from(PEOPLE), st.integers(0, MOST_CARDS - 1), st.sampled_from(NAMES), st.booleans())
TROUBLE = st.sampled_from(({"events": "drop"}, {"events": "duplicate"}, {"events": "reorder", "window": 3}))


@dataclass(frozen=True)
class Posted:
    """A card of ours, and where it stands in the playground."""

    channel: str
    ts: str
    comparison: int
    card: int
    shown: tuple[int, ...]


class Histories(RuleBasedStateMachine):
    """One run: `database` is where the bot is at home, `runner` where the playground lives."""

    database: Database
    connection: Connection
    runner: asyncio.Runner
    tools: list[int]

    @initialize()
    def begin(self) -> None:
        """An empty workspace with a catalogue."""
        with self.transaction() as connection:
            for table in ("reaction", "ballot", "tally", "card", "comparison_tool", "comparison", "person"):
                connection.exec_driver_sql(f"DELETE FROM {table}")
        self.slack = SlackAtHand(self.runner, BEGIN)
        self.posted: list[Posted] = []
        self.pile: list[Payload] = []  # what the network may still deliver, once more or late
        self.closed: dict[int, dict[str, int]] = {}  # by comparison: everybody's choice when it closed
        # What must be known: by mark when it came about and whether it stands, by message when Slack told all of it.
        self.ledger: dict[tuple[str, str, str], tuple[int, bool]] = {}
        self.answered: dict[str, int] = defaultdict(int)
        self.known_out: set[str] = set()  # of whom we have heard that they do not count
        for channel, flipped in (("C0GENERAL", False), ("C0RANDOM", True)):
            self.ask(channel, flipped, anew=False)

    @precondition(lambda self: len(self.posted) < MOST_CARDS)
    @rule(channel=st.sampled_from(sorted(CHANNELS)), flipped=st.booleans(), anew=st.booleans())
    def ask(self, channel: str, flipped: bool, anew: bool) -> None:
        """Somebody asks, or asks once more."""
        tools = tuple(self.tools[1::-1] if flipped else self.tools[:2])
        key = f"key-{len(self.posted) + 1}"
        opening = Opening(
            WORKSPACE, channel, None, CHANNELS[channel], tools, "", None, STARTER, key, self.now, again=True
        )
        with self.transaction() as connection:
            outcome = comparisons.open(connection, replace(opening, anew=anew))
            if not isinstance(outcome, Opened):
                return
            card = outcome.scorecard
            seen = len(self.slack.pile.events)
            ts = self.slack.posts(channel, as_sent(card_message(card, self.now)), *SEEDS)
            self.pile += self.slack.pile.events[seen:]
            posted = Posted(channel, ts, card.comparison.id, card.card.id, card.card.order)
            cards.record_message(connection, WORKSPACE, posted.card, posted.ts, None)
            self.posted.append(posted)
            sweeps.planted(connection, WORKSPACE, posted.card, SEEDS)

    @rule(clicks=st.lists(CLICK, min_size=1, max_size=8))
    def click(self, clicks: list[tuple[str, int, str, bool]]) -> None:
        """People put emoji on cards and take them off; it is heard at once, or later, or never."""
        for person, number, name, is_heard in clicks:
            self.slack.clock.advance(0.5)
            posted = self.posted[number % len(self.posted)]
            if self._message(posted) is None or self.slack.world.people[person].deleted:
                continue
            told = self.slack.clicks(posted.channel, posted.ts, person, name)
            self.pile += told
            if is_heard:
                self._hear(told)

    @rule(kind=TROUBLE, times=st.integers(1, 4))
    def meet_trouble(self, kind: dict[str, Any], times: int) -> None:
        """The next events are lost for good, come twice, or are held back and come in another order."""
        self.slack.faults.add({**kind, "times": times})

    @precondition(lambda self: self.pile)
    @rule(numbers=st.lists(NUMBER, min_size=1, max_size=8))
    def deliver(self, numbers: list[int]) -> None:
        """Events come: late, again, in any order, several in one transaction."""
        self._hear([self.pile[-1 - number % len(self.pile)] for number in numbers])

    @rule(number=NUMBER, unnamed=st.sets(st.sampled_from(PEOPLE), max_size=1))
    def sweep(self, number: int, unnamed: set[str]) -> None:
        """Slack is asked about a card; perhaps it does not name everybody."""
        with self.transaction() as connection:
            self._take(connection, self.posted[number % len(self.posted)], unnamed)

    @rule(person=st.sampled_from(PEOPLE))
    def look_up(self, person: str) -> None:
        """Slack is asked who somebody is."""
        with self.transaction() as connection:
            self._learn(connection, person)

    @rule(is_heard=st.booleans())
    def leave(self, is_heard: bool) -> None:
        """Somebody is deactivated, or comes back; their reactions stay where they are."""
        told = self.slack.changes("U0BJORN", deleted=not self.slack.world.people["U0BJORN"].deleted)
        self.pile += [event for event in told if event["type"] != "user_change"]  # what was held back until now
        for event in [event for event in told if is_heard and event["type"] == "user_change"]:
            with self.transaction() as connection:
                known = strangers.known(WORKSPACE, Profile.of(event["user"], TEAM_ID, None))
                if people.changed(connection, known, self.now):
                    self._note(known)

    @precondition(lambda self: len(self.posted) > 2)
    @rule(number=NUMBER)
    def delete(self, number: int) -> None:
        """An admin deletes a card's message."""
        posted = self.posted[number % len(self.posted)]
        if self._message(posted) is not None:
            self.slack.world.delete_message(self.slack.world.channels[posted.channel], posted.ts)

    @precondition(lambda self: self.open)
    @rule(number=NUMBER)
    def close(self, number: int) -> None:
        """The starter closes a comparison; its cards are swept first."""
        comparison = self.open[number % len(self.open)]
        self.slack.clock.advance(3)
        with self.transaction() as connection:
            for posted in self.posted:
                if posted.comparison == comparison:
                    self._take(connection, posted, set())
            self._is_true(connection, comparison)
            stored = ballots.stored(connection, WORKSPACE, comparison)
            comparisons.close(connection, WORKSPACE, comparison, STARTER, self.now)
        self.closed[comparison] = {person: ballot.choice for person, ballot in stored.items()}

    @precondition(lambda self: self.closed)
    @rule(number=NUMBER)
    def reopen(self, number: int) -> None:
        """The starter lets votes count again, unless there is a newer round."""
        comparison = sorted(self.closed)[number % len(self.closed)]
        with self.transaction() as connection:
            try:
                comparisons.reopen(connection, WORKSPACE, comparison, STARTER, self.now)
            except UserError:
                return
        del self.closed[comparison]

    @rule()
    def kill(self) -> None:
        """The bot dies in the midst of a transaction: nothing of it was, and its connections are gone."""
        with self.connection.begin() as work:
            ballots.record_all(self.connection, self._reactions(self.pile[-4:]))
            work.rollback()
        self.connection.close()
        self.database.engine.dispose()
        type(self).connection = self.database.engine.connect()

    @rule(meanwhile=st.lists(CLICK, max_size=2), has_budget=st.booleans())
    def draw(self, meanwhile: list[tuple[str, int, str, bool]], has_budget: bool) -> None:
        """A stale card is drawn; between its look and its note somebody may click."""
        with self.transaction() as connection:
            waiting = sorted(cards.stale(connection, [WORKSPACE], 10))  # their own order goes by the clock on the wall
            drawing = cards.claim_drawing(connection, *waiting[0]) if waiting else None
        if drawing is not None:
            self._send(drawing, meanwhile, has_budget)

    @invariant()
    def all_holds(self) -> None:
        """What must be so after each step."""
        with self.transaction() as connection:
            self._newest_is_known(connection)
            counts = {one: self._counts(connection, one) for one in {posted.comparison for posted in self.posted}}
            self._cards_are_true_or_stale(connection, counts)
            self._derived_is_derived(connection, counts)

    def _newest_is_known(self, connection: Connection) -> None:
        """The ledger holds the newest of what was heard and told, in whatever order it came."""
        rows = connection.exec_driver_sql("SELECT message_ts, person, emoji, at_us, present FROM reaction")
        assert {(row[0], row[1], row[2]): (row[3], bool(row[4])) for row in rows} == self.ledger

    def _cards_are_true_or_stale(self, connection: Connection, counts: dict[int, dict[int, int]]) -> None:
        """What a card says is what is counted, or the database knows that it is not."""
        rows = connection.exec_driver_sql("SELECT id FROM card WHERE state = 'live' AND sent_rev >= desired_rev")
        current = {row[0] for row in rows}
        for posted in self.posted:
            if posted.card in current and (message := self._message(posted)) is not None:
                assert _said(posted, message) == _shares(posted, counts[posted.comparison])

    def _derived_is_derived(self, connection: Connection, counts: dict[int, dict[int, int]]) -> None:
        """Ballots are those of the ledger, counts are those of the ballots; closed ones are as they closed."""
        for comparison, counted in counts.items():
            stored = ballots.stored(connection, WORKSPACE, comparison)
            choices = {person: ballot.choice for person, ballot in stored.items()}
            if comparison in self.closed:
                assert choices == self.closed[comparison]
            else:
                assert stored == ballots.rebuilt(connection, WORKSPACE, comparison)
            assert Counter(counted) == Counter(choices.values())

    def teardown(self) -> None:
        """Everything is asked about, what is late comes too late, and every card is drawn: the page says the truth."""
        if not hasattr(self, "slack"):
            return
        self.slack.faults.clear()
        self.slack.clock.advance(3)
        with self.transaction() as connection:
            for person in PEOPLE:
                self._learn(connection, person)
            for posted in self.posted:
                self._take(connection, posted, set())
        self._hear(self.pile)
        with self.transaction() as connection:
            for comparison in self.open:
                self._is_true(connection, comparison)
            cards.take_over(connection, WORKSPACE)
        while True:
            with self.transaction() as connection:
                waiting = sorted(cards.stale(connection, [WORKSPACE], 10))
                drawing = cards.claim_drawing(connection, *waiting[0]) if waiting else None
            if drawing is None:
                break
            self._send(drawing, [], has_budget=True)
        for comparison in self.open:
            self._page_is_true(comparison)
        self.all_holds()

    @property
    def now(self) -> int:
        """The time, in whole seconds."""
        return int(self.slack.clock.now())

    @property
    def open(self) -> list[int]:
        """The comparisons that are open."""
        return sorted({posted.comparison for posted in self.posted} - self.closed.keys())

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """What a service function stands in."""
        with self.connection.begin():
            yield self.connection

    def _message(self, posted: Posted) -> Message | None:
        return self.slack.world.find(posted.channel, posted.ts)

    def _reactions(self, told: list[Payload]) -> list[Reaction]:
        """What Slack told, as the listener takes it."""
        heard = [ReactionEvent.model_validate(event) for event in told if "reaction" in event]
        return [
            Reaction(
                WORKSPACE,
                one.item.channel,
                one.item.ts,
                one.user,
                one.reaction,
                one.type == "reaction_added",
                one.at_us,
                one.item_user == BOT_USER_ID,
                BOT_USER_ID,
            )
            for one in heard
        ]

    def _hear(self, told: list[Payload]) -> None:
        events = self._reactions(told)
        with self.transaction() as connection:
            ballots.record_all(connection, events)
        for one in events:
            mark, state = (one.message_ts, one.person, one.emoji), (one.at_us, one.present)
            known = self.ledger.get(mark, (0, True))
            is_newer = (state[0], not state[1]) > (known[0], not known[1])
            if one.person != BOT_USER_ID and one.at_us >= self.answered[one.message_ts] and is_newer:
                self.ledger[mark] = state

    def _counts(self, connection: Connection, comparison: int) -> dict[int, int]:
        return dict(ballots.tally(connection, WORKSPACE, comparison, 2).people_by_choice)

    def _learn(self, connection: Connection, person: str) -> None:
        answer, _ = self.slack.call("users.info", user=person)
        known = strangers.known(WORKSPACE, Profile.of(answer["user"], TEAM_ID, None))
        people.learn(connection, known, self.now)
        self._note(known)

    def _note(self, known: people.Person) -> None:
        (self.known_out.add if known.is_bot or known.is_deactivated else self.known_out.discard)(known.id)

    def _take(self, connection: Connection, posted: Posted, unnamed: set[str]) -> None:
        """Ask the playground who stands where, and let the services take the answer; then what must be known."""
        if self._message(posted) is None:
            sweeps.gone(connection, WORKSPACE, posted.card)
            return
        answer, headers = self.slack.call("reactions.get", channel=posted.channel, timestamp=posted.ts, full="true")
        message = answer["message"]
        for one in message.get("reactions", []):
            one["users"] = [user for user in one["users"] if user not in unnamed]
        found = Reactions.of(message, headers, BOT_USER_ID)
        snapshot = snapshot_of(WORKSPACE, posted.channel, posted.ts, found)
        ours = {name for name, users in found.people.items() if BOT_USER_ID in users}
        sweeps.take(connection, snapshot, posted.card, SEEDS, ours, self.now)
        standing = {(one["name"], user) for one in message.get("reactions", []) for user in one["users"]}
        cut = {one["name"] for one in message.get("reactions", []) if len(one["users"]) < one["count"]}
        moment = (self.now - 2) * 1_000_000
        for name, person in standing:
            at_us, present = self.ledger.get((posted.ts, person, name), (0, False))
            if person != BOT_USER_ID and not present and at_us < moment:
                self.ledger[posted.ts, person, name] = (moment, True)
        for (ts, person, name), (at_us, present) in list(self.ledger.items()):
            is_missing = ts == posted.ts and (name, person) not in standing and name not in cut
            if is_missing and present and at_us < moment:
                self.ledger[ts, person, name] = (moment, False)
        if not cut:
            self.answered[posted.ts] = max(self.answered[posted.ts], moment)

    def _send(self, drawing: cards.Drawing, meanwhile: list[tuple[str, int, str, bool]], has_budget: bool) -> None:
        """What the refresher does with a drawing."""
        shown = drawing.scorecard
        posted = next(one for one in self.posted if one.card == shown.card.id)
        message = (
            pointer(shown.tools, drawing.newest_link, by_buttons=False)
            if drawing.is_replaced
            else card_message(shown, self.now)
        )
        if meanwhile:
            self.click(meanwhile)
        if self._message(posted) is None:
            with self.transaction() as connection:
                cards.gone(connection, WORKSPACE, posted.card)
            return
        self.slack.updates(posted.channel, posted.ts, as_sent(message))
        with self.transaction() as connection:
            cards.drawn(connection, WORKSPACE, posted.card, shown.card.desired_rev)
            if has_budget and shown.comparison.is_open and not drawing.is_replaced:
                wanted = sweeps.wanted(SEEDS, drawing.used)
                for i, name in enumerate(SEEDS):
                    if (wanted ^ drawing.seeded) >> i & 1:
                        self.slack.reacts(posted.channel, posted.ts, name, present=bool(wanted >> i & 1))
                sweeps.set_seeded(connection, WORKSPACE, posted.card, wanted)

    def _is_true(self, connection: Connection, comparison: int) -> None:
        """Everybody's ballot is what stands on one of the cards that they have ticked."""
        stored = ballots.stored(connection, WORKSPACE, comparison)
        for person in PEOPLE:
            choices = self._choices(comparison, person)
            if choices is not None:
                ballot = stored.get(person)
                assert (ballot.choice if ballot else None) in choices, person

    def _choices(self, comparison: int, person: str) -> set[int | None] | None:
        """What may be counted of a person by what stands in the playground; None where a message of it is gone."""
        if person in self.known_out:
            return {None}
        on = []
        for posted in self.posted:
            if posted.comparison == comparison:
                if (message := self._message(posted)) is None:
                    return None
                on.append(_choice(posted, message, person))
        return {choice for choice in on if choice is not None} or {None}

    def _page_is_true(self, comparison: int) -> None:
        """Where each person's emoji say one thing, every card in the playground says the sum of them."""
        told = [self._choices(comparison, person) for person in PEOPLE]
        if any(one is None or len(one) > 1 for one in told):
            return
        counts = Counter(choice for one in told for choice in one or () if choice is not None)
        for posted in self.posted:
            message = self._message(posted)
            if posted.comparison == comparison and message is not None and not _is_pointer(message):
                assert _said(posted, message) == _shares(posted, counts)
                people_on = {name: users.keys() - {BOT_USER_ID} for name, users in message.reactions.items()}
                used = {name.partition("::")[0] for name, users in people_on.items() if users}
                seeded = {name for name, users in message.reactions.items() if BOT_USER_ID in users}
                assert seeded == set(SEEDS) - used


def _choice(posted: Posted, message: Message, person: str) -> int | None:
    """What this person's emoji on a message mean together."""
    names = {name.partition("::")[0] for name, users in message.reactions.items() if person in users}
    ticks = sum(1 << position for name, position in zip(("one", "two"), posted.shown, strict=True) if name in names)
    return ticks or (0 if "no_entry_sign" in names else None)


def _said(posted: Posted, message: Message) -> list[str]:
    """What a card says that people would ship, tool by tool as they stand on it."""
    return Card(posted.channel, posted.ts, message.as_slack()).row["Community"]


def _shares(posted: Posted, counts: dict[int, int]) -> list[str]:
    voters = sum(counts.values())
    return [share(sum(n for choice, n in counts.items() if choice >> i & 1), voters) for i in posted.shown]


def _is_pointer(message: Message) -> bool:
    return all(block["type"] != "table" for block in message.blocks)


def run(url: str, runs: int, steps: int, number: int) -> None:
    """So many runs of so many steps on an empty database that has the schema."""
    with asyncio.Runner() as runner:

        @seed(number)
        class Here(Histories):
            database = Database(url)

        Here.runner = runner
        Here.connection = Here.database.engine.connect()
        with Here.connection.begin():
            Here.tools = furnish(Here.connection)
        try:
            run_state_machine_as_test(
                Here,
                settings=settings(
                    max_examples=runs, stateful_step_count=steps, suppress_health_check=list(HealthCheck), deadline=None
                ),
            )
        finally:
            Here.connection.close()
            Here.database.close_now()


def main() -> None:
    """As many runs as wanted, on a database of its own."""
    parser = argparse.ArgumentParser(description="Drive the playground's workspace and the services, at random.")
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--postgresql", action="store_true", help="on a PostgreSQL server of its own; else on SQLite")
    given = parser.parse_args()
    began, burned = time.monotonic(), time.process_time()
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
        run(url, given.runs, given.steps, given.seed)
    spent = f"{time.monotonic() - began:.0f} s, {time.process_time() - burned:.0f} of the processor"
    sys.stdout.write(f"{given.runs:,} histories of {given.steps} steps, all true to the end ({spent})\n")


if __name__ == "__main__":
    main()
