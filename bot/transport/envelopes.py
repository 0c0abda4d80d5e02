"""An envelope of Socket Mode and Bolt's answer to it."""

import json
from typing import Any

import structlog
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.response import BoltResponse
from slack_sdk.socket_mode.request import SocketModeRequest

from bot import metrics

log = structlog.get_logger(__name__)

KINDS = {"events_api", "interactive", "slash_commands"}
# What Bolt 1.30 raises while it looks for the person and the channel in something that is no event.
GARBLED = (AttributeError, LookupError, RecursionError, TypeError, ValueError)


class Envelopes:
    """Hands to Bolt what Slack sends, and acknowledges itself what is no event that Bolt could read.

    Unacknowledged it would come again, and an app that leaves too much of it is switched off:
    https://docs.slack.dev/apis/events-api#failure-conditions
    """

    def __init__(self, bolt: AsyncApp) -> None:
        self._bolt = bolt

    async def answer(self, envelope: dict[str, Any]) -> dict[str, Any] | None:
        """The acknowledgement of an envelope; None where there is to be none, and Slack sends an event again."""
        envelope_id, kind, payload = envelope.get("envelope_id"), envelope.get("type"), envelope.get("payload")
        if not isinstance(envelope_id, str):
            return None  # `hello` a second time, for instance: there is nothing to acknowledge
        if envelope.get("retry_attempt"):
            metrics.EVENTS_REPEATED.inc()
        done = {"envelope_id": envelope_id}
        if kind not in KINDS or not isinstance(payload, dict) or (kind == "events_api" and not _is_readable(payload)):
            metrics.EVENTS_POISONED.inc()
            log.info("event not heard", type=str(payload.get("type") if isinstance(payload, dict) else kind)[:60])
            return done
        try:
            request = SocketModeRequest.from_dict(envelope)
            response = await run_async_bolt_app(self._bolt, request) if request else None
        except GARBLED as error:
            metrics.EVENTS_POISONED.inc()
            log.warning("event not understood", envelope=kind, error=type(error).__name__)
            return done
        except Exception:
            log.exception("request not answered", envelope=kind)
            return None
        return None if response is None or response.status != 200 else {**done, **_with_payload(response)}


def _with_payload(response: BoltResponse) -> dict[str, Any]:
    """What goes back with the acknowledgement: the answer to a command, or the errors of a dialog."""
    if not response.body:
        return {}
    if response.headers.get("content-type", [""])[0].startswith("application/json"):
        return {"payload": json.loads(response.body)}
    return {"payload": {"text": response.body}}


def _is_readable(payload: dict[str, Any]) -> bool:
    """Whether it is an event with a type, or the one thing that is sent like an event and holds none."""
    event = payload.get("event")
    return payload.get("type") == "app_rate_limited" or (isinstance(event, dict) and isinstance(event.get("type"), str))
