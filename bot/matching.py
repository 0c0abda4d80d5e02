"""A line of names: where it is split, and which tools its parts mean."""

import re
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

from bot.names import Found, Named, Names, Result, Several, Unknown
from bot.spelling import LONGEST, key

__all__ = [
    "LONGEST",
    "MOST_TOOLS",
    "QUOTES",
    "Found",
    "Named",
    "Names",
    "Reading",
    "Result",
    "Several",
    "Unknown",
    "key",
    "read",
    "readings",
]

MOST_TOOLS = 4
QUOTES = "\"“”„‟«»＂〝〞「」『』'‘’‚‛‹›`´"

_OPTIONAL = 5  # separators that may each be part of a name; beyond, only the plain split is read

_SEPARATOR = re.compile(r" (?:vs\.?|versus|v\.)(?= |$)| ?\|[| ]*", re.IGNORECASE)
_DOUBLE_QUOTE = re.compile('["“”„‟«»＂〝〞]')


@dataclass(frozen=True, slots=True)
class Reading:
    """A line of names as it was understood: what was typed for each tool, and what it means.

    `results` is parallel to `names`, but empty where more than four names were typed: then nothing was looked up.
    """

    names: tuple[str, ...]
    results: tuple[Result, ...]

    @property
    def is_exact(self) -> bool:
        """Whether every side is a tool beyond doubt."""
        return bool(self.results) and all(isinstance(r, Found) and r.exact for r in self.results)

    @property
    def ids(self) -> frozenset[int]:
        """Every tool that it names or offers."""
        return frozenset(tool for result in self.results for tool in _ids(result))

    @property
    def is_resolved(self) -> bool:
        """Whether every side is a tool, a guess or a menu."""
        return bool(self.results) and not any(isinstance(r, Unknown) for r in self.results)


def readings(text: str) -> list[tuple[str, ...]]:
    """Every way to split a line into names, since a name may itself contain "vs": the most names first.

    The first one splits at every separator, and alone may have more than four names. Quoted text is never split.
    Empty without text.
    """
    text = " ".join(text[:LONGEST].split()).strip("| ")
    if not text:
        return []
    cuts = _cuts(text)
    plain = _split(text, cuts)
    if len(cuts) > _OPTIONAL:
        return [plain]
    smaller = {
        _split(text, kept): None
        for count in range(min(len(cuts), MOST_TOOLS - 1), -1, -1)
        for kept in combinations(cuts, count)
    }
    smaller.pop(plain, None)
    return [plain, *sorted(smaller, key=len, reverse=True)]


def read(text: str, names: Names) -> Reading:
    """The best reading of a line: the first whose sides are all exact, else all guessed, else the plain split.

    Among guesses one that gives each side a tool of its own comes first: the parts of a name are guesses for the whole.
    """
    every = readings(text)
    if not every:
        return Reading((), ())
    short = [reading for reading in every if len(reading) <= MOST_TOOLS]
    for reading in short:
        certain = [names.exact(name) for name in reading]
        if all(isinstance(result, Found) and result.exact for result in certain):
            return Reading(reading, tuple(filter(None, certain)))
    if len(every[0]) > MOST_TOOLS:
        return Reading(every[0], ())
    known: dict[str, Result] = {}
    for reading in short:
        for name in reading:
            if name not in known:
                known[name] = names.resolve(name)
    whole = [Reading(reading, tuple(known[name] for name in reading)) for reading in short]
    resolved = [reading for reading in whole if reading.is_resolved]
    return next((reading for reading in resolved if len(reading.ids) >= len(reading.names)), (*resolved, whole[0])[0])


def _ids(result: Result) -> tuple[int, ...]:
    match result:
        case Found(tool):
            return (tool,)
        case Several(ids) | Unknown(ids):
            return ids


def _cuts(text: str) -> list[tuple[int, int]]:
    """Where the line could be split: the span of each separator that has a name before it and is not in quotes."""
    quotes = [match.start() for match in _DOUBLE_QUOTE.finditer(text)]
    cuts: list[tuple[int, int]] = []
    for match in _SEPARATOR.finditer(text):
        start, end = match.span()
        quoted = len(quotes) % 2 == 0 and bisect_left(quotes, start) % 2 == 1
        # "zed vs vs code": the second begins a name.
        leading = bool(cuts) and cuts[-1][1] == start and "|" not in match[0]
        if not quoted and not leading:
            cuts.append((start, end))
    return cuts


def _split(text: str, cuts: Iterable[tuple[int, int]]) -> tuple[str, ...]:
    """The names between these separators, bare of quotes; nothing where two separators meet."""
    names, begin = [], 0
    for start, end in (*cuts, (len(text), len(text))):
        names.append(text[begin:start].strip(QUOTES + "| "))
        begin = end
    return tuple(filter(None, names))
