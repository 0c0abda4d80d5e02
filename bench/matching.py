"""Names: ours beside rapidfuzz's `extractOne` with `WRatio`.

Times are microseconds a name, sides alternated; the 99th percentile of each round. Hits are the shares of
200 seeded typos, in names of ten letters or more, whose tool came first, or among the first three. WRatio is handed
names and texts in small letters, at no cost to it; among 100,000 names it sees each typo once, for it takes its time.
"""

import random
import string
from collections.abc import Callable
from functools import partial
from time import perf_counter_ns

from rapidfuzz import fuzz, process

from bench.figures import Figure, at_least, at_most, percentile
from bot.matching import Found, Named, Names, Result, key

TYPOS = 200
SEED = 7


def generated(count: int, rng: random.Random) -> list[Named]:
    """So many different tools, of two or three words from a small vocabulary, some with a version."""
    syllables = [a + b for a in "bcdfghklmnprstvz" for b in ("a", "e", "i", "o", "u", "an", "er", "il")]
    words = ["".join(rng.choices(syllables, k=rng.randint(1, 3))) for _ in range(2_000)]
    names: dict[str, str] = {}
    while len(names) < count:
        name = " ".join(rng.choices(words, k=rng.randint(2, 3))).title()
        name += f" {rng.randint(1, 9)}" if rng.random() < 0.3 else ""
        names.setdefault(key(name), name)
    return [Named(at, name.lower().replace(" ", "-"), name) for at, name in enumerate(names.values())]


def mistyped(name: str, rng: random.Random) -> str:
    """The name with one letter missing, doubled up with another, replaced, or swapped with the next."""
    at = rng.randrange(len(name) - 1)
    letter = rng.choice(string.ascii_lowercase)
    return rng.choice([
        name[:at] + name[at + 1 :],
        name[:at] + letter + name[at:],
        name[:at] + letter + name[at + 1 :],
        name[:at] + name[at + 1] + name[at] + name[at + 2 :],
    ])  # fmt: skip


def likeliest(result: Result, names: Names, text: str) -> list[int]:
    """The first three tools that a person would be shown."""
    ids = [result.id] if isinstance(result, Found) else list(getattr(result, "ids", ()))
    return list(dict.fromkeys([*ids, *names.nearest(text)]))[:3]


def timed(one: Callable[[str], object], texts: list[str]) -> list[float]:
    took = []
    for text in texts:
        begun = perf_counter_ns()
        one(text)
        took.append((perf_counter_ns() - begun) / 1_000)
    return took


async def measure(rounds: int) -> list[Figure]:
    """Row 11."""
    return [figure for count in (1_000, 100_000) for figure in among(count, rounds)]


def among(count: int, rounds: int) -> list[Figure]:
    """The figures of a catalogue of so many names."""
    rng = random.Random(SEED)
    tools = generated(count, rng)
    names = Names(tools)
    folded = [tool.name.lower() for tool in tools]
    sample = rng.choices([tool for tool in tools if len(tool.name) >= 10], k=TYPOS)
    typos = [mistyped(tool.name.lower(), rng) for tool in sample]
    wratio = partial(process.extract, choices=folded, scorer=fuzz.WRatio, limit=3)
    exact: list[float] = []
    ours: list[float] = []
    theirs: list[float] = []
    for turn in range(rounds):
        some = slice(turn, None, rounds) if count > 1_000 else slice(None)
        exact.append(percentile(timed(names.resolve, [tool.name for tool in sample]), 0.99))
        ours.append(percentile(timed(names.resolve, typos), 0.99))
        theirs.append(
            percentile(timed(partial(process.extractOne, choices=folded, scorer=fuzz.WRatio), typos[some]), 0.99)
        )
    first = [likeliest(names.resolve(typo), names, typo) for typo in typos]
    wide = [[tools[at].id for *_, at in wratio(typo)] for typo in typos]
    among_all = f"among {count:,} names"
    against = "rapidfuzz WRatio over all"
    return [
        Figure(f"11 exact {count}", f"an exact name {among_all}, p99", "µs", tuple(exact), goal=at_most(10)),
        Figure(
            f"11 typo {count}", f"a typo {among_all}, p99", "µs", tuple(ours), against, tuple(theirs), at_most(0.15)
        ),
        Figure(
            f"11 first {count}",
            f"typos whose tool comes first {among_all}",
            "",
            (hit(sample, first, 1),),
            against,
            (hit(sample, wide, 1),),
            at_least(1),
        ),
        Figure(
            f"11 three {count}",
            f"typos whose tool is among the first three {among_all}",
            "",
            (hit(sample, first, 3),),
            goal=at_least(0.98),
        ),
    ]


def hit(sample: list[Named], found: list[list[int]], first: int) -> float:
    """The share of tools that are among the first so many found."""
    return sum(tool.id in ids[:first] for tool, ids in zip(sample, found, strict=True)) / len(sample)
