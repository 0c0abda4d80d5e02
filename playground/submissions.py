"""A dialog that is filled in and sent, or closed: Slack's own checks, what the app hears, and what it answers."""

from typing import Any

from playground import block_rules, view_state
from playground.api_views import push_on, replace
from playground.identity import Payload
from playground.interactions import answered, looked_up, where
from playground.surfaces import RefusedError, Surface, view_surface
from playground.web_api import SlackError
from playground.workspace import Workspace


async def submit(space: Workspace, user: str, values: Payload) -> Payload:
    """Submit the modal in front, after Slack's own checks of its fields."""
    surface = view_surface(space, user, "modal")
    screen, view = space.world.screen(user), surface.described
    await _fill(space, surface, user, values)
    errors = view_state.complaints(view["blocks"], surface.values)
    screen.modal_errors = errors
    space.world.screen_changed(user)
    if errors:
        raise RefusedError("invalid_input", errors=errors)
    payload = where(space, surface, user) | {
        "type": "view_submission",
        "trigger_id": space.trigger(user, in_modal=True),
        "response_urls": _response_urls(space, surface, user),
    }
    del payload["container"]
    outcome = answered(await space.deliveries.ask("interactive", payload, f"view_submission {view['callback_id']}"))
    body = outcome.body if isinstance(outcome.body, dict) else {}
    still_open = next((kept for kept in screen.modals if kept["id"] == view["id"]), None)
    try:
        _obey(space, user, still_open, body)
    except SlackError as error:
        raise RefusedError("invalid_view", view_error=error.code, **error.details) from error
    finally:
        space.world.screen_changed(user)
    return {}


async def close_modal(space: Workspace, user: str) -> Payload:
    """Close the modal in front; the app hears of it if it asked to."""
    surface = view_surface(space, user, "modal")
    screen, view = space.world.screen(user), surface.described
    if view["clear_on_close"]:
        screen.modals = []
    else:
        screen.modals.remove(view)
    screen.modal_errors = {}
    space.world.screen_changed(user)
    if view["notify_on_close"]:
        payload = where(space, surface, user) | {"type": "view_closed", "is_cleared": view["clear_on_close"]}
        del payload["container"]
        answered(await space.deliveries.ask("interactive", payload, f"view_closed {view['callback_id']}"))
    return {}


async def _fill(space: Workspace, surface: Surface, user: str, values: Payload) -> None:
    """Put what was typed and chosen into the modal's fields. Raises RefusedError `no_such_field`, `no_such_option`."""
    for block in block_rules.walk(surface.blocks):
        for element in block_rules.elements(block):
            if view_state.field_of(element) is None:
                continue
            found, value = _value_for(values, block, element)
            if not found:
                continue
            state = view_state.chosen(element, await looked_up(space, surface, user, block, element, value))
            if state is None:
                raise RefusedError("invalid_input", errors={block["block_id"]: "No such option."})
            surface.values.setdefault(block["block_id"], {})[element["action_id"]] = state
    names = {name for block in block_rules.walk(surface.blocks) for name in _names(block)}
    if unknown := sorted(set(values) - names):
        raise RefusedError("no_such_field", fields=unknown)


def _names(block: Payload) -> set[str]:
    named = {block["block_id"], block.get("label", {}).get("text", "")}
    return named | {element.get("action_id", "") for element in block_rules.elements(block)}


def _value_for(values: Payload, block: Payload, element: Payload) -> tuple[bool, Any]:
    """Whether `values` speaks of this field (by block, action or label), and what it says."""
    block_id, action_id = block["block_id"], element["action_id"]
    nested = values.get(block_id)
    if isinstance(nested, dict) and action_id in nested:
        return True, nested[action_id]
    for name in (action_id, block_id, block.get("label", {}).get("text")):
        if name in values:
            return True, values[name]
    return False, None


def _obey(space: Workspace, user: str, view: Payload | None, body: Payload) -> None:
    """What the app answered to a submission. Raises SlackError for a view that Slack would not take."""
    screen = space.world.screen(user)
    match body.get("response_action"):
        case "errors":
            screen.modal_errors = {str(name): str(text) for name, text in body.get("errors", {}).items()}
            known = {block["block_id"] for block in view["blocks"]} if view else set()
            stray = sorted(set(screen.modal_errors) - known)
            raise RefusedError("view_errors", errors=screen.modal_errors, **({"stray": stray} if stray else {}))
        case "update":
            if view is not None:
                replace(space, screen, view, body.get("view"))
        case "push":
            push_on(space, screen, body.get("view"))
        case "clear":
            screen.modals = []
        case None:
            if view is not None:
                screen.modals.remove(view)
        case other:
            raise RefusedError("invalid_response_action", response_action=other)


def _response_urls(space: Workspace, surface: Surface, user: str) -> list[Payload]:
    """One for each conversation that was chosen where `response_url_enabled` is set."""
    found = []
    for block in surface.blocks:
        element = block.get("element", {})
        if not element.get("response_url_enabled"):
            continue
        state = surface.values[block["block_id"]][element["action_id"]]
        channel = state.get("selected_conversation") or state.get("selected_channel")
        if channel in space.world.channels:
            found.append(
                {
                    "block_id": block["block_id"],
                    "action_id": element["action_id"],
                    "channel_id": channel,
                    "response_url": space.response_url(user, channel),
                }
            )
    return found
