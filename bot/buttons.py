"""Votes by buttons: in hidden and anonymous rounds, whose voters Slack's reactions would show, and where we hear none.

A click toggles one tool on the voter's ballot; "None of these" stands alone. The newest click wins: one that is
delivered again, or after a newer one of the same voter, changes nothing.
"""

import hmac
from dataclasses import dataclass

from bot import ballots, counting, scorecards
from bot.errors import UserError
from bot.model import KindOrOut, Scorecard, Tool, Treatment
from db import cards as card_rows
from db import clicks as rows
from db import comparisons as comparison_rows
from db import people as people_rows
from db.comparisons import StoredComparison
from db.connection import Connection

CLOSED = "This vote has closed. The card shows the final result."
SWAPPED = "A tool on this card was swapped a moment ago. Look again, and press once more."


class OutOfDate(UserError):
    """The card that was pressed shows what is not so any more."""


@dataclass(frozen=True, slots=True)
class Click:
    """A press of a vote button on a card."""

    workspace: str
    channel: str
    message_ts: str | None
    person: str
    comparison_id: int
    tool_id: int | None  # None is "None of these"
    at_us: int


@dataclass(frozen=True, slots=True)
class Counted:
    """What is counted for the voter now; None for nothing."""

    choice: int | None
    moved: bool  # the counts are others than before
    is_stranger: bool = False  # Slack has not told us yet who this is
    is_anonymous: bool = False


def vote(connection: Connection, click: Click) -> Counted:
    """Count a click, in one transaction with what it changes.

    Raises OutOfDate when the comparison is closed or has another tool there by now, UserError when it is gone or
    belongs to another channel.
    """
    found = comparison_rows.lock(connection, click.workspace, click.comparison_id)
    # The ids of a button's value may be forged: a private channel's vote is for those who see its card.
    if found is None or not found.by_buttons or found.scope not in {"", click.channel}:
        raise UserError("That vote is gone. Ask the question again.")
    name = voter_name(found, click.person)
    if found.closed_at is not None or name is None:
        raise OutOfDate(CLOSED)
    if click.tool_id is not None and click.tool_id not in found.tool_ids:
        raise OutOfDate(SWAPPED)
    before = rows.of_person(connection, click.workspace, found.id, name)
    if before is not None and click.at_us <= before.at_us:
        return Counted(before.choice, moved=False)
    bit = None if click.tool_id is None else 1 << found.tool_ids.index(click.tool_id)
    choice = toggled(before.choice if before else None, bit)
    return _keep(connection, found, click.person, name, choice, click.channel, click.message_ts, click.at_us)


def choose(
    connection: Connection,
    found: StoredComparison,
    person: str,
    choice: int | None,
    channel: str,
    message_ts: str | None,
    at_us: int,
) -> Counted:
    """Set a voter's whole choice, unless they have pressed a button since; the comparison must be locked and open."""
    name = voter_name(found, person)
    if name is None:
        raise OutOfDate(CLOSED)
    before = rows.of_person(connection, found.workspace, found.id, name)
    if before is not None and at_us <= before.at_us:
        return Counted(before.choice, moved=False)
    return _keep(connection, found, person, name, choice, channel, message_ts, at_us)


def choice_of(connection: Connection, found: StoredComparison, name: str) -> int | None:
    """What a voter of this name has chosen, counted or not; None for nothing."""
    if found.by_buttons:
        chosen = rows.of_person(connection, found.workspace, found.id, name)
        return chosen.choice if chosen else None
    ballot = ballots.stored_of(connection, found.workspace, found.id, name)
    return ballot.choice & counting.CHOICE if ballot else None


def _keep(
    connection: Connection,
    found: StoredComparison,
    person: str,
    name: str,
    choice: int | None,
    channel: str,
    message_ts: str | None,
    at_us: int,
) -> Counted:
    card = card_rows.by_message(connection, found.workspace, channel, message_ts) if message_ts is not None else None
    kind, is_anonymous = _kind(connection, found.workspace, person), found.secrecy == "anonymous"
    if is_anonymous and kind is None:
        before = rows.of_person(connection, found.workspace, found.id, name)
        kind = before.kind if before else None
    # Of an anonymous voter the kind alone is kept, with the click; of everybody else the table of people knows it.
    kept = kind if is_anonymous else None
    rows.keep(connection, found.workspace, found.id, rows.Chosen(name, choice, card.id if card else 0, at_us, kept))
    moved = ballots.derive(connection, found, [name])
    return Counted(choice, moved, is_stranger=kind is None, is_anonymous=is_anonymous)


def _kind(connection: Connection, workspace: str, person: str) -> KindOrOut | None:
    known = people_rows.find(connection, workspace, person)
    if known is None or known.looked_up_at is None:
        return None
    return "out" if known.is_bot or known.is_deactivated else known.kind


def counted_now(
    connection: Connection, workspace: str, comparison_id: int, person: str, counted: Counted
) -> tuple[list[Tool] | None, Treatment, Scorecard]:
    """What a voter has chosen now, what it is counted as, and what the comparison's newest card shows.

    The tools are in the card's order: none for "none of these"; None for no vote. Once the key of an anonymous round is
    destroyed nobody's ballot can be found: then it is what their click has `counted`. Raises UserError when it is gone.
    """
    found = scorecards.stored_comparison(connection, workspace, comparison_id)
    card = scorecards.build(connection, found, scorecards.newest_card(connection, found))
    choice, name = counted.choice, voter_name(found, person)
    treatment: Treatment = "counted"
    if name is not None:
        chosen = rows.of_person(connection, workspace, comparison_id, name)
        ballot = ballots.stored_of(connection, workspace, comparison_id, name)
        choice = chosen.choice if chosen else None
        treatment = counting.treatment(ballot.choice) if ballot else "out"
    if choice is None:
        return None, "counted", card
    shown = zip(card.tools, card.card.order, strict=True)
    return [tool for tool, position in shown if choice >> position & 1], treatment, card


def toggled(choice: int | None, bit: int | None) -> int | None:
    """The choice after a click on a tool's bit, or on "None of these" for None."""
    if bit is None:
        return None if choice == 0 else 0
    return ((choice or 0) ^ bit) or None


def voter_name(found: StoredComparison, person: str) -> str | None:
    """Under which name a person's ballot is kept: their id; in an anonymous round a hash of it under the round's key.

    HMAC-SHA256 in hex, RFC 2104. None once the key is destroyed: then nobody's ballot can be found any more.
    """
    if found.secrecy != "anonymous":
        return person
    if found.ballot_key is None:
        return None
    return hmac.new(bytes.fromhex(found.ballot_key), person.encode(), "sha256").hexdigest()
