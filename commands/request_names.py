"""By what a request is known when it comes again: a retry of Slack's, or a signed request that somebody replays."""

from typing import Any

# Doing any other event twice changes nothing, and reactions are many.
EVENTS = {"app_mention", "message", "member_joined_channel"}
# The same question is open in a channel once: who asks it a second time is told where it stands. Slack documents no
# retry of a command, and the acknowledgement need not wait for a row.
COMMANDS_DONE_ONCE = {"/compare"}


def leaves_one_trace(body: dict[str, Any]) -> bool:
    """Whether doing this request a second time, in another replica, would change nothing and tell its author alone."""
    return body.get("command") in COMMANDS_DONE_ONCE


def name_of(body: dict[str, Any]) -> str | None:
    """What Slack gives to this request alone; None for one that may be done twice.

    An event is the same at each retry (https://docs.slack.dev/apis/events-api#retries); every command, click and dialog
    has a trigger of its own.
    """
    event = body.get("event")
    if isinstance(event, dict):
        return f"event {body['event_id']}" if body.get("event_id") and event.get("type") in EVENTS else None
    # A typeahead has none, and may be asked any number of times.
    return f"trigger {body['trigger_id']}" if body.get("trigger_id") else None
