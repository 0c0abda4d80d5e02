"""The methods `reactions.*`."""

from playground import emoji_names, events
from playground.identity import BOT_USER_ID, Payload
from playground.web_api import Call, Method, SlackError
from playground.world import Channel, Message

PER_PERSON = 23  # on one message, and
DISTINCT = 50  # emoji on one message: often quoted, not published
LISTED = 50  # people of one reaction whom reactions.get lists unless asked for all


def _target(call: Call) -> tuple[Channel, Message]:
    if not call.text("channel") or not call.text("timestamp"):
        raise SlackError("no_item_specified")
    room = call.room()
    if BOT_USER_ID not in room.members:
        raise SlackError("channel_not_found")
    message = room.messages.get(call.text("timestamp"))
    if message is None:
        raise SlackError("message_not_found")
    return room, message


def _name(call: Call) -> str:
    name = emoji_names.canonical(call.text("name"))
    if name is None:
        raise SlackError("invalid_name")
    return name


def refusal(message: Message, user: str, name: str) -> str:
    """Why that person cannot add that reaction, or ""."""
    if user in message.reactions.get(name, {}):
        return "already_reacted"
    if name not in message.reactions and len(message.reactions) >= DISTINCT:
        return "too_many_emoji"
    if sum(user in people for people in message.reactions.values()) >= PER_PERSON:
        return "too_many_reactions"
    return ""


def add(call: Call) -> Payload:
    """reactions.add; the bot's own reactions make events too."""
    room, message = _target(call)
    name = _name(call)
    if room.is_archived:
        raise SlackError("is_archived")
    if error := refusal(message, BOT_USER_ID, name):
        raise SlackError(error)
    call.space.world.react(room, message, BOT_USER_ID, name, present=True)
    events.reaction(call.space, room, message, BOT_USER_ID, name, present=True)
    return {}


def remove(call: Call) -> Payload:
    """reactions.remove: the bot's own only."""
    room, message = _target(call)
    name = _name(call)
    if room.is_archived:
        raise SlackError("is_archived")
    if not call.space.world.react(room, message, BOT_USER_ID, name, present=False):
        raise SlackError("no_reaction")
    events.reaction(call.space, room, message, BOT_USER_ID, name, present=False)
    return {}


def get(call: Call) -> Payload:
    """reactions.get; without `full` the lists of people are cut, the counts never."""
    room, message = _target(call)
    shown = message.as_slack()
    if not call.flag("full"):
        for reaction in shown.get("reactions", []):
            reaction["users"] = reaction["users"][:LISTED]
    return {"type": "message", "channel": room.id, "message": shown}


def list_own(call: Call) -> Payload:
    """reactions.list: messages to which the bot (or `user`) reacted, newest first, one page."""
    user = call.text("user") or BOT_USER_ID
    items = [
        {"type": "message", "channel": room.id, "message": message.as_slack()}
        for room in call.space.world.channels.values()
        if BOT_USER_ID in room.members
        for message in room.messages.values()
        if any(user in people for people in message.reactions.values())
    ]
    items.sort(key=lambda item: str(item["message"]["ts"]), reverse=True)  # type: ignore[index]  # a message object
    return {"items": items, "response_metadata": {"next_cursor": ""}}


METHODS = {
    "reactions.add": Method(add, "reactions:write", 3),
    "reactions.remove": Method(remove, "reactions:write", 2),
    "reactions.get": Method(get, "reactions:read", 3),
    "reactions.list": Method(list_own, "reactions:read", 2),
}
