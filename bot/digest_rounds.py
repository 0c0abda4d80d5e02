"""A round of digests: everything that is due is posted, several at a time, and what is in doubt is looked for.

Thousands of channels may be due in the same minute. Their rows are the queue: a process holds a handful of them, and a
kill costs nothing but those that were about to be sent.
"""

import asyncio
import time
from collections.abc import Awaitable, Sequence

import structlog

from bot import digest_doubts, digests, metrics
from bot.clients import Clients
from bot.digest_publisher import DigestPublisher
from bot.model import DigestRun
from bot.slack_calls import PATIENCE_TO_SPEAK
from bot.sweeper import Sweeper
from db.engine import Database, now

log = structlog.get_logger(__name__)

AT_ONCE = 8  # digests that a process holds, each of which waits for Slack most of its time
PROGRESS_EVERY = 15.0  # seconds between two lines of a long round


class DigestRounds:
    """Takes what is due until nothing is left: one round at a time in a process, in any number of processes.

    `at` is the moment that counts as the present, in Unix seconds; without it, the database's clock.
    """

    def __init__(self, database: Database, clients: Clients, publisher: DigestPublisher, sweeper: Sweeper) -> None:
        self._database = database
        self._clients = clients
        self._publisher = publisher
        self._sweeper = sweeper
        self._closing = asyncio.Event()

    def close(self) -> None:
        """Take nothing more; what was taken and not begun is given back as the round ends."""
        self._closing.set()

    async def round(self, at: int | None = None) -> int:
        """Post everything that is due, look for what is in doubt, tell whoever must know; how many were sent."""
        progress = _Progress()
        await asyncio.gather(*[_told(part) for part in (self._tell(at), self._look(at), self._post(progress, at))])
        await self._tell(at)
        return progress.sent

    async def _post(self, progress: "_Progress", at: int | None) -> None:
        """Workspace beside workspace; the channels of one come one after the other, as Slack counts them together."""
        posting: dict[str, asyncio.Task[None]] = {}
        try:
            while not self._closing.is_set():
                posting = {workspace: task for workspace, task in posting.items() if not task.done()}
                taken: list[DigestRun] = []
                if len(posting) <= AT_ONCE // 2:
                    others = [one for one in self._open() if one not in posting]
                    taken = await self._database.run(digests.take, others, await self._now(at), AT_ONCE - len(posting))
                if not taken and not posting:
                    break
                for workspace in {run.workspace for run in taken}:
                    mine = [run for run in taken if run.workspace == workspace]
                    posting[workspace] = asyncio.create_task(self._post_in_one(mine, progress, at))
                await asyncio.wait(posting.values(), return_when=asyncio.FIRST_COMPLETED)
            await asyncio.gather(*posting.values())
        finally:
            for task in posting.values():
                task.cancel()
        if progress.sent > 1:
            log.info("digests posted", sent=progress.sent, seconds=progress.seconds)

    async def _post_in_one(self, runs: Sequence[DigestRun], progress: "_Progress", at: int | None) -> None:
        for i, run in enumerate(runs):
            if self._closing.is_set() or run.workspace not in self._open():
                await self._database.run(digests.give_back, runs[i:])
                return
            try:
                await self._post_one(run, progress, at)
            except Exception:
                # Its row says where it stands. The others must not wait for a digest that fails in a way of its own.
                log.exception("digest not posted", workspace=run.workspace, week=run.week)

    async def _post_one(self, run: DigestRun, progress: "_Progress", at: int | None) -> None:
        await self._sweeper.before_digest(run.workspace, run.channel, await self._now(at))
        if await self._publisher.post_digest(run, at) and progress.counts():
            waiting = await self._database.run(digests.waiting, self._clients.workspaces)
            log.info("digests under way", sent=progress.sent, waiting=waiting, seconds=progress.seconds)

    async def _look(self, at: int | None) -> None:
        doubted = await self._database.run(
            digest_doubts.give_up_abandoned, self._clients.workspaces, await self._now(at)
        )
        if doubted:
            metrics.DIGESTS.labels("uncertain").inc(doubted)
            log.warning("digests abandoned", digests=doubted)
        for run in await self._database.run(digest_doubts.to_look, self._clients.workspaces, await self._now(at)):
            if run.workspace in self._clients.workspaces:
                await self._publisher.look(run, at)

    async def _tell(self, at: int | None) -> None:
        for owed in await self._database.run(digest_doubts.to_tell, self._clients.workspaces, await self._now(at)):
            if owed.run.workspace in self._clients.workspaces:
                await self._publisher.tell(owed, at)

    def _open(self) -> list[str]:
        """The workspaces in which Slack lets us post now, or in a moment."""
        clients = {one: self._clients.of(one) for one in self._clients.workspaces}
        return [one for one, slack in clients.items() if slack.budget("chat.postMessage").wait() <= PATIENCE_TO_SPEAK]

    async def _now(self, at: int | None) -> int:
        return at if at is not None else await self._database.run(now)


class _Progress:
    """How many digests were sent in this round, and for how long it has gone on."""

    def __init__(self) -> None:
        self.sent = 0
        self._began = self._told = time.monotonic()

    @property
    def seconds(self) -> int:
        return round(time.monotonic() - self._began)

    def counts(self) -> bool:
        """Count one more; whether it is time to say so."""
        self.sent += 1
        is_time = time.monotonic() - self._told >= PROGRESS_EVERY
        if is_time:
            self._told = time.monotonic()
        return is_time


async def _told(part: Awaitable[None]) -> None:
    """A part of the round that fails must not end the others in the middle of a post."""
    try:
        await part
    except Exception:
        log.exception("a part of the round of digests failed")
