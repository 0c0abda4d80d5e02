"""The scorecard of a comparison: what the channel sees, reacts to and comes back for."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from bot.model import Scorecard, Take, Tool
from bot.views import actions, facts, kit, votes
from bot.views.blocks import Block, Cell, Element, Option
from bot.views.kit import NOBODY, Message
from bot.views.limits import CHARACTERS_BUDGET, characters
from bot.views.text import NAME_LIMIT, clean, date, emoji, escape, link, mention, people

USE_CASE: Final = 200  # graphemes
REVIEWERS_SHOWN: Final = (
    8  # of the ten blocks of a container, one says what a take rests on, one how many more there are
)


@dataclass(frozen=True, slots=True)
class _Known:
    """What a card says about its tools whatever the votes are: worked out once, because most drawings only recount."""

    header: Block  # blocks are shared by every drawing, and changed by none
    names: tuple[str, ...]  # escaped
    categories: str  # escaped
    grid: tuple[list[Cell], ...]  # every row but the community's
    panels: tuple[str, ...]
    prices: tuple[str, ...]
    best_for: tuple[str, ...]
    category: tuple[str, ...]
    reviewers: list[Block]  # per reviewer one line per tool
    folded: list[Block]  # the same, where the workspace draws containers
    marks: tuple[str, ...]  # the emoji that stand for the tools
    how_to_vote: str  # escaped
    aloud: str  # escaped
    how_to_vote_aloud: str  # escaped
    size: int  # characters of all of it


@lru_cache(maxsize=512)
def _known(tools: tuple[Tool, ...], emojis: tuple[str, ...], none_emoji: str, room: float) -> _Known:
    lenses: dict[str, tuple[str, list[tuple[Tool, Take]]]] = {}
    for tool in tools:
        for take in tool.takes:
            lenses.setdefault(take.reviewer, (take.reviewer_name, []))[1].append((tool, take))
    headline, name = int(facts.HEADLINE * room), int(NAME_LIMIT * room)
    reviewers = []
    for reviewer, takes in list(lenses.values())[:REVIEWERS_SHOWN]:
        lines = [
            f"{escape(tool.name, name) or NOBODY}: *{one.verdict}* · {escape(one.headline, headline)}"
            for tool, one in takes
        ]
        reviewers.append("\n".join([f"*{escape(reviewer, 40)}*", *lines]))
    aloud = []
    for tool in tools:
        price = f"price {facts.entry(tool.price).lower()}, {escape(facts.checked(tool.price))}"
        best_for = escape(tool.best_for, facts.BEST_FOR) or NOBODY
        aloud.append(f"{facts.name(tool)}: panel {facts.panel(tool)}; {price}; best for {best_for}.")
    children: list[Block] = [kit.section(text) for text in reviewers]
    if len(lenses) > REVIEWERS_SHOWN:
        children.append(kit.context(f"… and {len(lenses) - REVIEWERS_SHOWN} more under *Read the takes*."))
    children.append(kit.context(facts.basis([take for tool in tools for take in tool.takes])))
    heads = [clean(tool.name) or NOBODY for tool in tools]
    texts = {
        "panels": tuple([facts.panel(tool) for tool in tools]),
        "prices": tuple([facts.price(tool.price, int(facts.PRICE * room)) for tool in tools]),
        "best_for": tuple([clean(tool.best_for, int(facts.BEST_FOR * room)) for tool in tools]),
        "category": tuple([clean(tool.category, facts.CATEGORY) for tool in tools]),
    }
    names = tuple([facts.name(tool) for tool in tools])
    marks, none = tuple([emoji(mark) for mark in emojis[: len(tools)]]), emoji(none_emoji)
    means = " · ".join([f"{mark} {name}" for mark, name in zip(marks, names, strict=True)])
    react = ", ".join([f"{mark} for {name}" for mark, name in zip(marks, names, strict=True)])
    return _Known(
        header=kit.header(facts.title(tools)),
        names=names,
        categories=", ".join(dict.fromkeys([escape(tool.category, facts.CATEGORY) for tool in tools])),
        grid=(
            kit.row("Side by side", *heads),
            kit.row("Panel", *texts["panels"]),
            kit.row("Price", *texts["prices"]),
            kit.row("Best for", *texts["best_for"]),
            kit.row("Category", *texts["category"]),
        ),
        **texts,
        reviewers=children if reviewers else [],
        folded=[kit.container("Reviewers: verdicts and headlines", children, "Opinions, not tests")]
        if reviewers
        else [],
        marks=marks,
        how_to_vote=f"{means} · {none} none of these — tick every tool you would ship; reactions are public",
        aloud=" ".join(aloud),
        how_to_vote_aloud=f"React with {react}, {none} for none; tick every tool you would ship.",
        size=sum(len(text) for row in (heads, reviewers, *texts.values()) for text in row),
    )


def scorecard(card: Scorecard, now: int) -> Message:
    """The card as it stands at `now` (Unix seconds): open, or final once the comparison has closed.

    What does not fit the budget of a message is cut with a visible "…".
    """
    known = _known(card.tools, card.emoji, card.none_emoji, 1.0)
    standing = votes.standing(known.names, card.tally, is_open=card.comparison.is_open)
    counted = votes.count(card.tally)
    blocks = _blocks(card, known, counted, standing, now)
    if known.size > CHARACTERS_BUDGET // 2:  # the rest of a card, names in it included, takes less than the other half
        for room in (0.6, 0.3, 0.1):
            if characters(blocks) <= CHARACTERS_BUDGET:
                break
            smaller = _known(card.tools, card.emoji, card.none_emoji, room)
            blocks = _blocks(card, smaller, counted, standing, now)
    return kit.message(_aloud(card, known, counted, standing, now), blocks)


def _blocks(card: Scorecard, known: _Known, counted: votes.Count, standing: str, now: int) -> list[Block]:
    return [
        known.header,
        kit.context(_facts(card, known, now)),
        _grid(known, counted) if card.tables else _columns(known, counted),
        kit.section(_community(card, known, counted, standing)),
        *_ballot_box(card),
        *(known.folded if card.tables else known.reviewers),
        _buttons(card.comparison.id, is_open=card.comparison.is_open, is_young=counted.voters <= 1),
        kit.context(_how_to_vote(card, known)),
    ]


_CLOSED_BUTTONS: Final = "Voting has closed. Nobody is shown who voted."
_SEEN_BY: Final = {
    "open": "I am not in this conversation: the card follows whenever somebody presses a button. Who voted is kept, "
    "for one ballot a person, and shown to nobody.",
    "hidden": "Nobody sees any count before the vote closes. Who voted is kept, for one ballot a person, and shown to "
    "nobody, then either.",
    "anonymous": "The count is live. No name is kept with a vote: only a code, which nobody can trace once the vote "
    "closes and its key is destroyed.",
}
_BY_BUTTONS: Final = "Vote with the buttons, not with reactions: press every tool you would ship; again takes it back."


def _how_to_vote(card: Scorecard, known: _Known) -> str:
    """How to vote and who sees it; it stands there before the first vote."""
    comparison = card.comparison
    if comparison.by_buttons:
        how = f"{_BY_BUTTONS} {_SEEN_BY[comparison.secrecy]}" if comparison.is_open else _CLOSED_BUTTONS
    else:
        how = known.how_to_vote if comparison.is_open else _CLOSED
    return f"{how}{_who_counts(card)}"


_GUESTS: Final = {"counted": "", "apart": "Guests are shown apart.", "out": "Guests are not counted."}
_EXTERNALS: Final = {
    "counted": "People of other companies count like everybody.",
    "apart": "",
    "out": "People of other companies are not counted.",
}


def _who_counts(card: Scorecard) -> str:
    """What a workspace has set otherwise than usual, and that votes were counted anew for it."""
    comparison = card.comparison
    said = [_GUESTS[comparison.guests], _EXTERNALS[comparison.externals]]
    if comparison.recounted_at is not None:
        said.append(f"Who counts was changed {date(comparison.recounted_at)}, and all votes were counted anew.")
    told = " ".join(filter(None, said))
    return f"\n{told}" if told else ""


def _ballot_box(card: Scorecard) -> list[Block]:
    """A button for each tool and one for none of them, where reactions would show who votes what."""
    comparison = card.comparison
    if not comparison.by_buttons or not comparison.is_open:
        return []
    buttons: list[Element] = []
    for i, tool in enumerate(card.tools):
        name = clean(tool.name, NAME_LIMIT) or NOBODY
        value = actions.value(comparison.id, tool.id)
        buttons.append(kit.button(name, f"{actions.VOTE}_{i}", value, says=f"Vote: I would ship {name}"))
    value = actions.value(comparison.id)
    buttons.append(kit.button("None of these", actions.VOTE_NONE, value, says="Vote: I would ship none of these"))
    return [kit.actions(*buttons)]


_CLOSED = "Voting has closed: later reactions change nothing. Everyone here can see the reactions."


def _facts(card: Scorecard, known: _Known, now: int) -> str:
    comparison = card.comparison
    said = [known.categories, f"asked by {mention(comparison.starter)}"]
    if comparison.use_case:
        said.append(f"for “{escape(comparison.use_case, USE_CASE)}”")
    if comparison.secrecy != "open":
        said.append(f"*{comparison.secrecy} vote*")
    if comparison.round > 1:
        said.append(f"round {comparison.round}")
    if comparison.closed_at is not None:
        by = f" by {mention(comparison.closed_by)}" if comparison.closed_by else ""
        said.append(f"*closed* {date(comparison.closed_at)}{by}")
    elif comparison.closes_at > now:
        said.append(f"closes {date(comparison.closes_at)}")
    else:
        said.append("closing now")
    return " · ".join(said)


def _grid(known: _Known, counted: votes.Count) -> Block:
    first, panel, *rest = known.grid
    return kit.table([first, panel, kit.row("Community", *_shares(counted)), *rest])


def _shares(counted: votes.Count) -> list[str]:
    """Every tool's share as its cell shows it."""
    if counted.is_hidden:
        return ["hidden"] * len(counted.ticks)
    return [votes.share(ticks, counted.voters) for ticks in counted.ticks]


def _columns(known: _Known, counted: votes.Count) -> Block:
    """The grid for a workspace that refuses native tables: a field for each tool, two side by side."""
    texts = []
    shares = _shares(counted)
    for i in range(len(shares)):
        rows = (
            ("Panel", known.panels[i]),
            ("Community", shares[i]),
            ("Price", escape(known.prices[i], 2 * facts.PRICE)),
            ("Best for", escape(known.best_for[i], facts.BEST_FOR)),
            ("Category", escape(known.category[i], facts.CATEGORY)),
        )
        texts.append("\n".join([f"*{known.names[i]}*", *[f"*{label}:* {text or NOBODY}" for label, text in rows]]))
    return kit.fields(texts)


def _community(card: Scorecard, known: _Known, counted: votes.Count, standing: str) -> str:
    line = votes.community_line(known.names, counted, () if card.comparison.by_buttons else known.marks)
    final = "" if card.comparison.is_open else "*Final result* · "
    lines = [f"*Community* · {people(counted.voters)}", line] if counted.voters else [f"*Community* {line}"]
    aside = [
        votes.apart_line(known.names, counted, is_told=card.comparison.secrecy == "open"),
        votes.users_line(known.names, counted),
        final + standing if standing else "",
    ]
    return "\n".join([*lines, *filter(None, aside)])


@lru_cache(maxsize=1_024)
def _buttons(number: int, *, is_open: bool, is_young: bool) -> Block:
    """The row of buttons of one comparison, shared by every drawing."""
    return kit.actions(
        kit.button("Read the takes", actions.TAKES, actions.value(number)),
        *([kit.button("Vote with a reason", actions.REASON, actions.value(number))] if is_open else []),
        kit.overflow(actions.MORE, _more(number, is_open=is_open, is_young=is_young)),
    )


def _more(number: int, *, is_open: bool, is_young: bool) -> list[Option]:
    copy = kit.option("Copy link", actions.option_value(actions.LINK, number))
    if not is_open:
        withdraw = kit.option("Withdraw my reason", actions.option_value(actions.WITHDRAW, number))
        return [kit.option("Reopen the vote", actions.option_value(actions.REOPEN, number)), copy, withdraw]
    lines = [kit.option("Close the vote", actions.option_value(actions.CLOSE, number)), copy]
    if is_young:  # the one who has voted may be the starter; the server looks who it is
        lines.insert(1, kit.option("Swap a wrong tool", actions.option_value(actions.SWAP, number)))
    return lines


def _aloud(card: Scorecard, known: _Known, counted: votes.Count, standing: str, now: int) -> str:
    """The card as sentences, for notifications and screen readers; without a mention, which would ring twice."""
    comparison = card.comparison
    use_case = f" for “{escape(comparison.use_case, USE_CASE)}”" if comparison.use_case else ""
    said = [f"{' vs '.join(known.names)}{use_case}."]
    if comparison.is_open and comparison.closes_at > now:
        said.append(f"Open until {date(comparison.closes_at)}.")
    elif not comparison.is_open:
        said.append("Final result.")
    said.append(votes.sentence(known.names, counted))
    if standing:
        said.append(standing)
    said.append(known.aloud)
    if comparison.is_open:
        said.append(_how_to_vote(card, known) if comparison.by_buttons else known.how_to_vote_aloud)
    return " ".join(said)


def pointer(
    tools: tuple[Tool, ...], permalink: str | None, *, by_buttons: bool = False, is_open: bool = True
) -> Message:
    """The one line that an older card becomes once the comparison is shown again elsewhere."""
    where = link(permalink, "on a newer card") if permalink else "on a newer card"
    if not is_open:
        return kit.say(f"{facts.versus(tools)}: the result is {where} now.")
    if by_buttons:
        return kit.say(f"{facts.versus(tools)}: this vote goes on {where}. Your vote counts there, too.")
    return kit.say(f"{facts.versus(tools)}: this vote goes on {where}. Ticks here count until you react there.")
