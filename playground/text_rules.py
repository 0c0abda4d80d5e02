"""How Slack reads text: what a person types, what a slash command carries, and what would ping or link.

Source: docs.slack.dev/messaging/formatting-message-text.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from playground.identity import Payload
from playground.world import World

_CONTROL = re.compile(r"<(?P<sign>[@#!])(?P<id>[^<>|\s]+)(?:\|(?P<label>[^<>]*))?>")
_LINK = re.compile(r"<(?P<url>(?:https?://|mailto:|tel:)[^<>|\s]+)(?:\|(?P<label>[^<>]*))?>")
_BARE = re.compile(r"(?<![\w@/<|])(?:https?://[^\s<>|]+)", re.IGNORECASE)
_ENDINGS = "com|org|net|io|dev|ai|app|co|md|sh|so|to|me|ly|gg|tv|xyz|info|example"
_DOMAIN = re.compile(rf"(?<![\w@/.\-])(?:[\w\-]+\.)+(?:{_ENDINGS})(?![\w\-])", re.IGNORECASE)
_TYPED = re.compile(r"<[@#][UCWGDS][A-Z0-9]+(?:\|[^<>]*)?>|@[\w.\-]+|#[\w\-]+|https?://[^\s<>]+")
_EVERYONE = ("here", "channel", "everyone")
_CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)


def escape(text: str) -> str:
    """Slack's three escapes."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def typed(text: str, world: World) -> str:
    """A person's message as the app gets it: names become mentions, addresses links, the rest is escaped."""
    return _read(text, world, wrap_everyone=True)


def command_text(text: str, world: World, *, should_escape: bool) -> str:
    """The text of a slash command; with `should_escape`, people, channels and addresses are marked up."""
    return _read(text, world, wrap_everyone=False, labels=True) if should_escape else escape(text)


def _read(text: str, world: World, *, wrap_everyone: bool, labels: bool = False) -> str:
    people = {person.name.casefold(): person for person in world.people.values()}
    rooms = {room.name: room for room in world.channels.values() if room.name}
    parts, end = [], 0
    for match in _TYPED.finditer(text):
        piece, marked = match.group(), None
        if piece[0] == "<":
            marked = piece if piece[2:-1].partition("|")[0] in world.people | world.channels else None
        elif piece[0] == "@":
            name = piece[1:].rstrip(".").casefold()
            if wrap_everyone and name in _EVERYONE:
                marked = f"<!{name}>"
            elif name in people:
                person = people[name]
                marked = f"<@{person.id}|{person.name.casefold()}>" if labels else f"<@{person.id}>"
                marked += piece[1 + len(name) :]
        elif piece[0] == "#":
            if room := rooms.get(piece[1:]):
                marked = f"<#{room.id}|{'' if room.is_private else room.name}>"
        else:
            marked = f"<{escape(piece)}>"
        if marked is not None:
            parts += [escape(text[end : match.start()]), marked]
            end = match.end()
    return "".join([*parts, escape(text[end:])])


@dataclass(slots=True)
class Live:
    """What a text does beyond being read: whom it pings, where it leads, which invisible characters it holds."""

    mentions: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    invisible: list[str] = field(default_factory=list)

    def add(self, other: "Live") -> None:
        """Take over another text's finds."""
        self.mentions += other.mentions
        self.links += other.links
        self.invisible += other.invisible

    def as_json(self) -> Payload:
        """`{mentions, links, invisible}`."""
        return {"mentions": self.mentions, "links": self.links, "invisible": self.invisible}


def live_in_mrkdwn(text: str, *, verbatim: bool = False) -> Live:
    """Live parts of mrkdwn; code stays dead.

    Slack also links bare addresses and whatever looks like a site's name (README.md), unless the text is `verbatim`.
    """
    found = Live(invisible=invisible_in(text))
    shown = _CODE.sub(" ", text)
    for match in _CONTROL.finditer(shown):
        if match["sign"] == "!" and match["id"].startswith("date^"):
            continue
        found.mentions.append(match.group())
    found.links += [match["url"] for match in _LINK.finditer(shown)]
    if not verbatim:
        bare = _LINK.sub(" ", shown)
        found.links += [match.group() for match in _BARE.finditer(bare)]
        found.links += [match.group() for match in _DOMAIN.finditer(_BARE.sub(" ", bare))]
    return found


def live_in(value: Any) -> Live:
    """Live parts of blocks, a view or a message, by Slack's rules for each kind of text object."""
    found = Live()
    for kind, node in _texts(value):
        if kind == "mrkdwn":
            found.add(live_in_mrkdwn(node.get("text", ""), verbatim=bool(node.get("verbatim"))))
        elif kind == "markdown":
            found.add(live_in_mrkdwn(node.get("text", "")))
        elif kind == "link":
            found.links.append(str(node.get("url")))
        elif kind in ("user", "usergroup", "broadcast"):
            found.mentions.append(f"{kind} {node.get('user_id') or node.get('usergroup_id') or node.get('range')}")
        else:
            found.invisible += invisible_in(str(node.get("text", "")))
    return found


def live_in_message(message: Payload) -> Live:
    """Live parts of a message: its blocks, and its text where there are none (or for the notification)."""
    found = live_in_mrkdwn(str(message.get("text") or ""))
    found.add(live_in(message.get("blocks") or []))
    return found


def invisible_in(text: str) -> list[str]:
    """Control, zero-width and bidirectional characters (as `U+202E`); line feeds and tabs are none."""
    return [
        f"U+{ord(char):04X}"
        for at, char in enumerate(text)
        if char not in "\n\t" and unicodedata.category(char) in ("Cc", "Cf") and not _joins_emoji(text, at)
    ]


def _joins_emoji(text: str, at: int) -> bool:
    """A zero-width joiner between two symbols is part of one emoji."""
    return (
        text[at] == "\u200d"
        and 0 < at < len(text) - 1
        and unicodedata.category(text[at + 1]) in ("So", "Sk")
        and unicodedata.category(text[at - 1]) in ("So", "Sk", "Mn")
    )


def _texts(value: Any) -> Iterator[tuple[str, Payload]]:
    if isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        kind = value.get("type")
        leaves = ("mrkdwn", "plain_text", "markdown", "text", "raw_text", "link", "user", "usergroup", "broadcast")
        if kind in leaves:
            yield str(kind), value
        else:
            for item in value.values():
                yield from _texts(item)
