"""Who is served in HTTP mode: what the database says of installations, kept equal in memory by every replica.

It is level-triggered: each look compares revisions, so a change that another replica made is seen within seconds, and
one that was missed at the next full look. What this replica does itself, or is asked about by Slack, it sees at once.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

import structlog

from bot import installations
from bot.catalogue import Shelf
from bot.clients import Clients
from bot.errors import Permanent, SlackFailure
from bot.furnishing import furnish
from bot.installations import Grant, Installation
from bot.renewer import Renewer
from bot.slack import Slack
from bot.vault import Vault
from db.engine import Database, now

log = structlog.get_logger(__name__)

LOOK_SECONDS = 5.0
OVERLAP_SECONDS = 120  # a change may be committed later than another that was made after it
FULL_LOOK_SECONDS = 600
ASK_AGAIN_SECONDS = 3_600  # until a token that was refused for something that may pass is tried again

Connect = Callable[[str, Callable[[str], None]], Slack]
Joined = Callable[[Iterable[str]], Awaitable[None]]


class Roster:
    """Knows every installation that is served, and keeps `Clients` to it."""

    def __init__(
        self,
        database: Database,
        clients: Clients,
        shelf: Shelf,
        vault: Vault,
        renewer: Renewer,
        connect: Connect,
        joined: Joined,
    ) -> None:
        """`connect` makes a client of a token and of whom to tell that Slack refuses it.

        `joined` hears of workspaces that are served from now on: votes may have been missed.
        """
        self._database = database
        self._clients = clients
        self._shelf = shelf
        self._vault = vault
        self._renewer = renewer
        self._connect = connect
        self._joined = joined
        self._held: dict[str, Installation] = {}
        self._workspaces: dict[str, set[str]] = {}
        self._refused: set[str] = set()  # tokens that Slack takes no longer
        self._looked_at = 0
        self._fully_looked_at = 0
        self._asked_at = 0
        self._stopping: set[asyncio.Task[None]] = set()
        self._task: asyncio.Task[None] | None = None
        self._looking = asyncio.Lock()

    async def open(self) -> None:
        """Renew what has to be renewed and serve whoever is there; return when that is done once."""
        await self._renewer.renew_all()
        await self.look()

    def start(self) -> None:
        """Begin to follow what changes."""
        self._task = asyncio.create_task(self._run(), name="roster")

    async def close(self) -> None:
        """Follow no more, and let what was begun be written down."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await asyncio.gather(*self._stopping, return_exceptions=True)

    async def find(self, owner: str) -> Installation | None:
        """The installation of a workspace or an organisation, where the app is installed there and may be used.

        One that is not known here is asked of the database: another replica may have seen it come a moment ago.
        """
        if (ready := self._ready(owner)) is not None:
            return ready
        await self._read(owner)
        return self._ready(owner)

    @property
    def installations(self) -> list[Installation]:
        """Everything that is served here."""
        return [held for owner in self._held if (held := self._served(owner)) is not None]

    def workspaces(self, owner: str) -> list[str]:
        """The workspaces that an installation serves here."""
        return sorted(self._workspaces.get(owner, ()))

    async def look(self) -> None:
        """Compare with the database what has changed since the last look, and now and then everything."""
        async with self._looking:
            instant = await self._database.run(now)
            is_full = instant - self._fully_looked_at >= FULL_LOOK_SECONDS
            since = 0 if is_full else self._looked_at - OVERLAP_SECONDS
            await self._follow(await self._database.run(installations.changed, self._vault, since))
            self._looked_at = instant
            if is_full:
                self._fully_looked_at = instant

    async def settle_in(self, grant: Grant, is_organisation: bool) -> None:
        """Serve a new installation, or one that was renewed by hand."""
        instant = await self._database.run(now)
        await self._database.run(installations.keep, self._vault, grant, instant)
        if not is_organisation:
            await furnish(self._database, grant.owner, grant.name, grant.bot_user)
            await self._database.run(installations.admit, grant.owner, grant.owner, instant)
        await self._read(grant.owner)

    async def admit(self, workspace: str, installation: Installation, happened_at: int | None = None) -> None:
        """Serve a workspace of an organisation: it was let in, or asked for something at a moment by Slack's clock."""
        if workspace in self._workspaces.get(installation.owner, ()) or not installation.is_organisation:
            return
        if happened_at and not await self._database.run(installations.may_come, workspace, happened_at):
            return
        await furnish(self._database, workspace, workspace, installation.bot_user)
        instant = await self._database.run(now)
        await self._database.run(installations.admit, workspace, installation.owner, instant)
        await self._read(installation.owner)

    async def dismiss(self, organisation: str, workspaces: Iterable[str]) -> None:
        """An organisation has taken the app away from some of its workspaces."""
        instant = await self._database.run(now)
        await self._database.run(installations.dismiss, organisation, list(workspaces), instant)
        await self._read(organisation)

    async def removed(self, owner: str, code: str, happened_at: int) -> None:
        """Slack tells that the app was removed from a workspace or an organisation, at this moment by its own clock.

        Such an event may come late, after a new installation. Then the token itself is asked. Raises SlackFailure.
        """
        instant = await self._database.run(now)
        if not await self._database.run(installations.remove, owner, code, happened_at, instant):
            await self._ask(await self.find(owner))
        await self._read(owner)

    def refused(self, owner: str, token: str, code: str) -> None:
        """Slack takes a token no longer: it is not used once more here, and the database is told for the others."""
        if token in self._refused:
            return
        self._refused.add(token)
        if (held := self._held.get(owner)) is not None and held.token == token:
            self._let_go(owner)
        task = asyncio.create_task(self._stop(owner, token, code), name=f"stop-{owner}")
        self._stopping.add(task)
        task.add_done_callback(self._stopping.discard)

    async def _stop(self, owner: str, token: str, code: str) -> None:
        try:
            instant = await self._database.run(now)
            if await self._database.run(installations.stop, self._vault, owner, token, code, instant):
                log.warning("installation stopped", owner=owner, code=code)
            await self._read(owner)
        except Exception:
            log.exception("installation not stopped", owner=owner)
        finally:
            # From here on the database says it; where it could not be told, the next call finds the same out again.
            self._refused.discard(token)

    async def _ask(self, installation: Installation | None) -> None:
        """Find out whether Slack still takes a token; a refusal stops it by itself."""
        if installation is None or installation.token is None:
            return
        try:
            await self._slack(installation, installation.owner).identity()
        except Permanent as failure:
            log.info("token asked and refused", owner=installation.owner, code=failure.code)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self._renewer.renew_all()
                await self.look()
                await self._ask_again()
            except Exception:
                log.exception("the roster could not look")

    async def _ask_again(self) -> None:
        """Now and then, ask Slack about tokens that it refused for a reason that may pass."""
        instant = await self._database.run(now)
        if instant - self._asked_at < ASK_AGAIN_SECONDS:
            return
        self._asked_at = instant
        for stopped in await self._database.run(installations.stopped, self._vault):
            try:
                await self._slack(stopped, stopped.owner).identity()
            except SlackFailure as failure:
                log.info("still refused", owner=stopped.owner, code=failure.code)
            else:
                await self._database.run(installations.resume, stopped.owner, stopped.revision, instant)

    async def _read(self, owner: str) -> None:
        found = await self._database.run(installations.with_workspaces, self._vault, owner)
        if found is not None:
            await self._follow([found])

    async def _follow(self, found: Iterable[tuple[Installation, list[str]]]) -> None:
        new = [workspace for one in found for workspace in self._take(*one)]
        if new:
            await self._joined(new)

    def _take(self, installation: Installation, workspaces: list[str]) -> list[str]:
        """Serve an installation as it is now; the workspaces that were not served before."""
        owner, held = installation.owner, self._held.get(installation.owner)
        if held is not None and held.revision > installation.revision:
            return []  # read before what we know already
        self._held[owner] = installation
        if self._served(owner) is None:
            self._let_go(owner)
            return []
        before, after = self._workspaces.get(owner, set()), set(workspaces)
        self._workspaces[owner] = after
        for workspace in before - after:
            self._forget(workspace)
        has_token = held is not None and held.token == installation.token
        for workspace in after - before if has_token else after:
            self._clients.add(workspace, self._slack(installation, workspace))
        return sorted(after - before)

    def _ready(self, owner: str) -> Installation | None:
        """An installation that serves whom it is for: a look may fall between a token and its workspace's catalogue."""
        held = self._served(owner)
        if held is None or held.is_organisation or owner in self._workspaces.get(owner, ()):
            return held
        return None

    def _served(self, owner: str) -> Installation | None:
        held = self._held.get(owner)
        return held if held is not None and held.token is not None and held.token not in self._refused else None

    def _slack(self, installation: Installation, workspace: str) -> Slack:
        owner, token = installation.owner, str(installation.token)
        slack = self._connect(token, lambda code: self.refused(owner, token, code))
        slack.is_known_as(workspace, installation.bot_user, installation.enterprise or None)
        return slack

    def _let_go(self, owner: str) -> None:
        for workspace in self._workspaces.pop(owner, ()):
            self._forget(workspace)

    def _forget(self, workspace: str) -> None:
        self._clients.drop(workspace)
        # Its catalogue may be purged and begin anew, with numbers that mean other tools.
        self._shelf.forget(workspace)
