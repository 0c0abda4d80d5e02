"""A vote with a reason: what somebody says beside their ballot, and who is told.

On a card with reactions the ticks stay the emoji, so that what Slack shows is what is counted; the dialog adds to them.
Where people vote by buttons the dialog is one more press: it sets the whole choice. One public function, one
transaction.
"""

from collections.abc import Collection
from dataclasses import dataclass

from bot import ballots, buttons, counting, scorecards
from bot.errors import UserError
from bot.model import OwnReason, Reason, Reasons, Scorecard, Tool
from db import comparisons as comparison_rows
from db import reasons as rows
from db.comparisons import StoredComparison
from db.connection import Connection

LONGEST = 500  # characters of a reason
MOST = 100  # reasons that a dialog shows
_GONE = "That comparison is gone. Ask the question again."


@dataclass(frozen=True, slots=True)
class Saying:
    """What somebody has sent with the dialog; its ticks mean nothing on a card with reactions."""

    workspace: str
    channel: str
    message_ts: str | None
    person: str
    comparison_id: int
    ticked: Collection[int]  # tools
    none: bool
    used: Collection[int]  # tools
    text: str
    opened_us: int  # when the dialog was opened: its choice is as old as that


@dataclass(frozen=True, slots=True)
class Said:
    """What became of it."""

    is_withdrawn: bool  # neither a reason nor a tool that was used is left
    has_vote: bool  # without one, what is said is kept and shown to nobody
    counted: buttons.Counted | None  # where the dialog has set the choice


def own(connection: Connection, workspace: str, comparison_id: int, channel: str, person: str) -> OwnReason:
    """What this person has chosen and said. Raises UserError when it is gone, closed or another channel's."""
    found = _open(scorecards.stored_comparison(connection, workspace, comparison_id), channel)
    card = scorecards.build(connection, found, scorecards.newest_card(connection, found))
    name = buttons.voter_name(found, person) or ""
    choice = buttons.choice_of(connection, found, name)
    said = rows.of_person(connection, workspace, comparison_id, name)
    return OwnReason(
        card,
        ticked=None if choice is None else _in_order(card, choice),
        used=_in_order(card, said.used if said else 0),
        text=said.text if said else "",
    )


def say(connection: Connection, saying: Saying) -> Said:
    """Keep what somebody says, in the place of what they said before; nothing said is a reason withdrawn.

    Raises UserError when the comparison is gone or another channel's, OutOfDate when it has closed or a tool was
    swapped.
    """
    found = _open(scorecards.locked_comparison(connection, saying.workspace, saying.comparison_id), saying.channel)
    name = buttons.voter_name(found, saying.person) or ""
    counted = None
    if found.by_buttons:
        choice = 0 if saying.none else _bits(found, saying.ticked) or None
        counted = buttons.choose(
            connection, found, saying.person, choice, saying.channel, saying.message_ts, saying.opened_us
        )
    text = " ".join(saying.text.split())[:LONGEST]
    used = _bits(found, saying.used)
    if text or used:
        stored = rows.StoredReason(name, used, text, saying.opened_us // 1_000_000)
        rows.keep(connection, found.workspace, found.id, stored)
    else:
        rows.drop(connection, found.workspace, found.id, name)
    ballots.derive(connection, found, [name])
    has_vote = buttons.choice_of(connection, found, name) is not None
    return Said(is_withdrawn=not (text or used), has_vote=has_vote, counted=counted)


def withdraw(connection: Connection, workspace: str, comparison_id: int, channel: str, person: str) -> None:
    """Forget what somebody has said, open or closed; their vote stays. Raises UserError where there is nothing."""
    found = scorecards.locked_comparison(connection, workspace, comparison_id)
    _own_place(found, channel)
    name = buttons.voter_name(found, person)
    if name is None:
        raise UserError("This round was anonymous, and it has closed: nobody can tell any more which reason is yours.")
    if rows.of_person(connection, workspace, comparison_id, name) is None:
        raise UserError("You have given no reason here.")
    rows.drop(connection, workspace, comparison_id, name)
    if found.closed_at is None:
        ballots.derive(connection, found, [name])


def told(connection: Connection, shown: Scorecard, channel: str) -> Reasons:
    """What teammates say, as far as this channel may read it: a private channel's own is read there alone.

    In hidden and anonymous rounds it is told once they have closed, without names and in an order that tells nothing.
    """
    comparison = shown.comparison
    if comparison.scope not in {"", channel}:
        return Reasons()
    is_secret = comparison.by_buttons
    if is_secret and comparison.is_open:
        return Reasons()
    found = rows.with_ballots(connection, comparison.workspace, comparison.id, MOST + 1, by_text=is_secret)
    total = len(found) if len(found) <= MOST else rows.count(connection, comparison.workspace, comparison.id)
    said = [
        Reason(
            author=None if is_secret else one.person,
            ticked=_in_order(shown, choice),
            used=_in_order(shown, one.used),
            text=one.text,
            is_apart=counting.treatment(choice) == "apart" and not is_secret,
        )
        for one, choice in found[:MOST]
    ]
    return Reasons(tuple(said), total - len(said))


def _open(found: StoredComparison, channel: str) -> StoredComparison:
    _own_place(found, channel)
    if found.closed_at is not None:
        raise buttons.OutOfDate(buttons.CLOSED)
    return found


def _own_place(found: StoredComparison, channel: str) -> None:
    # The ids of a button's value may be forged: a private channel's vote is for those who see its card.
    if found.scope not in {"", channel}:
        raise UserError(_GONE)


def _bits(found: comparison_rows.StoredComparison, tools: Collection[int]) -> int:
    if not set(tools) <= set(found.tool_ids):
        raise buttons.OutOfDate(buttons.SWAPPED)
    return sum(1 << found.tool_ids.index(tool) for tool in set(tools))


def _in_order(card: Scorecard, bits: int) -> tuple[Tool, ...]:
    shown = zip(card.tools, card.card.order, strict=True)
    return tuple(tool for tool, position in shown if bits >> position & 1)
