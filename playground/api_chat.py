"""The methods `chat.*`: posting, editing, deleting, private notes, links."""

from typing import Any

from playground import block_rules
from playground.clock import stamp_us
from playground.identity import APP_ID, BOT_ID, BOT_USER_ID, Payload
from playground.web_api import Call, Method, SlackError
from playground.world import Channel, Ephemeral, Message

POST_TEXT = 40_000  # what lies beyond is cut off
UPDATE_TEXT = 4_000
METADATA_BYTES = 8_000  # Slack has a limit but does not publish it


def destination(call: Call) -> Channel:
    """Where to post: a conversation's id, a `#name`, or a person's id for their direct messages.

    Raises SlackError as chat.postMessage does.
    """
    world, wanted = call.space.world, call.text("channel")
    if wanted in world.people:
        person = world.people[wanted]
        if person.is_bot:
            raise SlackError("cannot_dm_bot")
        return world.direct(wanted, BOT_USER_ID)
    by_name = next((c for c in world.channels.values() if c.name and c.name == wanted.removeprefix("#")), None)
    room = world.channels.get(wanted) or by_name
    if room is None or (BOT_USER_ID not in room.members and (room.is_private or room.is_im)):
        raise SlackError("channel_not_found")
    if room.is_archived:
        raise SlackError("is_archived")
    if BOT_USER_ID not in room.members and "chat:write.public" not in call.space.app.scopes:
        raise SlackError("not_in_channel")
    if room.is_read_only:
        raise SlackError("restricted_action_read_only_channel")
    return room


def content(call: Call) -> tuple[str, list[Payload]]:
    """Text and checked blocks of a message. Raises SlackError `no_text`, `invalid_blocks`, …"""
    text = call.text("text")
    if call.args.get("attachments") not in (None, "", "[]", []):
        raise SlackError("invalid_attachments", response_metadata={"messages": ["the playground draws no attachments"]})
    if "markdown_text" in call.args:
        if text or "blocks" in call.args:
            raise SlackError("markdown_text_conflict")
        text = call.text("markdown_text")
    given = call.structure("blocks", "invalid_blocks_format")
    blocks = checked_blocks(given) if given else []
    if not text and not blocks:
        raise SlackError("no_text")
    return text[:POST_TEXT], block_rules.with_ids(blocks, call.space.new_id)


def checked_blocks(given: Any) -> list[Payload]:
    """The blocks, if Slack would take them in a message. Raises SlackError."""
    if not isinstance(given, list):
        raise SlackError("invalid_blocks_format")
    code, problems = block_rules.message_problems(given)
    if code:
        raise SlackError(code, response_metadata={"messages": problems}, errors=[p[8:] for p in problems])
    return given


def metadata(call: Call) -> Payload | None:
    """The metadata of a message. Raises SlackError."""
    given = call.structure("metadata", "invalid_metadata_format")
    if given is None:
        return None
    if not isinstance(given, dict) or set(given) - {"event_type", "event_payload", "entities"}:
        raise SlackError("invalid_metadata_schema")
    if not isinstance(given.get("event_type"), str) or not isinstance(given.get("event_payload"), dict):
        raise SlackError("invalid_metadata_schema")
    if len(str(given)) > METADATA_BYTES:
        raise SlackError("metadata_too_large")
    return given


def post_message(call: Call) -> Payload:
    """chat.postMessage."""
    room = destination(call)
    text, blocks = content(call)
    thread_ts = call.text("thread_ts") or None
    if thread_ts is not None:
        parent = room.messages.get(thread_ts)
        if parent is None:
            raise SlackError("thread_not_found")
        thread_ts = parent.thread_ts or parent.ts
    message = Message(
        ts=call.space.clock.stamp(),
        user=BOT_USER_ID,
        text=text,
        blocks=blocks,
        by_app=True,
        metadata=metadata(call),
        thread_ts=thread_ts,
    )
    call.space.world.put_message(room, message)
    return {"channel": room.id, "ts": message.ts, "message": message.as_slack()}


def _own_message(call: Call, error: str) -> tuple[Channel, Message]:
    room = call.room()
    message = room.messages.get(call.text("ts"))
    if message is None:
        raise SlackError("message_not_found")
    if message.user != BOT_USER_ID or not message.by_app:
        raise SlackError(error)
    if BOT_USER_ID not in room.members:
        raise SlackError("not_in_channel")
    return room, message


def update(call: Call) -> Payload:
    """chat.update: text alone takes the blocks away; blocks make no "(edited)" mark."""
    room, message = _own_message(call, "cant_update_message")
    if room.is_archived:
        raise SlackError("is_inactive")
    if len(call.text("text")) > UPDATE_TEXT:
        raise SlackError("msg_too_long")
    text, blocks = content(call)
    message.text, message.blocks = text, blocks
    message.metadata = metadata(call) or message.metadata
    message.edited = None if blocks else {"user": BOT_USER_ID, "ts": call.space.clock.stamp()}
    call.space.world.put_message(room, message)
    return {"channel": room.id, "ts": message.ts, "text": text, "message": message.as_slack()}


def delete(call: Call) -> Payload:
    """chat.delete."""
    room, message = _own_message(call, "cant_delete_message")
    call.space.world.delete_message(room, message.ts)
    return {"channel": room.id, "ts": message.ts}


def post_ephemeral(call: Call) -> Payload:
    """chat.postEphemeral: both the bot and the person must be in the conversation."""
    room = destination(call)
    user = call.text("user")
    if user not in call.space.world.people:
        raise SlackError("user_not_found" if user else "invalid_arguments")
    if user not in room.members:
        raise SlackError("user_not_in_channel")
    text, blocks = content(call)
    note = Ephemeral(room.id, call.space.clock.stamp(), text, blocks, call.text("thread_ts") or None)
    call.space.world.add_ephemeral(user, note)
    return {"message_ts": note.ts}


def get_permalink(call: Call) -> Payload:
    """chat.getPermalink."""
    room = call.room()
    ts = call.text("message_ts")
    message = room.messages.get(ts)
    if message is None:
        raise SlackError("message_not_found")
    link = f"https://{call.space.team.domain}.example/archives/{room.id}/p{stamp_us(ts)}"
    if message.thread_ts and message.thread_ts != ts:
        link += f"?thread_ts={message.thread_ts}&cid={room.id}"
    return {"channel": room.id, "permalink": link}


def bot_profile(name: str) -> Payload:
    """Slack's bot object."""
    return {"id": BOT_ID, "deleted": False, "name": name, "updated": 0, "app_id": APP_ID, "user_id": BOT_USER_ID}


METHODS = {
    "chat.postMessage": Method(post_message, "chat:write", "post"),
    "chat.update": Method(update, "chat:write", 3),
    "chat.delete": Method(delete, "chat:write", 3),
    "chat.postEphemeral": Method(post_ephemeral, "chat:write", 4),
    "chat.getPermalink": Method(get_permalink, None, "special"),
}
