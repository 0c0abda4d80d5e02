"""Our own check refuses what Slack would refuse, and says where."""

from typing import Any

import pytest

from bot.views import kit
from bot.views.blocks import Block
from bot.views.limits import check, check_view


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": False}


def mrkdwn(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def button(label: str = "x", action_id: str = "x", **more: Any) -> dict[str, Any]:
    return {"type": "button", "text": plain(label), "action_id": action_id, **more}


def option(value: str, label: str = "x") -> dict[str, Any]:
    return {"text": plain(label), "value": value}


def row(text: str, cells: int = 2) -> list[dict[str, str]]:
    return [{"type": "raw_text", "text": text}] * cells


def table(*rows: Any) -> dict[str, Any]:
    return {"type": "table", "column_settings": [{}], "rows": list(rows)}


def chart(**more: Any) -> dict[str, Any]:
    series = [{"name": "Panel", "data": [{"label": "A", "value": 1}]}]
    bars = {"type": "bar", "series": series, "axis_config": {"categories": ["A"]}}
    return {"type": "data_visualization", "title": "Scores", "chart": {**bars, **more}}


def section(**more: Any) -> dict[str, Any]:
    return {"type": "section", **more}


def container(*children: Any) -> dict[str, Any]:
    return {"type": "container", "title": plain("x"), "child_blocks": list(children)}


WRONG = {
    "a long header": [{"type": "header", "text": plain("x" * 151)}],
    "an emoji counts as two": [{"type": "header", "text": plain("🚢" * 76)}],
    "a header of mrkdwn": [{"type": "header", "text": mrkdwn("x")}],
    "an empty section": [section(text=mrkdwn(""))],
    "a section of nothing": [section()],
    "a long section": [section(text=mrkdwn("x" * 3_001))],
    "a long field": [section(fields=[mrkdwn("x" * 2_001)])],
    "eleven fields": [section(fields=[mrkdwn("x")] * 11)],
    "eleven context elements": [{"type": "context", "elements": [mrkdwn("x")] * 11}],
    "an empty context": [{"type": "context", "elements": []}],
    "twenty-six buttons": [{"type": "actions", "elements": [button(action_id=f"x{i}") for i in range(26)]}],
    "one action_id twice": [{"type": "actions", "elements": [button(), button()]}],
    "a long label": [{"type": "actions", "elements": [button("x" * 76)]}],
    "a long value": [{"type": "actions", "elements": [button(value="x" * 2_001)]}],
    "a long question": [
        {
            "type": "actions",
            "elements": [
                button(
                    confirm={"title": plain("x"), "text": plain("x" * 301), "confirm": plain("y"), "deny": plain("n")}
                )
            ],
        }
    ],
    "an overflow of six": [
        section(
            text=mrkdwn("x"),
            accessory={"type": "overflow", "action_id": "x", "options": [option(str(i)) for i in range(6)]},
        )
    ],
    "two options of one value": [
        section(
            text=mrkdwn("x"), accessory={"type": "overflow", "action_id": "x", "options": [option("a"), option("a")]}
        )
    ],
    "a long option value": [
        section(text=mrkdwn("x"), accessory={"type": "overflow", "action_id": "x", "options": [option("x" * 76)]})
    ],
    "a foreign initial option": [
        section(
            text=mrkdwn("x"),
            accessory={
                "type": "static_select",
                "action_id": "x",
                "options": [option("a")],
                "initial_option": option("b"),
            },
        )
    ],
    "an unknown element": [section(text=mrkdwn("x"), accessory={"type": "lever", "action_id": "x"})],
    "an unknown block": [{"type": "hologram"}],
    "an empty cell": [table(row(""))],
    "rows of different lengths": [table(row("x"), row("x", 3))],
    "a big table": [table(*[row("x" * 100, 20)] * 6)],
    "two tables": [table(row("x")), table(row("x"))],
    "a container in a container": [container(container(section(text=mrkdwn("x"))))],
    "rich text in a container": [container({"type": "rich_text", "elements": []})],
    "eleven children": [container(*[section(text=mrkdwn("x"))] * 11)],
    "empty rich text": [{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": []}]}],
    "a chart of long names": [chart(axis_config={"categories": ["x" * 21]})],
    "seven series": [chart(series=[{"name": str(i), "data": [{"label": "A", "value": 1}]} for i in range(7)])],
    "a point that is missing": [chart(series=[{"name": "Panel", "data": []}])],
    "one block_id twice": [section(text=mrkdwn("x"), block_id="a"), section(text=mrkdwn("x"), block_id="a")],
    "too many blocks": [{"type": "divider"}] * 46,
    "too many characters": [section(text=mrkdwn("x" * 2_900))] * 4,
}


@pytest.mark.parametrize("blocks", WRONG.values(), ids=WRONG)
def test_refused(blocks: Any) -> None:
    """What Slack would refuse is a problem, and so is what our budget leaves no room for."""
    assert check(blocks)


def test_where() -> None:
    """A problem says which block it is in, how much there is and how much there may be."""
    blocks: Any = [{"type": "divider"}, {"type": "header", "text": plain("x" * 151)}]

    assert check(blocks) == ["1 header: 151 characters, at most 150"]


def test_text() -> None:
    """The fallback has its own budget, below the length at which Slack refuses an edit."""
    blocks: list[Block] = [kit.section("x")]

    assert check(blocks, "x" * 3_500) == []
    assert check(blocks, "x" * 3_501) == ["text: 3501 characters, at most 3500"]
    assert check(blocks, "") == ["text: empty text"]


MODAL: Any = {
    "type": "modal",
    "callback_id": "x",
    "title": plain("x"),
    "close": plain("x"),
    "blocks": [{"type": "divider"}],
    "private_metadata": "",
}
FIELD: Any = {
    "type": "input",
    "block_id": "a",
    "label": plain("x"),
    "optional": False,
    "element": {"type": "plain_text_input", "action_id": "a", "multiline": False, "max_length": 10},
}


@pytest.mark.parametrize(
    "more",
    [
        {"title": plain("x" * 25)},
        {"blocks": []},
        {"blocks": [{"type": "divider"}] * 101},
        {"private_metadata": "x" * 3_001},
        {"blocks": [FIELD]},
        {"blocks": [table(row("x"))]},
        {"blocks": [{**FIELD, "element": {**FIELD["element"], "initial_value": "x" * 11}}], "submit": plain("x")},
    ],
)
def test_views(more: dict[str, Any]) -> None:
    """A dialog has limits of its own: its title, its blocks, its metadata, and a button where there are inputs."""
    wrong: Any = {**MODAL, **more}

    assert check_view(MODAL) == []
    assert check_view(wrong)


def test_builders_stay_inside() -> None:
    """The builders cut what is too long for its place."""
    long = "word " * 2_000
    blocks: list[Block] = [
        kit.header(long),
        kit.section(long, accessory=kit.button(long, "x", says=long)),
        kit.actions(kit.button("x", "x", confirm=kit.confirm(long, long, long, long))),
        kit.container(long, [kit.section("x")], long),
    ]

    assert check(blocks) == []
    assert kit.message(long, blocks).text.endswith("…")
