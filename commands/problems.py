"""app.error: what the person reads, what the log keeps."""

import contextlib
import json
from collections.abc import Sequence
from typing import Any

import structlog
from pydantic import ValidationError
from slack_bolt import BoltResponse
from slack_bolt.context.async_context import AsyncBoltContext

from bot import metrics, replays
from bot.clients import Clients
from bot.explain import explain
from commands.replies import deliver, reply_to, workspace_of
from commands.request_names import name_of
from commands.tokens import plain_text
from db.engine import Database

log = structlog.get_logger(__name__)

JSON: dict[str, str | Sequence[str]] = {"content-type": "application/json; charset=utf-8"}


async def explain_to_person(
    error: Exception, body: dict[str, Any], context: AsyncBoltContext, clients: Clients, database: Database
) -> BoltResponse | None:
    """Tell whoever typed or pressed, and acknowledge; an event has nobody to tell, and stays unacknowledged.

    With `process_before_response` Bolt answers 500 after any exception, acknowledged or not, unless this returns a
    response. For a command or a click that would be Slack's own error on top of ours; for an event it is right: what
    was not committed must come again. Only an event that makes no sense must not: it never will.
    """
    if body.get("type") == "event_callback":
        if isinstance(error, ValidationError):
            # A reaction to a file, for instance, has no message.
            metrics.EVENTS_POISONED.inc()
            log.info("event not understood", type=str(body["event"]["type"])[:60], problems=error.error_count())
            return BoltResponse(status=200, body="")
        metrics.EVENTS_FAILED.inc()
        explain(error)
        if name := name_of(body):
            with contextlib.suppress(Exception):  # the database may be what failed, and then nothing was noted
                await database.run(replays.forget, context.team_id or workspace_of(body), name)
        return None
    typed = f"{body['command']} {plain_text(str(body.get('text') or ''))}".strip() if "command" in body else ""
    message = explain(error, typed)
    if body.get("type") == "view_submission" and (field := _first_field(body)):
        # The dialog stays open with everything that was typed.
        answer = {"response_action": "errors", "errors": {field: message.text}}
        return BoltResponse(status=200, body=json.dumps(answer), headers=JSON)
    await deliver(reply_to(body, clients), message)
    return BoltResponse(status=200, body="")


def _first_field(body: dict[str, Any]) -> str | None:
    blocks = (body.get("view") or {}).get("blocks") or []
    return next((str(block["block_id"]) for block in blocks if block.get("type") == "input"), None)
