"""The Web API's frame: tokens, scopes, rate limits, faults, and the answer's form. Methods live in `api_*.py`."""

import asyncio
import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from playground.faults import Fault
from playground.grants import GrantError
from playground.identity import BOT_USER_ID, Payload
from playground.rate_limits import RateLimits
from playground.workspace import Workspace
from playground.world import Channel

HTML_ERROR = "<html><head><title>{status}</title></head><body><h1>{status} Server Error</h1></body></html>"

SECRET_ARGUMENTS = ("client_secret", "code", "refresh_token")


class SlackError(Exception):
    """An answer with `ok: false`; `details` go beside the error code."""

    def __init__(self, code: str, **details: Any) -> None:
        super().__init__(code)
        self.code = code
        self.details = details


@dataclass(slots=True)
class Call:
    """One call of a method: its arguments, read the way Slack reads them from forms and from JSON."""

    space: Workspace
    method: str
    args: Payload

    def text(self, name: str, default: str = "") -> str:
        """An argument as text."""
        value = self.args.get(name, default)
        return default if value is None else str(value)

    def flag(self, name: str, *, default: bool = False) -> bool:
        """An argument as a boolean: `true`, `1`, true."""
        value = self.args.get(name)
        return default if value is None else value in (True, "true", "1", 1)

    def number(self, name: str, default: int, most: int) -> int:
        """An argument as a number from 1. Raises SlackError `invalid_limit`."""
        value = self.args.get(name)
        if value in (None, "", 0, "0"):
            return default
        try:
            number = int(str(value))
        except ValueError:
            raise SlackError("invalid_limit") from None
        if not 1 <= number <= most:
            raise SlackError("invalid_limit")
        return number

    def structure(self, name: str, error: str) -> Any:
        """An argument that is JSON, or already parsed. Raises SlackError `error`; None where it is missing."""
        value = self.args.get(name)
        if value is None or value == "":
            return None
        if isinstance(value, str):
            try:
                return json.loads(value)
            except (ValueError, RecursionError):
                raise SlackError(error) from None
        return value

    def need(self, scope: str) -> None:
        """Raise SlackError `missing_scope` unless the manifest grants the scope."""
        if scope not in self.space.app.scopes:
            raise SlackError("missing_scope", needed=scope, provided=",".join(self.space.app.scopes))

    def room(self, name: str = "channel") -> Channel:
        """The conversation that an argument names, if the bot may know of it. Raises `channel_not_found`."""
        room = self.space.world.channels.get(self.text(name))
        if room is None or not sees(room):
            raise SlackError("channel_not_found")
        return room


def sees(room: Channel) -> bool:
    """Whether the bot may know of a conversation: public ones, and those it is in."""
    return BOT_USER_ID in room.members or not (room.is_private or room.is_im)


@dataclass(frozen=True, slots=True)
class Method:
    """A method: what it does, the scope that it always needs, its tier, and which token opens it."""

    run: Callable[[Call], Payload]
    scope: str | None = None
    tier: int | str = 3
    opened_by: str = "bot"  # its token, the "app" token, or "anyone"


@dataclass(slots=True)
class WebApi:
    """Answers `/api/<method>`."""

    space: Workspace
    methods: Mapping[str, Method]
    limits: RateLimits | None
    _calls: int = field(default=0)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve one call, unless a fault gets in between."""
        name = request.match_info["method"]
        token, args = await arguments(request)
        shown = {given: value for given, value in args.items() if given not in SECRET_ARGUMENTS}
        entry = self.space.log.add("api", method=name, arguments=shown, status=None, answer=None)
        fault = self.space.faults.for_call(name)
        if fault is None:
            status, answer, headers = self._answer(name, token, args)
            entry |= {"status": status, "answer": answer}
            return self._respond(status, answer, headers)
        return await self._misbehave(request, fault, entry, (name, token, args))

    async def _misbehave(
        self, request: web.Request, fault: Fault, entry: Payload, call: tuple[str, str, Payload]
    ) -> web.StreamResponse:
        spec = fault.spec
        entry["fault"] = fault.id
        if spec.get("delay") and spec.get("when", "before") == "before":
            await asyncio.sleep(spec["delay"])
        execute = spec.get("execute_then_drop") or spec.get("execute") or not _answers(spec) or spec.get("cut_json")
        status, answer, headers = self._answer(*call) if execute else (0, {"ok": True}, {})
        entry |= {"status": status, "answer": answer, "executed": bool(execute)}
        if spec.get("delay") and spec.get("when", "before") == "after":
            await asyncio.sleep(spec["delay"])
        if spec.get("drop") or spec.get("execute_then_drop"):
            entry["status"] = 0
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        if spec.get("cut_json"):
            whole = json.dumps(answer).encode()
            return web.Response(body=whole[: len(whole) // 2], content_type="application/json", charset="utf-8")
        if "error" in spec:
            entry |= {"status": 200, "sent": {"ok": False, "error": spec["error"]}}
            return self._respond(200, {"ok": False, "error": str(spec["error"])}, {})
        if "status" in spec:
            return self._fail(int(spec["status"]), spec, entry)
        return self._respond(status, answer, headers)

    def _fail(self, status: int, spec: Payload, entry: Payload) -> web.Response:
        entry["sent"] = status
        entry["status"] = status
        if status == 429:
            wait = spec.get("retry_after", "1")
            headers = {} if wait is None else {"Retry-After": str(wait)}
            return self._respond(429, {"ok": False, "error": "ratelimited"}, headers)
        return web.Response(status=status, text=HTML_ERROR.format(status=status), content_type="text/html")

    def _answer(self, name: str, token: str, args: Payload) -> tuple[int, Payload, dict[str, str]]:
        """Status, body and headers of a call."""
        try:
            method = self.methods.get(name)
            if method is None:
                raise SlackError("unknown_method", req_method=name)
            self._admit(method, token)
            if self.limits and (wait := self.limits.spend(name, method.tier, args)):
                return 429, {"ok": False, "error": "ratelimited"}, {"Retry-After": str(wait)}
            call = Call(self.space, name, args)
            if method.scope is not None:
                call.need(method.scope)
            return 200, {"ok": True, **method.run(call)}, {}
        except SlackError as error:
            return 200, {"ok": False, "error": error.code, **error.details}, {}

    def _admit(self, method: Method, token: str) -> None:
        """Raise SlackError unless the token is the right one."""
        if method.opened_by == "anyone":
            return
        if not token:
            raise SlackError("not_authed")
        try:
            grant = self.space.grants.of(token)
        except GrantError as error:
            raise SlackError(error.code) from None
        if grant is not None and method.opened_by == "bot":
            return
        app = self.space.app
        right, wrong = (app.app_token, app.bot_token) if method.opened_by == "app" else (app.bot_token, app.app_token)
        if token == wrong:
            raise SlackError("not_allowed_token_type")
        if token != right:
            raise SlackError("invalid_auth")
        if not self.space.installed and method.opened_by == "bot":
            raise SlackError("account_inactive")

    def _respond(self, status: int, answer: Payload, headers: dict[str, str]) -> web.Response:
        self._calls += 1
        common = {
            "Date": self.space.clock.http_date(),
            "X-OAuth-Scopes": ",".join(self.space.app.scopes),
            "X-Slack-Req-Id": f"playground-{self._calls}",
        }
        return web.json_response(answer, status=status, headers=common | headers)


def _answers(spec: Payload) -> bool:
    return any(name in spec for name in ("status", "error", "drop"))


async def arguments(request: web.Request) -> tuple[str, Payload]:
    """The token and the arguments, from the query, a form or JSON."""
    args: Payload = dict(request.query)
    if request.content_type == "application/json":
        try:
            body = json.loads(await request.text() or "{}")
        except (ValueError, RecursionError):
            body = {}
        args |= body if isinstance(body, dict) else {}
    elif request.method == "POST":
        args |= {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
    named = str(args.pop("token", "") or "")
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.casefold() == "basic":
        client_id, _, client_secret = base64.b64decode(given).decode().partition(":")
        args |= {"client_id": client_id, "client_secret": client_secret}
    return (given.strip() if scheme.casefold() == "bearer" else "") or named, args
