"""What a person does that the app must answer: commands, clicks, choices, shortcuts (Slack's interaction payloads)."""

from typing import Any

from playground import responses, text_rules, view_state
from playground.block_report import Report
from playground.deliveries import Outcome
from playground.element_rules import check_suggestions
from playground.identity import APP_ID, Payload
from playground.surfaces import RefusedError, Surface, message_surface
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
    outcome = answered(await space.deliveries.ask("slash_commands", payload, name))
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
        state = view_state.chosen(element, await looked_up(space, surface, user, block, element, given))
        if state is None:
            raise RefusedError("no_such_option")
        surface.values.setdefault(block["block_id"], {})[element["action_id"]] = state
        done |= state
        if surface.view:
            space.world.screen_changed(user)
        if block["type"] == "input" and not block.get("dispatch_action"):
            return {}
    payload = where(space, surface, user) | {
        "type": "block_actions",
        "trigger_id": space.trigger(user, in_modal=bool(surface.view and surface.view["type"] == "modal")),
        "actions": [done],
        "state": {"values": surface.values},
    }
    if surface.channel:
        payload["response_url"] = space.response_url(user, surface.channel.id, surface.ts, surface.thread_ts)
    answered(await space.deliveries.ask("interactive", payload, f"block_actions {element['action_id']}"))
    return {}


async def suggest(space: Workspace, surface: Surface, user: str, action: Any, query: str) -> Payload:
    """What the app offers in a typeahead: `options` or `option_groups`."""
    block, element = surface.find(action)
    if not element["type"].endswith("external_select"):
        raise RefusedError("no_typeahead")
    payload = where(space, surface, user) | {
        "type": "block_suggestion",
        "action_id": element["action_id"],
        "block_id": block["block_id"],
        "value": query,
    }
    outcome = answered(await space.deliveries.ask("interactive", payload, f"block_suggestion {element['action_id']}"))
    body = outcome.body if isinstance(outcome.body, dict) else {}
    report = Report()
    check_suggestions(report, body)
    if report.problems:
        raise RefusedError("invalid_options", messages=report.problems)
    return {"options": body.get("options", []), "option_groups": body.get("option_groups", [])}


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
    answered(await space.deliveries.ask("interactive", payload, f"{payload['type']} {callback_id}"))
    return {}


def answered(outcome: Outcome) -> Outcome:
    """The same, once it is acknowledged. Raises RefusedError `app_not_connected`, `operation_timeout`."""
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


def where(space: Workspace, surface: Surface, user: str) -> Payload:
    """What every payload says of a person and of what is in front of them."""
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


async def looked_up(space: Workspace, surface: Surface, user: str, block: Payload, element: Payload, value: Any) -> Any:
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
