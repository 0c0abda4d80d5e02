"""The list of comparisons that are open in a channel."""

from collections.abc import Sequence
from typing import Final

from bot.model import Scorecard
from bot.views import facts, kit, votes
from bot.views.blocks import Block
from bot.views.kit import Message
from bot.views.limits import CHARACTERS_BUDGET, characters
from bot.views.text import date

LISTED: Final = (20, 5)  # fewer where the names are long


def open_list(cards: Sequence[Scorecard]) -> Message:
    """Open comparisons, the first to close first, each with a link to its card."""
    if not cards:
        return kit.say("Nothing is open in this channel. Start with: /compare cursor vs zed")
    blocks: list[Block] = []
    for most in LISTED:
        blocks = [kit.section(f"*{len(cards)} open here*")]
        for card in cards[:most]:
            shown = facts.linked(card.tools, card.permalink)
            counted = votes.community_line([facts.name(tool) for tool in card.tools], votes.count(card.tally))
            blocks.append(kit.section(f"{shown} · closes {date(card.comparison.closes_at)}\n{counted}"))
        if len(cards) > most:
            blocks.append(kit.context(f"… and {len(cards) - most} more"))
        if characters(blocks) <= CHARACTERS_BUDGET:
            break
    first = facts.versus(cards[0].tools)
    return kit.message(f"{len(cards)} comparisons are open here; the first to close is {first}.", blocks)
