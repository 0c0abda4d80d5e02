"""The workspace's memory on disk: one JSON line per change, so that a kill at any moment loses nothing that was told.

Each line is flushed to the operating system before the change is answered. At start the journal is read and written
anew as the state it leads to; a last line that a kill cut short is left out.
"""

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO

from playground.identity import BOT_USER_ID, Payload
from playground.world import Channel, Message, Person, World, channel_line, message_from_line, message_line, person_line

logger = logging.getLogger(__name__)


class Journal:
    """An append-only file of changes. Without a path it keeps nothing."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._file: IO[str] | None = None

    def append(self, line: Payload) -> None:
        """Keep one change."""
        if self._file is not None:
            self._file.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
            self._file.flush()

    def open(self, world: World) -> None:
        """Bring the world to where the journal ends, write the journal anew, and go on from there."""
        if self._path is None:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        for line in _lines(self._path):
            try:
                _apply(world, line)
            except (KeyError, TypeError, ValueError) as error:
                logger.warning("the journal %s holds a line that makes no sense: %r", self._path, error)
        self.rewrite(world)

    def rewrite(self, world: World) -> None:
        """Write the state as it is now, in place of what led to it; a kill leaves the old file or the new one."""
        if self._path is None:
            return
        self.close()
        fresh = self._path.with_suffix(".new")
        with fresh.open("w", encoding="utf-8") as file:
            for line in _snapshot(world):
                file.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
        fresh.replace(self._path)
        self._file = self._path.open("a", encoding="utf-8")

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None


def _lines(path: Path) -> list[Payload]:
    found: list[Payload] = []
    if not path.exists():
        return found
    for text in path.read_text(encoding="utf-8", errors="replace").split("\n"):
        try:
            line = json.loads(text) if text else None
        except ValueError:
            continue  # cut short by a kill
        if isinstance(line, dict):
            found.append(line)
    return found


def _snapshot(world: World) -> Iterator[Payload]:
    for person in world.people.values():
        if not person.is_bot:
            yield {"op": "person", **person_line(person)}
    for channel in world.channels.values():
        yield {"op": "channel", "channel": channel_line(channel)}
        for message in channel.messages.values():
            yield {"op": "message", "channel": channel.id, "message": message_line(message)}
    for user, screen in world.screens.items():
        if screen.home is not None:
            yield {"op": "home", "user": user, "view": screen.home}


def _apply(world: World, line: Payload) -> None:
    """One change, without any of its effects on others."""
    match line["op"]:
        case "person":
            described = {name: value for name, value in line.items() if name != "op"}
            if line["id"] in world.people:
                world.people[line["id"]] = replace(world.people[line["id"]], **described)
            elif line["id"] != BOT_USER_ID:
                world.people[line["id"]] = Person(**described)
        case "home":
            world.screen(line["user"]).home = line["view"]
        case "channel":
            described = line["channel"]
            known = world.channels.get(described["id"])
            world.channels[described["id"]] = Channel(**described, messages=known.messages if known else {})
        case _:
            _apply_to_channel(world.channels[line["channel"]], line)


def _apply_to_channel(room: Channel, line: Payload) -> None:
    match line["op"]:
        case "message":
            _put(room, message_from_line(line["message"]))
        case "delete":
            gone = room.messages.pop(line["ts"])
            parent = room.messages.get(gone.thread_ts or "")
            if parent is not None and gone.ts in parent.replies:
                parent.replies.remove(gone.ts)
        case "react":
            people = room.messages[line["ts"]].reactions
            who = people.setdefault(line["name"], {})
            if line["present"]:
                who[line["user"]] = None
            else:
                who.pop(line["user"], None)
            if not who:
                del people[line["name"]]
        case "member":
            others = [user for user in room.members if user != line["user"]]
            room.members = [*others, line["user"]] if line["present"] else others
        case "archive":
            room.is_archived = True
        case "make-private":
            room.is_private = True


def _put(room: Channel, message: Message) -> None:
    old = room.messages.get(message.ts)
    if old is not None:
        message.replies = old.replies
    room.messages[message.ts] = message
    parent = room.messages.get(message.thread_ts or "")
    if parent is not None and parent is not message and message.ts not in parent.replies:
        parent.replies.append(message.ts)
