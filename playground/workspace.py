"""One workspace with one installed app: the parts that every rule needs, and what connects them."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from playground.call_log import CallLog
from playground.clock import Clock
from playground.deliveries import Deliveries
from playground.faults import Faults
from playground.files import Files
from playground.grants import Grant, Grants
from playground.identity import APP_ID, BOT_USER_ID, AppIdentity, Ids, Payload, Team
from playground.world import World

if TYPE_CHECKING:
    from playground.socket_mode import SocketMode

TRIGGER_SECONDS = 3.0
RESPONSE_SECONDS = 30 * 60.0
RESPONSE_USES = 5
REMOVALS = ("app_uninstalled", "tokens_revoked", "team_access_revoked")  # told to an app that is no longer there


@dataclass(slots=True)
class Trigger:
    """Leave to open a view, once and soon, for one person."""

    user: str
    until: float
    in_modal: bool
    used: bool = False


@dataclass(slots=True)
class ResponseUrl:
    """Leave to answer where something happened: five times within half an hour."""

    user: str
    channel: str
    until: float
    ts: str = ""  # the message that was acted on, or "" for a command
    thread_ts: str | None = None
    left: int = RESPONSE_USES


@dataclass(slots=True)
class Workspace:
    """What the Web API, the control API and the interactions share."""

    app: AppIdentity
    clock: Clock
    ids: Ids
    log: CallLog
    faults: Faults
    world: World
    deliveries: Deliveries
    socket: "SocketMode"
    base_url: Callable[[], str]
    triggers: dict[str, Trigger]
    response_urls: dict[str, ResponseUrl]
    grants: Grants
    arrived: Callable[[Grant], None]  # the app was installed somewhere, not only here
    files: Files = field(default_factory=Files)
    team: Team = field(default_factory=Team)
    installed: bool = True
    by_organisation: bool = False  # installed for the whole organisation, with one token for all its workspaces

    def new_id(self, kind: str, length: int = 11) -> str:
        """An identifier that nothing else has or will have."""
        return self.ids.new(kind, self.clock.tick_us(), length)

    def is_member(self, channel: str) -> bool:
        """Whether the app's bot user is in the conversation."""
        room = self.world.channels.get(channel)
        return room is not None and BOT_USER_ID in room.members

    def announce(self, event: Payload, *, outer: Payload | None = None) -> "asyncio.Future[bool] | None":
        """Tell the app about an event if it subscribed to it; None where nothing is due.

        `outer` replaces the usual wrapper, for events that come without one (`app_rate_limited`).
        """
        if not outer and event.get("type") not in self.app.events:
            return None
        if not self.installed and event.get("type") not in REMOVALS:
            return None
        return self.deliveries.announce(outer or self.wrap(event))

    def wrap(self, event: Payload) -> Payload:
        """The outer event (docs.slack.dev/apis/events-api)."""
        channel = event.get("channel") or event.get("item", {}).get("channel", "")
        moment = self.clock.tick_us()
        return {
            "token": self.app.verification_token,
            "team_id": self.team.id,
            "enterprise_id": self.team.enterprise,
            "context_team_id": self.team.id,
            "context_enterprise_id": self.team.enterprise,
            "api_app_id": APP_ID,
            "event": event,
            "type": "event_callback",
            "event_id": "Ev" + self.ids.new("event", moment, 12),
            "event_time": moment // 1_000_000,
            "authorizations": [
                {
                    "enterprise_id": self.team.enterprise,
                    "team_id": None if self.by_organisation else self.team.id,
                    "user_id": BOT_USER_ID,
                    "is_bot": True,
                    "is_enterprise_install": self.by_organisation,
                }
            ],
            "is_ext_shared_channel": channel in self.world.channels and self.world.channels[channel].is_shared,
            "event_context": f"4-{event.get('type')}-{self.team.id}-{APP_ID}-{channel}",
        }

    def trigger(self, user: str, *, in_modal: bool = False) -> str:
        """A trigger id for something that the person has just done."""
        now = self.clock.now()
        self.triggers = {key: kept for key, kept in self.triggers.items() if kept.until > now - 60}
        trigger_id = f"{self.clock.tick_us()}.{self.new_id('trigger', 32).lower()}"
        self.triggers[trigger_id] = Trigger(user, now + TRIGGER_SECONDS, in_modal)
        return trigger_id

    def response_url(self, user: str, channel: str, ts: str = "", thread_ts: str | None = None) -> str:
        """A URL that the app may answer to."""
        now = self.clock.now()
        self.response_urls = {key: kept for key, kept in self.response_urls.items() if kept.until > now - 3600}
        key = self.new_id("response", 24)
        self.response_urls[key] = ResponseUrl(user, channel, now + RESPONSE_SECONDS, ts, thread_ts)
        return f"{self.base_url()}/response/{key}"
