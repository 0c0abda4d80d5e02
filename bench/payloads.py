"""What Slack sends: a vote, a command; made as fast as they are wanted."""

import itertools
import json
import time
from typing import Any

from bench.furniture import BOT, CHANNEL, MESSAGE, PERSON, VOTERS, WORKSPACE, voter

# Ahead of every answer of Slack, which overrules what happened before it was given.
_BEGAN_US = time.time_ns() // 1000 + 3_600_000_000
_TRIGGERS = itertools.count(1)


def reaction(number: int) -> dict[str, Any]:
    """The event of the numbered vote: everybody in turn ticks a tool, takes that back, ticks the other; each counts."""
    turn = number // VOTERS
    moment = _BEGAN_US + number
    return {
        "token": "token",
        "team_id": WORKSPACE,
        "api_app_id": "A0BENCH",
        "type": "event_callback",
        "event_id": f"Ev{number:09}",
        "event_time": moment // 1_000_000,
        "authorizations": [{"enterprise_id": None, "team_id": WORKSPACE, "user_id": BOT, "is_bot": True}],
        "is_ext_shared_channel": False,
        "event": {
            "type": "reaction_removed" if turn % 2 else "reaction_added",
            "user": voter(number),
            "reaction": ("one", "two")[turn // 2 % 2],
            "item_user": BOT,
            "item": {"type": "message", "channel": CHANNEL, "ts": MESSAGE},
            "event_ts": f"{moment // 1_000_000}.{moment % 1_000_000:06}",
        },
    }


def envelope(number: int) -> str:
    """The same vote as Socket Mode sends it."""
    return json.dumps(
        {
            "envelope_id": str(number),
            "type": "events_api",
            "accepts_response_payload": False,
            "retry_attempt": 0,
            "retry_reason": "",
            "payload": reaction(number),
        }
    )


def command(text: str, response_url: str) -> dict[str, Any]:
    """`/compare` and what was typed after it."""
    return {
        "token": "token",
        "team_id": WORKSPACE,
        "team_domain": "bench",
        "channel_id": CHANNEL,
        "channel_name": "general",
        "user_id": PERSON,
        "user_name": "ada",
        "command": "/compare",
        "text": text,
        "api_app_id": "A0BENCH",
        "is_enterprise_install": "false",
        "response_url": response_url,
        "trigger_id": f"{next(_TRIGGERS)}.2.3",  # the same one would be the same request again
    }
