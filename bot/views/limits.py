"""Slack's limits on blocks and ours on a whole message, checked before anything is sent.

Limits of single blocks: https://docs.slack.dev/reference/block-kit/blocks and the elements' pages. The sum
over all blocks is not documented; Slack answers `msg_blocks_too_long` near 12,000 characters
(github.com/slackapi/bolt-js, issues 2509 and 2867), hence the budget of 9,000. `chat.update` answers
`msg_too_long` past 4,000 characters of `text` (https://docs.slack.dev/reference/methods/chat.update), hence
3,500.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias, cast

from bot.views.blocks import Block, View
from bot.views.text import units

BLOCKS_BUDGET: Final = 45
CHARACTERS_BUDGET: Final = 9_000
TEXT_BUDGET: Final = 3_500

HEADER: Final = 150
SECTION: Final = 3_000
FIELD: Final = 2_000
BUTTON: Final = 75
BUTTON_VALUE: Final = 2_000
OPTION: Final = 75
CONTAINER_TITLE: Final = 150
VIEW_TITLE: Final = 24
VIEW_BLOCKS: Final = 100
PRIVATE_METADATA: Final = 3_000
SERIES_NAME: Final = 20
SERIES: Final = 6
IDENTIFIER: Final = 255

Fields: TypeAlias = dict[str, Any]  # a block or an element as Slack sees it: JSON


class _Report:
    """What is wrong, where; the place is spelt out only when something is."""

    __slots__ = ("block_ids", "place", "problems", "tables")

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.block_ids: set[str] = set()
        self.place: tuple[object, ...] = ()
        self.tables = 0

    def say(self, sentence: str) -> None:
        self.problems.append(f"{' '.join(map(str, self.place))}: {sentence}")

    def text(self, value: str, limit: int, least: int = 1) -> int:
        """Check one string and return its length in characters."""
        length = len(value)
        if 2 * length > limit and (length > limit or units(value) > limit):
            self.say(f"{units(value)} characters, at most {limit}")
        elif length < least:
            self.say("empty text")
        return length


def _plain(fields: Fields, limit: int, report: _Report) -> int:
    if fields["type"] != "plain_text":
        report.say("needs plain_text")
    return report.text(fields["text"], limit)


def _options(options: list[Fields], most: int, report: _Report) -> int:
    if not 1 <= len(options) <= most:
        report.say(f"{len(options)} options, 1 to {most}")
    total = 0
    values = set()
    for option in options:
        value = option["value"]
        values.add(value)
        report.text(value, OPTION)
        total += _plain(option["text"], OPTION, report)
    if len(values) < len(options):
        report.say("two options with one value")
    return total


def _button(element: Fields, report: _Report) -> int:
    total = _plain(element["text"], BUTTON, report)
    if "value" in element:
        report.text(element["value"], BUTTON_VALUE)
    if "accessibility_label" in element:
        report.text(element["accessibility_label"], BUTTON)
    if "confirm" in element:
        confirm = element["confirm"]
        _plain(confirm["title"], 100, report)
        _plain(confirm["text"], 300, report)
        _plain(confirm["confirm"], 30, report)
        _plain(confirm["deny"], 30, report)
    return total


def _element(element: Fields, report: _Report) -> int:
    kind = element["type"]
    total = 0
    report.text(element["action_id"], IDENTIFIER)
    if kind == "button":
        total += _button(element, report)
    elif kind == "overflow":
        total += _options(element["options"], 5, report)
    elif kind == "static_select":
        total += _options(element["options"], 100, report)
        if element.get("initial_option", element["options"][0]) not in element["options"]:
            report.say("initial_option is none of the options")
    elif kind == "checkboxes":
        total += _options(element["options"], 10, report)
        if any(one not in element["options"] for one in element.get("initial_options", ())):
            report.say("an initial option is none of the options")
    elif kind == "external_select":
        if "initial_option" in element:
            total += _options([element["initial_option"]], 1, report)
    elif kind == "plain_text_input":
        report.text(element.get("initial_value", ""), element["max_length"], 0)
    elif kind != "conversations_select":
        report.say(f"unknown element {kind}")
    if "placeholder" in element:
        total += _plain(element["placeholder"], 150, report)
    return total


def _header(block: Fields, report: _Report) -> int:
    return _plain(block["text"], HEADER, report)


def _section(block: Fields, report: _Report) -> int:
    total = 0
    if "text" in block:
        total += report.text(block["text"]["text"], SECTION)
    elif "fields" not in block:
        report.say("needs text or fields")
    if "fields" in block:
        fields = block["fields"]
        if not 1 <= len(fields) <= 10:
            report.say(f"{len(fields)} fields, 1 to 10")
        for field in fields:
            total += report.text(field["text"], FIELD)
    if "accessory" in block:
        total += _element(block["accessory"], report)
    return total


def _context(block: Fields, report: _Report) -> int:
    elements = block["elements"]
    if not 1 <= len(elements) <= 10:
        report.say(f"{len(elements)} elements, 1 to 10")
    total = 0
    for element in elements:
        total += report.text(element["text"], SECTION)
    return total


def _actions(block: Fields, report: _Report) -> int:
    elements = block["elements"]
    if not 1 <= len(elements) <= 25:
        report.say(f"{len(elements)} elements, 1 to 25")
    if len({element["action_id"] for element in elements}) < len(elements):
        report.say("two elements with one action_id")
    total = 0
    for element in elements:
        total += _element(element, report)
    return total


def _input(block: Fields, report: _Report) -> int:
    total = _plain(block["label"], 2_000, report) + _element(block["element"], report)
    return total + (_plain(block["hint"], 2_000, report) if "hint" in block else 0)


def _rich_text(block: Fields, report: _Report) -> int:
    total = 0
    for section in block["elements"]:
        if not section["elements"]:
            report.say("empty rich text")
        for piece in section["elements"]:
            if piece["type"] in ("text", "link"):
                total += report.text(piece["text"], SECTION)
    return total


def _table(block: Fields, report: _Report) -> int:
    rows = block["rows"]
    report.tables += 1
    if report.tables > 1:
        report.say("a second table")
    if not 1 <= len(rows) <= 100 or not 1 <= len(rows[0]) <= 20:
        report.say("1 to 100 rows of 1 to 20 cells")
    if len(block["column_settings"]) > 20:
        report.say("at most 20 column settings")
    total = 0
    for row in rows:
        if len(row) != len(rows[0]):
            report.say("rows of different lengths")
        for cell in row:
            text = cell["text"]
            if not text:
                report.say("empty cell")
            total += len(text)
    if total > 10_000:
        report.say(f"{total} characters in a table, at most 10,000")
    return total


_IN_CONTAINERS = frozenset(("section", "context", "divider", "actions", "image", "header", "table"))


def _container(block: Fields, report: _Report) -> int:
    children = block["child_blocks"]
    if not 1 <= len(children) <= 10:
        report.say(f"{len(children)} child blocks, 1 to 10")
    total = _plain(block["title"], CONTAINER_TITLE, report)
    if "subtitle" in block:
        total += _plain(block["subtitle"], CONTAINER_TITLE, report)
    for child in children:
        if child["type"] not in _IN_CONTAINERS:
            report.say(f"{child['type']} inside a container")
        total += _block(child, report)
    return total


def _data_visualization(block: Fields, report: _Report) -> int:
    chart = block["chart"]
    categories, series = chart["axis_config"]["categories"], chart["series"]
    total = report.text(block["title"], 50)
    for label in (chart["axis_config"].get("x_label", ""), chart["axis_config"].get("y_label", "")):
        total += report.text(label, 50, 0)
    if not 1 <= len(series) <= SERIES or not 1 <= len(categories) <= 20:
        report.say(f"{len(series)} series of {len(categories)} categories, at most {SERIES} and 20")
    if len({one["name"] for one in series}) < len(series) or len(set(categories)) < len(categories):
        report.say("two series or categories with one name")
    for category in categories:
        total += report.text(category, SERIES_NAME)
    for one in series:
        total += report.text(one["name"], SERIES_NAME)
        if [point["label"] for point in one["data"]] != categories:
            report.say("a series needs one point for each category, in order")
    return total


_CHECKS: Final[dict[str, Callable[[Fields, _Report], int]]] = {
    "header": _header,
    "section": _section,
    "divider": lambda block, report: 0,  # noqa: ARG005  a line has nothing to check
    "context": _context,
    "actions": _actions,
    "input": _input,
    "rich_text": _rich_text,
    "table": _table,
    "container": _container,
    "data_visualization": _data_visualization,
}


def _block(block: Fields, report: _Report) -> int:
    check_one = _CHECKS.get(block["type"])
    if check_one is None:
        report.say(f"unknown block {block['type']}")
        return 0
    if "block_id" in block:
        report.text(block["block_id"], IDENTIFIER)
        if block["block_id"] in report.block_ids:
            report.say("a block_id used before")
        report.block_ids.add(block["block_id"])
    return check_one(block, report)


def _walk(blocks: Sequence[Block], report: _Report) -> int:
    total = 0
    for index, block in enumerate(blocks):
        report.place = (index, block["type"])
        total += _block(cast("Fields", block), report)
    report.place = ("all blocks",)
    return total


def check(blocks: Sequence[Block], text: str | None = None) -> list[str]:
    """What Slack would refuse in a message of these blocks and this `text`, a line per problem; empty when it
    may be sent.

    Our own budgets, smaller than Slack's, are among the problems.
    """
    report = _Report()
    total = _walk(blocks, report)
    if len(blocks) > BLOCKS_BUDGET:
        report.say(f"{len(blocks)}, at most {BLOCKS_BUDGET}")
    if total > CHARACTERS_BUDGET:
        report.say(f"{total} characters, at most {CHARACTERS_BUDGET}")
    if text is not None:
        report.place = ("text",)
        report.text(text, TEXT_BUDGET)
    return report.problems


def check_view(view: View) -> list[str]:
    """What Slack would refuse in a dialog or Home tab, a line per problem; empty when it may be opened.

    The payload's 250 KB cannot be reached within the limits that are checked here and 100 blocks of 3,000
    characters in any script but those of four bytes, so they are left to Slack.
    """
    report = _Report()
    _walk(view["blocks"], report)
    if not 1 <= len(view["blocks"]) <= VIEW_BLOCKS:
        report.say(f"{len(view['blocks'])} blocks, 1 to {VIEW_BLOCKS}")
    if report.tables or any(block["type"] in ("container", "data_visualization") for block in view["blocks"]):
        report.say("tables, containers and charts are for messages")
    report.place = (view["type"],)
    report.text(view["callback_id"], IDENTIFIER)
    if view["type"] == "modal":
        _plain(cast("Fields", view["title"]), VIEW_TITLE, report)
        _plain(cast("Fields", view["close"]), VIEW_TITLE, report)
        report.text(view["private_metadata"], PRIVATE_METADATA, 0)
        if "submit" in view:
            _plain(cast("Fields", view["submit"]), VIEW_TITLE, report)
        elif any(block["type"] == "input" for block in view["blocks"]):
            report.say("inputs without a submit button")
    return report.problems


def characters(blocks: Sequence[Block]) -> int:
    """Characters of text in all the blocks, as the budget counts them."""
    return _walk(blocks, _Report())
