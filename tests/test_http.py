"""HTTP mode's door: what Slack has signed comes in once, everything else is turned away and leaves no trace."""

import asyncio
import contextlib
import gzip
import io
import json
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import aiohttp
import pytest
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult

from bot.transport.door import MOST_BYTES, MOST_DEEP, Turned, check_form, check_signature
from bot.transport.http import Answer, Http, Visit
from playground.http_events import signature

SECRET, CANARY, NOW = "8f742231b10e8888abcd99yyyzzz85a5", "canary-in-a-body", 1_800_000_000
FORM = b"application/x-www-form-urlencoded"


def signed(body: bytes, stamp: str, secret: str = SECRET) -> list[tuple[bytes, bytes]]:
    """The headers that Slack would send."""
    given = signature(secret, stamp, body)
    return [(b"x-slack-request-timestamp", stamp.encode()), (b"x-slack-signature", given.encode())]


@contextmanager
def turned_away(status: int) -> Iterator[None]:
    """What is inside must be turned away with this status, and without a word of its body."""
    with pytest.raises(Turned) as refusal:
        yield
    assert refusal.value.status == status
    assert CANARY not in str(refusal.value)


@pytest.mark.fault("S01")
@pytest.mark.parametrize(
    "headers",
    {
        "none": [],
        "no signature": signed(b"", str(NOW))[:1],
        "no timestamp": signed(b"", str(NOW))[1:],
        "another app's secret": signed(b"", str(NOW), "another"),
        "another body's": signed(b"x", str(NOW)),
        "stale": signed(b"", str(NOW - 301)),
        "from the future": signed(b"", str(NOW + 301)),
        "a timestamp in words": signed(b"", "yesterday"),
        "a timestamp of 5000 digits": signed(b"", "9" * 5_000),
        "a negative timestamp": signed(b"", str(-NOW)),
        "a fraction": signed(b"", f"{NOW}.5"),
        "digits of another script": [(b"x-slack-request-timestamp", "١٨".encode()), signed(b"", "18")[1]],
        "a signature in no ASCII": [signed(b"", str(NOW))[0], (b"x-slack-signature", "v0=é".encode())],
        "a signature of another version": [signed(b"", str(NOW))[0], (b"x-slack-signature", b"v1=" + b"0" * 64)],
        "a signature in capitals": [signed(b"", str(NOW))[0], (b"x-slack-signature", b"V0=" + b"A" * 64)],
        "an empty signature": [signed(b"", str(NOW))[0], (b"x-slack-signature", b"")],
        "two signatures": [*signed(b"", str(NOW)), signed(b"", str(NOW))[1]],
    }.items(),
    ids=lambda case: case[0],
)
def test_what_slack_has_not_signed_is_401(headers: tuple[str, list[tuple[bytes, bytes]]]) -> None:
    """Forged, stale, future or garbled: 401 each time, and never an exception of another kind (L8)."""
    with turned_away(401):
        check_signature(headers[1], b"", SECRET.encode(), NOW)


@pytest.mark.fault("S01")
@pytest.mark.parametrize("age", [-300, 0, 300])
def test_what_slack_has_signed_comes_in(age: int) -> None:
    """Up to five minutes old, by either clock."""
    check_signature(signed(b"body", str(NOW - age)), b"body", SECRET.encode(), NOW)


@pytest.mark.fault("S02")
@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (b"text/plain", b"{}"),
        (b"", b"{}"),
        (b"multipart/form-data; boundary=x", b"--x--"),
        (b"application/json", b""),
        (b"application/json", b"[]"),
        (b"application/json", f'"{CANARY}"'.encode()),
        (b"application/json", b'{"a":'),
        (b"application/json", b'{"type":"a","type":"b"}'),
        (b"application/json", b'{"a":{"b":1,"b":2}}'),
        (b"application/json", b'{"a":NaN}'),
        (b"application/json", b'{"a":"\xff"}'),
        (b"application/json", b'{"a":' + b"[" * (MOST_DEEP + 1) + b"]" * (MOST_DEEP + 1) + b"}"),
        (b"application/json", b'{"a":' * 100_000),
        (FORM, b"command=%2Fcompare&command=%2Fverdict"),
        (FORM, b"payload=%7B%7D&payload=%7B%7D"),
        (FORM, b"payload=%7B%22a%22%3A1%2C%22a%22%3A2%7D"),
        (FORM, b"payload=" + CANARY.encode()),
        (FORM, b"a=%ff"),
        (FORM, "a=é".encode()),
        (FORM, b"&".join(b"a%d=" % i for i in range(51))),
    ],
)
def test_what_can_be_read_in_two_ways_or_none_is_400(kind: bytes, body: bytes) -> None:
    """Wrong types, broken and deep JSON, keys and fields that stand twice."""
    with turned_away(400):
        check_form(kind, body)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (b"application/json", json.dumps({"event": {"text": "[" * 500 + '"' + "{" * 500}}).encode()),
        (b"application/json; charset=utf-8", '{"text":"é"}'.encode()),
        (FORM, b"command=%2Fcompare&text=&user_id=U1"),
        (FORM, b"payload=%7B%22type%22%3A%22block_actions%22%7D"),
    ],
)
def test_what_slack_sends_can_be_read(kind: bytes, body: bytes) -> None:
    """Brackets in a text are no depth; an empty field is a field."""
    check_form(kind, body)


@asynccontextmanager
async def listening() -> AsyncIterator[tuple[Http, list[Any]]]:
    """A server with one listener of Bolt's that notes what it hears, and one page."""
    heard: list[Any] = []

    async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, bot_token="xoxb-1", bot_user_id="U1")

    async def reacted(event: dict[str, Any]) -> None:
        heard.append(event)

    async def page(visit: Visit) -> Answer:
        if "fail" in visit.query:
            raise RuntimeError(visit.query["fail"])
        return Answer(b"alive")

    bolt = AsyncApp(authorize=authorize, process_before_response=True, request_verification_enabled=False)
    bolt.event("reaction_added")(reacted)
    http = Http(bolt, SECRET, {"/livez": page})
    await http.open("127.0.0.1", 0)
    try:
        yield http, heard
    finally:
        await http.close()


def event(**inside: Any) -> bytes:
    """A reaction as Slack sends it."""
    inner = {"type": "reaction_added", "user": "U2", "text": CANARY, **inside}
    return json.dumps({"type": "event_callback", "team_id": "T1", "event": inner}).encode()


async def sent(http: Http, body: bytes, **headers: str) -> int:
    """The status that a signed body is answered with."""
    stamp = str(int(time.time()))
    given = {name.decode(): value.decode() for name, value in signed(body, stamp)}
    given |= {"content-type": "application/json"} | {name.replace("_", "-"): value for name, value in headers.items()}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"http://127.0.0.1:{http.port}/slack/events", data=io.BytesIO(body), headers=given) as answer,
    ):
        said = await answer.text()
        assert "Traceback" not in said
        assert CANARY not in said
        return answer.status


@pytest.mark.fault("S01", "S02")
async def test_hostile_requests_reach_nobody_and_leave_no_trace(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """One event comes in; forgeries, bombs and floods are answered briefly, and the log has a word for each."""
    async with listening() as (http, heard):
        assert await sent(http, event()) == 200
        assert await sent(http, event(), x_slack_signature="v0=" + "0" * 64) == 401
        assert await sent(http, event(), x_slack_request_timestamp="9" * 5_000) == 401
        assert await sent(http, gzip.compress(event() * 1_000), content_encoding="gzip") == 400
        assert await sent(http, event(deep=json.loads("[" * 200 + "]" * 200))) == 400
        assert await sent(http, event(long="x" * MOST_BYTES)) == 413
        assert await chunked(http, 3 * MOST_BYTES) == 413
        assert await sent(http, event()) == 200
        assert await sent(http, b"ssl_check=1&token=x", x_slack_signature="") == 200
        assert len(heard) == 2
    log = "".join(capfd.readouterr()) + caplog.text
    assert log.count("request turned away") == 7
    assert "Traceback" not in log
    assert CANARY not in log


async def chunked(http: Http, size: int) -> int:
    """The status for a body that does not say how long it will be, sent as far as it is taken."""
    reader, writer = await asyncio.open_connection("127.0.0.1", http.port)
    writer.write(b"POST /slack/events HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n")
    part = b"x" * 65_536
    with contextlib.suppress(ConnectionError):  # it has heard enough
        for _ in range(size // len(part)):
            writer.write(b"%x\r\n%b\r\n" % (len(part), part))
            await writer.drain()
    status = await reader.readline()
    writer.close()
    return int(status.split()[1])


async def test_pages_and_nothing_else() -> None:
    """A page answers GET and HEAD; its failure is one sentence; no other path leads anywhere."""
    async with listening() as (http, _), aiohttp.ClientSession() as session:
        base = f"http://127.0.0.1:{http.port}"
        for method, path, status, said in (
            ("GET", "/livez", 200, "alive"),
            ("HEAD", "/livez", 200, ""),
            ("POST", "/livez", 405, "Only GET"),
            ("GET", "/slack/events", 404, "Not found"),
            ("GET", "/livez/", 404, "Not found"),
            ("GET", f"/livez?fail={CANARY}", 500, "Something went wrong here. Please try again in a minute."),
        ):
            async with session.request(method, base + path) as answer:
                assert (answer.status, await answer.text()) == (status, said), path


async def test_a_taken_port_is_an_error_at_the_start() -> None:
    """It is told to whoever opens it, and does not end the process."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        http = Http(AsyncApp(signing_secret="x", token="xoxb-1"), SECRET, {})
        with pytest.raises(OSError):  # noqa: PT011  the system's own words
            await http.open("127.0.0.1", taken.getsockname()[1])
