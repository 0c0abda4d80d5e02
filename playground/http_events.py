"""HTTP mode: signed requests to the app's request URL (docs.slack.dev/authentication/verifying-requests-from-slack)."""

import asyncio
import hashlib
import hmac
import json
from urllib.parse import urlencode

import aiohttp

from playground.clock import Clock
from playground.deliveries import Outcome
from playground.identity import AppIdentity, Payload


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """`v0=` and the hex HMAC-SHA256 of `v0:<timestamp>:<body>`."""
    return "v0=" + hmac.new(secret.encode(), b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256).hexdigest()


class HttpEvents:
    """Delivers to one request URL: events as JSON, commands and interactions as forms."""

    def __init__(self, clock: Clock, app: AppIdentity, request_url: str, *, ack_limit: float) -> None:
        self._clock = clock
        self._app = app
        self.url = request_url
        self._ack_limit = ack_limit
        self._session: aiohttp.ClientSession | None = None

    @property
    def connected(self) -> bool:
        """HTTP has no connection to be missed: always."""
        return True

    async def verify_url(self) -> bool:
        """Whether the request URL answers Slack's challenge."""
        challenge = {"type": "url_verification", "token": self._app.verification_token, "challenge": "a-challenge"}
        outcome = await self.deliver("events_api", challenge, 0, "")
        answer = outcome.body
        return outcome.acknowledged and (
            answer == "a-challenge" or (isinstance(answer, dict) and answer.get("challenge") == "a-challenge")
        )

    async def deliver(self, kind: str, payload: Payload, retry: int, reason: str) -> Outcome:
        """One signed POST; any 2xx within the limit acknowledges."""
        if kind == "events_api":
            body, content_type = json.dumps(payload).encode(), "application/json"
        elif kind == "slash_commands":
            body, content_type = urlencode(payload).encode(), "application/x-www-form-urlencoded"
        else:
            body = urlencode({"payload": json.dumps(payload)}).encode()
            content_type = "application/x-www-form-urlencoded"
        timestamp = str(int(self._clock.now()))
        headers = {
            "Content-Type": content_type,
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": signature(self._app.signing_secret, timestamp, body),
            "User-Agent": "Slackbot 1.0 (playground)",
        }
        if retry:
            headers |= {"X-Slack-Retry-Num": str(retry), "X-Slack-Retry-Reason": reason or "http_error"}
        if self._session is None:
            self._session = aiohttp.ClientSession()
        try:
            async with (
                asyncio.timeout(self._ack_limit),
                self._session.post(self.url, data=body, headers=headers, max_redirects=2) as response,
            ):
                text = await response.text()
        except TimeoutError:
            return Outcome(acknowledged=False, reason="http_timeout")
        except aiohttp.TooManyRedirects:
            return Outcome(acknowledged=False, reason="too_many_redirects")
        except aiohttp.ClientError:
            return Outcome(acknowledged=False, reason="connection_failed")
        if not 200 <= response.status < 300:
            retry_it = response.headers.get("X-Slack-No-Retry") != "1"
            return Outcome(acknowledged=False, reason="http_error", retry=retry_it)
        return Outcome(acknowledged=True, body=_parsed(text))

    async def close(self) -> None:
        """Close the client."""
        if self._session is not None:
            await self._session.close()


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text
