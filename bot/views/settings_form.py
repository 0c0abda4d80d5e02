"""The settings of a workspace as a dialog, with who changed what last."""

from collections.abc import Sequence
from typing import Final

from bot.counting import WhoCounts
from bot.model import Change, Editors
from bot.views import actions, kit
from bot.views.blocks import Block, Modal
from bot.views.kit import NOBODY
from bot.views.text import date, escape, mention

_EDITORS: Final = (("everyone", "Everyone"), ("admins", "Admins of this Slack workspace"))
_GUESTS: Final = (("counted", "Count like everybody's"), ("out", "Are not counted"))
_EXTERNALS: Final = (
    ("apart", "Are shown beside the count: “+3 external”"),
    ("counted", "Count like everybody's"),
    ("out", "Are not counted"),
)
_DEEDS: Final = {
    "added": "added",
    "edited": "edited",
    "aliased": "gave another name to",
    "retired": "took out of the catalogue:",
    "restored": "brought back",
    "reviewer_joined": "added the reviewer",
    "reviewer_renamed": "renamed the reviewer",
    "reviewer_moved": "moved the reviewer",
    "reviewer_left": "took from the panel:",
    "reviewer_returned": "brought back to the panel:",
    "take": "wrote a take on",
    "catalogue_editors": "changed who may edit the catalogue to",
    "guests": "changed the votes of guests to",
    "externals": "changed the votes of people of other companies to",
}


def settings_dialog(editors: Editors, who: WhoCounts, changes: Sequence[Change]) -> Modal:
    """The settings of the workspace, and its newest changes, newest first."""
    blocks: list[Block] = [
        _choice(actions.EDITORS_FIELD, "Who may add and edit tools and write takes", _EDITORS, editors),
        _choice(actions.GUESTS_FIELD, "Votes of guests", _GUESTS, who.guests),
        _choice(
            actions.EXTERNALS_FIELD,
            "Votes of people of other companies, in shared channels",
            _EXTERNALS,
            who.externals,
            hint="Votes on what is open are counted anew, and the cards say so. Closed results stay as they are.",
        ),
        kit.section("*The last changes*" if changes else "Nothing has been changed in Slack yet."),
        *[kit.context(_changed(change)) for change in changes],
    ]
    return {
        "type": "modal",
        "callback_id": actions.SETTINGS_DIALOG,
        "title": kit.plain("Settings"),
        "submit": kit.plain("Save"),
        "close": kit.plain("Cancel"),
        "blocks": blocks,
        "private_metadata": actions.value(),
    }


def _choice(field: str, label: str, lines: Sequence[tuple[str, str]], chosen: str, *, hint: str = "") -> Block:
    options = [kit.option(line, value) for value, line in lines]
    initial = next(option for option in options if option["value"] == chosen)
    return kit.labelled(field, label, kit.select(field, options, initial), hint=hint)


def _changed(change: Change) -> str:
    deed = _DEEDS.get(change.action, "changed")
    return f"{date(change.at)} · {mention(change.person)} {deed} *{escape(change.subject, 160) or NOBODY}*"
