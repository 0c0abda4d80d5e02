"""Names: ours beside rapidfuzz's `extractOne` with `WRatio`, in one run: `python -m bench.matching [seed]`.

Times are microseconds a name, sides alternated, medians of five rounds (and the 99th percentile over all of them); hits are shares of
seeded typos whose tool came first, or among the first three. WRatio is handed folded names and folded text, at no cost to it.
"""

import random
import string
import sys
from collections.abc import Callable
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
    print(f"{'names':>8} {'built ms':>9} {'exact p50':>10} {'p99':>6} {'typo p50':>9} {'p99':>7} {'WRatio p50':>11} {'p99':>8} "
          f"{'p50 ×':>6} {'p99 ×':>6}   first: ours WRatio   in three: ours WRatio")  # fmt: skip
    for count in (44, 1_000, 100_000):
        tools = generated(count, rng)
        begun = perf_counter_ns()
        names = Names(tools)
        built = (perf_counter_ns() - begun) / 1e6
        folded = [tool.name.lower() for tool in tools]
        sample = rng.choices([tool for tool in tools if len(tool.name) >= 10], k=TYPOS)
        typos = [mistyped(tool.name.lower(), rng) for tool in sample]
        exact: list[float] = []
        ours: list[float] = []
        theirs: list[float] = []
        for turn in range(ROUNDS):
            some = slice(turn * TYPOS // ROUNDS, (turn + 1) * TYPOS // ROUNDS) if count > 1_000 else slice(None)
            exact += timed(names.resolve, [tool.name for tool in sample])
            ours += timed(names.resolve, typos)
            theirs += timed(lambda text: process.extractOne(text, folded, scorer=fuzz.WRatio), typos[some])
        mine = [likeliest(names.resolve(typo), names, typo) for typo in typos]
        three = [[at for *_, at in process.extract(typo, folded, scorer=fuzz.WRatio, limit=3)] for typo in typos]
        hits = [
            sum(tool.id in found[:first] for tool, found in zip(sample, side, strict=True)) / TYPOS
            for first in (1, 3)
            for side in (mine, three)
        ]
        p50, p99 = median(ours), quantiles(ours, n=100)[98]
        w50, w99 = median(theirs), quantiles(theirs, n=100)[98]
        print(f"{count:>8} {built:>9.1f} {median(exact):>10.1f} {quantiles(exact, n=100)[98]:>6.1f} {p50:>9.0f} {p99:>7.0f} "
              f"{w50:>11.0f} {w99:>8.0f} {p50 / w50:>6.3f} {p99 / w99:>6.3f}   {hits[0]:>11.3f} {hits[1]:.3f}   "
              f"{hits[2]:>14.3f} {hits[3]:.3f}")  # fmt: skip


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
