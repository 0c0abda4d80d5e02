"""The names of a catalogue, indexed: which tool does a typed text mean, and what looks like it?

Three kinds of answer, so that nobody is ever misread silently: `Found` exactly (the text is the tool's slug, alias or
name, give or take case, accents, punctuation and spaces), `Found` as a guess or `Several` (ask), `Unknown` (offer the
nearest). The start of a name is a guess, too: a catalogue knows only some of the world's tools, and "llama 4" is the
start of a name in it and the whole name of one that is not.
"""

import copy
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, islice
from typing import TypeAlias

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from bot.look_alikes import skeleton
from bot.spelling import LONGEST, folded_words, joined, key, literal, without_parenthesis

_GUESS = 75.0  # similarity in percent from which a name is offered as what was meant
_NEAR = 5.0  # rivals this close to the best are offered beside it
_PART = 0.97  # what a match with the first words of a name is worth against one with the whole name
_MENU = 20
_MOST = 100  # tools that are kept under one spelling: more than any menu shows
_SHORT = 5  # up to this length one typo can spoil every trigram that two names share
_LONG = 10  # from here on two typos are near
_TRIGRAMS = 5  # one typo spoils at most four trigrams of what was typed, so one of five leads to the name
_ENOUGH = 500  # candidates; with fewer, further trigrams are followed for the sake of texts with two typos
_ALL = 5_000  # up to this many names a scan of all of them is cheap enough to find something near a text like none
_MOST_SIMILAR = 600  # comparisons that are kept, best first: a hundred names, each of which may come several times
_REBUILD = 8  # where more than one tool in so many has changed, an index is built anew rather than changed

_Index: TypeAlias = "dict[str, tuple[int, ...]]"
_Layer: TypeAlias = "list[tuple[str, int]]"


@dataclass(frozen=True, slots=True)
class Named:
    """What a tool may be called by."""

    id: int
    slug: str
    name: str
    aliases: tuple[str, ...] = ()

    @property
    def spellings(self) -> tuple[str, ...]:
        """Each of its names, the name itself last."""
        return (self.slug, *self.aliases, self.name)

    @property
    def place(self) -> tuple[str, int]:
        """Where it stands in an alphabetical list."""
        return self.name.casefold(), self.id


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
class _Marks:
    """Everything by which one tool is found: the entries of each index, and of each sorted layer."""

    indexed: tuple[dict[str, None], ...]  # literal, full, base, part, looks
    layered: tuple[dict[str, None], ...]  # by name, by a later word of it, by alias


_INDEXES = ("_literal", "_full", "_base", "_part", "_looks")
_LAYERS = ("_by_name", "_by_word", "_by_alias")


class Names:
    """The names of one catalogue, never changed: a changed catalogue has other `Names`, made from these or anew."""

    def __init__(self, tools: Iterable[Named]) -> None:
        tools = sorted(tools, key=lambda tool: tool.place)
        self._tools = {tool.id: tool for tool in tools}
        self._alphabetical = [tool.place for tool in tools]
        self._literal: _Index = {}
        self._full: _Index = {}
        self._base: _Index = {}  # without a trailing parenthesis
        self._part: _Index = {}  # the first words
        self._looks: _Index = {}
        self._by_name: _Layer = []
        self._by_word: _Layer = []
        self._by_alias: _Layer = []
        for tool in tools:
            marks = _marks(tool)
            for index, entries in zip(self._indexes, marks.indexed, strict=True):
                for entry in entries:
                    ids = index.get(entry)
                    if ids is None:
                        index[entry] = (tool.id,)
                    elif len(ids) < _MOST:
                        index[entry] = (*ids, tool.id)
            for layer, entries in zip(self._layers, marks.layered, strict=True):
                layer.extend((entry, tool.id) for entry in entries)
        for layer in self._layers:
            layer.sort()
        self._postings: dict[str, list[str]] = {}
        self._short: dict[str, None] = {}
        for entry in dict.fromkeys(chain(self._full, self._base, self._part)):
            if len(entry) <= _SHORT + 1:
                self._short[entry] = None
            for trigram in _trigrams(entry):
                self._postings.setdefault(trigram, []).append(entry)

    def __len__(self) -> int:
        """How many tools there are."""
        return len(self._tools)

    def changed(self, tools: Mapping[int, Named | None]) -> "Names":
        """The names after these tools have come, got other names, or gone (None)."""
        tools = {tool_id: tool for tool_id, tool in tools.items() if self._tools.get(tool_id) != tool}
        if not tools:
            return self
        after = {**self._tools, **tools}
        if len(tools) * _REBUILD > len(self._tools):
            return Names(tool for tool in after.values() if tool is not None)
        new = copy.copy(self)
        new.__dict__.pop("_every_entry", None)
        for name in ("_tools", "_alphabetical", *_INDEXES, *_LAYERS, "_postings", "_short"):
            setattr(new, name, copy.copy(getattr(self, name)))
        for tool_id, tool in tools.items():
            if tool_id in self._tools:
                new._forget(self._tools[tool_id])  # noqa: SLF001  the copy is ours until it is returned
            if tool is not None:
                new._learn(tool)  # noqa: SLF001  the same
        return new

    def look_alikes(self, text: str) -> tuple[int, ...]:
        """The tools of which some name cannot be told from this text by a person, alphabetically."""
        found = chain(self._looks.get(skeleton(text), ()), self._full.get(joined(folded_words(text)), ()))
        return tuple(sorted(set(found), key=self._place))

    def __contains__(self, tool_id: object) -> bool:
        """Whether a tool is in the catalogue."""
        return tool_id in self._tools

    def near(self, text: str) -> tuple[int, ...]:
        """The tools that have a name a typo away from this text, or two in a long one, with the same numbers in it.

        "Llama 5" is not "Llama 4" mistyped.
        """
        typed = key(text)
        most = 2 if len(typed) > _LONG else 1 if len(typed) > _SHORT else 0
        found: dict[int, None] = {}
        choices = self._candidates(typed, everything=False) if most else ()
        for entry, distance, _ in process.extract(typed, choices, scorer=OSA.distance, score_cutoff=most, limit=None):
            if distance and _digits(entry) == _digits(typed):
                found |= dict.fromkeys((*self._full.get(entry, ()), *self._base.get(entry, ())))
        return tuple(found)

    def spellings(self, tool_id: int) -> tuple[str, ...]:
        """Each name of a tool, its proper one last; none for a tool that is not here."""
        tool = self._tools.get(tool_id)
        return tool.spellings if tool else ()

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
            return [tool_id for _, tool_id in self._alphabetical[:limit]]
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
        for entry, score, _ in process.extract(
            typed, choices, scorer=fuzz.ratio, score_cutoff=cutoff, limit=_MOST_SIMILAR
        ):
            for found, worth in ((self._full, 1.0), (self._base, 1.0), (self._part, _PART)):
                for tool in found.get(entry, ()):
                    scores[tool] = max(scores.get(tool, 0.0), score * worth)
        ranked = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
        return {tool: score for tool, score in ranked if score and score >= cutoff}

    def _candidates(self, typed: str, *, everything: bool) -> Sequence[str]:
        """Keys that share a rare trigram with the typed one, so that a large catalogue is not compared name by name.

        One that shares several comes several times: to tell which are the same costs as much as comparing them again.
        """
        if everything and len(self._full) + len(self._base) + len(self._part) <= _ALL:
            return self._every_entry
        followed: list[list[str]] = []
        total = 0
        for entries in sorted(filter(None, map(self._postings.get, _trigrams(typed))), key=len):
            total += len(entries)
            if len(followed) >= _TRIGRAMS and total > _ENOUGH:
                break
            followed.append(entries)
        short = self._short if len(typed) <= _SHORT else ()
        return list(chain(short, *followed))

    @property
    def _indexes(self) -> tuple[_Index, ...]:
        return self._literal, self._full, self._base, self._part, self._looks

    @property
    def _layers(self) -> tuple[_Layer, ...]:
        return self._by_name, self._by_word, self._by_alias

    @cached_property
    def _every_entry(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(chain(self._full, self._base, self._part)))

    def _place(self, tool_id: int) -> tuple[str, int]:
        return self._tools[tool_id].place

    def _learn(self, tool: Named) -> None:
        """Put a tool into the containers of a copy that nobody else has yet."""
        self._tools[tool.id] = tool
        insort(self._alphabetical, tool.place)
        marks = _marks(tool)
        for index, entries in zip(self._indexes, marks.indexed, strict=True):
            for entry in entries:
                ids = sorted({*index.get(entry, ()), tool.id}, key=self._place)
                index[entry] = tuple(ids[:_MOST])
        for layer, entries in zip(self._layers, marks.layered, strict=True):
            for entry in entries:
                insort(layer, (entry, tool.id))
        for entry in self._compared(marks):
            if entry not in self._postings.get(_first_trigram(entry), ()):
                self._short |= {entry: None} if len(entry) <= _SHORT + 1 else {}
                for trigram in _trigrams(entry):
                    self._postings[trigram] = [*self._postings.get(trigram, ()), entry]

    def _forget(self, tool: Named) -> None:
        """Take a tool out of the containers of a copy that nobody else has yet."""
        del self._alphabetical[bisect_left(self._alphabetical, tool.place)]
        marks = _marks(tool)
        for index, entries in zip(self._indexes, marks.indexed, strict=True):
            for entry in entries:
                left = tuple(other for other in index.get(entry, ()) if other != tool.id)
                if left:
                    index[entry] = left
                else:
                    index.pop(entry, None)
        for layer, entries in zip(self._layers, marks.layered, strict=True):
            for entry in entries:
                del layer[bisect_left(layer, (entry, tool.id))]
        for entry in self._compared(marks):
            if not (entry in self._full or entry in self._base or entry in self._part):
                self._short.pop(entry, None)
                for trigram in _trigrams(entry):
                    self._postings[trigram] = [other for other in self._postings[trigram] if other != entry]
        del self._tools[tool.id]

    @staticmethod
    def _compared(marks: _Marks) -> Iterable[str]:
        """The entries with which a typo is compared."""
        _, full, base, part, _ = marks.indexed
        return dict.fromkeys(chain(full, base, part))


def _marks(tool: Named) -> _Marks:
    literals: dict[str, None] = {}
    full: dict[str, None] = {}
    base: dict[str, None] = {}
    part: dict[str, None] = {}
    looks: dict[str, None] = {}
    by_name: dict[str, None] = {}
    by_word: dict[str, None] = {}
    by_alias: dict[str, None] = {}
    spellings = tool.spellings
    known: list[str] = []
    for at, spelling in enumerate(spellings, start=1):
        words, shorter = folded_words(spelling), without_parenthesis(spelling)
        whole = joined(words)
        literals[literal(spelling)] = None
        looks[skeleton(spelling)] = None
        full[whole] = None
        if shorter != spelling:
            base[joined(folded_words(shorter))] = None
        if words != known:  # a slug most often has the words of the name
            known = words
            starts = (joined(words[:count]) for count in range(1, len(words)))
            part |= {start: None for start in starts if len(start) > 2}
        if at == len(spellings):
            by_name[whole] = None
            by_word |= {joined(words[start:]): None for start in range(1, len(words))}
        else:
            by_alias[whole] = None
    return _Marks((literals, full, base, part, looks), (by_name, by_word, by_alias))


def _trigrams(entry: str) -> Iterable[str]:
    padded = f" {entry} "
    return dict.fromkeys(padded[at : at + 3] for at in range(len(padded) - 2))


def _digits(entry: str) -> str:
    return "".join(char for char in entry if char.isdigit())


def _first_trigram(entry: str) -> str:
    return f" {entry} "[:3]


def _beginning(layer: _Layer, typed: str) -> Iterator[int]:
    """The tools of a sorted layer whose keys begin with the typed one."""
    for at in range(bisect_left(layer, (typed,)), len(layer)):
        entry, tool = layer[at]
        if not entry.startswith(typed):
            return
        yield tool
