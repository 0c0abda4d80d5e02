"""The verbs of /verdict: what may follow each of them."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from rapidfuzz import fuzz, process

from bot.model import Entry
from commands import moments
from commands.comparing import comparison
from commands.requests import (
    Add,
    Audit,
    BadRequest,
    Close,
    Compare,
    DigestVerb,
    Edit,
    Export,
    Help,
    Leaderboard,
    MessageLink,
    OpenList,
    Panel,
    Privacy,
    Reopen,
    Restore,
    Result,
    Retire,
    Search,
    Settings,
    ShowTool,
    Subscriptions,
    TakeVerb,
    Unsubscribe,
    VerdictRequest,
)
from commands.subscribing import subscription
from commands.tokens import (
    Token,
    asks_help,
    begins_category,
    category,
    shown,
    tokens,
    unquoted,
    without_question_mark,
)

_What: TypeAlias = Literal["tools", "votes"]
_Format: TypeAlias = Literal["csv", "json"]
_Action: TypeAlias = Literal["preview", "now", "pause", "resume", "skip"]
_PERMALINK = re.compile(r"https?://[^\s/]+/archives/([CDG][A-Z0-9]+)/p(\d{10})(\d{6})(?:[?#]\S*)?")


@dataclass(frozen=True, slots=True)
class Line:
    """A verb and what follows it."""

    verb: str
    words: Sequence[Token]  # behind the verb
    rest: str

    def bad(self, sentence: str, corrected: str) -> BadRequest:
        """The error for this line; `corrected` is what should follow the verb."""
        return BadRequest(sentence, f"/verdict {self.verb} {corrected}".rstrip())


def verdict(text: str) -> VerdictRequest:
    """Read a line of /verdict. Raises BadRequest."""
    if not text or asks_help(text):
        return Help()
    text = without_question_mark(text)
    verb, *words = tokens(text)
    line = Line(verb.word, words, text[words[0].start :] if words else "")
    if line.verb in VERBS and asks_help(line.rest):
        return Help(about=line.verb)
    if line.verb in _ALONE and not words:
        return _ALONE[line.verb]()
    if line.verb in _VERBS:
        return _VERBS[line.verb](line)
    name = unquoted(text)
    return ShowTool(name=name, meant=_meant(line, text)) if name else Help()


def _meant(line: Line, text: str) -> str | None:
    """The line that was probably meant by one that is no tool's name."""
    if any(word.separates for word in line.words):
        asks = (
            None
            if line.words[0].separates
            else process.extractOne(line.verb, ("compare", "result"), scorer=fuzz.ratio, score_cutoff=75)
        )
        return f"/verdict {asks[0]} {line.rest}" if asks else f"/verdict compare {text}"
    near = process.extractOne(line.verb, VERBS, scorer=fuzz.ratio, score_cutoff=75)
    if not near:
        return None
    return f"/verdict {near[0]}" if near[0] in _ALONE else f"/verdict {near[0]} {line.rest}".rstrip()


def _search(line: Line) -> Search:
    words: list[str] = []
    prices: dict[Entry, None] = {}
    asked: str | None = None
    at = 0
    while at < len(line.words):
        word = line.words[at]
        if begins_category(word):
            # Behind the words everything belongs to the category, in front of them one word does.
            asked, at = category(line.words, at, lambda word: bool(words) and word.word not in get_args(Entry))
            continue
        for entry in get_args(Entry):
            if word.word == entry:
                prices[entry] = None
        if word.word not in get_args(Entry):
            words.append(word.value)
        at += 1
    if not words and not prices and asked is None:
        raise line.bad("Say what to look for.", "vector database")
    return Search(words=" ".join(words), category=asked, prices=tuple(prices))


def _leaderboard(line: Line) -> Leaderboard:
    if line.words and begins_category(line.words[0]):
        return Leaderboard(category=category(line.words, 0, lambda _: True)[0])
    return Leaderboard(category=unquoted(line.rest) or None)


def _result(line: Line) -> Result:
    request = comparison(line.rest, "/verdict result")
    if request.is_empty:
        raise line.bad("Say which comparison: the tools with “vs” between them.", "claude files api vs llama 4 compact")
    return Result(request=request)


def _link(line: Line) -> MessageLink | None:
    if line.rest.casefold() == "last":
        return None
    found = _PERMALINK.fullmatch(unquoted(line.rest))
    if found:
        return MessageLink(channel=found[1], ts=f"{found[2]}.{found[3]}")
    which = f"“{shown(line.rest)}” is not the link of a card: write" if line.rest else "Say which comparison:"
    raise line.bad(f"{which} “last” for the latest in this channel, or paste the link of a card.", "last")


def _digest(line: Line) -> DigestVerb:
    actions = get_args(_Action)
    if not line.words:
        raise line.bad("Say what to do with the digest: preview, now, pause, resume or skip.", "preview")
    word = line.words[0].word
    when = line.words[1:]
    if when and when[0].word in {"until", "for"} and word == "pause":
        when = when[1:]
    text = line.rest[when[0].start - line.words[0].start :] if when else ""
    for action in actions:
        if word != action:
            continue
        if action == "skip":
            if not text:
                raise line.bad("Say which week to leave out, by a day in it.", "skip fri")
            return DigestVerb(action=action, when=moments.until(text, "/verdict digest skip"))
        if action == "pause":
            return DigestVerb(action=action, when=moments.until(text, "/verdict digest pause until") if text else None)
        if text:
            raise line.bad(f"“{shown(text)}” is left over behind “{action}”.", action)
        return DigestVerb(action=action)
    near = process.extractOne(word, actions, scorer=fuzz.ratio, score_cutoff=50)
    sentence = f"“{shown(line.rest)}” is nothing that I can do with the digest: preview, now, pause, resume or skip."
    raise line.bad(sentence, f"{near[0]} fri" if near and near[0] == "skip" else near[0] if near else "preview")


def _name(line: Line) -> str:
    name = unquoted(line.rest)
    if not name:
        raise line.bad("Say which tool.", "claude files api")
    return name


def _export(line: Line) -> Export:
    words = [word.word for word in line.words]
    what: _What | None = next((what for what in get_args(_What) if what in words), None)
    format_: _Format | None = next((format_ for format_ in get_args(_Format) if format_ in words), None)
    if what is None or len(words) != (1 if format_ is None else 2):
        typed = f"“{shown(line.rest)}” cannot be exported" if line.rest else "Say what to export"
        near = process.extractOne(line.rest.casefold(), get_args(_What), scorer=fuzz.ratio)
        raise line.bad(f"{typed}: write tools or votes, and csv or json.", f"{what or near[0]} {format_ or 'csv'}")
    return Export(what=what, format=format_ or "csv")


def _help(line: Line) -> Help:
    near = process.extractOne(unquoted(line.rest).casefold(), ("tool", *VERBS), scorer=fuzz.ratio, score_cutoff=60)
    return Help(about=near[0] if near else None)


_ALONE: dict[str, Callable[[], VerdictRequest]] = {
    "open": OpenList,
    "unsubscribe": Unsubscribe,
    "subscriptions": Subscriptions,
    "panel": Panel,
    "settings": Settings,
    "privacy": Privacy,
}
_VERBS: dict[str, Callable[[Line], VerdictRequest]] = {
    "search": _search,
    "leaderboard": _leaderboard,
    "result": _result,
    "close": lambda line: Close(link=_link(line)),
    "reopen": lambda line: Reopen(link=_link(line)),
    "audit": lambda line: Audit(link=_link(line)),
    "subscribe": lambda line: subscription(line.rest),
    "digest": _digest,
    "add": lambda line: Add(name=unquoted(line.rest)),
    "edit": lambda line: Edit(name=_name(line)),
    "take": lambda line: TakeVerb(name=_name(line)),
    "retire": lambda line: Retire(name=_name(line)),
    "restore": lambda line: Restore(name=unquoted(line.rest)),
    "export": _export,
    "help": _help,
    "compare": lambda line: Compare(request=comparison(line.rest, "/verdict compare")),
}
VERBS = (*_ALONE, *_VERBS)
