"""The laws of the scores: symmetric, monotone, and never surer than the votes allow."""

from itertools import permutations
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import Price, Tally, Tool, ToolStanding
from bot.scoring import (
    ballot_choice,
    certainty,
    closing,
    disagreement,
    probability_leads,
    rank,
    wilson_lower,
)

SURER = ("early", "split", "leaning", "clear")


@st.composite
def shares(draw: st.DrawFn) -> tuple[int, int]:
    """Successes among one to 2,000 people."""
    n = draw(st.integers(1, 2_000))
    return draw(st.integers(0, n)), n


@st.composite
def tallies(draw: st.DrawFn, fewest: int = 2) -> Tally:
    """Any count of any choices among two to four tools."""
    tools = draw(st.integers(fewest, 4))
    choices = st.dictionaries(st.integers(0, 2**tools - 1), st.integers(1, 40), max_size=8)
    return Tally(tools, draw(choices))


def with_ballot(tally: Tally, choice: int, *, instead_of: int | None = None) -> Tally:
    """The tally after one more person chose this, or after one person changed to it."""
    counts = dict(tally.people_by_choice)
    counts[choice] = counts.get(choice, 0) + 1
    if instead_of is not None:
        counts[instead_of] -= 1
    return Tally(tally.tools, counts)


def standing(name: str, ticks: int, people: int, tool_id: int = 1) -> ToolStanding:
    """A tool of this name with this team score."""
    price = Price("free", "Free.", None, None)
    tool = Tool(tool_id, name.lower(), name, "", "", "", "", "", None, price)
    return ToolStanding(tool, ticks, people)


class TestWilson:
    @given(shares())
    def test_bounds(self, share: tuple[int, int]) -> None:
        """The lower bound lies between 0 and the share itself, and below it unless nobody would ship the tool."""
        k, n = share

        assert 0 <= wilson_lower(k, n) <= k / n
        assert wilson_lower(k, n) < k / n or k == 0

    @given(shares())
    def test_one_more_tick_raises_it(self, share: tuple[int, int]) -> None:
        """One more person who ticks the tool raises the bound, whether they had voted before or not."""
        k, n = share

        assert wilson_lower(k, n) < wilson_lower(k + 1, n + 1)
        if k < n:
            assert wilson_lower(k, n) < wilson_lower(k + 1, n)

    @given(shares())
    def test_one_more_refusal_lowers_it(self, share: tuple[int, int]) -> None:
        """One more person who does not tick the tool lowers the bound, unless it is 0 already."""
        k, n = share

        assert wilson_lower(k, n + 1) < wilson_lower(k, n) or k == 0

    @given(st.integers(1, 50), st.integers(1, 20), st.integers(2, 20))
    def test_more_people_more_trust(self, k: int, rest: int, times: int) -> None:
        """The same share of more people has the higher bound."""
        assert wilson_lower(k, k + rest) < wilson_lower(k * times, (k + rest) * times)

    @pytest.mark.parametrize(
        ("k", "n", "bound"),
        [(0, 5, 0.0), (5, 5, 0.565518), (18, 20, 0.698966), (1, 1, 0.206549), (50, 100, 0.403832), (0, 0, 0.0)],
    )
    def test_known_values(self, k: int, n: int, bound: float) -> None:
        """The bound solves its own equation: at it, the share lies exactly 1.96 standard errors above."""
        assert wilson_lower(k, n) == pytest.approx(bound, abs=1e-6)
        if k > 0:
            low = wilson_lower(k, n)
            assert (k / n - low) / (low * (1 - low) / n) ** 0.5 == pytest.approx(1.959963984540054)

    @pytest.mark.parametrize(("k", "n"), [(1, 0), (-1, 3), (4, 3)])
    def test_impossible_counts(self, k: int, n: int) -> None:
        """A count that is no share is refused instead of scored."""
        with pytest.raises(ValueError, match="is not a share"):
            wilson_lower(k, n)


class TestCertainty:
    @pytest.mark.parametrize(
        ("decided", "leaning", "clear"),
        [
            (5, (5, 0), (5, 0)),
            (6, (5, 1), (6, 0)),
            (8, (6, 2), (7, 1)),
            (10, (8, 2), (9, 1)),
            (12, (9, 3), (10, 2)),
            (15, (11, 4), (12, 3)),
            (20, (13, 7), (15, 5)),
            (30, (19, 11), (21, 9)),
            (50, (30, 20), (32, 18)),
        ],
    )
    def test_scores_needed(self, decided: int, leaning: tuple[int, int], clear: tuple[int, int]) -> None:
        """The closest scores that still earn "leaning" and "clear" are those of the design's table."""
        scores = [(ahead, decided - ahead) for ahead in range((decided + 1) // 2, decided + 1)]
        words = {score: certainty(*score) for score in scores}

        assert next(score for score in scores if words[score] in {"leaning", "clear"}) == leaning
        assert next(score for score in scores if words[score] == "clear") == clear

    @pytest.mark.parametrize(("ahead", "behind"), [(0, 0), (1, 0), (4, 0), (2, 2)])
    def test_early(self, ahead: int, behind: int) -> None:
        """Fewer than five decided people never earn more than "early", however united."""
        assert certainty(ahead, behind) == "early"

    @given(st.integers(0, 300), st.integers(0, 300))
    def test_the_other_tool_has_the_rest(self, ahead: int, behind: int) -> None:
        """The probabilities that either tool is the preferred one add up to one, and the one with more has more."""
        one = probability_leads(behind, ahead + behind)
        other = probability_leads(ahead, ahead + behind)

        assert one + other == pytest.approx(1)
        assert (one > other) is (ahead > behind)
        assert (one == 0.5) is (ahead == behind)

    @given(st.integers(0, 60), st.integers(0, 60))
    def test_one_more_for_the_leader(self, ahead: int, behind: int) -> None:
        """One more person for the leader never makes it less sure."""
        ahead += behind

        assert SURER.index(certainty(ahead, behind)) <= SURER.index(certainty(ahead + 1, behind))

    @pytest.mark.parametrize(("trailing", "decided"), [(-1, 5), (6, 5)])
    def test_impossible_counts(self, trailing: int, decided: int) -> None:
        """More trailing people than decided ones are refused instead of scored."""
        with pytest.raises(ValueError, match="is not a share"):
            probability_leads(trailing, decided)

    @pytest.mark.parametrize(("trailing", "decided"), [(480, 1_001), (500, 1_001), (960, 2_000), (1_900, 4_001)])
    def test_beyond_a_thousand_people_the_curve_stands_for_the_sum(self, trailing: int, decided: int) -> None:
        """What is shown of many votes may not take longer to work out than to draw, and is as good as exact."""
        trials = decided + 1
        exact = sum(comb(trials, i) for i in range(decided - trailing + 1)) / 2**trials

        assert probability_leads(trailing, decided) == pytest.approx(exact, abs=1e-4)


class TestClosing:
    def test_story_of_two(self) -> None:
        """Seven for the one, two for the other of whom one ticked both, one for none: it leads six to one."""
        result = closing(Tally(2, {0b01: 6, 0b10: 1, 0b11: 1, 0: 1}))

        assert result.leaders == (0,)
        assert result.ticks == (7, 2)
        assert (result.people, result.none) == (9, 1)
        assert (result.rival, result.ahead, result.behind) == (1, 6, 1)
        assert result.certainty == "leaning"
        assert result.probability == pytest.approx(0.964844, abs=1e-6)
        assert result.convinced

    def test_nobody(self) -> None:
        """Without a ballot nobody leads, and it is early."""
        result = closing(Tally(2, {}))

        assert (result.leaders, result.rival, result.probability) == ((), None, None)
        assert (result.people, result.certainty, result.convinced) == (0, "early", True)

    def test_all_none(self) -> None:
        """When everyone would ship none of them, no tool leads and nobody is convinced."""
        result = closing(Tally(3, {0: 6}))

        assert (result.leaders, result.rival, result.ahead, result.behind) == ((), None, 0, 0)
        assert not result.convinced

    @pytest.mark.parametrize(
        ("for_one", "none", "convinced"),
        [(3, 2, False), (4, 2, True), (2, 2, True), (6, 4, False), (61, 40, True), (0, 5, False), (0, 4, True)],
    )
    def test_convinced(self, for_one: int, none: int, convinced: bool) -> None:
        """Two in five for "none" leave a team of five or more unconvinced; a smaller one is only early."""
        assert closing(Tally(2, {0b01: for_one, 0: none})).convinced is convinced

    def test_level(self) -> None:
        """Two tools with as many ticks lead together, and more people do not make that surer."""
        few, many = closing(Tally(2, {0b01: 2, 0b10: 2})), closing(Tally(2, {0b01: 30, 0b10: 30, 0b11: 5}))

        assert few.leaders == many.leaders == (0, 1)
        assert (few.certainty, many.certainty) == ("early", "split")
        assert few.probability == many.probability == 0.5

    def test_both(self) -> None:
        """People who ticked both have not decided between them."""
        result = closing(Tally(2, {0b11: 20}))

        assert result.leaders == (0, 1)
        assert (result.ahead, result.behind, result.certainty) == (0, 0, "early")

    def test_a_leader_of_three_is_as_sure_as_against_its_closest_rival(self) -> None:
        """A clear lead over the last tool does not make up for a narrow one over the second."""
        result = closing(Tally(3, {0b001: 12, 0b010: 10}))

        assert (result.leaders, result.rival) == ((0,), 1)
        assert (result.ahead, result.behind, result.certainty) == (12, 10, "split")

    def test_the_closest_rival_need_not_have_the_second_most_ticks(self) -> None:
        """Against a tool that the same people ticked few have decided, and the word says so."""
        result = closing(Tally(3, {0b101: 9, 0b001: 2, 0b010: 10}))

        assert result.ticks == (11, 10, 9)
        assert (result.rival, result.ahead, result.behind, result.certainty) == (2, 2, 0, "early")

    def test_one_tool(self) -> None:
        """One tool alone cannot lead anything."""
        with pytest.raises(ValueError, match="no rival"):
            closing(Tally(1, {1: 3}))

    @given(tallies())
    def test_mirror(self, tally: Tally) -> None:
        """Showing the tools in another order mirrors the verdict and changes nothing else."""
        plain = closing(tally)
        for order in permutations(range(tally.tools)):
            turned = closing(tally.in_order(order))

            assert {order[leader] for leader in turned.leaders} == set(plain.leaders)
            assert tuple(plain.ticks[position] for position in order) == turned.ticks
            assert (turned.certainty, turned.convinced) == (plain.certainty, plain.convinced)
            assert (turned.ahead, turned.behind) == (plain.ahead, plain.behind)
            assert turned.probability == plain.probability

    @given(tallies(), st.data())
    def test_one_more_tick(self, tally: Tally, data: st.DataObject) -> None:
        """A tick added to a ballot, or a new ballot for one tool, never lowers that tool by any measure."""
        position = data.draw(st.integers(0, tally.tools - 1))
        before = data.draw(st.sampled_from([None, *(c for c in tally.people_by_choice if not c >> position & 1)]))
        after = with_ballot(tally, (before or 0) | 1 << position, instead_of=before)
        old, new = closing(tally), closing(after)

        assert wilson_lower(old.ticks[position], old.people) < wilson_lower(new.ticks[position], new.people)
        for other in set(range(tally.tools)) - {position}:
            old_for, old_against = tally.decided(position, other)
            new_for, new_against = after.decided(position, other)
            assert new_for - new_against >= old_for - old_against
        if position in old.leaders:
            assert position in new.leaders
        if old.leaders == (position,):
            assert new.leaders == (position,)

    @given(tallies())
    def test_the_leader_wins_every_head_to_head(self, tally: Tally) -> None:
        """Whoever has the most ticks is behind no other tool among the people who decided between the two."""
        for leader in closing(tally).leaders:
            for other in set(range(tally.tools)) - {leader}:
                ahead, behind = tally.decided(leader, other)
                assert ahead >= behind


class TestBallot:
    @pytest.mark.parametrize(
        ("ticks", "none", "choice"),
        [
            (set(), False, None),
            (set(), True, 0),
            ({0}, False, 0b01),
            ({1}, True, 0b10),
            ({0, 1}, False, 0b11),
            ({3, 1}, True, 0b1010),
        ],
    )
    def test_rule(self, ticks: set[int], none: bool, choice: int | None) -> None:
        """A ballot is the set of ticked tools; "none" counts only alone; nothing ticked is no ballot."""
        assert ballot_choice(ticks, none) == choice

    @given(st.sets(st.integers(0, 3)), st.booleans())
    def test_a_tally_reads_it_back(self, ticks: set[int], none: bool) -> None:
        """A tally of one ballot counts exactly the tools that were ticked."""
        choice = ballot_choice(ticks, none)
        tally = Tally(4, {} if choice is None else {choice: 1})

        assert {position for position in range(4) if tally.ticks(position)} == ticks
        assert tally.none == (none and not ticks)


class TestRank:
    def test_many_good_above_few_perfect(self) -> None:
        """18 of 20 stands above 5 of 5."""
        few, many = standing("Few", 5, 5), standing("Many", 18, 20)

        assert rank([few, many]) == [many, few]

    def test_nobody_would_ship(self) -> None:
        """Among tools that nobody would ship, the one that fewer people turned down comes first."""
        hated, meh, new = standing("Hated", 0, 20), standing("Meh", 0, 1), standing("New", 0, 0)

        assert rank([hated, meh, new]) == [new, meh, hated]

    def test_level(self) -> None:
        """Equal scores stand in alphabetical order, and equal names in the order they were added."""
        b, a, second, first = (
            standing("b", 3, 5, 1),
            standing("A", 3, 5, 2),
            standing("c", 3, 5, 4),
            standing("C", 3, 5, 3),
        )

        assert rank([b, second, a, first]) == [a, b, first, second]

    @given(
        st.lists(shares(), max_size=12, unique=True).map(
            lambda found: [standing(str(i), k, n, i) for i, (k, n) in enumerate(found)]
        ),
        st.data(),
    )
    def test_order(self, standings: list[ToolStanding], data: st.DataObject) -> None:
        """The order does not depend on the order of arrival, and one more tick never moves a tool down."""
        order = rank(standings)

        assert rank(data.draw(st.permutations(standings))) == order
        if standings:
            lifted = data.draw(st.sampled_from(standings))
            better = ToolStanding(lifted.tool, lifted.ticks + 1, lifted.people + 1)
            others = [one for one in standings if one is not lifted]
            assert rank([*others, better]).index(better) <= order.index(lifted)


class TestDisagreement:
    @pytest.mark.parametrize(
        ("panel", "ticks", "people", "apart"),
        [(1.0, 1, 5, 0.8), (0.0, 5, 5, 1.0), (0.5, 5, 10, 0.0), (0.75, 0, 4, 0.0), (None, 0, 50, 0.0)],
    )
    def test_known(self, panel: float | None, ticks: int, people: int, apart: float) -> None:
        """It is the distance of the two shares; four people, or no panel, are not a disagreement yet."""
        assert disagreement(panel, ticks, people) == pytest.approx(apart)
