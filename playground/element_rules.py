"""The elements inside blocks: buttons, menus, fields, pictures (docs.slack.dev/reference/block-kit/block-elements)."""

import re
from collections.abc import Callable
from typing import Any

from playground.block_report import Report
from playground.identity import Payload

_SELECTS = ("static_select", "external_select", "users_select", "conversations_select", "channels_select")
_PICKERS = ("datepicker", "timepicker", "checkboxes", "radio_buttons")
MODAL_ONLY = ("email_text_input", "url_text_input", "number_input", "file_input")
_MULTI = tuple(f"multi_{name}" for name in _SELECTS)
PLACES: dict[str, frozenset[str]] = {
    "actions": frozenset(("button", "overflow", "datetimepicker", "workflow_button", *_SELECTS, *_PICKERS)),
    "card": frozenset(("button",)),
    "context": frozenset(("image",)),
    "context_actions": frozenset(("feedback_buttons", "icon_button")),
    "section": frozenset(("button", "overflow", "image", "workflow_button", *_SELECTS, *_MULTI, *_PICKERS)),
    "input": frozenset(
        ("plain_text_input", "rich_text_input", *MODAL_ONLY, "datetimepicker", *_SELECTS, *_MULTI, *_PICKERS)
    ),
}
_NUMBER = re.compile(r"-?\d+(\.\d+)?\Z")
_COMMON = "action_id confirm focus_on_load"
_MENU = f"{_COMMON} placeholder"


def check(report: Report, at: str, element: Any, place: str) -> None:
    """Note every problem of one element in a place: actions, section, input, context, context_actions, card."""
    found = report.object(at, element)
    if found is None:
        return
    kind = found.get("type")
    if not isinstance(kind, str) or kind not in PLACES[place]:
        report.error(f"{at}/type", f"unsupported type in {place}: {kind}")
        return
    if kind in MODAL_ONLY and report.surface != "modal":
        report.error(f"{at}/type", f"only in modals: {kind}")
    if "action_id" in found:
        report.text(f"{at}/action_id", found["action_id"], 255)
    if "confirm" in found:
        _confirm(report, f"{at}/confirm", found["confirm"])
    if "placeholder" in found:
        report.plain(f"{at}/placeholder", found["placeholder"], 150)
    _ELEMENTS[kind](report, at, found)


def check_picture(report: Report, at: str, value: Payload) -> None:
    """alt_text and exactly one of image_url and slack_file."""
    report.text(f"{at}/alt_text", value.get("alt_text"), 2000)
    if ("image_url" in value) == ("slack_file" in value):
        report.error(at, "exactly one of image_url and slack_file")
    if "image_url" in value:
        _url(report, f"{at}/image_url", value["image_url"])


def check_option(report: Report, at: str, option: Any, *, kinds: str = "plain_text") -> None:
    """One option of a menu; the stricter of the two published lengths of `value`."""
    found = report.object(at, option)
    if found is None:
        return
    report.keys(at, found, "text value", "description url")
    report.text_object(f"{at}/text", found.get("text"), 75, kinds=kinds)
    report.text(f"{at}/value", found.get("value"), 75)
    if "description" in found:
        report.text_object(f"{at}/description", found["description"], 75, kinds=kinds)


def check_suggestions(report: Report, answer: Payload) -> None:
    """What an app answers to a typeahead: 100 options, or 100 groups of 100."""
    if "option_groups" in answer:
        _groups(report, "/option_groups", answer["option_groups"])
    else:
        _options(report, "/options", answer.get("options"), 100, least=0)


def _url(report: Report, at: str, value: Any) -> None:
    report.text(at, value, 3000)
    if isinstance(value, str) and not value.startswith(("https://", "http://")):
        report.error(at, "must be a valid URL")


def _confirm(report: Report, at: str, value: Any) -> None:
    found = report.object(at, value)
    if found is None:
        return
    report.keys(at, found, "title text", "confirm deny style")
    report.plain(f"{at}/title", found.get("title"), 100)
    report.text_object(f"{at}/text", found.get("text"), 300)
    for name in ("confirm", "deny"):
        if name in found:
            report.plain(f"{at}/{name}", found[name], 30)
    if "style" in found:
        report.choice(f"{at}/style", found["style"], "primary danger")


def _options(report: Report, at: str, value: Any, most: int, *, least: int = 1, kinds: str = "plain_text") -> None:
    for number, option in enumerate(report.items(at, value, most, least=least)):
        check_option(report, f"{at}/{number}", option, kinds=kinds)


def _groups(report: Report, at: str, value: Any) -> None:
    for number, group in enumerate(report.items(at, value, 100)):
        found = report.object(f"{at}/{number}", group)
        if found is not None:
            report.plain(f"{at}/{number}/label", found.get("label"), 75)
            _options(report, f"{at}/{number}/options", found.get("options"), 100)


def _button(report: Report, at: str, element: Payload) -> None:
    report.keys(at, element, "text", f"{_COMMON} url value style accessibility_label")
    report.plain(f"{at}/text", element.get("text"), 75)
    if "value" in element:
        report.text(f"{at}/value", element["value"], 2000)
    if "url" in element:
        _url(report, f"{at}/url", element["url"])
    if "style" in element:
        report.choice(f"{at}/style", element["style"], "primary danger")
    if "accessibility_label" in element:
        report.text(f"{at}/accessibility_label", element["accessibility_label"], 75)


def _overflow(report: Report, at: str, element: Payload) -> None:
    report.keys(at, element, "options", _COMMON)
    _options(report, f"{at}/options", element.get("options"), 5)


def _choices(report: Report, at: str, element: Payload) -> None:
    initial = "initial_options" if element["type"] == "checkboxes" else "initial_option"
    report.keys(at, element, "options", f"{_COMMON} {initial}")
    _options(report, f"{at}/options", element.get("options"), 10, kinds="plain_text mrkdwn")
    _initial(report, at, element)


def _static_select(report: Report, at: str, element: Payload) -> None:
    report.keys(at, element, "", f"{_MENU} options option_groups initial_option initial_options max_selected_items")
    if ("options" in element) == ("option_groups" in element):
        report.error(at, "exactly one of options and option_groups")
    if "options" in element:
        _options(report, f"{at}/options", element["options"], 100)
    if "option_groups" in element:
        _groups(report, f"{at}/option_groups", element["option_groups"])
    _initial(report, at, element)


def _initial(report: Report, at: str, element: Payload) -> None:
    """An initial choice must be one of the options, letter for letter."""
    options = list(element.get("options", []))
    for group in element.get("option_groups", []):
        options += group.get("options", []) if isinstance(group, dict) else []
    chosen = element.get("initial_options") or ([element["initial_option"]] if "initial_option" in element else [])
    if any(option not in options for option in chosen):
        report.error(at, "an initial option must be one of the options")


def _external_select(report: Report, at: str, element: Payload) -> None:
    report.keys(at, element, "", f"{_MENU} min_query_length initial_option initial_options max_selected_items")
    if not isinstance(element.get("min_query_length", 3), int):
        report.error(f"{at}/min_query_length", "must be an integer")
    for option in [element["initial_option"]] if "initial_option" in element else []:
        check_option(report, f"{at}/initial_option", option)


def _people_select(report: Report, at: str, element: Payload) -> None:
    initial = (
        "initial_user initial_users initial_conversation initial_conversations initial_channel initial_channels "
        "default_to_current_conversation response_url_enabled filter max_selected_items"
    )
    report.keys(at, element, "", f"{_MENU} {initial}")


def _picker(report: Report, at: str, element: Payload) -> None:
    report.keys(at, element, "", f"{_MENU} initial_date initial_time initial_date_time timezone")


def _text_input(report: Report, at: str, element: Payload) -> None:
    known = "action_id placeholder focus_on_load initial_value multiline min_length max_length dispatch_action_config"
    report.keys(at, element, "", known)
    least, most = element.get("min_length", 0), element.get("max_length", 3000)
    if not (isinstance(least, int) and 0 <= least <= 3000):
        report.error(f"{at}/min_length", "must be a number from 0 to 3000")
    elif not (isinstance(most, int) and max(1, least) <= most <= 3000):
        report.error(f"{at}/max_length", "must be a number from 1 to 3000, not below min_length")
    elif "initial_value" in element:
        report.text(f"{at}/initial_value", element["initial_value"], most, least=0)


def _number_input(report: Report, at: str, element: Payload) -> None:
    known = "action_id placeholder focus_on_load initial_value min_value max_value dispatch_action_config"
    report.keys(at, element, "is_decimal_allowed", known)
    for name in ("initial_value", "min_value", "max_value"):
        if name in element and not _NUMBER.match(str(element[name])):
            report.error(f"{at}/{name}", "must be a number")


def _file_input(report: Report, at: str, element: Payload) -> None:
    report.keys(at, element, "", "action_id filetypes max_files")


def _rich_text_input(report: Report, at: str, element: Payload) -> None:
    report.keys(at, element, "", "action_id placeholder focus_on_load initial_value dispatch_action_config")


def _image(report: Report, at: str, element: Payload) -> None:
    report.keys(at, element, "alt_text", "image_url slack_file")
    check_picture(report, at, element)


def _workflow_button(report: Report, at: str, element: Payload) -> None:
    report.keys(at, element, "text workflow", "action_id style accessibility_label")
    report.plain(f"{at}/text", element.get("text"), 75)


def _feedback_buttons(report: Report, at: str, element: Payload) -> None:
    report.keys(at, element, "positive_button negative_button", "action_id")
    for name in ("positive_button", "negative_button"):
        button = report.object(f"{at}/{name}", element.get(name))
        if button is not None:
            report.plain(f"{at}/{name}/text", button.get("text"), 75)
            report.text(f"{at}/{name}/value", button.get("value"), 2000)


def _icon_button(report: Report, at: str, element: Payload) -> None:
    report.keys(at, element, "icon text", f"{_COMMON} value accessibility_label visible_to_user_ids")
    report.choice(f"{at}/icon", element.get("icon"), "trash")
    report.plain(f"{at}/text", element.get("text"), 75)


_ELEMENTS: dict[str, Callable[[Report, str, Payload], None]] = {
    "button": _button,
    "checkboxes": _choices,
    "datepicker": _picker,
    "datetimepicker": _picker,
    "email_text_input": _text_input,
    "feedback_buttons": _feedback_buttons,
    "file_input": _file_input,
    "icon_button": _icon_button,
    "image": _image,
    "number_input": _number_input,
    "overflow": _overflow,
    "plain_text_input": _text_input,
    "radio_buttons": _choices,
    "rich_text_input": _rich_text_input,
    "timepicker": _picker,
    "url_text_input": _text_input,
    "workflow_button": _workflow_button,
    **{f"{multi}static_select": _static_select for multi in ("", "multi_")},
    **{f"{multi}external_select": _external_select for multi in ("", "multi_")},
    **{
        f"{multi}{whom}_select": _people_select
        for multi in ("", "multi_")
        for whom in ("users", "conversations", "channels")
    },
}
