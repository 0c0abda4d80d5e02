"""Slack's own side of an installation: a code from the browser becomes a token, an old token a fresh one.

https://docs.slack.dev/authentication/installing-with-oauth, https://docs.slack.dev/authentication/using-token-rotation
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode

import aiohttp
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import Uncertain
from bot.installations import Fresh
from bot.slack_calls import TIMEOUT_SECONDS
from bot.slack_errors import classify

METHOD = "oauth.v2.access"


class _Part(BaseModel):
    # What is wrong with an answer must not carry its tokens into the log.
    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


class _Named(_Part):
    id: str = Field(pattern=r"^[A-Z0-9]{2,31}$")
    name: str = ""


class _Installer(_Part):
    id: str = Field(pattern=r"^[A-Z0-9]{2,31}$")


class Access(_Part):
    """What Slack answers to a code; times are seconds."""

    app_id: str
    access_token: str = Field(repr=False, pattern=r"^xox[a-z]")
    bot_user_id: str = Field(pattern=r"^[A-Z0-9]{2,31}$")
    scope: str
    authed_user: _Installer
    team: _Named | None = None
    enterprise: _Named | None = None
    is_enterprise_install: bool = False
    refresh_token: str | None = Field(default=None, repr=False)
    expires_in: int | None = Field(default=None, ge=1)

    @property
    def scopes(self) -> frozenset[str]:
        """What was granted."""
        return frozenset(self.scope.split(","))


class _Renewed(_Part):
    access_token: str = Field(repr=False, pattern=r"^xox[a-z]")
    refresh_token: str = Field(repr=False)
    expires_in: int = Field(ge=1)


@dataclass(frozen=True, slots=True)
class SlackOAuth:
    """Slack as the app itself speaks to it, without any workspace's token. Raises as bot/slack_calls.py does."""

    api_url: str
    session: aiohttp.ClientSession
    client_id: str
    client_secret: str = field(repr=False)

    def authorize_url(self, state: str, scopes: frozenset[str], redirect_url: str) -> str:
        """Where somebody allows the app to be installed; it comes back to `redirect_url` with a code and the state."""
        query = {
            "client_id": self.client_id,
            "scope": ",".join(sorted(scopes)),
            "state": state,
            "redirect_uri": redirect_url,
        }
        return f"{self._site}oauth/v2/authorize?{urlencode(query)}"

    def open_url(self, app: str, team: str | None) -> str:
        """Where the app's own place in Slack opens."""
        return f"{self._site}app_redirect?{urlencode({'app': app, **({'team': team} if team else {})})}"

    async def exchange(self, code: str, redirect_url: str) -> tuple[Access, int]:
        """The token for a code, and Slack's time of the answer in Unix seconds. A code is good once."""
        answer, at = await self._call(code=code, redirect_uri=redirect_url)
        return _read(Access, answer), at

    async def renew(self, refresh_token: str) -> Fresh:
        """A fresh token for one that ends soon. The refresh token is good once, too."""
        answer, at = await self._call(grant_type="refresh_token", refresh_token=refresh_token)
        read = _read(_Renewed, answer)
        return Fresh(read.access_token, read.refresh_token, at + read.expires_in)

    @property
    def _site(self) -> str:
        return self.api_url.removesuffix("api/")

    async def _call(self, **arguments: Any) -> tuple[dict[str, Any], int]:
        # No retry handlers: a code or a refresh token that was used up by a lost answer is refused the second time.
        client = AsyncWebClient(base_url=self.api_url, session=self.session, timeout=TIMEOUT_SECONDS, retry_handlers=[])
        # Not the SDK's oauth_v2_access: its way to send the secret is one that aiohttp is about to drop.
        form = {"client_id": self.client_id, "client_secret": self.client_secret, **arguments}
        try:
            answer = await client.api_call(METHOD, data=form)
        except Exception as error:  # noqa: BLE001  classify raises again whatever is not Slack's or the network's
            raise classify(METHOD, error) from (None if isinstance(error, SlackApiError) else error)
        if not isinstance(answer.data, dict):
            raise Uncertain(METHOD, "not_json")
        return answer.data, _answered_at(answer.headers)


def _read(shape: type[Any], answer: dict[str, Any]) -> Any:
    try:
        return shape.model_validate(answer)
    except ValidationError:
        raise Uncertain(METHOD, "not_understood") from None


def _answered_at(headers: Mapping[str, str]) -> int:
    said = next((value for name, value in headers.items() if name.lower() == "date"), "")
    try:
        return int(parsedate_to_datetime(said).timestamp())
    except ValueError:
        return int(time.time())
