"""Who voted when: what an admin reads of a round that names its voters."""

from typing import Final

from bot.model import Audit, AuditLine, UnusualRate
from bot.views import actions, facts, kit
from bot.views.blocks import Block, Element
from bot.views.kit import NOBODY, Message
from bot.views.text import date, escape, listed, mention

NAME: Final = 40  # characters of a tool's name: twenty lines of four of them must fit in a message
_KINDS: Final = {"member": "", "guest": "guest", "external": "of another company", "out": "a bot, or deactivated"}
_TREATMENTS: Final = {"counted": "", "apart": "beside the count", "out": "not counted"}


def audit(shown: Audit) -> Message:
    """A page of the audit, with buttons to turn it; what was unusual comes first."""
    card = shown.shown
    title = f"*{facts.versus(card.tools)}*: who voted when, newest first"
    blocks: list[Block] = [kit.section(title)]
    if shown.unusual:
        blocks.append(kit.section("\n".join(["*Unusual*", *[_unusual(one) for one in shown.unusual]])))
    # In several blocks: one text holds 3,000 characters.
    lines = [_line(one) for one in shown.lines]
    blocks += [kit.section("\n".join(lines[i : i + 5])) for i in range(0, len(lines), 5)]
    if not lines:
        blocks.append(kit.section("Nobody has voted yet."))
    buttons: list[Element] = []
    for label, action, page in (
        ("Newer", actions.AUDIT_PREVIOUS, shown.page - 1),
        ("Older", actions.AUDIT_NEXT, shown.page + 1),
    ):
        if 0 <= page < shown.pages:
            buttons.append(kit.button(label, action, actions.value(card.comparison.id, page)))
    if buttons:
        blocks.append(kit.actions(*buttons))
    blocks.append(
        kit.context(
            f"Page {shown.page + 1} of {shown.pages}. The newest state of each emoji; only you see this. What is "
            "unusual counts like everything else."
        )
    )
    return kit.message(f"{facts.versus(card.tools)}: who voted when, page {shown.page + 1} of {shown.pages}.", blocks)


def _line(one: AuditLine) -> str:
    if one.tools is None:
        what = f"`{escape(one.emoji, 60) or NOBODY}`, which is no vote"
    else:
        what = (
            listed([f"*{escape(tool.name, NAME) or NOBODY}*" for tool in one.tools]) if one.tools else "*none of these*"
        )
    deed = "ticked" if one.is_present else "took back"
    if not one.is_present and not one.emoji:
        deed, what = "took everything back", ""
    notes = ", ".join(filter(None, [_KINDS[one.kind], _TREATMENTS[one.treatment]]))
    return f"{date(one.at)} · {mention(one.person)} {deed} {what}".rstrip() + (f" ({notes})" if notes else "")


def _unusual(one: UnusualRate) -> str:
    if one.kind == "crowd":
        said = "a hundred people or more within ten seconds"
    else:
        said = f"{mention(one.person) if one.person else 'one person'} changed ticks thirty times within a minute"
    often = f", {one.times} times" if one.times > 1 else ""
    return f"{said}{often}, last {date(one.noted_at)}"
