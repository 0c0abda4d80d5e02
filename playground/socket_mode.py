"""Socket Mode: tickets, connections, envelopes, acknowledgements (docs.slack.dev/apis/events-api/using-socket-mode)."""

import asyncio
import contextlib
import json
import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

from playground.clock import Clock
from playground.deliveries import Outcome
from playground.faults import Faults
from playground.identity import APP_ID, Payload

MAX_CONNECTIONS = 10
TICKET_SECONDS = 30
PING_SECONDS = 5.0
CONNECTION_SECONDS = 18_060  # what Slack tells a new connection: about five hours


@dataclass(eq=False, slots=True)
class Connection:
    """One WebSocket of the app. Mute: nothing is delivered. Half open: nothing is heard or answered either."""

    number: int
    socket: web.WebSocketResponse
    request: web.Request
    mute: bool = False
    half_open: bool = False
    timers: list[asyncio.TimerHandle] = field(default_factory=list)


class SocketMode:
    """The app's connections. Each payload goes to any one of them, chosen by the seed."""

    def __init__(
        self, clock: Clock, faults: Faults, *, seed: int, ack_limit: float, changed: Callable[[], None]
    ) -> None:
        self._clock = clock
        self._faults = faults
        self._random = random.Random(f"{seed} connection")  # noqa: S311 - repeatable on purpose
        self._ack_limit = ack_limit
        self._changed = changed
        self._tickets: dict[str, float] = {}
        self._made = 0
        self._connections: list[Connection] = []
        self._waiting: dict[str, asyncio.Future[Any]] = {}

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return len(self._connections)

    @property
    def connected(self) -> bool:
        """Whether a connection is open, mute ones included: Slack would not know."""
        return bool(self._connections)

    def ticket(self) -> str:
        """A ticket for one connection, good for 30 s."""
        now = self._clock.now()
        self._tickets = {ticket: until for ticket, until in self._tickets.items() if until > now}
        ticket = uuid.uuid4().hex
        self._tickets[ticket] = now + TICKET_SECONDS
        return ticket

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve one connection until it ends."""
        until = self._tickets.pop(request.query.get("ticket", ""), 0.0)
        if until <= self._clock.now():
            return web.Response(status=403, text="this ticket is unknown, used or expired")
        befalls = self._faults.for_new_socket()
        if befalls == "refuse":
            return web.Response(status=503, text="refused on request")
        socket = web.WebSocketResponse(autoping=False, autoclose=True, compress=False)
        await socket.prepare(request)
        if len(self._connections) >= MAX_CONNECTIONS:
            await socket.send_str(_disconnect("too_many_websockets"))
            await socket.close()
            return socket
        self._made += 1
        connection = Connection(self._made, socket, request)
        self._connections.append(connection)
        self._changed()
        try:
            if befalls != "no_hello":
                await socket.send_str(self._hello())
            async with asyncio.TaskGroup() as group:
                pinging = group.create_task(_ping(connection))
                try:
                    await self._listen(connection)
                finally:
                    pinging.cancel()
        finally:
            for timer in connection.timers:
                timer.cancel()
            if connection in self._connections:
                self._connections.remove(connection)
            self._changed()
        return socket

    async def deliver(self, kind: str, payload: Payload, retry: int, reason: str) -> Outcome:
        """Send one envelope to one connection and wait for its acknowledgement."""
        if not self._connections:
            return Outcome(acknowledged=False, reason="not_connected")
        connection = self._random.choice(self._connections)
        envelope_id = str(uuid.UUID(int=self._random.getrandbits(128), version=4))
        envelope: Payload = {
            "envelope_id": envelope_id,
            "payload": payload,
            "type": kind,
            "accepts_response_payload": kind != "events_api",
        }
        if kind == "events_api":
            envelope |= {"retry_attempt": retry, "retry_reason": "timeout" if reason else ""}
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[envelope_id] = answer
        try:
            if not (connection.mute or connection.half_open):
                with contextlib.suppress(ConnectionError):
                    await connection.socket.send_str(json.dumps(envelope))
            async with asyncio.timeout(self._ack_limit):
                return Outcome(acknowledged=True, body=await answer)
        except TimeoutError:
            return Outcome(acknowledged=False, reason="timeout")
        finally:
            del self._waiting[envelope_id]

    async def strike(self, fault: str, *, reason: str, text: str, seconds: float | None, abort: bool) -> int:
        """Do something to all connections that are open now; the number of them."""
        struck = list(self._connections)
        for connection in struck:
            if fault == "close":
                await self._close(connection, abort=abort)
            elif fault == "disconnect":
                await connection.socket.send_str(_disconnect(reason))
                if reason == "warning":
                    self._later(connection, 10.0, self._end_soon)
            elif fault == "garble":
                await connection.socket.send_str(text)
            elif fault in ("mute", "half_open"):
                setattr(connection, fault, True)
                if seconds is not None:
                    self._later(connection, seconds, _heal)
        return len(struck)

    def heal(self) -> None:
        """Mute and half-open connections work again."""
        for connection in self._connections:
            _heal(connection)

    async def close(self) -> None:
        """End all connections."""
        for connection in list(self._connections):
            await self._close(connection, abort=False)

    async def _listen(self, connection: Connection) -> None:
        async for message in connection.socket:
            if connection.half_open:
                continue
            if message.type is WSMsgType.PING:
                with contextlib.suppress(ConnectionError):
                    await connection.socket.pong(message.data)
            elif message.type is WSMsgType.TEXT:
                self._acknowledge(message.data)

    def _acknowledge(self, text: str) -> None:
        with contextlib.suppress(ValueError):
            reply = json.loads(text)
            answer = self._waiting.get(str(reply.get("envelope_id"))) if isinstance(reply, dict) else None
            if answer is not None and not answer.done():
                answer.set_result(reply.get("payload"))

    def _hello(self) -> str:
        return json.dumps(
            {
                "type": "hello",
                "num_connections": len(self._connections),
                "debug_info": {
                    "host": "playground",
                    "build_number": 1,
                    "approximate_connection_time": CONNECTION_SECONDS,
                },
                "connection_info": {"app_id": APP_ID},
            }
        )

    def _later(self, connection: Connection, seconds: float, act: Callable[[Connection], None]) -> None:
        connection.timers.append(asyncio.get_running_loop().call_later(seconds, act, connection))

    def _end_soon(self, connection: Connection) -> None:
        if connection.request.transport is not None:
            connection.request.transport.close()

    async def _close(self, connection: Connection, *, abort: bool) -> None:
        if connection in self._connections:
            self._connections.remove(connection)
        if abort and connection.request.transport is not None:
            connection.request.transport.abort()
            return
        with contextlib.suppress(TimeoutError, ConnectionError):
            async with asyncio.timeout(0.25):  # a client that hangs must not hold us up
                await connection.socket.close(code=WSCloseCode.GOING_AWAY)


def _heal(connection: Connection) -> None:
    connection.mute = connection.half_open = False


def _disconnect(reason: str) -> str:
    return json.dumps({"type": "disconnect", "reason": reason, "debug_info": {"host": "playground"}})


async def _ping(connection: Connection) -> None:
    """Ping as Slack does; a client that never answers is left to its own watchdog."""
    while True:
        await asyncio.sleep(PING_SECONDS)
        if not connection.half_open:
            with contextlib.suppress(ConnectionError):
                await connection.socket.ping(b"playground")
