"""Private lists: what is open, what was found, who leads, how it ended."""

from collections.abc import Sequence
from typing import Final

from bot.model import Scorecard, Tool, ToolStanding
from bot.views import actions, facts, kit, votes
from bot.views.blocks import Block
from bot.views.kit import NOBODY, Message
from bot.views.limits import CHARACTERS_BUDGET, characters
from bot.views.text import date, escape

LISTED: Final = (20, 5)  # fewer where the names are long
FOUND: Final = 10
LEADERS: Final = 15


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
    counted = "1 comparison is" if len(cards) == 1 else f"{len(cards)} comparisons are"
    return kit.message(f"{counted} open here; the first to close is {first}.", blocks)


def found(tools: Sequence[Tool]) -> Message:
    """Tools that a search found, each with a button to its card."""
    if not tools:
        return kit.say("No tool fits that. Try fewer words, or leave the category and the price out.")
    blocks: list[Block] = [kit.section(f"*{len(tools)} found*")]
    for i, tool in enumerate(tools[:FOUND]):
        price = f"{facts.entry(tool.price)} · {facts.panel(tool)}"
        said = f"*{facts.name(tool)}* · {escape(tool.category, facts.CATEGORY)} · {price}\n{escape(tool.tagline, 140)}"
        button = kit.button("Show", f"{actions.TOOL_SHOW}_{i}", actions.value(tool.id))
        blocks.append(kit.section(said, accessory=button))
    if len(tools) > FOUND:
        blocks.append(kit.context(f"… and {len(tools) - FOUND} more: add a word to narrow it down."))
    counted = "1 tool" if len(tools) == 1 else f"{len(tools)} tools"
    return kit.message(f"{counted} found, first {facts.name(tools[0])}.", blocks)


def leaders(standings: Sequence[ToolStanding], category: str | None) -> Message:
    """Tools by what the team would ship, with people; 18 of 20 stands above 5 of 5."""
    if not standings:
        return kit.say("No tool has votes yet. Ask the first question with: /compare cursor vs zed")
    lines = [
        f"{place}. *{escape(one.tool.name, 60) or NOBODY}* · {votes.share(one.ticks, one.people)}"
        f" · {escape(one.tool.category, facts.CATEGORY)}"
        for place, one in enumerate(standings[:LEADERS], start=1)
    ]
    title = f"*Leaderboard* · {escape(category, facts.CATEGORY)}" if category else "*Leaderboard*"
    note = "Share of people who would ship the tool, ranked by the lower end of its 95 % Wilson interval."
    first = f"{facts.name(standings[0].tool)}, {votes.share(standings[0].ticks, standings[0].people)}"
    return kit.message(
        f"The leaderboard begins with {first}.", [kit.section(f"{title}\n" + "\n".join(lines)), kit.context(note)]
    )


def result(card: Scorecard | None) -> Message:
    """How the latest round of a comparison stands, or ended."""
    if card is None:
        return kit.say("That was never compared here. Ask the question with: /compare cursor vs zed")
    names = [facts.name(tool) for tool in card.tools]
    said = votes.standing(names, card.tally, is_open=card.comparison.is_open)
    state = f"open until {date(card.comparison.closes_at)}" if card.comparison.is_open else "closed"
    counted = votes.count(card.tally)
    aside = votes.apart_line(names, counted, is_told=card.comparison.secrecy == "open")
    figures = "\n".join(filter(None, [votes.community_line(names, counted), aside]))
    return kit.say(f"{facts.linked(card.tools, card.permalink)} · {state}. {said}", kit.context(figures))
