"""Once per channel and week: every step that a digest may take, as functions from its row to the row after it.

They know no database and no Slack. Whoever takes a step holds the row's lock and writes what comes back; None says
that the step is not theirs to take, because somebody else has the row, or it has ended.

    pending -> sending, taken -> sending, about to be sent -> posted | pending | failed | uncertain | skipped

A row that was taken but never about to be sent can be taken again without any doubt: nobody sends what is not
composed, and composing asks for the attempt's number. From the moment at which it is about to be sent, nobody knows;
then only an answer, the channel's history or a person can tell. `now` is the database's clock, in Unix seconds.
"""

from collections.abc import Sequence
from dataclasses import replace

from bot.model import DigestRun
from bot.schedule import is_missed

TAKEN_SECONDS = 120  # that whoever has taken a digest has for sweeping its cards before it is taken from them
SEND_WITHIN = 5.0  # seconds from being composed to the first byte, by a clock that nobody sets
QUARANTINE = 15 * 60  # far beyond the ten seconds that a post may take: what has not landed by then never will
AGAIN = 60  # seconds until a look that failed is repeated
TELL_AGAIN = 600


def taken(run: DigestRun, now: int) -> DigestRun | None:
    """Somebody takes what is due, or what was taken and never composed in time."""
    is_free = run.state == "pending" or (run.state == "sending" and run.sending_at is None)
    if not is_free or run.not_before > now:
        return None
    return replace(
        run, state="sending", attempt=run.attempt + 1, sending_at=None, not_before=now + TAKEN_SECONDS, outcome=None
    )


def given_back(run: DigestRun, attempt: int) -> DigestRun | None:
    """Whoever has taken it stops before it was composed."""
    return replace(run, state="pending", not_before=run.due_at) if _is_held(run, attempt) else None


def put_off(run: DigestRun, attempt: int, until: int) -> DigestRun | None:
    """Whoever has taken it cannot compose it now."""
    return replace(run, state="pending", not_before=until) if _is_held(run, attempt) else None


def composed(run: DigestRun, attempt: int, now: int) -> DigestRun | None:
    """It is about to be sent: from now on a message of it may stand in the channel."""
    if not _is_held(run, attempt):
        return None
    return replace(run, sending_at=now, doubt_since=run.doubt_since if run.doubt_since is not None else now)


def left_out(run: DigestRun, attempt: int, why: str) -> DigestRun | None:
    """It is not sent after all: too late, unsubscribed, or nothing to say."""
    return replace(run, state="skipped", outcome=why) if _is_held(run, attempt) else None


def posted(run: DigestRun, attempt: int, ts: str, now: int) -> DigestRun | None:
    """Slack has it. Where an earlier attempt of it was in doubt, the channel is asked for a second one later."""
    if not _awaits_answer(run, attempt):
        return None
    was_in_doubt = run.doubt_since != run.sending_at
    return replace(
        run,
        state="posted",
        message_ts=ts,
        outcome=None,
        look_at=now + QUARANTINE if was_in_doubt else None,
        tell_at=None,
    )


def refused(run: DigestRun, attempt: int, code: str, retry_at: int) -> DigestRun | None:
    """It certainly did not happen: this attempt leaves no doubt behind."""
    if not _awaits_answer(run, attempt):
        return None
    return replace(
        run,
        state="pending",
        outcome=code,
        not_before=retry_at,
        doubt_since=None if run.doubt_since == run.sending_at else run.doubt_since,
        sending_at=None,
        look_at=None,
        tell_at=None,
    )


def failed(run: DigestRun, attempt: int, code: str, now: int, *, tell: bool) -> DigestRun | None:
    """It certainly did not happen, and never will."""
    if not _awaits_answer(run, attempt):
        return None
    return replace(run, state="failed", outcome=code, look_at=None, tell_at=now if tell else None)


def lost(run: DigestRun, attempt: int, code: str, *, can_look: bool) -> DigestRun | None:
    """The answer was lost. Once everything has landed the history tells; where we may not read it, a person does."""
    if not _awaits_answer(run, attempt) or run.state != "sending" or run.sending_at is None:
        return None
    landed_at = run.sending_at + QUARANTINE
    return replace(
        run,
        state="uncertain",
        outcome=code,
        look_at=landed_at if can_look else None,
        tell_at=None if can_look else landed_at,
    )


def abandoned(run: DigestRun, now: int) -> DigestRun | None:
    """Whoever was sending it has not come back."""
    if run.state != "sending" or run.sending_at is None or may_still_land(run, now):
        return None
    return replace(run, state="uncertain", outcome="the app stopped while it was posting", look_at=now)


def looked_for(run: DigestRun, now: int) -> DigestRun | None:
    """Somebody looks for it in the channel's history; should they die, somebody else does."""
    if run.look_at is None or run.look_at > now:
        return None
    return replace(run, look_at=now + AGAIN)


def found(run: DigestRun, attempt: int, stamps: Sequence[str] | None, now: int) -> DigestRun | None:
    """What the history says: messages of it, none, or (None) nothing, because we may not read it."""
    if run.attempt != attempt or run.look_at is None or run.state not in {"uncertain", "posted"}:
        return None
    if stamps:
        # Once more, where another attempt of it may land even later than we believe possible.
        again = now + QUARANTINE if run.state == "uncertain" and run.doubt_since != run.sending_at else None
        return replace(run, state="posted", message_ts=stamps[0], outcome=None, look_at=again, tell_at=None)
    if run.state == "posted":
        return replace(run, look_at=None)
    if stamps is None:
        return replace(run, look_at=None, tell_at=now)
    # It never landed, and no longer will.
    return replace(run, state="pending", not_before=now, look_at=None, tell_at=None)


def to_be_told(run: DigestRun, now: int) -> DigestRun | None:
    """Somebody tells the subscriber; should they die, somebody else does."""
    return replace(run, tell_at=now + TELL_AGAIN) if run.tell_at is not None and run.tell_at <= now else None


def told(run: DigestRun, again_at: int | None = None) -> DigestRun | None:
    """The subscriber knows, or is to be told then, because Slack would not have it now."""
    return replace(run, tell_at=again_at) if run.tell_at is not None else None


def asked_again(run: DigestRun, now: int) -> DigestRun | None:
    """A person has looked, and it is not there. What may still land is not sent again."""
    if run.state != "uncertain" or may_still_land(run, now):
        return None
    return replace(run, state="pending", not_before=now, due_at=now, look_at=None, tell_at=None)


def in_doubt_after_restore(run: DigestRun, now: int) -> DigestRun | None:
    """The database is older than what was posted: this one may have been, after the backup."""
    if run.state not in {"pending", "sending"}:
        return None
    since = run.due_at if run.doubt_since is None else run.doubt_since
    return replace(
        run, state="uncertain", outcome="restored from a backup", sending_at=since, doubt_since=since, look_at=now
    )


def may_still_land(run: DigestRun, now: int) -> bool:
    """Whether a request of it may still be on its way to Slack."""
    return run.sending_at is not None and run.sending_at + QUARANTINE > now


def is_too_late(run: DigestRun, now: int) -> bool:
    """Whether nobody wants it any more."""
    return is_missed(run.due_at, now)


def _is_held(run: DigestRun, attempt: int) -> bool:
    return run.state == "sending" and run.sending_at is None and run.attempt == attempt


def _awaits_answer(run: DigestRun, attempt: int) -> bool:
    """An answer counts for as long as its attempt is the newest, however late it comes: it is the truth."""
    is_open = run.state in {"sending", "uncertain", "pending"}
    return is_open and run.attempt == attempt and run.sending_at is not None
