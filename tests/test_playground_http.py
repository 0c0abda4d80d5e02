"""HTTP mode: signed requests to the app's request URL, with Slack's retries."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs

from aiohttp import web
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from playground import Playground, PlaygroundSettings
from tests.playground_visit import button, eventually, visit


@asynccontextmanager
async def request_url(handle: Callable[[web.Request], Any]) -> AsyncIterator[str]:
    """A server on this machine that plays the app."""
    application = web.Application()
    application.router.add_post("/slack/events", handle)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    finally:
        await runner.cleanup()


async def test_every_request_is_signed_and_carries_its_form() -> None:
    """Events are JSON, commands and clicks forms; the signature is over the raw body."""
    seen: list[tuple[str, str]] = []
    secret = Playground(PlaygroundSettings(manifest={})).signing_secret

    async def handle(request: web.Request) -> web.Response:
        body = await request.text()
        assert SignatureVerifier(secret).is_valid_request(body, {k.lower(): v for k, v in request.headers.items()})
        seen.append((request.content_type, body))
        return web.json_response({"challenge": json.loads(body)["challenge"]} if "challenge" in body else {})

    async with request_url(handle) as url, visit(request_url=url) as v:
        assert await v.do("verify-url") == {"ok": True}
        assert await v.do("command", channel="C0GENERAL", user="U0ADA", command="/compare", text="a vs b") == {
            "ok": True,
            "response": None,
        }
        ts = await v.post(blocks=[{"type": "actions", "elements": [button("press")]}])
        assert (await v.do("interact", channel="C0GENERAL", ts=ts, user="U0ADA", action="press"))["ok"]
        vote = {"channel": "C0GENERAL", "ts": ts, "user": "U0ADA", "name": "one", "present": True}
        assert (await v.do("reaction", **vote))["acknowledged"]
    _, command, click, event = seen
    assert command[0] == click[0] == "application/x-www-form-urlencoded"
    assert parse_qs(command[1])["text"] == ["a vs b"]
    assert json.loads(parse_qs(click[1])["payload"][0])["actions"][0]["action_id"] == "press"
    assert event[0] == "application/json"
    assert json.loads(event[1])["event"]["type"] == "reaction_added"


async def test_failed_events_are_retried_by_number_and_reason() -> None:
    """A 500 brings three retries with their headers; x-slack-no-retry ends them."""
    seen: list[tuple[str | None, str | None]] = []
    stop = False

    async def handle(request: web.Request) -> web.Response:
        seen.append((request.headers.get("X-Slack-Retry-Num"), request.headers.get("X-Slack-Retry-Reason")))
        return web.Response(status=500, headers={"X-Slack-No-Retry": "1"} if stop else {})

    async with request_url(handle) as url, visit(request_url=url, time_scale=0.0001) as v:
        ts = await v.post()
        vote = {"channel": "C0GENERAL", "ts": ts, "user": "U0ADA", "present": True}
        await v.do("reaction", **vote, name="one")

        async def four() -> bool:
            return len(await v.log("delivery")) == 4 and len(seen) == 4

        await eventually(four)
        assert seen == [(None, None), ("1", "http_error"), ("2", "http_error"), ("3", "http_error")]
        stop = True
        await v.do("reaction", **vote, name="two")
        assert len(seen) == 5


async def test_bolt_serves_the_request_url() -> None:
    """A whole story over HTTP: a command posts, with the app's own signing secret checked by Bolt."""
    app: AsyncApp | None = None

    async def handle(request: web.Request) -> web.StreamResponse:
        from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request

        assert app is not None
        return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

    async with request_url(handle) as url, visit(request_url=url) as v:
        client = AsyncWebClient(token=v.playground.bot_token, base_url=v.playground.api_url, session=v.http)
        app = AsyncApp(client=client, signing_secret=v.playground.signing_secret, process_before_response=True)

        async def compare(ack: AsyncAck, command: dict[str, Any], client: AsyncWebClient) -> None:
            await ack("on it")
            await client.chat_postMessage(channel=command["channel_id"], text=command["text"])

        app.command("/compare")(compare)
        answer = await v.do("command", channel="C0GENERAL", user="U0ADA", command="/compare", text="a vs b")
        assert answer == {"ok": True, "response": "on it"}
        assert [message["text"] for message in await v.messages()] == ["a vs b"]
        assert [note["text"] for note in (await v.see("person/U0ADA"))["ephemerals"]] == ["on it"]


async def test_nobody_at_the_request_url() -> None:
    """A refused connection is app_not_connected for a person, and a retry for an event."""
    async with visit(request_url="http://127.0.0.1:9/slack/events", time_scale=0.0001) as v:
        typed = {"channel": "C0GENERAL", "user": "U0ADA", "command": "/compare", "text": "x"}
        assert (await v.do("command", **typed))["error"] == "app_not_connected"
        assert (await v.do("verify-url"))["error"] == "url_verification_failed"
        assert await v.do("open-home", user="U0ADA") == {"ok": True, "acknowledged": False}
