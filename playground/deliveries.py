"""How the app hears of things: one attempt for what a person waits for, up to four for an event.

Slack waits 3 s for an acknowledgement and retries an event at once, after about a minute and after about five
(docs.slack.dev/apis/events-api). An event that meets no open connection counts as such a miss. Nobody retries a
command or a click: the person sees an error.
"""

import asyncio
import logging
import random
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Protocol

from playground.call_log import CallLog
from playground.faults import Fault, Faults
from playground.identity import Payload

RETRY_AFTER = (0.0, 60.0, 300.0)  # seconds, before `time_scale`
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one attempt; `body` is what the app answered, `reason` says why it was not acknowledged."""

    acknowledged: bool
    body: Any = None
    reason: str = ""
    retry: bool = True


class Transport(Protocol):
    """A way to the app: Socket Mode or signed HTTP."""

    @property
    def connected(self) -> bool:
        """Whether somebody listens, as far as one can know."""
        ...

    async def deliver(self, kind: str, payload: Payload, retry: int, reason: str) -> Outcome:
        """One attempt; `kind` is events_api, slash_commands or interactive, `retry` is 0 for the first."""
        ...


class Deliveries:
    """Carries payloads to the app, retries events, and lets faults befall them."""

    def __init__(self, transport: Transport, log: CallLog, faults: Faults, *, seed: int, time_scale: float) -> None:
        self._transport = transport
        self._log = log
        self._faults = faults
        self._random = random.Random(f"{seed} reorder")  # noqa: S311 - repeatable on purpose
        self._time_scale = time_scale
        self._tasks: set[asyncio.Task[None]] = set()
        self._held: list[Payload] = []
        self._release: asyncio.TimerHandle | None = None

    @property
    def connected(self) -> bool:
        """Whether the app can be reached now."""
        return self._transport.connected

    async def ask(self, kind: str, payload: Payload, what: str) -> Outcome:
        """Deliver something that a person waits for: one attempt."""
        return await self._attempt(kind, payload, what, 0, "")

    def announce(self, payload: Payload) -> "asyncio.Future[bool]":
        """Deliver an event in the background; the future tells whether the first attempt was acknowledged.

        An event that a fault holds back or drops resolves at once, to False.
        """
        event_type = str(payload.get("event", payload).get("type", payload.get("type", "")))
        first: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        fault = self._faults.for_event(event_type)
        name = fault.spec["events"] if fault else None
        self._log.add("event", type=event_type, fault=name, payload=payload)
        if fault is None:
            self._run(self._carry(payload, event_type, first), first)
        elif name == "duplicate":
            self._run(self._carry(payload, event_type, first), first)
            for _ in range(int(fault.spec.get("copies", 1))):
                self._run(self._carry(payload, event_type, None, delay=float(fault.spec.get("delay", 0))))
        else:
            first.set_result(False)
            if name == "delay":
                self._run(self._carry(payload, event_type, None, delay=float(fault.spec.get("delay", 1))))
            elif name == "reorder":
                self._hold(payload, fault)
        return first

    async def close(self) -> None:
        """Give up all deliveries."""
        if self._release is not None:
            self._release.cancel()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def forget(self) -> None:
        """Give up what still waits to be delivered or retried."""
        self._held.clear()
        for task in list(self._tasks):
            task.cancel()

    def _hold(self, payload: Payload, fault: Fault) -> None:
        """Keep the event back until `window` events wait or `delay` seconds have passed, then send them shuffled."""
        self._held.append(payload)
        if len(self._held) >= int(fault.spec.get("window", 4)):
            self._let_go()
        elif self._release is None:
            self._release = asyncio.get_running_loop().call_later(float(fault.spec.get("delay", 0.5)), self._let_go)

    def _let_go(self) -> None:
        if self._release is not None:
            self._release.cancel()
            self._release = None
        held, self._held = self._held, []
        self._random.shuffle(held)
        for payload in held:
            self._run(self._carry(payload, str(payload.get("event", {}).get("type", "")), None))

    async def _carry(
        self, payload: Payload, what: str, first: "asyncio.Future[bool] | None", *, delay: float = 0.0
    ) -> None:
        if delay:
            await asyncio.sleep(delay)
        outcome = await self._attempt("events_api", payload, what, 0, "")
        if first is not None and not first.done():
            first.set_result(outcome.acknowledged)
        for retry, pause in enumerate(RETRY_AFTER, start=1):
            if outcome.acknowledged or not outcome.retry:
                return
            await asyncio.sleep(pause * self._time_scale)
            outcome = await self._attempt("events_api", payload, what, retry, outcome.reason)

    async def _attempt(self, kind: str, payload: Payload, what: str, retry: int, reason: str) -> Outcome:
        entry = self._log.add(
            "delivery", envelope=kind, type=what, attempt=retry, event_id=payload.get("event_id"), acknowledged=None
        )
        started = time.monotonic()
        try:
            outcome = await self._transport.deliver(kind, payload, retry, reason)
        except asyncio.CancelledError:
            entry["acknowledged"] = False
            entry["reason"] = "given up"
            raise
        entry["acknowledged"] = outcome.acknowledged
        entry["ms"] = round((time.monotonic() - started) * 1000, 3)
        if outcome.reason:
            entry["reason"] = outcome.reason
        if outcome.body not in (None, "", {}):
            entry["answer"] = outcome.body
        return outcome

    def _run(self, work: Coroutine[Any, Any, None], first: "asyncio.Future[bool] | None" = None) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        if first is not None:  # whoever waits must not wait for ever when deliveries are given up
            task.add_done_callback(lambda _: _settle(first))
        task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            logger.error("a delivery failed inside the playground", exc_info=error)


def _settle(first: "asyncio.Future[bool]") -> None:
    if not first.done():
        first.set_result(False)
