"""What is known about a tool, in words that every view uses alike: names, panel, price and what opinions rest on."""

from collections.abc import Sequence
from typing import Final

from bot.model import Price, Take, Tool
from bot.views.kit import NOBODY
from bot.views.limits import HEADER
from bot.views.text import clean, clip, escape, is_user, link, mention, percent, safe_url

PRICE: Final = 200  # graphemes of a price sentence; the catalogue allows 160
BEST_FOR: Final = 140  # the catalogue allows 110
HEADLINE: Final = 120  # the catalogue allows 90
CATEGORY: Final = 60
BASIS: Final = 160

_ENTRY: Final = {"free": "Free", "freemium": "Freemium", "paid": "Paid"}


def title(tools: Sequence[Tool]) -> str:
    """ "A vs B", cleaned, for a header: long names are cut alike so that all of them are there."""
    names = [clean(tool.name) or NOBODY for tool in tools]
    together = " vs ".join(names)
    if 2 * len(together) <= HEADER:
        return together
    return " vs ".join([clip(name, (HEADER - 4 * (len(names) - 1)) // len(names)) for name in names])


def name(tool: Tool) -> str:
    """The tool's name for mrkdwn."""
    return escape(tool.name) or NOBODY


def versus(tools: Sequence[Tool]) -> str:
    """ "A vs B" for mrkdwn."""
    return " vs ".join([name(tool) for tool in tools])


def linked(tools: Sequence[Tool], permalink: str | None) -> str:
    """ "A vs B" as a link to a card; in bold where there is none. mrkdwn."""
    return link(permalink, versus(tools)) if safe_url(permalink) else f"*{versus(tools)}*"


def panel(tool: Tool) -> str:
    """ "75 % · 3 ship, 1 skip"; "—" without takes."""
    score = tool.panel
    return NOBODY if score.share is None else f"{percent(score.share)} · {score.ship} ship, {score.skip} skip"


def entry(price: Price) -> str:
    """The entry label, capitalised."""
    return _ENTRY[price.entry]


def checked(price: Price) -> str:
    """ "as of 2026-08-22", with "unsourced" where nobody could name a source; cleaned."""
    facts = ["unsourced" if price.source is None else "", f"as of {clean(price.as_of, 10)}" if price.as_of else ""]
    return ", ".join(filter(None, facts)) or "undated"


def price(price: Price, limit: int = PRICE) -> str:
    """The entry label, the sentence, and how far to trust it; cleaned."""
    summary = clean(price.summary, limit)
    return f"{entry(price)} · {summary} ({checked(price)})" if summary else f"{entry(price)} ({checked(price)})"


def author(name: str) -> str:
    """Who wrote a take, for mrkdwn: a person of the workspace by their Slack id, or a name."""
    return mention(name) if is_user(name) else escape(name, 40) or NOBODY


def basis(takes: Sequence[Take]) -> str:
    """What opinions rest on and how old the newest is, for mrkdwn: no take is shown without it."""
    if not takes:
        return "No reviewer has written about this yet."
    bases = list(dict.fromkeys(take.basis for take in takes))
    said = "; ".join([escape(one, BASIS) for one in bases[:2]]) + ("; …" if len(bases) > 2 else "")
    newest = max(take.reviewed_on for take in takes)
    return f"Opinion, not tested. Basis: {said} · newest take {escape(newest, 10)}"
