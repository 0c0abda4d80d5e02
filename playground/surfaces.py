"""Where a person acts: a message, a note that only they see, a modal, the Home."""

from dataclasses import dataclass
from typing import Any

from playground import block_rules, view_state
from playground.identity import Payload
from playground.workspace import Workspace
from playground.world import Channel, Ephemeral, Message


class RefusedError(Exception):
    """A request of the control API that cannot be; `details` go beside the error code."""

    def __init__(self, code: str, **details: Any) -> None:
        super().__init__(code)
        self.code = code
        self.details = details


@dataclass(slots=True)
class Surface:
    """Where something was done: a message, a note to one person, or a view; with its blocks and its state."""

    blocks: list[Payload]
    values: Payload
    described: Payload
    channel: Channel | None = None
    ts: str = ""
    thread_ts: str | None = None
    ephemeral: bool = False
    view: Payload | None = None

    def find(self, wanted: Any) -> tuple[Payload, Payload]:
        """Block and element that an action names. Raises RefusedError `no_such_action`."""
        wish = wanted if isinstance(wanted, dict) else {"action_id": wanted}
        for by_text in (False, True):
            for block in block_rules.walk(self.blocks):
                if wish.get("block_id") not in (None, block["block_id"]):
                    continue
                for element in block_rules.elements(block):
                    if _named(element, wish, by_text=by_text):
                        return block, element
        raise RefusedError("no_such_action", action=wanted)


def _named(element: Payload, wish: Payload, *, by_text: bool) -> bool:
    if element["type"] in ("image", "mrkdwn", "plain_text"):
        return False
    if by_text:
        return bool(element.get("text", {}).get("text") == wish.get("action_id"))
    same_value = element["type"] != "button" or wish.get("value") in (None, element.get("value"))
    return bool(element.get("action_id") == wish.get("action_id")) and same_value


def message_surface(space: Workspace, user: str, channel: str, ts: str) -> Surface:
    """The message (or note to that person) that somebody acts on. Raises RefusedError."""
    room = space.world.channels.get(channel)
    if room is None or user not in room.members:
        raise RefusedError("channel_not_found")
    note: Message | Ephemeral | None = room.messages.get(ts)
    if isinstance(note, Message):
        values = note.state.setdefault(user, {})
    else:
        note = next((n for n in space.world.screen(user).ephemerals if n.ts == ts), None)
        if note is None:
            raise RefusedError("message_not_found")
        values = note.state
    values |= view_state.initial(note.blocks, values)
    return Surface(
        note.blocks,
        values,
        note.as_slack(),
        room,
        ts,
        note.thread_ts,
        ephemeral=isinstance(note, Ephemeral),
    )


def view_surface(space: Workspace, user: str, which: str) -> Surface:
    """The modal in front, or the Home, of one person. Raises RefusedError."""
    screen = space.world.screen(user)
    view = screen.home if which == "home" else screen.modals[-1] if screen.modals else None
    if view is None:
        raise RefusedError("no_home" if which == "home" else "no_modal")
    return Surface(view["blocks"], view["state"]["values"], view, view=view)
