"""The key: settings -> database -> services -> Bolt -> refresher, scheduler, socket; closed in reverse order.

The one file of bot/ that knows the ears (commands/).
"""

import asyncio
import logging
import time
from collections.abc import Awaitable

import aiohttp
import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

import commands
from bot import cards, catalogue, metrics, people, starter
from bot.catalogue import Shelf
from bot.clients import Clients
from bot.config import Settings
from bot.digest_publisher import DigestPublisher
from bot.errors import Permanent, SlackFailure
from bot.health import Health
from bot.publisher import Publisher
from bot.refresher import Refresher
from bot.scheduler import Scheduler
from bot.services import Services
from bot.slack import TIMEOUT_SECONDS, Identity, Slack
from bot.sweeper import Sweeper
from bot.tasks import Tasks
from bot.transport.health import HealthServer
from bot.transport.socket import Socket
from db.engine import CannotOpen, Database, now
from db.schema import migrate

log = structlog.get_logger(__name__)

FINISH_SECONDS = 2.5  # that tasks under way have at shutdown; with the rest it stays below five


class StartFailed(Exception):
    """The application cannot start; the message is one sentence that says what to do."""


class App:
    """Verdicts for one Slack workspace, from start to close."""

    def __init__(self, settings: Settings) -> None:
        if settings.slack_bot_token is None or settings.slack_app_token is None:
            raise StartFailed(
                "SLACK_BOT_TOKEN and SLACK_APP_TOKEN are missing. Without them, run `verdicts playground`."
            )
        self._bot_token = settings.slack_bot_token.get_secret_value()
        self._app_token = settings.slack_app_token.get_secret_value()
        self._api_url = settings.slack_api_url
        self._settings = settings
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
        self._socket: Socket | None = None
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
        if self._socket is not None:
            await self._socket.close()
        ending: list[Awaitable[None]] = []
        if self._services is not None:
            services = self._services
            ending += [services.tasks.drain(FINISH_SECONDS), services.sweeper.close(), services.refresher.close()]
        if self._scheduler is not None:
            ending.append(self._scheduler.close())
        # Side by side: one after the other they may take more than the five seconds that an end may take.
        await asyncio.gather(*ending)
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

    async def is_ready(self) -> bool:
        """Whether Slack can reach us."""
        return self._socket is not None and await self._socket.is_connected()

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
        slack = Slack(self._bot_token, self._api_url, self._session)
        identity = await self._identity(slack)
        clients, shelf, tasks = Clients(), Shelf(), Tasks()
        clients.add(identity.workspace, slack)
        await self._furnish(identity)
        if self.database.is_sqlite:  # the file is ours alone
            await self.database.run(cards.take_over, identity.workspace)
        refresher = Refresher(self.database, clients)
        sweeper = Sweeper(self.database, clients, refresher)
        publisher = Publisher(self.database, clients, shelf, refresher, sweeper, tasks)
        digest_publisher = DigestPublisher(self.database, clients, tasks)
        self._services = Services(self.database, clients, shelf, refresher, sweeper, publisher, digest_publisher, tasks)
        bolt = self._bolt(identity)
        commands.register(bolt, self._services)
        refresher.start()
        await sweeper.want_all()
        sweeper.start()
        self._scheduler = Scheduler(self.database, clients, digest_publisher, refresher, sweeper)
        self._scheduler.start()
        self._socket = Socket(bolt, self._app_token, slack.client, sweeper.want_all)
        await self._socket.open()
        self.health.watch(
            self.database, clients, self._scheduler, tasks, hears=self.is_ready, data_dir=self._settings.data_dir
        )
        await publisher.ask_about_interrupted(identity.workspace, self._began)
        log.info("ready", workspace=identity.workspace, name=identity.workspace_name)

    async def _identity(self, slack: Slack) -> Identity:
        wait = 0.5
        while True:
            try:
                return await slack.identity()
            except Permanent as failure:
                raise StartFailed(
                    f"Slack refuses SLACK_BOT_TOKEN ({failure.code}). Copy it again from OAuth & Permissions."
                ) from None
            except SlackFailure as failure:
                log.warning("slack not reached yet", url=self._api_url, code=failure.code)
            await asyncio.sleep(wait)
            wait = min(wait * 2, 30.0)

    async def _furnish(self, identity: Identity) -> None:
        instant = await self.database.run(now)
        workspace = identity.workspace
        is_new = await self.database.run(
            people.welcome_workspace, workspace, identity.workspace_name, identity.bot_user, instant
        )
        if is_new:
            tools = await asyncio.to_thread(starter.tools)
            imported = await self.database.run(catalogue.import_tools, workspace, tools, starter.RECORDED_AT)
            log.info("starter catalogue loaded", tools=imported.added)

    def _bolt(self, identity: Identity) -> AsyncApp:
        async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
            return AuthorizeResult(
                enterprise_id=enterprise_id,
                team_id=team_id or identity.workspace,
                bot_token=self._bot_token,
                bot_user_id=identity.bot_user,
                bot_id=identity.bot_id,
            )

        # The listener finishes, then Slack is acknowledged: by default Bolt acknowledges an event before it is heard.
        # Its own client has no token: each request gets the one that `authorize` names.
        return AsyncApp(
            logger=logging.getLogger("slack_bolt"),
            client=AsyncWebClient(base_url=self._api_url, session=self._session, timeout=TIMEOUT_SECONDS),
            authorize=authorize,
            process_before_response=True,
            attaching_conversation_kwargs_enabled=False,
            ssl_check_enabled=False,
            url_verification_enabled=False,
            attaching_function_token_enabled=False,
        )


def _count_retry(reason: str) -> None:
    metrics.DATABASE_RETRIES.labels(reason).inc()
