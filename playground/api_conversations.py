"""The methods `conversations.*` and `users.conversations`."""

import base64
import binascii
from collections.abc import Sequence
from typing import TypeVar

from playground import events
from playground.identity import BOT_USER_ID, Payload
from playground.web_api import Call, Method, SlackError, sees
from playground.world import Channel

T = TypeVar("T")
_TYPE_SCOPES = {
    "public_channel": "channels:read",
    "private_channel": "groups:read",
    "im": "im:read",
    "mpim": "mpim:read",
}
_HISTORY = {"C": "channels:history", "G": "groups:history", "D": "im:history"}


def page(call: Call, items: Sequence[T], default: int = 100) -> tuple[list[T], Payload]:
    """The page that `cursor` and `limit` ask for, and its `response_metadata`. Raises SlackError."""
    try:
        start = int(base64.b64decode(call.text("cursor"), validate=True).decode() or "0")
    except (ValueError, binascii.Error):
        raise SlackError("invalid_cursor") from None
    end = start + call.number("limit", default, 1000)
    cursor = base64.b64encode(str(end).encode()).decode() if end < len(items) else ""
    return list(items[start:end]), {"response_metadata": {"next_cursor": cursor}}


def described(room: Channel, *, members: bool = False) -> Payload:
    """Slack's conversation object."""
    if room.is_im and not room.is_group_direct:
        return {
            "id": room.id,
            "is_im": True,
            "is_archived": room.is_archived,
            "user": room.other(BOT_USER_ID),
            "created": 0,
            "is_org_shared": False,
        }
    shown: Payload = {
        "id": room.id,
        "name": room.name,
        "name_normalized": room.name,
        "is_channel": room.letter == "C",
        "is_group": room.letter == "G",
        "is_im": False,
        "is_mpim": room.is_group_direct,
        "is_private": room.letter == "G",
        "is_archived": room.is_archived,
        "is_general": room.name == "general",
        "is_read_only": room.is_read_only,
        "is_shared": room.is_shared,
        "is_ext_shared": room.is_shared,
        "is_org_shared": False,
        "is_member": BOT_USER_ID in room.members,
        "created": 0,
        "creator": "U0ADA",
        "topic": {"value": room.topic, "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
    }
    return shown | ({"num_members": len(room.members)} if members else {})


def _readable(call: Call) -> Channel:
    """The conversation that the call names, if the scopes allow reading about its kind."""
    known = [scope for scope in _TYPE_SCOPES.values() if scope in call.space.app.scopes]
    if not known:
        call.need("channels:read")
    room = call.room()
    call.need(room.read_scope)
    return room


def _listed(call: Call) -> list[Channel]:
    kinds = [kind.strip() for kind in (call.text("types") or "public_channel").split(",")]
    for kind in kinds:
        if kind not in _TYPE_SCOPES:
            raise SlackError("invalid_types")
        call.need(_TYPE_SCOPES[kind])
    skip = call.flag("exclude_archived")
    return [
        room for room in call.space.world.channels.values() if _kind(room) in kinds and not (skip and room.is_archived)
    ]


def _kind(room: Channel) -> str:
    if room.is_group_direct:
        return "mpim"
    return "im" if room.is_im else "private_channel" if room.is_private else "public_channel"


def info(call: Call) -> Payload:
    """conversations.info."""
    return {"channel": described(_readable(call), members=call.flag("include_num_members"))}


def members(call: Call) -> Payload:
    """conversations.members."""
    names, more = page(call, _readable(call).members)
    return {"members": names, **more}


def list_all(call: Call) -> Payload:
    """conversations.list: what the bot may know of."""
    rooms, more = page(call, [room for room in _listed(call) if sees(room)])
    return {"channels": [described(room, members=True) for room in rooms], **more}


def of_user(call: Call) -> Payload:
    """users.conversations: where the bot (or `user`) is a member, as far as the bot may know."""
    user = call.text("user") or BOT_USER_ID
    if user not in call.space.world.people:
        raise SlackError("user_not_found")
    rooms, more = page(call, [room for room in _listed(call) if user in room.members and sees(room)])
    return {"channels": [described(room) for room in rooms], **more}


def join(call: Call) -> Payload:
    """conversations.join: public channels only."""
    room = call.room()
    if room.is_private or room.is_im:
        raise SlackError("method_not_supported_for_channel_type")
    if room.is_archived:
        raise SlackError("is_archived")
    if not call.space.world.set_member(room, BOT_USER_ID, present=True):
        return {
            "channel": described(room),
            "warning": "already_in_channel",
            "response_metadata": {"warnings": ["already_in_channel"]},
        }
    events.membership(call.space, room, BOT_USER_ID, present=True)
    return {"channel": described(room)}


def leave(call: Call) -> Payload:
    """conversations.leave."""
    room = call.room()
    if room.is_im:
        raise SlackError("method_not_supported_for_channel_type")
    call.need("groups:write" if room.is_private else "channels:manage")
    if not call.space.world.set_member(room, BOT_USER_ID, present=False):
        return {"not_in_channel": True}
    events.membership(call.space, room, BOT_USER_ID, present=False)
    return {}


def open_direct(call: Call) -> Payload:
    """conversations.open: the direct conversation with one person."""
    if call.text("channel"):
        return {"channel": described(call.room()), "no_op": True, "already_open": True}
    users = [user.strip() for user in call.text("users").split(",") if user.strip()]
    if not users:
        raise SlackError("users_list_not_supplied")
    if len(users) > 1:
        call.need("mpim:write")
        raise SlackError("method_not_supported_for_channel_type")
    person = call.space.world.people.get(users[0])
    if person is None:
        raise SlackError("user_not_found")
    if person.is_bot:
        raise SlackError("cannot_dm_bot")
    if person.deleted:
        raise SlackError("user_disabled")
    room = call.space.world.direct(person.id, BOT_USER_ID)
    return {"channel": described(room) if call.flag("return_im") else {"id": room.id}}


def history(call: Call) -> Payload:
    """conversations.history, newest first: only where the manifest grants the scope of that kind of channel."""
    if not any(scope in call.space.app.scopes for scope in _HISTORY.values()):
        call.need("channels:history")
    room = call.room()
    call.need(_HISTORY[room.letter])
    if BOT_USER_ID not in room.members:
        raise SlackError("not_in_channel")
    oldest, latest = call.text("oldest"), call.text("latest")
    found = [
        _with_metadata(message.as_slack(), keep=call.flag("include_all_metadata"))
        for message in reversed(room.messages.values())
        if (not message.thread_ts or message.thread_ts == message.ts)
        and (not oldest or message.ts > oldest or (call.flag("inclusive") and message.ts == oldest))
        and (not latest or message.ts < latest or (call.flag("inclusive") and message.ts == latest))
    ]
    shown, more = page(call, found)
    return {"messages": shown, "has_more": bool(more["response_metadata"]["next_cursor"]), **more}


def replies(call: Call) -> Payload:
    """conversations.replies: a thread, oldest first, its parent included."""
    room = call.room()
    call.need(_HISTORY[room.letter])
    parent = room.messages.get(call.text("ts"))
    if BOT_USER_ID not in room.members or parent is None:
        raise SlackError("thread_not_found" if parent is None else "not_in_channel")
    found = [parent, *(room.messages[ts] for ts in parent.replies)]
    keep = call.flag("include_all_metadata")
    shown, more = page(call, [_with_metadata(message.as_slack(), keep=keep) for message in found])
    return {"messages": shown, "has_more": bool(more["response_metadata"]["next_cursor"]), **more}


def _with_metadata(message: Payload, *, keep: bool) -> Payload:
    return message if keep else {name: value for name, value in message.items() if name != "metadata"}


METHODS = {
    "conversations.info": Method(info, None, 3),
    "conversations.members": Method(members, None, 4),
    "conversations.list": Method(list_all, None, 2),
    "conversations.join": Method(join, "channels:join", 3),
    "conversations.leave": Method(leave, None, 3),
    "conversations.open": Method(open_direct, "im:write", 3),
    "conversations.history": Method(history, None, 3),
    "conversations.replies": Method(replies, None, 3),
    "users.conversations": Method(of_user, None, 2),
}
