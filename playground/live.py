"""The page's WebSocket: says what changed, each thing once however often it changed meanwhile."""

import asyncio
import contextlib
from collections.abc import Callable

from aiohttp import WSCloseCode, web

from playground.identity import Payload


class Live:
    """Everybody who watches. A slow watcher gets fewer, newer messages, never a growing backlog."""

    def __init__(self, complete: Callable[[Payload], Payload | None], greeting: Callable[[], Payload]) -> None:
        self._complete = complete
        self._greeting = greeting
        self._watchers: set[Watcher] = set()

    def tell(self, change: Payload) -> None:
        """Something changed: `{"type": …}` with the ids that say what."""
        for watcher in self._watchers:
            watcher.note(change)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve one page until it goes."""
        socket = web.WebSocketResponse(heartbeat=20, compress=False)
        await socket.prepare(request)
        watcher = Watcher(socket, self._complete)
        self._watchers.add(watcher)
        try:
            await socket.send_json(self._greeting())
            async with asyncio.TaskGroup() as group:
                writing = group.create_task(watcher.write())
                async for _ in socket:
                    pass
                writing.cancel()
        finally:
            self._watchers.discard(watcher)
        return socket

    async def close(self) -> None:
        """Send everybody home."""
        for watcher in list(self._watchers):
            with contextlib.suppress(TimeoutError, ConnectionError):
                async with asyncio.timeout(0.25):
                    await watcher.socket.close(code=WSCloseCode.GOING_AWAY)


class Watcher:
    """One page and what it has yet to hear, oldest first."""

    def __init__(self, socket: web.WebSocketResponse, complete: Callable[[Payload], Payload | None]) -> None:
        self.socket = socket
        self._complete = complete
        self._pending: dict[tuple[object, ...], Payload] = {}
        self._news = asyncio.Event()

    def note(self, change: Payload) -> None:
        """Remember a change; the same change again is one."""
        key = (change["type"], change.get("channel"), change.get("ts"), change.get("user"))
        self._pending[key] = change
        self._news.set()

    async def write(self) -> None:
        """Tell the page, for ever."""
        with contextlib.suppress(ConnectionError):
            while True:
                await self._news.wait()
                self._news.clear()
                pending, self._pending = self._pending, {}
                for change in pending.values():
                    if (whole := self._complete(change)) is not None:
                        await self.socket.send_json(whole)
