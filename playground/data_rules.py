"""Tables, charts and rich text: the blocks with a grammar of their own (docs.slack.dev/reference/block-kit/blocks)."""

from typing import Any

from playground.block_report import Report
from playground.identity import Payload

_PARTS = "rich_text_section rich_text_list rich_text_quote rich_text_preformatted"
_LEAVES = {
    "text": "text",
    "link": "url",
    "emoji": "name",
    "user": "user_id",
    "channel": "channel_id",
    "usergroup": "usergroup_id",
    "broadcast": "range",
    "color": "value",
    "date": "timestamp format",
}


def check_rich_text(report: Report, at: str, block: Payload) -> None:
    """Sections, lists, quotes and preformatted parts."""
    report.keys(at, block, "elements", "block_id")
    for number, part in enumerate(report.items(f"{at}/elements", block.get("elements"), 1000)):
        _part(report, f"{at}/elements/{number}", part, _PARTS)


def _part(report: Report, at: str, part: Any, kinds: str) -> None:
    found = report.object(at, part)
    if found is None:
        return
    kind = found.get("type")
    report.choice(f"{at}/type", kind, kinds)
    if kind == "rich_text_list":
        report.keys(at, found, "elements style", "indent offset border")
        report.choice(f"{at}/style", found.get("style"), "bullet ordered")
        for number, item in enumerate(report.items(f"{at}/elements", found.get("elements"), 1000, least=0)):
            _part(report, f"{at}/elements/{number}", item, "rich_text_section")
        return
    report.keys(at, found, "elements", "border language")
    for number, item in enumerate(report.items(f"{at}/elements", found.get("elements"), 1000, least=0)):
        _leaf(report, f"{at}/elements/{number}", item)


def _leaf(report: Report, at: str, leaf: Any) -> None:
    found = report.object(at, leaf)
    if found is None:
        return
    required = _LEAVES.get(str(found.get("type")))
    if required is None:
        report.error(f"{at}/type", f"unsupported type: {found.get('type')}")
        return
    report.keys(at, found, required, "style text unsafe skin_tone unicode url fallback")
    if found["type"] == "text":
        report.text(f"{at}/text", found.get("text"), 40_000)


def _cell(report: Report, at: str, cell: Any, kinds: str) -> None:
    found = report.object(at, cell)
    if found is None:
        return
    kind = found.get("type")
    report.choice(f"{at}/type", kind, kinds)
    if kind == "raw_text":
        report.keys(at, found, "text")
        report.text(f"{at}/text", found.get("text"), 10_000)
    elif kind == "raw_number":
        report.keys(at, found, "value", "text")
        if not _number(found.get("value")):
            report.error(f"{at}/value", "must be a number")
        if "text" in found:
            report.text(f"{at}/text", found["text"], 10_000)
    elif kind == "rich_text":
        check_rich_text(report, at, found)


def check_table(report: Report, at: str, block: Payload) -> None:
    """At most 100 rows of at most 20 cells; a cell is never empty."""
    report.keys(at, block, "rows", "block_id column_settings")
    for number, row in enumerate(report.items(f"{at}/rows", block.get("rows"), 100)):
        for place, cell in enumerate(report.items(f"{at}/rows/{number}", row, 20)):
            _cell(report, f"{at}/rows/{number}/{place}", cell, "raw_text raw_number rich_text")
    if "column_settings" in block:
        for number, setting in enumerate(report.items(f"{at}/column_settings", block["column_settings"], 20, least=0)):
            here = f"{at}/column_settings/{number}"
            if setting is None:
                continue
            found = report.object(here, setting)
            if found is not None:
                report.keys(here, found, "", "align is_wrapped")
                report.choice(f"{here}/align", found.get("align", "left"), "left center right")
                report.flag(f"{here}/is_wrapped", found.get("is_wrapped", False))


def check_data_table(report: Report, at: str, block: Payload) -> None:
    """2 to 101 rows (the smaller published figure) of equal length; no rich text in the first."""
    report.keys(at, block, "caption rows", "block_id page_size row_header_column_index")
    report.text(f"{at}/caption", block.get("caption"), 2000)
    rows = report.items(f"{at}/rows", block.get("rows"), 101, least=2)
    for number, row in enumerate(rows):
        kinds = "raw_text raw_number rich_text" if number else "raw_text raw_number"
        for place, cell in enumerate(report.items(f"{at}/rows/{number}", row, 20)):
            _cell(report, f"{at}/rows/{number}/{place}", cell, kinds)
    widths = {len(row) for row in rows if isinstance(row, list)}
    if len(widths) > 1:
        report.error(f"{at}/rows", "all rows must have the same number of cells")
    size = block.get("page_size", 5)
    if not (isinstance(size, int) and 1 <= size <= 100):
        report.error(f"{at}/page_size", "must be a number from 1 to 100")
    column = block.get("row_header_column_index", 0)
    if not (isinstance(column, int) and 0 <= column < max(widths, default=1)):
        report.error(f"{at}/row_header_column_index", "must be the number of a column")


def check_chart(report: Report, at: str, block: Payload) -> None:
    """A pie, or bars, lines and areas with one point per category in each series."""
    report.keys(at, block, "title chart", "block_id")
    report.text(f"{at}/title", block.get("title"), 50)
    chart = report.object(f"{at}/chart", block.get("chart"))
    if chart is None:
        return
    kind = chart.get("type")
    report.choice(f"{at}/chart/type", kind, "pie bar line area")
    if kind == "pie":
        report.keys(f"{at}/chart", chart, "segments")
        for number, segment in enumerate(report.items(f"{at}/chart/segments", chart.get("segments"), 12)):
            _point(report, f"{at}/chart/segments/{number}", segment, positive=True)
        return
    report.keys(f"{at}/chart", chart, "series axis_config")
    axis = report.object(f"{at}/chart/axis_config", chart.get("axis_config")) or {}
    report.keys(f"{at}/chart/axis_config", axis, "categories", "x_label y_label")
    categories = report.items(f"{at}/chart/axis_config/categories", axis.get("categories"), 20)
    for number, name in enumerate(categories):
        report.text(f"{at}/chart/axis_config/categories/{number}", name, 20)
    if len({str(name) for name in categories}) != len(categories):
        report.error(f"{at}/chart/axis_config/categories", "categories must be unique")
    for label in ("x_label", "y_label"):
        if label in axis:
            report.text(f"{at}/chart/axis_config/{label}", axis[label], 50)
    _series(report, f"{at}/chart/series", chart.get("series"), categories)


def _series(report: Report, at: str, value: Any, categories: list[Any]) -> None:
    named: set[str] = set()
    for number, series in enumerate(report.items(at, value, 12)):
        found = report.object(f"{at}/{number}", series)
        if found is None:
            continue
        report.keys(f"{at}/{number}", found, "name data")
        name = found.get("name")
        report.text(f"{at}/{number}/name", name, 20)
        if str(name) in named:
            report.error(f"{at}/{number}/name", "series must have unique names")
        named.add(str(name))
        points = report.items(f"{at}/{number}/data", found.get("data"), 20)
        for place, point in enumerate(points):
            _point(report, f"{at}/{number}/data/{place}", point, positive=False)
        labels = [point.get("label") for point in points if isinstance(point, dict)]
        if sorted(map(str, labels)) != sorted(map(str, categories)):
            report.error(f"{at}/{number}/data", "exactly one point per category")


def _point(report: Report, at: str, value: Any, *, positive: bool) -> None:
    found = report.object(at, value)
    if found is None:
        return
    report.keys(at, found, "label value")
    report.text(f"{at}/label", found.get("label"), 20)
    number = found.get("value")
    if not _number(number):
        report.error(f"{at}/value", "must be a number")
    elif positive and float(number or 0) <= 0:
        report.error(f"{at}/value", "must be more than 0")


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
