"""A run as a person reads it: a table, and a sentence on what is missed or has become worse."""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bench.figures import Figure


def show(figures: Sequence[Figure], kept: Mapping[str, Mapping[str, Any]], console: Console) -> None:
    """Print the figures beside those that were kept."""
    table = Table(title="Ours beside the least that it could cost: medians, and the spread of the ratio")
    for head in ("row", "what", "ours", "against", "theirs"):
        table.add_column(head, justify="right" if head in {"ours", "theirs"} else "left")
    for head in ("ratio", "low–high", "goal", "kept"):
        table.add_column(head, justify="right", no_wrap=True)
    for figure in figures:
        values = figure.values
        table.add_row(
            figure.key,
            figure.what,
            f"{number(median(figure.ours))} {figure.unit}",
            figure.against or "–",
            number(median(figure.theirs)) if figure.theirs else "–",
            Text(number(figure.value), style="green" if figure.is_met else "bold red"),
            f"{number(min(values))}–{number(max(values))}",
            str(figure.goal or "–"),
            _beside_kept(figure, kept),
        )
    console.print(table)
    console.print(_sentence("Goals missed", [figure.key for figure in figures if not figure.is_met]))
    worse = [one.key for one in figures if one.key in kept and one.is_worse_than(kept[one.key]["value"])]
    console.print(_sentence("Worse than the kept run by more than a tenth", worse))


def _beside_kept(figure: Figure, kept: Mapping[str, Mapping[str, Any]]) -> Text:
    if figure.key not in kept:
        return Text("new")
    before = float(kept[figure.key]["value"])
    return Text(number(before), style="bold red" if figure.is_worse_than(before) else "")


def _sentence(what: str, keys: Sequence[str]) -> str:
    return f"{what}: {', '.join(keys) or 'none'}."


def number(value: float) -> str:
    """A figure with three digits that count."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"
