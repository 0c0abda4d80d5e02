"""The Home tab: the guide on the first visit, the dashboard from then on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.model import Comparison, Subscription, Tally, ToolStanding
from bot.views import actions, blocks, facts, kit, votes
from bot.views.blocks import Block
from bot.views.kit import NOBODY
from bot.views.notices import weekly
from bot.views.text import channel, date, entities, escape, listed

OPEN: Final = 10
VOTES: Final = 10
SUBSCRIPTIONS: Final = 10
LEADERS: Final = 10


@dataclass(frozen=True, slots=True)
class OpenComparison:
    """A comparison that is open in a channel of the person, with its newest card."""

    comparison: Comparison
    tally: Tally
    permalink: str | None
    channel: str = ""


@dataclass(frozen=True, slots=True)
class OwnVote:
    """What the person has ticked: the positions of the tools, none for "none of these"."""

    comparison: Comparison
    ticked: tuple[int, ...]
    permalink: str | None


@dataclass(frozen=True, slots=True)
class Dashboard:
    """Everything that one person's Home tab shows; each part only what this person may see."""

    open: tuple[OpenComparison, ...] = ()
    votes: tuple[OwnVote, ...] = ()
    subscriptions: tuple[tuple[Subscription, int | None], ...] = ()  # with the next due time
    leaderboard: tuple[ToolStanding, ...] = ()  # best first
    more_open: int = 0  # in the person's channels, beyond those in `open`
    open_elsewhere: int = 0  # in public channels that the person is not in


def home(shown: Dashboard, *, first_visit: bool) -> blocks.Home:
    """The Home tab; the guide comes first on the first visit and makes way for the dashboard."""
    drawn = _guide() if first_visit else _dashboard(shown)
    return {"type": "home", "callback_id": actions.HOME, "blocks": [*drawn, *_foot()]}


def _begin() -> Block:
    return kit.actions(kit.button("Compare two tools", actions.COMPARE, actions.value(), style="primary"))


def _guide() -> list[Block]:
    return [
        kit.header("Welcome to Verdicts"),
        kit.section("Your team's verdict on AI tools, in three steps:"),
        kit.section(
            "*1. Ask.* In a channel, send `/compare claude files api vs llama 4 compact`. A side-by-side scorecard is "
            "posted. Names may be short or misspelt: I ask before I guess."
        ),
        kit.section(
            "*2. Vote.* React with the number of every tool that you would ship. The card counts people, live, and "
            "closes by itself after a week."
        ),
        kit.section(
            "*3. Keep up.* `/verdict subscribe mon 09:00` posts the week's verdicts in a channel, once a week, and "
            "nothing in a week without any."
        ),
        _begin(),
    ]


def _dashboard(shown: Dashboard) -> list[Block]:
    return [
        kit.header("Verdicts"),
        _begin(),
        *_open(shown),
        *_votes(shown.votes),
        *_subscriptions(shown.subscriptions),
        *_leaderboard(shown.leaderboard),
    ]


def _more(values: Sequence[object], most: int) -> list[Block]:
    return [kit.context(f"… and {len(values) - most} more")] if len(values) > most else []


def _open(shown: Dashboard) -> list[Block]:
    drawn: list[Block] = [kit.divider(), kit.header("Open in your channels")]
    if not shown.open:
        drawn.append(kit.section("No comparison is open in your channels. Ask your team one."))
    for one in shown.open[:OPEN]:
        names = [facts.name(tool) for tool in one.comparison.tools]
        use_case = f" for “{escape(one.comparison.use_case, 80)}”" if one.comparison.use_case else ""
        line = votes.community_line(names, votes.count(one.tally))
        drawn.append(kit.section(f"{facts.linked(one.comparison.tools, one.permalink)}{use_case}\n{line}"))
        where = f"in {channel(one.channel)} · " if one.channel else ""
        drawn.append(kit.context(f"{where}closes {date(one.comparison.closes_at)}"))
    more = max(0, len(shown.open) - OPEN) + shown.more_open
    if more:
        drawn.append(kit.context(f"… and {more} more"))
    if shown.open_elsewhere:
        drawn.append(kit.context(f"{shown.open_elsewhere} more open in public channels that you are not in."))
    return drawn


def _votes(found: Sequence[OwnVote]) -> list[Block]:
    drawn: list[Block] = [kit.divider(), kit.header("My votes")]
    if not found:
        return [*drawn, kit.section("You have not voted yet.")]
    for one in found[:VOTES]:
        tools = one.comparison.tools
        ticked = listed([facts.name(tools[i]) for i in one.ticked if i < len(tools)]) or "none of these"
        said = ticked if len(tools) > 1 else "ship" if one.ticked else "skip"
        state = "open" if one.comparison.is_open else "closed"
        drawn.append(kit.section(f"{facts.linked(one.comparison.tools, one.permalink)} ({state}): {said}"))
    return [*drawn, *_more(found, VOTES)]


def _subscriptions(found: Sequence[tuple[Subscription, int | None]]) -> list[Block]:
    drawn: list[Block] = [kit.divider(), kit.header("The week's verdicts")]
    if not found:
        said = "No channel of yours gets the week's verdicts. In a channel, send `/verdict subscribe mon 09:00`."
        return [*drawn, kit.section(said)]
    for one, next_due in found[:SUBSCRIPTIONS]:
        when = weekly.upcoming(one, next_due)
        again = weekly.post_again(one.in_doubt) if one.in_doubt else None
        drawn.append(
            kit.section(
                f"{channel(one.channel)} {weekly.schedule(one)}. {when}{weekly.last_time(one)}", accessory=again
            )
        )
    return [*drawn, *_more(found, SUBSCRIPTIONS)]


def _leaderboard(found: Sequence[ToolStanding]) -> list[Block]:
    drawn: list[Block] = [kit.divider(), kit.header("Leaderboard")]
    if not found:
        return [*drawn, kit.section("No tool has votes yet.")]
    lines = []
    for place, one in enumerate(found[:LEADERS], start=1):
        name = escape(one.tool.name, 60) or NOBODY
        lines.append(f"{place}. *{name}* · {votes.share(one.ticks, one.people)} · {escape(one.tool.category, 40)}")
    drawn.append(kit.section("\n".join(lines)))
    return [
        *drawn,
        kit.context("Share of people who would ship the tool, ranked with caution: 18 of 20 stands above 5 of 5."),
    ]


def _foot() -> list[Block]:
    return [
        kit.divider(),
        kit.section(
            f"*Help*\n`/verdict help` · `/compare help` · `{entities('@Verdicts compare <tool> vs <tool>')}` in threads"
        ),
        kit.section(
            "*Privacy*\nI keep your votes under your Slack id, to count one ballot a person. Reactions are public in "
            "their channel; what happens in private channels is never shown elsewhere. I read no messages but "
            "those to me. `/verdict privacy` says more."
        ),
    ]
