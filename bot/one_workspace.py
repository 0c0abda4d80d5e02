"""Socket Mode: one workspace, whose tokens are settings."""

import asyncio

import aiohttp
import structlog
from slack_bolt.app.async_app import AsyncApp

from bot.clients import Clients
from bot.config import Settings
from bot.errors import Permanent, SlackFailure, StartFailed
from bot.furnishing import furnish
from bot.installations import Installation
from bot.slack import Slack
from bot.sweeper import Sweeper
from bot.transport.socket import Patience, Socket
from db.engine import Database

log = structlog.get_logger(__name__)


class OneWorkspace:
    """The way in by Socket Mode."""

    roster = None

    def __init__(
        self,
        settings: Settings,
        tokens: tuple[str, str],
        database: Database,
        session: aiohttp.ClientSession,
        clients: Clients,
        sweeper: Sweeper,
        patience: Patience | None = None,
    ) -> None:
        """`tokens` are the bot's and the app-level one."""
        self._token, self._app_token = tokens
        self._api_url = settings.slack_api_url
        self._database = database
        self._clients = clients
        self._sweeper = sweeper
        self._replicas = settings.replicas
        self._patience = patience
        self._slack = Slack(self._token, settings.slack_api_url, session, lambda _: self._stop())
        self._installation: Installation | None = None
        self._socket: Socket | None = None

    async def admit(self) -> None:
        """Learn which workspace it is, and serve it. Raises StartFailed when Slack refuses the token."""
        wait = 0.5
        while self._installation is None:
            try:
                identity = await self._slack.identity()
            except Permanent as failure:
                raise StartFailed(
                    f"Slack refuses SLACK_BOT_TOKEN ({failure.code}). Copy it again from OAuth & Permissions."
                ) from None
            except SlackFailure as failure:
                log.warning("slack not reached yet", url=self._api_url, code=failure.code)
                await asyncio.sleep(wait)
                wait = min(wait * 2, 30.0)
            else:
                self._installation = Installation(
                    owner=identity.workspace,
                    enterprise=identity.enterprise or "",
                    name=identity.workspace_name,
                    bot_user=identity.bot_user,
                    installer="",
                    scopes=identity.scopes,
                    token=self._token,
                    revision=0,
                    installed_at=0,
                )
        self._clients.add(self._installation.owner, self._slack)
        await furnish(self._database, self._installation.owner, self._installation.name, self._installation.bot_user)

    async def authorize(self, _: str | None, __: str | None, ___: bool) -> Installation | None:
        """Whose token serves a request: it is always the same."""
        return self._installation

    async def open(self, bolt: AsyncApp) -> None:
        """Connect; return when Slack can reach us. Raises SocketRefused."""
        self._socket = Socket(
            bolt,
            self._app_token,
            self._slack.client,
            self._sweeper.want_all,
            acted_at=lambda: self._slack.reacted_at,
            replicas=self._replicas,
            patience=self._patience,
        )
        await self._socket.open()

    async def is_open(self) -> bool:
        """Whether Slack can reach us."""
        return self._socket is not None and self._socket.is_heard()

    async def close(self) -> None:
        """Hear nothing more."""
        if self._socket is not None:
            await self._socket.close()

    async def end(self) -> None:
        """Nothing is left to be done once everything else has ended."""

    def _stop(self) -> None:
        if self._installation is not None:
            self._clients.drop(self._installation.owner)
