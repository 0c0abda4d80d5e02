"""Names: ours beside rapidfuzz's `extractOne` with `WRatio` over the same list of names and aliases.

Times are microseconds of the measuring thread's own processor time a name, at the median and at the 99th percentile of
each round, so that what else runs on the machine does not count. Hits are the shares of 200 seeded typos, in names and
aliases of ten letters or more, whose tool came first, or among the first three. WRatio is handed names and texts in
small letters, at no cost to it; among the most names it sees each typo once in all rounds, for it takes its time.
"""

import random
import string
from collections.abc import Callable
from functools import partial
from time import thread_time_ns
from typing import Any

from rapidfuzz import fuzz, process

from bench.figures import Figure, Goal, at_least, at_most, percentile
from bot.matching import Found, Named, Names, Result, key

TYPOS = 200
REPEATED = 10  # passes over the cheap ones, so that one look of the system at this thread is not their 99th percentile
SEED = 7
ALIASES = 2  # of each tool
LONG = 10  # letters of a name that is mistyped
AGAINST = "rapidfuzz WRatio over all"


def generated(count: int, rng: random.Random) -> list[Named]:
    """So many different tools; their names and aliases are all of two or three words from one small vocabulary."""
    syllables = [a + b for a in "bcdfghklmnprstvz" for b in ("a", "e", "i", "o", "u", "an", "er", "il")]
    words = ["".join(rng.choices(syllables, k=rng.randint(1, 3))) for _ in range(2_000)]
    each = 1 + ALIASES
    names: dict[str, str] = {}
    while len(names) < count * each:
        name = " ".join(rng.choices(words, k=rng.randint(2, 3))).title()
        name += f" {rng.randint(1, 9)}" if rng.random() < 0.3 else ""
        names.setdefault(key(name), name)
    every = list(names.values())
    groups = (every[at : at + each] for at in range(0, len(every), each))
    return [Named(at, name.lower().replace(" ", "-"), name, (*more,)) for at, (name, *more) in enumerate(groups)]


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


def timed(one: Callable[[str], Any], texts: list[str]) -> tuple[list[float], list[Any]]:
    """How long each took, and what it gave."""
    took, gave = [], []
    for text in texts:
        begun = thread_time_ns()
        found = one(text)
        took.append((thread_time_ns() - begun) / 1_000)
        gave.append(found)
    return took, gave


async def measure(rounds: int) -> list[Figure]:
    """Row 11."""
    return [figure for count in (1_000, 100_000) for figure in among(count, rounds)]


def among(count: int, rounds: int) -> list[Figure]:
    """The figures of a catalogue of so many tools."""
    rng = random.Random(SEED)
    tools = generated(count, rng)
    names = Names(tools)
    listed = [(spelling.lower(), tool.id) for tool in tools for spelling in (tool.name, *tool.aliases)]
    sample = rng.sample([one for one in listed if len(one[0]) >= LONG], k=TYPOS)
    texts = {
        "exact": [spelling for spelling, _ in sample],
        "prefix": [spelling[: rng.randint(4, len(spelling) - 1)] for spelling, _ in sample],
        "typo": [mistyped(spelling, rng) for spelling, _ in sample],
    }
    wratio = partial(process.extractOne, choices=[spelling for spelling, _ in listed], scorer=fuzz.WRatio)
    ours: dict[str, list[list[float]]] = {kind: [] for kind in texts}
    theirs: list[list[float]] = []
    wide: dict[int, bool] = {}  # whether WRatio put the tool of each typo first
    for turn in range(rounds):
        for kind, some in texts.items():
            passes = 1 if kind == "typo" else REPEATED
            ours[kind].append(timed(names.resolve, some * passes)[0])
        places = range(turn, TYPOS, rounds) if count > 1_000 else range(TYPOS)
        took, gave = timed(wratio, [texts["typo"][at] for at in places])
        theirs.append(took)
        wide |= {at: listed[found[2]][1] == sample[at][1] for at, found in zip(places, gave, strict=True)}
    shown = [likeliest(names.resolve(typo), names, typo) for typo in texts["typo"]]
    hits = [[tool in ids[:first] for (_, tool), ids in zip(sample, shown, strict=True)] for first in (1, 3)]
    of = f"among {count:,} tools with {ALIASES} aliases each"

    def cost(kind: str, share: str, goal: Goal | None, against: list[list[float]]) -> Figure:
        sides = [
            tuple(percentile(each, {"p50": 0.5, "p99": 0.99}[share]) for each in side) for side in (ours[kind], against)
        ]
        what = {"exact": "a name as it is", "prefix": "the start of a name", "typo": "a typo"}[kind]
        return Figure(
            f"11 {kind} {share} {count}",
            f"{what} {of}, {share}",
            "µs CPU",
            sides[0],
            AGAINST if against else "",
            sides[1],
            goal,
        )

    return [
        cost("exact", "p50", None, []),
        cost("exact", "p99", at_most(10), []),
        cost("prefix", "p50", None, theirs),
        cost("prefix", "p99", None, theirs),
        cost("typo", "p50", None, theirs),
        cost("typo", "p99", at_most(0.15), theirs),
        Figure(
            f"11 first {count}",
            f"typos whose tool comes first {of}",
            "",
            (sum(hits[0]) / TYPOS,),
            AGAINST,
            (sum(wide.values()) / len(wide),),
            at_least(1),
        ),
        Figure(
            f"11 three {count}",
            f"typos whose tool is among the first three {of}",
            "",
            (sum(hits[1]) / TYPOS,),
            goal=at_least(0.98),
        ),
    ]
