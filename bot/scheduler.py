"""The clock of the app: it rings, and the database decides what that means.

APScheduler never knows when a digest is due: its own calendar fires twice in a repeated hour and skips a week where
midnight does not exist, and its job store deletes what it cannot read. Here it is one interval job in memory.
"""

import asyncio
import time
from datetime import UTC, datetime

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot import comparisons, digests, recounts
from bot.clients import Clients
from bot.digest_publisher import DigestPublisher
from bot.refresher import Refresher
from bot.sweeper import Sweeper
from db.engine import Database, now

log = structlog.get_logger(__name__)

TICK_SECONDS = 10
MOST_A_TICK = 100
MOST_RECOUNTS = 20
CLOSE_ANYWAY = 600  # seconds past a deadline
FINISH_SECONDS = 2.0


class Scheduler:
    """Deadlines and digests, looked at every few seconds by every replica alike."""

    def __init__(
        self,
        database: Database,
        clients: Clients,
        digest_publisher: DigestPublisher,
        refresher: Refresher,
        sweeper: Sweeper,
    ) -> None:
        self._database = database
        self._clients = clients
        self._digest_publisher = digest_publisher
        self._refresher = refresher
        self._sweeper = sweeper
        self._clock = AsyncIOScheduler(timezone=UTC)
        self._ringing: asyncio.Task[None] | None = None
        self._ticked_at = time.monotonic()

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
        if self._ringing is not None:
            _, late = await asyncio.wait([self._ringing], timeout=FINISH_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    @property
    def tick_age(self) -> float:
        """Seconds since everything due was last looked at to its end; since this object was made, before the first."""
        return time.monotonic() - self._ticked_at

    async def tick(self, at: int | None = None) -> None:
        """Do everything that is due by the database's clock, or by `at` in Unix seconds."""
        served = self._clients.workspaces
        if not served:
            return
        instant = at if at is not None else await self._database.run(now)
        for workspace, comparison, deadline in await self._database.run(comparisons.due_to_close, served, instant):
            # Slack is asked first who voted; where it does not answer for long, what we have heard must do.
            if await self._sweeper.before_closing(workspace, comparison) or instant - deadline > CLOSE_ANYWAY:
                await self._database.run(comparisons.close_by_itself, workspace, comparison, instant)
                self._refresher.wake()
        for workspace, comparison in await self._database.run(recounts.due, served, instant, MOST_RECOUNTS):
            await self._database.run(recounts.comparison, workspace, comparison, instant)
            self._refresher.wake()
        await self._database.run(digests.plan, served, instant)
        for abandoned in await self._database.run(digests.give_up_abandoned, served, instant):
            self._digest_publisher.ask_about_abandoned(abandoned)
        for _ in range(MOST_A_TICK):
            # Asked for each digest: a post takes seconds, and may end with a workspace that is served no more.
            instant = at if at is not None else await self._database.run(now)
            for workspace, channel in await self._database.run(digests.waiting, self._clients.workspaces, instant):
                await self._sweeper.before_digest(workspace, channel, instant)
            claimed = await self._database.run(digests.claim, self._clients.workspaces, instant)
            if claimed is None:
                break
            await self._digest_publisher.post_digest(claimed, instant)

    async def _ring(self) -> None:
        # A task of our own: APScheduler cancels its jobs when it shuts down, in the middle of a post if need be.
        if self._ringing is None or self._ringing.done():
            self._ringing = asyncio.create_task(self._tick_or_tell(), name="tick")

    async def _tick_or_tell(self) -> None:
        try:
            await self.tick()
            self._ticked_at = time.monotonic()
        except Exception:
            log.exception("the clock rang and something failed")
