"""The line that takes the parser longest: five milliseconds are allowed.

A search, not a sample: it begins with lines that repeat one piece as often as fits, and the slowest of each round are
cut, spliced and repeated anew. Measured is the processor's time, the least of five runs, so that neither the machine's
other work nor a pass of the garbage collector counts. The yardstick is `shlex.split` of the same line, the standard
library's own way to cut a line into words.
"""

import contextlib
import random
import re
import shlex
import time
from collections.abc import Callable
from dataclasses import dataclass

from bench.figures import Figure, at_most
from bot.matching import readings
from commands.grammar import after_mention, parse_compare, parse_mention, parse_verdict
from commands.requests import BadRequest

LONGEST = 8_000  # characters of a line that Slack hands over, and more
ALLOWED = 5.0  # ms
SEARCHES = 20
SEED = 7
KEPT = 12
PIECES = re.split(
    r"\s+",
    """vs v. versus | for until hidden anonymous until 7d until fri 17:00 until tuesdy for "x" "a" "a 'a “a ” a-vs-b
in:models in:"a" tz utc tz utc+99 america/new mnday 25:00 free paid csv last a é İ ? ?? < <a| <@U1| <#C1|> &amp; &lt;
https://x.example/archives/C1/p1700000000000000 search subscribe digest skip export""",
)
VERBS = ("", "search", "subscribe", "digest pause", "digest skip", "export", "close", "result", "compare", "help", "zz")

Read = Callable[[str], object]


def _after(verb: str) -> Read:
    return lambda line: parse_verdict(f"{verb} {line}")


READERS: dict[str, Read] = {
    "/compare": parse_compare,
    "@Verdicts": lambda line: parse_mention(after_mention(f"<@U0BOT> {line}")),
    "names": readings,
    **{f"/verdict {verb}".strip(): _after(verb) for verb in VERBS},
}


@dataclass(frozen=True, order=True)
class Cost:
    """What a reader took for a line, in ms of the processor."""

    ms: float
    line: str


def cost(read: Read, line: str, runs: int) -> Cost:
    """The least of several runs."""
    best = float("inf")
    for _ in range(runs):
        began = time.process_time_ns()
        with contextlib.suppress(BadRequest, ValueError):
            read(line)
        best = min(best, (time.process_time_ns() - began) / 1e6)
    return Cost(best, line)


def first_lines(dice: random.Random) -> list[str]:
    """Lines of one piece and of two, as long as they may be and a little below each limit."""
    pairs = [" ".join(dice.sample(PIECES, 2)) for _ in PIECES]
    whole = [(f"{piece} " * LONGEST)[:length] for piece in [*PIECES, *pairs] for length in (LONGEST, 990)]
    return whole + [" ".join([piece] * 118) for piece in [*PIECES, *pairs]]


def changed(line: str, other: str, dice: random.Random) -> str:
    """A line made of two that were slow."""
    words, others = line.split(" "), other.split(" ")
    at = dice.randrange(len(words))
    match dice.randrange(4):
        case 0:
            words[at:at] = dice.sample(PIECES, 2)
        case 1:
            words[at:] = others[dice.randrange(len(others)) :]
        case 2:
            words[at] = dice.choice(PIECES)
        case _:
            words = words[at : at + 5] * 24
    return " ".join(words)[:LONGEST]


def worst(read: Read, rounds: int, seed: int) -> Cost:
    """The slowest line that the search finds."""
    dice = random.Random(seed)
    found = sorted((cost(read, line, 2) for line in first_lines(dice)), reverse=True)[:KEPT]
    for _ in range(rounds):
        lines = [changed(dice.choice(found).line, dice.choice(found).line, dice) for _ in range(KEPT)]
        found = sorted({*found, *(cost(read, line, 2) for line in lines)}, reverse=True)[:KEPT]
    return max(cost(read, one.line, 5) for one in found)


async def measure(_rounds: int) -> list[Figure]:
    """The slowest line that the search finds for any reader."""
    name, found = max(((name, worst(read, SEARCHES, SEED)) for name, read in READERS.items()), key=lambda one: one[1])
    yardstick = cost(shlex.split, found.line, 5)
    return [
        Figure("line", f"the slowest line, read by {name}", "ms CPU", (found.ms,), goal=at_most(ALLOWED)),
        Figure("line / shlex", "the same line", "ms CPU", (found.ms,), "shlex.split", (yardstick.ms,)),
    ]
