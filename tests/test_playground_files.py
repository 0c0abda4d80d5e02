"""The playground takes files as Slack does: announced, sent, finished, each of it once and in this order."""

import json
from typing import Any

import aiohttp
import pytest

from playground.files import FILE_BYTES, KEPT_BYTES, File, Files
from tests.playground_visit import MANIFEST, Visit, visit

CONTENT = "naïve;=1+1\r\n".encode()


async def announced(v: Visit, content: bytes = CONTENT) -> dict[str, Any]:
    """What Slack says to whoever wants to send this."""
    await v.do("scopes", optional=True)
    answer = await v.slack.files_getUploadURLExternal(filename="a b.csv", length=len(content))
    return {"id": answer["file_id"], "url": answer["upload_url"]}


async def sent(v: Visit, url: str, data: Any) -> int:
    """The status with which content is taken."""
    async with v.http.post(url, data=data) as response:
        return response.status


def named(file: str) -> str:
    """The argument `files` as the SDK writes it."""
    return json.dumps([{"id": file, "title": "Numbers"}])


@pytest.mark.parametrize("as_form", [False, True])
async def test_a_file_is_read_as_it_was_sent(as_form: bool) -> None:
    """Raw or in a form, the bytes stand behind a message in the conversation, as a download and nothing to be run."""
    async with visit(manifest=MANIFEST) as v:
        file = await announced(v)
        form = aiohttp.FormData()
        form.add_field("file", CONTENT, filename="a b.csv")
        assert await sent(v, file["url"], form if as_form else CONTENT) == 200
        assert (await v.slack.files_completeUploadExternal(files=[{"id": file["id"]}], channel_id="D0ADA"))["ok"]

        (shown,) = (await v.messages("D0ADA"))[-1]["files"]
        async with v.http.get(shown["url_private_download"]) as response:
            assert await response.read() == CONTENT
            assert response.headers["Content-Disposition"] == "attachment; filename*=UTF-8''a%20b.csv"
            assert response.headers["X-Content-Type-Options"] == "nosniff"
        await v.do("reset")
        async with v.http.get(shown["url_private_download"]) as response:
            assert response.status == 404


async def test_each_step_is_taken_once_and_in_order() -> None:
    """Without the scope, too large, sent short, sent twice, finished early or twice, to nobody's place: refused."""
    async with visit(manifest=MANIFEST) as v:
        assert await v.error_of("files.getUploadURLExternal", filename="a", length="1") == "missing_scope"
        file = await announced(v)
        for arguments, error in (
            ({"filename": "", "length": "1"}, "invalid_arguments"),
            ({"filename": "a", "length": "0"}, "invalid_arguments"),
            ({"filename": "a", "length": "x"}, "invalid_arguments"),
            ({"filename": "a", "length": str(FILE_BYTES + 1)}, "file_upload_size_restricted"),
        ):
            assert await v.error_of("files.getUploadURLExternal", **arguments) == error
        method, files = "files.completeUploadExternal", named(file["id"])
        assert await v.error_of(method, files=files, channel_id="D0ADA") == "file_not_found"
        assert await sent(v, file["url"], CONTENT[1:]) == 400
        assert await sent(v, file["url"], CONTENT) == 200
        assert await sent(v, file["url"], CONTENT) == 404
        for wrong in ("{", "[]", "[1]", '[{"id": "x", "title": 1}]'):
            assert await v.error_of(method, files=wrong) == "invalid_arguments"
        assert await v.error_of(method, files=files, channel_id="U0ADA") == "channel_not_found"
        assert await v.error_of(method, files=files, channel_id="C0AITOOLS") == "not_in_channel"
        assert await v.error_of(method, files=files, channel_id="C0OLDIDEAS") == "posting_to_channel_denied"
        assert await v.error_of(method, files=files, channel_id="D0ADA", thread_ts="1.0") == "thread_not_found"
        assert (await v.slack.api_call(method, data={"files": files, "channel_id": "D0ADA"}))["ok"]
        assert await v.error_of(method, files=files, channel_id="D0ADA") == "file_not_found"


def test_the_oldest_files_are_forgotten() -> None:
    """Memory has a bound, whatever is announced."""
    files = Files()
    for i in range(KEPT_BYTES // FILE_BYTES + 1):
        files.announce(File(f"F{i}", "a", FILE_BYTES, f"key{i}"))

    assert files.find("F0") is None
    assert files.find("F1") is not None
