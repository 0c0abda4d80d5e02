"""The methods `views.*`, and what they share with the app's answers to a submission."""

from typing import Any

from playground import block_rules, view_state
from playground.identity import APP_ID, BOT_ID, Payload
from playground.view_rules import view_problems
from playground.web_api import Call, Method, SlackError
from playground.workspace import Trigger, Workspace
from playground.world import Screen

STACK = 3


def built(space: Workspace, given: Any, *, like: Payload | None = None) -> Payload:
    """Slack's view object for a view that the app sent; `like` keeps the identity and the state of the one before.

    Raises SlackError `invalid_arguments`, `view_too_large`, `duplicate_external_id`.
    """
    if not isinstance(given, dict):
        raise SlackError("invalid_arguments", response_metadata={"messages": ["[ERROR] must provide an object"]})
    code, problems = view_problems(given)
    if code:
        raise SlackError(code, response_metadata={"messages": problems})
    external_id = given.get("external_id") or ""
    if external_id and any(
        view["external_id"] == external_id and view["id"] != (like or {}).get("id")
        for screen in space.world.screens.values()
        for view in screen.modals
    ):
        raise SlackError("duplicate_external_id")
    blocks = block_rules.with_ids(given["blocks"], space.new_id)
    view_id = like["id"] if like else "V" + space.new_id("view")
    return {
        "id": view_id,
        "team_id": space.team.id,
        "type": given["type"],
        "blocks": blocks,
        "private_metadata": given.get("private_metadata") or "",
        "callback_id": given.get("callback_id") or "",
        "state": {"values": view_state.initial(blocks, like["state"]["values"] if like else None)},
        "hash": f"{int(space.clock.now())}.{space.new_id('hash', 8).lower()}",
        "title": given.get("title"),
        "clear_on_close": bool(given.get("clear_on_close")),
        "notify_on_close": bool(given.get("notify_on_close")),
        "close": given.get("close"),
        "submit": given.get("submit"),
        "previous_view_id": like["previous_view_id"] if like else None,
        "root_view_id": like["root_view_id"] if like else view_id,
        "app_id": APP_ID,
        "external_id": external_id,
        "app_installed_team_id": space.team.id,
        "bot_id": BOT_ID,
    }


def push_on(space: Workspace, screen: Screen, given: Any) -> Payload:
    """Put a view in front of the open ones. Raises SlackError `push_limit_reached`."""
    if len(screen.modals) >= STACK:
        raise SlackError("push_limit_reached")
    view = built(space, given)
    if screen.modals:
        view |= {"previous_view_id": screen.modals[-1]["id"], "root_view_id": screen.modals[0]["id"]}
    screen.modals.append(view)
    screen.modal_errors = {}
    return view


def replace(space: Workspace, screen: Screen, old: Payload, given: Any) -> Payload:
    """Put a new view in the place of an open one."""
    view = built(space, given, like=old)
    screen.modals[screen.modals.index(old)] = view
    screen.modal_errors = {}
    return view


def _trigger(call: Call) -> Trigger:
    trigger = call.space.triggers.get(call.text("trigger_id"))
    if trigger is None:
        raise SlackError("invalid_trigger_id" if call.text("trigger_id") else "invalid_arguments")
    if trigger.used:
        raise SlackError("exchanged_trigger_id")
    if trigger.until < call.space.clock.now():
        raise SlackError("expired_trigger_id")
    return trigger


def _given(call: Call) -> Any:
    return call.structure("view", "invalid_arguments")


def open_view(call: Call) -> Payload:
    """views.open: a trigger is good for three seconds and one view."""
    trigger = _trigger(call)
    if (_given(call) or {}).get("type") == "home":
        raise SlackError("invalid_arguments", response_metadata={"messages": ["[ERROR] views.open takes modals"]})
    screen = call.space.world.screen(trigger.user)
    view = built(call.space, _given(call))
    screen.modals = [view]
    screen.modal_errors = {}
    trigger.used = True
    call.space.world.screen_changed(trigger.user)
    return {"view": view}


def push(call: Call) -> Payload:
    """views.push: only from something done in an open modal; at most three views."""
    trigger = _trigger(call)
    screen = call.space.world.screen(trigger.user)
    if not trigger.in_modal or not screen.modals:
        raise SlackError("invalid_trigger_id")
    view = push_on(call.space, screen, _given(call))
    trigger.used = True
    call.space.world.screen_changed(trigger.user)
    return {"view": view}


def update(call: Call) -> Payload:
    """views.update, by view_id or external_id; a stale hash is refused."""
    wanted, external_id = call.text("view_id"), call.text("external_id")
    if bool(wanted) == bool(external_id):
        raise SlackError("invalid_arguments")
    for user, screen in call.space.world.screens.items():
        for old in screen.modals:
            if old["id"] == wanted or (external_id and old["external_id"] == external_id):
                if call.text("hash") not in ("", old["hash"]):
                    raise SlackError("hash_conflict")
                view = replace(call.space, screen, old, _given(call))
                call.space.world.screen_changed(user)
                return {"view": view}
    raise SlackError("not_found")


def publish(call: Call) -> Payload:
    """views.publish: the Home tab of one person."""
    if not call.space.app.home_enabled:
        raise SlackError("not_enabled")
    user = call.text("user_id")
    if user not in call.space.world.people:
        raise SlackError("user_not_found" if user else "invalid_arguments")
    if (_given(call) or {}).get("type") != "home":
        raise SlackError("invalid_arguments", response_metadata={"messages": ["[ERROR] views.publish takes type home"]})
    old = call.space.world.screen(user).home
    if old and call.text("hash") not in ("", old["hash"]):
        raise SlackError("hash_conflict", view=old)
    view = built(call.space, _given(call), like=old)
    call.space.world.set_home(user, view)
    return {"view": view}


METHODS = {
    "views.open": Method(open_view, None, 4),
    "views.push": Method(push, None, 4),
    "views.update": Method(update, None, 4),
    "views.publish": Method(publish, None, 4),
}
