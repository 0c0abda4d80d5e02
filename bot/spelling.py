"""What makes two spellings the same name: folding, words and keys."""

import re
import unicodedata

LONGEST = 300
"""Characters that are looked at: four names of seventy come to less, anything longer is not a name."""

_WORD = re.compile("[0-9a-z\u0080-\U0010ffff]+[+#]*")  # of folded text
_ORNAMENT = re.compile("[\u0300-\u036f\ufe00-\ufe0f]")  # accents; and how an emoji is to be drawn


def key(text: str) -> str:
    """The identity of a name: case, accents, punctuation, spaces and a trailing parenthesis make no difference.

    Two things that look like punctuation are kept, because they tell tools apart: the border between two numbers
    ("Gemma 3 12B" is not "Gemma 3.1 2B") and a plus or hash behind a word (C, C++, C#). A name of signs alone is its
    own key.
    """
    return joined(folded_words(without_parenthesis(text[:LONGEST])))


def literal(text: str) -> str:
    """The text as typed, but for case and the width of spaces."""
    return " ".join(text.casefold().split())


def without_parenthesis(text: str) -> str:
    """The text before a trailing parenthesis; the whole text where nothing stands before it."""
    trimmed = text.rstrip().replace("（", "(").replace("）", ")")
    if not trimmed.endswith(")"):
        return text
    return trimmed[: max(trimmed.rfind("("), 0)].rstrip() or text


def folded_words(text: str) -> list[str]:
    """The folded words of a name, without punctuation; a text of signs alone is one word."""
    folded = text.casefold()
    if not folded.isascii():
        folded = _fold(folded)
    return _WORD.findall(folded) or ["".join(text.casefold().split())]


def joined(parts: list[str]) -> str:
    """One string of all words, with a dot only between two numbers."""
    text = parts[0]
    for word in parts[1:]:
        text += f".{word}" if text[-1:].isdigit() and word[:1].isdigit() else word
    return text


def _fold(text: str) -> str:
    """Plain forms of letters, a space for every other sign; beyond ASCII letters, numbers and marks that spell remain.

    Accents are dropped where they are ornament (Latin, Greek, Cyrillic: one block of marks), not where they are vowels.
    """
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    text = unicodedata.normalize("NFKC", _ORNAMENT.sub("", text)).casefold()
    return "".join(map(_plain, text))


def _plain(char: str) -> str:
    kind = "L" if char.isascii() else unicodedata.category(char)
    if kind in {"Cf", "Me"}:  # what joins or encloses and is not seen
        return ""
    return char if kind[0] in "LMN" else " "
