"""A playground for one test, its control API, and a real Bolt app that is connected to it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import aiohttp
import yaml
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from playground import Playground, PlaygroundSettings

MANIFEST = yaml.safe_load((Path(__file__).parent.parent / "manifest.yml").read_text(encoding="utf-8"))


def section(text: str, **more: Any) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def button(action_id: str, text: str = "Press", **more: Any) -> dict[str, Any]:
    return {"type": "button", "action_id": action_id, "text": {"type": "plain_text", "text": text}, **more}


@dataclass
class Visit:
    """Hands in the workspace (`do`, `see`) and the app's own client (`slack`)."""

    playground: Playground
    http: aiohttp.ClientSession
    slack: AsyncWebClient
    heard: list[dict[str, Any]] = field(default_factory=list)

    async def do(self, act: str, /, **given: Any) -> dict[str, Any]:
        async with self.http.post(f"{self.playground.url}/_control/{act}", json=given) as response:
            answer: dict[str, Any] = await response.json()
            return answer

    async def see(self, what: str) -> dict[str, Any]:
        async with self.http.get(f"{self.playground.url}/_control/{what}") as response:
            answer: dict[str, Any] = await response.json()
            return answer

    async def messages(self, channel: str = "C0GENERAL") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.see(f"messages/{channel}"))["messages"]
        return found

    async def log(self, kind: str) -> list[dict[str, Any]]:
        return [entry for entry in (await self.see("log"))["log"] if entry["kind"] == kind]

    async def post(self, text: str = "a card", channel: str = "C0GENERAL", **more: Any) -> str:
        """Post as the app; the new message's ts."""
        return str((await self.slack.chat_postMessage(channel=channel, text=text, **more))["ts"])

    async def error_of(self, method: str, **arguments: Any) -> str:
        """The error code that a Web API call is answered with, "" where it succeeds."""
        try:
            await self.slack.api_call(method, json=arguments)
        except SlackApiError as error:
            return str(error.response["error"])
        return ""

    def bolt(self) -> AsyncApp:
        """A Bolt app that uses this playground's client and acknowledges after its listeners."""
        return AsyncApp(client=self.slack, process_before_response=True)

    @asynccontextmanager
    async def connected(self, app: AsyncApp) -> AsyncIterator[AsyncSocketModeHandler]:
        """The app connected by Socket Mode."""
        handler = AsyncSocketModeHandler(app, self.playground.app_token, ping_interval=1)
        await handler.connect_async()  # type: ignore[no-untyped-call]  # Bolt leaves it untyped
        await self.until_connected()
        try:
            yield handler
        finally:
            await handler.close_async()  # type: ignore[no-untyped-call]  # Bolt leaves it untyped

    async def until_connected(self, *, connected: bool = True) -> None:
        await eventually(lambda: self._connected(connected))

    async def _connected(self, wanted: bool) -> bool:
        return bool((await self.see("state"))["apps"][0]["connected"]) is wanted

    def listen(self, app: AsyncApp, *types: str) -> None:
        """Keep every event of these types in `heard`."""

        async def hear(event: dict[str, Any], body: dict[str, Any]) -> None:
            self.heard.append({**event, "event_id": body["event_id"]})

        for kind in types:
            app.event(kind)(hear)


async def eventually(holds: Callable[[], Awaitable[bool]], seconds: float = 5.0) -> None:
    """Wait until an async condition holds; fail after `seconds`."""
    for _ in range(int(seconds / 0.01)):
        if await holds():
            return
        await asyncio.sleep(0.01)
    raise TimeoutError("what was awaited did not happen")


@asynccontextmanager
async def visit(**settings: Any) -> AsyncIterator[Visit]:
    """A running playground with the app's own manifest."""
    wanted = replace(PlaygroundSettings(manifest=MANIFEST), **settings)
    async with AsyncExitStack() as stack:
        playground = await stack.enter_async_context(Playground(wanted))
        crowd = aiohttp.TCPConnector(limit=0)  # everybody at once
        http = await stack.enter_async_context(aiohttp.ClientSession(connector=crowd))
        slack = AsyncWebClient(token=playground.bot_token, base_url=playground.api_url, session=http)
        yield Visit(playground, http, slack)
