"""The application's own background tasks: kept, bounded, drained at shutdown, their errors explained like any other.

asyncio keeps only weak references to tasks, and Bolt's lazy listeners cost three times as much and tell nobody of
their errors.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import structlog

from bot import metrics
from bot.errors import UserError

log = structlog.get_logger(__name__)

MOST = 500

Explain = Callable[[Exception], Awaitable[None]]


class Tasks:
    """Work that goes on after Slack has had its acknowledgement."""

    def __init__(self, most: int = MOST) -> None:
        self._running: set[asyncio.Task[None]] = set()
        self._most = most
        self._closed = False

    def __len__(self) -> int:
        return len(self._running)

    def start(self, work: Coroutine[Any, Any, None], explain: Explain) -> None:
        """Begin the work; `explain` hears of an exception. Raises UserError when too much is under way already."""
        if self._closed or len(self._running) >= self._most:
            work.close()
            metrics.TASKS_REFUSED.inc()
            raise UserError("I am busy with many requests just now. Try again in a minute.")
        task = asyncio.create_task(self._run(work, explain))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    def start_courtesy(self, work: Coroutine[Any, Any, object]) -> None:
        """Begin what nobody waits for: its failure is only logged, and it is left out when too much is under way."""

        async def quiet(error: Exception) -> None:
            # A courtesy that failed is nobody's problem; the sweep and the next vote ask again.
            log.warning("courtesy failed", error=type(error).__name__, code=getattr(error, "code", None))

        async def run() -> None:
            await work

        try:
            self.start(run(), quiet)
        except UserError:
            work.close()
            log.warning("too busy for courtesies")

    async def drain(self, seconds: float) -> None:
        """Take no new work, let what runs finish for so long, then cancel it."""
        self._closed = True
        if not self._running:
            return
        _, late = await asyncio.wait(self._running, timeout=seconds)
        for task in late:
            task.cancel()
        if late:
            metrics.TASKS_CANCELLED.inc(len(late))
            log.warning("tasks cancelled at shutdown", tasks=len(late))
            await asyncio.gather(*late, return_exceptions=True)

    async def _run(self, work: Coroutine[Any, Any, None], explain: Explain) -> None:
        try:
            await work
        except Exception as error:  # noqa: BLE001  every error goes to the one explainer
            await explain(error)
