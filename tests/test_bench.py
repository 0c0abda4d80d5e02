"""`make bench`: a figure is held to its goal and to the run that was kept."""

import importlib
from functools import partial
from pathlib import Path

from bench import kept
from bench.__main__ import ROWS
from bench.figures import Figure, at_least, at_most, percentile
from bench.measure import alternate, plain


def test_the_ratio_is_taken_round_by_round() -> None:
    """A round in which the whole machine was slow does not move the median."""
    figure = Figure("1", "a thing", "µs", (2.0, 40.0, 2.2), "another", (1.0, 20.0, 1.0), at_most(2))

    assert figure.ratios == [2.0, 2.0, 2.2]
    assert figure.value == 2.0
    assert figure.is_met


def test_worse_is_worse_by_more_than_a_tenth_in_the_direction_of_the_goal() -> None:
    """A cost that grew and a rate that fell show; a tenth is noise."""
    cost = Figure("1", "a cost", "µs", (1.0,), "another", (1.0,), at_most(2))
    rate = Figure("2", "a rate", "a second", (1.0,), "another", (1.0,), at_least(0.5))

    assert [cost.is_worse_than(kept) for kept in (0.85, 0.95, 1.2)] == [True, False, False]
    assert [rate.is_worse_than(kept) for kept in (0.85, 1.05, 1.2)] == [False, False, True]


def test_a_run_keeps_what_another_run_measured(tmp_path: Path) -> None:
    """Some rows can be measured again without losing the rest."""
    file = tmp_path / "kept.json"
    kept.write(file, [Figure("1", "a thing", "µs", (1.0, 3.0)), Figure("2", "a thing", "µs", (5.0,))])
    kept.write(file, [Figure("2", "a thing", "µs", (6.0,))])

    assert {key: one["value"] for key, one in kept.read(file).items()} == {"1": 2.0, "2": 6.0}


async def test_sides_take_turns() -> None:
    """Every side has as many rounds; the first round of all is not counted."""
    called: list[str] = []
    sides = {name: plain(partial(called.append, name), 2) for name in ("a", "b")}

    spent = await alternate(sides, 2)

    assert "".join(called) == "bbaa" + "aabb" + "bbaa"
    assert [len(rounds) for rounds in spent.values()] == [2, 2]


def test_percentiles_are_of_what_was_measured() -> None:
    """The 99th of a hundred is the second slowest or the slowest, never a value between."""
    assert percentile([float(i) for i in range(100)], 0.99) == 99.0
    assert percentile([1.0], 0.5) == 1.0


def test_every_row_can_be_measured() -> None:
    """A name on the command line leads to a module that measures."""
    assert all(callable(importlib.import_module(f"bench.{name}").measure) for name in ROWS)
