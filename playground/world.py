"""What is true in the workspace: people, channels, messages, reactions, and what each person has on screen.

Pure state with two ears: `record` hears every lasting change (the journal), `watch` hears what a page must redraw.
Rules (who may do what) live with the Web API and the control API; here a change simply happens.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from playground.identity import APP_ID, BOT_ID, BOT_USER_ID, TEAM_ID, Payload


@dataclass(slots=True)
class Person:
    """Somebody in the workspace; `tz_offset` is in seconds east of UTC."""

    id: str
    name: str
    tz: str = "Etc/UTC"
    tz_offset: int = 0
    title: str = ""
    is_bot: bool = False
    is_admin: bool = False
    is_owner: bool = False
    is_restricted: bool = False
    deleted: bool = False
    team: str = TEAM_ID  # the workspace that they come from: another one in a shared channel

    def as_user(self) -> Payload:
        """Slack's user object."""
        bot = {"bot_id": BOT_ID if self.id == BOT_USER_ID else f"B{self.id[1:]}"} if self.is_bot else {}
        return {
            "id": self.id,
            "team_id": self.team,
            "name": self.name.casefold(),
            "deleted": self.deleted,
            "real_name": self.name,
            "tz": self.tz,
            "tz_label": self.tz,
            "tz_offset": self.tz_offset,
            "profile": {
                "title": self.title,
                "real_name": self.name,
                "real_name_normalized": self.name,
                "display_name": self.name,
                "display_name_normalized": self.name,
                "team": self.team,
                **bot,
            },
            "is_admin": self.is_admin,
            "is_owner": self.is_owner,
            "is_primary_owner": self.is_owner,
            "is_restricted": self.is_restricted,
            "is_ultra_restricted": False,
            "is_bot": self.is_bot,
            "is_app_user": False,
            "updated": 0,
        }


@dataclass(slots=True)
class Message:
    """One message; `reactions` keeps the order of arrival, of names and of people."""

    ts: str
    user: str
    text: str
    blocks: list[Payload] = field(default_factory=list)
    by_app: bool = False
    metadata: Payload | None = None
    thread_ts: str | None = None
    edited: Payload | None = None
    reactions: dict[str, dict[str, None]] = field(default_factory=dict)
    replies: list[str] = field(default_factory=list)
    by_response_url: bool = False
    state: dict[str, Payload] = field(default_factory=dict)  # what each person has chosen in its menus
    files: list[Payload] = field(default_factory=list)
    team: str = TEAM_ID

    def as_slack(self) -> Payload:
        """Slack's message object."""
        shown: Payload = {"type": "message", "user": self.user, "ts": self.ts, "text": self.text, "team": self.team}
        if self.by_app:
            shown |= {"bot_id": BOT_ID, "app_id": APP_ID}
        if self.blocks:
            shown["blocks"] = self.blocks
        if self.files:
            shown["files"] = self.files
        if self.metadata is not None:
            shown["metadata"] = self.metadata
        if self.thread_ts:
            shown["thread_ts"] = self.thread_ts
        if self.replies:
            shown |= {"thread_ts": self.ts, "reply_count": len(self.replies), "latest_reply": self.replies[-1]}
        if self.edited:
            shown["edited"] = self.edited
        if self.reactions:
            shown["reactions"] = self.reaction_list()
        return shown

    def reaction_list(self) -> list[Payload]:
        """`[{name, users, count}]`, oldest reaction first."""
        return [{"name": n, "users": list(who), "count": len(who)} for n, who in self.reactions.items()]


@dataclass(slots=True)
class Channel:
    """A conversation: public, private or direct; a direct one of more than two people is a group."""

    id: str
    name: str
    is_private: bool = False
    is_im: bool = False
    is_archived: bool = False
    is_read_only: bool = False
    is_shared: bool = False  # with another company (Slack Connect)
    topic: str = ""
    members: list[str] = field(default_factory=list)
    messages: dict[str, Message] = field(default_factory=dict)

    @property
    def is_group_direct(self) -> bool:
        """Whether it is a direct conversation of several people, which Slack calls mpim."""
        return self.is_im and len(self.members) > 2

    @property
    def letter(self) -> str:
        """`channel_type` of membership events: C, G or D."""
        return "G" if self.is_private or self.is_group_direct else "D" if self.is_im else "C"

    @property
    def read_scope(self) -> str:
        """The scope that reading about this conversation needs."""
        if self.is_im:
            return "mpim:read" if self.is_group_direct else "im:read"
        return "groups:read" if self.is_private else "channels:read"

    @property
    def told_name(self) -> str:
        """The name that commands and clicks carry."""
        if self.is_group_direct:
            return self.name
        return "directmessage" if self.is_im else "privategroup" if self.is_private else self.name

    def other(self, user: str) -> str:
        """The partner of `user` in a direct conversation."""
        return next((member for member in self.members if member != user), user)


@dataclass(slots=True)
class Ephemeral:
    """A message that one person sees, until they dismiss it or reload."""

    channel: str
    ts: str
    text: str
    blocks: list[Payload]
    thread_ts: str | None = None
    state: Payload = field(default_factory=dict)

    def as_slack(self) -> Payload:
        """Slack's message object, with its channel."""
        shown: Payload = {
            "type": "message",
            "channel": self.channel,
            "user": BOT_USER_ID,
            "bot_id": BOT_ID,
            "app_id": APP_ID,
            "ts": self.ts,
            "text": self.text,
            "blocks": self.blocks,
            "is_ephemeral": True,
        }
        return shown | ({"thread_ts": self.thread_ts} if self.thread_ts else {})


@dataclass(slots=True)
class Screen:
    """What the app shows to one person alone."""

    ephemerals: list[Ephemeral] = field(default_factory=list)
    modals: list[Payload] = field(default_factory=list)  # bottom first; the last is in front
    modal_errors: dict[str, str] = field(default_factory=dict)
    home: Payload | None = None


Hear = Callable[[Payload], None]


class World:
    """The workspace's truth and the only code that changes it."""

    def __init__(
        self,
        people: Iterable[Person],
        channels: Iterable[Channel],
        record: Hear,
        watch: Hear,
        team: str = TEAM_ID,
    ) -> None:
        self._team = team
        self.people = {person.id: person for person in people}
        self.channels = {channel.id: channel for channel in channels}
        self.screens: dict[str, Screen] = {}
        self._record = record
        self._watch = watch

    def screen(self, user: str) -> Screen:
        """That person's screen, made on first use."""
        return self.screens.setdefault(user, Screen())

    def find(self, channel: str, ts: str) -> Message | None:
        """The message, or None."""
        room = self.channels.get(channel)
        return room.messages.get(ts) if room else None

    def direct(self, one: str, other: str) -> Channel:
        """The direct conversation of two members, opened on first use."""
        for channel in self.channels.values():
            if channel.is_im and set(channel.members) == {one, other}:
                return channel
        person = one if other == BOT_USER_ID else other
        room = Channel(f"D{person[1:]}" if BOT_USER_ID in (one, other) else f"D{one[1:]}{other[2:]}", "", is_im=True)
        room.members = [one, other]
        self.add_channel(room)
        return room

    def add_person(self, person: Person) -> None:
        """Somebody joins the workspace, or is not who they were."""
        self.people[person.id] = person
        self._record({"op": "person", **person_line(person)})
        self._watch({"type": "state"})

    def add_channel(self, channel: Channel) -> None:
        """A conversation begins."""
        self.channels[channel.id] = channel
        self._record({"op": "channel", "channel": channel_line(channel)})
        self._watch({"type": "state"})

    def put_message(self, channel: Channel, message: Message) -> None:
        """Add a message, or replace it after an edit."""
        message.team = self._team
        new = message.ts not in channel.messages
        channel.messages[message.ts] = message
        self._record({"op": "message", "channel": channel.id, "message": message_line(message)})
        parent = channel.messages.get(message.thread_ts or "")
        if new and parent is not None and parent.ts != message.ts:
            parent.replies.append(message.ts)
            self._show(channel, parent)
        self._show(channel, message)

    def delete_message(self, channel: Channel, ts: str) -> None:
        """Forget a message, its reactions and its place in a thread."""
        message = channel.messages.pop(ts)
        parent = channel.messages.get(message.thread_ts or "")
        if parent is not None and ts in parent.replies:
            parent.replies.remove(ts)
            self._show(channel, parent)
        self._record({"op": "delete", "channel": channel.id, "ts": ts})
        self._watch({"type": "message_deleted", "channel": channel.id, "ts": ts})

    def react(self, channel: Channel, message: Message, user: str, name: str, *, present: bool) -> bool:
        """Add or take back a reaction; False where it already was so."""
        people = message.reactions.get(name, {})
        if (user in people) == present:
            return False
        if present:
            message.reactions.setdefault(name, {})[user] = None
        else:
            del people[user]
            if not people:
                del message.reactions[name]
        self._record(
            {"op": "react", "channel": channel.id, "ts": message.ts, "user": user, "name": name, "present": present}
        )
        self._show(channel, message)
        return True

    def set_member(self, channel: Channel, user: str, *, present: bool) -> bool:
        """Let somebody in or out; False where it already was so."""
        if (user in channel.members) == present:
            return False
        if present:
            channel.members.append(user)
        else:
            channel.members.remove(user)
        self._record({"op": "member", "channel": channel.id, "user": user, "present": present})
        self._watch({"type": "state"})
        return True

    def set_archived(self, channel: Channel) -> None:
        """Close a channel for good."""
        channel.is_archived = True
        self._record({"op": "archive", "channel": channel.id})
        self._watch({"type": "state"})

    def set_private(self, channel: Channel) -> None:
        """Make a public channel a private one; it keeps its id, as in Slack."""
        channel.is_private = True
        self._record({"op": "make-private", "channel": channel.id})
        self._watch({"type": "state"})

    def set_home(self, user: str, view: Payload) -> None:
        """What the app's Home shows to one person."""
        self.screen(user).home = view
        self._record({"op": "home", "user": user, "view": view})
        self.screen_changed(user)

    def add_ephemeral(self, user: str, note: Ephemeral) -> None:
        """Show one person a message that nobody else sees."""
        self.screen(user).ephemerals.append(note)
        self.screen_changed(user)

    def drop_ephemeral(self, user: str, ts: str) -> bool:
        """Take it away again; False where there is none."""
        screen = self.screen(user)
        kept = [note for note in screen.ephemerals if note.ts != ts]
        gone = len(kept) < len(screen.ephemerals)
        screen.ephemerals = kept
        if gone:
            self.screen_changed(user)
        return gone

    def screen_changed(self, user: str) -> None:
        """That person's ephemerals, modal or Home must be drawn again."""
        self._watch({"type": "person", "user": user})

    def _show(self, channel: Channel, message: Message) -> None:
        self._watch({"type": "message", "channel": channel.id, "ts": message.ts})


def person_line(person: Person) -> Payload:
    """A person as the journal keeps them."""
    kept = ("id", "name", "tz", "is_restricted", "deleted", "team")
    return {name: getattr(person, name) for name in kept}


def message_line(message: Message) -> Payload:
    """A message as the journal keeps it."""
    line: Payload = {"ts": message.ts, "user": message.user, "text": message.text}
    optional: dict[str, Any] = {
        "blocks": message.blocks,
        "files": message.files,
        "by_app": message.by_app,
        "metadata": message.metadata,
        "thread_ts": message.thread_ts,
        "edited": message.edited,
        "by_response_url": message.by_response_url,
        "reactions": {name: list(people) for name, people in message.reactions.items()},
    }
    return line | {name: value for name, value in optional.items() if value}


def message_from_line(line: Payload) -> Message:
    """The message of `message_line`."""
    reactions = {name: dict.fromkeys(people) for name, people in line.get("reactions", {}).items()}
    return Message(**(line | {"reactions": reactions}))


def channel_line(channel: Channel) -> Payload:
    """A conversation as the journal keeps it, without its messages."""
    kept = ("id", "name", "is_private", "is_im", "is_archived", "is_read_only", "is_shared", "topic", "members")
    return {name: getattr(channel, name) for name in kept}
