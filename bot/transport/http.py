"""HTTP mode: Slack, browsers and monitors reach us at one address; uvicorn speaks HTTP, Bolt's own adapter Slack.

Slack's requests pass bot/transport/door.py first. Everything else is a page: a function from a request to an answer.
"""

import asyncio
import contextlib
import socket
import time
from collections.abc import Awaitable, Callable, Generator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, TypeAlias
from urllib.parse import parse_qs

import structlog
import uvicorn
from slack_bolt.adapter.asgi.async_handler import AsyncSlackRequestHandler
from slack_bolt.app.async_app import AsyncApp

from bot.transport import SLACK_PATH
from bot.transport.door import MOST_BYTES, Turned, check_form, check_signature, is_certificate_check, look_at_headers

log = structlog.get_logger(__name__)

BODY_SECONDS = 5.0  # that a body may take to arrive
MOST_AT_ONCE = 500  # of Slack's requests; what is beyond comes again, as Slack promises for events
FINISH_SECONDS = 2  # that answers under way have at the end

Scope: TypeAlias = dict[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[dict[str, Any]]]
Send: TypeAlias = Callable[[dict[str, Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Visit:
    """A GET of a page, by a browser or a monitor."""

    query: Mapping[str, str]
    cookies: Mapping[str, str]
    # Whose: what stands in front of us says it, where FORWARDED_ALLOW_IPS lets it (https://uvicorn.dev/settings/#http).
    address: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a page answers."""

    body: bytes = b""
    status: int = 200
    content_type: str = "text/plain; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)


Page: TypeAlias = Callable[[Visit], Awaitable[Answer]]


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Tell once requests are let in."""
        await super().startup(sockets)
        self.listening.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Leave signals to the command line, which ends everything in its order."""
        yield


class Http:
    """Listens on one port until it is closed."""

    def __init__(self, bolt: AsyncApp, signing_secret: str, pages: Mapping[str, Page]) -> None:
        """`pages` are served by their paths."""
        self._slack = AsyncSlackRequestHandler(bolt, SLACK_PATH)
        self._secret = signing_secret.encode()
        self._pages = pages
        self._under_way = 0
        self._server: _Server | None = None
        self._serving: asyncio.Task[None] | None = None
        self.port = 0

    async def open(self, host: str, port: int) -> None:
        """Listen; port 0 takes any free one. Raises OSError where nothing can listen."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.create_server((host, port), family=family, backlog=2048)
        self.port = int(listener.getsockname()[1])
        config = uvicorn.Config(
            self,
            http="httptools",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,  # addresses of browsers hold one-time codes
            server_header=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=FINISH_SECONDS,
        )
        self._server = _Server(config)
        self._serving = asyncio.create_task(self._server.serve(sockets=[listener]), name="http")
        await self._server.listening.wait()

    @property
    def is_listening(self) -> bool:
        """Whether requests are let in."""
        return self._server is not None and self._server.started and not self._server.should_exit

    async def close(self) -> None:
        """Let no more in, and let answers under way go out."""
        if self._server is not None and self._serving is not None:
            self._server.should_exit = True
            await asyncio.gather(self._serving, return_exceptions=True)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI application."""
        if scope["type"] != "http":
            return
        if scope["path"] == SLACK_PATH and scope["method"] == "POST":
            await self._hear(scope, receive, send)
            return
        page = self._pages.get(scope["path"])
        if page is None:
            answer = Answer(b"Not found", 404)
        elif scope["method"] not in {"GET", "HEAD"}:
            answer = Answer(b"Only GET", 405, headers={"allow": "GET, HEAD"})
        else:
            answer = await _served(page, scope)
        await _send(send, answer, with_body=scope["method"] != "HEAD")

    async def _hear(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._under_way >= MOST_AT_ONCE:
            await _send(send, Answer(b"Too busy", 503))
            return
        self._under_way += 1
        try:
            body = await self._let_in(scope, receive)
        except Turned as turned:
            log.warning("request turned away", reason=turned.reason, status=turned.status)
            # What is not read any more must not be taken for the next request.
            headers = {"connection": "close"} if turned.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE else {}
            await _send(send, Answer(HTTPStatus(turned.status).phrase.encode(), turned.status, headers=headers))
        else:
            await self._slack(scope, _replay(body), send)
        finally:
            self._under_way -= 1

    async def _let_in(self, scope: Scope, receive: Receive) -> bytes:
        """The body of a request that is Slack's beyond doubt. Raises Turned."""
        headers = scope["headers"]
        look_at_headers(headers)
        body = bytearray()
        try:
            async with asyncio.timeout(BODY_SECONDS):
                more = True
                while more:
                    part = await receive()
                    if part["type"] != "http.request":
                        raise Turned(400, "cut_short")
                    body += part.get("body", b"")
                    more = part.get("more_body", False)
                    if len(body) > MOST_BYTES:
                        raise Turned(413, "too_large")
        except TimeoutError:
            raise Turned(400, "too_slow") from None
        whole = bytes(body)
        if is_certificate_check(whole):
            raise Turned(200, "certificate_check")
        check_signature(headers, whole, self._secret, time.time())
        check_form(next((value for name, value in headers if name == b"content-type"), b""), whole)
        return whole


async def _served(page: Page, scope: Scope) -> Answer:
    query = {name: values[0] for name, values in parse_qs(scope["query_string"].decode("latin-1")).items()}
    cookies: dict[str, str] = {}
    for name, value in scope["headers"]:
        if name == b"cookie":
            pairs = (pair.strip().partition("=") for pair in value.decode("latin-1").split(";"))
            cookies |= {key: text for key, _, text in pairs if key}
    try:
        return await page(Visit(query, cookies, (scope.get("client") or ("",))[0]))
    except Exception:
        log.exception("page not served", path=scope["path"])
        return Answer(b"Something went wrong here. Please try again in a minute.", 500)


def _replay(body: bytes) -> Receive:
    """What has been read, for Bolt to read."""

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def _send(send: Send, answer: Answer, *, with_body: bool = True) -> None:
    headers = {"content-type": answer.content_type, "content-length": str(len(answer.body)), **answer.headers}
    await send(
        {
            "type": "http.response.start",
            "status": answer.status,
            "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()],
        }
    )
    await send({"type": "http.response.body", "body": answer.body if with_body else b""})
