"""Tools, what reviewers and prices say of them, and the catalogue that they stand in."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Verdict: TypeAlias = Literal["ship", "skip"]
Editors: TypeAlias = Literal["everyone", "admins"]
Entry: TypeAlias = Literal["free", "freemium", "paid"]


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
