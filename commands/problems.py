"""app.error: what the person reads, what the log keeps."""

from typing import Any

from bot.clients import Clients
from bot.explain import explain
from commands.replies import deliver, reply_to


async def explain_to_person(error: Exception, body: dict[str, Any], clients: Clients) -> None:
    """Tell whoever typed or pressed; an event has nobody to tell.

    Returns None: a response of its own after an acknowledgement trips an assertion in Bolt.
    """
    typed = f"{body.get('command', '')} {body.get('text', '')}".strip() if "command" in body else ""
    await deliver(reply_to(body, clients), explain(error, typed))
