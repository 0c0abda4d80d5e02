"""What a person reads when something went wrong, and what the log keeps."""

import secrets

import structlog

from bot.errors import NotAllowed, Permanent, Refused, SlackFailure, UserError
from bot.views import notices
from bot.views.actions import UnreadableValue
from bot.views.kit import Message

log = structlog.get_logger(__name__)


def explain(error: Exception, typed: str = "") -> Message:
    """One sentence that says what to do next, with what was typed kept. The log gets a code that the person sees, too.

    The log never gets what the person typed: only classes, codes and, for what nobody foresaw, the traceback.
    """
    match error:
        case NotAllowed():
            return notices.not_allowed(error.deed, error.starter, error.closes_at)
        case UserError():
            return notices.refused(error.sentence, typed, error.corrected)
        case UnreadableValue():
            return notices.refused("This button is from another time. Ask again.", typed)
        case Refused():
            log.warning("slack refused", method=error.method, code=error.code)
            return notices.too_many_requests(round(error.retry_after), typed)
        case Permanent(code="expired_trigger_id" | "trigger_expired" | "trigger_exchanged"):
            return notices.refused("That took longer than Slack allows. Please press or send it once more.", typed)
    code = secrets.token_hex(4)
    if isinstance(error, SlackFailure):
        log.error("slack failed", method=error.method, code=error.code, shown=code)
    else:
        log.error("unexpected", shown=code, exc_info=error)
    return notices.unexpected(code, typed)
