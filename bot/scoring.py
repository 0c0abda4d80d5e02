"""What the votes say: shares with their doubt, who leads and how surely, and the order of a leaderboard."""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from itertools import combinations
from math import erfc, sqrt
from typing import NamedTuple

from bot.model import Certainty, Tally, ToolStanding

Z_95 = 1.959963984540054  # standard normal deviate that leaves 2.5 % on either side
DECIDED_FOR_A_WORD = 5
PEOPLE_FOR_DOUBT = 5
PEOPLE_FOR_DISAGREEMENT = 5
EXACT_UP_TO = 1_000  # people who decided

_RISING: tuple[Certainty, ...] = ("early", "split", "leaning", "clear")


class Closing(NamedTuple):
    """Where a comparison stands, for a sentence to be built on; positions are those of the tally.

    `ahead` and `behind` count the people who decided between a leader and the rival it is least surely ahead
    of (between two of the leaders, where several are level); both are 0 when nobody ticked a tool.
    """

    people: int
    none: int
    ticks: tuple[int, ...]  # by position
    leaders: tuple[int, ...]  # the positions with the most ticks: several when level, none when nobody ticked a tool
    rival: int | None  # the position behind `behind`; the first of them where several are equally close
    ahead: int
    behind: int
    probability: float | None  # that the leader is truly preferred to the rival, 0.5 to 1; None without a leader
    certainty: Certainty
    convinced: bool  # False when 40 % or more of at least five people would ship none of the tools


def wilson_lower(successes: int, n: int) -> float:
    """Lower bound of the 95 % Wilson score interval for a share of `successes` in `n`; 0 when n is 0.

    Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
    Journal of the American Statistical Association 22 (1927).
    Raises ValueError unless 0 <= successes <= n.
    """
    if not 0 <= successes <= n:
        raise ValueError(f"{successes} of {n} is not a share")
    if successes == 0:
        return 0.0  # exactly, where rounding would leave a trace of either sign
    share, z2 = successes / n, Z_95 * Z_95
    margin = Z_95 * sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    return (share + z2 / (2 * n) - margin) / (1 + z2 / n)


def probability_leads(trailing: int, decided: int) -> float:
    """Probability that the leader is truly preferred, when `trailing` of `decided` people chose the rival.

    With a flat prior, the share p of people who prefer the leader is, given the votes, distributed as
    Beta(decided - trailing + 1, trailing + 1); its tail is a binomial sum (https://dlmf.nist.gov/8.17.E5):
    P(p > 1/2) = 1 - P(Bin(decided + 1, 1/2) <= trailing) = P(Bin(decided + 1, 1/2) <= decided - trailing).
    Exact in whole numbers until the last division up to a thousand people. Beyond, where that would take longer than
    drawing the card, it is the normal curve with half a vote as continuity correction, less than 0.0001 off
    (https://dlmf.nist.gov/7.2.E2 for erfc). Raises ValueError unless 0 <= trailing <= decided.
    """
    if not 0 <= trailing <= decided:
        raise ValueError(f"{trailing} of {decided} is not a share")
    trials = decided + 1
    if decided > EXACT_UP_TO:
        deviates = (decided - trailing + 0.5 - trials / 2) / (sqrt(trials) / 2)
        return erfc(-deviates / sqrt(2)) / 2
    coefficient = at_most = 1
    for i in range(trailing):
        coefficient = coefficient * (trials - i) // (i + 1)
        at_most += coefficient
    every = 1 << trials
    return (every - at_most) / every


def certainty(ahead: int, behind: int) -> Certainty:
    """The word for `ahead` people who chose only the leader against `behind` who chose only the other."""
    return _word(ahead + behind, probability_leads(behind, ahead + behind))


def _word(decided: int, probability: float) -> Certainty:
    if decided < DECIDED_FOR_A_WORD:
        return "early"
    if probability >= 0.975:
        return "clear"
    return "leaning" if probability >= 0.90 else "split"


def closing(tally: Tally) -> Closing:
    """Where a comparison of two or more tools stands.

    The tools with the most ticks lead; whoever leads by ticks also leads every head to head, because people who
    ticked both count for both. A leader is only as certain as against the rival it is least surely ahead of; of
    leaders that are level, each is judged against the others. Raises ValueError for fewer than two tools.
    """
    if tally.tools < 2:
        raise ValueError("one tool alone has no rival")
    ticks = tuple([tally.ticks(position) for position in range(tally.tools)])
    most = max(ticks)
    leaders = tuple([position for position, n in enumerate(ticks) if n == most]) if most else ()
    if len(leaders) == 1:
        pairs = [(leaders[0], rival) for rival in range(tally.tools) if rival != leaders[0]]
    else:
        pairs = list(combinations(leaders, 2))

    duels = []
    for leader, rival in pairs:
        ahead, behind = tally.decided(leader, rival)
        probability = probability_leads(behind, ahead + behind)
        word = _word(ahead + behind, probability)
        duels.append((_RISING.index(word), probability, ahead, rival, behind))
    sureness, least, ahead, closest, behind = min(duels, default=(0, None, 0, None, 0))
    people, none = tally.people, tally.none
    return Closing(
        people=people,
        none=none,
        ticks=ticks,
        leaders=leaders,
        rival=closest,
        ahead=ahead,
        behind=behind,
        probability=least,
        certainty=_RISING[sureness],
        convinced=people < PEOPLE_FOR_DOUBT or none * 5 < people * 2,
    )


def ballot_choice(ticks: AbstractSet[int], none: bool) -> int | None:
    """The choice of a person who has ticked the tools at these positions, and perhaps "none of these".

    "None" counts only when nothing else is ticked; without a tick there is no ballot, hence None.
    """
    if ticks:
        return sum(1 << position for position in ticks)
    return 0 if none else None


def rank(standings: Iterable[ToolStanding]) -> list[ToolStanding]:
    """The standings, best first, by the Wilson interval's lower bound, so that 18 of 20 stands above 5 of 5.

    Where the bound is the same (it is 0 for every tool that nobody would ship), the tool that fewer people
    turned down stands first, then the alphabet decides.
    """
    return sorted(
        standings,
        key=lambda one: (
            -wilson_lower(one.ticks, one.people),
            one.people - one.ticks,
            one.tool.name.casefold(),
            one.tool.id,
        ),
    )


def disagreement(panel_share: float | None, ticks: int, people: int) -> float:
    """How far apart team and panel are, 0 to 1; 0 without a panel or with fewer than five people."""
    if panel_share is None or people < PEOPLE_FOR_DISAGREEMENT:
        return 0.0
    return abs(panel_share - ticks / people)
