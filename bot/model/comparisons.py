"""Questions put to the team, how it voted, and what their cards show."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from bot.model.tools import PastPrice, PastVerdict, Tool

Secrecy: TypeAlias = Literal["open", "hidden", "anonymous"]
Treatment: TypeAlias = Literal["counted", "apart", "out"]  # apart: shown beside the count, and not in it
Kind: TypeAlias = Literal["member", "guest", "external"]  # external: of another company, in a shared channel
KindOrOut: TypeAlias = Kind | Literal["out"]  # out: a bot, or somebody who has left
Certainty: TypeAlias = Literal["early", "clear", "leaning", "split"]


@dataclass(frozen=True, slots=True)
class Tally:
    """Ballots of one comparison, counted by choice (see the package's docstring); people without a ballot are
    not in it."""

    tools: int
    people_by_choice: Mapping[int, int]
    is_hidden: bool = False  # counted, but told to nobody before the comparison closes
    apart: Mapping[int, int] = field(default_factory=dict)  # people of other companies by choice: in no other figure
    # By tool: of the people who say that they have used it, those who ticked it, and all; empty where nobody says so.
    users: tuple[tuple[int, int], ...] = ()

    @property
    def people(self) -> int:
        """People with a ballot, "none of these" included."""
        return sum(self.people_by_choice.values())

    @property
    def none(self) -> int:
        """People who chose none of these."""
        return self.people_by_choice.get(0, 0)

    def ticks(self, position: int) -> int:
        """People who ticked the tool at this position."""
        return sum([n for choice, n in self.people_by_choice.items() if choice >> position & 1])

    @property
    def several(self) -> int:
        """People who ticked more than one tool."""
        return sum(n for choice, n in self.people_by_choice.items() if choice.bit_count() > 1)

    def decided(self, position: int, other: int) -> tuple[int, int]:
        """People who ticked only the one of two tools, and only the other."""
        only_one = only_other = 0
        for choice, n in self.people_by_choice.items():
            one = choice >> position & 1
            if one == choice >> other & 1:
                continue
            if one:
                only_one += n
            else:
                only_other += n
        return only_one, only_other

    def in_order(self, order: tuple[int, ...]) -> "Tally":
        """The same tally for a card that shows the tools in another order: `order[i]` is the stored position of
        the i-th."""
        users = tuple(self.users[position] for position in order) if self.users else ()
        counted, apart = _turned(self.people_by_choice, order), _turned(self.apart, order)
        return Tally(self.tools, counted, self.is_hidden, apart, users)


def _turned(people_by_choice: Mapping[int, int], order: tuple[int, ...]) -> dict[int, int]:
    turned: dict[int, int] = {}
    for choice, n in people_by_choice.items():
        shown = sum(1 << i for i, position in enumerate(order) if choice >> position & 1)
        turned[shown] = turned.get(shown, 0) + n
    return turned


@dataclass(frozen=True, slots=True)
class Comparison:
    """One question put to the team: two to four tools, an optional use case, a deadline.

    A single tool is a question, too: would you ship it? It has no deadline.
    """

    id: int
    workspace: str
    scope: str  # "" pools the public channels of the workspace; else the one private channel or DM it belongs to
    tools: tuple[Tool, ...]  # in stored order
    use_case: str
    starter: str
    round: int  # 1 for the first; a new comparison of the same question after closing is the next
    opened_at: int
    closes_at: int
    closed_at: int | None
    closed_by: str | None  # None when it closed by itself
    secrecy: Secrecy = "open"
    by_buttons: bool = False  # votes are clicks on the card, not reactions
    guests: Treatment = "counted"
    externals: Treatment = "apart"
    recounted_at: int | None = None  # when the votes were counted anew, because the workspace changed who counts

    @property
    def is_open(self) -> bool:
        """Whether votes still count."""
        return self.closed_at is None


@dataclass(frozen=True, slots=True)
class Card:
    """One Slack message that shows a comparison or one tool."""

    id: int
    workspace: str
    key: str  # random; the only thing that the message's metadata holds
    channel: str
    thread_ts: str | None
    message_ts: str | None  # None until the post was recorded
    comparison_id: int
    order: tuple[int, ...]  # order[i] is the stored position of the i-th tool shown
    desired_rev: int
    posted_by: str
    posted_at: int = 0


@dataclass(frozen=True, slots=True)
class Scorecard:
    """Everything a card of a comparison shows; tools and tally in the order of this card."""

    comparison: Comparison
    card: Card
    tools: tuple[Tool, ...]
    tally: Tally
    tables: bool = True  # False once the workspace has refused native tables
    emoji: tuple[str, ...] = ("one", "two", "three", "four")
    none_emoji: str = "no_entry_sign"
    permalink: str | None = None
    standing: "ToolStanding | None" = None  # set where the question is about one tool: would you ship it?


@dataclass(frozen=True, slots=True)
class ToolStanding:
    """A tool and its team score over people: everyone's newest ballot that includes the tool."""

    tool: Tool
    ticks: int
    people: int
    comparisons: int = 0
    apart: int = 0  # people of other companies who voted on it, beside the count


@dataclass(frozen=True, slots=True)
class ToolComparison:
    """A public comparison of a tool with others, in the order of the card that `link` leads to; None without one."""

    comparison: Comparison
    tally: Tally
    link: str | None


@dataclass(frozen=True, slots=True)
class ToolCard:
    """Everything the card of one tool shows. `card` is None while it is shown privately, where nobody can vote
    on it. The history is newest first."""

    standing: ToolStanding
    card: Card | None
    tables: bool = True
    past_prices: tuple[PastPrice, ...] = ()
    past_verdicts: tuple[PastVerdict, ...] = ()
    comparisons: tuple[ToolComparison, ...] = ()
    more_comparisons: bool = False


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a teammate voted as they did, with the tools in the order of the card."""

    author: str | None  # None in hidden and anonymous rounds, which tell nobody's name
    ticked: tuple[Tool, ...]  # none for "none of these"
    used: tuple[Tool, ...]
    text: str
    is_apart: bool = False


@dataclass(frozen=True, slots=True)
class Reasons:
    """What teammates say beside their votes; `more` is how many of them there are beyond those."""

    said: tuple[Reason, ...] = ()
    more: int = 0


@dataclass(frozen=True, slots=True)
class OwnReason:
    """What one person has chosen on a comparison and says beside it, for the dialog in which they change it."""

    shown: Scorecard
    ticked: tuple[Tool, ...] | None  # None without a vote
    used: tuple[Tool, ...]
    text: str
