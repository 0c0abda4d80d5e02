"""What a name looks like, so that nobody adds a tool which cannot be told from another (Unicode's UTS 39, section 4).

The data is that of Unicode's confusables.txt, as the library confusable-homoglyphs brings it.
"""

import unicodedata
from collections.abc import Mapping
from functools import cache
from typing import cast

from bot.spelling import folded_words, joined

_ROUNDS = 6  # a chain of look-alikes is followed so far; none that is known needs more than three
_DIRECTIONS = "\u200e\u200f"  # the library wraps letters that are written to the left


def skeleton(text: str) -> str:
    """What a name looks like: two names of one skeleton cannot be told apart by a person. Idempotent.

    What stands in a parenthesis counts: "Gemma 3 (4B)" and "Gemma 3 (12B)" are two tools, and a person who leaves it
    out is asked which. So does the border between two numbers, here a #: "Gemma 3 12B" is not "Gemma 3.1 2B".
    """
    for _ in range(_ROUNDS):
        seen = _looked_at(text)
        if seen == text or seen.isascii():
            return seen
        text = seen
    return text


def alike(one: str, other: str) -> bool:
    """Whether two names are spelled alike, case and accents apart, or look alike.

    Both are asked: "LIAMA" is spelled like "liama", and with its capital I looks like "llama".
    """
    return joined(folded_words(one)) == joined(folded_words(other)) or skeleton(one) == skeleton(other)


def _looked_at(text: str) -> str:
    letters, digits = _tables()
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return joined(folded_words(text.translate(letters))).replace(".", "#").translate(digits)


@cache
def _tables() -> tuple[Mapping[int, str], Mapping[int, str]]:
    """Every character that looks like another as that other; 0 and 1 apart, which must first be read as digits."""
    from confusable_homoglyphs.confusables import confusables_data  # noqa: PLC0415  20 ms that few starts need

    looks = {
        char.strip(_DIRECTIONS): [other["c"].strip(_DIRECTIONS) for other in others]
        for char, others in cast("Mapping[str, list[dict[str, str]]]", confusables_data).items()
    }
    letters: dict[int, str] = {}
    for char, others in looks.items():
        # A character has one prototype; a prototype has all that look like it. Of two that have each other alone the
        # first in Unicode is the prototype, unless it is the only single character of the two.
        if len(char) != 1 or len(others) != 1 or char in "01":
            continue
        prototype = others[0]
        if len(prototype) == 1 and looks.get(prototype) == [char] and char < prototype:
            continue
        letters[ord(char)] = prototype
    letters |= {ord("("): " ", ord(")"): " ", ord("M"): letters[ord("m")]}  # which is two letters in small ones only
    return letters, {ord("0"): "o", ord("1"): "l"}
