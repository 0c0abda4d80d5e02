"""Two sides, measured in turns in one run: what our way costs beside the least that somebody could pay."""

import gc
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from time import perf_counter, process_time

ROUNDS = 7


@dataclass(frozen=True, slots=True)
class Spent:
    """What one round of one side took: seconds of wall and of the processor for so many items."""

    items: int
    wall: float
    cpu: float
    each: tuple[float, ...] = ()  # seconds of every item, where somebody asks for percentiles

    @property
    def cpu_us(self) -> float:
        """Microseconds of the processor for one item."""
        return self.cpu / self.items * 1e6

    @property
    def wall_us(self) -> float:
        """Microseconds that passed for one item."""
        return self.wall / self.items * 1e6

    @property
    def rate(self) -> float:
        """Items a second."""
        return self.items / self.wall


Side = Callable[[int], Awaitable[Spent]]


async def alternate(sides: Mapping[str, Side], rounds: int = ROUNDS) -> dict[str, list[Spent]]:
    """Run every side once a round, in turned order each time, so that a machine that slows down slows them alike.

    Each side gets the number of its round. One round before them all is not counted: caches fill, connections open.
    """
    spent: dict[str, list[Spent]] = {name: [] for name in sides}
    for turn in range(rounds + 1):
        names = list(sides) if turn % 2 else list(sides)[::-1]
        for name in names:
            gc.collect()
            found = await sides[name](turn)
            if turn:
                spent[name].append(found)
    return spent


def here(work: Callable[[int], Awaitable[int]]) -> Side:
    """A side that works in this process and says how many items it did; every thread's processor time counts."""

    async def side(turn: int) -> Spent:
        wall, cpu = perf_counter(), process_time()
        items = await work(turn)
        return Spent(items, perf_counter() - wall, process_time() - cpu)

    return side


def plain(work: Callable[[], object], items: int) -> Side:
    """A side that calls a plain function so many times."""

    async def side(_turn: int) -> Spent:
        wall, cpu = perf_counter(), process_time()
        for _ in range(items):
            work()
        return Spent(items, perf_counter() - wall, process_time() - cpu)

    return side
