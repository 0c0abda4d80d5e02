"""A channel's wish for the week's verdicts, and what is in them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from bot.model.comparisons import Comparison, Tally, ToolStanding
from bot.model.tools import Price, Take, Tool

RunState: TypeAlias = Literal["pending", "sending", "posted", "skipped", "failed", "uncertain"]
ChangeKind: TypeAlias = Literal["new tool", "new take", "turned take", "new price"]


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
