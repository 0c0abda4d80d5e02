"""Installing the app by OAuth: what is asked for, and what must be true before anything is kept."""

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from bot import installations
from bot.installations import Grant
from bot.roster import Roster
from bot.slack_oauth import Access, SlackOAuth
from db.engine import Database, now

log = structlog.get_logger(__name__)


class NotInstalled(Exception):
    """It did not come to an installation. The message is for the person; `reason` is a word for the log."""

    def __init__(self, sentence: str, reason: str, status: int = 400) -> None:
        super().__init__(sentence)
        self.reason = reason
        self.status = status


@dataclass(frozen=True, slots=True)
class Installed:
    """What was installed where, for the page that says so."""

    name: str
    is_organisation: bool
    open_url: str


@dataclass(frozen=True, slots=True)
class Installer:
    """Takes somebody from the front page to an installation that is kept."""

    database: Database
    oauth: SlackOAuth
    roster: Roster
    app: str
    needed: frozenset[str]  # scopes without which the app is of no use
    wanted: frozenset[str]  # these, and those that may be left out
    redirect_url: str
    greet: Callable[[str, str], None]  # begins to tell, in a workspace, this person what the app is for

    async def begin(self) -> tuple[str, str] | None:
        """A state for a browser, and Slack's page to send it to; None when too many are on their way."""
        instant = await self.database.run(now)
        state = await self.database.run(installations.begin, instant)
        return None if state is None else (state, self.oauth.authorize_url(state, self.wanted, self.redirect_url))

    async def came_back(self, state: str) -> bool:
        """Whether this state was issued within ten minutes and never came back before."""
        instant = await self.database.run(now)
        return await self.database.run(installations.come_back, state, instant)

    async def install(self, code: str) -> Installed:
        """Make a token of a code, check it, keep it and serve the workspace. Raises NotInstalled and SlackFailure."""
        access, at = await self.oauth.exchange(code, self.redirect_url)
        grant = self._checked(access, at)
        await self.roster.settle_in(grant, access.is_enterprise_install)
        log.info("installed", owner=grant.owner, organisation=access.is_enterprise_install)
        if not access.is_enterprise_install:  # an organisation has no workspace yet in which to say it
            self.greet(grant.owner, grant.installer)
        team = None if access.is_enterprise_install else grant.owner
        return Installed(grant.name, access.is_enterprise_install, self.oauth.open_url(self.app, team))

    def _checked(self, access: Access, at: int) -> Grant:
        if access.app_id != self.app:
            raise NotInstalled("Slack has installed another app. Tell whoever runs this one.", "another_app")
        if lacking := self.needed - access.scopes:
            log.warning("scopes lack", scopes=sorted(lacking))
            raise NotInstalled("Some of what the app needs was not allowed. Allow all of it.", "scopes_lack")
        owner = access.enterprise if access.is_enterprise_install else access.team
        if owner is None:
            raise NotInstalled("Slack did not say where the app was installed. Please try again.", "nowhere")
        return Grant(
            owner=owner.id,
            enterprise=access.enterprise.id if access.enterprise else "",
            app=access.app_id,
            name=owner.name or owner.id,
            bot_user=access.bot_user_id,
            installer=access.authed_user.id,
            scopes=access.scopes,
            token=access.access_token,
            refresh_token=access.refresh_token,
            expires_at=at + access.expires_in if access.expires_in else None,
            installed_at=at,
        )
