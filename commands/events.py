"""The last listener: an event that nobody hears is never acknowledged, and Slack would send it again and again."""

import re
from typing import Any

import structlog

from bot import metrics

log = structlog.get_logger(__name__)

ANY = re.compile(r".*")


async def unheard(event: dict[str, Any]) -> None:
    """Acknowledge an event that means nothing to us, and leave its type in the log."""
    metrics.EVENTS_UNHEARD.inc()
    log.info("event not heard", type=str(event.get("type"))[:60])
