"""The control API: what people in the workspace do, and what a test wants to know. JSON in, JSON out.

Documented in docs/playground.md. A POST answers as soon as the app has acknowledged.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from aiohttp import web

from playground import surfaces, text_rules
from playground.http_events import HttpEvents
from playground.identity import APP_ID, BOT_USER_ID, Payload
from playground.surfaces import RefusedError
from playground.workspace import Workspace
from playground.world import Channel, Message

Action: TypeAlias = Callable[["Control", Payload], Awaitable[Payload]]


@dataclass(slots=True)
class Control:
    """Answers `/_control/…`; the actions themselves are in control_actions.py."""

    space: Workspace
    actions: Mapping[str, Action]
    reset_world: Callable[[], None]
    http: HttpEvents | None = None

    async def post(self, request: web.Request) -> web.Response:
        """Serve a POST."""
        action = self.actions.get(request.match_info["action"])
        if action is None:
            return web.json_response(
                {"ok": False, "error": "unknown_action", "known": sorted(self.actions)}, status=404
            )
        try:
            given = json.loads(await request.text() or "{}")
        except (ValueError, RecursionError):
            given = None
        if not isinstance(given, dict):
            return web.json_response({"ok": False, "error": "invalid_json"}, status=400)
        try:
            return web.json_response({"ok": True, **await action(self, given)})
        except RefusedError as error:
            return web.json_response({"ok": False, "error": error.code, **error.details})

    async def get(self, request: web.Request) -> web.Response:
        """Serve a GET."""
        what, _, key = request.match_info["what"].partition("/")
        world = self.space.world
        answer: Payload | None = None
        match what, key:
            case "state", "":
                answer = self.state()
            case "faults", "":
                answer = {"faults": self.space.faults.as_json()}
            case "log", "":
                since = request.query.get("since", "0")
                answer = {"log": self.space.log.since(int(since) if since.isdigit() else 0)}
            case "live", "":
                answer = self.live()
            case "messages", channel if channel in world.channels:
                found = sorted(world.channels[channel].messages.values(), key=lambda message: message.ts)
                answer = {"messages": [message.as_slack() for message in found]}
            case "person", user if user in world.people:
                answer = self.person(user)
        if answer is None:
            return web.json_response({"ok": False, "error": "not_found"}, status=404)
        return web.json_response(answer)

    def state(self) -> Payload:
        """People, channels, the app and the workspace."""
        world, app = self.space.world, self.space.app
        shown = ("is_bot", "is_admin", "is_restricted", "deleted", "tz", "title")
        return {
            "team": {"id": self.space.team.id, "name": self.space.team.name},
            "now": self.space.clock.now(),
            "users": [
                {"id": p.id, "name": p.name, **{name: getattr(p, name) for name in shown}}
                for p in world.people.values()
            ],
            "channels": [
                {
                    "id": room.id,
                    "name": room.name,
                    "is_private": room.is_private,
                    "is_im": room.is_im,
                    "is_archived": room.is_archived,
                    "is_read_only": room.is_read_only,
                    "is_shared": room.is_shared,
                    "topic": room.topic,
                    "members": list(room.members),
                }
                for room in world.channels.values()
            ],
            "apps": [
                {
                    "id": APP_ID,
                    "name": app.name,
                    "bot_user_id": BOT_USER_ID,
                    "bot_token": app.bot_token,
                    "app_token": app.app_token,
                    "signing_secret": app.signing_secret,
                    "scopes": list(app.scopes),
                    "events": sorted(app.events),
                    "commands": [_entry(command, "command", "description", "usage_hint") for command in app.commands],
                    "shortcuts": [_entry(item, "name", "type", "callback_id", "description") for item in app.shortcuts],
                    "connected": self.space.deliveries.connected,
                    "sockets": self.space.socket.connections,
                    "installed": self.space.installed,
                }
            ],
        }

    def person(self, user: str) -> Payload:
        """What the app shows to one person alone."""
        screen = self.space.world.screen(user)
        return {
            "ephemerals": [note.as_slack() for note in screen.ephemerals],
            "modal": screen.modals[-1] if screen.modals else None,
            "modals": len(screen.modals),
            "modal_errors": screen.modal_errors,
            "home": screen.home,
        }

    def live(self) -> Payload:
        """Everything that the app shows and that pings, leads elsewhere or hides a character, place by place."""
        world = self.space.world
        found = [
            ({"channel": room.id, "ts": message.ts}, text_rules.live_in_message(message.as_slack()))
            for room in world.channels.values()
            for message in room.messages.values()
            if message.by_app
        ]
        for user, screen in world.screens.items():
            found += [
                ({"user": user, "ts": note.ts}, text_rules.live_in_message(note.as_slack()))
                for note in screen.ephemerals
            ]
            for view in [*screen.modals, *([screen.home] if screen.home else [])]:
                parts = [view["title"], view["submit"], view["close"], view["blocks"]]
                found.append(({"user": user, "view": view["type"]}, text_rules.live_in(parts)))
        return {"live": [where | live.as_json() for where, live in found if any(live.as_json().values())]}

    def room(self, given: Payload) -> Channel:
        """The conversation that a request names. Raises RefusedError."""
        room = self.space.world.channels.get(str(given.get("channel", "")))
        if room is None:
            raise RefusedError("channel_not_found")
        return room

    def user(self, given: Payload) -> str:
        """The person that a request names. Raises RefusedError."""
        user = str(given.get("user", ""))
        if user not in self.space.world.people:
            raise RefusedError("user_not_found")
        return user

    def member(self, given: Payload) -> tuple[Channel, str]:
        """A conversation and somebody who may act in it. Raises RefusedError."""
        room, user = self.room(given), self.user(given)
        if user not in room.members:
            raise RefusedError("channel_not_found" if room.is_private or room.is_im else "not_in_channel")
        if room.is_archived:
            raise RefusedError("is_archived")
        return room, user

    def message(self, given: Payload, room: Channel) -> Message:
        """The message that a request names. Raises RefusedError."""
        message = room.messages.get(str(given.get("ts", "")))
        if message is None:
            raise RefusedError("message_not_found")
        return message

    def view_or_message(self, given: Payload) -> surfaces.Surface:
        """Where a request acts: `view` modal or home, else `channel` and `ts`; the open modal if it names neither."""
        user = self.user(given)
        if given.get("ts"):
            return surfaces.message_surface(self.space, user, str(given.get("channel", "")), str(given["ts"]))
        return surfaces.view_surface(self.space, user, str(given.get("view", "modal")))


def _entry(item: Payload, *names: str) -> Payload:
    return {name: item.get(name, "") for name in names}
