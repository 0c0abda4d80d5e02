"""One workspace with everything that serves it: its own people, channels, log, faults, page and Web API."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from aiohttp import web

from playground import api_files, control_actions, responses, sample
from playground.call_log import CallLog
from playground.clock import Clock
from playground.control import Control
from playground.deliveries import Deliveries
from playground.faults import Faults
from playground.grants import Grant, Grants
from playground.http_events import HttpEvents
from playground.identity import AppIdentity, Ids, Payload, Team
from playground.journal import Journal
from playground.live import Live
from playground.rate_limits import RateLimits
from playground.socket_mode import SocketMode
from playground.web_api import Method, WebApi
from playground.workspace import Workspace
from playground.world import World


class Place:
    """A workspace that is served at addresses of its own; clock, app and grants are everybody's."""

    def __init__(
        self,
        team: Team,
        app: AppIdentity,
        clock: Clock,
        grants: Grants,
        methods: Mapping[str, Method],
        *,
        http: HttpEvents | None,
        base_url: Callable[[], str],
        arrived: Callable[[Grant], None],
        journal: Path | None,
        seed: int,
        ack_limit: float,
        time_scale: float,
        rate_limits: bool,
        installed: bool,
    ) -> None:
        log, faults = CallLog(clock), Faults(clock, seed)
        self._journal = Journal(journal)
        self._live = Live(self._complete, lambda: {"type": "hello", "app_connected": deliveries.connected})
        people = sample.people(app.name, team.id)
        world = World(people, sample.channels(), self._journal.append, self._live.tell, team.id)
        socket = SocketMode(
            clock, faults, seed=seed, ack_limit=ack_limit, changed=lambda: self._live.tell({"type": "state"})
        )
        deliveries = Deliveries(http or socket, log, faults, seed=seed, time_scale=time_scale)
        self.space = Workspace(
            app=app,
            clock=clock,
            ids=Ids(seed),
            log=log,
            faults=faults,
            world=world,
            deliveries=deliveries,
            socket=socket,
            base_url=lambda: base_url() + team.prefix,
            triggers={},
            response_urls={},
            grants=grants,
            arrived=arrived,
            team=team,
            installed=installed,
        )
        self.api = WebApi(self.space, methods, RateLimits(clock) if rate_limits else None)
        self._control = Control(self.space, control_actions.ACTIONS, self._reset_world, http)

    def open(self) -> None:
        """Read the journal."""
        self._journal.open(self.space.world)
        for room in self.space.world.channels.values():
            for stamp in room.messages:
                self.space.clock.not_before(stamp)

    async def close(self) -> None:
        """Open sockets are closed, waiting deliveries given up."""
        await self.space.deliveries.close()
        await self.space.socket.close()
        await self._live.close()

    def close_journal(self) -> None:
        """The journal is complete."""
        self._journal.close()

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Serve the workspace's own addresses."""
        prefix = self.space.team.prefix
        router.add_get(f"{prefix}/socket/", self.space.socket.handle)
        router.add_post(f"{prefix}/response/{{key}}", self._respond)
        router.add_post(f"{prefix}/upload/{{key}}", self._take_file)
        router.add_get(f"{prefix}/files/{{file}}", self._give_file)
        router.add_post(f"{prefix}/_control/{{action}}", self._control.post)
        router.add_get(f"{prefix}/_control/{{what:.+}}", self._control.get)
        router.add_get(f"{prefix}/_page/live", self._live.handle)

    def install(self, grant: Grant) -> None:
        """The app is here from now on, with what it was granted."""
        self.space.installed, self.space.by_organisation = True, grant.for_organisation
        self.space.app = replace(self.space.app, scopes=grant.scopes)
        self._live.tell({"type": "state"})

    async def _respond(self, request: web.Request) -> web.StreamResponse:
        return await responses.handle(self.space, request)

    async def _take_file(self, request: web.Request) -> web.StreamResponse:
        return await api_files.take(self.space, request)

    async def _give_file(self, request: web.Request) -> web.StreamResponse:
        return await api_files.give(self.space, request)

    def _complete(self, change: Payload) -> Payload | None:
        """A change for the page, with the message that it is about as it is now."""
        if change["type"] != "message":
            return change
        message = self.space.world.find(change["channel"], change["ts"])
        return None if message is None else {**change, "message": message.as_slack()}

    def _reset_world(self) -> None:
        world, team = self.space.world, self.space.team
        world.people = {person.id: person for person in sample.people(self.space.app.name, team.id)}
        world.channels = {channel.id: channel for channel in sample.channels()}
        world.screens = {}
        self.space.files.clear()
        self._journal.rewrite(world)
        self._live.tell({"type": "reset"})
