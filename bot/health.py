"""Whether all is well, in facts: asked by whoever restarts us (/livez), sends us work (/readyz), or keeps figures.

One object answers for both modes: under Socket Mode a small server of its own, in HTTP mode beside Slack's routes.
"""

import asyncio
import json
import platform
import secrets
import shutil
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import structlog

from bot import metrics, vitals
from bot.clients import Clients
from bot.scheduler import Scheduler
from bot.tasks import Tasks
from bot.vitals import Vitals
from db.engine import Database

log = structlog.get_logger(__name__)

LOOK_SECONDS = 1.0  # between two looks at the event loop's own punctuality
PROBE_SECONDS = 5.0  # for which what the database said is believed
PROBE_TIMEOUT = 4.0

# Beyond these something is wrong that will not mend itself unseen.
MOST_LOOP_LAG = 5.0
MOST_TICK_AGE = 120.0
MOST_STALE_LAG = 120.0
MOST_DIGEST_LAG = 3600  # ten thousand of one workspace, at the pace that Slack allows, take half of it
LEAST_DISK = 0.05
MOST_WAL_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said to a request for one of the three addresses."""

    status: int
    content_type: str
    body: bytes


class Health:
    """Knows how we are from the first moment: not ready until `watch`, and never again after `stopping`."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._me = f"{platform.node()[:20]}-{secrets.token_hex(4)}"
        self._why_not = "starting"
        self._watched: _Watched | None = None
        self._probe: tuple[float, list[str]] | None = None
        self._probing = asyncio.Lock()
        self._slow: dict[tuple[str, int, int], float] = {}  # stale cards by the revision they show, and since when
        self._lag = 0.0
        self._looking: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to watch the event loop."""
        self._looking = asyncio.create_task(self._look(), name="health")

    async def close(self) -> None:
        """Stop watching."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)

    def watch(
        self,
        database: Database,
        clients: Clients,
        scheduler: Scheduler,
        tasks: Tasks,
        hears: Callable[[], Awaitable[bool]],
        data_dir: Path,
    ) -> None:
        """Everything has started: from now on we are ready unless something is wrong. `hears`: can Slack reach us?"""
        self._watched = _Watched(database, clients, scheduler, tasks, hears, data_dir)
        self._why_not = ""

    def stopping(self) -> None:
        """Send no more work: we are about to end."""
        self._why_not = "stopping"

    async def answer(self, path: str) -> Answer | None:
        """What to say at /livez, /readyz and /metrics; None for any other path."""
        match path:
            case "/livez":
                alive = self._lag < MOST_LOOP_LAG
                return Answer(
                    200 if alive else 503, "text/plain", b"alive\n" if alive else b"the event loop is stuck\n"
                )
            case "/readyz":
                problems = await self.problems()
                body = json.dumps({"ready": not problems, "problems": problems}) + "\n"
                return Answer(503 if problems else 200, "application/json", body.encode())
            case "/metrics":
                await self.problems()
                return Answer(200, metrics.CONTENT_TYPE, metrics.exposition())
        return None

    async def problems(self) -> list[str]:
        """What is wrong, each in a few words; empty while all is well. The gauges show what was found."""
        found = [self._why_not] if self._why_not else []
        if self._watched is not None:
            found += await self._look_around(self._watched)
        metrics.LOOP_LAG.set(self._lag)
        if self._lag >= MOST_LOOP_LAG:
            found.append(f"the event loop was {self._lag:.0f} s late")
        metrics.READY.set(not found)
        return found

    async def _look_around(self, watched: "_Watched") -> list[str]:
        age = watched.scheduler.tick_age
        metrics.TICK_AGE.set(age)
        metrics.TASKS.set(len(watched.tasks))
        metrics.WORKSPACES.set(len(watched.clients.workspaces))
        found = []
        if not await watched.hears():
            found.append("deaf: Slack cannot reach us")
        if age > MOST_TICK_AGE:
            found.append(f"the clock has not gone round for {age:.0f} s")
        async with self._probing:
            if self._probe is None or self._clock() - self._probe[0] > PROBE_SECONDS:
                self._probe = (self._clock(), await self._ask_the_database(watched))
        return found + self._probe[1] + _room_for(watched.database, watched.data_dir)

    async def _ask_the_database(self, watched: "_Watched") -> list[str]:
        began = self._clock()
        try:
            async with asyncio.timeout(PROBE_TIMEOUT):
                seen = await watched.database.run(
                    vitals.take, self._me, watched.clients.workspaces, self._probe is None
                )
        except TimeoutError:
            return ["the database does not answer"]
        except Exception as error:  # noqa: BLE001  whatever it is, it is the answer
            log.warning("health: the database takes no write", error=type(error).__name__)
            return ["the database takes no write"]
        metrics.WRITE_SECONDS.set(self._clock() - began)
        metrics.DIGEST_LAG.set(seen.digest_lag)
        metrics.STALE_CARDS.set(len(seen.stale))
        stale_lag = self._stale_for(seen)
        metrics.STALE_LAG.set(stale_lag)
        found = []
        if not seen.schema_is_ours:
            found.append("the database's schema is too old")
        if stale_lag > MOST_STALE_LAG:
            found.append(f"a card has been out of date for {stale_lag:.0f} s")
        if seen.digest_lag > MOST_DIGEST_LAG:
            found.append(f"a digest is {seen.digest_lag} s late")
        return found

    def _stale_for(self, seen: Vitals) -> float:
        """How long the slowest card has been due without any progress, as far as we have looked."""
        instant = self._clock()
        self._slow = {card: self._slow.get(card, instant) for card in seen.stale}
        return max((instant - since for since in self._slow.values()), default=0.0)

    async def _look(self) -> None:
        while True:
            due = self._clock() + LOOK_SECONDS
            await asyncio.sleep(LOOK_SECONDS)
            self._lag = max(self._clock() - due, 0.0)


@dataclass(frozen=True, slots=True)
class _Watched:
    database: Database
    clients: Clients
    scheduler: Scheduler
    tasks: Tasks
    hears: Callable[[], Awaitable[bool]]
    data_dir: Path


def _room_for(database: Database, data_dir: Path) -> list[str]:
    """Whether the disk has room, and SQLite's write-ahead log has not grown beyond what checkpoints keep up with."""
    found = []
    usage = shutil.disk_usage(database.file.parent if database.file else data_dir)
    free = usage.free / usage.total
    metrics.DISK_FREE.set(free)
    if free < LEAST_DISK:
        found.append(f"the disk is full but for {free:.1%}")
    if database.file is not None:
        try:
            size = database.file.with_name(f"{database.file.name}-wal").stat().st_size
        except FileNotFoundError:
            size = 0
        metrics.WAL_BYTES.set(size)
        if size > MOST_WAL_BYTES:
            found.append(f"SQLite's write-ahead log has {size >> 20} MiB: something reads without end")
    return found
