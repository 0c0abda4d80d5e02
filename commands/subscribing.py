"""The line of a subscription: a day, a time, a zone, a category, even-if-empty, in any order."""

import re
from collections.abc import Sequence

from rapidfuzz import fuzz

from commands import moments
from commands.requests import BadRequest, Subscribe
from commands.tokens import Token, begins_category, category, quoted, shown, tokens

_EVEN_IF_EMPTY = "even-if-empty"
_SPACED = re.compile(r"(?<!\S)(?:--)?even[ _-]if[ _-]empty(?!\S)", re.IGNORECASE)
_ZONE_WORDS = {"tz", "tz:", "tz=", "zone", "timezone"}
_SMALL_WORDS = {"every", "each", "on", "at", "weekly"}
_PLAIN = re.compile(r"[\w&.-]+")


def subscription(text: str) -> Subscribe:
    """Read what follows `/verdict subscribe`.

    Raises BadRequest for the first thing that is wrong; the corrected line keeps all that is right.
    """
    line = _Subscription(tokens(_SPACED.sub(_EVEN_IF_EMPTY, text)))
    line.read()
    asked = Subscribe(
        weekday=line.weekday,
        minute=line.minute,
        zone=line.zone,
        category=line.category,
        even_if_empty=line.even_if_empty,
    )
    if line.problem:
        raise BadRequest(line.problem, _written(asked))
    return asked


class _Subscription:
    """What is understood so far. Where something is wrong the nearest that is right is noted instead."""

    def __init__(self, words: Sequence[Token]) -> None:
        self._words = words
        self._at = 0
        self.weekday: int | None = None
        self.minute: int | None = None
        self.zone: str | None = None
        self.category: str | None = None
        self.even_if_empty = False
        self.problem = ""

    def read(self) -> None:
        """Take option after option."""
        while self._at < len(self._words):
            word = self._words[self._at]
            if begins_category(word):
                self._take_category()
            elif _begins_zone(word):
                self._take_zone(word)
            elif (clock := self._clock()) is not None:
                self._take_clock(*clock)
            else:
                self._take_word(word)

    def _take_word(self, word: Token) -> None:
        weekday = moments.weekday(word.value)
        zone = moments.zone(self._values(self._at))
        self._at += 1
        if weekday is not None:
            if self.weekday not in {None, weekday}:
                self._note(f"“{shown(word.value)}” is a second day: the digest comes once a week.")
            else:
                self.weekday = weekday
        elif word.word == _EVEN_IF_EMPTY:
            self.even_if_empty = True
        elif word.word in _SMALL_WORDS:
            return
        elif zone is not None:
            self.zone = zone[0]
            self._at += zone[1] - 1
        else:
            self._take_unknown(word)

    def _take_unknown(self, word: Token) -> None:
        near = moments.near_weekday(word.value)
        if "/" in word.value:
            self._near_zone(word.value)
        elif near is not None:
            self._note(f"“{shown(word.value)}” is no day of the week; the nearest is {moments.WEEKDAYS[near].title()}.")
            self.weekday = near if self.weekday is None else self.weekday
        elif fuzz.ratio(word.word, _EVEN_IF_EMPTY) >= 75:
            self._note(f"“{shown(word.value)}” is not known; the nearest is {_EVEN_IF_EMPTY}.")
            self.even_if_empty = True
        else:
            self._note(
                f"“{shown(word.value)}” means nothing here: write a day, a time, tz Area/City, in:<category> or "
                f"{_EVEN_IF_EMPTY}."
            )

    def _take_category(self) -> None:
        self.category, self._at = category(self._words, self._at, lambda word: not _begins_option(word))
        if self.category is None:
            self._note("“in:” needs a category behind it.")

    def _take_zone(self, word: Token) -> None:
        named = [word.value] if word.label else [word.value[3:]] if len(word.value) > 3 and word.word[2] in ":=" else []
        self._at += 1
        values = [*named, *self._values(self._at)]
        found = moments.zone(values)
        if found:
            self.zone = found[0]
            self._at += found[1] - len(named)
        elif values:
            self._near_zone(values[0])
            self._at += 1 - len(named)
        else:
            self._note(f"“{word.value}” needs a time zone behind it, such as Europe/Berlin.")
            self.zone = "Europe/Berlin"

    def _near_zone(self, typed: str) -> None:
        if self.problem:
            return
        near = moments.near_zone(typed)
        self._note(f"“{shown(typed)}” is not a time zone; the nearest is {near}.")
        self.zone = near

    def _clock(self) -> tuple[str, int, bool] | None:
        """A time of day at this place, as typed: "9", or "9 am" in two words."""
        for count in (2, 1):
            typed = " ".join(self._values(self._at)[:count])
            found = moments.clock(typed)
            if found:
                self._at += min(count, len(self._words) - self._at)
                return typed, *found
        return None

    def _take_clock(self, typed: str, minute: int, exists: bool) -> None:
        if not exists:
            self._note(f"“{shown(typed)}” is not a time of day; the nearest is {moments.clock_text(minute)}.")
        if self.minute not in {None, minute}:
            self._note(f"“{shown(typed)}” is a second time: the digest comes once a week.")
        else:
            self.minute = minute

    def _values(self, at: int) -> list[str]:
        """The words that a zone's name may be made of."""
        return [word.value for word in self._words[at : at + 3]]

    def _note(self, problem: str) -> None:
        self.problem = self.problem or problem


def _begins_zone(word: Token) -> bool:
    return word.word in _ZONE_WORDS or word.word.startswith(("tz:", "tz=")) or word.label == "tz"


def _begins_option(word: Token) -> bool:
    """Whether a category ends here."""
    return (
        begins_category(word)
        or _begins_zone(word)
        or word.word == _EVEN_IF_EMPTY
        or moments.weekday(word.value) is not None
        or moments.clock(word.value) is not None
        or ("/" in word.value and moments.zone([word.value]) is not None)
    )


def _written(asked: Subscribe) -> str:
    """The line that asks for this."""
    parts = ["/verdict subscribe"]
    if asked.weekday is not None:
        parts.append(moments.WEEKDAYS[asked.weekday][:3])
    if asked.minute is not None:
        parts.append(moments.clock_text(asked.minute))
    if asked.zone is not None:
        parts.append(f"tz {asked.zone}")
    if asked.category is not None:
        parts.append(f"in:{asked.category if _PLAIN.fullmatch(asked.category) else quoted(asked.category)}")
    if asked.even_if_empty:
        parts.append(_EVEN_IF_EMPTY)
    return " ".join(parts)
