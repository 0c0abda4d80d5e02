"""The dialogs: which tools to compare, and which wrong tool to swap for the right one."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from bot.model import Scorecard, Tool
from bot.views import actions, facts, kit
from bot.views.actions import Ask, UnreadableValue
from bot.views.blocks import Block, Modal, Option
from bot.views.kit import NOBODY
from bot.views.limits import OPTION
from bot.views.text import clean, clip, visible

USE_CASE_LENGTH: Final = 200
DEADLINES: Final = (
    ("1d", "in one day"),
    ("3d", "in three days"),
    ("7d", "in a week"),
    ("14d", "in two weeks"),
    ("30d", "in a month"),
)
VOTINGS: Final = (
    ("open", "Open: by reactions, everybody sees who voted"),
    ("hidden", "Hidden: no count before the vote closes"),
    ("anonymous", "Anonymous: a live count, no names kept"),
)
DEFAULT_DEADLINE: Final = "7d"
_LABELS: Final = ("First tool", "Second tool", "Third tool", "Fourth tool")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a dialog was opened, kept in its `private_metadata`: the channel to post in, and the thread if any.

    The way to answer there is kept, too: where we are no member there is no other.
    """

    channel: str | None = None
    thread_ts: str | None = None
    response_url: str | None = field(default=None, repr=False)
    is_group_direct: bool = False

    def metadata(self) -> str:
        """As a dialog carries it."""
        kept = {
            "v": 1,
            "channel": self.channel,
            "thread_ts": self.thread_ts,
            "response_url": self.response_url,
            "is_group_direct": self.is_group_direct,
        }
        return json.dumps(kept, separators=(",", ":"))

    @classmethod
    def of(cls, metadata: str) -> "Place":
        """As a dialog brought it back. Raises UnreadableValue."""
        try:
            found: Any = json.loads(metadata)
            way = found.get("response_url")
            place = cls(found["channel"], found["thread_ts"], way, bool(found.get("is_group_direct")))
        except (ValueError, KeyError, TypeError, AttributeError) as problem:
            raise UnreadableValue(metadata[:80]) from problem
        if not all(one is None or type(one) is str for one in (place.channel, place.thread_ts, way)):
            raise UnreadableValue(metadata[:80])
        return place


def tool_option(tool: Tool) -> Option:
    """A tool as a line of a menu; the vendor tells tools of one name apart."""
    return named_option(tool.id, tool.name, tool.vendor)


def named_option(tool_id: int, name: str, vendor: str = "") -> Option:
    """A line of the typeahead: the name, cut so that the vendor can be read too."""
    shown = clean(name) or NOBODY
    maker = clean(vendor, 24)
    if maker and maker.casefold() not in shown.casefold():
        shown = f"{clip(shown, OPTION - len(maker) * 2 - 3)} · {maker}"
    return kit.option(shown, actions.value(tool_id))


def compare_dialog(place: Place, chosen: Sequence[Tool | None] = (), ask: Ask | None = None) -> Modal:
    """The dialog behind /compare without arguments and *Choose another*.

    `chosen` fills the tools that are understood already, by position; `ask` keeps the rest of what was typed. Without a
    channel in `place` the dialog asks for one.
    """
    ask = ask or Ask()
    blocks: list[Block] = []
    if ask.typed:
        blocks.append(kit.plain_section(f"You typed: {clean(ask.typed, kit.TYPED)}"))
    for i, (name, label) in enumerate(zip(actions.TOOL_FIELDS, _LABELS, strict=True)):
        tool = chosen[i] if i < len(chosen) else None
        typed = ask.names[i] if tool is None and i < len(ask.names) else ""
        blocks.append(
            kit.labelled(
                name,
                label,
                kit.typeahead(name, "Type a name", tool_option(tool) if tool else None),
                hint=f"You typed “{clean(typed)}”, which I do not know." if visible(typed) else "",
                optional=i > 1,
            )
        )
    blocks.append(
        kit.labelled(
            actions.USE_CASE_FIELD,
            "Use case",
            kit.text_input(
                actions.USE_CASE_FIELD,
                USE_CASE_LENGTH,
                initial=visible(ask.use_case),
                placeholder="What would you use it for?",
            ),
            optional=True,
        )
    )
    options, initial = _deadlines(ask.until)
    blocks.append(
        kit.labelled(actions.UNTIL_FIELD, "The vote closes", kit.select(actions.UNTIL_FIELD, options, initial))
    )
    votings = [kit.option(label, value) for value, label in VOTINGS]
    chosen_voting = next(one for one in votings if one["value"] == ask.voting)
    blocks.append(
        kit.labelled(actions.VOTING_FIELD, "Voting", kit.select(actions.VOTING_FIELD, votings, chosen_voting))
    )
    if place.channel is None:
        blocks.append(
            kit.labelled(
                actions.CHANNEL_FIELD,
                "Post in",
                kit.conversation(actions.CHANNEL_FIELD),
                hint="I must be a member of the channel to post there and to count reactions.",
            )
        )
    return {
        "type": "modal",
        "callback_id": actions.COMPARE_DIALOG,
        "title": kit.plain("Compare tools"),
        "submit": kit.plain("Post"),
        "close": kit.plain("Cancel"),
        "blocks": blocks,
        "private_metadata": place.metadata(),
    }


def _deadlines(typed: str) -> tuple[list[Option], Option]:
    """The menu of deadlines; what somebody typed comes first and is chosen."""
    options = [kit.option(label, value) for value, label in DEADLINES]
    initial = next(option for option in options if option["value"] == DEFAULT_DEADLINE)
    wanted = visible(typed)
    if not wanted:
        return options, initial
    for option in options:
        if option["value"] == wanted:
            return options, option
    own = kit.option(clean(wanted, 60), clip(wanted, OPTION))
    return [own, *options], own


def swap_dialog(card: Scorecard, place: Place) -> Modal:
    """The dialog that swaps a wrong tool, while nobody but the starter has voted."""
    outs = [kit.option(clean(tool.name, 70) or NOBODY, actions.value(tool.id)) for tool in card.tools]
    return {
        "type": "modal",
        "callback_id": actions.SWAP_DIALOG,
        "title": kit.plain("Swap a wrong tool"),
        "submit": kit.plain("Swap"),
        "close": kit.plain("Cancel"),
        "blocks": [
            kit.section(f"*{facts.versus(card.tools)}*\nThe card stays where it is."),
            kit.labelled(actions.SWAP_OUT_FIELD, "Take out", kit.select(actions.SWAP_OUT_FIELD, outs, outs[0])),
            kit.labelled(actions.SWAP_IN_FIELD, "Put in", kit.typeahead(actions.SWAP_IN_FIELD, "Type a name")),
        ],
        "private_metadata": json.dumps(
            {"v": 1, "comparison": card.comparison.id, "channel": place.channel, "thread_ts": place.thread_ts},
            separators=(",", ":"),
        ),
    }


def swapped_comparison(metadata: str) -> int:
    """The comparison that a swap dialog was opened for. Raises UnreadableValue."""
    try:
        found: Any = json.loads(metadata)
        number = found["comparison"]
    except (ValueError, KeyError, TypeError) as problem:
        raise UnreadableValue(metadata[:80]) from problem
    if type(number) is not int:
        raise UnreadableValue(metadata[:80])
    return number
