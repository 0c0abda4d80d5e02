"""The clock of the app: it rings, and the database decides what that means.

APScheduler never knows when a digest is due: its own calendar fires twice in a repeated hour and skips a week where
midnight does not exist, and its job store deletes what it cannot read. Here it is one interval job in memory.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot import comparisons, digests, forgetting, metrics, recounts
from bot.clients import Clients
from bot.digest_rounds import DigestRounds
from bot.refresher import Refresher
from bot.sweeper import Sweeper
from db.clock import saw
from db.engine import Database, now

log = structlog.get_logger(__name__)

TICK_SECONDS = 10
TIDY_SECONDS = 600
MOST_RECOUNTS = 20
CLOSE_ANYWAY = 600  # seconds past a deadline
FINISH_SECONDS = 2.0


class Scheduler:
    """Deadlines and digests, looked at every few seconds by every replica alike.

    A ring begins two things, each unless it still runs: closing and planning, which is short, and a round of digests,
    which is as long as there are digests to post.
    """

    def __init__(
        self,
        database: Database,
        clients: Clients,
        rounds: DigestRounds,
        refresher: Refresher,
        sweeper: Sweeper,
    ) -> None:
        self._database = database
        self._clients = clients
        self._rounds = rounds
        self._refresher = refresher
        self._sweeper = sweeper
        self._clock = AsyncIOScheduler(timezone=UTC)
        self._running: dict[str, asyncio.Task[None]] = {}
        self._ticked_at = time.monotonic()
        self._tidied_at = 0

    def start(self) -> None:
        """Ring at once, and then every few seconds; a missed ring is not made up for, the next one sees it all."""
        self._clock.add_job(
            self._ring,
            "interval",
            seconds=TICK_SECONDS,
            next_run_time=datetime.now(UTC),
            coalesce=True,
            misfire_grace_time=None,
        )
        self._clock.start()

    async def close(self) -> None:
        """Ring no more, and let what has been begun finish: a digest that is being posted is settled."""
        if self._clock.running:
            self._clock.pause()
            await asyncio.sleep(0)  # a ring of this very moment begins, and is waited for like any other
            self._clock.shutdown(wait=False)
        self._rounds.close()
        if self._running:
            _, late = await asyncio.wait(self._running.values(), timeout=FINISH_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    @property
    def tick_age(self) -> float:
        """Seconds since everything due was last looked at to its end; since this object was made, before the first."""
        return time.monotonic() - self._ticked_at

    async def tick(self, at: int | None = None) -> None:
        """Do everything that is due by the database's clock, or by `at` in Unix seconds."""
        await self._close_and_plan(at)
        await self._rounds.round(at)

    async def _tidy(self, instant: int) -> None:
        """Now and then, forget what has had its time."""
        if instant - self._tidied_at < TIDY_SECONDS:
            return
        self._tidied_at = instant
        await self._database.run(forgetting.tidy, instant)
        while (purged := await self._database.run(forgetting.purge_due, instant)) is not None:
            log.info("workspace purged", workspace=purged)

    async def _close_and_plan(self, at: int | None = None) -> None:
        served = self._clients.workspaces
        instant = at if at is not None else await self._database.run(now)
        if at is None:
            # What a backup knows of time: digests that are due after this are in doubt once it is restored.
            await self._database.run(saw, instant, TICK_SECONDS // 2)
        await self._tidy(instant)
        if not served:
            self._ticked_at = time.monotonic()
            return
        for workspace, comparison, deadline in await self._database.run(comparisons.due_to_close, served, instant):
            # Slack is asked first who voted; where it does not answer for long, what we have heard must do.
            if await self._sweeper.before_closing(workspace, comparison) or instant - deadline > CLOSE_ANYWAY:
                await self._database.run(comparisons.close_by_itself, workspace, comparison, instant)
                self._refresher.wake()
        for workspace, comparison in await self._database.run(recounts.due, served, instant, MOST_RECOUNTS):
            await self._database.run(recounts.comparison, workspace, comparison, instant)
            self._refresher.wake()
        while (planned := await self._database.run(digests.plan, served, instant)).subscriptions:
            metrics.DIGESTS.labels("planned").inc(planned.weeks)
            metrics.DIGESTS.labels("missed").inc(planned.missed)
            log.info("digests planned", digests=planned.weeks, missed=planned.missed)
        self._ticked_at = time.monotonic()

    async def _ring(self) -> None:
        # Tasks of our own: APScheduler cancels its jobs when it shuts down, in the middle of a post if need be.
        self._begin("tick", self._close_and_go_on)
        self._begin("digests", self._rounds.round)

    async def _close_and_go_on(self) -> None:
        await self._close_and_plan()
        self._begin("digests", self._rounds.round)  # what was planned need not wait for the next ring

    def _begin(self, name: str, work: Callable[[], Awaitable[object]]) -> None:
        if name not in self._running or self._running[name].done():
            self._running[name] = asyncio.create_task(_told(name, work), name=name)


async def _told(name: str, work: Callable[[], Awaitable[object]]) -> None:
    try:
        await work()
    except Exception:
        log.exception("the clock rang and something failed", work=name)
