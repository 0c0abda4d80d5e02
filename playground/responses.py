"""`response_url`, and messages in an acknowledgement: the same message format, the same rules.

Five uses within thirty minutes; they pass where the bot itself may not post
(docs.slack.dev/interactivity/handling-user-interaction). A new message unless `replace_original` says otherwise.
"""

import asyncio
import json
from typing import Any

from aiohttp import web

from playground import block_rules
from playground.identity import BOT_USER_ID, Payload
from playground.web_api import SlackError
from playground.workspace import ResponseUrl, Workspace
from playground.world import Channel, Ephemeral, Message


async def handle(space: Workspace, request: web.Request) -> web.Response:
    """Serve `/response/<id>`."""
    key = request.match_info["key"]
    try:
        given = json.loads(await request.text())
    except ValueError:
        given = None
    entry = space.log.add("response_url", id=key, payload=given)
    if fault := space.faults.for_answer():
        entry["fault"] = fault.id
        await asyncio.sleep(fault.spec["delay"])
    try:
        leave = space.response_urls.get(key)
        if leave is None or leave.until < space.clock.now():
            raise SlackError("expired_url")
        if leave.left <= 0:
            raise SlackError("used_url")
        leave.left -= 1
        if not isinstance(given, dict):
            raise SlackError("invalid_payload")
        apply(space, leave, given)
    except SlackError as error:
        status = 404 if error.code in ("expired_url", "used_url") else 400
        answer = {"ok": False, "error": error.code, **error.details}
        entry |= {"status": status, "answer": answer}
        return web.json_response(answer, status=status)
    entry |= {"status": 200, "answer": "ok"}
    return web.Response(text="ok")


def apply(space: Workspace, leave: ResponseUrl, given: Payload) -> None:
    """Do what an answer asks for: show, replace or delete. Raises SlackError."""
    room = space.world.channels[leave.channel]
    if _true(given.get("delete_original")):
        _delete(space, leave, room)
        return
    text, blocks = _content(space, given)
    if _true(given.get("replace_original")) and leave.ts:
        _replace(space, leave, room, text, blocks)
        return
    thread_ts = given.get("thread_ts") or leave.thread_ts
    if given.get("response_type") == "in_channel":
        if room.is_archived:
            raise SlackError("is_archived")
        message = Message(
            space.clock.stamp(),
            BOT_USER_ID,
            text,
            blocks,
            by_app=True,
            by_response_url=True,
            thread_ts=thread_ts,
            metadata=given.get("metadata"),
        )
        space.world.put_message(room, message)
        return
    space.world.add_ephemeral(leave.user, Ephemeral(room.id, space.clock.stamp(), text, blocks, thread_ts))


def _content(space: Workspace, given: Payload) -> tuple[str, list[Payload]]:
    text, blocks = str(given.get("text") or ""), given.get("blocks") or []
    if isinstance(blocks, str):
        try:
            blocks = json.loads(blocks)
        except ValueError:
            blocks = [None]
    if not text and not blocks:
        raise SlackError("no_text")
    code, problems = block_rules.message_problems(blocks)
    if code and code != "msg_blocks_too_long":  # long blocks do pass here: slackapi/bolt-js#2867
        raise SlackError(code, response_metadata={"messages": problems})
    return text, block_rules.with_ids(blocks, space.new_id)


def _delete(space: Workspace, leave: ResponseUrl, room: Channel) -> None:
    if not space.world.drop_ephemeral(leave.user, leave.ts) and leave.ts in room.messages:
        space.world.delete_message(room, leave.ts)


def _replace(space: Workspace, leave: ResponseUrl, room: Channel, text: str, blocks: list[Payload]) -> None:
    for note in space.world.screen(leave.user).ephemerals:
        if note.ts == leave.ts:
            note.text, note.blocks, note.state = text, blocks, {}
            space.world.screen_changed(leave.user)
            return
    message = room.messages.get(leave.ts)
    if message is None:
        space.world.add_ephemeral(leave.user, Ephemeral(room.id, space.clock.stamp(), text, blocks, leave.thread_ts))
        return
    message.text, message.blocks = text, blocks
    message.edited = None if blocks else {"user": BOT_USER_ID, "ts": space.clock.stamp()}
    space.world.put_message(room, message)


def _true(value: Any) -> bool:
    return value in (True, "true")
