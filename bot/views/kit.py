"""Builders for the blocks that the views use, and the message they are put into.

A builder takes text that is ready for its place: `plain` and table cells want `clean`ed text, `mrkdwn` wants
`escape`d pieces.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from bot.views.blocks import (
    Actions,
    Block,
    Button,
    Cell,
    Checkboxes,
    Confirm,
    Container,
    Context,
    ConversationsSelect,
    Divider,
    Element,
    ExternalSelect,
    Header,
    Input,
    Mrkdwn,
    Option,
    Overflow,
    PlainText,
    PlainTextInput,
    RichPiece,
    RichSection,
    RichText,
    Section,
    StaticSelect,
    Style,
    Table,
    View,
)
from bot.views.limits import (
    BUTTON,
    CONTAINER_TITLE,
    FIELD,
    HEADER,
    OPTION,
    SECTION,
    TEXT_BUDGET,
    check,
    check_view,
)
from bot.views.text import clean, clip, clip_markup, escape, units

__all__ = ["Message", "View", "check", "check_view", "clean", "clip", "escape"]

NOBODY: Final = "—"  # where a number will stand once somebody has voted
TYPED: Final = 300  # graphemes of what somebody typed that are shown again: as many as are read


@dataclass(frozen=True, slots=True)
class Message:
    """What is posted: a full sentence for notifications and screen readers, and the blocks everyone else sees."""

    text: str
    blocks: list[Block] = field(default_factory=list)

    def arguments(self) -> dict[str, Any]:
        """The arguments for Slack's posting methods, which always get both: text alone would delete the blocks."""
        return {"text": self.text, "blocks": self.blocks} if self.blocks else {"text": self.text}


def message(text: str, blocks: list[Block]) -> Message:
    """A message whose `text` is cut to its budget."""
    return Message(clip_markup(text, TEXT_BUDGET), blocks)


def say(sentence: str, *more: Block, typed: str = "") -> Message:
    """A message of one mrkdwn sentence, which is also its `text`, and blocks beneath it.

    What somebody `typed` is shown again, to be copied: literally, so that the copy works.
    """
    if not typed:
        return message(sentence, [section(sentence), *more])
    kept = rich_text(paragraph(words("You typed: "), code(clean(typed, TYPED) or NOBODY)))
    return message(f"{sentence}\nYou typed: {escape(typed, TYPED)}", [section(sentence), kept, *more])


def plain(text: str, *, emoji: bool = False) -> PlainText:
    """Literal text; `emoji` only for our own words."""
    return {"type": "plain_text", "text": text, "emoji": emoji}


def mrkdwn(text: str) -> Mrkdwn:
    """Markup of our own around escaped pieces."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def header(text: str) -> Header:
    """A title of cleaned text."""
    return {"type": "header", "text": plain(clip(text, HEADER))}


def section(text: str, accessory: Element | None = None) -> Section:
    """A paragraph of mrkdwn, with a button or menu beside it."""
    block: Section = {"type": "section", "text": mrkdwn(clip_markup(text, SECTION))}
    if accessory is not None:
        block["accessory"] = accessory
    return block


def plain_section(text: str) -> Section:
    """A paragraph of cleaned literal text."""
    return {"type": "section", "text": plain(clip(text, SECTION))}


def fields(texts: Sequence[str]) -> Section:
    """Up to ten short mrkdwn texts in two columns."""
    return {"type": "section", "fields": [mrkdwn(clip_markup(text, FIELD)) for text in texts]}


def context(*texts: str) -> Context:
    """Small print of mrkdwn."""
    return {"type": "context", "elements": [mrkdwn(clip_markup(text, SECTION)) for text in texts]}


def divider() -> Divider:
    """A line across."""
    return {"type": "divider"}


def actions(*elements: Element) -> Actions:
    """A row of buttons and menus."""
    return {"type": "actions", "elements": list(elements)}


def button(
    label: str,
    action_id: str,
    value: str = "",
    *,
    style: Literal["primary", "danger"] | None = None,
    says: str = "",
    confirm: Confirm | None = None,
) -> Button:
    """A button; `says` is what a screen reader reads where the label alone would not tell buttons apart."""
    element: Button = {"type": "button", "text": plain(clip(label, BUTTON)), "action_id": action_id}
    if value:
        element["value"] = value
    if style is not None:
        element["style"] = style
    if says:
        element["accessibility_label"] = clip(says, BUTTON)
    if confirm is not None:
        element["confirm"] = confirm
    return element


def link_button(label: str, action_id: str, url: str) -> Button:
    """A button that opens an address; Slack reports the click all the same and wants it acknowledged."""
    return {"type": "button", "text": plain(clip(label, BUTTON)), "action_id": action_id, "url": url}


def confirm(title: str, text: str, yes: str, no: str = "Not now") -> Confirm:
    """A question before an action is sent."""
    return {
        "title": plain(clip(title, 100)),
        "text": plain(clip(text, 300)),
        "confirm": plain(clip(yes, 30)),
        "deny": plain(clip(no, 30)),
    }


def option(label: str, value: str) -> Option:
    """A line of a menu."""
    return {"text": plain(clip(label, OPTION)), "value": value}


def overflow(action_id: str, options: list[Option]) -> Overflow:
    """The three-dots menu of one to five lines."""
    return {"type": "overflow", "action_id": action_id, "options": options}


def select(action_id: str, options: list[Option], initial: Option | None = None) -> StaticSelect:
    """A menu of 1 to 100 options."""
    element: StaticSelect = {"type": "static_select", "action_id": action_id, "options": options}
    if initial is not None:
        element["initial_option"] = initial
    return element


def checkboxes(action_id: str, options: list[Option], initial: list[Option]) -> Checkboxes:
    """One to ten boxes, of which `initial` are ticked; Slack refuses an empty list of those."""
    element: Checkboxes = {"type": "checkboxes", "action_id": action_id, "options": options}
    if initial:
        element["initial_options"] = initial
    return element


def typeahead(action_id: str, placeholder: str, initial: Option | None = None) -> ExternalSelect:
    """A menu whose options the app finds while the person types, from the first letter on."""
    element: ExternalSelect = {
        "type": "external_select",
        "action_id": action_id,
        "min_query_length": 0,
        "placeholder": plain(placeholder),
    }
    if initial is not None:
        element["initial_option"] = initial
    return element


def conversation(action_id: str) -> ConversationsSelect:
    """A menu of the channels and app DMs where something can be posted; the one that is open is chosen."""
    return {
        "type": "conversations_select",
        "action_id": action_id,
        "default_to_current_conversation": True,
        "filter": {"include": ["public", "private"], "exclude_bot_users": True},
    }


def text_input(
    action_id: str, max_length: int, *, initial: str = "", placeholder: str = "", multiline: bool = False
) -> PlainTextInput:
    """A line or a box to type in."""
    element: PlainTextInput = {
        "type": "plain_text_input",
        "action_id": action_id,
        "multiline": multiline,
        "max_length": max_length,
    }
    if initial:
        # Without a "…": what stands in a field is saved as it is.
        is_longer = units(initial) > max_length
        element["initial_value"] = clip(initial, max_length).removesuffix("…") if is_longer else initial
    if placeholder:
        element["placeholder"] = plain(placeholder)
    return element


def labelled(block_id: str, label: str, element: Element, *, hint: str = "", optional: bool = False) -> Input:
    """A labelled field of a dialog."""
    block: Input = {
        "type": "input",
        "block_id": block_id,
        "label": plain(label),
        "element": element,
        "optional": optional,
    }
    if hint:
        block["hint"] = plain(hint)
    return block


def row(*texts: str) -> list[Cell]:
    """A row of a table, of cleaned texts. Slack refuses an empty cell."""
    return [{"type": "raw_text", "text": text or NOBODY} for text in texts]


def table(rows: list[list[Cell]]) -> Table:
    """A grid whose first row is the header and whose first column names the rows; all columns wrap."""
    return {"type": "table", "column_settings": [{"is_wrapped": True}] * len(rows[0]), "rows": rows}


def container(title: str, children: list[Block], subtitle: str = "") -> Container:
    """A box that starts folded, of blocks that every validator accepts inside: no rich_text, chart or container."""
    block: Container = {
        "type": "container",
        "title": plain(clip(title, CONTAINER_TITLE)),
        "is_collapsible": True,
        "default_collapsed": True,
        "child_blocks": children,
    }
    if subtitle:
        block["subtitle"] = plain(clip(subtitle, CONTAINER_TITLE))
    return block


def words(text: str, *, bold: bool = False, italic: bool = False) -> RichPiece:
    """Literal text inside rich text."""
    piece: RichPiece = {"type": "text", "text": text}
    style: Style = {}
    if bold:
        style["bold"] = True
    if italic:
        style["italic"] = True
    if style:
        piece["style"] = style
    return piece


def code(text: str) -> RichPiece:
    """Literal text inside rich text, set to be copied."""
    return {"type": "text", "text": text, "style": {"code": True}}


def away(url: str, label: str) -> RichPiece:
    """A link inside rich text; the address must be one that `text.safe_url` let through."""
    return {"type": "link", "url": url, "text": label}


def user(identifier: str) -> RichPiece:
    """A person inside rich text; it must be an id that `text.is_user` knows."""
    return {"type": "user", "user_id": identifier}


def paragraph(*pieces: RichPiece) -> RichSection:
    """A paragraph of rich text."""
    return {"type": "rich_text_section", "elements": list(pieces)}


def quote(*pieces: RichPiece) -> RichSection:
    """A paragraph of rich text with a bar beside it."""
    return {"type": "rich_text_quote", "elements": list(pieces)}


def rich_text(*sections: RichSection) -> RichText:
    """Formatted text in which nothing is read as markup."""
    return {"type": "rich_text", "elements": list(sections)}
