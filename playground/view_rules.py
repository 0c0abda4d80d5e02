"""Which views Slack takes: modals and the app's Home (docs.slack.dev/reference/views)."""

import json
from typing import Any

from playground.block_report import Report
from playground.block_rules import VIEW_BLOCKS, check_blocks
from playground.identity import Payload

VIEW_BYTES = 250_000
_HOME = "private_metadata callback_id external_id"
_MODAL = f"{_HOME} close submit clear_on_close notify_on_close submit_disabled"


def view_problems(view: Payload) -> tuple[str, list[str]]:
    """Slack's error code ("" where all is well) and its messages for a view."""
    if len(json.dumps(view, ensure_ascii=False).encode()) > VIEW_BYTES:
        return "view_too_large", ["[ERROR] view is larger than 250 KB [json-pointer:/view]"]
    kind = view.get("type")
    report = Report(surface="home" if kind == "home" else "modal")
    report.choice("/view/type", kind, "modal home")
    if kind == "modal":
        report.keys("/view", view, "title blocks", _MODAL)
        report.plain("/view/title", view.get("title"), 24)
        for name in ("close", "submit"):
            if view.get(name) is not None:
                report.plain(f"/view/{name}", view[name], 24)
    else:
        report.keys("/view", view, "blocks", _HOME)
    for name, most in (("private_metadata", 3000), ("callback_id", 255), ("external_id", 255)):
        if view.get(name) is not None:
            report.text(f"/view/{name}", view[name], most, least=0)
    blocks: list[Any] = report.items("/view/blocks", view.get("blocks"), VIEW_BLOCKS, least=0)
    check_blocks(report, blocks, "/view/blocks")
    if kind == "modal" and not view.get("submit") and any(_is_input(block) for block in blocks):
        report.error("/view", "submit is required with input blocks")
    return ("invalid_arguments", report.problems) if report.problems else ("", [])


def _is_input(block: Any) -> bool:
    return isinstance(block, dict) and block.get("type") == "input"
