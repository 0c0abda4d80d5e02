"""Private lists: what is open, what was found, who leads, how it ended."""

from collections.abc import Sequence
from typing import Final

from bot import scoring
from bot.model import Scorecard, Search, Tool, ToolStanding
from bot.views import actions, facts, kit, votes
from bot.views.actions import Query
from bot.views.blocks import Block, Element
from bot.views.kit import NOBODY, Message
from bot.views.limits import CHARACTERS_BUDGET, characters
from bot.views.text import date, escape, percent

LISTED: Final = (20, 5)  # fewer where the names are long
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


def found(page: Search) -> Message:
    """Tools that a search found, each with a button to its card, and buttons to the pages before and after."""
    if not page.count:
        return kit.say("No tool fits that. Try fewer words, or leave the category and the price out.")
    last = page.start + len(page.tools)
    counted = "1 tool" if page.count == 1 else f"{page.count:,} tools"
    where = f" · {page.start + 1:,} to {last:,}" if page.count > len(page.tools) else ""
    blocks: list[Block] = [kit.section(f"*{counted} found*{_filters(page)}{where}")]
    for i, tool in enumerate(page.tools):
        price = f"{facts.entry(tool.price)} · {facts.panel(tool)}"
        said = f"*{facts.name(tool)}* · {escape(tool.category, facts.CATEGORY)} · {price}\n{escape(tool.tagline, 140)}"
        button = kit.button("Show", f"{actions.TOOL_SHOW}_{i}", actions.value(tool.id))
        blocks.append(kit.section(said, accessory=button))
    query = Query(page.words, page.category, page.prices)
    blocks += _turning(query, actions.SEARCH_PREVIOUS, actions.SEARCH_NEXT, page.start, page.size, page.count)
    first = f", first {facts.name(page.tools[0])}" if page.tools else ""
    return kit.message(f"{counted} found{first}.", blocks)


def _filters(page: Search) -> str:
    """What was asked, so that it can be read beside what was found."""
    asked = [f"“{escape(page.words, 60)}”"] if page.words else []
    asked += [f"in {escape(page.category, facts.CATEGORY)}"] if page.category else []
    asked += [" or ".join(page.prices)] if page.prices else []
    return f" · {' · '.join(asked)}" if asked else ""


def _turning(query: Query, previous: str, next_: str, start: int, size: int, count: int) -> list[Block]:
    """The buttons that turn a page, those of them that lead somewhere."""
    buttons: list[Element] = []
    if start > 0:
        buttons.append(kit.button("Previous", previous, query.at(max(start - size, 0)).value()))
    if start + size < count:
        buttons.append(kit.button("Next", next_, query.at(start + size).value()))
    return [kit.actions(*buttons)] if buttons else []


def leaders(standings: Sequence[ToolStanding], category: str | None, start: int = 0) -> Message:
    """A page of tools by what the team would ship, with people and the bound that ranks them."""
    if not standings:
        where = f" in {escape(category, facts.CATEGORY)}" if category else ""
        return kit.say(f"No tool{where} has votes yet. Ask the first question with: /compare cursor vs zed")
    start = start if start < len(standings) else 0
    page = standings[start : start + LEADERS]
    lines = [
        f"{place}. *{escape(one.tool.name, 60) or NOBODY}* · {votes.share(one.ticks, one.people)}"
        f" · at least {percent(scoring.wilson_lower(one.ticks, one.people))}"
        + ("" if category else f" · {escape(one.tool.category, facts.CATEGORY)}")
        for place, one in enumerate(page, start=start + 1)
    ]
    title = f"*Leaderboard* · {escape(category, facts.CATEGORY)}" if category else "*Leaderboard*"
    if len(standings) > len(page):
        title += f" · {start + 1} to {start + len(page)} of {len(standings):,}"
    note = (
        "Share of the people who voted that would ship the tool. “At least” is the lower end of its 95 % Wilson "
        "interval, which ranks: 18 of 20 stands above 5 of 5."
    )
    first = f"{facts.name(page[0].tool)}, {votes.share(page[0].ticks, page[0].people)}"
    begins = "The leaderboard begins with" if start == 0 else f"Place {start + 1} of the leaderboard:"
    turning = _turning(
        Query(category=category), actions.LEADERS_PREVIOUS, actions.LEADERS_NEXT, start, LEADERS, len(standings)
    )
    return kit.message(
        f"{begins} {first}.", [kit.section(f"{title}\n" + "\n".join(lines)), kit.context(note), *turning]
    )


def result(card: Scorecard | None, asked: Sequence[Tool]) -> Message:
    """How the latest round of a comparison stands, or ended; the tools that were asked for, where there is none."""
    if card is None:
        pair = facts.versus(asked)
        return kit.say(f"*{pair}* was never compared here. To ask your team, send: /compare {pair}")
    names = [facts.name(tool) for tool in card.tools]
    said = votes.standing(names, card.tally, is_open=card.comparison.is_open)
    state = f"open until {date(card.comparison.closes_at)}" if card.comparison.is_open else "closed"
    counted = votes.count(card.tally)
    aside = votes.apart_line(names, counted, is_told=card.comparison.secrecy == "open")
    figures = "\n".join(filter(None, [votes.community_line(names, counted), aside]))
    return kit.say(f"{facts.linked(card.tools, card.permalink)} · {state}. {said}", kit.context(figures))
