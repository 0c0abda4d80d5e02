"""The digest loop: replicas are killed and stopped again and again while many channels are due at once.

The truth is the playground's: which digests stand in which channel. However often a replica dies in the middle of a
post, and whatever answers are lost on the way, every channel ends with one digest for every week.

    python -m tests.digest_loop --channels 500 --weeks 8 --kills 200 --seed 7 [--sqlite]

Time is moved by moving the rows: a quarter of an hour, or a week, is taken off every moment that they hold.
"""

import argparse
import asyncio
import contextlib
import random
import secrets
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

import yaml
from sqlalchemy import select, text

from bot import digests, people, subscriptions
from bot.digest_protocol import TAKEN_SECONDS
from bot.schedule import iso_week, local_day
from db.connection import Connection
from db.engine import Database, now
from db.models import digest_run
from db.schema import migrate
from playground import Playground, PlaygroundSettings
from tests.postgresql import create_database, named, own_server
from tests.processes import CONNECTED, ROOT, Forked, leading_into
from tests.story import Scene

T = TypeVar("T")

WEEK = 7 * 86_400
BREAK = 20 * 60  # seconds that are let pass for what is in doubt
STRIKES_WITHIN = 0.1  # seconds after a post has begun; a post takes about as long
PAUSED = (0.5, 7.0)  # seconds for which a replica is stopped, some of them beyond the deadline of a post
QUIET = 0.5  # seconds without a post after which none is under way, where the database says that none is due …
QUIET_ON_FILE = 1.5  # … and where nobody but the bot can ask it
ROUNDS = 8
STARTED_WITHIN = 120.0  # seconds; three replicas on a machine that is busy with other things
# What befalls posts, each with its probability; and what a post takes otherwise.
FAULTS: tuple[dict[str, object], ...] = (
    {"execute_then_drop": True, "probability": 0.04},
    {"drop": True, "probability": 0.04},
    {"status": 500, "execute": True, "probability": 0.02},
    {"delay": 0.08, "when": "before", "probability": 0.5},
    {"delay": 0.08, "when": "after"},
)


def stand_in(seed: int) -> PlaygroundSettings:
    """A playground in which history may be read; its limits are of no interest here."""
    manifest = yaml.safe_load((ROOT / "manifest.yml").read_text("utf-8"))
    return PlaygroundSettings(manifest=manifest, seed=seed, rate_limits=False, optional_scopes=True)


@dataclass(slots=True)
class Toll:
    """What a run has cost, and how much happened in it."""

    channels: int
    weeks: int
    kills: int = 0
    pauses: int = 0
    calls: int = 0  # of chat.postMessage
    left: Counter[str] = field(default_factory=Counter)  # where kills and lost answers have left digests
    seconds: float = 0.0


async def digest_loop(
    playground: Playground,
    database_url: str,
    folder: Path,
    *,
    channels: int,
    weeks: int,
    kills: int,
    seed: int,
    hurry: bool = False,
) -> Toll:
    """Post `weeks` digests in so many channels while replicas are killed so many times.

    Three replicas on PostgreSQL, one process on SQLite. `hurry` posts faster than the pace that Slack's limits are
    planned for. Raises AssertionError, with the seed, unless every channel has one digest a week in the end.
    """
    loop = _DigestLoop(playground, database_url, folder, random.Random(seed), hurry=hurry)
    try:
        return await loop.run(channels, weeks, kills)
    except Exception as error:
        error.add_note(f"The digest loop's seed was {seed}.")
        raise
    finally:
        await loop.scene.close()


class _DigestLoop:
    def __init__(
        self, playground: Playground, database_url: str, folder: Path, dice: random.Random, *, hurry: bool
    ) -> None:
        self.scene = Scene(playground.url)
        self._workspace = playground.team_id
        self._url = database_url
        self._dice = dice
        self._hurry = hurry
        replicas = 1 if database_url.startswith("sqlite") else 3
        environment = {"DATABASE_URL": database_url, **leading_into(playground)}
        self._bots = [Forked(folder / f"replica-{i}", "run", **environment) for i in range(replicas)]
        self._pauses: set[asyncio.Task[None]] = set()
        self._seen = 0
        self._posts = 0  # begun so far
        self._spoke_at = time.monotonic()

    async def run(self, channels: int, weeks: int, kills: int) -> Toll:
        began = time.monotonic()
        toll = Toll(channels, weeks)
        rooms: list[str] = (await self.scene.post("channels", count=channels))["channels"]
        await self._with_database(lambda connection: self._subscribe(connection, rooms))
        async with contextlib.AsyncExitStack() as stack:
            for bot in self._bots:
                stack.push_async_exit(bot)
            for week in range(1, weeks + 1):
                for fault in FAULTS:
                    await self.scene.post("fault", method="chat.postMessage", **fault)
                await self._start_all()
                await self._kill_among_posts(toll, channels, kills * week // weeks - toll.kills)
                await self.scene.post("fault", clear=True)
                await self._until_all_stand(toll)
                await self._check(rooms, week)
                if week < weeks:
                    await self._with_database(self._next_week)
        toll.calls = len(await self.scene.calls("chat.postMessage"))
        toll.seconds = round(time.monotonic() - began, 1)
        return toll

    def _subscribe(self, connection: Connection, rooms: list[str]) -> None:
        migrate(connection)
        instant = now(connection)
        people.welcome_workspace(connection, self._workspace, "Playground", "U0VERDICTS", instant)
        due = datetime.fromtimestamp(instant, UTC)
        wish = subscriptions.Wish(
            self._workspace, "", False, due.weekday(), due.hour * 60 + due.minute, "UTC", None, True, "U0ADA"
        )
        for room in rooms:
            subscriptions.subscribe(connection, replace(wish, channel=room), instant - 3_600)
        self._plan(connection)

    def _plan(self, connection: Connection) -> None:
        """In a hurry nobody waits for a turn."""
        if self._hurry:
            while digests.plan(connection, [self._workspace], now(connection)).subscriptions:
                pass
            connection.execute(text("UPDATE digest_run SET not_before = due_at WHERE state = 'pending'"))

    def _next_week(self, connection: Connection) -> None:
        """What was is a week older, and the same moment is due once more."""
        for name in ("due_at", "sending_at", "doubt_since"):
            connection.execute(text(f"UPDATE digest_run SET {name} = {name} - {WEEK}"))
        this_week = iso_week(local_day(now(connection), "UTC"))
        past = f"19{connection.execute(text('SELECT count(DISTINCT week) FROM digest_run')).scalar_one():02}-W01"
        connection.execute(text("UPDATE digest_run SET week = :past WHERE week >= '2000'"), {"past": past})
        assert this_week > past
        due = connection.execute(text("SELECT max(due_at) FROM digest_run")).scalar_one() + WEEK
        connection.execute(
            text("UPDATE subscription SET planned_until = :before, next_due_at = :due"), {"before": due - 1, "due": due}
        )
        # A key is of a channel and a week, and the name of the week comes again.
        connection.execute(text("UPDATE clock SET seed = :seed"), {"seed": secrets.token_hex(32)})
        self._plan(connection)

    async def _kill_among_posts(self, toll: Toll, channels: int, kills: int) -> None:
        """Kill this one or that one, and stop another for a while, at chosen posts of the week."""
        begun = self._posts
        for post in sorted(self._dice.choices(range(begun, begun + channels - channels // 20), k=kills)):
            await self._until(partial(self._has_begun, post))
            await asyncio.sleep(self._dice.uniform(0, STRIKES_WITHIN))
            bot = self._dice.choice([bot for bot in self._bots if CONNECTED in bot.out] or self._bots)
            await bot.kill()
            toll.kills += 1
            if self._hurry:
                await self._with_database(_let_go)
            await bot.start()
            if self._dice.random() < 0.2:
                toll.pauses += 1
                pause = self._dice.choice(self._bots).pause(self._dice.uniform(*PAUSED))
                self._pauses.add(asyncio.create_task(pause))
        await self._quiet()

    async def _until_all_stand(self, toll: Toll) -> None:
        """Let time pass for what is in doubt, until nothing is left to do."""
        for i in range(ROUNDS):
            await self._stop_all()
            left = await self._with_database(self._left)
            if i == 0:
                toll.left += left
            if not left:
                return
            await self._start_all()
            await self._quiet()
        raise AssertionError(f"after {ROUNDS} quarters of an hour there is still something to do: {left}")

    def _left(self, connection: Connection) -> Counter[str]:
        """What is still to be done, by how far it has come; a quarter of an hour later."""
        left: Counter[str] = Counter()
        row = digest_run.c
        for state, sending_at, look_at, tell_at in connection.execute(
            select(row.state, row.sending_at, row.look_at, row.tell_at)
        ):
            if state == "sending":
                left["taken" if sending_at is None else "about to be sent"] += 1
            elif state != "posted" or look_at is not None or tell_at is not None:
                left[state] += 1
        for name in ("not_before", "sending_at", "doubt_since", "look_at", "tell_at"):
            connection.execute(text(f"UPDATE digest_run SET {name} = {name} - {BREAK}"))
        return left

    def _nothing_is_due(self, connection: Connection) -> bool:
        """Whether there is no row that a replica would take, look for or tell of now."""
        row, instant = digest_run.c, now(connection)
        is_free = row.state.in_(["pending", "sending"]) & row.sending_at.is_(None) & (row.not_before <= instant)
        owed = is_free | (row.look_at <= instant) | (row.tell_at <= instant)
        return connection.execute(select(row.id).where(owed).limit(1)).first() is None

    async def _check(self, rooms: list[str], weeks: int) -> None:
        """One digest a week in every channel, each with a key of its own; and nobody was bothered."""
        wrong = {}
        for room in rooms:
            cards = await self.scene.cards(room)
            keys = {card.message["metadata"]["event_payload"]["key"] for card in cards}
            if (len(cards), len(keys)) != (weeks, weeks):
                wrong[room] = (len(cards), len(keys))
        assert wrong == {}, f"in week {weeks} these have so many digests, of so many keys: {wrong}"
        assert await self.scene.cards("D0ADA") == []
        assert [line for bot in self._bots for line in bot.complaints] == []

    async def _until(self, happened: Callable[[], bool]) -> None:
        """Follow what reaches Slack until that has happened."""
        async with asyncio.timeout(STARTED_WITHIN):
            while not happened():
                await asyncio.sleep(0.03)
                log = (await self.scene.get(f"log?since={self._seen}"))["log"]
                self._seen = max([self._seen, *[entry["seq"] for entry in log]])
                if posts := sum(entry.get("method") == "chat.postMessage" for entry in log):
                    self._posts += posts
                    self._spoke_at = time.monotonic()

    def _has_begun(self, post: int) -> bool:
        return self._posts > post

    async def _quiet(self) -> None:
        """Until everybody works, nobody posts, and nothing is left that somebody could take."""
        for bot in self._bots:
            await bot.says(CONNECTED, STARTED_WITHIN)
        on_file = self._url.startswith("sqlite")
        async with asyncio.timeout(STARTED_WITHIN):
            while True:
                self._spoke_at = time.monotonic()
                await self._until(partial(self._is_quiet, QUIET_ON_FILE if on_file else QUIET))
                if on_file or await self._with_database(self._nothing_is_due):
                    return

    def _is_quiet(self, seconds: float) -> bool:
        return time.monotonic() - self._spoke_at > seconds

    async def _start_all(self) -> None:
        for bot in self._bots:
            await bot.start()
        for bot in self._bots:
            await bot.says(CONNECTED, STARTED_WITHIN)
        self._spoke_at = time.monotonic()

    async def _stop_all(self) -> None:
        await asyncio.gather(*self._pauses)
        self._pauses.clear()
        for bot in self._bots:
            await bot.kill()

    async def _with_database(self, act: Callable[[Connection], T]) -> T:
        """On a file only in between, while no process runs."""
        database = Database(self._url)
        try:
            return await database.run(act)
        finally:
            await database.close()


def _let_go(connection: Connection) -> None:
    """The two minutes pass for which a replica may hold what it has not composed, also from those that live."""
    is_held = "state = 'sending' AND sending_at IS NULL"
    connection.execute(text(f"UPDATE digest_run SET not_before = not_before - {TAKEN_SECONDS} WHERE {is_held}"))


async def _soak(*, sqlite: bool, channels: int, weeks: int, kills: int, seed: int, hurry: bool) -> Toll:
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = f"sqlite:///{folder / 'verdicts.db'}"
        if not sqlite:
            address = stack.enter_context(own_server(durable=True))
            create_database(address, "verdicts")
            url = named(address, "verdicts")
        async with Playground(stand_in(seed)) as playground:
            return await digest_loop(
                playground, url, folder, channels=channels, weeks=weeks, kills=kills, seed=seed, hurry=hurry
            )


def main() -> None:
    """As many channels, weeks and kills as wanted, from the command line."""
    parser = argparse.ArgumentParser(description="Kill replicas while they post digests, and count what stands.")
    parser.add_argument("--channels", type=int, default=200)
    parser.add_argument("--weeks", type=int, default=1)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--hurry", action="store_true", help="do not wait for the turns that are four a second")
    parser.add_argument("--sqlite", action="store_true", help="one process on SQLite; else three on PostgreSQL")
    given = parser.parse_args()
    toll = asyncio.run(_soak(**vars(given)))
    sys.stdout.write(
        f"{toll.channels * toll.weeks:,} digests, {toll.kills:,} kills, {toll.pauses} pauses, "
        f"{toll.calls:,} posts tried; left by them: {dict(toll.left)}; "
        f"0 missed, 0 double ({toll.seconds:.0f} s, seed {given.seed})\n"
    )


if __name__ == "__main__":
    main()
