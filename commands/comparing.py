"""The line of a comparison: names, then a use case and a deadline in any order."""

from collections.abc import Sequence

from rapidfuzz import fuzz, process

from bot.matching import LONGEST
from bot.model import Secrecy
from commands import moments
from commands.requests import BadRequest, CompareRequest
from commands.tokens import Token, asks_help, quoted, shown, tokens, unquoted, without_question_mark

LONGEST_USE_CASE = 200
EXAMPLE = "claude files api vs llama 4 compact"
_MOST_PLACES = 3  # of an unquoted "for" that may begin the use case


def comparison(text: str, command: str) -> CompareRequest:
    """Read names and options; `command` begins the corrected line. Raises BadRequest.

    A quoted use case and a deadline are options for certain. An unquoted "for" may be a part of a name: it is taken for
    an option behind the last separator, and every other way to divide the line is handed along.
    """
    if asks_help(text):
        return CompareRequest(help=True)
    text, votings = _voting(without_question_mark(text), command)
    typed, options, left = _parts(text)
    names = _complete(typed)
    use_case = options.get("for", "")
    likeliest, *others = _divisions(names, use_case)
    if len(likeliest[0]) > LONGEST:
        sentence = f"“{shown(likeliest[0])}” is longer than the {LONGEST} characters that I read."
        raise BadRequest(sentence, f"{command} {EXAMPLE}")
    if len(likeliest[1]) > LONGEST_USE_CASE:
        sentence = f"“{shown(likeliest[1])}” is longer than the {LONGEST_USE_CASE} characters that a use case may have."
        names, use_case = _complete(likeliest[0]), likeliest[1][:LONGEST_USE_CASE].strip()
        raise BadRequest(sentence, _line(command, names, use_case))
    voting = votings[0] if votings else "open"
    line = _line(command, names, use_case) + (f" {voting}" if votings else "")
    until = moments.until(options["until"], f"{line} until") if "until" in options else None
    corrected = f"{line} until {until.typed}" if until else line
    if len(set(votings)) > 1:
        raise BadRequest("A vote is hidden or anonymous, not both.", corrected)
    if left:
        sentence = f"“{shown(left)}” is left over: write the tools, then one use case in quotes and one deadline."
        raise BadRequest(sentence, corrected)
    if names != typed:
        raise BadRequest(f"Something is missing behind “{shown(typed)}”.", corrected)
    return CompareRequest(
        names=likeliest[0], use_case=likeliest[1], until=until, voting=voting, alternatives=tuple(others)
    )


def _voting(text: str, command: str) -> tuple[str, list[Secrecy]]:
    """The line without "hidden" and "anonymous" where they are options: at its end, or before another option.

    Elsewhere they are words of a name or a use case; so they are in quotes, behind a separator, and behind a "for".
    Misspelt where they are options they are asked about, or a vote that was to be secret would be an open one.
    """
    found: list[Secrecy] = []
    kept: list[str] = []  # the last piece of the line first: one walk, so that the work grows with the line
    words = tokens(text)
    follows = ""  # the word behind, without those that were taken out
    for at in reversed(range(len(words))):
        word = words[at].word
        behind = at > 0 and (words[at - 1].separates or words[at - 1].word in {"for", "until"})
        ends = not kept or follows in {"for", "until"}
        is_option = ends and not behind and not (at == 0 and kept)
        if is_option and at > 0 and (meant := _misspelt_voting(word)):
            rest = text[_start(text, words, at + 1) :]
            line = f"{command} {text[: words[at].start]}{meant} {rest}".rstrip()
            raise BadRequest(f"“{shown(words[at].value)}” is no way of voting; the nearest is {meant}.", line)
        if is_option and word in {"hidden", "anonymous"}:
            found.insert(0, "hidden" if word == "hidden" else "anonymous")
            continue
        kept.append(text[words[at].start : _start(text, words, at + 1)].strip())
        follows = word
    return " ".join(reversed(kept)), found


def _misspelt_voting(word: str) -> str | None:
    near = process.extractOne(word, ("hidden", "anonymous"), scorer=fuzz.ratio, score_cutoff=85)
    return near[0] if near and not word.startswith(near[0]) else None  # "anonymously" is a word of its own


def _parts(text: str) -> tuple[str, dict[str, str], str]:
    """Names, options by their first word, what is left over. A separator behind an option continues the names."""
    words = tokens(text)
    names: list[str] = []
    options: dict[str, str] = {}
    at = 0
    while at < len(words):
        begin, option = at, words[at].word if _is_option(words, at) or (options and at + 1 < len(words)) else ""
        if option in {"for", "until"} and option not in options:
            at += 2
            while at < len(words) and not words[begin + 1].is_quoted and not _ends(words, at, option):
                at += 1
            options[option] = unquoted(text[words[begin + 1].start : _start(text, words, at)])
        elif words[at].separates or (not names and option not in options):  # options may come first
            at += 1
            while at < len(words) and not _is_option(words, at):
                at += 1
            names.append(text[words[begin].start : _start(text, words, at)].strip())
        else:
            break
    return " ".join(names), options, text[_start(text, words, at) :]


def _complete(names: str) -> str:
    """The names without the beginning of an option that never came."""
    words = tokens(names)
    kept = len(words)
    while kept > 1 and words[kept - 1].word in {"for", "until"} and not words[kept - 2].separates:
        kept -= 1
    return names[: _start(names, words, kept)].strip()


def _divisions(names: str, use_case: str) -> list[tuple[str, str]]:
    """Every way to divide names and use case: the likeliest, then the others, the longest names first."""
    if use_case:
        return [(names, use_case)]
    words = tokens(names)
    separators = [at for at, word in enumerate(words) if word.separates]
    places = [at for at in range(1, len(words) - 1) if _may_begin_use_case(words, at, separators)][:_MOST_PLACES]
    divided = {at: (names[: words[at].start].strip(), unquoted(names[words[at + 1].start :])) for at in places}
    behind = [at for at in places if not separators or at > separators[-1]]
    likeliest = divided[behind[0]] if behind else (names, "")
    others = [(names, ""), *reversed(divided.values())]
    fitting = (other for other in others if len(other[0]) <= LONGEST and len(other[1]) <= LONGEST_USE_CASE)
    return [likeliest, *(other for other in fitting if other != likeliest)]


def _is_option(words: Sequence[Token], at: int) -> bool:
    """Whether an option begins here for certain, with something after it and not where a name must stand."""
    if at + 1 == len(words) or (at and words[at - 1].separates):
        return False
    if words[at].word == "until":
        return moments.is_momentlike(words[at + 1].value)
    alone = at == 0 and words[0].word == "for" and not any(word.separates for word in words)
    return alone or (words[at].word == "for" and words[at + 1].is_quoted)


def _may_begin_use_case(words: Sequence[Token], at: int, separators: Sequence[int]) -> bool:
    """Whether this is a "for" behind a whole name, and if there are several names behind at least two."""
    return (
        words[at].word == "for"
        and not words[at - 1].separates
        and not words[at + 1].separates
        and (not separators or at > separators[0])
    )


def _start(text: str, words: Sequence[Token], at: int) -> int:
    return words[at].start if at < len(words) else len(text)


def _line(command: str, names: str, use_case: str) -> str:
    names = names if 0 < len(names) <= LONGEST else EXAMPLE
    return f"{command} {names} for {quoted(use_case)}" if use_case else f"{command} {names}"


def _ends(words: Sequence[Token], at: int, option: str) -> bool:
    """Whether the next option begins here: behind a deadline any "for", behind a use case only a certain one."""
    return _is_option(words, at) or (option == "until" and words[at].word == "for")
