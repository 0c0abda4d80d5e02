"""Who voted when, and what came unusually fast."""

from dataclasses import dataclass

from bot.model.comparisons import KindOrOut, Scorecard, Treatment
from bot.model.tools import Tool


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
