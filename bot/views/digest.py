"""The week's verdicts of one channel."""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, TypeVar

from bot.model import Digest, DigestChange, DigestMove, DigestResult, Subscription, ToolStanding
from bot.views import actions, chart, facts, kit, votes
from bot.views.blocks import Block
from bot.views.kit import NOBODY, Message
from bot.views.limits import BLOCKS_BUDGET, CHARACTERS_BUDGET, characters
from bot.views.notices.weekly import schedule
from bot.views.text import channel, date, day, escape, link, mention, people, safe_url

ITEMS: Final = 5  # of a section; the rest is counted
_LINES: Final = 2_800  # characters of lines in one block, below Slack's 3,000
_ROOMS: Final = (
    (ITEMS, 60),
    (3, 40),
    (2, 30),
    (1, 16),
)  # items of a section and graphemes of a name, until it all fits


T = TypeVar("T")


class _Item(NamedTuple):
    """A line of a section: what it is about, where that leads, and what is said of it; all escaped."""

    about: str
    to: str | None
    said: str

    def drawn(self) -> str:
        return f"• {link(self.to, self.about) if safe_url(self.to) else f'*{self.about}*'}{self.said}"


class _Section(NamedTuple):
    title: str
    items: list[_Item]
    more: int

    def lines(self) -> list[str]:
        rest = [f"… and {self.more} more"] if self.more else []
        return [f"*{self.title}*", *[item.drawn() for item in self.items], *rest]

    def aloud(self) -> str:
        rest = f"; and {self.more} more" if self.more else ""
        return f"{self.title}: {'; '.join([f'{item.about}{item.said}'.rstrip('.') for item in self.items])}{rest}."


def digest(week: Digest) -> Message:
    """The digest as a message: what is empty is left out, what does not fit is counted ("and 7 more")."""
    blocks: list[Block] = []
    sections: list[_Section] = []
    for items, name in _ROOMS:
        sections = _sections(week, items, name)
        blocks = _blocks(week, sections)
        if characters(blocks) <= CHARACTERS_BUDGET and len(blocks) <= BLOCKS_BUDGET:
            break
    said = " ".join([section.aloud() for section in sections]) or _EMPTY
    return kit.message(f"The week's verdicts. {said}", blocks)


_EMPTY: Final = "Nothing was closed, voted on or changed this week."
_SHARED: Final = ". It tells only of this channel, which another company reads, too"


def _blocks(week: Digest, sections: list[_Section]) -> list[Block]:
    subscription = week.subscription
    only = f" · only {escape(subscription.category, facts.CATEGORY)}" if subscription.category else ""
    blocks: list[Block] = [
        kit.header("The week's verdicts"),
        kit.context(f"Week {escape(week.week, 10)} · {day(week.since)} to {day(week.until)}{only}"),
    ]
    if not sections:
        blocks.append(kit.section(_EMPTY))
    for i, section in enumerate(sections):
        blocks += _paragraphs(section.lines())
        if i == 0:
            blocks += chart.scores([*week.closed, *week.busiest], tables=week.tables)
    blocks.append(kit.context(because(subscription) + (_SHARED if week.is_shared else "")))
    number = actions.value(subscription.id)
    blocks.append(
        kit.actions(
            kit.button("Change", actions.DIGEST_CHANGE, number),
            kit.button("Pause", actions.DIGEST_PAUSE, number),
            kit.button("Stop", actions.DIGEST_STOP, number),
        )
    )
    return blocks


def because(subscription: Subscription) -> str:
    """Why this channel gets a digest: who wished for it, when, and how often; mrkdwn."""
    who, when = mention(subscription.subscriber), day(subscription.subscribed_at)
    return f"Posted because {who} subscribed {channel(subscription.channel)} on {when}: {schedule(subscription)}"


def _paragraphs(lines: Sequence[str]) -> list[Block]:
    """The lines in as few blocks as they fit into."""
    texts = [""]
    for line in lines:
        if texts[-1] and len(texts[-1]) + len(line) > _LINES:
            texts.append("")
        texts[-1] += f"\n{line}" if texts[-1] else line
    return [kit.section(text) for text in texts]


def _sections(week: Digest, items: int, name: int) -> list[_Section]:
    """The sections in the order of the design, those with something in them."""

    def drawn(title: str, values: Sequence[T], draw: Callable[[T, int], _Item]) -> _Section:
        return _Section(title, [draw(value, name) for value in values[:items]], max(0, len(values) - items))

    to = week.links.get
    sections = [
        drawn("Closed this week", week.closed, _closed),
        drawn("Most people", week.busiest, _busy),
        drawn(
            "Where team and panel disagree most",
            week.disagreements,
            lambda one, limit: _disagreement(one, limit, to(one.tool.id)),
        ),
        drawn(
            "New and changed in the catalogue", week.changes, lambda one, limit: _change(one, limit, to(one.tool.id))
        ),
        drawn("Movers on the leaderboard", week.moves, lambda one, limit: _move(one, limit, to(one.standing.tool.id))),
        drawn("Closing soon", week.closing_soon, _closing),
    ]
    return [section for section in sections if section.items]


def _names(result: DigestResult, limit: int) -> list[str]:
    return [escape(tool.name, limit) or NOBODY for tool in result.comparison.tools]


def _closed(result: DigestResult, limit: int) -> _Item:
    names = _names(result, limit)
    counted = votes.count(result.tally)
    said = votes.standing(names, result.tally, is_open=False)
    scores = f" {_scores(names, counted)}" if counted.voters else ""
    return _Item(" vs ".join(names), result.link, f": {said}{scores}")


def _busy(result: DigestResult, limit: int) -> _Item:
    names = _names(result, limit)
    counted = votes.count(result.tally)
    state = "still open" if result.comparison.is_open else "closed"
    return _Item(" vs ".join(names), result.link, f": {people(counted.voters)}, {state}. {_scores(names, counted)}")


def _scores(names: Sequence[str], counted: votes.Count) -> str:
    return " · ".join(votes.community_line(names, counted, drawn=False).split("\n"))


def _closing(result: DigestResult, limit: int) -> _Item:
    voted = people(result.tally.people) if result.tally.people else "nobody"
    so_far = "votes hidden until then" if result.tally.is_hidden else f"{voted} voted so far"
    said = f": closes {date(result.comparison.closes_at)}, {so_far}"
    return _Item(" vs ".join(_names(result, limit)), result.link, said)


def _disagreement(standing: ToolStanding, limit: int, to: str | None) -> _Item:
    tool = standing.tool
    said = f": panel {facts.panel(tool)}; team {votes.share(standing.ticks, standing.people)}"
    return _Item(escape(tool.name, limit) or NOBODY, to, said)


def _change(change: DigestChange, limit: int, to: str | None) -> _Item:
    tool, take = change.tool, change.take
    about = escape(tool.name, limit) or NOBODY
    if change.kind == "new tool":
        return _Item(about, to, f" is new in {escape(tool.category, limit)}: {escape(tool.tagline, 2 * limit)}")
    if change.kind == "new price":
        return _Item(about, to, f": {_new_price(change, limit)}")
    if take is None:
        return _Item(about, to, " has a new take")
    verb = "now says" if change.kind == "turned take" else "says"
    reviewer, headline = escape(take.reviewer_name, 40), escape(take.headline, 2 * limit)
    return _Item(about, to, f": {reviewer} {verb} *{take.verdict}* · {headline}")


def _new_price(change: DigestChange, limit: int) -> str:
    new, old = change.tool.price, change.old_price
    turned = f"was {facts.entry(old).lower()}, now {facts.entry(new).lower()}" if old and old.entry != new.entry else ""
    said = [turned or "new price", escape(new.summary, 2 * limit), escape(facts.checked(new))]
    return " · ".join(filter(None, said))


def _move(move: DigestMove, limit: int, to: str | None) -> _Item:
    tool = move.standing.tool
    place = (
        f"new at {move.now}"
        if move.was is None
        else f"{'up' if move.now < move.was else 'down'} from {move.was} to {move.now}"
    )
    team = votes.share(move.standing.ticks, move.standing.people)
    said = f": {place} in {escape(tool.category, limit)} · {team}"
    return _Item(escape(tool.name, limit) or NOBODY, to, said)
