"""Who counts, and what a ballot is counted as: pure.

What a stored ballot is counted as is one number, so that a vote moves two rows of counts and a card is drawn from a
few, whatever it has to tell. Bits 0 to 3 are the tools that are ticked, as in `bot.model`; bit 4 says that the person
is shown apart; bits 5 to 8 are the tools that the person says to have used.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.model import KindOrOut, Tally, Treatment

CHOICE = 0b1111
APART = 0b1_0000
USED_FROM = 5


@dataclass(frozen=True, slots=True)
class WhoCounts:
    """What becomes of the votes of guests, and of people of other companies in shared channels."""

    guests: Treatment = "counted"
    externals: Treatment = "apart"

    def treats(self, kind: KindOrOut | None) -> Treatment:
        """What becomes of the vote of a person of this kind; whoever is unknown counts as a member."""
        if kind == "out":
            return "out"
        if kind == "guest":
            return self.guests
        return self.externals if kind == "external" else "counted"


def counted_as(choice: int, treatment: Treatment, used: int) -> int | None:
    """What a choice is counted as; None where the person does not count. `used` is a bit mask as `choice` is."""
    if treatment == "out":
        return None
    return choice | (APART if treatment == "apart" else 0) | used << USED_FROM


def treatment(stored: int) -> Treatment:
    """What a stored ballot is counted as."""
    return "apart" if stored & APART else "counted"


def used(stored: int) -> int:
    """The tools that a ballot's person says to have used, as bits."""
    return stored >> USED_FROM


def tally(tools: int, people: Mapping[int, int]) -> Tally:
    """The counts of a comparison of so many tools, from its people by what their ballots are counted as."""
    counted: dict[int, int] = {}
    apart: dict[int, int] = {}
    used, ticked = [0] * tools, [0] * tools
    for found, n in people.items():
        choice = found & CHOICE
        kept = apart if found & APART else counted
        kept[choice] = kept.get(choice, 0) + n
        for i in range(tools):
            if found >> USED_FROM + i & 1 and not found & APART:
                used[i] += n
                ticked[i] += n if choice >> i & 1 else 0
    users = tuple(zip(ticked, used, strict=True)) if any(used) else ()
    return Tally(tools, counted, apart=apart, users=users)
