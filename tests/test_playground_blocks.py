"""The playground refuses the blocks that Slack refuses, with a pointer to each fault."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slack_sdk.errors import SlackApiError

from playground import block_rules
from playground.block_report import Report
from playground.element_rules import check_suggestions
from playground.view_rules import view_problems
from tests.playground_visit import button, section, visit


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def cell(text: str) -> dict[str, Any]:
    return {"type": "raw_text", "text": text}


def table(*rows: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {"type": "table", "rows": list(rows), **more}


def container(*children: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "container", "title": plain("Takes"), "child_blocks": list(children), **more}


def actions(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements)}


def menu(count: int, **more: Any) -> dict[str, Any]:
    options = [{"text": plain(f"o{number}"), "value": f"v{number}"} for number in range(count)]
    return {"type": "static_select", "action_id": "menu", "options": options, **more}


def bars(names: list[str], categories: list[str], **more: Any) -> dict[str, Any]:
    series = [{"name": name, "data": [{"label": label, "value": 1} for label in categories]} for name in names]
    chart = {"type": "bar", "series": series, "axis_config": {"categories": categories}} | more
    return {"type": "data_visualization", "title": "Ship rate", "chart": chart}


def pie(*values: float) -> dict[str, Any]:
    segments = [{"label": f"s{number}", "value": value} for number, value in enumerate(values)]
    return {"type": "data_visualization", "title": "Votes", "chart": {"type": "pie", "segments": segments}}


def modal(*blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "modal", "title": plain("Title"), "submit": plain("Go"), "blocks": list(blocks), **more}


def field(**more: Any) -> dict[str, Any]:
    element = {"type": "plain_text_input", "action_id": "typed"}
    return {"type": "input", "block_id": "b", "label": plain("Label"), "element": element, **more}


RICH = {
    "type": "rich_text",
    "elements": [
        {"type": "rich_text_section", "elements": [{"type": "link", "url": "https://a.example", "text": "a"}]}
    ],
}

GOOD: dict[str, list[dict[str, Any]]] = {
    "header with a level": [{"type": "header", "text": plain("x" * 150), "level": 2}],
    "section with fields": [{"type": "section", "fields": [plain("x" * 2000)] * 5 + [plain("x")] * 5}],
    "section with a menu": [section("x", accessory=menu(100))],
    "divider, context": [{"type": "divider"}, {"type": "context", "elements": [plain("x")] * 10}],
    "25 buttons": [actions(*[button(f"b{number}") for number in range(25)])],
    "danger with a question": [
        actions(
            button("b", style="danger", confirm={"title": plain("Sure?"), "text": plain("x"), "confirm": plain("y")})
        )
    ],
    "table": [
        table(
            [cell("Metric"), cell("A")],
            [cell("Panel"), {"type": "raw_number", "value": 72, "text": "72%"}],
            [RICH, cell("–")],
            column_settings=[{"is_wrapped": True}, None, {"align": "right"}],
        )
    ],
    "container of a table": [container(table([cell("x")]), section("y"), is_collapsible=True, default_collapsed=True)],
    "bars": [bars(["A", "B"], ["Panel", "Community"])],
    "two pies": [pie(1, 2), pie(3)],
    "picture": [{"type": "image", "image_url": "https://a.example/p.png", "alt_text": "a picture"}],
    "rich text": [RICH],
    "card and carousel": [
        {"type": "card", "title": plain("A"), "actions": [button("b")]},
        {"type": "carousel", "elements": [{"type": "card", "body": plain("B")}]},
    ],
    "data table": [
        {
            "type": "data_table",
            "caption": "c",
            "page_size": 10,
            "rows": [[cell("a"), cell("b")], [cell("1"), cell("2")]],
        }
    ],
    "fifty": [section("x")] * 50,
}

BAD: dict[str, tuple[list[dict[str, Any]], str]] = {
    "51 blocks": ([section("x")] * 51, "/blocks"),
    "unknown type": ([{"type": "hologram"}], "/blocks/0/type"),
    "unknown property": ([section("x", colour="red")], "/blocks/0"),
    "empty text": ([section("")], "/blocks/0/text/text"),
    "long section": ([section("x" * 3001)], "/blocks/0/text/text"),
    "long field": ([{"type": "section", "fields": [plain("x" * 2001)]}], "/blocks/0/fields/0/text"),
    "11 fields": ([{"type": "section", "fields": [plain("x")] * 11}], "/blocks/0/fields"),
    "section of nothing": ([{"type": "section"}], "/blocks/0"),
    "long header": ([{"type": "header", "text": plain("x" * 151)}], "/blocks/0/text/text"),
    "mrkdwn header": ([{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}], "/blocks/0/text/type"),
    "header level 5": ([{"type": "header", "text": plain("x"), "level": 5}], "/blocks/0/level"),
    "11 in a context": ([{"type": "context", "elements": [plain("x")] * 11}], "/blocks/0/elements"),
    "26 buttons": ([actions(*[button(f"b{number}") for number in range(26)])], "/blocks/0/elements"),
    "no buttons": ([actions()], "/blocks/0/elements"),
    "action_id twice": ([actions(button("b"), button("b"))], "/blocks/0/elements/1/action_id"),
    "block_id twice": ([section("x", block_id="b"), section("y", block_id="b")], "/blocks/1/block_id"),
    "block_id of a child twice": (
        [section("x", block_id="b"), container(section("y", block_id="b"))],
        "/blocks/1/child_blocks/0/block_id",
    ),
    "long block_id": ([section("x", block_id="b" * 256)], "/blocks/0/block_id"),
    "long button": ([actions(button("b", "x" * 76))], "/blocks/0/elements/0/text/text"),
    "long value": ([actions(button("b", value="x" * 2001))], "/blocks/0/elements/0/value"),
    "strange style": ([actions(button("b", style="green"))], "/blocks/0/elements/0/style"),
    "bad address": ([actions(button("b", url="javascript:alert(1)"))], "/blocks/0/elements/0/url"),
    "101 options": ([section("x", accessory=menu(101))], "/blocks/0/accessory/options"),
    "no options": ([section("x", accessory=menu(0))], "/blocks/0/accessory/options"),
    "strange initial option": (
        [section("x", accessory=menu(2, initial_option={"text": plain("z"), "value": "z"}))],
        "/blocks/0/accessory",
    ),
    "long option": (
        [section("x", accessory=menu(1, options=[{"text": plain("x" * 76), "value": "v"}]))],
        "/blocks/0/accessory/options/0/text/text",
    ),
    "6 in an overflow": ([section("x", accessory=menu(6) | {"type": "overflow"})], "/blocks/0/accessory/options"),
    "text field outside an input": ([actions(field()["element"])], "/blocks/0/elements/0/type"),
    "picture without words": ([{"type": "image", "image_url": "https://a.example/p.png"}], "/blocks/0"),
    "101 rows": ([table(*[[cell("x")]] * 101)], "/blocks/0/rows"),
    "21 cells": ([table([cell("x")] * 21)], "/blocks/0/rows/0"),
    "empty cell": ([table([cell("")])], "/blocks/0/rows/0/0/text"),
    "table of 10,001 characters": ([table([cell("x" * 5_000), cell("x" * 5_001)])], "/blocks/0"),
    "chart in a container": ([container(pie(1))], "/blocks/0/child_blocks/0/type"),
    "container in a container": ([container(container(section("x")))], "/blocks/0/child_blocks/0/type"),
    "11 in a container": ([container(*[section("x")] * 11)], "/blocks/0/child_blocks"),
    "collapsed but fixed": ([container(section("x"), default_collapsed=True)], "/blocks/0/default_collapsed"),
    "line under what folds": (
        [container(section("x"), is_collapsible=True, has_header_divider=True)],
        "/blocks/0/has_header_divider",
    ),
    "3 charts": ([pie(1), pie(1), pie(1)], "/blocks"),
    "empty slice": ([pie(1, 0)], "/blocks/0/chart/segments/1/value"),
    "13 slices": ([pie(*[1] * 13)], "/blocks/0/chart/segments"),
    "long name in a chart": ([bars(["x" * 21], ["a"])], "/blocks/0/chart/series/0/name"),
    "name twice in a chart": ([bars(["A", "A"], ["a"])], "/blocks/0/chart/series/1/name"),
    "point missing": (
        [bars(["A"], ["a"], axis_config={"categories": ["a", "b"]})],
        "/blocks/0/chart/series/0/data",
    ),
    "alert in a message": ([{"type": "alert", "text": plain("x")}], "/blocks/0/type"),
    "card of nothing": ([{"type": "card", "subtitle": plain("x")}], "/blocks/0"),
    "card with a bare string": ([{"type": "card", "title": "x"}], "/blocks/0/title"),
    "ragged data table": (
        [{"type": "data_table", "caption": "c", "rows": [[cell("a"), cell("b")], [cell("1")]]}],
        "/blocks/0/rows",
    ),
    "rich text of nothing": ([{"type": "rich_text", "elements": []}], "/blocks/0/elements"),
}


@pytest.mark.parametrize("name", GOOD)
def test_what_slack_takes_is_taken(name: str) -> None:
    """Blocks at their published limits pass."""
    assert block_rules.message_problems(GOOD[name]) == ("", [])


@pytest.mark.parametrize("name", BAD)
def test_what_slack_refuses_is_refused(name: str) -> None:
    """Blocks beyond a limit are invalid_blocks, and the pointer leads to the fault."""
    blocks, pointer = BAD[name]
    code, problems = block_rules.message_problems(blocks)
    assert code == "invalid_blocks"
    assert any(problem.endswith(f"[json-pointer:{pointer}]") for problem in problems), problems


JUNK = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=3), st.just([]), st.just({}), st.just([[]]), st.just([{}])
)


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every node of a JSON value."""
    yield at
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in items:
        yield from places(item, (*at, name))


def spoil(value: Any, at: tuple[Any, ...], junk: Any) -> Any:
    """A copy with one node replaced."""
    if not at:
        return junk
    copied = copy.copy(value)
    copied[at[0]] = spoil(value[at[0]], at[1:], junk)
    return copied


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_nonsense_is_refused_and_never_breaks_the_judge(data: st.DataObject) -> None:
    """Any node of any good message replaced by anything: an answer, not an exception."""
    blocks = GOOD[data.draw(st.sampled_from(sorted(GOOD)))]
    at = data.draw(st.sampled_from([place for place in places(blocks) if place]))
    junk = data.draw(JUNK)
    code, problems = block_rules.message_problems(spoil(blocks, at, junk))
    assert bool(code) == bool(problems)
    view = modal(*blocks, field())
    at = data.draw(st.sampled_from([place for place in places(view) if place]))
    view_problems(spoil(view, at, junk))


def test_one_table_and_twelve_thousand_characters() -> None:
    """A second table, also inside a container, and too much text in all have their own error codes."""
    two = [table([cell("x")]), container(table([cell("y")]))]
    assert block_rules.message_problems(two)[0] == "invalid_attachments"
    assert "only_one_table_allowed" in block_rules.message_problems(two)[1][0]
    assert block_rules.message_problems([section("x" * 3000)] * 4)[0] == ""
    assert block_rules.message_problems([section("x" * 3000)] * 4 + [section("x")])[0] == "msg_blocks_too_long"


@pytest.mark.parametrize(
    ("view", "pointer"),
    [
        (modal(field()), ""),
        (modal({"type": "alert", "text": plain("x"), "level": "warning"}), ""),
        (modal(title=plain("x" * 25)), "/view/title/text"),
        (modal(submit=plain("x" * 25)), "/view/submit/text"),
        (modal(private_metadata="x" * 3001), "/view/private_metadata"),
        (modal(callback_id="x" * 256), "/view/callback_id"),
        (modal(field(), submit=None), "/view"),
        (modal(*[section("x")] * 101), "/view/blocks"),
        (modal(*[section("x")] * 100), ""),
        (modal(table([cell("x")])), "/view/blocks/0/type"),
        (modal(pie(1)), "/view/blocks/0/type"),
        (modal(field(label=plain(""))), "/view/blocks/0/label/text"),
        (
            modal(field(element={"type": "plain_text_input", "action_id": "x", "max_length": 3001})),
            "/view/blocks/0/element/max_length",
        ),
        (modal(field(element=button("b"))), "/view/blocks/0/element/type"),
        ({"type": "home", "blocks": [section("x")]}, ""),
        ({"type": "home", "blocks": [section("x")], "title": plain("x")}, "/view"),
        ({"type": "hologram", "blocks": []}, "/view/type"),
    ],
)
def test_views(view: dict[str, Any], pointer: str) -> None:
    """Modals and Homes have limits of their own; a table belongs in neither."""
    code, problems = view_problems(view)
    assert code == ("invalid_arguments" if pointer else "")
    assert not pointer or any(problem.endswith(f"[json-pointer:{pointer}]") for problem in problems), problems


def test_a_view_is_at_most_250_kilobytes() -> None:
    """Size is judged before anything else."""
    assert view_problems(modal(*[section("ä" * 3000) for _ in range(90)]))[0] == "view_too_large"


def test_a_typeahead_answers_at_most_a_hundred_options() -> None:
    """100 options pass, 101 do not, and none at all is an answer too."""
    for count, fine in ((0, True), (100, True), (101, False)):
        report = Report()
        check_suggestions(report, {"options": menu(count)["options"]})
        assert (report.problems == []) is fine, count


async def test_the_error_names_the_place() -> None:
    """Over the wire: invalid_blocks with messages, and nothing is posted; blocks.validate says the same."""
    async with visit() as v:
        with pytest.raises(SlackApiError) as caught:
            await v.slack.chat_postMessage(channel="C0GENERAL", text="x", blocks=[section("")])
        answer = caught.value.response
        assert answer["error"] == "invalid_blocks"
        assert "[json-pointer:/blocks/0/text/text]" in answer["response_metadata"]["messages"][0]
        assert await v.messages() == []
        checked = await v.slack.api_call("blocks.validate", json={"blocks": [section("")]})
        assert checked["errors"][0]["pointer"] == "/blocks/0/text/text"
        assert (await v.slack.api_call("blocks.validate", json={"blocks": [section("x")]}))["errors"] == []


async def test_ids_are_filled_in() -> None:
    """What Slack shows has a block_id on every block and an action_id on every element, children included."""
    async with visit() as v:
        await v.post(blocks=[section("x"), container(actions({"type": "button", "text": plain("y")}))])
        first, second = (await v.messages())[0]["blocks"]
        assert first["block_id"]
        assert second["child_blocks"][0]["elements"][0]["action_id"]
        assert first["block_id"] != second["block_id"] != second["child_blocks"][0]["block_id"]
