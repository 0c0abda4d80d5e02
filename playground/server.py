"""The playground itself: one workspace behind one port."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler

from playground import (
    api_chat,
    api_conversations,
    api_people,
    api_reactions,
    api_views,
    control_actions,
    responses,
    sample,
)
from playground.call_log import CallLog
from playground.clock import Clock
from playground.control import Control
from playground.deliveries import Deliveries
from playground.faults import Faults
from playground.http_events import HttpEvents
from playground.identity import TEAM_ID, Ids, Payload, from_manifest
from playground.journal import Journal
from playground.live import Live
from playground.rate_limits import RateLimits
from playground.socket_mode import SocketMode
from playground.web_api import WebApi
from playground.workspace import Workspace
from playground.world import World

PAGE = Path(__file__).parent / "page"
BODY_BYTES = 2 * 1024 * 1024
METHODS = {
    **api_chat.METHODS,
    **api_conversations.METHODS,
    **api_people.METHODS,
    **api_reactions.METHODS,
    **api_views.METHODS,
}
POLICY = "default-src 'self'; img-src 'self' data: https:; connect-src 'self' ws:"
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


@dataclass(frozen=True)
class PlaygroundSettings:
    """How a playground is set up.

    `port` 0 takes any free one. Without `journal` the workspace lives in memory. Events are retried after 0, 60 and
    300 s times `time_scale`; the time for an acknowledgement is `ack_limit` seconds and is not scaled. With a
    `request_url` events, commands and interactions go there, signed, and nothing goes through Socket Mode.
    `optional_scopes`: whoever installed the app left the manifest's optional scopes in.
    """

    manifest: Mapping[str, object]
    host: str = "127.0.0.1"
    port: int = 0
    seed: int = 0
    journal: Path | None = None
    time_scale: float = 1.0
    rate_limits: bool = True
    request_url: str | None = None
    ack_limit: float = 3.0
    optional_scopes: bool = False


class Playground:
    """A workspace that runs while it is entered: `async with Playground(settings) as playground`."""

    def __init__(self, settings: PlaygroundSettings) -> None:
        self.settings = settings
        app = from_manifest(settings.manifest, settings.seed).granted(optional=settings.optional_scopes)
        clock = Clock()
        log, faults = CallLog(clock), Faults(clock, settings.seed)
        self._journal = Journal(settings.journal)
        self._live = Live(self._complete, lambda: {"type": "hello", "app_connected": deliveries.connected})
        world = World(sample.people(app.name), sample.channels(), self._journal.append, self._live.tell)
        socket = SocketMode(
            clock,
            faults,
            seed=settings.seed,
            ack_limit=settings.ack_limit,
            changed=lambda: self._live.tell({"type": "state"}),
        )
        url = settings.request_url
        self._http = HttpEvents(clock, app, url, ack_limit=settings.ack_limit) if url else None
        deliveries = Deliveries(self._http or socket, log, faults, seed=settings.seed, time_scale=settings.time_scale)
        self._space = Workspace(
            app=app,
            clock=clock,
            ids=Ids(settings.seed),
            log=log,
            faults=faults,
            world=world,
            deliveries=deliveries,
            socket=socket,
            base_url=lambda: self.url,
            triggers={},
            response_urls={},
        )
        limits = RateLimits(clock) if settings.rate_limits else None
        self._api = WebApi(self._space, METHODS, limits)
        self._control = Control(self._space, control_actions.ACTIONS, self._reset_world, self._http)
        self._runner: web.AppRunner | None = None
        self._port = settings.port
        self.bot_token = app.bot_token
        self.app_token = app.app_token
        self.signing_secret = app.signing_secret
        self.team_id = TEAM_ID

    @property
    def url(self) -> str:
        """`http://127.0.0.1:<port>`, without a slash at the end."""
        host = f"[{self.settings.host}]" if ":" in self.settings.host else self.settings.host
        return f"http://{host}:{self._port}"

    @property
    def api_url(self) -> str:
        """What `SLACK_API_URL` must be: ends in `/api/`."""
        return f"{self.url}/api/"

    async def start(self) -> None:
        """Read the journal and listen. Raises OSError where the port is taken."""
        world = self._space.world
        self._journal.open(world)
        for room in world.channels.values():
            for stamp in room.messages:
                self._space.clock.not_before(stamp)
        self._runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self.settings.host, self.settings.port).start()
        except OSError:
            await self.close()
            raise
        self._port = int(self._runner.addresses[0][1])

    async def close(self) -> None:
        """Stop: open sockets are closed, waiting deliveries given up, the journal is complete."""
        await self._space.deliveries.close()
        await self._space.socket.close()
        await self._live.close()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        if self._http is not None:
            await self._http.close()
        self._journal.close()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def _application(self) -> web.Application:
        application = web.Application(client_max_size=BODY_BYTES, middlewares=[self._guard])
        application.router.add_route("*", "/api/{method}", self._api.handle)
        application.router.add_get("/socket/", self._space.socket.handle)
        application.router.add_post("/response/{key}", self._respond)
        application.router.add_post("/_control/{action}", self._control.post)
        application.router.add_get("/_control/{what:.+}", self._control.get)
        application.router.add_get("/_page/live", self._live.handle)
        application.router.add_get("/", self._page)
        application.router.add_get("/page/{file:[^/]+}", self._page)
        return application

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Refuse pages of other sites that a browser on this machine may have open: they could read and act here.

        A foreign page shows by its Origin; one that has its name point to this machine shows by the Host.
        """
        host, origin = request.headers.get("Host", ""), request.headers.get("Origin")
        name = host.rpartition(":")[0] or host
        if self.settings.host in (*LOOPBACK, "::1") and name not in LOOPBACK:
            raise web.HTTPForbidden(text="the playground is served on this machine only")
        if origin is not None and urlsplit(origin).netloc != host:
            raise web.HTTPForbidden(text="not for pages of other sites")
        return await handler(request)

    async def _respond(self, request: web.Request) -> web.StreamResponse:
        return await responses.handle(self._space, request)

    async def _page(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info.get("file", "index.html")
        file = PAGE / name
        if Path(name).name != name or not file.is_file():  # an encoded slash arrives here as a slash
            raise web.HTTPNotFound
        headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
        return web.FileResponse(file, headers=headers)

    def _complete(self, change: Payload) -> Payload | None:
        """A change for the page, with the message that it is about as it is now."""
        if change["type"] != "message":
            return change
        message = self._space.world.find(change["channel"], change["ts"])
        return None if message is None else {**change, "message": message.as_slack()}

    def _reset_world(self) -> None:
        world = self._space.world
        world.people = {person.id: person for person in sample.people(self._space.app.name)}
        world.channels = {channel.id: channel for channel in sample.channels()}
        world.screens = {}
        self._journal.rewrite(world)
        self._live.tell({"type": "reset"})
