"""One Socket Mode connection: a WebSocket on which Slack sends envelopes and hears what we have acknowledged.

https://docs.slack.dev/apis/events-api/using-socket-mode. Why it is not slack_sdk's client: docs/decisions/0010.
"""

import asyncio
import contextlib
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any, Self, TypeAlias

import aiohttp
import structlog
from aiohttp import WSMsgType

from bot import metrics

log = structlog.get_logger(__name__)

Answerer: TypeAlias = Callable[[dict[str, Any]], Awaitable[dict[str, Any] | None]]

# What may be under way at once. What is beyond is not acknowledged, and Slack sends it again.
MOST_AT_ONCE = 500
MOST_BYTES = 16 * 1024 * 1024
OVERDUE_LOG_SECONDS = 10.0  # between two lines that tell of a flood


class NoHello(Exception):
    """The connection was opened, and Slack did not say `hello` on it; the message is what it said instead."""


class Wire:
    """Open from `hello` until one side ends it. It never opens itself again: whoever holds it watches over it."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, answer: Answerer) -> None:
        """`answer` takes an envelope and returns the acknowledgement to send, or None for none."""
        self._socket = socket
        self._answer = answer
        self._receiver: asyncio.Task[None] | None = None
        self._under_way: set[asyncio.Task[None]] = set()
        self._bytes = 0
        self._overdue_said = 0.0
        self.connections = 1  # of the whole app, as Slack counted when it said hello
        self.opened_at = self.heard_at = self.told_at = time.monotonic()  # any frame; a message of Slack's
        self.farewell: str | None = None  # why Slack is about to end this connection, once it has said so
        self.news = asyncio.Event()  # it has ended, or said farewell

    @classmethod
    async def open(
        cls, session: aiohttp.ClientSession, url: str, answer: Answerer, *, proxy: str | None, tls: Any
    ) -> Self:
        """Connect and wait for `hello`. Raises NoHello, TimeoutError of the caller's, or aiohttp.ClientError."""
        socket = await session.ws_connect(url, autoping=False, proxy=proxy, ssl=tls)
        wire = cls(socket, answer)
        try:
            wire.connections = await _hello(socket)
        except BaseException:
            await socket.close()
            raise
        wire.opened_at = wire.heard_at = wire.told_at = time.monotonic()
        wire._receiver = asyncio.create_task(wire._receive(), name="socket-receiver")
        return wire

    @property
    def is_open(self) -> bool:
        """Whether the WebSocket stands and somebody reads it."""
        return self._receiver is not None and not self._receiver.done() and not self._socket.closed

    async def ping(self) -> None:
        """Ask for a sign of life of the other end; a pong moves `heard_at`."""
        with contextlib.suppress(ConnectionError):
            await self._socket.ping()

    async def close(self, patience: float = 0.0) -> None:
        """Let what is under way be acknowledged for so many seconds, then end the connection."""
        if patience and self._under_way and self.is_open:
            await asyncio.wait(self._under_way, timeout=patience)
        left = [*self._under_way, *([self._receiver] if self._receiver else [])]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        with contextlib.suppress(Exception):  # one that is broken already is as good as closed
            async with asyncio.timeout(1):
                await self._socket.close()

    async def _receive(self) -> None:
        try:
            while True:
                frame = await self._socket.receive()
                self.heard_at = time.monotonic()
                match frame.type:
                    case WSMsgType.TEXT:
                        self._take(frame.data)
                    case WSMsgType.PING:
                        with contextlib.suppress(ConnectionError):
                            await self._socket.pong(frame.data)
                    case WSMsgType.CLOSE | WSMsgType.CLOSING | WSMsgType.CLOSED | WSMsgType.ERROR:
                        return
        finally:
            self.news.set()

    def _take(self, text: str) -> None:
        self.told_at = self.heard_at
        try:
            message = json.loads(text)
        except (ValueError, RecursionError):
            message = None
        if not isinstance(message, dict):
            metrics.EVENTS_POISONED.inc()
            log.warning("event not understood", envelope="no JSON object")
        elif message.get("type") == "disconnect":
            self.farewell = str(message.get("reason"))[:60]
            self.news.set()
        elif len(self._under_way) >= MOST_AT_ONCE or self._bytes + len(text) > MOST_BYTES:
            metrics.EVENTS_REFUSED.inc()
            if self.heard_at - self._overdue_said > OVERDUE_LOG_SECONDS:
                self._overdue_said = self.heard_at
                log.warning("flooded: events left for Slack to send again", under_way=len(self._under_way))
        else:
            self._bytes += len(text)
            task = asyncio.create_task(self._serve(message, len(text)))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    async def _serve(self, message: dict[str, Any], size: int) -> None:
        try:
            acknowledgement = await self._answer(message)
            if acknowledgement is not None:
                # Where the connection is lost by now, Slack sends it again, and doing it twice changes nothing.
                with contextlib.suppress(ConnectionError):
                    await self._socket.send_str(json.dumps(acknowledgement))
        finally:
            self._bytes -= size


async def _hello(socket: aiohttp.ClientWebSocketResponse) -> int:
    """How many connections the app has, this one among them. Raises NoHello."""
    while True:
        frame = await socket.receive()
        if frame.type is WSMsgType.PING:
            await socket.pong(frame.data)
        elif frame.type is WSMsgType.TEXT:
            try:
                message = json.loads(frame.data)
                if message["type"] == "hello":
                    return int(message.get("num_connections", 1))
                raise NoHello(str(message.get("reason") or message["type"])[:60])
            except (LookupError, TypeError, ValueError, AttributeError):
                raise NoHello("garbled") from None
        elif frame.type is not WSMsgType.PONG:
            raise NoHello("closed")
