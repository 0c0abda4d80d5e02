"""The words of Verdicts as frozen values: no I/O, no Slack, no SQL.

Times are whole Unix seconds in UTC, except where a name ends in `_us` (microseconds). Identifiers of people, channels
and workspaces are Slack's own strings. A `choice` is a set of ticked tools as a bit mask over the comparison's tools in
their stored order: bit 0 is the first tool; 0 is "none of these".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Verdict: TypeAlias = Literal["ship", "skip"]
Editors: TypeAlias = Literal["everyone", "admins"]
Entry: TypeAlias = Literal["free", "freemium", "paid"]
RunState: TypeAlias = Literal["pending", "sending", "posted", "skipped", "failed", "uncertain"]
Secrecy: TypeAlias = Literal["open", "hidden", "anonymous"]
Treatment: TypeAlias = Literal["counted", "apart", "out"]  # apart: shown beside the count, and not in it
Kind: TypeAlias = Literal["member", "guest", "external"]  # external: of another company, in a shared channel
KindOrOut: TypeAlias = Kind | Literal["out"]  # out: a bot, or somebody who has left
ChangeKind: TypeAlias = Literal["new tool", "new take", "turned take", "new price"]
Certainty: TypeAlias = Literal["early", "clear", "leaning", "split"]


@dataclass(frozen=True, slots=True)
class Price:
    """What a tool costs to begin with; `source` is None where nobody could name one, and the app says so."""

    entry: Entry
    summary: str
    source: str | None
    as_of: str | None  # "2026-08-22", or "2026-11" where only the month is known


@dataclass(frozen=True, slots=True)
class Take:
    """One reviewer's current opinion of one tool."""

    reviewer: str  # slug of the lens: "builder"
    reviewer_name: str  # "Builder"
    verdict: Verdict
    headline: str
    text: str
    caveat: str
    author: str
    basis: str
    reviewed_on: str  # "2026-11-22"


@dataclass(frozen=True, slots=True)
class Tool:
    """Something a team may ship with, with its current takes in the reviewers' order."""

    id: int
    slug: str
    name: str
    vendor: str
    category: str
    tagline: str
    description: str
    best_for: str
    url: str | None
    price: Price
    aliases: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    released: str | None = None
    takes: tuple[Take, ...] = ()
    is_retired: bool = False  # out of the catalogue; old comparisons keep it

    def __hash__(self) -> int:
        """Of little, because every drawing of a card looks its tools up. Equality still is of everything."""
        return hash((self.id, self.slug, self.name))

    @property
    def panel(self) -> "PanelScore":
        """How the reviewers split on this tool."""
        ships = sum(take.verdict == "ship" for take in self.takes)
        return PanelScore(ship=ships, skip=len(self.takes) - ships)


@dataclass(frozen=True, slots=True)
class PanelScore:
    """The current takes of one tool, counted."""

    ship: int
    skip: int

    @property
    def share(self) -> float | None:
        """Share of takes that say ship, 0 to 1; None without takes."""
        total = self.ship + self.skip
        return self.ship / total if total else None


@dataclass(frozen=True, slots=True)
class Tally:
    """Ballots of one comparison, counted by choice (see the module's docstring); people without a ballot are
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


@dataclass(frozen=True, slots=True)
class AuditLine:
    """The newest state of one emoji of one person on one card, or of what somebody has chosen by buttons."""

    at: int
    person: str
    tools: tuple[Tool, ...] | None  # none for "none of these"; None for an emoji that is no vote
    emoji: str  # as Slack names it; empty for buttons
    is_present: bool
    kind: KindOrOut
    treatment: Treatment


@dataclass(frozen=True, slots=True)
class UnusualRate:
    """Votes that came unusually fast: one person's changes, or a crowd's."""

    kind: str
    person: str  # empty for a crowd
    times: int
    noted_at: int


@dataclass(frozen=True, slots=True)
class Audit:
    """Who voted when, a page of it; pages count from 0."""

    shown: Scorecard
    lines: tuple[AuditLine, ...]
    page: int
    pages: int
    unusual: tuple[UnusualRate, ...]


@dataclass(frozen=True, slots=True)
class PastPrice:
    """What a tool cost until another price was recorded."""

    price: Price
    until: int


@dataclass(frozen=True, slots=True)
class PastVerdict:
    """A reviewer's verdict until they gave another one, or the same with other words."""

    reviewer_name: str
    verdict: Verdict
    author: str
    reviewed_on: str
    until: int


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
class Reviewer:
    """Somebody on the panel, or who has left it; a take of theirs counts while they sit there."""

    slug: str
    name: str
    is_retired: bool


@dataclass(frozen=True, slots=True)
class Search:
    """A page of what was found: what was asked, how many tools fit, and up to `size` of them from `start` on."""

    words: str
    category: str | None
    prices: tuple[str, ...]
    count: int
    start: int
    size: int
    tools: tuple[Tool, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """A line of the audit: who did what to which tool or setting."""

    at: int
    person: str
    action: str
    subject: str


@dataclass(frozen=True, slots=True)
class Subscription:
    """A channel's wish for the week's verdicts."""

    id: int
    workspace: str
    channel: str
    weekday: int  # 0 is Monday
    minute: int  # of the local day: 540 is 09:00
    zone: str  # IANA name
    category: str | None
    even_if_empty: bool
    subscriber: str
    subscribed_at: int
    paused_until: str | None  # local date "2026-12-24"; "" means until resumed
    pause_reason: str | None  # why the app paused it by itself
    skipped: tuple[str, ...] = ()  # ISO weeks to leave out: "2026-W52"
    last_outcome: str | None = None
    in_doubt: int | None = None  # its latest digest, of which nobody knows whether it stands in the channel


@dataclass(frozen=True, slots=True)
class DigestRun:
    """One channel's digest of one ISO week: the row that keeps it to once."""

    id: int
    workspace: str
    channel: str
    week: str  # ISO week of the local date: "2026-W48"
    due_at: int
    state: RunState
    key: str
    attempt: int
    not_before: int = 0  # pending: when it may be taken; taken: when it may be taken from whoever has it
    sending_at: int | None = None  # when this attempt was about to be sent; None until then
    doubt_since: int | None = None  # since when a message of it may stand in the channel
    look_at: int | None = None  # when the channel's history is to be asked for it
    tell_at: int | None = None  # when its subscriber is to be told how it went
    message_ts: str | None = None
    outcome: str | None = None


@dataclass(frozen=True, slots=True)
class DigestResult:
    """A comparison as a line of the digest, in the order of the card that `link` leads to; None without one."""

    comparison: Comparison
    tally: Tally
    link: str | None


@dataclass(frozen=True, slots=True)
class DigestChange:
    """Something new in the catalogue: a new tool, a new or turned take, a changed price."""

    kind: ChangeKind
    tool: Tool
    take: Take | None = None
    old_price: Price | None = None


@dataclass(frozen=True, slots=True)
class DigestMove:
    """A tool that moved on the team's leaderboard of its category; positions count from 1, None when it was not
    on it."""

    standing: ToolStanding
    was: int | None
    now: int


@dataclass(frozen=True, slots=True)
class Digest:
    """The week's verdicts for one channel, each section in order and possibly empty."""

    subscription: Subscription
    week: str
    since: int  # what changed after this moment is in it
    until: int
    closed: tuple[DigestResult, ...] = ()
    busiest: tuple[DigestResult, ...] = ()
    disagreements: tuple[ToolStanding, ...] = ()
    changes: tuple[DigestChange, ...] = ()
    moves: tuple[DigestMove, ...] = ()
    closing_soon: tuple[DigestResult, ...] = ()
    tables: bool = True
    links: Mapping[int, str] = field(default_factory=dict)  # by tool, where its newest card stands
    is_shared: bool = False  # the channel, with another company: it tells of nothing that was asked elsewhere

    @property
    def is_empty(self) -> bool:
        """Whether nothing happened that is worth a post."""
        return not (
            self.closed or self.busiest or self.disagreements or self.changes or self.moves or self.closing_soon
        )
