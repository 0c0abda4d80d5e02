"""The dialogs that change the catalogue: a tool's facts, and a take; and what they look like before they are sent."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from bot.model import Price, Tool
from bot.views import actions, facts, kit
from bot.views.actions import UnreadableValue
from bot.views.blocks import Block, Element, Modal, Option
from bot.views.kit import NOBODY, Message
from bot.views.limits import OPTION
from bot.views.text import clean, clip, escape, visible

# The lengths that a catalogue file allows; bot.catalogue_file decides when the dialog is sent.
NAME: Final = 75
SHORT: Final = 110
ALIASES: Final = 1_500
DESCRIPTION: Final = 600
ADDRESS: Final = 500
PRICE: Final = 160
DAY: Final = 10
HEADLINE: Final = 90
TAKE: Final = 1_200
CAVEAT: Final = 140
BASIS: Final = 160
LENS: Final = 40

_ENTRIES: Final = (("free", "Free"), ("freemium", "Freemium"), ("paid", "Paid"))
_VERDICTS: Final = (("ship", "Ship"), ("skip", "Skip"))
OWN: Final = "own"  # bot.editing reads it
_LABELS: Final = {
    actions.NAME_FIELD: "Name",
    actions.ALIASES_FIELD: "Other names",
    actions.VENDOR_FIELD: "Made by",
    actions.CATEGORY_FIELD: "Category",
    actions.TAGLINE_FIELD: "In one line",
    actions.DESCRIPTION_FIELD: "What it is",
    actions.BEST_FOR_FIELD: "Best for",
    actions.URL_FIELD: "Web page",
    actions.ENTRY_FIELD: "Price to begin with",
    actions.PRICE_FIELD: "Price in a sentence",
    actions.PRICE_SOURCE_FIELD: "Where the price was read",
    actions.PRICE_AS_OF_FIELD: "Price as of",
    actions.LENS_FIELD: "As which reviewer",
    actions.NEW_LENS_FIELD: "Or as a new reviewer",
    actions.VERDICT_FIELD: "Verdict",
    actions.HEADLINE_FIELD: "Headline",
    actions.TAKE_FIELD: "Take",
    actions.CAVEAT_FIELD: "Caveat",
    actions.BASIS_FIELD: "Basis",
}


@dataclass(frozen=True, slots=True)
class About:
    """What a dialog of the catalogue is about, kept in its `private_metadata`: the tool, and where it was opened.

    `seen` is `bot/editing.py: fingerprint` of the tool as the dialog shows it; None in dialogs that edit nothing.
    """

    tool: int | None
    channel: str | None = None
    seen: str | None = None

    def metadata(self) -> str:
        """As a dialog carries it."""
        held = {"v": 1, "tool": self.tool, "channel": self.channel, "seen": self.seen}
        return json.dumps(held, separators=(",", ":"))

    @classmethod
    def of(cls, metadata: str) -> "About":
        """As a dialog brought it back. Raises UnreadableValue."""
        try:
            found: Any = json.loads(metadata)
            about = cls(found["tool"], found["channel"], found.get("seen"))
        except (ValueError, KeyError, TypeError, AttributeError) as problem:
            raise UnreadableValue(metadata[:80]) from problem
        words = (about.channel, about.seen)
        if type(about.tool) not in (int, type(None)) or any(type(one) not in (str, type(None)) for one in words):
            raise UnreadableValue(metadata[:80])
        return about


def category_option(category: str, *, is_new: bool = False) -> Option:
    """A line of the typeahead over categories; one that is not there yet says so."""
    shown = clean(category, LENS) or NOBODY
    return kit.option(f"New category: {shown}" if is_new else shown, clip(visible(category), OPTION) or NOBODY)


def tool_dialog(about: About, tool: Tool | None = None, name: str = "") -> Modal:
    """The dialog of a tool's facts: empty but for the typed `name`, or with everything that is known of `tool`."""
    blocks = [*_facts(tool, name), *_price(tool.price if tool else None), kit.actions(*_buttons(tool))]
    return {
        "type": "modal",
        "callback_id": actions.TOOL_DIALOG,
        "title": kit.plain("Edit a tool" if tool else "Add a tool"),
        "submit": kit.plain("Save"),
        "close": kit.plain("Cancel"),
        "blocks": blocks,
        "private_metadata": about.metadata(),
    }


def _facts(tool: Tool | None, name: str) -> list[Block]:
    category = category_option(tool.category) if tool is not None and visible(tool.category) else None
    return [
        _text(actions.NAME_FIELD, NAME, tool.name if tool else name),
        _text(
            actions.ALIASES_FIELD,
            ALIASES,
            ", ".join(tool.aliases) if tool else "",
            hint="With commas between them: what else people type for it.",
            optional=True,
        ),
        _text(actions.VENDOR_FIELD, NAME, tool.vendor if tool else ""),
        kit.labelled(
            actions.CATEGORY_FIELD,
            _LABELS[actions.CATEGORY_FIELD],
            kit.typeahead(actions.CATEGORY_FIELD, "Type one; a new one is offered, too", category),
        ),
        _text(actions.TAGLINE_FIELD, SHORT, tool.tagline if tool else ""),
        _text(actions.DESCRIPTION_FIELD, DESCRIPTION, tool.description if tool else "", multiline=True),
        _text(actions.BEST_FOR_FIELD, SHORT, tool.best_for if tool else ""),
        _text(actions.URL_FIELD, ADDRESS, (tool.url or "") if tool else "", optional=True),
    ]


def _price(price: Price | None) -> list[Block]:
    entries = [kit.option(label, value) for value, label in _ENTRIES]
    chosen = next((one for one in entries if price is not None and one["value"] == price.entry), None)
    return [
        kit.labelled(
            actions.ENTRY_FIELD, _LABELS[actions.ENTRY_FIELD], kit.select(actions.ENTRY_FIELD, entries, chosen)
        ),
        _text(
            actions.PRICE_FIELD,
            PRICE,
            price.summary if price else "",
            placeholder="Free for small teams, then $20 a month per person",
        ),
        _text(
            actions.PRICE_SOURCE_FIELD,
            ADDRESS,
            (price.source or "") if price else "",
            hint="A web address. Without one the price is called unsourced.",
            optional=True,
        ),
        _text(
            actions.PRICE_AS_OF_FIELD,
            DAY,
            (price.as_of or "") if price else "",
            hint="A day such as 2026-11-22, or a month such as 2026-11. Left empty, it is today.",
            optional=True,
        ),
    ]


def _buttons(tool: Tool | None) -> list[Element]:
    buttons: list[Element] = [kit.button("Preview", actions.TOOL_PREVIEW, actions.value())]
    if tool is not None:
        asked = kit.confirm(
            "Take it out of the catalogue?",
            f"Nobody finds {clean(tool.name, 60) or NOBODY} any more. What has it keeps it, and it can be undone.",
            "Take it out",
        )
        number = actions.value(tool.id)
        buttons.append(
            kit.button("Take out of the catalogue", actions.TOOL_RETIRE, number, style="danger", confirm=asked)
        )
    return buttons


def resembling_dialog(about: About, tool: Tool, name: str, *, is_certain: bool) -> Modal:
    """The dialog of a new tool once more, with a question: is it another name of `tool`?

    Slack keeps what was typed into the fields that stay.
    """
    other = kit.option(f"Another name of {clean(tool.name, 40) or NOBODY}", actions.value(tool.id))
    own = kit.option("A tool of its own", OWN)
    there = f"a name of *{facts.name(tool)}*, which is in the catalogue."
    asked = (
        f"“{escape(name)}” cannot be told from {there} Make it another name of that tool, or choose a name that "
        "differs: with its maker in parentheses, for instance."
        if is_certain
        else f"“{escape(name)}” reads almost like {there} Is it the same?"
    )
    dialog = tool_dialog(about, name=name)
    dialog["blocks"] = [
        kit.section(asked),
        kit.labelled(
            actions.RESEMBLES_FIELD,
            "New, or the same tool",
            kit.select(actions.RESEMBLES_FIELD, [other] if is_certain else [other, own]),
            optional=is_certain,
        ),
        *dialog["blocks"],
    ]
    return dialog


def preview_dialog(card: Message) -> Modal:
    """What a tool's card would show, in front of the dialog that makes it; nothing on it can be pressed."""
    shown = [block for block in card.blocks if block["type"] != "actions"]
    return {
        "type": "modal",
        "callback_id": actions.PREVIEW_DIALOG,
        "private_metadata": actions.value(),
        "title": kit.plain("Preview"),
        "close": kit.plain("Back"),
        "blocks": [kit.context("Nothing is saved yet. *Back* leads to what you typed."), *shown[:-1]],
    }


def unready_dialog(problems: Mapping[str, str]) -> Modal:
    """Why there is no preview yet: what is wrong, or missing, at which field."""
    lines = [f"• *{_LABELS.get(field, 'Name')}:* {escape(sentence, 300)}" for field, sentence in problems.items()]
    return {
        "type": "modal",
        "callback_id": actions.PREVIEW_DIALOG,
        "private_metadata": actions.value(),
        "title": kit.plain("Preview"),
        "close": kit.plain("Back"),
        "blocks": [kit.section("Not yet: something is missing or cannot stay as it is.\n" + "\n".join(lines))],
    }


def notice_dialog(title: str, said: Message) -> Modal:
    """A dialog that has become an answer."""
    return {
        "type": "modal",
        "callback_id": actions.NOTICE_DIALOG,
        "private_metadata": actions.value(),
        "title": kit.plain(title),
        "close": kit.plain("Close"),
        "blocks": list(said.blocks),
    }


def take_dialog(about: About, tool: Tool, lenses: Mapping[str, str]) -> Modal:
    """The dialog of a take on a tool; `lenses` are the reviewers' names by slug."""
    reviewers = [kit.option(clean(name, LENS) or NOBODY, slug) for slug, name in lenses.items()]
    verdicts = [kit.option(label, value) for value, label in _VERDICTS]
    blocks: list[Block] = [
        kit.section(
            f"*{facts.name(tool)}*\nA reviewer's new take becomes the current one; the one before stays in the history."
        ),
        kit.labelled(
            actions.LENS_FIELD, _LABELS[actions.LENS_FIELD], kit.select(actions.LENS_FIELD, reviewers), optional=True
        ),
        _text(
            actions.NEW_LENS_FIELD,
            LENS,
            placeholder="Security, for instance",
            optional=True,
        ),
        kit.labelled(
            actions.VERDICT_FIELD, _LABELS[actions.VERDICT_FIELD], kit.select(actions.VERDICT_FIELD, verdicts)
        ),
        _text(actions.HEADLINE_FIELD, HEADLINE),
        _text(actions.TAKE_FIELD, TAKE, hint="55 to 110 words.", multiline=True),
        _text(actions.CAVEAT_FIELD, CAVEAT, hint="What would flip the verdict."),
        _text(
            actions.BASIS_FIELD,
            BASIS,
            hint="What it rests on: documentation, a trial, a month in production.",
        ),
        kit.actions(kit.button("Preview", actions.TAKE_PREVIEW, actions.value())),
    ]
    return {
        "type": "modal",
        "callback_id": actions.TAKE_DIALOG,
        "title": kit.plain("Write a take"),
        "submit": kit.plain("Save"),
        "close": kit.plain("Cancel"),
        "blocks": blocks,
        "private_metadata": about.metadata(),
    }


def _text(
    field: str,
    longest: int,
    initial: str = "",
    *,
    hint: str = "",
    placeholder: str = "",
    multiline: bool = False,
    optional: bool = False,
) -> Block:
    element = kit.text_input(field, longest, initial=visible(initial), placeholder=placeholder, multiline=multiline)
    return kit.labelled(field, _LABELS[field], element, hint=hint, optional=optional)
