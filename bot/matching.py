"""Names: which tool a typed text means, where a line of several names is split, and when to ask first.

Three kinds of answer, so that nobody is ever misread silently: `Found` exactly (the text is the tool's slug, alias or
name, give or take case, accents, punctuation and spaces), `Found` as a guess or `Several` (ask), `Unknown` (offer the
nearest). The start of a name is a guess, too: a catalogue knows only some of the world's tools, and "llama 4" is the
start of a name in it and the whole name of one that is not.
"""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, combinations, islice
from typing import TypeAlias

from rapidfuzz import fuzz, process

from bot.spelling import LONGEST, folded_words, joined, key, literal, without_parenthesis

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

_GUESS = 75.0  # similarity in percent from which a name is offered as what was meant
_NEAR = 5.0  # rivals this close to the best are offered beside it
_PART = 0.97  # what a match with the first words of a name is worth against one with the whole name
_MENU = 20
_SHORT = 5  # up to this length one typo can spoil every trigram that two names share
_TRIGRAMS = 5  # one typo spoils at most four trigrams of what was typed, so one of five leads to the name
_ENOUGH = 500  # candidates; with fewer, further trigrams are followed for the sake of texts with two typos
_ALL = 5_000  # up to this many names a scan of all of them is cheap enough to find something near a text like none
_OPTIONAL = 5  # separators that may each be part of a name; beyond, only the plain split is read

_SEPARATOR = re.compile(r" (?:vs\.?|versus|v\.)(?= |$)| ?\|[| ]*", re.IGNORECASE)
_DOUBLE_QUOTE = re.compile('["“”„‟«»＂〝〞]')


@dataclass(frozen=True, slots=True)
class Named:
    """What a tool may be called by."""

    id: int
    slug: str
    name: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """One tool. Only where `exact` may something be posted without asking."""

    id: int
    exact: bool


@dataclass(frozen=True, slots=True)
class Several:
    """Two or more tools that the text may mean, likeliest first: a menu."""

    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Unknown:
    """No tool; `nearest` holds up to three, possibly none."""

    nearest: tuple[int, ...]


Result: TypeAlias = Found | Several | Unknown


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


class Names:
    """The names of one catalogue, indexed; built anew when the catalogue's version moves, and never changed."""

    def __init__(self, tools: Iterable[Named]) -> None:
        tools = sorted(tools, key=lambda tool: (tool.name.casefold(), tool.id))
        by_text, full, base, part = (defaultdict[str, dict[int, None]](dict) for _ in range(4))
        by_name: list[tuple[str, int]] = []
        by_alias: list[tuple[str, int]] = []
        by_word: list[tuple[str, int]] = []
        for spelling, tool, is_name in _spellings(tools):
            words, shorter = folded_words(spelling), without_parenthesis(spelling)
            whole = joined(words)
            by_text[literal(spelling)][tool.id] = None
            full[whole][tool.id] = None
            if shorter != spelling:
                base[joined(folded_words(shorter))][tool.id] = None
            for count in range(1, len(words)):
                part[joined(words[:count])][tool.id] = None
            if is_name:
                by_name.append((whole, tool.id))
                by_word.extend((joined(words[start:]), tool.id) for start in range(1, len(words)))
            else:
                by_alias.append((whole, tool.id))
        self._alphabetical = tuple(tool.id for tool in tools)
        self._literal, self._full, self._base = _frozen(by_text), _frozen(full), _frozen(base)
        self._part = _frozen({start: ids for start, ids in part.items() if len(start) > 2})
        self._by_name, self._by_word, self._by_alias = sorted(by_name), sorted(by_word), sorted(by_alias)
        self._entries = tuple(dict.fromkeys((*self._full, *self._base, *self._part)))
        self._short = tuple(entry for entry in self._entries if len(entry) <= _SHORT + 1)
        self._postings: dict[str, list[str]] = {}
        for entry in self._entries:
            for trigram in _trigrams(entry):
                self._postings.setdefault(trigram, []).append(entry)

    def resolve(self, text: str) -> Result:
        """What this text means; any text will do."""
        text = text[:LONGEST]
        found = self.exact(text)
        if found is not None:
            return found
        typed = key(text)
        starting = self._starting(typed)
        if starting:
            return Found(starting[0], exact=False) if len(starting) == 1 else Several(tuple(starting[:_MENU]))
        scores = self._similar(typed, _GUESS)
        if not scores:
            return Unknown(tuple(self.nearest(text)))
        best = max(scores.values())
        near = [tool for tool, score in scores.items() if score >= best - _NEAR]
        return Found(near[0], exact=False) if len(near) == 1 else Several(tuple(near[:_MENU]))

    def exact(self, text: str) -> Found | Several | None:
        """The tool that this text names beyond doubt; several that share the name; None where only a guess is left."""
        text = text[:LONGEST]
        ids = self._literal.get(literal(text)) or self._keyed(text)
        if ids is None and (shorter := without_parenthesis(text)) != text:
            ids = self._keyed(shorter)
            if ids is not None and not set(ids).isdisjoint(self._base.get(key(shorter), ())):
                return None  # "Llama 4 (7B)" may well not mean our "Llama 4 (12B)"
        if ids is None:
            return None
        return Found(ids[0], exact=True) if len(ids) == 1 else Several(ids[:_MENU])

    def nearest(self, text: str, limit: int = 3) -> list[int]:
        """The tools whose names are nearest to the text, likeliest first; fewer where nothing is near at all."""
        return self._ranked(text[:LONGEST], limit, cutoff=0.0)

    def suggest(self, text: str, limit: int = 100) -> list[int]:
        """Tools to offer while somebody types: those with a name, word or alias that begins so, then similar ones."""
        if not text.strip():
            return list(self._alphabetical[:limit])
        return self._ranked(text[:LONGEST], limit, cutoff=_GUESS - 15)

    def _keyed(self, text: str) -> tuple[int, ...] | None:
        whole = joined(folded_words(text))
        return self._full.get(whole) or self._base.get(whole)

    def _ranked(self, text: str, limit: int, cutoff: float) -> list[int]:
        typed = key(text)
        if not typed:
            return []
        found = self.exact(text)
        ranked = dict.fromkeys([found.id] if isinstance(found, Found) else found.ids if found else ())
        for layer in (self._by_name, self._by_word, self._by_alias):
            ranked.update(dict.fromkeys(islice(_beginning(layer, typed), limit)))
        if len(ranked) < limit:
            ranked.update(dict.fromkeys(self._similar(typed, cutoff)))
        return list(ranked)[:limit]

    def _starting(self, typed: str) -> list[int]:
        """Tools whose name, or a later word of it, begins with the typed key; by their aliases where there are none."""
        if not typed:
            return []
        found = dict.fromkeys(islice(_beginning(self._by_name, typed), _MENU))
        if len(typed) > 2:
            found.update(dict.fromkeys(islice(_beginning(self._by_word, typed), _MENU)))
        return list(found or dict.fromkeys(islice(_beginning(self._by_alias, typed), _MENU)))

    def _similar(self, typed: str, cutoff: float) -> dict[int, float]:
        """Tools by similarity of a name to the typed key in percent, best first.

        The measure is the Indel ratio, 2 · LCS / (both lengths): on keys it finds more typos than WRatio, and faster.
        """
        scores: dict[int, float] = {}
        choices = self._candidates(typed, everything=not cutoff)
        for entry, score, _ in process.extract(typed, choices, scorer=fuzz.ratio, score_cutoff=cutoff, limit=100):
            for found, worth in ((self._full, 1.0), (self._base, 1.0), (self._part, _PART)):
                for tool in found.get(entry, ()):
                    scores[tool] = max(scores.get(tool, 0.0), score * worth)
        ranked = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
        return {tool: score for tool, score in ranked if score and score >= cutoff}

    def _candidates(self, typed: str, *, everything: bool) -> Iterable[str]:
        """Keys that share a rare trigram with the typed one, so that a large catalogue is not compared name by name."""
        if everything and len(self._entries) <= _ALL:
            return self._entries
        followed: list[list[str]] = []
        total = 0
        for entries in sorted(filter(None, map(self._postings.get, _trigrams(typed))), key=len):
            total += len(entries)
            if len(followed) >= _TRIGRAMS and total > _ENOUGH:
                break
            followed.append(entries)
        short = self._short if len(typed) <= _SHORT else ()
        # Not a set: equal scores keep one order in every process.
        return tuple(dict.fromkeys(chain(short, *followed)))


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


def _frozen(index: dict[str, dict[int, None]]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(ids) for name, ids in index.items()}


def _spellings(tools: list[Named]) -> Iterator[tuple[str, Named, bool]]:
    """Everything that tools may be called by, and whether it is the name; in the order in which a menu lists them."""
    yield from ((tool.slug, tool, False) for tool in tools)
    yield from ((alias, tool, False) for tool in tools for alias in tool.aliases)
    yield from ((tool.name, tool, True) for tool in tools)


def _trigrams(entry: str) -> Iterable[str]:
    padded = f" {entry} "
    return dict.fromkeys(padded[at : at + 3] for at in range(len(padded) - 2))


def _beginning(layer: list[tuple[str, int]], typed: str) -> Iterator[int]:
    """The tools of a sorted layer whose keys begin with the typed one."""
    for at in range(bisect_left(layer, (typed,)), len(layer)):
        entry, tool = layer[at]
        if not entry.startswith(typed):
            return
        yield tool


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
