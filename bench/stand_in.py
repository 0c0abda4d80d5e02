"""The least of a Slack that the bot can work with, in a process of its own: `python -m bench.stand_in`.

It answers every method at once and keeps only counts and texts, so that what is measured is the bot; the playground,
which is strict and remembers, would be a large part of each figure. `/feed` sends votes through the Socket Mode
connection, so many at a time unacknowledged, and tells how long they took.
"""

import asyncio
import contextlib
import json
import time
from collections import Counter
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from aiohttp import WSMsgType, web

from bench.furniture import BOT, CHANNEL, MESSAGE, WORKSPACE
from bench.payloads import envelope

_ANSWERS: Mapping[str, dict[str, Any]] = {
    "auth.test": {"team_id": WORKSPACE, "team": "Bench", "user_id": BOT, "user": "verdicts", "bot_id": "B0BOT"},
    "conversations.info": {"channel": {"id": CHANNEL, "name": "general", "is_channel": True, "is_member": True}},
    "chat.getPermalink": {"permalink": f"https://bench.example/archives/{CHANNEL}/p1"},
    "reactions.get": {"message": {"type": "message", "ts": MESSAGE, "reactions": []}},
    "users.info": {"user": {"id": "U0ADA", "is_bot": False, "tz": "Europe/Berlin"}},
}


class StandIn:
    """The server and what it has counted."""

    def __init__(self) -> None:
        self._connections: set[int] = set()
        self._calls: Counter[str] = Counter()
        self._posted = 0
        self._kept: dict[str, list[tuple[str, dict[str, Any]]]] = {}  # by channel: ts and metadata of what has any
        self._paces: Counter[tuple[str, int]] = Counter()  # posts by channel and second
        self._updates: list[tuple[float, str, str]] = []
        self._socket: web.WebSocketResponse | None = None
        self._unacknowledged: dict[str, str] = {}  # envelopes by their ids
        self._acknowledged = asyncio.Semaphore(0)
        self.address = ""

    def application(self) -> web.Application:
        """Its routes."""
        application = web.Application()
        application.router.add_post("/api/{method}", self._answer)
        application.router.add_post("/respond", self._respond)
        application.router.add_get("/link", self._link)
        application.router.add_get("/feed", self._feed)
        application.router.add_get("/counts", self._counts)
        application.router.add_get("/updates", self._told)
        application.router.add_get("/posts", self._posts)
        return application

    async def _answer(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        self._calls[method] += 1
        self._connections.add(id(request.transport))
        body = await request.read()
        answer = _ANSWERS.get(method, {})
        if method == "chat.postMessage":
            self._posted += 1
            answer = {"channel": CHANNEL, "ts": f"{1_700_000_001 + self._posted}.000100"}
            self._keep(json.loads(body), answer["ts"])
        elif method == "conversations.history":
            kept = self._kept.get(parse_qs(body.decode())["channel"][0], [])
            answer = {"messages": [{"user": BOT, "ts": ts, "metadata": metadata} for ts, metadata in kept]}
        elif method == "chat.update":
            update = json.loads(body)
            self._updates.append((time.time(), update["ts"], update["text"]))
        elif method == "apps.connections.open":
            answer = {"url": f"{self.address.replace('http', 'ws', 1)}/link"}
        return web.json_response({"ok": True, **answer})

    def _keep(self, message: dict[str, Any], ts: str) -> None:
        if "metadata" in message:
            self._kept.setdefault(message["channel"], []).append((ts, message["metadata"]))
            self._paces[message["channel"], int(time.time())] += 1

    async def _posts(self, _request: web.Request) -> web.Response:
        """How many posts that carry a key, in how many channels, and the most that one channel had in a second."""
        posts = [len(kept) for kept in self._kept.values()]
        told = {"posts": sum(posts), "channels": len(posts), "in_a_second": max(self._paces.values(), default=0)}
        return web.json_response(told)

    async def _respond(self, request: web.Request) -> web.Response:
        await request.read()
        return web.Response(text="ok")

    async def _counts(self, _request: web.Request) -> web.Response:
        answer = {"connections": len(self._connections), "calls": dict(self._calls)}
        self._connections.clear()
        self._calls.clear()
        return web.json_response(answer)

    async def _told(self, _request: web.Request) -> web.Response:
        """Every `chat.update`: when it came, of which message, and its text."""
        return web.json_response(self._updates)

    async def _link(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"type": "hello", "num_connections": 1, "connection_info": {"app_id": "A0BENCH"}})
        self._socket = socket
        # What a connection took that was replaced comes again on the next, as from Slack.
        for text in list(self._unacknowledged.values()):
            await socket.send_str(text)
        async for message in socket:
            if message.type == WSMsgType.TEXT and message.json()["envelope_id"] in self._unacknowledged:
                del self._unacknowledged[message.json()["envelope_id"]]
                self._acknowledged.release()
        return socket

    async def _feed(self, request: web.Request) -> web.Response:
        """Votes `first` to `first + count`, with a window of so many that wait for their acknowledgement."""
        first, count, window = (int(request.query[name]) for name in ("first", "count", "window"))
        envelopes = [(str(number), envelope(number)) for number in range(first, first + count)]
        began = time.perf_counter()
        for at, (name, text) in enumerate(envelopes):
            if at >= window:
                await self._acknowledged.acquire()
            self._unacknowledged[name] = text
            with contextlib.suppress(ConnectionError):  # between two connections: it goes out on the next
                assert self._socket is not None
                await self._socket.send_str(text)
        for _ in range(min(window, count)):
            await self._acknowledged.acquire()
        return web.json_response({"seconds": time.perf_counter() - began})


async def serve() -> None:
    """Listen on a free port, say which on standard output, and stay until the process is ended."""
    stand_in = StandIn()
    runner = web.AppRunner(stand_in.application(), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    stand_in.address = f"http://{host}:{port}"
    print(json.dumps({"address": stand_in.address}), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve())
