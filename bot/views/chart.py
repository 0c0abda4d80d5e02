"""The week's scores as a picture: panel beside community, for people who would rather look than read."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from bot.model import DigestResult
from bot.views import kit, votes
from bot.views.blocks import Block, DataVisualization, Series
from bot.views.kit import NOBODY
from bot.views.limits import SERIES_NAME
from bot.views.text import clean, clip, escape, percent

TOOLS: Final = 6
CELLS: Final = 10


class _Score(NamedTuple):
    name: str
    panel: float
    community: float
    voters: int


def scores(results: Sequence[DigestResult], *, tables: bool) -> list[Block]:
    """A bar chart of up to six tools that have takes and at least three people's votes; text where charts are refused.

    Fewer than two such tools are no picture: an empty list.
    """
    found: dict[int, _Score] = {}
    for result in results:
        counted = votes.count(result.tally)
        for tool, ticks in zip(result.comparison.tools, counted.ticks, strict=True):
            panel = tool.panel.share
            if counted.voters >= votes.FEW and panel is not None and tool.id not in found:
                found[tool.id] = _Score(tool.name, panel, ticks / counted.voters, counted.voters)
    shown = list(found.values())[:TOOLS]
    if len(shown) < 2:
        return []
    return [_chart(shown)] if tables else [_bars(shown)]


def _labels(shown: Sequence[_Score]) -> list[str]:
    """Names of at most 20 characters, made different where the cut makes them equal."""
    labels: list[str] = []
    for score in shown:
        label = clip(clean(score.name) or NOBODY, SERIES_NAME)
        if label in labels:
            label = f"{clip(label, SERIES_NAME - 3)} {len(labels) + 1}"
        labels.append(label)
    return labels


def _chart(shown: Sequence[_Score]) -> DataVisualization:
    labels = _labels(shown)
    pairs = list(zip(labels, shown, strict=True))
    panel: Series = {
        "name": "Panel",
        "data": [{"label": label, "value": round(100 * score.panel)} for label, score in pairs],
    }
    community: Series = {
        "name": "Community",
        "data": [{"label": label, "value": round(100 * score.community)} for label, score in pairs],
    }
    return {
        "type": "data_visualization",
        "title": "Would ship, %: panel beside community",
        "chart": {
            "type": "bar",
            "series": [panel, community],
            "axis_config": {"categories": labels, "y_label": "would ship, %"},
        },
    }


def _bars(shown: Sequence[_Score]) -> Block:
    lines = ["*Would ship: panel beside community*"]
    for score in shown:
        panel = f"panel {_bar(score.panel)} {percent(score.panel)}"
        lines.append(
            f"{escape(score.name, 40) or NOBODY}: {panel} · community {_bar(score.community)} "
            f"{percent(score.community)} of {score.voters} people"
        )
    return kit.section("\n".join(lines))


def _bar(share: float) -> str:
    filled = round(CELLS * share)
    return "▇" * filled + "▁" * (CELLS - filled)
