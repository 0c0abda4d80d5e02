"""HTTP mode in a test: several workspaces of the playground, a bot that listens, browsers that install it."""

import base64
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import aiohttp
import aiohttp.web
from pydantic import SecretStr

from bot.app import App
from bot.app_manifest import for_http
from bot.config import Settings
from bot.transport.install import COOKIE
from playground import Playground, PlaygroundSettings
from tests.story import Card, Scene, eventually

KEY = base64.b64encode(bytes(range(32))).decode()
FIRST, WEST, ORG = "T0PLAY", "T0WEST", "E0PLAY"


@dataclass
class Browser:
    """Somebody's browser: it keeps cookies, and follows no link by itself."""

    session: aiohttp.ClientSession
    cookies: dict[str, str] = field(default_factory=dict)
    said: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    async def opens(self, url: str) -> tuple[int, str]:
        """The status, and where it leads."""
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        async with self.session.get(url, allow_redirects=False, headers={"cookie": cookie}) as answer:
            self.said = await answer.text()
            self.headers = {name.lower(): value for name, value in answer.headers.items()}
            for line in answer.headers.getall("set-cookie", []):
                for name, morsel in SimpleCookie(line).items():
                    self.cookies[name] = morsel.value
            return answer.status, answer.headers.get("location", "")

    @property
    def heading(self) -> str:
        """What the page says first."""
        found = re.search(r"<h1>(.*?)</h1>", self.said)
        return found[1] if found else self.said


@dataclass
class Town:
    """Workspaces, and the bot that may be installed in them."""

    playground: Playground
    settings: Settings
    session: aiohttp.ClientSession
    stack: AsyncExitStack
    app: App
    scenes: dict[str, Scene] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where the bot is reached."""
        assert self.settings.public_url is not None
        return self.settings.public_url

    def browser(self) -> Browser:
        """A browser of somebody else's."""
        return Browser(self.session)

    def scene(self, team: str = FIRST) -> Scene:
        """What goes on in a workspace."""
        if team not in self.scenes:
            prefix = "" if team == FIRST else f"/w/{team}"
            self.scenes[team] = Scene(self.playground.url + prefix)
        return self.scenes[team]

    async def asked(self, browser: Browser) -> str:
        """The browser is sent to Slack; the address of Slack's page."""
        status, address = await browser.opens(f"{self.url}/slack/install")
        assert status == 302
        return address

    async def allowed(self, browser: Browser, address: str, team: str = FIRST, **more: str) -> str:
        """Somebody allows it there; the address that leads back."""
        base, _, query = address.replace("/authorize?", "/allow?").partition("?")
        status, back = await browser.opens(f"{base}?{urlencode(dict(parse_qsl(query)) | {'team': team, **more})}")
        assert status == 302, browser.said
        return back

    async def installs(self, team: str = FIRST, **more: str) -> Browser:
        """Somebody installs the app in a workspace, from the first page to the last."""
        browser = self.browser()
        back = await self.allowed(browser, await self.asked(browser), team, **more)
        await browser.opens(back)
        assert COOKIE in browser.cookies
        return browser

    async def answered(self, words: str, team: str = FIRST, after: str = "0") -> Card:
        """The newest scorecard in a workspace, once it is seeded and shows these words, and younger than a ts."""

        async def shown() -> Card | None:
            cards = [card for card in await self.scene(team).cards() if "no_entry_sign" in card.reactions]
            return cards[-1] if cards and words in cards[-1].said and float(cards[-1].ts) > float(after) else None

        return await eventually(shown, lambda: f"no card with {words}")

    async def replaying(self) -> Callable[[], Awaitable[set[int]]]:
        """From now on every request of Slack's is overheard; what is returned sends them all once more.

        Slack reaches the bot through a proxy of ours meanwhile: what somebody in between could see and repeat.
        """
        overheard: list[tuple[bytes, dict[str, str]]] = []
        target = f"{self.url}/slack/events"

        async def forward(body: bytes, headers: dict[str, str]) -> aiohttp.web.Response:
            async with self.session.post(target, data=body, headers=headers) as answer:
                kind = answer.headers.get("content-type", "text/plain").partition(";")[0]
                return aiohttp.web.Response(status=answer.status, body=await answer.read(), content_type=kind)

        async def between(request: aiohttp.web.Request) -> aiohttp.web.Response:
            kept = ("content-type", "x-slack-signature", "x-slack-request-timestamp")
            headers = {name: request.headers[name] for name in kept}
            overheard.append((await request.read(), headers))
            return await forward(*overheard[-1])

        async def again() -> set[int]:
            return {(await forward(*request)).status for request in list(overheard)}

        application = aiohttp.web.Application()
        application.router.add_post("/", between)
        runner = aiohttp.web.AppRunner(application, access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        self.stack.push_async_callback(runner.cleanup)
        await aiohttp.web.TCPSite(runner, "127.0.0.1", 0).start()
        self.playground.redirect(f"http://127.0.0.1:{runner.addresses[0][1]}/")
        return again

    async def replica(self, **settings: Any) -> App:
        """One more process on the same database."""
        app = App(self.settings.model_copy(update={"port": 0, **settings}))
        await app.start()
        self.stack.push_async_callback(app.close)
        return app

    async def restarted(self, **settings: Any) -> App:
        """The bot ends, and starts again."""
        await self.app.close()
        self.settings = self.settings.model_copy(update=settings)
        self.app = App(self.settings)
        await self.app.start()
        return self.app


def environment(place: Town) -> dict[str, str]:
    """The settings of the bot, for a process of its own."""
    settings = place.settings
    secrets = {
        name.upper(): getattr(settings, name).get_secret_value()
        for name in ("slack_signing_secret", "slack_client_secret", "encryption_keys")
    }
    plain = ("slack_app_id", "slack_client_id", "public_url", "slack_api_url", "database_url", "port")
    return secrets | {name.upper(): str(getattr(settings, name)) for name in plain}


@asynccontextmanager
async def town(
    database_url: str, folder: Path, *, organisation: Sequence[str] = (), rotation: bool = False, **settings: Any
) -> AsyncIterator[Town]:
    """A playground of two workspaces and more of an organisation, and the bot beside it, installed nowhere."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    address = f"http://127.0.0.1:{port}"
    manifest = for_http(address)
    manifest["settings"]["token_rotation_enabled"] = rotation
    async with AsyncExitStack() as stack:
        playground = await stack.enter_async_context(
            Playground(
                PlaygroundSettings(
                    manifest=manifest,
                    time_scale=0.01,
                    request_url=f"{address}/slack/events",
                    workspaces=["West"],
                    organisation=organisation,
                )
            )
        )
        given: dict[str, Any] = {
            "slack_signing_secret": SecretStr(playground.signing_secret),
            "slack_app_id": "A0VERDICTS",
            "slack_client_id": playground.app.client_id,
            "slack_client_secret": SecretStr(playground.app.client_secret),
            "public_url": address,
            "encryption_keys": SecretStr(KEY),
            "slack_api_url": playground.api_url,
            "database_url": database_url,
            "data_dir": folder,
            "port": port,
        }
        made = Settings(_env_file=None, **(given | settings))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        app = App(made)
        await app.start()
        here = Town(playground, made, session, stack, app)
        try:
            yield here
        finally:
            for scene in here.scenes.values():
                await scene.close()
            await here.app.close()
