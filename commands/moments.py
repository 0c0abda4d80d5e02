"""Days, times of day and time zones as people type them; where something is none, the nearest that is."""

import calendar
import re
from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import TypedDict
from zoneinfo import available_timezones

from rapidfuzz import fuzz, process

from commands.requests import BadRequest, Until

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_UNITS = {"h": 3_600, "d": 86_400, "w": 7 * 86_400}
_SPAN = re.compile(r"(?:in )?(\d{1,4}) ?(h|hrs?|hours?|d|days?|w|wks?|weeks?)")
_CLOCK = re.compile(r"(\d{1,2})(?:(?:[:.h]|(?<=\d\d)(?=\d\d))(\d\d)|h)?(?: ?([ap])\.?m\.?)?")
_ISO_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_DAY_FIRST = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_OFFSET = re.compile(r"(?:utc|gmt) ?([+-])0?(\d{1,2})(?::?00)?")
_NAMED_CLOCKS = {"noon": 720, "midday": 720, "midnight": 0}
_NAMED_DAYS = {"today": 0, "tonight": 0, "tomorrow": 1}
_MONTHS = [
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
]
_FILLERS = {"on", "at", "by", "the", "every", "each", "this"}
# Words that only somebody who means a moment puts after "until"; a misspelt one is still recognised.
_MOMENT_WORDS = (
    *WEEKDAYS,
    *(day[:3] for day in WEEKDAYS),
    *_NAMED_DAYS,
    *_NAMED_CLOCKS,
    *_MONTHS,
    *(month[:3] for month in _MONTHS),
    "next",
    "yesterday",
    "eod",
    "eow",
)
# Abbreviations that people type and the IANA database does not have.
_FAMILIAR_ZONES = {
    "pst": "America/Los_Angeles",
    "pdt": "America/Los_Angeles",
    "pt": "America/Los_Angeles",
    "mdt": "America/Denver",
    "cst": "America/Chicago",
    "cdt": "America/Chicago",
    "ct": "America/Chicago",
    "edt": "America/New_York",
    "et": "America/New_York",
    "bst": "Europe/London",
    "cest": "Europe/Berlin",
    "eest": "Europe/Athens",
    "ist": "Asia/Kolkata",
    "jst": "Asia/Tokyo",
    "kst": "Asia/Seoul",
    "sgt": "Asia/Singapore",
    "aest": "Australia/Sydney",
    "aedt": "Australia/Sydney",
}


class _Day(TypedDict, total=False):
    days: int
    weekday: int
    on: date


def weekday(word: str) -> int | None:
    """The weekday, 0 for Monday, by its English name or at least the first two letters of it."""
    word = word.casefold().rstrip(".,")
    if word == "weds":
        return 2
    singular = word.removesuffix("s") if len(word) > 5 else word
    return next((at for at, day in enumerate(WEEKDAYS) if len(singular) > 1 and day.startswith(singular)), None)


def near_weekday(word: str) -> int | None:
    """The weekday whose name the word resembles."""
    found = process.extractOne(word.casefold(), WEEKDAYS, scorer=fuzz.ratio, score_cutoff=60)
    short = process.extractOne(word.casefold(), [day[:3] for day in WEEKDAYS], scorer=fuzz.ratio, score_cutoff=66)
    best = max(filter(None, (found, short)), key=lambda hit: hit[1], default=None)
    return best[2] if best else None


def clock(text: str) -> tuple[int, bool] | None:
    """A time of day ("9", "9:00", "17.30", "5 pm", "noon") in minutes, and whether it exists: if not, the nearest.

    None for a text that is no time at all.
    """
    text = text.casefold().strip(" ,")
    if text in _NAMED_CLOCKS:
        return _NAMED_CLOCKS[text], True
    found = _CLOCK.fullmatch(text)
    if not found:
        return None
    hour, minute, half = int(found[1]), int(found[2] or 0), found[3]
    exists = hour <= 23 and minute <= 59 and not (half and not 1 <= hour <= 12)
    if half and hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    return min(hour * 60 + min(minute, 59), 23 * 60 + 59), exists


def clock_text(minute: int) -> str:
    """A minute of the day as "09:00"."""
    return f"{minute // 60:02}:{minute % 60:02}"


def zone(words: Sequence[str]) -> tuple[str, int] | None:
    """The time zone that the first of these words name, as the IANA database spells it, and how many words that took.

    A city is enough where only one zone has it, and so is a familiar abbreviation; a space does for an underscore.
    """
    for count in range(min(3, len(words)), 0, -1):
        named = _ZONES.get("_".join(words[:count]).casefold())
        if named is not None:
            return named, count
    return None


def near_zone(text: str) -> str:
    """The time zone whose name the text resembles most."""
    offset = _OFFSET.fullmatch(text.casefold())
    if offset:  # the database counts these from the other side: Etc/GMT-5 is five hours ahead of UTC
        turned = f"Etc/GMT{'-' if offset[1] == '+' else '+'}{int(offset[2])}"
        return turned if turned.casefold() in _ZONES else "UTC"
    found = process.extractOne(text.casefold(), _ZONES.keys(), scorer=fuzz.ratio)
    return _ZONES[found[0]] if found[1] else "UTC"


def is_momentlike(word: str) -> bool:
    """Whether somebody who types this after "until" means a moment, even a misspelt one, and not a part of a name."""
    word = word.casefold()
    return (
        any(map(str.isdigit, word))
        or process.extractOne(word, _MOMENT_WORDS, scorer=fuzz.ratio, score_cutoff=75) is not None
    )


def until(text: str, before: str) -> Until:
    """Read "7d", "36h", "fri 17:00", "2026-12-01", "2026-12-01 17:00", "tomorrow", "17:00".

    `before` begins the corrected line: "/compare cursor vs zed until". Raises BadRequest.
    """
    typed = " ".join(text.split())
    words = re.sub(r"(?<=\d)t(?=\d)", " ", typed.casefold()).replace(",", " ").split()
    words = [word for word in words if word not in _FILLERS]
    span = _SPAN.fullmatch(" ".join(words))
    if span:
        return Until(typed=typed, before=before, seconds=int(span[1]) * _UNITS[span[2][0]])
    if not words:
        raise _no_moment(typed, before)
    day = _day(words[0], typed, before)
    named, rest = words[: len(day)], " ".join(words[len(day) :])
    if not rest:
        return Until(typed=typed, before=before, **day)
    time = clock(rest)
    if time is None:
        raise _no_moment(typed, before, *named)
    minute, exists = time
    if not exists:
        sentence = f"“{rest[:60]}” is not a time of day; the nearest is {clock_text(minute)}."
        raise BadRequest(sentence, f"{before} {' '.join([*named, clock_text(minute)])}")
    return Until(typed=typed, before=before, minute=minute, **day)


def _day(word: str, typed: str, before: str) -> _Day:
    """The day that a word names, as fields of Until; none of them for a word that is no day."""
    if word == "yesterday":
        raise BadRequest(f"“{typed[:60]}” is already past.", f"{before} 7d")
    if word in _NAMED_DAYS:
        return {"days": _NAMED_DAYS[word]}
    number = weekday(word)
    if number is not None:
        return {"weekday": number}
    found = _ISO_DATE.fullmatch(word) or _DAY_FIRST.fullmatch(word)
    if not found:
        return {}
    parts = [int(part) for part in found.groups()]
    year, month, day = parts if found.re is _ISO_DATE else parts[::-1]
    year, near_month = max(year, 1), min(max(month, 1), 12)
    nearest = date(year, near_month, min(max(day, 1), calendar.monthrange(year, near_month)[1]))
    if found.re is _ISO_DATE and (near_month, nearest.day) == (month, day):
        return {"on": nearest}
    sentence = f"“{typed[:60]}” is not a date that I can read; the nearest is {nearest.isoformat()}."
    raise BadRequest(sentence, f"{before} {nearest.isoformat()}")


def _no_moment(typed: str, before: str, day: str | None = None) -> BadRequest:
    number = near_weekday(typed.split(maxsplit=1)[0]) if typed and not day else None
    better = day or ("7d" if number is None else WEEKDAYS[number][:3])
    sentence = f"I cannot read “{typed[:60]}” as a moment: write 7d, fri 17:00 or a date such as 2026-12-01."
    return BadRequest(sentence, f"{before} {better}")


# Files beside the zones on many systems: the machine's own zone, which moves with the machine, and none at all.
NO_ZONES = frozenset({"localtime", "Factory"})


def _read_zones() -> dict[str, str]:
    """Every name of a time zone in small letters: its own, its city's where that is one zone's, and familiar ones."""
    names = sorted(available_timezones() - NO_ZONES)
    cities = Counter(name.rpartition("/")[2].casefold() for name in names)
    found = {name.casefold(): name for name in names}
    for name in names:
        city = name.rpartition("/")[2].casefold()
        if "/" in name and not name.startswith("Etc/") and cities[city] == 1:
            found.setdefault(city, name)
    return {**_FAMILIAR_ZONES, **found}


_ZONES = _read_zones()  # at the start, because it opens every file of the zones: nobody who types waits for it
