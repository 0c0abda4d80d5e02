"""The dialogs of the panel: its reviewers in their order, and a reviewer's new name."""

import json
import re
from collections.abc import Sequence
from typing import Any, Final

from bot.model import Reviewer
from bot.views import actions, kit
from bot.views.actions import UnreadableValue
from bot.views.blocks import Block, Modal
from bot.views.kit import NOBODY
from bot.views.text import clean, escape, visible

LENS: Final = 40  # characters of a reviewer's name

# Lines of the menu beside a reviewer. Values: <verb>:v1:<slug>.
EARLIER: Final = "earlier"
LATER: Final = "later"
RENAME: Final = "rename"
LEAVE: Final = "leave"
RETURN: Final = "return"
_VERBS: Final = (EARLIER, LATER, RENAME, LEAVE, RETURN)
_SLUG: Final = re.compile("[a-z0-9]+(?:-[a-z0-9]+)*")


def panel_dialog(seats: Sequence[Reviewer]) -> Modal:
    """Everyone on the panel with a menu beside them, then those who left, then a field for a new one."""
    here = [one for one in seats if not one.is_retired]
    gone = [one for one in seats if one.is_retired]
    blocks: list[Block] = [
        kit.context("In this order they stand on cards. A reviewer who leaves keeps their takes; they count no more.")
    ]
    for place, one in enumerate(here):
        options = [kit.option("Rename", _value(RENAME, one))]
        options += [kit.option("Move up", _value(EARLIER, one))] if place else []
        options += [kit.option("Move down", _value(LATER, one))] if place < len(here) - 1 else []
        options += [kit.option("Let them leave", _value(LEAVE, one))] if len(here) > 1 else []
        menu = kit.overflow(f"{actions.PANEL_SEAT}_{place}", options)
        blocks.append(kit.section(f"{place + 1}. *{escape(one.name, LENS) or NOBODY}*", accessory=menu))
    for place, one in enumerate(gone, start=len(here)):
        menu = kit.overflow(f"{actions.PANEL_SEAT}_{place}", [kit.option("Let them return", _value(RETURN, one))])
        blocks.append(kit.section(f"_{escape(one.name, LENS) or NOBODY} has left_", accessory=menu))
    blocks.append(
        kit.labelled(
            actions.NEW_LENS_FIELD,
            "A new reviewer",
            kit.text_input(actions.NEW_LENS_FIELD, LENS, placeholder="Security, for instance"),
            hint="Takes are written in their name: /verdict take <tool>",
        )
    )
    return {
        "type": "modal",
        "callback_id": actions.PANEL_DIALOG,
        "title": kit.plain("The panel"),
        "submit": kit.plain("Add"),
        "close": kit.plain("Done"),
        "blocks": blocks,
        "private_metadata": actions.value(),
    }


def rename_dialog(seats: Sequence[Reviewer], slug: str, behind: str) -> Modal:
    """A reviewer's new name; `behind` is the dialog of the panel that shows it then."""
    name = next((one.name for one in seats if one.slug == slug), "")
    return {
        "type": "modal",
        "callback_id": actions.RENAME_DIALOG,
        "title": kit.plain("Rename a reviewer"),
        "submit": kit.plain("Save"),
        "close": kit.plain("Back"),
        "blocks": [
            kit.labelled(
                actions.NEW_LENS_FIELD,
                f"What {clean(name, LENS) or NOBODY} is called from now on",
                kit.text_input(actions.NEW_LENS_FIELD, LENS, initial=visible(name)),
            )
        ],
        "private_metadata": json.dumps({"v": 1, "slug": slug, "behind": behind}, separators=(",", ":")),
    }


def seat_verb(value: str) -> tuple[str, str]:
    """The verb and the reviewer's slug of a line in the menu. Raises UnreadableValue."""
    verb, _, rest = value.partition(":v1:")
    if verb not in _VERBS or not _SLUG.fullmatch(rest):
        raise UnreadableValue(value[:80])
    return verb, rest


def renamed_seat(metadata: str) -> tuple[str, str]:
    """The reviewer's slug and the dialog behind, as a dialog brought them back. Raises UnreadableValue."""
    try:
        found: Any = json.loads(metadata)
        slug, behind = found["slug"], found["behind"]
    except (ValueError, KeyError, TypeError) as problem:
        raise UnreadableValue(metadata[:80]) from problem
    if type(slug) is not str or type(behind) is not str or not _SLUG.fullmatch(slug):
        raise UnreadableValue(metadata[:80])
    return slug, behind


def _value(verb: str, one: Reviewer) -> str:
    return f"{verb}:v1:{one.slug}"
