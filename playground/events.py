"""What the app is told: inner events, built as Slack builds them and sent only where the bot would hear of them."""

import asyncio
from typing import TypeAlias

from playground.identity import BOT_USER_ID, Payload
from playground.workspace import Workspace
from playground.world import Channel, Message

Due: TypeAlias = "asyncio.Future[bool] | None"


def reaction(space: Workspace, room: Channel, message: Message, user: str, name: str, *, present: bool) -> Due:
    """`reaction_added` or `reaction_removed`; a message posted through a response_url has no `item_user`."""
    if not space.is_member(room.id):
        return None
    event: Payload = {
        "type": "reaction_added" if present else "reaction_removed",
        "user": user,
        "reaction": name,
        "item": {"type": "message", "channel": room.id, "ts": message.ts},
        "event_ts": space.clock.stamp(),
    }
    if not message.by_response_url:
        event["item_user"] = message.user
    return space.announce(event)


def message(space: Workspace, room: Channel, said: Message) -> Due:
    """`message` where subscribed (`message.channels` and its kind), and `app_mention` where the bot is named."""
    if not space.is_member(room.id):
        return None
    event: Payload = {
        "type": "message",
        "user": said.user,
        "text": said.text,
        "ts": said.ts,
        "team": space.team.id,
        "channel": room.id,
        "event_ts": said.ts,
    } | ({"thread_ts": said.thread_ts} if said.thread_ts else {})
    kind, subscription = {"D": ("im", "im"), "G": ("group", "groups"), "C": ("channel", "channels")}[room.letter]
    if room.is_group_direct:
        kind = subscription = "mpim"
    due: Due = None
    if f"message.{subscription}" in space.app.events:
        due = space.deliveries.announce(space.wrap(event | {"channel_type": kind}))
    if f"<@{BOT_USER_ID}" in said.text and room.letter != "D":
        due = space.announce(event | {"type": "app_mention"}) or due
    return due


def membership(space: Workspace, room: Channel, user: str, *, present: bool, inviter: str | None = None) -> Due:
    """`member_joined_channel` or `member_left_channel`; the bot hears of its own coming and going."""
    if not (space.is_member(room.id) or user == BOT_USER_ID):
        return None
    event: Payload = {
        "type": "member_joined_channel" if present else "member_left_channel",
        "user": user,
        "channel": room.id,
        "channel_type": room.letter,
        "team": space.team.id,
        "event_ts": space.clock.stamp(),
    }
    if inviter:
        event["inviter"] = inviter
    return space.announce(event)


def person_changed(space: Workspace, user: str) -> Due:
    """`user_change`: a profile, a guest who became a member, somebody who was deactivated."""
    person = space.world.people[user].as_user()
    return space.announce({"type": "user_change", "user": person, "event_ts": space.clock.stamp()})


def archived(space: Workspace, room: Channel, user: str) -> Due:
    """`channel_archive`, or `group_archive` for a private channel."""
    if not space.is_member(room.id):
        return None
    kind = "group_archive" if room.is_private else "channel_archive"
    return space.announce({"type": kind, "channel": room.id, "user": user, "event_ts": space.clock.stamp()})


def home_opened(space: Workspace, user: str, tab: str, view: Payload | None) -> Due:
    """`app_home_opened`, at each opening."""
    room = space.world.direct(user, BOT_USER_ID)
    event = {
        "type": "app_home_opened",
        "user": user,
        "channel": room.id,
        "tab": tab,
        "event_ts": space.clock.stamp(),
    }
    return space.announce(event | ({"view": view} if view and tab == "home" else {}))
