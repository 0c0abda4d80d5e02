"""The message of a card, whatever it shows."""

from bot.model import Scorecard, ToolCard
from bot.views.kit import Message
from bot.views.scorecard import scorecard
from bot.views.tool_card import SHIP_EMOJI, tool_card


def card_message(card: Scorecard, now: int) -> Message:
    """The scorecard of a comparison, or the card of the one tool that is asked about."""
    if card.standing is not None:
        return tool_card(ToolCard(card.standing, card.card, card.tables))
    return scorecard(card, now)


def seeds(card: Scorecard) -> tuple[str, ...]:
    """The emoji that people vote with on this card, in order."""
    if card.standing is not None:
        return (SHIP_EMOJI, card.none_emoji)
    return (*card.emoji[: len(card.tools)], card.none_emoji)
