"""What a person has typed and chosen in a view or a message: Slack's `state.values`."""

from typing import Any

from playground.block_rules import elements, walk
from playground.identity import Payload

_FIELDS = {
    "plain_text_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "rich_text_input": ("rich_text_value", "initial_value"),
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "checkboxes": ("selected_options", "initial_options"),
    "multi_static_select": ("selected_options", "initial_options"),
    "multi_external_select": ("selected_options", "initial_options"),
    "users_select": ("selected_user", "initial_user"),
    "multi_users_select": ("selected_users", "initial_users"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "channels_select": ("selected_channel", "initial_channel"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
}


def field_of(element: Payload) -> str | None:
    """The name under which an element keeps what was chosen; None for buttons and their kind."""
    return _FIELDS.get(element["type"], (None, None))[0]


def initial(blocks: list[Payload], kept: Payload | None = None) -> Payload:
    """`{block_id: {action_id: state}}`; a state in `kept` survives where block, action and type are the same."""
    values: Payload = {}
    for block in walk(blocks):
        for element in elements(block):
            if element["type"] not in _FIELDS:
                continue
            name, beginning = _FIELDS[element["type"]]
            start = element.get(beginning, [] if name.endswith("s") else None)
            state = {
                "type": element["type"],
                name: str(start) if element["type"] == "number_input" and start else start,
            }
            old = (kept or {}).get(block["block_id"], {}).get(element["action_id"])
            if old and old.get("type") == element["type"]:
                state = old
            values.setdefault(block["block_id"], {})[element["action_id"]] = state
    return values


def chosen(element: Payload, value: Any) -> Payload | None:
    """The state of an element after `value` was typed or chosen; None where it offers no such thing.

    `value` is the text, an option's value or visible text, a whole option, a list of those, or Slack's own state.
    """
    name = field_of(element)
    if name is None:
        return None
    if isinstance(value, dict) and name in value:
        value = value[name]
    if value is None or value == "":
        return {"type": element["type"], name: [] if name.endswith("s") else None}
    if name == "selected_options":
        picked = [find_option(element, item) for item in (value if isinstance(value, list) else [value])]
        return None if None in picked else {"type": element["type"], name: picked}
    if name == "selected_option":
        option = find_option(element, value)
        return None if option is None else {"type": element["type"], name: option}
    if name.endswith("s") and not isinstance(value, list):
        value = [value]
    if name == "value":
        value = str(value)
    return {"type": element["type"], name: value}


def find_option(element: Payload, wanted: Any) -> Payload | None:
    """The option with that value or visible text; an external menu trusts a whole option."""
    if isinstance(wanted, dict):
        if element["type"].endswith("external_select") and "value" in wanted:
            return wanted
        wanted = wanted.get("value")
    options: list[Payload] = list(element.get("options", []))
    for group in element.get("option_groups", []):
        options += group["options"]
    by_value = (option for option in options if option["value"] == wanted)
    by_text = (option for option in options if option["text"]["text"] == wanted)
    return next(by_value, None) or next(by_text, None)


def complaints(blocks: list[Payload], values: Payload) -> dict[str, str]:
    """What Slack's client says before it submits: `{block_id: sentence}`."""
    found: dict[str, str] = {}
    for block in blocks:
        if block["type"] != "input":
            continue
        element = block["element"]
        state = values.get(block["block_id"], {}).get(element["action_id"], {})
        value = state.get(field_of(element) or "")
        if value in (None, "", []):
            if not block.get("optional"):
                found[block["block_id"]] = "Please complete this required field."
        elif isinstance(value, str) and (complaint := _length(element, value)):
            found[block["block_id"]] = complaint
    return found


def _length(element: Payload, value: str) -> str:
    if element["type"] == "number_input":
        return _number(element, value)
    if element["type"] not in ("plain_text_input", "email_text_input", "url_text_input"):
        return ""
    if len(value) < element.get("min_length", 0):
        return f"Please enter at least {element['min_length']} characters."
    if len(value) > element.get("max_length", 3000):
        return f"Please enter at most {element.get('max_length', 3000)} characters."
    return ""


def _number(element: Payload, value: str) -> str:
    try:
        number = float(value)
    except ValueError:
        return "Please enter a number."
    if not element.get("is_decimal_allowed") and not number.is_integer():
        return "Please enter a whole number."
    if "min_value" in element and number < float(element["min_value"]):
        return f"Please enter a number from {element['min_value']}."
    if "max_value" in element and number > float(element["max_value"]):
        return f"Please enter a number up to {element['max_value']}."
    return ""
