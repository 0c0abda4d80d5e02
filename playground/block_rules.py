"""Which blocks Slack takes in a message, as far as it is published: a second judge beside the app's own checks.

Limits: docs.slack.dev/reference/block-kit. What is not published, or where sources differ, errs on the strict side.
"""

import copy
import logging
from collections.abc import Callable, Iterator
from typing import Any

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block

from playground import data_rules, element_rules
from playground.block_report import Report
from playground.identity import Payload

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
MESSAGE_TEXT = 12_000  # characters of all blocks together; Slack's staff in slackapi/bolt-js#2509
MARKDOWN_TEXT = 12_000
TABLE_TEXT = {"table": 10_000, "data_table": 20_000}
CHARTS = 2
JUDGED_BY_SDK = {"header", "section", "divider", "context", "actions", "image", "input"}
IN_CONTAINER = {
    "actions",
    "context",
    "divider",
    "file",
    "header",
    "image",
    "input",
    "rich_text",
    "section",
    "table",
    "video",
}
_SURFACES = {
    "alert": {"modal"},
    "card": {"message", "home"},
    "carousel": {"message", "home"},
    "container": {"message", "home"},
    "context_actions": {"message"},
    "data_table": {"message"},
    "data_visualization": {"message"},
    "markdown": {"message"},
    "table": {"message"},
}
logging.getLogger("slack_sdk.models").setLevel(logging.CRITICAL)  # it warns of each field newer than itself


def message_problems(blocks: list[Any]) -> tuple[str, list[str]]:
    """Slack's error code ("" where all is well) and its messages for the blocks of a message."""
    report = Report()
    if len(blocks) > MESSAGE_BLOCKS:
        report.error("/blocks", f"no more than {MESSAGE_BLOCKS} items allowed")
    check_blocks(report, blocks)
    if report.problems:
        return "invalid_blocks", report.problems
    kinds = [block["type"] for block in walk(blocks)]
    if kinds.count("table") + kinds.count("data_table") > 1:
        return "invalid_attachments", ["[ERROR] only_one_table_allowed [json-pointer:/blocks]"]
    if kinds.count("data_visualization") > CHARTS:
        report.error("/blocks", f"no more than {CHARTS} data_visualization blocks allowed")
    if sum(len(block["text"]) for block in blocks if block["type"] == "markdown") > MARKDOWN_TEXT:
        report.error("/blocks", f"markdown text must be less than {MARKDOWN_TEXT + 1} characters")
    if report.problems:
        return "invalid_blocks", report.problems
    if text_length(blocks) > MESSAGE_TEXT:
        return "msg_blocks_too_long", ["[ERROR] the blocks hold too much text [json-pointer:/blocks]"]
    return "", []


def check_blocks(report: Report, blocks: list[Any], at: str = "/blocks", within: str = "") -> None:
    """Note every problem of a list of blocks."""
    for number, block in enumerate(blocks):
        here = f"{at}/{number}"
        found = report.object(here, block)
        if found is None:
            continue
        kind = found.get("type")
        check = _BLOCKS.get(kind) if isinstance(kind, str) else None
        if check is None or report.surface not in _SURFACES.get(str(kind), {report.surface}):
            report.error(f"{here}/type", f"unsupported type: {kind}")
            continue
        if within == "container" and kind not in IN_CONTAINER:
            report.error(f"{here}/type", f"unsupported type in a container: {kind}")
            continue
        _check_block_id(report, here, found)
        known = len(report.problems)
        check(report, here, found)
        if len(report.problems) == known and kind in JUDGED_BY_SDK and (complaint := _sdk_complaint(found)):
            report.error(here, complaint)


def with_ids(blocks: list[Payload], new_id: Callable[[str, int], str]) -> list[Payload]:
    """A copy of the blocks where each has a block_id and each element an action_id, as Slack fills them in."""
    filled = copy.deepcopy(blocks)
    for block in walk(filled):
        block.setdefault("block_id", new_id("block", 5))
        for element in elements(block):
            if element.get("type") not in ("image", "mrkdwn", "plain_text"):
                element.setdefault("action_id", new_id("action", 5))
    return filled


def walk(blocks: list[Payload]) -> Iterator[Payload]:
    """The blocks and those inside them, outer first."""
    for block in blocks:
        yield block
        yield from walk(block.get("child_blocks", []))
        if block.get("type") == "carousel":
            yield from walk(block.get("elements", []))


def elements(block: Payload) -> list[Payload]:
    """The interactive elements (and images) that a block holds itself."""
    kind = block.get("type")
    if kind in ("actions", "context", "context_actions"):
        return list(block["elements"])
    if kind == "card":
        return list(block.get("actions", []))
    return [block[name] for name in ("accessory", "element") if isinstance(block.get(name), dict)]


def text_length(value: Any) -> int:
    """Characters of all texts in the blocks: text objects, cells, titles, labels."""
    if isinstance(value, list):
        return sum(text_length(item) for item in value)
    if not isinstance(value, dict):
        return 0
    own = sum(len(value[name]) for name in ("text", "alt_text") if isinstance(value.get(name), str))
    return own + sum(text_length(item) for item in value.values() if not isinstance(item, str))


def _check_block_id(report: Report, at: str, block: Payload) -> None:
    block_id = block.get("block_id")
    if block_id is None:
        return
    report.text(f"{at}/block_id", block_id, 255)
    if str(block_id) in report.block_ids:
        report.error(f"{at}/block_id", f"block_id already exists: {block_id}")
    report.block_ids.add(str(block_id))


def _sdk_complaint(block: Payload) -> str:
    """What slack_sdk's own models say, or "". They do not know a header's `level`."""
    plain = copy.deepcopy({name: value for name, value in block.items() if name != "level"})
    try:
        parsed = Block.parse(plain)
        if parsed is not None:
            parsed.to_dict()
    except (SlackObjectFormationError, AttributeError, TypeError, ValueError) as error:  # the models trust their input
        return str(error)
    return ""


def _header(report: Report, at: str, block: Payload) -> None:
    report.keys(at, block, "text", "block_id level")
    report.plain(f"{at}/text", block.get("text"), 150)
    if block.get("level", 1) not in (1, 2, 3, 4):
        report.error(f"{at}/level", "must be 1, 2, 3 or 4")


def _section(report: Report, at: str, block: Payload) -> None:
    report.keys(at, block, "", "block_id text fields accessory expand")
    if "text" not in block and "fields" not in block:
        report.error(at, "missing required field: text or fields")
    if "text" in block:
        report.text_object(f"{at}/text", block["text"], 3000)
    if "fields" in block:
        for number, item in enumerate(report.items(f"{at}/fields", block["fields"], 10)):
            report.text_object(f"{at}/fields/{number}", item, 2000)
    if "accessory" in block:
        element_rules.check(report, f"{at}/accessory", block["accessory"], "section")
    if "expand" in block:
        report.flag(f"{at}/expand", block["expand"])


def _divider(report: Report, at: str, block: Payload) -> None:
    report.keys(at, block, "", "block_id")


def _context(report: Report, at: str, block: Payload) -> None:
    report.keys(at, block, "elements", "block_id")
    for number, item in enumerate(report.items(f"{at}/elements", block.get("elements"), 10)):
        here = f"{at}/elements/{number}"
        if isinstance(item, dict) and item.get("type") == "image":
            element_rules.check(report, here, item, "context")
        else:
            report.text_object(here, item, 3000)


def _holder(most: int, place: str) -> Callable[[Report, str, Payload], None]:
    def check(report: Report, at: str, block: Payload) -> None:
        report.keys(at, block, "elements", "block_id")
        named: set[str] = set()
        for number, item in enumerate(report.items(f"{at}/elements", block.get("elements"), most)):
            element_rules.check(report, f"{at}/elements/{number}", item, place)
            action_id = str(item.get("action_id") or "") if isinstance(item, dict) else ""
            if action_id in named:
                report.error(f"{at}/elements/{number}/action_id", f"action_id already exists: {action_id}")
            named |= {action_id} - {""}

    return check


def _image(report: Report, at: str, block: Payload) -> None:
    report.keys(at, block, "alt_text", "block_id image_url slack_file title")
    element_rules.check_picture(report, at, block)
    if "title" in block:
        report.plain(f"{at}/title", block["title"], 2000)


def _input(report: Report, at: str, block: Payload) -> None:
    report.keys(at, block, "label element", "block_id hint optional dispatch_action")
    report.plain(f"{at}/label", block.get("label"), 2000)
    if "hint" in block:
        report.plain(f"{at}/hint", block["hint"], 2000)
    for name in ("optional", "dispatch_action"):
        if name in block:
            report.flag(f"{at}/{name}", block[name])
    element_rules.check(report, f"{at}/element", block.get("element"), "input")


def _markdown(report: Report, at: str, block: Payload) -> None:
    report.keys(at, block, "text", "block_id")
    report.text(f"{at}/text", block.get("text"), MARKDOWN_TEXT)


def _alert(report: Report, at: str, block: Payload) -> None:
    report.keys(at, block, "text", "block_id level")
    report.text_object(f"{at}/text", block.get("text"), 200)
    report.choice(f"{at}/level", block.get("level", "default"), "default info warning error success")


def _card(report: Report, at: str, block: Payload) -> None:
    report.keys(at, block, "", "block_id hero_image title subtitle body subtext actions icon slack_icon")
    if not any(name in block for name in ("hero_image", "title", "actions", "body")):
        report.error(at, "missing required field: hero_image, title, actions or body")
    for name, most in (("title", 150), ("subtitle", 150), ("body", 200), ("subtext", 200)):
        if name in block:
            report.text_object(f"{at}/{name}", block[name], most)
    if "icon" in block and "slack_icon" in block:
        report.error(at, "icon and slack_icon exclude one another")
    for name in ("hero_image", "icon"):
        if name in block:
            element_rules.check(report, f"{at}/{name}", block[name], "context")
    if "actions" in block:
        for number, item in enumerate(report.items(f"{at}/actions", block["actions"], 3)):
            element_rules.check(report, f"{at}/actions/{number}", item, "card")


def _carousel(report: Report, at: str, block: Payload) -> None:
    report.keys(at, block, "elements", "block_id")
    cards = report.items(f"{at}/elements", block.get("elements"), 10)
    for number, item in enumerate(cards):
        if not isinstance(item, dict) or item.get("type") != "card":
            report.error(f"{at}/elements/{number}", "must be a card")
            return
    check_blocks(report, cards, f"{at}/elements")


def _container(report: Report, at: str, block: Payload) -> None:
    known = "block_id title rich_text_title subtitle width is_collapsible default_collapsed has_header_divider icon"
    report.keys(at, block, "child_blocks", known)
    if "title" in block:
        report.plain(f"{at}/title", block["title"], 150)
    elif "rich_text_title" not in block:
        report.error(at, "missing required field: title or rich_text_title")
    if "subtitle" in block:
        report.text_object(f"{at}/subtitle", block["subtitle"], 150)
    report.choice(f"{at}/width", block.get("width", "standard"), "narrow standard wide full")
    for name in ("is_collapsible", "default_collapsed", "has_header_divider"):
        if name in block:
            report.flag(f"{at}/{name}", block[name])
    if block.get("default_collapsed") and not block.get("is_collapsible"):
        report.error(f"{at}/default_collapsed", "needs is_collapsible")
    if block.get("has_header_divider") and block.get("is_collapsible"):
        report.error(f"{at}/has_header_divider", "not with is_collapsible")
    if "icon" in block:
        element_rules.check(report, f"{at}/icon", block["icon"], "context")
    children = report.items(f"{at}/child_blocks", block.get("child_blocks"), 10)
    check_blocks(report, children, f"{at}/child_blocks", "container")


def _table(report: Report, at: str, block: Payload) -> None:
    data_rules.check_table(report, at, block)
    if text_length(block) > TABLE_TEXT["table"]:
        report.error(at, f"a table holds no more than {TABLE_TEXT['table']} characters")


def _data_table(report: Report, at: str, block: Payload) -> None:
    data_rules.check_data_table(report, at, block)
    if text_length(block) > TABLE_TEXT["data_table"]:
        report.error(at, f"a data_table holds no more than {TABLE_TEXT['data_table']} characters")


_BLOCKS: dict[str, Callable[[Report, str, Payload], None]] = {
    "actions": _holder(25, "actions"),
    "alert": _alert,
    "card": _card,
    "carousel": _carousel,
    "container": _container,
    "context": _context,
    "context_actions": _holder(5, "context_actions"),
    "data_table": _data_table,
    "data_visualization": data_rules.check_chart,
    "divider": _divider,
    "header": _header,
    "image": _image,
    "input": _input,
    "markdown": _markdown,
    "rich_text": data_rules.check_rich_text,
    "section": _section,
    "table": _table,
}
