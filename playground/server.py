"""The playground itself: workspaces behind one port."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler

from playground import api_chat, api_conversations, api_files, api_oauth, api_people, api_reactions, api_views
from playground.clock import Clock
from playground.grants import Grant, Grants
from playground.http_events import HttpEvents
from playground.identity import TEAM_ID, Team, from_manifest, team_named
from playground.oauth_pages import OAuthPages
from playground.place import Place
from playground.web_api import arguments

PAGE = Path(__file__).parent / "page"
BODY_BYTES = 2 * 1024 * 1024
METHODS = {
    **api_chat.METHODS,
    **api_conversations.METHODS,
    **api_files.METHODS,
    **api_oauth.METHODS,
    **api_people.METHODS,
    **api_reactions.METHODS,
    **api_views.METHODS,
}
POLICY = "default-src 'self'; img-src 'self' data: https:; connect-src 'self' ws:"
ORGANISATION = "E0PLAY"
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


@dataclass(frozen=True)
class PlaygroundSettings:
    """How a playground is set up.

    `port` 0 takes any free one. Without `journal` the workspace lives in memory. Events are retried after 0, 60 and
    300 s times `time_scale`; the time for an acknowledgement is `ack_limit` seconds and is not scaled. With a
    `request_url` events, commands and interactions go there, signed, and nothing goes through Socket Mode.
    `optional_scopes`: whoever installed the app left the manifest's optional scopes in. `workspaces` names more
    workspaces, `organisation` some that belong to one organisation: "West" is T0WEST, at /w/T0WEST/. With a manifest
    that has redirect addresses nobody has installed the app yet, and it is done by OAuth.
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
    workspaces: Sequence[str] = ()
    organisation: Sequence[str] = ()


class Playground:
    """Workspaces that run while it is entered: `async with Playground(settings) as playground`."""

    def __init__(self, settings: PlaygroundSettings) -> None:
        self.settings = settings
        app = from_manifest(settings.manifest, settings.seed).granted(optional=settings.optional_scopes)
        clock = Clock()
        grants = Grants(app, clock, settings.seed)
        url = settings.request_url
        self._http = HttpEvents(clock, app, url, ack_limit=settings.ack_limit) if url else None
        more = [team_named(name) for name in settings.workspaces]
        teams = [Team(), *more, *[team_named(name, ORGANISATION) for name in settings.organisation]]
        self._places = {
            team.id: Place(
                team,
                app,
                clock,
                grants,
                METHODS,
                http=self._http,
                base_url=lambda: self.url,
                arrived=self._arrived,
                journal=settings.journal if team.id == TEAM_ID else None,
                seed=settings.seed,
                ack_limit=settings.ack_limit,
                time_scale=settings.time_scale,
                rate_limits=settings.rate_limits,
                installed=not app.redirect_urls,
            )
            for team in teams
        }
        self._grants = grants
        self._oauth = OAuthPages(grants, app.name, teams)
        self._runner: web.AppRunner | None = None
        self._port = settings.port
        self.app = app
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

    def redirect(self, request_url: str) -> None:
        """HTTP mode: deliver to another address from now on."""
        if self._http is not None:
            self._http.url = request_url

    @property
    def secrets(self) -> list[str]:
        """Every secret that was handed out so far, for whoever looks for them where they should not be."""
        return [self.app.signing_secret, self.app.client_secret, *self._grants.secrets]

    async def start(self) -> None:
        """Read the journal and listen. Raises OSError where the port is taken."""
        for place in self._places.values():
            place.open()
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
        for place in self._places.values():
            await place.close()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        if self._http is not None:
            await self._http.close()
        for place in self._places.values():
            place.close_journal()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def _application(self) -> web.Application:
        application = web.Application(client_max_size=BODY_BYTES, middlewares=[self._guard])
        application.router.add_route("*", "/api/{method}", self._call)
        self._oauth.add_to(application.router)
        for place in self._places.values():
            place.add_to(application.router)
            application.router.add_get(f"{place.space.team.prefix}/", self._page)
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

    async def _call(self, request: web.Request) -> web.StreamResponse:
        """A call of the Web API goes to the workspace that its token opens; one of nobody's, to the first."""
        token, _ = await arguments(request)
        team = self._grants.team_of(token)
        return await self._places[team.id if team else TEAM_ID].api.handle(request)

    def _arrived(self, grant: Grant) -> None:
        """An organisation's installation is one for all of its workspaces."""
        for place in self._places.values():
            team = place.space.team
            if team == grant.team or (grant.for_organisation and team.enterprise == grant.team.enterprise):
                place.install(grant)

    async def _page(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info.get("file", "index.html")
        file = PAGE / name
        if Path(name).name != name or not file.is_file():  # an encoded slash arrives here as a slash
            raise web.HTTPNotFound
        headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
        return web.FileResponse(file, headers=headers)
