"""Socket Mode: Slack reaches us through a WebSocket that we open, and open again whenever it is lost."""

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import Awaitable, Callable

import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot import metrics
from bot.errors import Permanent, SlackFailure
from bot.slack_errors import classify

log = structlog.get_logger(__name__)

# The SDK writes a traceback with the address, a secret, for every connection that fails; we say it in one line.
SDK_LOG = logging.getLogger("verdicts.socket_mode_client")
SDK_LOG.setLevel(logging.CRITICAL)

CONNECT_SECONDS = 5
DEAF_SECONDS = 10.0  # that the SDK has to come back by itself before we open a new connection in its place
LOOK_SECONDS = 2.0
GAP_SECONDS = 30.0  # Slack sends what it could not deliver again after a minute, and gives it up after five
LONGEST_WAIT = 30.0
PING_SECONDS = 5


# What Bolt 1.30 raises while it looks for the person and the channel in something that is no event.
GARBLED = (AttributeError, LookupError, RecursionError, TypeError, ValueError)


class SocketRefused(Exception):
    """Slack does not take the app-level token; the message says what to do."""


class Socket:
    """A Socket Mode connection that is opened again until it holds.

    The SDK reconnects by itself, but with the address it was given last: once Slack refuses that one, it asks in vain
    for ever (`connect()` in slack_sdk 3.47 renews `wss_uri` only before its loop). So we watch, and replace a
    connection that stays silent.
    """

    def __init__(
        self, app: AsyncApp, app_token: str, web_client: AsyncWebClient, after_gap: Callable[[], Awaitable[None]]
    ) -> None:
        """`after_gap` is called when the connection is back after more than half a minute: events may be lost."""
        self._after_gap = after_gap
        self._app = app
        self._app_token = app_token
        self._web_client = web_client
        self._client: SocketModeClient | None = None
        self._watcher: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Connect and keep connected; return once Slack can reach us.

        Raises SocketRefused when the token is no good: no number of tries will change that.
        """
        await self._connect()
        self._watcher = asyncio.create_task(self._watch(), name="socket-watch")

    async def is_connected(self) -> bool:
        """Whether Slack can reach us now."""
        return self._client is not None and await self._client.is_connected()

    async def close(self) -> None:
        """Hear nothing more."""
        if self._watcher is not None:
            self._watcher.cancel()
            await asyncio.gather(self._watcher, return_exceptions=True)
        await self._dispose()

    async def _connect(self) -> None:
        wait = 0.5
        while True:
            try:
                await self._try()
            except Permanent as failure:
                raise SocketRefused(
                    f"Slack refuses SLACK_APP_TOKEN ({failure.code}). Make one with the scope connections:write under "
                    "Basic Information of your app."
                ) from None
            except (SlackFailure, TimeoutError) as failure:
                log.warning("socket not open yet", reason=getattr(failure, "code", "timeout"))
            else:
                return
            await self._dispose()
            await asyncio.sleep(wait * random.uniform(0.5, 1.0))  # noqa: S311  jitter, not a secret
            wait = min(wait * 2, LONGEST_WAIT)

    async def _try(self) -> None:
        try:
            answer = await self._web_client.apps_connections_open(app_token=self._app_token)
        except Exception as error:  # noqa: BLE001  classify raises again whatever is not Slack's or the network's
            raise classify("apps.connections.open", error) from None
        self._client = _Handler(self._app, self._app_token, logger=SDK_LOG, web_client=self._web_client).client
        self._client.ping_interval = PING_SECONDS
        self._client.wss_uri = answer["url"]
        await asyncio.wait_for(self._client.connect(), CONNECT_SECONDS)

    async def _watch(self) -> None:
        heard = time.monotonic()
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if await self.is_connected():
                gap, heard = time.monotonic() - heard, time.monotonic()
                if gap > GAP_SECONDS:
                    metrics.GAPS.inc()
                    log.warning("socket was away", seconds=round(gap))
                    await self._after_gap()
            elif time.monotonic() - heard > DEAF_SECONDS:
                metrics.RECONNECTS.inc()
                log.warning("socket replaced", silent_seconds=round(time.monotonic() - heard))
                await self._dispose()
                try:
                    await self._connect()
                except SocketRefused as refused:
                    # The token may be renewed while we run; whoever watches the log is told.
                    log.error("socket refused", reason=str(refused))  # noqa: TRY400  the sentence is all there is to say
                    await asyncio.sleep(LONGEST_WAIT)

    async def _dispose(self) -> None:
        client, self._client = self._client, None
        if client is None:
            return
        tasks = [client.message_processor, client.message_receiver, client.current_session_monitor]
        with contextlib.suppress(Exception):  # a socket that is broken already is as good as closed
            await client.close()
        running = [task for task in tasks if task is not None]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await client.aiohttp_client_session.close()


class _Handler(AsyncSocketModeHandler):
    """Hands to Bolt what Slack sends, and acknowledges itself what is no event that Bolt could read.

    Unacknowledged it would come again, and an app that leaves too much of it is switched off:
    https://docs.slack.dev/apis/events-api#failure-conditions
    """

    async def handle(self, client: SocketModeClient, req: SocketModeRequest) -> None:  # type: ignore[override]  # as in Bolt
        if req.retry_attempt:
            metrics.EVENTS_REPEATED.inc()
        if req.type == "events_api" and not _is_readable(req.payload):
            metrics.EVENTS_POISONED.inc()
            log.info("event not heard", type=str(req.payload.get("type"))[:60])
            await client.send_socket_mode_response(SocketModeResponse(envelope_id=req.envelope_id))
            return
        try:
            await super().handle(client, req)
        except GARBLED as error:
            metrics.EVENTS_POISONED.inc()
            log.warning("event not understood", envelope=req.type, error=type(error).__name__)
            await client.send_socket_mode_response(SocketModeResponse(envelope_id=req.envelope_id))
        except Exception:
            log.exception("request not answered", envelope=req.type)


def _is_readable(payload: dict[str, object]) -> bool:
    """Whether it is an event with a type, or the one thing that is sent like an event and holds none."""
    event = payload.get("event")
    return payload.get("type") == "app_rate_limited" or (isinstance(event, dict) and isinstance(event.get("type"), str))
