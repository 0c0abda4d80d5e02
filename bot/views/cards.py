"""The message of a card, whatever it shows."""

from bot.model import Scorecard, ToolCard
from bot.views.kit import Message
from bot.views.scorecard import scorecard
from bot.views.tool_card import SHIP_EMOJI, tool_card

# The emoji that people vote with, in order, by the number of tools on the card; the last means none of them.
NUMBERS = ("one", "two", "three", "four")
NONE = "no_entry_sign"
SEED_EMOJI = {1: (SHIP_EMOJI, NONE), **{n: (*NUMBERS[:n], NONE) for n in (2, 3, 4)}}


def card_message(card: Scorecard, now: int) -> Message:
    """The scorecard of a comparison, or the card of the one tool that is asked about."""
    if card.standing is not None:
        return tool_card(ToolCard(card.standing, card.card, card.tables))
    return scorecard(card, now)


def seeds(card: Scorecard) -> tuple[str, ...]:
    """The emoji that people vote with on this card, in order."""
    return SEED_EMOJI[len(card.tools)]
