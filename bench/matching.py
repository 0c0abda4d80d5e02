"""Names: ours beside rapidfuzz's `extractOne` with `WRatio`, in one run: `python -m bench.matching [seed]`.

Times are microseconds a name, sides alternated, medians and 99th percentiles over five rounds. Hits are the shares of
200 seeded typos, in names of ten letters or more, whose tool came first, or among the first three. WRatio is handed
names and texts in small letters, at no cost to it; among 100,000 names it sees each typo once, for it takes its time.
"""

import random
import string
import sys
from collections.abc import Callable
from functools import partial
from statistics import median, quantiles
from time import perf_counter_ns

from rapidfuzz import fuzz, process

from bot.matching import Found, Named, Names, Result, key

ROUNDS = 5
TYPOS = 200


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


def main(seed: int) -> None:
    rng = random.Random(seed)
    heads = ("exact p50", "p99", "typo p50", "p99", "WRatio p50", "p99")
    titles = "".join(f"{head:>12}" if at % 2 == 0 else f"{head:>9}" for at, head in enumerate(heads))
    print(f"{'names':>8}{'built ms':>10}{titles}{'p50 ×':>10}{'p99 ×':>8}   hits: ours, WRatio")
    for count in (44, 1_000, 100_000):
        tools = generated(count, rng)
        begun = perf_counter_ns()
        names = Names(tools)
        built = (perf_counter_ns() - begun) / 1e6
        folded = [tool.name.lower() for tool in tools]
        sample = rng.choices([tool for tool in tools if len(tool.name) >= 10], k=TYPOS)
        typos = [mistyped(tool.name.lower(), rng) for tool in sample]
        wratio = partial(process.extract, choices=folded, scorer=fuzz.WRatio, limit=3)
        exact: list[float] = []
        ours: list[float] = []
        theirs: list[float] = []
        for turn in range(ROUNDS):
            some = slice(turn, None, ROUNDS) if count > 1_000 else slice(None)
            exact += timed(names.resolve, [tool.name for tool in sample])
            ours += timed(names.resolve, typos)
            theirs += timed(partial(process.extractOne, choices=folded, scorer=fuzz.WRatio), typos[some])
        found = (
            [likeliest(names.resolve(typo), names, typo) for typo in typos],
            [[tools[at].id for *_, at in wratio(typo)] for typo in typos],
        )
        hits = "   ".join(f"{hit(sample, side, 1):.3f} {hit(sample, side, 3):.3f}" for side in found)
        figures = [each for times in (exact, ours, theirs) for each in (median(times), quantiles(times, n=100)[98])]
        shown = "".join(f"{figure:>12.1f}" if at % 2 == 0 else f"{figure:>9.1f}" for at, figure in enumerate(figures))
        print(
            f"{count:>8}{built:>10.1f}{shown}{figures[2] / figures[4]:>10.3f}{figures[3] / figures[5]:>8.3f}   {hits}"
        )


def hit(sample: list[Named], found: list[list[int]], first: int) -> float:
    """The share of tools that are among the first so many found."""
    return sum(tool.id in ids[:first] for tool, ids in zip(sample, found, strict=True)) / len(sample)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
