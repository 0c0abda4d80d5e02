"""The dialog of a vote with a reason, and teammates' reasons under the takes."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot.model import OwnReason, Reason, Reasons, Scorecard, Tool
from bot.views import actions, facts, kit
from bot.views.actions import UnreadableValue
from bot.views.blocks import Block, Modal, Option, RichPiece
from bot.views.kit import NOBODY, Message
from bot.views.limits import OPTION
from bot.views.text import clean, emoji, is_user, listed, visible

LENGTH: Final = 500
NONE: Final = "none"
REASON: Final = 520  # graphemes that are shown


@dataclass(frozen=True, slots=True)
class About:
    """What a dialog of a reason is about, kept in its `private_metadata`."""

    comparison: int
    channel: str
    message_ts: str | None
    opened: str  # Slack's stamp of the press that opened it

    def metadata(self) -> str:
        """As a dialog carries it."""
        return json.dumps(
            {"v": 1, "comparison": self.comparison, "channel": self.channel, "ts": self.message_ts, "at": self.opened},
            separators=(",", ":"),
        )

    @classmethod
    def of(cls, metadata: str) -> "About":
        """As a dialog brought it back. Raises UnreadableValue."""
        try:
            found: Any = json.loads(metadata)
            about = cls(found["comparison"], found["channel"], found["ts"], found["at"])
        except (ValueError, KeyError, TypeError) as problem:
            raise UnreadableValue(metadata[:80]) from problem
        strings = (about.channel, about.opened, about.message_ts or "")
        if type(about.comparison) is not int or not all(type(one) is str for one in strings):
            raise UnreadableValue(metadata[:80])
        return about


_WHO_READS: Final = {
    "open": "Your reason stands under *Read the takes* with your name, for everybody who sees the card.",
    "hidden": "Your reason stands under *Read the takes* once the vote has closed, without your name.",
    "anonymous": "Your reason stands under *Read the takes* once the vote has closed, without your name. From then on "
    "nobody can tell that it is yours, so you cannot change it any more.",
}
_WITHDRAW: Final = "Send it empty to withdraw it. What you have used is counted on the card, and never weighed."


def reason_dialog(own: OwnReason, about: About) -> Modal:
    """The choices, what the person has used, and why; filled with what they have said before."""
    card = own.shown
    comparison = card.comparison
    blocks: list[Block] = [kit.section(f"*{facts.versus(card.tools)}*\n{_ticks(own)}")]
    if comparison.by_buttons:
        options = [_option(tool) for tool in card.tools] + [kit.option("None of these", NONE)]
        ticked = own.ticked or () if own.ticked is not None else ()
        chosen = [_option(tool) for tool in ticked] or ([options[-1]] if own.ticked == () else [])
        boxes = kit.checkboxes(actions.SHIP_FIELD, options, chosen)
        blocks.append(kit.labelled(actions.SHIP_FIELD, "I would ship", boxes, optional=True))
    used = kit.checkboxes(
        actions.USED_FIELD, [_option(tool) for tool in card.tools], [_option(tool) for tool in own.used]
    )
    reason = kit.text_input(
        actions.REASON_FIELD,
        LENGTH,
        initial=visible(own.text),
        placeholder="What settled it for you?",
        multiline=True,
    )
    blocks += [
        kit.labelled(actions.USED_FIELD, "I have used it", used, optional=True),
        kit.labelled(actions.REASON_FIELD, "Your reason", reason, optional=True),
        kit.context(f"{_WHO_READS['hidden' if _is_unnamed(card) else comparison.secrecy]} {_WITHDRAW}"),
    ]
    return {
        "type": "modal",
        "callback_id": actions.REASON_DIALOG,
        "title": kit.plain("Vote with a reason"),
        "submit": kit.plain("Send"),
        "close": kit.plain("Cancel"),
        "blocks": blocks,
        "private_metadata": about.metadata(),
    }


def _is_unnamed(card: Scorecard) -> bool:
    """A card that takes buttons because we are not in its conversation: nobody's name is shown there, either."""
    return card.comparison.by_buttons and card.comparison.secrecy == "open"


def _ticks(own: OwnReason) -> str:
    card = own.shown
    if card.comparison.by_buttons:
        return "What you tick here takes the place of what you have pressed before."
    marks = [f"{emoji(mark)} {facts.name(tool)}" for mark, tool in zip(card.emoji, card.tools, strict=False)]
    how = f"{' · '.join(marks)} · {emoji(card.none_emoji)} none of these"
    if own.ticked is None:
        return f"You have not ticked anything yet. Ticks are the reactions under the card: {how}."
    what = listed([f"*{facts.name(tool)}*" for tool in own.ticked]) if own.ticked else "*none of these*"
    return f"You have ticked {what}. Ticks are the reactions under the card, and are changed there: {how}."


def _option(tool: Tool) -> Option:
    return kit.option(clean(tool.name, OPTION) or NOBODY, actions.value(tool.id))


def saved(card: Scorecard, *, is_withdrawn: bool, has_vote: bool) -> Message:
    """Said privately after the dialog was sent."""
    by_buttons = card.comparison.by_buttons
    if is_withdrawn:
        said = "Your reason is withdrawn. Your vote stays as it is."
    elif not has_vote:
        how = "press a button" if by_buttons else "react with the number of a tool"
        said = f"What you said is kept, and counts once you have voted: {how} on the card."
    else:
        when = "once the vote has closed" if by_buttons else "now"
        said = f"What you said is kept. Your reason stands under *Read the takes* {when}."
    return kit.say(f"{facts.versus(card.tools)}: {said}")


def teammates(reasons: Reasons) -> list[Block]:
    """A title and a paragraph for each reason; nothing where there is none."""
    if not reasons.said:
        return []
    more = [kit.context(f"… and {reasons.more} older reasons")] if reasons.more else []
    return [kit.header("Your team"), *[_said(one) for one in reasons.said], *more]


def _said(one: Reason) -> Block:
    """One reason as rich text, in which nothing that somebody wrote is read as markup."""
    author: RichPiece = kit.words("A teammate", bold=True)
    if one.author is not None and is_user(one.author):
        author = kit.user(one.author)
    what = f"would ship {_names(one.ticked)}" if one.ticked else "would ship none of these"
    used = f" · has used {_names(one.used)}" if one.used else ""
    apart = " · of another company" if one.is_apart else ""
    return kit.rich_text(
        kit.paragraph(author, kit.words(f" {what}{used}{apart}")),
        kit.quote(kit.words(clean(one.text, REASON) or NOBODY)),
    )


def _names(tools: Sequence[Tool]) -> str:
    return listed([clean(tool.name) or NOBODY for tool in tools])
