"""The kill loop: the bot is killed again and again while people vote, and what it knows is compared with the truth.

The truth is the playground's: which click happened when, and which deliveries the bot acknowledged. After every kill
each acknowledged vote must be in the ledger, in that state or a newer one. At the end, when every retry has come and
the bot has asked for what never did, ledger, ballots, counts and cards must say exactly what stands under the cards.

    python -m tests.kill_loop --kills 1000 --seed 7 [--postgresql]
"""

import argparse
import asyncio
import contextlib
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from bot.cards import CLAIM_SECONDS
from bot.views.votes import share
from playground import Playground, PlaygroundSettings
from tests.known_votes import Choice, Known, check_sound, known_votes
from tests.postgresql import create_database, named, own_server
from tests.processes import CONNECTED, ROOT, Forked, leading_into
from tests.story import PATIENCE, Card, Scene
from tests.vote_history import History, Mark, Vote

SHOWS = ("A01", "A04")
SCORED = ("one", "two", "no_entry_sign")
PEOPLE = 16
PAUSE = 0.16  # seconds between two clicks of one person, on average: a hundred clicks a second by all of them
LONGEST_LIFE = 1.0  # seconds from being connected to the kill, at most
BUDGET_MINUTE = (
    70.0  # that a sweep may wait on a server's database, where every start shares one budget, in slots of ten
)
SWEPT_WITHIN = 20.0  # seconds from the last start until everything lost is found: a sweep in doubt is repeated after 3
# What befalls the events about votes, each with its probability.
FAULTS: tuple[tuple[dict[str, object], float], ...] = (
    ({"events": "duplicate", "delay": 0.3}, 0.1),
    ({"events": "reorder"}, 0.1),
    ({"events": "drop"}, 0.06),
)


def stand_in(seed: int) -> PlaygroundSettings:
    """A playground whose retries come while there is still somebody to wait for them: 0, 0.6 and 3 s apart."""
    manifest = yaml.safe_load((ROOT / "manifest.yml").read_text("utf-8"))
    # Slack's limits are of no interest here, and a bot that begins anew every second does not know what it has spent.
    return PlaygroundSettings(manifest=manifest, seed=seed, time_scale=0.01, ack_limit=1.5, rate_limits=False)


@dataclass(frozen=True, slots=True)
class Toll:
    """What a run has cost, and how much happened in it."""

    kills: int
    votes: int
    acknowledged: int  # at the first attempt or at a retry; the others were left to the sweep …
    dropped: int  # … and of these so many were lost by the network alone
    seconds: float


async def kill_loop(playground: Playground, database_url: str, folder: Path, *, kills: int, seed: int) -> Toll:
    """Kill the bot so many times while people vote on two cards of one comparison, and see whether a vote is lost.

    Raises AssertionError, with the seed, when an acknowledged vote is missing, when one is counted twice, or when
    anything else than the truth is left at the end. `database_url` is an empty database, `folder` an empty folder.
    """
    loop = _KillLoop(playground, database_url, folder, random.Random(seed))
    try:
        return await loop.run(kills)
    except Exception as error:
        error.add_note(f"The kill loop's seed was {seed}.")
        raise
    finally:
        await loop.scene.close()


class _KillLoop:
    def __init__(self, playground: Playground, database_url: str, folder: Path, dice: random.Random) -> None:
        self.scene = Scene(playground.url)
        self._workspace = playground.team_id
        self._database_url = database_url
        self._folder = folder
        self._dice = dice
        self._bot = Forked(folder, "run", DATABASE_URL=database_url, **leading_into(playground))

    async def run(self, kills: int) -> Toll:
        began = time.monotonic()
        async with self._bot:
            votes = await self._kill_among_votes(kills)
        return Toll(
            kills=kills,
            votes=len(votes),
            acknowledged=sum(vote.acknowledged > 0 for vote in votes),
            dropped=sum(vote.due == 0 for vote in votes),
            seconds=round(time.monotonic() - began, 1),
        )

    async def _kill_among_votes(self, kills: int) -> list[Vote]:
        await self._bot.says(CONNECTED)
        cards = await self._post_cards()
        channels = [card.channel for card in cards]
        people: list[str] = (await self.scene.post("people", count=PEOPLE, channels=channels))["users"]
        history = History(self.scene, people)
        for fault, share_ in FAULTS:
            await self.scene.post("fault", **fault, probability=share_, types=["reaction_added", "reaction_removed"])

        over = asyncio.Event()
        dice = [random.Random(self._dice.random()) for _ in people]
        crowd = [asyncio.create_task(self._votes(who, cards, own, over)) for who, own in zip(people, dice, strict=True)]
        try:
            for kill in range(1, kills + 1):
                await asyncio.sleep(self._dice.uniform(0, LONGEST_LIFE))
                await self._kill_and_look(history, is_last=kill == kills)
        finally:
            over.set()
            await asyncio.gather(*crowd)

        await self._until_nothing_is_under_way(history)
        await self._until_slack_was_asked(cards, history)
        await self._everybody_clicks_once_more(cards, people)
        await self._until_nothing_is_under_way(history)
        await self._all_is_true(cards, history)
        return history.votes

    async def _post_cards(self) -> list[Card]:
        """The same question in two channels, the other way round in the second."""
        ada = self.scene.person("ada")
        await ada.types("/compare cursor vs zed", "C0GENERAL")
        first = await self.scene.seeded("C0GENERAL")
        await ada.types("/compare zed vs cursor", "C0RANDOM")
        return [first, await self.scene.seeded("C0RANDOM")]

    async def _votes(self, person: str, cards: list[Card], dice: random.Random, over: asyncio.Event) -> None:
        """Tick and untick, on either card, whether anybody listens or not."""
        mine: set[tuple[str, str]] = set()
        while not over.is_set():
            await asyncio.sleep(dice.expovariate(1 / PAUSE))
            card, emoji = dice.choice(cards), dice.choice(SCORED)
            present = (card.ts, emoji) not in mine
            await self._clicks(person, card, emoji, present=present)
            mine ^= {(card.ts, emoji)}

    async def _clicks(self, person: str, card: Card, emoji: str, *, present: bool) -> None:
        on = {"channel": card.channel, "ts": card.ts}
        await self.scene.post("reaction", **on, user=person, name=emoji, present=present)

    async def _kill_and_look(self, history: History, *, is_last: bool) -> None:
        await self._bot.kill()
        if is_last:  # what the network loses after the last start is found by night only
            await self.scene.post("fault", clear=True)
        await history.follow()
        check_sound(await self._known(), history.votes)
        assert self._bot.complaints == []
        await self._bot.start()
        await self._bot.says(CONNECTED)

    async def _until_nothing_is_under_way(self, history: History) -> None:
        async with asyncio.timeout(60):
            while True:
                await history.follow()
                if all(vote.is_settled for vote in history.votes):
                    return
                await asyncio.sleep(0.1)

    async def _until_slack_was_asked(self, cards: list[Card], history: History) -> None:
        """What was never delivered is known by a sweep alone, which the last start has begun."""
        on_file = self._database_url.startswith("sqlite")
        deadline = time.monotonic() + SWEPT_WITHIN + (0 if on_file else BUDGET_MINUTE)
        while True:
            known = await self._known()
            truth = _marks_on([await self._as_it_is(card) for card in cards], history.people)
            missed = known.present ^ truth
            if not missed:
                return
            assert time.monotonic() < deadline, f"no sweep has found {sorted(missed)}"
            await asyncio.sleep(0.3)

    async def _everybody_clicks_once_more(self, cards: list[Card], people: list[str]) -> None:
        """On the card that counts from now on: a sweep finds who stands where, but not on which card last."""
        cards = [await self._as_it_is(card) for card in cards]
        for person in people:
            card, emoji = self._dice.choice(cards), self._dice.choice(SCORED)
            present = person not in card.reactions.get(emoji, [])
            await self._clicks(person, card, emoji, present=present)

    async def _all_is_true(self, cards: list[Card], history: History) -> None:
        """Ledger, ballots, counts and cards say what stands under the cards."""
        cards = [await self._as_it_is(card) for card in cards]
        true_ballots = _ballots_on(cards, history.votes)
        for card in cards:
            await self._shows(card, true_ballots)
        assert await self._bot.stop(signal.SIGTERM) == 0, self._bot.err
        assert self._bot.complaints == []

        known = await self._known()

        check_sound(known, history.votes)
        assert known.present == _marks_on(cards, history.people)
        assert known.ballots == true_ballots
        assert known.tally == Counter(true_ballots.values())

    async def _as_it_is(self, card: Card) -> Card:
        return next(one for one in await self.scene.cards(card.channel) if one.ts == card.ts)

    async def _shows(self, card: Card, true_ballots: Mapping[str, Choice]) -> None:
        ticks = Counter(tool for choice in true_ballots.values() for tool in choice)
        people = len(true_ballots)
        expected = [share(ticks[tool], people) for tool in _tools_of(card)]

        # On a server's database another replica might be drawing what the killed one was, and its claim must run out.
        claimed = 0 if self._database_url.startswith("sqlite") else CLAIM_SECONDS
        deadline = time.monotonic() + PATIENCE + claimed
        while (row := (await self._as_it_is(card)).row["Community"]) != expected:
            assert time.monotonic() < deadline, f"{row} on the card in {card.channel}, and not {expected}"
            await asyncio.sleep(0.05)

    async def _known(self) -> Known:
        return await known_votes(self._database_url, self._folder, self._workspace)


def _marks_on(cards: Iterable[Card], voters: frozenset[str]) -> set[Mark]:
    """Every emoji of theirs that stands under these cards."""
    return {
        (card.channel, card.ts, person, emoji)
        for card in cards
        for emoji, people in card.reactions.items()
        for person in people
        if person in voters
    }


def _ballots_on(cards: list[Card], votes: Iterable[Vote]) -> dict[str, Choice]:
    """Everybody's ballot by what can be seen: the ticks on the card that they touched last, of those with any."""
    touched: dict[tuple[str, str], int] = {}
    for vote in votes:
        _, message, person, _ = vote.mark
        touched[person, message] = max(vote.state[0], touched.get((person, message), 0))
    found: dict[str, Choice] = {}
    for person in {person for person, _ in touched}:
        for card in sorted(cards, key=lambda card: touched.get((person, card.ts), 0), reverse=True):
            ticked = {emoji for emoji, people in card.reactions.items() if person in people}
            if ticked:
                tools = zip(SCORED, _tools_of(card), strict=False)
                found[person] = frozenset(tool for emoji, tool in tools if emoji in ticked)
                break
    return found


def _tools_of(card: Card) -> list[str]:
    return next(iter(card.row.values()))


async def _soak(*, postgresql: bool, kills: int, seed: int) -> Toll:
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = f"sqlite:///{folder / 'verdicts.db'}"
        if postgresql:
            address = stack.enter_context(own_server(durable=True))
            create_database(address, "verdicts")
            url = named(address, "verdicts")
        async with Playground(stand_in(seed)) as playground:
            return await kill_loop(playground, url, folder, kills=kills, seed=seed)


def main() -> None:
    """As many kills as wanted, from the command line."""
    parser = argparse.ArgumentParser(description="Kill the bot while people vote, and see whether a vote is lost.")
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--postgresql", action="store_true", help="on a PostgreSQL server of its own; else on SQLite")
    given = parser.parse_args()
    toll = asyncio.run(_soak(postgresql=given.postgresql, kills=given.kills, seed=given.seed))
    sys.stdout.write(
        f"{toll.kills:,} kills, {toll.votes:,} votes: {toll.acknowledged:,} acknowledged, {toll.dropped:,} lost by the "
        f"network for good; 0 lost, 0 double, 0 corrupt ({toll.seconds:.0f} s, seed {given.seed})\n"
    )


if __name__ == "__main__":
    main()
