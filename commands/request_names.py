"""By what a request is known when it comes again: a retry of Slack's, or a signed request that somebody replays."""

from typing import Any

# Doing these twice changes nothing, and they are many.
HARMLESS = {"reaction_added", "reaction_removed", "block_suggestion", "app_uninstalled", "tokens_revoked"}


def name_of(body: dict[str, Any]) -> str | None:
    """What Slack gives to this request alone; None for one that may be done twice.

    An event is the same at each retry (https://docs.slack.dev/apis/events-api#retries); every command, click and dialog
    has a trigger of its own.
    """
    event = body.get("event")
    if isinstance(event, dict):
        return f"event {body['event_id']}" if body.get("event_id") and event.get("type") not in HARMLESS else None
    trigger = body.get("trigger_id")
    return f"trigger {trigger}" if trigger and body.get("type") not in HARMLESS else None
