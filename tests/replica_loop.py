"""Three replicas, fifty workspaces: votes, commands and digests together, while replicas and the database are killed.

The truth is the playground's. At the end, when every retry has come and what never came has been asked for, every
workspace's ledger must hold exactly the votes that stand under its cards, its ballots and counts must follow from them,
its cards must show them, nothing may have been posted twice, and no replica may have grown.

    python -m tests.replica_loop --minutes 20
"""

import argparse
import asyncio
import base64
import contextlib
import os
import random
import re
import secrets
import socket
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import aiohttp
from sqlalchemy import create_engine, text

from bot import soundness
from bot.app_manifest import for_http
from db.connection import Connection
from db.engine import Database
from playground import Playground, PlaygroundSettings
from tests.postgresql import Server, create_database, named, struck_server
from tests.processes import Forked
from tests.story import Card, Scene
from tests.town import FIRST, Browser
from tests.vote_history import History, Mark, newest

SHOWS = ("A01", "A02", "B09", "B10", "D01", "D03")
LISTENING = "Verdicts listens on"
REPLICAS = 3
PEOPLE = ("U0ADA", "U0BJORN", "U0CHLOE", "U0DEV", "U0EMEKA")
VOTES = ("one", "two", "no_entry_sign")
RETRIES = 25.0  # seconds until Slack has given an event up, at twenty times its pace
SETTLE = 120.0  # seconds from the last fault until everything must be true: retries, a sweep of every card, redraws
GRACE = 25.0  # seconds that a replica may take to end when it is asked to, on a machine that is full
MINUTE = 60.0


@dataclass(slots=True)
class Toll:
    """What a run has cost, and how much happened in it."""

    minutes: float
    workspaces: int
    votes: int = 0
    commands: int = 0
    digests: int = 0
    in_doubt: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    away: float = 0.0  # the longest time, in seconds, for which no replica was ready
    memory: list[tuple[float, float]] = field(default_factory=list)  # MiB of each replica after warming up, and at last


class Balancer:
    """Hands each connection to a replica that takes it, as a load balancer in front of them would."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self._server: asyncio.Server | None = None
        self.backends: list[int] = []
        self.port = 0

    async def open(self) -> None:
        """Listen on a free port."""
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self.port = int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError), contextlib.closing(writer):
            for port in self._dice.sample(self.backends, len(self.backends)):
                try:
                    there, back = await asyncio.open_connection("127.0.0.1", port)
                except OSError:
                    continue
                with contextlib.closing(back):
                    pumps = [asyncio.create_task(_pump(reader, back)), asyncio.create_task(_pump(there, writer))]
                    try:
                        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
                    finally:
                        for pump in pumps:
                            pump.cancel()
                return


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()


class Workspace:
    """One team: its card, who has clicked what on it, and what was asked for."""

    def __init__(self, playground: Playground, team: str) -> None:
        self.team = team
        self.scene = Scene(playground.url + ("" if team == FIRST else f"/w/{team}"))
        self.card: Card | None = None
        self.mine: set[tuple[str, str]] = set()  # (person, emoji) as last clicked

    async def begins(self) -> None:
        """Ask the question that everybody votes on."""
        await self.scene.person("ada").types("/compare cursor vs zed")
        self.card = await self.scene.seeded()

    async def votes(self, dice: random.Random) -> None:
        """Somebody ticks or unticks something."""
        assert self.card is not None
        person, emoji = dice.choice(PEOPLE), dice.choice(VOTES)
        present = (person, emoji) not in self.mine
        on = {"channel": self.card.channel, "ts": self.card.ts}
        await self.scene.post("reaction", **on, user=person, name=emoji, present=present)
        self.mine ^= {(person, emoji)}

    async def lost_nothing(self, known: dict[Mark, int]) -> None:
        """Raises AssertionError where a vote was acknowledged, and is not known in that state or a newer one."""
        history = History(self.scene, PEOPLE)
        await history.follow()
        acknowledged = newest(vote for vote in history.votes if vote.acknowledged)
        lost = {mark: state for mark, state in acknowledged.items() if known.get(mark, 0) < state[0]}
        assert not lost, f"{self.team}: acknowledged, and not in the ledger: {lost}"

    async def standing(self) -> set[tuple[str, str]]:
        """Who stands behind which emoji under the card."""
        assert self.card is not None
        card = next(one for one in await self.scene.cards() if one.ts == self.card.ts)
        return {(person, emoji) for emoji, people in card.reactions.items() for person in people if person in PEOPLE}


class ReplicaLoop:
    """Everything that runs, from the first start to the last look."""

    def __init__(self, folder: Path, server: Server, workspaces: int, minutes: float, seed: int) -> None:
        self._folder, self._server, self._seed = folder, server, seed
        self._dice = random.Random(seed)
        self._seconds = minutes * MINUTE
        self._balancer = Balancer(random.Random(seed + 1))
        self._replicas: list[Forked] = []
        self._names = [f"W{number:03d}" for number in range(1, workspaces)]
        self._over = asyncio.Event()
        self._stack = contextlib.AsyncExitStack()
        self._workspaces: list[Workspace] = []
        self._ready_at = 0.0
        self.toll = Toll(minutes, workspaces)

    async def run(self) -> Toll:
        """Start, hurt, look. Raises AssertionError where anything is not as it must be."""
        create_database(self._server.address, "verdicts")
        url = named(self._server.address, "verdicts")
        await self._balancer.open()
        address = f"http://127.0.0.1:{self._balancer.port}"
        settings = PlaygroundSettings(
            manifest=for_http(address),
            seed=self._seed,
            time_scale=0.05,
            rate_limits=False,
            request_url=f"{address}/slack/events",
            workspaces=self._names,
        )
        async with self._stack as stack:
            stack.push_async_callback(self._balancer.close)
            playground = await stack.enter_async_context(Playground(settings))
            for number in range(REPLICAS):
                port = _free_port()
                self._balancer.backends.append(port)
                environment = {**_leading_into(playground, address), "DATABASE_URL": url, "PORT": str(port)}
                replica = Forked(self._folder / f"replica-{number}", "run", **environment)
                self._replicas.append(await stack.enter_async_context(replica))
            for replica in self._replicas:
                await replica.says(LISTENING)
            await self._install(playground, address)
            await self._live_and_hurt(url)
            await self._all_is_true(url)
            for replica in self._replicas:
                assert await replica.stop(within=GRACE) == 0, replica.err[-2000:]
        return self.toll

    async def _install(self, playground: Playground, address: str) -> None:
        teams = [FIRST, *(f"T0{name}" for name in self._names)]
        async with aiohttp.ClientSession() as session:
            for team in teams:
                browser = Browser(session)
                _, asked = await browser.opens(f"{address}/slack/install")
                base, _, query = asked.replace("/authorize?", "/allow?").partition("?")
                _, back = await browser.opens(f"{base}?{urlencode(dict(parse_qsl(query)) | {'team': team})}")
                status, _ = await browser.opens(back)
                assert status == 200, browser.said
        for team in teams:
            workspace = Workspace(playground, team)
            self._stack.push_async_callback(workspace.scene.close)
            self._workspaces.append(workspace)
            await workspace.begins()

    async def _live_and_hurt(self, url: str) -> None:
        began = time.monotonic()
        await self._subscribe()
        work = [
            asyncio.create_task(self._people(random.Random(self._seed + 10 + i), self._workspaces[i::4]))
            for i in range(4)
        ]
        work.append(asyncio.create_task(self._commands()))
        work.append(asyncio.create_task(self._watch()))
        hurting = asyncio.create_task(self._hurt(url, began))
        before = {}
        try:
            await asyncio.sleep(self._seconds / 4)
            before = {number: _mebibytes(replica.pid) for number, replica in enumerate(self._replicas)}
            await asyncio.sleep(max(0.0, self._seconds - (time.monotonic() - began)))
        finally:
            self._over.set()
            await asyncio.gather(hurting, *work)
        self.toll.memory = [(before[n], _mebibytes(replica.pid)) for n, replica in enumerate(self._replicas)]

    async def _subscribe(self) -> None:
        """Each workspace's digest comes due at some minute of the run."""
        whole = max(1, int(self._seconds / MINUTE) - 1)
        for number, workspace in enumerate(self._workspaces):
            due = datetime.now(UTC) + timedelta(minutes=1 + number % whole)
            day = due.strftime("%A").lower()
            await self._eventually_types(workspace, f"/verdict subscribe {day} {due:%H:%M} UTC")

    async def _eventually_types(self, workspace: Workspace, line: str) -> None:
        command, _, words = line.partition(" ")
        asked = {"channel": "C0GENERAL", "user": "U0ADA", "command": command, "text": words}
        for _ in range(20):
            if (await workspace.scene.try_post("command", **asked)).get("ok"):
                return
            await asyncio.sleep(0.2)

    async def _people(self, dice: random.Random, mine: Sequence[Workspace]) -> None:
        while not self._over.is_set():
            await asyncio.gather(*(one.votes(dice) for one in dice.sample(mine, min(3, len(mine)))))
            self.toll.votes += min(3, len(mine))
            await asyncio.sleep(dice.expovariate(5))

    async def _commands(self) -> None:
        """People who look things up, and ask one more question each time, which may stand there once."""
        dice = random.Random(self._seed + 20)
        while not self._over.is_set():
            workspace = dice.choice(self._workspaces)
            line = dice.choice(("/verdict open", "/verdict leaderboard", "/verdict qdrant", "/compare"))
            if line == "/compare":
                line = f'/compare aider vs cline for "{secrets.token_hex(6)}"'
            command, _, words = line.partition(" ")
            await workspace.scene.try_post("command", channel="C0RANDOM", user="U0DEV", command=command, text=words)
            self.toll.commands += 1
            await asyncio.sleep(dice.expovariate(2))

    async def _hurt(self, url: str, began: float) -> None:
        """Every few seconds something is killed; a replica is always left, the database comes back at once."""
        acts: list[Callable[[], Awaitable[str]]] = [
            self._kill,
            self._roll,
            partial(self._end_sessions, url),
            self._restart_database,
        ]
        while time.monotonic() - began < self._seconds - 10:
            await asyncio.sleep(self._dice.uniform(4, 12))
            (act,) = self._dice.choices(acts, weights=[4, 2, 2, 1])
            self.toll.faults[await act()] += 1

    async def _kill(self) -> str:
        replica = self._dice.choice(self._replicas[1:])  # the first grows old, so that its memory tells something
        await replica.kill()
        await replica.start()
        await self._comes_back(replica)
        return "kill"

    async def _roll(self) -> str:
        replica = self._dice.choice(self._replicas[1:])
        assert await replica.stop(within=GRACE) == 0, replica.err[-2000:]
        await replica.start()
        await self._comes_back(replica)
        return "rolling restart"

    async def _comes_back(self, replica: Forked) -> None:
        """Connected; where the database was away at its start it says so and ends, and is started again."""
        for _ in range(20):
            with contextlib.suppress(AssertionError):
                await replica.says(LISTENING)
                return
            await replica.kill()
            await replica.start()
        raise AssertionError(f"the replica does not start: {replica.err[-2000:]}")

    async def _end_sessions(self, url: str) -> str:
        await asyncio.to_thread(_terminate_all, url)
        return "sessions ended"

    async def _restart_database(self) -> str:
        await asyncio.to_thread(self._server.crash_and_restart)
        return "database restart"

    async def _watch(self) -> None:
        """How long nobody was ready."""
        last = time.monotonic()
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as session:
            while not self._over.is_set():
                for port in self._balancer.backends:
                    with contextlib.suppress(aiohttp.ClientError, TimeoutError, OSError):
                        async with session.get(f"http://127.0.0.1:{port}/readyz") as answer:
                            if answer.status == 200:
                                self.toll.away = max(self.toll.away, time.monotonic() - last)
                                last = time.monotonic()
                                break
                await asyncio.sleep(0.5)

    async def _all_is_true(self, url: str) -> None:
        database = Database(url)
        try:
            await self._until_deliveries_have_ended()
            for workspace in self._workspaces:
                await workspace.lost_nothing(await database.run(_known, workspace.team))
            await self._roll()  # whoever starts asks Slack about every open card
            await _until(partial(self._agrees, database), "a ledger is not what stands under its card")
            assert await database.run(soundness.faults) == []
            for workspace in self._workspaces:
                await _until(partial(self._shows, workspace), f"{workspace.team}: the card does not show its votes")
                await self._nothing_twice(workspace, await database.run(_digests, workspace.team))
        finally:
            await database.close()

    async def _until_deliveries_have_ended(self) -> None:
        """Every event was acknowledged, or has been given up."""

        async def ended() -> bool:
            for workspace in self._workspaces:
                log = (await workspace.scene.get("log"))["log"]
                if any(entry["kind"] == "delivery" and entry["acknowledged"] is None for entry in log):
                    return False
            return True

        await asyncio.sleep(RETRIES)  # until the last retry has begun
        await _until(ended, "deliveries are still under way")

    async def _agrees(self, database: Database) -> bool:
        """Whether every ledger holds exactly what stands under the card."""
        for workspace in self._workspaces:
            assert workspace.card is not None
            heard = await database.run(_present, workspace.team, workspace.card.ts)
            if heard != await workspace.standing():
                return False
        return True

    async def _shows(self, workspace: Workspace) -> bool:
        """Whether the card shows how many people have a ballot."""
        assert workspace.card is not None
        people = {person for person, _ in await workspace.standing()}
        card = next(one for one in await workspace.scene.cards() if one.ts == workspace.card.ts)
        ticks = Counter(emoji for _, emoji in await workspace.standing())
        row = " ".join(card.row["Community"])
        return (
            f"{ticks['one']} of {len(people)}" in row and f"{ticks['two']} of {len(people)}" in row if people else True
        )

    async def _nothing_twice(self, workspace: Workspace, digests: list[tuple[str, str]]) -> None:
        """A digest, a question or a card stands in its channel once; a digest that counts as posted stands there."""
        keys: Counter[str] = Counter()
        asked: Counter[str] = Counter()
        for channel in ("C0GENERAL", "C0RANDOM"):
            for card in await workspace.scene.cards(channel):
                keys[(card.message.get("metadata") or {}).get("event_payload", {}).get("key", card.ts)] += 1
                asked.update(set(re.findall(r"\b[0-9a-f]{12}\b", card.said)) if channel == "C0RANDOM" else ())
        assert max((keys | asked).values(), default=1) == 1, f"{workspace.team}: something was posted twice"
        for key, state in digests:
            assert state != "posted" or keys[key] == 1, f"{workspace.team}: a digest is lost"
            self.toll.digests += keys[key]
            self.toll.in_doubt += state in {"sending", "uncertain"}


def _known(connection: Connection, team: str) -> dict[Mark, int]:
    """How new what is known of each vote is, in microseconds: by its own event, or by Slack's last answer."""
    rows = connection.execute(
        text(
            "SELECT r.channel, r.message_ts, r.person, r.emoji, greatest(r.at_us, c.told_us) FROM reaction r"
            " JOIN card c USING (workspace, channel, message_ts) WHERE r.workspace = :w"
        ),
        {"w": team},
    )
    return {(row[0], row[1], row[2], row[3]): int(row[4]) for row in rows}


def _digests(connection: Connection, team: str) -> list[tuple[str, str]]:
    rows = connection.execute(text("SELECT key, state FROM digest_run WHERE workspace = :w"), {"w": team})
    return [(row.key, row.state) for row in rows]


def _present(connection: Connection, team: str, ts: str) -> set[tuple[str, str]]:
    rows = connection.execute(
        text("SELECT person, emoji FROM reaction WHERE workspace = :w AND message_ts = :ts AND present"),
        {"w": team, "ts": ts},
    )
    return {(row.person, row.emoji) for row in rows}


async def _until(look: Callable[[], Awaitable[bool]], otherwise: str) -> None:
    deadline = time.monotonic() + SETTLE
    while not await look():
        assert time.monotonic() < deadline, otherwise
        await asyncio.sleep(0.5)


def _terminate_all(url: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with contextlib.suppress(Exception), engine.connect() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    engine.dispose()


def _leading_into(playground: Playground, address: str) -> dict[str, str]:
    return {
        "SLACK_SIGNING_SECRET": playground.signing_secret,
        "SLACK_APP_ID": "A0VERDICTS",
        "SLACK_CLIENT_ID": playground.app.client_id,
        "SLACK_CLIENT_SECRET": playground.app.client_secret,
        "PUBLIC_URL": address,
        "ENCRYPTION_KEYS": base64.b64encode(bytes(range(32))).decode(),
        "SLACK_API_URL": playground.api_url,
        "LOG_LEVEL": "WARNING",
    }


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def _mebibytes(pid: int) -> float:
    """Resident memory of a process, by Linux's own account."""
    pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


async def replica_loop(folder: Path, *, workspaces: int, minutes: float, seed: int) -> Toll:
    """Run it on a server of its own. Raises AssertionError, with the seed."""
    with struck_server() as server:
        try:
            return await ReplicaLoop(folder, server, workspaces, minutes, seed).run()
        except Exception as error:
            error.add_note(f"The replica loop's seed was {seed}.")
            raise


def main() -> None:
    """As long as wanted, from the command line."""
    parser = argparse.ArgumentParser(description="Strike replicas and their database while teams use them.")
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--workspaces", type=int, default=50)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        toll = asyncio.run(
            replica_loop(Path(folder), workspaces=given.workspaces, minutes=given.minutes, seed=given.seed)
        )
    memory = ", ".join(f"{before:.0f} to {after:.0f}" for before, after in toll.memory)
    sys.stdout.write(
        f"{REPLICAS} replicas, {toll.workspaces} workspaces, {toll.minutes:g} minutes, {dict(toll.faults)}: "
        f"{toll.votes:,} votes, {toll.commands:,} commands, {toll.digests} digests ({toll.in_doubt} in doubt); "
        f"0 lost, 0 double; nobody was ready for {toll.away:.1f} s at most; MiB {memory} (seed {given.seed})\n"
    )


if __name__ == "__main__":
    main()
