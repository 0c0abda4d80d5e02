"""What the log says and what it never says: one line an event, no message texts, no tokens."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from bot import metrics
from bot.config import Settings

# Bot, app, workflow and rotation tokens, socket tickets and answer addresses: each of them is a key to a workspace.
_SECRET = re.compile(
    r"xox[a-z](?:[.-][\w.-]+)+|xapp-[\w-]+|xwfp-[\w-]+|wss?://\S+|https?://\S*/(?:response|commands|actions)/\S+"
)

# These print whole requests, at INFO or at DEBUG.
_TALKATIVE = ("slack_sdk", "aiohttp", "apscheduler", "alembic", "asyncio", "sqlalchemy", "uvicorn")


class _Redacted(logging.Formatter):
    """Formats a record of a library, without its secrets."""

    def __init__(self, inner: logging.Formatter) -> None:
        super().__init__()
        self._inner = inner

    def format(self, record: logging.LogRecord) -> str:
        return redacted(self._inner.format(record))


class _Counted(logging.StreamHandler):  # type: ignore[type-arg]  # generic for type checkers alone
    """Says what the log says, and counts what tells of a problem."""

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno >= logging.WARNING:
            level = "warning" if record.levelno < logging.ERROR else "error"
            metrics.LOGGED.labels(level).inc()
        super().emit(record)


def redacted(text: str) -> str:
    """The text with every token and secret address replaced."""
    return _SECRET.sub("[secret]", text)


def configure(settings: Settings) -> None:
    """Send everything to standard error, ours and the libraries', in one format."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _escape_breaks,
    ]
    last: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            last,
        ],
    )
    handler = _Counted(sys.stderr)
    handler.setFormatter(_Redacted(formatter))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    # Bolt warns of tokens in the environment, which are ours to read; what goes wrong in it is an error.
    logging.getLogger("slack_bolt").setLevel(logging.ERROR)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _escape_breaks(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """One event is one line: a line break or a terminal's escape in a value must not begin another."""
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = "".join(char if char.isprintable() else repr(char)[1:-1] for char in value)
    return event
