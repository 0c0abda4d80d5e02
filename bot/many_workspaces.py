"""HTTP mode: every workspace that has installed the app, whose tokens are in the database."""

from collections.abc import Callable, Mapping

import aiohttp
import structlog
from pydantic import SecretStr
from slack_bolt.app.async_app import AsyncApp

from bot import app_manifest, first_words, installations
from bot.catalogue import Shelf
from bot.clients import Clients
from bot.config import Settings
from bot.errors import StartFailed
from bot.installations import Installation, Renewal
from bot.installer import Installer
from bot.renewer import Renewer
from bot.roster import Roster
from bot.slack import Slack
from bot.slack_oauth import SlackOAuth
from bot.sweeper import Sweeper
from bot.tasks import Tasks
from bot.transport import INSTALL_PATH, INSTALLED_PATH
from bot.transport.http import Http, Page
from bot.transport.install import install_pages
from bot.vault import Vault, WrongKey
from bot.views import notices
from db.engine import Database

log = structlog.get_logger(__name__)


class ManyWorkspaces:
    """The way in by HTTP."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        session: aiohttp.ClientSession,
        clients: Clients,
        shelf: Shelf,
        sweeper: Sweeper,
        tasks: Tasks,
        pages: Mapping[str, Page],
    ) -> None:
        """`pages` are served beside those of the installation. Raises StartFailed where a setting is missing."""
        self._settings = settings
        self._database = database
        self._clients = clients
        self._tasks = tasks
        self._pages = pages
        self._vault = Vault(settings.keys)
        self._public_url = _given(settings.public_url)
        self._signing_secret = _secret(settings.slack_signing_secret)
        self._oauth = SlackOAuth(
            settings.slack_api_url,
            session,
            _given(settings.slack_client_id),
            _secret(settings.slack_client_secret),
        )

        def connect(token: str, refused: Callable[[str], None]) -> Slack:
            return Slack(token, settings.slack_api_url, session, refused)

        renewer = Renewer(database, self._vault, self._oauth, self._warn)
        self.roster = Roster(database, clients, shelf, self._vault, renewer, connect, sweeper.want_all)
        self._http: Http | None = None

    async def admit(self) -> None:
        """Serve everybody who is in the database. Raises StartFailed when it cannot be read with these keys."""
        try:
            missing = await self._database.run(installations.unknown_keys, self._vault)
        except WrongKey:
            raise StartFailed("ENCRYPTION_KEYS does not open what the database holds: it was changed there.") from None
        if missing:
            key, count = missing[0]
            raise StartFailed(
                f"ENCRYPTION_KEYS lacks the key {key}, which {count} installations are encrypted with: "
                "add it after the newest one."
            )
        await self.roster.open()
        log.info("installations", workspaces=len(self._clients.workspaces))
        lacking = [one.owner for one in self.roster.installations if app_manifest.scopes() - one.scopes]
        if lacking:
            # They were installed before the app needed these: some of what it does fails there.
            log.warning("scopes lack", installations=len(lacking), first=lacking[0])

    async def authorize(self, enterprise: str | None, team: str | None, is_organisation: bool) -> Installation | None:
        """Whose token serves a request: the workspace's own, or that of its organisation."""
        owners = [enterprise] if is_organisation else [team, enterprise]
        for owner in owners:
            if owner is not None and (found := await self.roster.find(owner)) is not None:
                return found
        return None

    async def open(self, bolt: AsyncApp) -> None:
        """Listen, and follow what changes. Raises StartFailed where nothing can listen."""
        self.roster.start()
        installer = Installer(
            self._database,
            self._oauth,
            self.roster,
            _given(self._settings.slack_app_id),
            app_manifest.scopes(),
            app_manifest.scopes(optional=True),
            f"{self._public_url}{INSTALLED_PATH}",
            self._greet,
        )
        self._http = Http(bolt, self._signing_secret, {**self._pages, **install_pages(installer)})
        host, port = self._settings.host, self._settings.port
        try:
            await self._http.open(host, port)
        except OSError:
            raise StartFailed(f"HOST or PORT is wrong: nothing can listen on {host}, port {port}.") from None
        log.info("listening", host=host, port=self._http.port)

    @property
    def port(self) -> int:
        """Where it listens; 0 before it does."""
        return self._http.port if self._http is not None else 0

    async def is_open(self) -> bool:
        """Whether Slack can reach us."""
        return self._http is not None and self._http.is_listening

    async def close(self) -> None:
        """Hear nothing more."""
        if self._http is not None:
            await self._http.close()

    async def end(self) -> None:
        """Once everything else has ended: write down whose token was refused."""
        await self.roster.close()

    def _greet(self, workspace: str, person: str) -> None:
        """Begin to say the first words; whoever waits for the page of the installation does not wait for them."""
        self._tasks.start_courtesy(first_words.say(self._database, self._clients, workspace, person))

    def _warn(self, renewal: Renewal) -> None:
        """Tell whoever installed the app that it has to be done again, while the token is still good."""
        served = self.roster.workspaces(renewal.owner)
        if served and served[0] in self._clients.workspaces:
            slack = self._clients.of(served[0])
            message = notices.install_again(f"{self._public_url}{INSTALL_PATH}")
            self._tasks.start_courtesy(slack.tell(renewal.installer, message))


def _given(value: str | None) -> str:
    if value is None:
        raise StartFailed("A setting of HTTP mode is missing.")  # bot/config.py says which, before it comes to this
    return value


def _secret(value: SecretStr | None) -> str:
    return _given(value.get_secret_value() if value is not None else None)
