"""The digest shows what happened, in order, each line with a way to the card, and nothing that did not happen."""

import json
from dataclasses import replace
from typing import Any

import pytest

from bot.model import (
    Comparison,
    Digest,
    DigestChange,
    DigestMove,
    DigestResult,
    Price,
    Subscription,
    Take,
    Tally,
    Tool,
    ToolStanding,
)
from bot.views.digest import digest
from bot.views.kit import Message, check

NOW = 1_795_000_000
LINK = "https://play.example/archives/C1/p"


def tool(number: int, name: str, ships: int = 1) -> Tool:
    """A tool of this name that so many of four reviewers would ship."""
    takes = tuple(
        Take(f"l{i}", f"Lens {i}", "ship" if i < ships else "skip", "A headline", "", "", "", "", "2026-11-22")
        for i in range(4)
    )
    price = Price("freemium", "Free tier.", "https://vendor.example/pricing", "2026-11")
    return Tool(number, name.lower(), name, "Vendor", "Models", "A tagline", "", "", None, price, takes=takes)


FILES, LLAMA = tool(1, "Claude Files API", 3), tool(2, "Llama 4 Compact")


def result(number: int, tally: dict[int, int], *, closed: bool = True) -> DigestResult:
    """A comparison of the two tools with these votes."""
    asked = Comparison(number, "T1", "", (FILES, LLAMA), "", "U0ADA", 1, NOW, NOW + 9, NOW if closed else None, None)
    return DigestResult(asked, Tally(2, tally), f"{LINK}{number}")


SUBSCRIPTION = Subscription(5, "T1", "C0GENERAL", 0, 540, "Europe/Berlin", None, False, "U0ADA", NOW, None, None)
EMPTY = Digest(SUBSCRIPTION, "2026-W48", NOW - 604_800, NOW)
FULL = replace(
    EMPTY,
    closed=(result(1, {1: 9, 2: 2, 0: 1}),),
    busiest=(result(2, {1: 4, 2: 3, 3: 1}, closed=False),),
    disagreements=(ToolStanding(LLAMA, 8, 9),),
    changes=(
        DigestChange("new tool", tool(3, "Gemini File Search")),
        DigestChange("new take", LLAMA, LLAMA.takes[0]),
        DigestChange("turned take", FILES, FILES.takes[3]),
        DigestChange("new price", FILES, old_price=Price("paid", "", None, None)),
        DigestChange("new price", LLAMA, old_price=LLAMA.price),
    ),
    moves=(DigestMove(ToolStanding(FILES, 18, 20), 3, 1), DigestMove(ToolStanding(LLAMA, 5, 5), None, 2)),
    closing_soon=(result(3, {1: 1}, closed=False),),
)


def drawn(message: Message) -> str:
    """Everything that is shown, in order."""
    return json.dumps(message.blocks, ensure_ascii=False)


def kinds(message: Message) -> list[str]:
    """The blocks' types, in order."""
    return [block["type"] for block in message.blocks]


def test_order() -> None:
    """The sections stand in the order of the design."""
    titles = (
        "Closed this week",
        "Most people",
        "Where team and panel disagree most",
        "New and changed in the catalogue",
        "Movers on the leaderboard",
        "Closing soon",
    )
    shown = drawn(digest(FULL))

    assert sorted(titles, key=shown.index) == list(titles)
    assert check(digest(FULL).blocks, digest(FULL).text) == []


@pytest.mark.parametrize(
    ("part", "title"),
    [
        ("closed", "Closed this week"),
        ("busiest", "Most people"),
        ("disagreements", "disagree"),
        ("changes", "New and changed"),
        ("moves", "Movers"),
        ("closing_soon", "Closing soon"),
    ],
)
def test_empty_sections_are_left_out(part: str, title: str) -> None:
    """A section without anything in it is not there."""
    without: Any = {part: ()}

    assert title in drawn(digest(FULL))
    assert title not in drawn(digest(replace(FULL, **without)))


@pytest.mark.parametrize(
    "line",
    [
        f"• <{LINK}1|Claude Files API vs Llama 4 Compact>: Clearly Claude Files API, 9 to 2 among the 11 people",
        "Claude Files API 9 of 12 · Llama 4 Compact 2 of 12 · none 1",
        f"• <{LINK}2|Claude Files API vs Llama 4 Compact>: 8 people, still open.",
        "• *Llama 4 Compact*: panel 25 % · 1 ship, 3 skip; team 89 % · 8 of 9 people",
        "• *Gemini File Search* is new in Models: A tagline",
        "• *Llama 4 Compact*: Lens 0 says *ship* · A headline",
        "• *Claude Files API*: Lens 3 now says *skip* · A headline",
        "• *Claude Files API*: was paid, now freemium · Free tier. · as of 2026-11",
        "• *Llama 4 Compact*: new price · Free tier. · as of 2026-11",
        "• *Claude Files API*: up from 3 to 1 in Models · 90 % · 18 of 20 people",
        "• *Llama 4 Compact*: new at 2 in Models · 100 % · 5 of 5 people",
        f"• <{LINK}3|Claude Files API vs Llama 4 Compact>: closes <!date^1795000009^",
        "1 person voted so far",
    ],
)
def test_lines(line: str) -> None:
    """Each line says what happened, with the people behind every number."""
    assert line in drawn(digest(FULL))


def test_rest_is_counted() -> None:
    """What does not fit is counted, not silently dropped."""
    many = replace(EMPTY, closed=tuple(result(i, {1: 5}) for i in range(12)))

    assert "… and 7 more" in drawn(digest(many))
    assert "and 7 more" in digest(many).text


def test_why_and_how_to_stop() -> None:
    """The digest ends with who subscribed the channel to it, and with Change, Pause and Stop."""
    *_, because, last = digest(FULL).blocks

    assert because["type"] == "context"
    assert "Posted because <@U0ADA> subscribed <#C0GENERAL> on" in because["elements"][0]["text"]
    assert "every Monday at 09:00 (Europe/Berlin)" in because["elements"][0]["text"]
    assert last["type"] == "actions"
    labels = [element["text"]["text"] for element in last["elements"] if element["type"] == "button"]
    assert labels == ["Change", "Pause", "Stop"]


def test_chart() -> None:
    """The week's scores are a native bar chart of panel beside community, one bar each for every tool."""
    (chart,) = (block for block in digest(FULL).blocks if block["type"] == "data_visualization")
    bars = {one["name"]: [point["value"] for point in one["data"]] for one in chart["chart"]["series"]}

    assert chart["chart"]["axis_config"]["categories"] == ["Claude Files API", "Llama 4 Compact"]
    assert bars == {"Panel": [75, 25], "Community": [75, 17]}


def test_chart_of_long_names() -> None:
    """Names are cut to the chart's twenty characters and stay different."""
    long = tuple(replace(tool(i, f"A very long name of a tool {i}"), id=i) for i in range(4))
    asked = replace(result(1, {}).comparison, tools=long)
    message = digest(replace(EMPTY, closed=(DigestResult(asked, Tally(4, {1: 3, 2: 1}), LINK),)))
    (chart,) = (block for block in message.blocks if block["type"] == "data_visualization")
    names = chart["chart"]["axis_config"]["categories"]

    assert len(set(names)) == 4
    assert all(len(name) <= 20 for name in names)


def test_no_chart_of_few() -> None:
    """Fewer than three people are no picture."""
    assert "data_visualization" not in kinds(digest(replace(EMPTY, closed=(result(1, {1: 2}),))))


def test_without_charts() -> None:
    """A workspace that refuses charts gets the same figures as bars of text."""
    message = digest(replace(FULL, tables=False))

    assert "data_visualization" not in kinds(message)
    assert "Llama 4 Compact: panel ▇▇▁▁▁▁▁▁▁▁ 25 % · community ▇▇▁▁▁▁▁▁▁▁ 17 % of 12 people" in drawn(message)


def test_empty_week() -> None:
    """An empty week that is posted all the same says so."""
    assert "Nothing was closed, voted on or changed this week." in digest(EMPTY).text
    assert kinds(digest(EMPTY)) == ["header", "context", "section", "context", "actions"]


def test_filter() -> None:
    """A digest of one category says that it is one."""
    assert "only Models" in drawn(digest(replace(FULL, subscription=replace(SUBSCRIPTION, category="Models"))))


def test_fallback() -> None:
    """The text for screen readers has the result of the week, without drawings and mentions."""
    text = digest(FULL).text

    assert text.startswith("The week's verdicts. Closed this week: Claude Files API vs Llama 4 Compact: Clearly Claude")
    assert "▇" not in text
    assert "<@" not in text
