"""Socket Mode: Slack reaches us through a WebSocket that we open."""

import asyncio
import contextlib
import random

import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack import UNINSTALLED, classify

log = structlog.get_logger(__name__)

LONGEST_WAIT = 30.0


class SocketRefused(Exception):
    """Slack does not take the app-level token; the message says what to do."""


class Socket:
    """A Socket Mode connection that is opened again until it holds."""

    def __init__(self, app: AsyncApp, app_token: str, web_client: AsyncWebClient) -> None:
        self._client = AsyncSocketModeHandler(app, app_token, web_client=web_client).client

    async def open(self) -> None:
        """Connect. The SDK opens a lost connection again by itself, but not a first one that failed.

        Raises SocketRefused when the token is no good: no number of tries will change that.
        """
        wait = 0.5
        while True:
            try:
                await self._client.connect()
            except SlackApiError as error:
                failure = classify("apps.connections.open", error)
                if failure.code in UNINSTALLED or failure.code == "not_allowed_token_type":
                    raise SocketRefused(
                        "Slack refuses SLACK_APP_TOKEN. Make one with connections:write under Basic Information."
                    ) from None
                log.warning("socket not open yet", code=failure.code)
            except Exception as error:  # noqa: BLE001  whatever stands in the way now may be gone in a moment
                log.warning("socket not open yet", error=type(error).__name__)
            else:
                return
            await asyncio.sleep(wait * random.uniform(0.5, 1.0))  # noqa: S311  jitter, not a secret
            wait = min(wait * 2, LONGEST_WAIT)

    async def is_connected(self) -> bool:
        """Whether Slack can reach us now."""
        return bool(await self._client.is_connected())

    async def close(self) -> None:
        """Hear nothing more."""
        with contextlib.suppress(Exception):  # a socket that is broken already is as good as closed
            await self._client.close()
