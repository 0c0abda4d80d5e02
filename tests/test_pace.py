"""How soon a card may be drawn again, and how often a method may be called: pure, in time that we move."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.budget import Budget
from bot.refresher import BURST, CLOSEST, PACE, Pace
from bot.slack_errors import retry_after


class Clock:
    """A clock that stands still until it is moved. It counts in 1/1024 s, which floats hold exactly."""

    def __init__(self, now: float = 0.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


ticks = st.integers(0, 40 * 1024).map(lambda n: n / 1024)


@pytest.mark.fault("R01")
@given(pauses=st.lists(ticks.map(lambda n: n / 16), min_size=1, max_size=40), begin=ticks)
def test_a_card_is_drawn_three_times_quickly_and_then_steadily(pauses: list[float], begin: float) -> None:
    """In any stretch of time three drawings and one per 2.3 s, never two within 0.8 s, whoever asks."""
    clock = Clock(begin)
    pace = Pace(clock)
    drawings = []
    for pause in pauses:
        clock.now += pause
        clock.now += pace.wait(1)
        pace.drawn(1)
        drawings.append(clock.now)

    assert drawings[0] == begin + pauses[0]
    for first in range(len(drawings)):
        for last in range(first + 1, len(drawings)):
            stretch = drawings[last] - drawings[first]
            assert last - first + 1 <= BURST + stretch / PACE + 1e-6
    assert all(later - earlier >= CLOSEST - 1e-9 for earlier, later in pairwise(drawings))


def test_a_minute_of_votes_costs_at_most_thirty_drawings() -> None:
    """Drawn whenever it may be: at once, quickly while the burst lasts, then every 2.3 s; no card waits for another."""
    clock = Clock()
    pace = Pace(clock)
    drawings = []
    while clock.now < 60:
        pace.drawn(1)
        drawings.append(round(clock.now, 6))
        assert pace.wait(2) == 0
        clock.now += pace.wait(1)

    assert drawings[:6] == [0, 0.8, 1.6, 2.4, 4.6, 6.9]
    assert len(drawings) <= 30


def test_a_card_that_has_rested_is_quick_again() -> None:
    """Seven seconds without a drawing and the next three are quick."""
    clock = Clock(100)
    pace = Pace(clock)
    while (wait := pace.wait(1)) <= CLOSEST:
        clock.now += wait
        pace.drawn(1)
    clock.now += BURST * PACE

    for _ in range(BURST):
        assert pace.wait(1) == pytest.approx(0, abs=1e-9)
        pace.drawn(1)
        clock.now += CLOSEST


def test_pace_forgets_cards_that_have_rested() -> None:
    """A process that lives for months does not remember every card that it ever drew."""
    clock = Clock()
    pace = Pace(clock)
    for card in range(10_000):
        pace.drawn(card)
    clock.now += BURST * PACE
    pace.drawn(10_000)

    assert len(pace._cards) == 1


@given(
    calls=st.integers(1, 6),
    begin=ticks,
    steps=st.lists(st.tuples(ticks, st.none() | st.integers(1, 90)), min_size=1, max_size=60),
)
def test_a_budget_is_never_overspent(calls: int, begin: float, steps: list[tuple[float, int | None]]) -> None:
    """In any sliding minute at most N calls, none while Slack has told us to wait, and no longer wait than needed."""
    clock = Clock(begin)
    budget = Budget(calls, clock)
    spent: list[float] = []
    closed_until = 0.0
    for pause, told_to_wait in steps:
        clock.now += pause
        wait = budget.wait()
        in_the_minute = [at for at in spent if at > clock.now - 60]
        assert (wait > 0) == (len(in_the_minute) >= calls or clock.now < closed_until)
        if wait == 0:
            budget.spend()
            spent.append(clock.now)
        else:
            assert clock.now + wait == max(
                closed_until, in_the_minute[-calls] + 60 if len(in_the_minute) >= calls else 0.0
            )
        if told_to_wait is not None:
            budget.close(told_to_wait)
            closed_until = max(closed_until, clock.now + told_to_wait)

    for i, at in enumerate(spent[calls:]):
        assert at - spent[i] >= 60


def test_a_method_without_a_limit_waits_for_nothing_but_slack() -> None:
    """No figure of our own: any number of calls, until Slack says when; a shorter wait never shortens a longer one."""
    clock = Clock()
    budget = Budget(None, clock)
    for _ in range(1_000):
        assert budget.wait() == 0
        budget.spend()

    budget.close(30)
    budget.close(10)
    clock.now += 29

    assert budget.wait() == 1


@given(
    calls=st.integers(1, 4),
    steps=st.lists(st.tuples(ticks, st.integers(0, 20 * 1024).map(lambda n: n / 1024), st.floats(0, 1)), max_size=40),
)
def test_however_late_calls_arrive_no_minute_holds_more(calls: int, steps: list[tuple[float, float, float]]) -> None:
    """A call arrives at some moment between its beginning and its answer: at Slack's end the limit holds as well."""
    clock = Clock()
    budget = Budget(calls, clock)
    under_way: list[float] = []  # when each will be answered
    arrived: list[float] = []
    for pause, lasts, arrives in steps:
        until = clock.now + pause
        for moment in sorted(moment for moment in under_way if moment <= until):
            clock.now = moment
            budget.landed()
            under_way.remove(moment)
        clock.now = until
        if budget.wait() == 0:
            budget.spend()
            under_way.append(clock.now + lasts)
            arrived.append(clock.now + lasts * arrives)

    arrived.sort()
    for i, at in enumerate(arrived[calls:]):
        assert at - arrived[i] >= 60 - 1e-6


@pytest.mark.fault("R02")
@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        *[("0", 1), ("1", 1), ("60", 60), ("2.5", 2.5), ("-7", 1), ("1e9", 3600), ("inf", 3600)],
        *[("nan", 30), ("", 30), ("soon", 30), ("Wed, 21 Oct 2026 07:28:00 GMT", 30), (None, 30)],
    ],
)
def test_any_retry_after_is_a_sensible_pause(header: str | None, seconds: float) -> None:
    """Zero, fractions, dates, garbage, nothing: from a second to an hour, and half a minute where it is unclear."""
    headers = {} if header is None else {"retry-After": header}

    assert retry_after(headers) == seconds
