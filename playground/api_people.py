"""The methods about people, the workspace, the app itself, and its connections."""

from playground import block_rules, view_rules
from playground.api_chat import bot_profile
from playground.api_conversations import page
from playground.identity import APP_ID, BOT_ID, BOT_USER_ID, Payload
from playground.web_api import Call, Method, SlackError


def api_test(call: Call) -> Payload:
    """api.test: what was sent comes back."""
    if error := call.text("error"):
        raise SlackError(error, args=call.args)
    return {"args": call.args}


def auth_test(call: Call) -> Payload:
    """auth.test."""
    return {
        "url": f"https://{call.space.team.domain}.example/",
        "team": call.space.team.name,
        "user": call.space.app.name.casefold(),
        "team_id": call.space.team.id,
        "enterprise_id": call.space.team.enterprise,
        "user_id": BOT_USER_ID,
        "bot_id": BOT_ID,
        "is_enterprise_install": call.space.by_organisation,
    }


def team_info(call: Call) -> Payload:
    """team.info."""
    team = call.space.team
    return {"team": {"id": team.id, "name": team.name, "domain": team.domain, "email_domain": "", "icon": {}}}


def bots_info(call: Call) -> Payload:
    """bots.info: the app's own bot, and those of other apps."""
    bot = call.text("bot") or BOT_ID
    for person in call.space.world.people.values():
        if person.is_bot and person.as_user()["profile"]["bot_id"] == bot:
            own = bot_profile(person.name)
            other = own | {"id": bot, "app_id": f"A{person.id[1:]}", "user_id": person.id}
            return {"bot": own if bot == BOT_ID else other}
    raise SlackError("bot_not_found")


def users_info(call: Call) -> Payload:
    """users.info."""
    person = call.space.world.people.get(call.text("user"))
    if person is None:
        raise SlackError("user_not_found")
    return {"user": person.as_user()}


def users_list(call: Call) -> Payload:
    """users.list."""
    people, more = page(call, list(call.space.world.people.values()))
    return {"members": [person.as_user() for person in people], "cache_ts": int(call.space.clock.now()), **more}


def connections_open(call: Call) -> Payload:
    """apps.connections.open: the address of one Socket Mode connection."""
    ticket = call.space.socket.ticket()
    return {"url": f"ws{call.space.base_url().removeprefix('http')}/socket/?ticket={ticket}&app_id={APP_ID}"}


def blocks_validate(call: Call) -> Payload:
    """blocks.validate: exactly one of blocks, message, view."""
    given = {name: call.structure(name, "invalid_arguments") for name in ("blocks", "message", "view")}
    present = {name: value for name, value in given.items() if value is not None}
    if len(present) != 1:
        raise SlackError("invalid_arguments")
    ((name, value),) = present.items()
    if name == "view":
        _, problems = view_rules.view_problems(value) if isinstance(value, dict) else ("", ["[ERROR] not a view"])
    else:
        blocks = value.get("blocks", []) if isinstance(value, dict) else value
        _, problems = block_rules.message_problems(blocks if isinstance(blocks, list) else [blocks])
    return {"errors": [_pointed(problem) for problem in problems]}


def _pointed(problem: str) -> Payload:
    message, _, pointer = problem.removeprefix("[ERROR] ").partition(" [json-pointer:")
    return {
        "message": message,
        "pointer": pointer.rstrip("]"),
        "code": "invalid",
        "field": pointer.rsplit("/")[-1].rstrip("]"),
    }


METHODS = {
    "api.test": Method(api_test, None, 4, opened_by="anyone"),
    "auth.test": Method(auth_test, None, "special"),
    "team.info": Method(team_info, "team:read", 3),
    "bots.info": Method(bots_info, "users:read", 3),
    "users.info": Method(users_info, "users:read", 4),
    "users.list": Method(users_list, "users:read", 2),
    "apps.connections.open": Method(connections_open, None, 1, opened_by="app"),
    "blocks.validate": Method(blocks_validate, None, 4, opened_by="anyone"),
}
