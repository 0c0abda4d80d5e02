"""How Slack is called for one workspace: by which client, within which budget, and what its refusals become.

Calls that may be repeated go through a client that retries a lost connection; a post goes through one that never
does, because the SDK's own retry can post twice (the reply was lost, not the post).
"""

import asyncio
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncConnectionErrorRetryHandler, AsyncServerErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot import metrics
from bot.budget import Budget, Budgets
from bot.errors import Permanent, Refused, Uncertain
from bot.slack_answers import granted
from bot.slack_errors import UNINSTALLED, classify

TIMEOUT_SECONDS = 10
UPLOAD_SECONDS = 60
PATIENCE_TO_SPEAK = 3.0  # seconds that a post or an answer may wait for its turn: somebody, or a claim, waits for it
PATIENCE = 60.0  # seconds that anything else may

# Calls a minute and workspace, by Slack's tiers (https://docs.slack.dev/apis/web-api/rate-limits), most a little below:
# a place is left for whoever else uses the app's token. Cards that people look at need all of theirs.
CALLS_A_MINUTE = {
    "chat.update": 50,
    "files.completeUploadExternal": 90,
    "files.getUploadURLExternal": 90,
    "reactions.add": 48,
    "reactions.remove": 18,
    "users.conversations": 18,
    "users.info": 90,
}


class SlackCalls:
    """Calls of one workspace. Every method raises Refused, Permanent or Uncertain, and nothing else."""

    def __init__(
        self,
        token: str,
        api_url: str,
        session: aiohttp.ClientSession,
        refused: Callable[[str], None] = lambda _: None,
    ) -> None:
        """`refused` is told Slack's code when it takes the token no longer."""
        common: dict[str, Any] = {
            "token": token,
            "base_url": api_url,
            "session": session,
            "timeout": TIMEOUT_SECONDS,
        }
        self.client = AsyncWebClient(
            **common,
            retry_handlers=[AsyncConnectionErrorRetryHandler(), AsyncServerErrorRetryHandler()],
        )
        self._once = AsyncWebClient(**common, retry_handlers=[])
        self._session = session
        self._refused = refused
        self.bot_user = ""  # known once Slack has told who we are, and so are the next two
        self.reacted_at = 0.0  # on the monotonic clock: our newest reaction, of which Slack tells us as of anybody's
        self._workspace = ""
        self._enterprise: str | None = None
        self.scopes: frozenset[str] = frozenset()  # as Slack's newest answer names them
        self._budgets, self._budgets_of = Budgets(), ""

    def budget(self, method: str) -> Budget:
        """What may be called of this method, and when."""
        return self._budgets.of(self._budgets_of, method, CALLS_A_MINUTE.get(method))

    def keep_to(self, budgets: Budgets, workspace: str) -> None:
        """Spend from these budgets from now on, as everybody does who speaks for the workspace."""
        self._budgets, self._budgets_of = budgets, workspace

    async def _call(
        self, client: AsyncWebClient, method: str, not_after: float | None = None, /, **arguments: Any
    ) -> AsyncSlackResponse:
        budget = self.budget(method)
        if method != "chat.update":
            patience = PATIENCE_TO_SPEAK if client is self._once else PATIENCE
            # Asked again after each sleep: whoever waited beside us may have taken the place.
            while (wait := await budget.take()) > 0:
                if wait > patience:
                    metrics.SLACK_HELD_BACK.labels(method).inc()
                    raise Refused(method, "ratelimited", wait)
                await asyncio.sleep(wait)
        given = {name: value for name, value in arguments.items() if value is not None}
        if not_after is not None and time.monotonic() > not_after:
            raise Refused(method, "too_late", 0.0)
        try:
            # Slack takes JSON for what writes messages and views; its reading methods want a form.
            if method.startswith(("chat.post", "chat.update", "views.")):
                answer = await client.api_call(method, json=given)
            else:
                answer = await client.api_call(method, data=given)
        except Exception as error:  # noqa: BLE001  classify raises again whatever is not Slack's or the network's
            failure = classify(method, error)
            metrics.called(method, failure)
            if isinstance(failure, Refused):
                await budget.shut(failure.retry_after)
            elif isinstance(failure, Permanent) and failure.code in UNINSTALLED:
                self._refused(failure.code)
            raise failure from (None if isinstance(error, SlackApiError) else error)
        finally:
            budget.landed()
        if not isinstance(answer.data, dict):
            failure = Uncertain(method, "not_json")
            metrics.called(method, failure)
            raise failure
        metrics.called(method)
        self.scopes = granted(answer.headers) or self.scopes
        return answer

    async def _upload(self, url: str, content: bytes) -> None:
        patience = aiohttp.ClientTimeout(total=UPLOAD_SECONDS)
        try:
            async with self._session.post(url, data=content, timeout=patience) as answer:
                status = answer.status
        except (aiohttp.ClientError, TimeoutError) as error:
            failure = classify("files.upload", error)
            metrics.called("files.upload", failure)
            raise failure from None  # the address is a secret of its own
        if status != HTTPStatus.OK:
            refused = Permanent("files.upload", f"http_{status}")
            metrics.called("files.upload", refused)
            raise refused
        metrics.called("files.upload")

    async def _post_to_response_url(self, url: str, body: dict[str, Any]) -> None:
        try:
            async with self._session.post(url, json=body) as answer:
                status = answer.status
        except (aiohttp.ClientError, TimeoutError) as error:
            failure = classify("response_url", error)
            metrics.called("response_url", failure)
            raise failure from None  # the address is a secret of its own
        if status >= 400:
            # Used up, or older than half an hour.
            refused = Permanent("response_url", f"http_{status}")
            metrics.called("response_url", refused)
            raise refused
        metrics.called("response_url")


def answered(answer: AsyncSlackResponse) -> dict[str, Any]:
    """What an answer holds."""
    return answer.data if isinstance(answer.data, dict) else {}
