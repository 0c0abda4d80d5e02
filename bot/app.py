"""The key: settings -> database -> services -> the way in -> Bolt -> refresher, scheduler; closed in reverse.

The one file of bot/ that knows the ears (commands/).
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace

import aiohttp
import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.async_context import AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient

import commands
from bot import cards, metrics
from bot.clients import Clients
from bot.config import Settings
from bot.digest_rounds import DigestRounds
from bot.errors import StartFailed
from bot.health import Health
from bot.many_workspaces import ManyWorkspaces
from bot.one_workspace import OneWorkspace
from bot.scheduler import Scheduler
from bot.services import Services
from bot.slack_calls import TIMEOUT_SECONDS
from bot.transport.health import HealthServer, health_pages
from bot.transport.socket import Patience
from db.engine import CannotOpen, Database
from db.schema import migrate

log = structlog.get_logger(__name__)

FINISH_SECONDS = 2.5  # that tasks under way have at shutdown; with the rest it stays below five


class App:
    """Verdicts, from start to close."""

    def __init__(self, settings: Settings, patience: Patience | None = None) -> None:
        """`patience` is how long a Socket Mode connection is trusted, where it is to be another than usual.

        Raises StartFailed where there is nothing to connect to Slack with.
        """
        if not settings.has_slack:
            raise StartFailed(
                "SLACK_BOT_TOKEN and SLACK_APP_TOKEN are missing. Without them, run `verdicts playground`."
            )
        self._settings = settings
        self._patience = patience
        self._began = int(time.time())
        self.health = Health()
        self._health_server: HealthServer | None = None
        self.health_port: int | None = None  # on which /readyz is served, once the application starts

    async def start(self) -> None:
        """Open everything; return when Slack can reach us. Raises StartFailed, and then nothing is left open."""
        try:
            self.database = Database(self._settings.database, on_retry=_count_retry)
        except CannotOpen as error:
            raise StartFailed(f"{self._settings.database_setting} leads to no database: {error}.") from None
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_SECONDS))
        self._way: OneWorkspace | ManyWorkspaces | None = None
        self._scheduler: Scheduler | None = None
        self._services: Services | None = None
        self.health.start()
        try:
            await self._serve_health()
            await self._open()
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Hear nothing more, finish what is under way, stop the clock, close the database."""
        self.health.stopping()
        if self._way is not None:
            await self._way.close()
        ending: list[Awaitable[None]] = []
        if self._services is not None:
            services = self._services
            ending += [services.tasks.drain(FINISH_SECONDS), services.sweeper.close(), services.refresher.close()]
        if self._scheduler is not None:
            ending.append(self._scheduler.close())
        # Side by side: one after the other they may take more than the five seconds that an end may take.
        await asyncio.gather(*ending)
        if self._way is not None:
            await self._way.end()
        await self._session.close()
        await self.database.close()
        await self.health.close()
        if self._health_server is not None:
            await self._health_server.close()

    @property
    def services(self) -> Services:
        """What the listeners ask for; there once the application has started."""
        if self._services is None:
            raise RuntimeError("the application has not started")
        return self._services

    @property
    def scheduler(self) -> Scheduler:
        """The clock; there once the application has started."""
        if self._scheduler is None:
            raise RuntimeError("the application has not started")
        return self._scheduler

    @property
    def http_port(self) -> int:
        """Where HTTP mode listens; 0 under Socket Mode."""
        return self._way.port if isinstance(self._way, ManyWorkspaces) else 0

    async def is_ready(self) -> bool:
        """Whether Slack can reach us."""
        return self._way is not None and await self._way.is_open()

    async def _serve_health(self) -> None:
        port = self._settings.health_port
        if port is None:
            return
        self._health_server = HealthServer(self.health, self._settings.host, port)
        try:
            self.health_port = await self._health_server.open()
        except OSError:
            raise StartFailed(
                f"HOST or HEALTH_PORT is wrong: nothing can listen on {self._settings.host}, port {port}."
            ) from None
        log.info("health is served", host=self._settings.host, port=self.health_port)

    async def _open(self) -> None:
        await self.database.run(migrate)
        services = Services.on(self.database, Clients(self.database))
        clients, sweeper = services.clients, services.sweeper
        way = self._way = self._by_settings(services)
        await way.admit()
        if len(clients.workspaces) == 1:  # of many, each is indexed when somebody there first asks
            await services.shelf.warm(self.database, clients.workspaces[0])
        if self.database.is_sqlite:  # the file is ours alone
            for workspace in clients.workspaces:
                await self.database.run(cards.take_over, workspace)
        services = self._services = replace(services, roster=way.roster)
        bolt = self._bolt(way)
        commands.register(bolt, services)
        services.refresher.start()
        await sweeper.want_all()
        sweeper.start()
        rounds = DigestRounds(self.database, clients, services.digest_publisher, sweeper)
        self._scheduler = Scheduler(self.database, clients, rounds, services.refresher, sweeper)
        self._scheduler.start()
        await way.open(bolt)
        self.health.watch(
            self.database,
            clients,
            self._scheduler,
            services.tasks,
            hears=self.is_ready,
            data_dir=self._settings.data_dir,
        )
        for workspace in await self.database.run(cards.interrupted, clients.workspaces, self._began):
            await services.publisher.ask_about_interrupted(workspace, self._began)
        log.info("ready", workspaces=len(clients.workspaces))

    def _by_settings(self, services: Services) -> OneWorkspace | ManyWorkspaces:
        clients, sweeper = services.clients, services.sweeper
        if (tokens := self._settings.tokens) is not None:
            return OneWorkspace(self._settings, tokens, self.database, self._session, clients, sweeper, self._patience)
        pages = {} if self._health_server is not None else health_pages(self.health)
        shelf, tasks = services.shelf, services.tasks
        return ManyWorkspaces(self._settings, self.database, self._session, clients, shelf, sweeper, tasks, pages)

    def _bolt(self, way: OneWorkspace | ManyWorkspaces) -> AsyncApp:
        async def authorize(
            context: AsyncBoltContext, enterprise_id: str | None, team_id: str | None
        ) -> AuthorizeResult:
            installation = await way.authorize(enterprise_id, team_id, bool(context.is_enterprise_install))
            if installation is None:
                return None  # type: ignore[return-value]  # Bolt means by it: not installed there
            context["installation"] = installation
            return AuthorizeResult(
                enterprise_id=enterprise_id,
                team_id=team_id,
                bot_token=installation.token,
                bot_user_id=installation.bot_user,
            )

        # Its own client has no token: each request gets the one that `authorize` names.
        client = AsyncWebClient(base_url=self._settings.slack_api_url, session=self._session, timeout=TIMEOUT_SECONDS)
        return deaf_bolt(authorize, client, serves_http=self._settings.serves_http)


def deaf_bolt(
    authorize: Callable[..., Awaitable[AuthorizeResult]], client: AsyncWebClient, *, serves_http: bool
) -> AsyncApp:
    """A Bolt app with our settings and no listener yet.

    The listener finishes, then Slack is acknowledged: by default Bolt acknowledges an event before it is heard.
    Signatures are checked before Bolt (bot/transport/door.py), and Socket Mode has none.
    """
    return AsyncApp(
        logger=logging.getLogger("slack_bolt"),
        client=client,
        authorize=authorize,
        process_before_response=True,
        request_verification_enabled=False,
        attaching_conversation_kwargs_enabled=False,
        attaching_function_token_enabled=False,
        ssl_check_enabled=serves_http,
        url_verification_enabled=serves_http,
    )


def _count_retry(reason: str) -> None:
    metrics.DATABASE_RETRIES.labels(reason).inc()
