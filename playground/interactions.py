"""What a person does that the app must answer: commands, clicks, dialogs, shortcuts (Slack's interaction payloads)."""

from typing import Any

from playground import block_rules, responses, text_rules, view_state
from playground.api_views import push_on, replace
from playground.block_report import Report
from playground.deliveries import Outcome
from playground.element_rules import check_suggestions
from playground.identity import APP_ID, Payload
from playground.surfaces import RefusedError, Surface, message_surface, view_surface
from playground.web_api import SlackError
from playground.workspace import ResponseUrl, Workspace


async def command(space: Workspace, channel: str, user: str, name: str, text: str) -> Payload:
    """A slash command; the app's answer is `response`, and what it says is shown."""
    entry = space.app.command(name)
    if entry is None or not space.installed:
        raise RefusedError("unknown_command")
    room = space.world.channels.get(channel)
    if room is None or (user not in room.members and (room.is_private or room.is_im)):
        raise RefusedError("channel_not_found")
    if user not in room.members:
        raise RefusedError("not_in_channel")
    if room.is_archived:
        raise RefusedError("is_archived")
    person = space.world.people[user]
    url = space.response_url(user, channel)
    payload: Payload = {
        "token": space.app.verification_token,
        "team_id": space.team.id,
        "team_domain": space.team.domain,
        **({"enterprise_id": space.team.enterprise} if space.team.enterprise else {}),
        "channel_id": room.id,
        "channel_name": room.told_name,
        "user_id": user,
        "user_name": person.name.casefold(),
        "command": name,
        "text": text_rules.command_text(text.strip(), space.world, should_escape=bool(entry.get("should_escape"))),
        "api_app_id": APP_ID,
        "is_enterprise_install": "true" if space.by_organisation else "false",
        "response_url": url,
        "trigger_id": space.trigger(user),
    }
    outcome = _answered(await space.deliveries.ask("slash_commands", payload, name))
    _show(space, outcome.body, user, room.id)
    return {"response": outcome.body or None}


async def interact(space: Workspace, surface: Surface, user: str, action: Any, value: Any = None) -> Payload:
    """A click or a choice; fields that do not tell the app at once only change."""
    block, element = surface.find(action)
    given = value
    if given is None and isinstance(action, dict):
        given = action.get("selected_option", action.get("value"))
    done: Payload = {
        "type": element["type"],
        "action_id": element["action_id"],
        "block_id": block["block_id"],
        "action_ts": space.clock.stamp(),
    }
    if element["type"] == "overflow":
        option = view_state.find_option(element, given)
        if option is None:
            raise RefusedError("no_such_option", options=[o["text"]["text"] for o in element["options"]])
        done["selected_option"] = option
    elif view_state.field_of(element) is None:
        done |= {name: element[name] for name in ("text", "value", "style", "url") if name in element}
    else:
        state = view_state.chosen(element, await _looked_up(space, surface, user, block, element, given))
        if state is None:
            raise RefusedError("no_such_option")
        surface.values.setdefault(block["block_id"], {})[element["action_id"]] = state
        done |= state
        if surface.view:
            space.world.screen_changed(user)
        if block["type"] == "input" and not block.get("dispatch_action"):
            return {}
    payload = _where(space, surface, user) | {
        "type": "block_actions",
        "trigger_id": space.trigger(user, in_modal=bool(surface.view and surface.view["type"] == "modal")),
        "actions": [done],
        "state": {"values": surface.values},
    }
    if surface.channel:
        payload["response_url"] = space.response_url(user, surface.channel.id, surface.ts, surface.thread_ts)
    _answered(await space.deliveries.ask("interactive", payload, f"block_actions {element['action_id']}"))
    return {}


async def suggest(space: Workspace, surface: Surface, user: str, action: Any, query: str) -> Payload:
    """What the app offers in a typeahead: `options` or `option_groups`."""
    block, element = surface.find(action)
    if not element["type"].endswith("external_select"):
        raise RefusedError("no_typeahead")
    payload = _where(space, surface, user) | {
        "type": "block_suggestion",
        "action_id": element["action_id"],
        "block_id": block["block_id"],
        "value": query,
    }
    outcome = _answered(await space.deliveries.ask("interactive", payload, f"block_suggestion {element['action_id']}"))
    body = outcome.body if isinstance(outcome.body, dict) else {}
    report = Report()
    check_suggestions(report, body)
    if report.problems:
        raise RefusedError("invalid_options", messages=report.problems)
    return {"options": body.get("options", []), "option_groups": body.get("option_groups", [])}


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
    payload = _where(space, surface, user) | {
        "type": "view_submission",
        "trigger_id": space.trigger(user, in_modal=True),
        "response_urls": _response_urls(space, surface, user),
    }
    del payload["container"]
    outcome = _answered(await space.deliveries.ask("interactive", payload, f"view_submission {view['callback_id']}"))
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
        payload = _where(space, surface, user) | {"type": "view_closed", "is_cleared": view["clear_on_close"]}
        del payload["container"]
        _answered(await space.deliveries.ask("interactive", payload, f"view_closed {view['callback_id']}"))
    return {}


async def shortcut(space: Workspace, user: str, callback_id: str, channel: str, ts: str) -> Payload:
    """A global shortcut, or a message shortcut on one message."""
    entry = space.app.shortcut(callback_id)
    if entry is None:
        raise RefusedError("unknown_shortcut")
    payload = _who(space, user) | {
        "type": "shortcut",
        "callback_id": callback_id,
        "trigger_id": space.trigger(user),
        "action_ts": space.clock.stamp(),
    }
    if entry.get("type") == "message":
        surface = message_surface(space, user, channel, ts)
        payload |= {
            "type": "message_action",
            "message_ts": ts,
            "message": surface.described,
            "channel": {"id": channel, "name": surface.channel.told_name if surface.channel else ""},
            "response_url": space.response_url(user, channel, thread_ts=surface.thread_ts),
        }
    _answered(await space.deliveries.ask("interactive", payload, f"{payload['type']} {callback_id}"))
    return {}


def _answered(outcome: Outcome) -> Outcome:
    if not outcome.acknowledged:
        gone = outcome.reason in ("not_connected", "connection_failed")
        raise RefusedError("app_not_connected" if gone else "operation_timeout")
    return outcome


def _who(space: Workspace, user: str) -> Payload:
    person = space.world.people[user]
    name = person.name.casefold()
    return {
        "user": {"id": user, "username": name, "name": name, "team_id": space.world.people[user].team},
        "team": None if space.by_organisation else {"id": space.team.id, "domain": space.team.domain},
        "enterprise": {"id": space.team.enterprise, "name": "Playground Inc."} if space.team.enterprise else None,
        "is_enterprise_install": space.by_organisation,
        "api_app_id": APP_ID,
        "token": space.app.verification_token,
    }


def _where(space: Workspace, surface: Surface, user: str) -> Payload:
    base = _who(space, user)
    if surface.view:
        return base | {"container": {"type": "view", "view_id": surface.view["id"]}, "view": surface.view}
    room = surface.channel
    container: Payload = {"type": "message", "message_ts": surface.ts, "is_ephemeral": surface.ephemeral}
    container |= {"channel_id": room.id if room else ""}
    if surface.thread_ts:
        container["thread_ts"] = surface.thread_ts
    described = {name: value for name, value in surface.described.items() if name not in ("channel", "is_ephemeral")}
    channel = {"id": room.id if room else "", "name": room.told_name if room else ""}
    return base | {"container": container, "channel": channel, "message": described}


def _show(space: Workspace, body: Any, user: str, channel: str) -> None:
    """An acknowledgement with a message in it is shown; one that Slack would not take is an error for the person."""
    given = {"text": body} if isinstance(body, str) else body if isinstance(body, dict) else {}
    if not (given.get("text") or given.get("blocks")):
        return
    try:
        responses.apply(space, ResponseUrl(user, channel, 0.0), given)
    except SlackError as error:
        raise RefusedError("invalid_response", response_error=error.code, **error.details) from error


async def _looked_up(
    space: Workspace, surface: Surface, user: str, block: Payload, element: Payload, value: Any
) -> Any:
    """For a typeahead, the whole option behind a value or a visible text as the app offers it, else the top one."""
    if not element["type"].endswith("external_select") or not isinstance(value, str) or not value:
        return value
    known = surface.values.get(block["block_id"], {}).get(element["action_id"], {}).get("selected_option")
    if known and value in (known["value"], known["text"]["text"]):
        return known
    action = {"action_id": element["action_id"], "block_id": block["block_id"]}
    offered = await suggest(space, surface, user, action, value)
    # A person who has typed takes the top of the list where nothing in it is what they typed, letter by letter.
    found = view_state.find_option({"type": "static_select", **offered}, value)
    return found or next(iter(offered["options"]), None) or {"selected_option": {}}


async def _fill(space: Workspace, surface: Surface, user: str, values: Payload) -> None:
    """Put what was typed and chosen into the modal's fields. Raises RefusedError `no_such_field`, `no_such_option`."""
    for block in block_rules.walk(surface.blocks):
        for element in block_rules.elements(block):
            if view_state.field_of(element) is None:
                continue
            found, value = _value_for(values, block, element)
            if not found:
                continue
            state = view_state.chosen(element, await _looked_up(space, surface, user, block, element, value))
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
