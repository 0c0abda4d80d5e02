"""Giving a file: the two methods around the upload, the upload itself, and the download of what was finished.

https://docs.slack.dev/reference/methods/files.getUploadURLExternal says the order: announce, send, finish.
"""

from urllib.parse import quote

from aiohttp import web

from playground.clock import stamp_us
from playground.files import FILE_BYTES, File
from playground.identity import BOT_USER_ID, Payload
from playground.web_api import Call, Method, SlackError
from playground.workspace import Workspace
from playground.world import Channel, Message


def get_upload_url(call: Call) -> Payload:
    """files.getUploadURLExternal: an address that takes the content once."""
    name, length = call.text("filename"), call.text("length")
    if not name or not length.isdecimal() or int(length) == 0:
        raise SlackError("invalid_arguments")
    if int(length) > FILE_BYTES:
        raise SlackError("file_upload_size_restricted")
    file = File("F" + call.space.new_id("file", 10), name, int(length), call.space.new_id("upload", 32))
    call.space.files.announce(file)
    return {"upload_url": f"{call.space.base_url()}/upload/{file.upload_key}", "file_id": file.id}


async def take(space: Workspace, request: web.Request) -> web.Response:
    """The content of a file, raw or as a form's only file; 200 says that all of it is here."""
    file = space.files.expected_at(request.match_info["key"])
    if file is None:
        raise web.HTTPNotFound
    if request.content_type == "multipart/form-data":
        parts = [part for part in (await request.post()).values() if isinstance(part, web.FileField)]
        content = parts[0].file.read() if len(parts) == 1 else b""
    else:
        content = await request.read()
    if len(content) != file.length:
        raise web.HTTPBadRequest(text=f"announced {file.length} bytes, sent {len(content)}")
    file.content = content
    return web.Response(text=f"OK - {file.length}")


def complete_upload(call: Call) -> Payload:
    """files.completeUploadExternal: the files are finished, and stand in a conversation where one is named."""
    files = _named_files(call)
    room = _destination(call) if call.text("channel_id") else None
    thread_ts = call.text("thread_ts") or None
    if room is not None and thread_ts is not None and thread_ts not in room.messages:
        raise SlackError("thread_not_found")
    for file, title in files:
        file.title, file.is_finished = title, True
    if room is not None:
        stamp = call.space.clock.stamp()
        shown = [file.as_slack(call.space.base_url(), stamp_us(stamp) // 1_000_000) for file, _ in files]
        comment = call.text("initial_comment")
        message = Message(stamp, BOT_USER_ID, comment, by_app=True, thread_ts=thread_ts, files=shown)
        call.space.world.put_message(room, message)
    return {"files": [{"id": file.id, "title": file.title or file.name} for file, _ in files]}


def _named_files(call: Call) -> list[tuple[File, str]]:
    """The files that have arrived and are not finished, with their titles. Raises SlackError."""
    given = call.structure("files", "invalid_arguments")
    if not isinstance(given, list) or not given:
        raise SlackError("invalid_arguments")
    found: list[tuple[File, str]] = []
    for one in given:
        if not isinstance(one, dict) or not isinstance(one.get("title", ""), str):
            raise SlackError("invalid_arguments")
        file = call.space.files.find(str(one.get("id", "")))
        if file is None or file.content is None or file.is_finished:
            raise SlackError("file_not_found")
        found.append((file, one.get("title", "")))
    return found


def _destination(call: Call) -> Channel:
    room = call.room("channel_id")  # a conversation's id: a person's opens nothing here
    if BOT_USER_ID not in room.members:
        raise SlackError("not_in_channel")
    if room.is_archived or room.is_read_only:
        raise SlackError("posting_to_channel_denied")
    return room


async def give(space: Workspace, request: web.Request) -> web.Response:
    """The download behind a file in a conversation."""
    file = space.files.find(request.match_info["file"])
    if file is None or file.content is None or not file.is_finished:
        raise web.HTTPNotFound(text="The playground keeps files in memory, the newest ones, until it ends.")
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name, safe='')}",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    return web.Response(body=file.content, content_type="application/octet-stream", headers=headers)


METHODS = {
    "files.getUploadURLExternal": Method(get_upload_url, "files:write", 4),
    "files.completeUploadExternal": Method(complete_upload, "files:write", 4),
}
