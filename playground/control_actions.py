"""What can be done through the control API: one function per action, and the list of them at the end."""

import asyncio
import re
from dataclasses import replace

from playground import emoji_names, events, interactions, submissions, text_rules
from playground.api_reactions import refusal
from playground.control import Action, Control
from playground.faults import FOR_NEW_SOCKETS, BadFaultError
from playground.identity import BOT_USER_ID, Payload
from playground.surfaces import RefusedError
from playground.world import Channel, Message, Person

USER_ID = re.compile(r"[UW][A-Z0-9]{2,20}", re.ASCII)
NAME = 80  # characters of a person's name
TYPED_TEXT = 40_000  # characters of a person's message
CROWD, CROWDED = "U0CROWD", "C0CROWD"
PEOPLE = 2_000  # more sample people than that are refused


async def _told(due: events.Due) -> Payload:
    """Whether the app acknowledged at the first attempt; nothing where it is not told at all."""
    return {} if due is None else {"acknowledged": await due}


async def _command(self: Control, given: Payload) -> Payload:
    name, text = str(given.get("command", "")), str(given.get("text") or "")
    return await interactions.command(self.space, str(given.get("channel", "")), self.user(given), name, text)


async def _message(self: Control, given: Payload) -> Payload:
    room, user = self.member(given)
    text = text_rules.typed(str(given.get("text", "")), self.space.world)
    if not text.strip():
        raise RefusedError("no_text")
    if room.is_read_only and not self.space.world.people[user].is_admin:
        raise RefusedError("restricted_action_read_only_channel")
    thread_ts = str(given.get("thread_ts") or "") or None
    if thread_ts and thread_ts not in room.messages:
        raise RefusedError("thread_not_found")
    said = Message(self.space.clock.stamp(), user, text[:TYPED_TEXT], thread_ts=thread_ts)
    self.space.world.put_message(room, said)
    return {"ts": said.ts, **await _told(events.message(self.space, room, said))}


async def _reaction(self: Control, given: Payload) -> Payload:
    room, user = self.member(given)
    message = self.message(given, room)
    name = emoji_names.canonical(str(given.get("name", "")))
    if name is None:
        raise RefusedError("invalid_name")
    present = bool(given.get("present", True))
    if present and (error := refusal(message, user, name)):
        raise RefusedError(error)
    if not self.space.world.react(room, message, user, name, present=present):
        raise RefusedError("no_reaction")
    return await _told(events.reaction(self.space, room, message, user, name, present=present))


async def _interact(self: Control, given: Payload) -> Payload:
    surface = self.view_or_message(given)
    return await interactions.interact(self.space, surface, self.user(given), given.get("action"), given.get("value"))


async def _suggest(self: Control, given: Payload) -> Payload:
    action = {"action_id": given.get("action_id"), "block_id": given.get("block_id")}
    query = str(given.get("value") or "")
    return await interactions.suggest(self.space, self.view_or_message(given), self.user(given), action, query)


async def _submit(self: Control, given: Payload) -> Payload:
    values = given.get("values") or {}
    if not isinstance(values, dict):
        raise RefusedError("invalid_values")
    return await submissions.submit(self.space, self.user(given), values)


async def _close_modal(self: Control, given: Payload) -> Payload:
    return await submissions.close_modal(self.space, self.user(given))


async def _shortcut(self: Control, given: Payload) -> Payload:
    return await interactions.shortcut(
        self.space,
        self.user(given),
        str(given.get("callback_id", "")),
        str(given.get("channel", "")),
        str(given.get("ts", "")),
    )


async def _open_home(self: Control, given: Payload) -> Payload:
    user, tab = self.user(given), str(given.get("tab") or "home")
    if tab not in ("home", "messages"):
        raise RefusedError("invalid_tab")
    return await _told(events.home_opened(self.space, user, tab, self.space.world.screen(user).home))


async def _join(self: Control, given: Payload) -> Payload:
    room, user = self.room(given), self.user(given)
    if room.is_im or room.is_archived:
        raise RefusedError("is_archived" if room.is_archived else "method_not_supported_for_channel_type")
    if not self.space.world.set_member(room, user, present=True):
        raise RefusedError("already_in_channel")
    inviter = str(given.get("inviter") or "") or ("U0ADA" if self.space.world.people[user].is_bot else None)
    return await _told(events.membership(self.space, room, user, present=True, inviter=inviter))


async def _leave(self: Control, given: Payload) -> Payload:
    room, user = self.room(given), self.user(given)
    if room.is_im:
        raise RefusedError("method_not_supported_for_channel_type")
    if not self.space.world.set_member(room, user, present=False):
        raise RefusedError("not_in_channel")
    return await _told(events.membership(self.space, room, user, present=False))


async def _delete_message(self: Control, given: Payload) -> Payload:
    room = self.room(given)
    self.space.world.delete_message(room, self.message(given, room).ts)
    return {}


async def _archive(self: Control, given: Payload) -> Payload:
    room = self.room(given)
    if room.is_archived or room.is_im:
        raise RefusedError("already_archived" if room.is_archived else "method_not_supported_for_channel_type")
    due = events.archived(self.space, room, str(given.get("user") or "U0ADA"))
    self.space.world.set_archived(room)
    return await _told(due)


async def _make_private(self: Control, given: Payload) -> Payload:
    room = self.room(given)
    if room.is_private or room.is_im:
        raise RefusedError("method_not_supported_for_channel_type")
    self.space.world.set_private(room)
    return {}


async def _dismiss(self: Control, given: Payload) -> Payload:
    if not self.space.world.drop_ephemeral(self.user(given), str(given.get("ts", ""))):
        raise RefusedError("message_not_found")
    return {}


async def _people(self: Control, given: Payload) -> Payload:
    """More sample people, for crowds; they join the named public channels."""
    count, rooms = given.get("count", 1), given.get("channels", ["C0GENERAL"])
    if not isinstance(count, int) or not 1 <= count <= PEOPLE:
        raise RefusedError("invalid_count")
    made = []
    known = sum(user.startswith(CROWD) for user in self.space.world.people)
    for number in range(known + 1, known + 1 + count):
        person = Person(f"{CROWD}{number:04d}", f"Person {number}")
        self.space.world.add_person(person)
        made.append(person.id)
        for room in rooms:
            self.space.world.set_member(self.room({"channel": room}), person.id, present=True)
    return {"users": made}


async def _channels(self: Control, given: Payload) -> Payload:
    """More public channels, for crowds of them; the app and the named people are in them."""
    count, members = given.get("count", 1), given.get("users", ["U0ADA"])
    if not isinstance(count, int) or not 1 <= count <= PEOPLE:
        raise RefusedError("invalid_count")
    known = sum(room.startswith(CROWDED) for room in self.space.world.channels)
    made = [Channel(f"{CROWDED}{number:04d}", f"crowd-{number}") for number in range(known + 1, known + 1 + count)]
    for room in made:
        room.members = [BOT_USER_ID, *(self.user({"user": user}) for user in members)]
        self.space.world.add_channel(room)
    return {"channels": [room.id for room in made]}


async def _user(self: Control, given: Payload) -> Payload:
    """Somebody new, perhaps of another workspace, or somebody who becomes a guest or is deactivated."""
    user, rooms = str(given.get("user", "")), given.get("channels", [])
    known = self.space.world.people.get(user)
    if known is None and not USER_ID.fullmatch(user):
        raise RefusedError("invalid_user")
    person = known or Person(user, user)
    changed = replace(
        person,
        name=str(given.get("name") or person.name)[:NAME],
        team=str(given.get("team") or person.team),
        is_restricted=bool(given.get("guest", person.is_restricted)),
        deleted=bool(given.get("deleted", person.deleted)),
    )
    self.space.world.add_person(changed)
    for room in rooms:
        self.space.world.set_member(self.room({"channel": room}), user, present=True)
    return await _told(events.person_changed(self.space, user) if known is not None else None)


async def _emit(self: Control, given: Payload) -> Payload:
    """Any event as it is, for what a test needs and no person can do."""
    outer, event = given.get("outer"), given.get("event")
    if isinstance(outer, dict):
        return await _told(self.space.announce({}, outer=outer))
    if not isinstance(event, dict):
        raise RefusedError("invalid_event")
    wrapped = self.space.wrap({"event_ts": self.space.clock.stamp(), **event})
    if isinstance(given.get("event_id"), str):
        wrapped["event_id"] = given["event_id"]
    return {"event_id": wrapped["event_id"], **await _told(self.space.deliveries.announce(wrapped))}


async def _uninstall(self: Control, given: Payload) -> Payload:  # noqa: ARG001 - every action has this form
    """The workspace removes the app: its token dies, and both events are sent."""
    self.space.installed = False
    self.space.grants.remove(self.space.team)
    revoked = {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [BOT_USER_ID]}}
    dues = [self.space.announce(revoked), self.space.announce({"type": "app_uninstalled"})]
    told = await asyncio.gather(*[_told(due) for due in dues])
    return {"acknowledged": all(answer.get("acknowledged", True) for answer in told)}


async def _fault(self: Control, given: Payload) -> Payload:
    if given.get("clear"):
        self.space.faults.clear()
        self.space.socket.heal()
        return {}
    try:
        fault = self.space.faults.add(given)
    except BadFaultError as error:
        raise RefusedError("invalid_fault", message=str(error)) from error
    if "socket" in given and given["socket"] not in FOR_NEW_SOCKETS:
        fault.left = 0
        struck = await self.space.socket.strike(
            given["socket"],
            reason=str(given.get("reason", "refresh_requested")),
            text=given.get("text", ""),
            seconds=given.get("seconds"),
            abort=bool(given.get("abort")),
        )
        return {"id": fault.id, "connections": struck}
    return {"id": fault.id}


async def _reset(self: Control, given: Payload) -> Payload:  # noqa: ARG001 - every action has this form
    self.space.faults.clear()
    self.space.socket.heal()
    self.space.deliveries.forget()
    self.space.triggers.clear()
    self.space.response_urls.clear()
    self.space.log.clear()
    self.space.installed = True
    self.reset_world()
    return {}


async def _clock(self: Control, given: Payload) -> Payload:
    seconds = given.get("advance", 0)
    if not isinstance(seconds, int | float) or seconds < 0:
        raise RefusedError("invalid_advance")
    self.space.clock.advance(seconds)
    return {"now": self.space.clock.now()}


async def _scopes(self: Control, given: Payload) -> Payload:
    self.space.app = self.space.app.granted(optional=bool(given.get("optional")))
    return {"scopes": list(self.space.app.scopes)}


async def _verify_url(self: Control, given: Payload) -> Payload:  # noqa: ARG001 - every action has this form
    if self.http is None:
        raise RefusedError("no_request_url")
    if not await self.http.verify_url():
        raise RefusedError("url_verification_failed")
    return {}


ACTIONS: dict[str, Action] = {
    "archive": _archive,
    "channels": _channels,
    "clock": _clock,
    "close-modal": _close_modal,
    "command": _command,
    "delete-message": _delete_message,
    "dismiss": _dismiss,
    "emit": _emit,
    "fault": _fault,
    "interact": _interact,
    "join": _join,
    "leave": _leave,
    "make-private": _make_private,
    "message": _message,
    "open-home": _open_home,
    "people": _people,
    "reaction": _reaction,
    "reset": _reset,
    "scopes": _scopes,
    "shortcut": _shortcut,
    "submit": _submit,
    "suggest": _suggest,
    "uninstall": _uninstall,
    "user": _user,
    "verify-url": _verify_url,
}
