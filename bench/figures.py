"""A figure of a run: two sides over all rounds, their ratio, and the goal that it is held to."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from bench.measure import Spent

WORSE = 1.1  # times: a value that is worse than the kept one by more shows


@dataclass(frozen=True, slots=True)
class Goal:
    """A limit for the ratio, or for our own value where there is no other side."""

    limit: float
    is_floor: bool = False

    def is_met_by(self, value: float) -> bool:
        """Whether a value reaches the goal."""
        return value >= self.limit if self.is_floor else value <= self.limit

    def __str__(self) -> str:
        return f"{'≥' if self.is_floor else '≤'} {self.limit:g}"


def at_most(limit: float) -> Goal:
    """The smaller the better."""
    return Goal(limit)


def at_least(limit: float) -> Goal:
    """The larger the better."""
    return Goal(limit, is_floor=True)


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. `key` stays the same from run to run: by it a run is compared with the kept one."""

    key: str
    what: str
    unit: str
    ours: tuple[float, ...]
    against: str = ""
    theirs: tuple[float, ...] = ()  # empty: ours alone is the value
    goal: Goal | None = None
    more_is_better: bool = False  # where there is no goal to say so

    @property
    def ratios(self) -> list[float]:
        """Ours over theirs, round by round: neighbours in time have met the same machine."""
        return [one / other for one, other in zip(self.ours, self.theirs, strict=True)]

    @property
    def values(self) -> list[float]:
        """What is held to the goal: the ratios, or ours where it stands alone."""
        return self.ratios if self.theirs else list(self.ours)

    @property
    def value(self) -> float:
        """The median of the values."""
        return median(self.values)

    @property
    def is_met(self) -> bool:
        """Whether the goal, if there is one, is reached."""
        return self.goal is None or self.goal.is_met_by(self.value)

    def is_worse_than(self, kept: float) -> bool:
        """Whether the value is worse than a kept one by more than a tenth."""
        more_is_better = self.goal.is_floor if self.goal else self.more_is_better
        return self.value * WORSE < kept if more_is_better else self.value > kept * WORSE


def beside(
    key: str,
    what: str,
    against: str,
    ours: Sequence[Spent],
    theirs: Sequence[Spent],
    *,
    cpu: Goal | None = None,
    rate: Goal | None = None,
) -> list[Figure]:
    """The two figures of two sides that do the same: the processor's time for one item, and how many a second."""
    return [
        Figure(
            f"{key} cpu",
            what,
            "µs CPU",
            tuple(one.cpu_us for one in ours),
            against,
            tuple(one.cpu_us for one in theirs),
            cpu,
        ),
        Figure(
            f"{key} rate",
            what,
            "a second",
            tuple(one.rate for one in ours),
            against,
            tuple(one.rate for one in theirs),
            rate,
            more_is_better=True,
        ),
    ]


def percentile(each: Sequence[float], share: float) -> float:
    """The value that this share of all does not exceed."""
    ordered = sorted(each)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
