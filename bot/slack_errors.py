"""Slack's error codes and what they mean to us: refused for now, refused for good, or perhaps done.

Nobody else reads `response["error"]`.
"""

import math
from collections.abc import Mapping

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.errors import Permanent, Refused, SlackFailure, Uncertain

log = structlog.get_logger(__name__)

# It may have happened: https://docs.slack.dev/reference/methods/chat.postMessage lists them as failures "on our end".
UNCERTAIN = {"fatal_error", "internal_error", "service_unavailable", "request_timeout"}
RATE_LIMITED = {"ratelimited", "rate_limited", "message_limit_exceeded"}

# The message or its channel is out of reach for good: nobody should try again.
GONE = {
    "message_not_found",
    "cant_update_message",
    "edit_window_closed",
    "channel_not_found",
    "is_inactive",
    "is_archived",
    "not_in_channel",
    "thread_not_found",
}
# The channel will not have us: whoever subscribed it must do something first.
CHANNEL_LOST = {
    "not_in_channel",
    "channel_not_found",
    "is_archived",
    "no_permission",
    # Only some people may post: https://docs.slack.dev/reference/methods/chat.postMessage#errors
    "restricted_action",
    "restricted_action_non_threadable_channel",
    "restricted_action_read_only_channel",
    "restricted_action_thread_locked",
    "restricted_action_thread_only_channel",
}
# The workspace has thrown us out.
UNINSTALLED = {"token_revoked", "account_inactive", "invalid_auth", "not_authed", "token_expired", "org_login_required"}
# The workspace does not take one of our blocks.
BLOCKS_REFUSED = {"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long"}


def classify(method: str, error: Exception) -> SlackFailure:
    """What an exception of the SDK means: refused, permanent or uncertain."""
    if isinstance(error, SlackApiError) and isinstance(error.response, AsyncSlackResponse):
        response = error.response
        body = response.data if isinstance(response.data, dict) else {}
        code = str(body.get("error") or f"http_{response.status_code}")
        if response.status_code == 429 or code in RATE_LIMITED:
            return Refused(method, "ratelimited", retry_after(response.headers))
        if response.status_code >= 500 or code in UNCERTAIN or not body:
            return Uncertain(method, code)
        if code in BLOCKS_REFUSED:
            # The pointers name our own blocks, not what anybody wrote.
            log.warning("blocks refused", method=method, code=code, details=body.get("response_metadata"))
        return Permanent(method, code)
    if isinstance(error, aiohttp.ClientConnectorError):
        return Refused(method, "not_connected", 5.0)  # no byte was sent
    if isinstance(error, SlackApiError | SlackClientError | aiohttp.ClientError | TimeoutError | ValueError):
        return Uncertain(method, type(error).__name__)
    raise error


def retry_after(headers: Mapping[str, str]) -> float:
    """Seconds that Slack asks us to wait: at least 1, at most an hour, 30 where it says nothing that makes sense."""
    for name, value in headers.items():
        if name.lower() == "retry-after":
            try:
                seconds = float(value)
            except ValueError:
                return 30.0
            return 30.0 if math.isnan(seconds) else min(max(seconds, 1.0), 3600.0)
    return 30.0
