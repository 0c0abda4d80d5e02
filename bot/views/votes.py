"""Ballots in words: always with the number of people, "leads" while open, words of certainty once closed."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from bot import scoring
from bot.model import Tally
from bot.views.kit import NOBODY
from bot.views.text import listed, people, percent

FEW: Final = 3  # below so many people: counts, no shares
HIDDEN: Final = "hidden until the vote closes"
BAR: Final = 10  # a bar has one cell a person up to so many


def turnout(tally: Tally) -> str:
    """How many have voted, before a comparison closes; a hidden round does not tell that either."""
    if tally.is_hidden:
        return "votes hidden"
    return f"{people(tally.people)} voted" if tally.people else "nobody has voted yet"


class Count(NamedTuple):
    """A tally read once for all the words about it."""

    voters: int
    ticks: tuple[int, ...]  # by position
    several: int
    none: int
    is_hidden: bool = False
    apart: int = 0  # people who are shown beside the count
    apart_ticks: tuple[int, ...] = ()
    users: tuple[tuple[int, int], ...] = ()  # as in a Tally


def count(tally: Tally) -> Count:
    """What the words below need to know of a tally."""
    ticks = tuple([tally.ticks(i) for i in range(tally.tools)])
    apart: int = 0
    apart_ticks: tuple[int, ...] = ()
    if tally.apart:
        aside = Tally(tally.tools, tally.apart)
        apart, apart_ticks = aside.people, tuple([aside.ticks(i) for i in range(tally.tools)])
    return Count(tally.people, ticks, tally.several, tally.none, tally.is_hidden, apart, apart_ticks, tally.users)


def share(ticks: int, voters: int) -> str:
    """ "71 % · 5 of 7 people", "1 of 2 people" where there are too few for a share, "—" where there is nobody."""
    if not voters:
        return NOBODY
    counted = f"{ticks} of {people(voters)}"
    return counted if voters < FEW else f"{percent(ticks / voters)} · {counted}"


def bar(ticks: int, voters: int) -> str:
    """A share as cells: one a person up to ten people, ten beyond; only nobody is empty and only everybody full."""
    cells = min(voters, BAR)
    filled = ticks if voters <= BAR else round(cells * ticks / voters)
    if 0 < ticks < voters:
        filled = min(max(filled, 1), cells - 1)
    return "▇" * filled + "▁" * (cells - filled)


def community_line(names: Sequence[str], counted: Count, marks: Sequence[str] = (), *, drawn: bool = True) -> str:
    """ "A ▇▇▇▇▇▁▁ 5 of 7 · B ▇▇▁▁▁▁▁ 2 of 7 · both 1 · none 1"; "—" where nobody has voted.

    The names are escaped ones, in the tally's order; a mark is the emoji that stands for the name. The bars can be left
    out where there is a picture. More than two tools stand on a line each, their bars one above the other.
    """
    voters = counted.voters
    if counted.is_hidden:
        return HIDDEN
    if not voters:
        return f"{NOBODY} nobody has voted"
    parts = []
    for i, (name, ticks) in enumerate(zip(names, counted.ticks, strict=True)):
        mark = f"{marks[i]} " if marks else ""
        cells = f"{bar(ticks, voters)} " if drawn and voters >= FEW else ""
        counts = f"{ticks} of {voters}"
        below = cells and len(names) > 2
        parts.append(f"{mark}{cells}{counts} · {name}" if below else f"{mark}{name} {cells}{counts}")
    rest = []
    if counted.several:
        rest.append(f"{'both' if len(names) == 2 else 'more than one'} {counted.several}")
    if counted.none:
        rest.append(f"none {counted.none}")
    if len(names) == 2:
        return " · ".join([*parts, *rest])
    return "\n".join([*parts, " · ".join(rest)] if rest else parts)


def apart_line(names: Sequence[str], counted: Count, *, is_told: bool = True) -> str:
    """ "+3 external, not in the count: A 2 · B 1"; "" where nobody is shown apart. The names are escaped ones.

    Where names are kept from everybody, what so few have chosen is not told.
    """
    if not counted.apart:
        return ""
    head = f"+{counted.apart} external, not in the count"
    ticked = [f"{name} {ticks}" for name, ticks in zip(names, counted.apart_ticks, strict=True) if ticks]
    return f"{head}: {' · '.join(ticked)}" if ticked and is_told else head


def users_line(names: Sequence[str], counted: Count) -> str:
    """ "Among those who have used it: A 3 of 4 · B 0 of 1", would ship; "" where nobody says so. It weighs nothing."""
    split = zip(names, counted.users, strict=True) if counted.users else ()
    told = [f"{name} {ticked} of {used}" for name, (ticked, used) in split if used]
    return f"Among those who have used it: {' · '.join(told)}" if told else ""


def sentence(names: Sequence[str], counted: Count) -> str:
    """The same as a sentence without drawings, for screen readers."""
    if counted.is_hidden:
        return f"Community: {HIDDEN}."
    external = f" {counted.apart} external, not in the count." if counted.apart else ""
    if not counted.voters:
        return f"Community: nobody has voted.{external}"
    of = people(counted.voters)
    said = [f"{ticks} of {of} would ship {name}" for name, ticks in zip(names, counted.ticks, strict=True)]
    if counted.several:
        said.append(f"{counted.several} would ship {'both' if len(names) == 2 else 'more than one'}")
    if counted.none:
        said.append(f"{counted.none} would ship none of these")
    return f"Community: {', '.join(said)}.{external}"


def standing(names: Sequence[str], tally: Tally, *, is_open: bool) -> str:
    """Who leads, as a sentence; "" while there are too few people to say. The names are escaped ones."""
    if is_open and tally.people < FEW:
        return ""
    closing = scoring.closing(tally)
    return _so_far(closing, names) if is_open else f"{_final(closing, names)}."


def _so_far(closing: scoring.Closing, names: Sequence[str]) -> str:
    if not closing.leaders:
        return "So far nobody would ship any of them."
    if len(closing.leaders) > 1:
        return f"So far {listed([names[i] for i in closing.leaders])} are level."
    return f"{names[closing.leaders[0]]} leads, {_head_to_head(closing, names)}."


def _head_to_head(closing: scoring.Closing, names: Sequence[str]) -> str:
    """ "4 to 1 among the 5 people who chose only one of the two"; names the rival where there are more than two."""
    decided = closing.ahead + closing.behind
    score = f"{closing.ahead} to {closing.behind}"
    if len(names) > 2 and closing.rival is not None:
        score += f" against {names[closing.rival]}"
    return f"{score} among the {people(decided)} who chose only one of the two"


_CERTAINTY_WORDS: Final = {
    "early": "Too early to say: {} is ahead",
    "split": "Split: {} is ahead",
    "leaning": "Leaning to {}",
    "clear": "Clearly {}",
}


def _final(closing: scoring.Closing, names: Sequence[str]) -> str:
    voters = people(closing.people)
    if not closing.people:
        return "Closed without a vote"
    if not closing.convinced:
        which = "either" if len(names) == 2 else "any of them"
        return f"Not convinced by {which}: {closing.none} of {voters} would ship none of these"
    if not closing.leaders:
        return f"Too early to say: {voters} voted, for none of these"
    if len(closing.leaders) > 1:
        word = "Too early to say" if closing.certainty == "early" else "Split"
        level = listed([names[i] for i in closing.leaders])
        return f"{word}: {level} are level, {closing.ticks[closing.leaders[0]]} of {voters} each"
    words = _CERTAINTY_WORDS[closing.certainty].format(names[closing.leaders[0]])
    return f"{words}, {_head_to_head(closing, names)}"
