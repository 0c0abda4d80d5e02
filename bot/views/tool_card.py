"""The card of one tool: privately with a button to post it, or posted, where people react with ship or skip."""

from collections.abc import Sequence
from typing import Final

from bot.model import Take, Tool, ToolCard
from bot.views import actions, facts, kit, votes
from bot.views.blocks import Block, Element
from bot.views.kit import NOBODY, Message
from bot.views.limits import CHARACTERS_BUDGET, characters
from bot.views.text import clean, day, escape, host, link, safe_url

SHIP_EMOJI: Final = "ship"
SKIP_EMOJI: Final = "no_entry_sign"
DESCRIPTION: Final = 800  # graphemes; the catalogue allows 600
TAGLINE: Final = 140  # the catalogue allows 110
ALIASES: Final = 6
COMPARISONS: Final = (5, 1, 0)  # fewer where the names are long


def tool_card(shown: ToolCard) -> Message:
    """The card of a tool. Without a `card` it is for one person's eyes, and nobody can vote on it."""
    blocks: list[Block] = []
    for most in COMPARISONS:
        blocks = _blocks(shown, most)
        if characters(blocks) <= CHARACTERS_BUDGET:
            break
    return kit.message(_aloud(shown), blocks)


def _blocks(shown: ToolCard, comparisons: int) -> list[Block]:
    tool = shown.standing.tool
    posted = shown.card is not None
    number = actions.value(tool.id)
    buttons: list[Element] = []
    if not posted:
        buttons.append(kit.button("Post here", actions.TOOL_POST, number, style="primary"))
    if tool.takes:
        buttons.append(kit.button("Read the takes", actions.TOOL_TAKES, number))
    if not posted:
        buttons.append(kit.button("Edit", actions.TOOL_EDIT, number))
        buttons.append(kit.button("Write a take", actions.TOOL_TAKE, number))
    page = safe_url(tool.url)
    if page:
        buttons.append(kit.link_button(f"Open {host(page)}", actions.TOOL_PAGE, page))
    blocks: list[Block] = [kit.header(clean(tool.name) or NOBODY), kit.context(_who(tool))]
    description = clean(tool.description or tool.tagline, DESCRIPTION)
    if description:
        blocks.append(kit.plain_section(description))
    blocks += [_grid(shown), *_headlines(tool, folded=shown.tables), kit.context(_sources(tool))]
    if shown.comparisons and comparisons:
        blocks.append(kit.section(_compared(shown, comparisons)))
    history = _history(shown)
    if history:
        blocks.append(kit.context(*history))
    if buttons:
        blocks.append(kit.actions(*buttons))
    blocks.append(kit.context(_HOW_TO_VOTE if posted else "Only you can see this. Posted, it can be voted on."))
    return blocks


_HOW_TO_VOTE: Final = (
    f":{SHIP_EMOJI}: ship · :{SKIP_EMOJI}: skip — would you ship it? Reactions are public; your newest vote counts."
)


def _who(tool: Tool) -> str:
    maker = "" if tool.vendor.casefold() == tool.name.casefold() else escape(tool.vendor)
    said = [maker, escape(tool.category, facts.CATEGORY), escape(tool.tagline, TAGLINE)]
    if tool.aliases:
        more = f" and {len(tool.aliases) - ALIASES} more" if len(tool.aliases) > ALIASES else ""
        said.append(f"also called {', '.join([escape(alias, 40) for alias in tool.aliases[:ALIASES]])}{more}")
    return " · ".join(filter(None, said)) or NOBODY


def team(shown: ToolCard) -> str:
    """The team's score over people, and how many comparisons it comes from; no markup."""
    standing = shown.standing
    said = votes.share(standing.ticks, standing.people)
    if standing.comparisons:
        said += f" · in {standing.comparisons} comparison{'' if standing.comparisons == 1 else 's'}"
    if standing.apart:
        said += f" · +{standing.apart} external, not in the count"
    return said


def _rows(shown: ToolCard) -> list[tuple[str, str]]:
    tool = shown.standing.tool
    rows = [
        ("Panel", facts.panel(tool)),
        ("Team", team(shown)),
        ("Price", facts.price(tool.price)),
        ("Best for", clean(tool.best_for, facts.BEST_FOR)),
    ]
    if tool.released:
        rows.append(("Released", clean(tool.released, 20)))
    return rows


def _grid(shown: ToolCard) -> Block:
    rows = _rows(shown)
    if shown.tables:
        head = kit.row("At a glance", clean(shown.standing.tool.name))
        return kit.table([head, *[kit.row(*row) for row in rows]])
    return kit.fields([f"*{label}*\n{escape(text, 2 * facts.PRICE) or NOBODY}" for label, text in rows])


def _headlines(tool: Tool, *, folded: bool) -> list[Block]:
    if not tool.takes:
        return []
    lines = [
        f"*{escape(take.reviewer_name, 40)}:* *{take.verdict}* · {escape(take.headline, facts.HEADLINE)}"
        for take in tool.takes[:8]
    ]
    if len(tool.takes) > len(lines):
        lines.append(f"… and {len(tool.takes) - len(lines)} more under *Read the takes*.")
    children: list[Block] = [kit.section("\n".join(lines)), kit.context(facts.basis(tool.takes))]
    return [kit.container("Reviewers: verdicts and headlines", children, "Opinions, not tests")] if folded else children


def _sources(tool: Tool) -> str:
    """Where the price was read, and when; an unsourced one says so."""
    when = f" as of {escape(tool.price.as_of, 10)}" if tool.price.as_of else ""
    safe = safe_url(tool.price.source)
    if safe:
        return f"Price{when} from {link(safe, host(safe))}"
    return f"Price{when} from {escape(tool.price.source, 120)}" if tool.price.source else f"Price{when}: unsourced"


def _history(shown: ToolCard) -> list[str]:
    """What it cost before, who reviewed it when, and what they said before; newest first."""
    tool = shown.standing.tool
    said = []
    if shown.past_prices:
        were = [
            f"was {one.price.entry} until {day(one.until)} ({escape(one.price.summary, facts.PRICE) or NOBODY})"
            for one in shown.past_prices
        ]
        said.append(f"Price before: {' · '.join(were)}")
    if tool.takes:
        said.append(f"Reviewed: {' · '.join(_reviewed(tool.takes[:8]))}")
    if shown.past_verdicts:
        before = [
            f"{escape(one.reviewer_name, 40)} said *{one.verdict}* until {day(one.until)} "
            f"({escape(one.reviewed_on, 10)} by {facts.author(one.author)})"
            for one in shown.past_verdicts
        ]
        said.append(f"Before: {' · '.join(before)}")
    return said


def _reviewed(takes: Sequence[Take]) -> list[str]:
    """Who reviewed it when, the newest first; those who did so together are named together."""
    together: dict[tuple[str, str], list[str]] = {}
    for take in sorted(takes, key=lambda take: take.reviewed_on, reverse=True):
        together.setdefault((take.reviewed_on, take.author), []).append(escape(take.reviewer_name, 40))
    return [
        f"{escape(on, 10)} by {facts.author(author)} ({', '.join(reviewers)})"
        for (on, author), reviewers in together.items()
    ]


def _compared(shown: ToolCard, most: int) -> str:
    """The public comparisons of the tool, the newest first, each with a link to its card and how it stands or ended."""
    lines = []
    for one in shown.comparisons[:most]:
        asked = one.comparison
        names = [facts.name(tool) for tool in asked.tools]
        use_case = f" for “{escape(asked.use_case, 60)}”" if asked.use_case else ""
        if asked.closed_at is None:
            counted = votes.community_line(names, votes.count(one.tally), drawn=False).replace("\n", " · ")
            how = f"open: {counted}"
        else:
            how = f"closed {day(asked.closed_at)}: {votes.standing(names, one.tally, is_open=False)}"
        lines.append(f"{facts.linked(asked.tools, one.link)}{use_case} · {how}")
    more = ["… and older ones"] if shown.more_comparisons or len(shown.comparisons) > most else []
    return "\n".join(["*Compared*", *lines, *more])


def _aloud(shown: ToolCard) -> str:
    """The card as sentences, for notifications and screen readers."""
    tool = shown.standing.tool
    said = [
        f"{facts.name(tool)}: {escape(tool.tagline, TAGLINE) or NOBODY}.",
        f"Panel: {facts.panel(tool)}. Team: {team(shown)}.",
        f"Price: {escape(facts.price(tool.price), 2 * facts.PRICE)}.",
        f"Best for: {escape(tool.best_for, facts.BEST_FOR) or NOBODY}.",
    ]
    if shown.card is not None:
        said.append(f"React with :{SHIP_EMOJI}: to say that you would ship it, :{SKIP_EMOJI}: that you would not.")
    return " ".join(said)
