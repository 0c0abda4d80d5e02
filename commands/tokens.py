"""Text to words: what Slack escaped is undone, what stands in quotes stays together."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.matching import QUOTES

_DOUBLE = '"“”„‟«»＂〝〞「」『』'
_SINGLE = "'‘’‚‛‹›`´"
_QUOTED = f"[{_DOUBLE}][^{_DOUBLE}]*[{_DOUBLE}]|[{_SINGLE}][^{_SINGLE}]*[{_SINGLE}]"
_TOKEN = re.compile(rf"(?P<label>[a-z]+[:=])?(?P<quoted>{_QUOTED})(?= |$)|\S+", re.IGNORECASE)
_ESCAPED = re.compile(r"<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>")
_ENTITY = re.compile("&(amp|lt|gt);")
_SIGNS = {"amp": "&", "lt": "<", "gt": ">"}
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_SEPARATORS = {"vs", "vs.", "versus", "v."}


@dataclass(frozen=True, slots=True)
class Token:
    """A word, or several in quotes."""

    value: str  # without quotes
    word: str  # in small letters; "" for what stood in quotes and is never a keyword
    start: int  # where it begins in the line
    label: str = ""  # the "in" of in:"vector databases"

    @property
    def is_quoted(self) -> bool:
        """Whether it stood in quotes, without a label."""
        return not self.word and not self.label

    @property
    def separates(self) -> bool:
        """Whether it stands between two names."""
        return self.word in _SEPARATORS or "|" in self.word


def plain_text(text: str) -> str:
    """What Slack escaped, as it was typed: on one line, without control characters.

    Slack writes & < > as entities and puts people, channels and links in angle brackets, perhaps with a label:
    docs.slack.dev/messaging/formatting-message-text and docs.slack.dev/interactivity/implementing-slash-commands.
    """
    text = _ENTITY.sub(lambda found: _SIGNS[found[1]], _ESCAPED.sub(_bare, text))
    text = text.replace("∶", ":")  # our sentences write it so, where Slack would see an emoji's name; it may come back
    return " ".join(_CONTROL.sub(" ", text).split())


def tokens(text: str) -> list[Token]:
    """The words of a line from `plain_text`."""
    return [
        Token(found[0], found[0].casefold(), found.start())
        if found["quoted"] is None
        else Token(found["quoted"][1:-1].strip(), "", found.start(), (found["label"] or "")[:-1].casefold())
        for found in _TOKEN.finditer(text)
    ]


def unquoted(text: str) -> str:
    """The text without the quotes around it."""
    return text.strip(QUOTES + " ")


def quoted(text: str) -> str:
    """The text in quotes that `tokens` keeps together."""
    return '"' + re.sub(f"[{_DOUBLE}]", "'", text) + '"'


def shown(text: str) -> str:
    """As much of the text as a sentence repeats."""
    return text if len(text) <= 60 else f"{text[:59]}…"


def without_question_mark(text: str) -> str:
    """The text without the question mark that people put behind a question."""
    return text.rstrip("?？ ")


def asks_help(text: str) -> bool:
    """Whether the whole text is a cry for help: "help", "?"."""
    return text.casefold() in {"help", "-h", "--help"} or (text != "" and not without_question_mark(text))


def begins_category(word: Token) -> bool:
    """Whether this is in:models, or in:"vector databases"."""
    return word.label == "in" or word.word.startswith("in:")


def category(words: Sequence[Token], at: int, goes_on: Callable[[Token], bool]) -> tuple[str | None, int]:
    """The category that begins here and goes on as long as `goes_on` says, and the place behind it.

    None where nothing follows "in:".
    """
    if words[at].label:
        return words[at].value or None, at + 1
    parts = [words[at].value[3:]] if len(words[at].value) > 3 else []
    at += 1
    while at < len(words) and (not parts or goes_on(words[at])):
        parts.append(words[at].value)
        at += 1
    return unquoted(" ".join(parts)) or None, at


def _bare(found: re.Match[str]) -> str:
    sign, target, label = found[1], found[2], found[3]
    if sign:
        return ("#" if sign == "#" else "@") + (label or target).lstrip("@#")
    is_link = "://" in target or target.startswith(("mailto:", "tel:"))
    return (label or target) if is_link else found[0]
