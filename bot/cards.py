"""A card from its post to its end: where its message stands, what it shows, who draws it.

One public function, one transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bot import ballots, scorecards
from bot.errors import UserError
from bot.model import Scorecard
from db import cards as rows
from db import comparisons as comparison_rows
from db.connection import Connection
from db.engine import now

CLAIM_SECONDS = 30  # that a replica has to draw a card before another may; a call to Slack takes ten at most


@dataclass(frozen=True, slots=True)
class Drawing:
    """A card to draw: what it shows now, or, where a newer card has taken its place, a pointer to that one."""

    scorecard: Scorecard
    is_replaced: bool
    newest_link: str | None
    at: int
    used: frozenset[str]  # emoji that people have on it: our own seeds of them are in the way
    seeded: int  # which of our own reactions stand on it, as bits


def record_message(
    connection: Connection, workspace: str, card_id: int, message_ts: str, permalink: str | None
) -> None:
    """Note where the card's message stands, count what was clicked before we knew, retire older cards here."""
    card = scorecards.stored_card(connection, workspace, card_id)
    found = scorecards.locked_comparison(connection, workspace, card.comparison_id)
    rows.record_message(connection, workspace, card_id, message_ts, permalink)
    for other in rows.of_comparisons(connection, workspace, [card.comparison_id]):
        if other.id != card_id and other.channel == card.channel and other.state == "live":
            rows.set_state(connection, workspace, other.id, "replaced")
    ballots.derive_for_message(connection, found)


def record_answer(connection: Connection, workspace: str, card_id: int) -> None:
    """Note that a card was put into a conversation without us, as an answer: no message of it is known."""
    rows.set_state(connection, workspace, card_id, "answer")


def withdraw(connection: Connection, workspace: str, card_id: int) -> None:
    """Take a card back whose message Slack refused, and with it a comparison that nobody ever saw."""
    card = rows.find(connection, workspace, card_id)
    if card is None or card.message_ts is not None:
        return
    rows.drop(connection, workspace, card_id)
    if not rows.of_comparisons(connection, workspace, [card.comparison_id]):
        comparison_rows.drop(connection, workspace, card.comparison_id)


def doubt(connection: Connection, workspace: str, card_id: int) -> None:
    """Note that nobody knows whether the card's message was posted."""
    rows.set_state(connection, workspace, card_id, "unsure")


def post_again(connection: Connection, workspace: str, card_id: int, person: str, now: int, new_key: str) -> Scorecard:
    """Write a fresh card in the place of one whose message was never confirmed.

    Raises UserError when it has been posted since, or its comparison has closed.
    """
    card = rows.find(connection, workspace, card_id)
    found = comparison_rows.lock(connection, workspace, card.comparison_id) if card else None
    if card is None or found is None or card.state not in {"unsure", "new"} or found.closed_at is not None:
        raise UserError("That comparison is posted or closed already; there is nothing left to post.")
    rows.drop(connection, workspace, card_id)
    fresh = rows.insert(
        connection,
        workspace,
        key=new_key,
        comparison_id=found.id,
        channel=card.channel,
        thread_ts=card.thread_ts,
        shown=card.shown,
        posted_by=person,
        posted_at=now,
    )
    return scorecards.build(connection, found, fresh)


def show_again(
    connection: Connection,
    workspace: str,
    comparison_id: int,
    channel: str,
    scope: str,
    person: str,
    now: int,
    new_key: str,
) -> Scorecard:
    """Write one more card of a comparison, open or closed, for this channel; with the same key it is the same card.

    Raises UserError when it is gone, or belongs to another, private channel.
    """
    found = scorecards.locked_comparison(connection, workspace, comparison_id)
    # A channel that was private when the question was asked there may be public by now: it stays the channel's own.
    if found.scope not in {scope, channel}:
        raise UserError("That comparison belongs to another channel. Ask the question here.")
    if (ours := rows.by_key(connection, workspace, new_key)) is not None:
        return scorecards.build(connection, found, ours)
    newest = scorecards.newest_card(connection, found)
    shown = newest.shown if newest else "0123"[: len(found.tool_ids)]
    card = rows.insert(
        connection,
        workspace,
        key=new_key,
        comparison_id=found.id,
        channel=channel,
        thread_ts=None,
        shown=shown,
        posted_by=person,
        posted_at=now,
    )
    return scorecards.build(connection, found, card)


def interrupted(connection: Connection, workspaces: Sequence[str], before: int) -> list[str]:
    """Those of the workspaces in which a crash has cut off a card before this time."""
    return rows.with_unrecorded(connection, workspaces, before)


def left_unrecorded(connection: Connection, workspace: str, before: int) -> list[Scorecard]:
    """Cards asked for before this time that never got a message: a crash came between, and nobody was told yet."""
    found = []
    for card in rows.unrecorded(connection, workspace, before):
        comparison = comparison_rows.find(connection, workspace, card.comparison_id)
        if comparison is not None:
            found.append(scorecards.build(connection, comparison, card))
    return found


def at_message(connection: Connection, workspace: str, channel: str, message_ts: str) -> Scorecard | None:
    """What the card that is this message shows now."""
    card = rows.by_message(connection, workspace, channel, message_ts)
    found = comparison_rows.find(connection, workspace, card.comparison_id) if card else None
    return scorecards.build(connection, found, card) if card and found else None


def linked(connection: Connection, workspace: str, channel: str, message_ts: str, here: str) -> int:
    """The comparison whose card a link leads to; one of a private place is known only there.

    Raises UserError where the link leads to none.
    """
    found = at_message(connection, workspace, channel, message_ts)
    if found is None or found.comparison.scope not in {"", here}:
        raise UserError("That link leads to no scorecard of mine. Copy it from the card's “More” menu.")
    return found.comparison.id


def stale(connection: Connection, workspaces: Sequence[str], most: int) -> list[tuple[str, int]]:
    """Cards that show less than the database knows and that nobody draws now, as (workspace, card)."""
    return rows.stale(connection, workspaces, now(connection), most)


def claim_drawing(connection: Connection, workspace: str, card_id: int) -> Drawing | None:
    """Take a stale card to draw, as it is now, and keep other replicas from it; None when they were first."""
    instant = now(connection)
    card = rows.claim_stale(connection, workspace, card_id, instant, instant + CLAIM_SECONDS)
    found = comparison_rows.find(connection, workspace, card.comparison_id) if card else None
    if card is None or found is None:
        return None
    newest = scorecards.newest_card(connection, found)
    return Drawing(
        scorecards.build(connection, found, card),
        is_replaced=card.state == "replaced",
        newest_link=newest.permalink if newest else None,
        at=instant,
        used=ballots.used_emoji(connection, workspace, card.channel, card.message_ts or ""),
        seeded=card.seeded,
    )


def drawn(connection: Connection, workspace: str, card_id: int, rev: int) -> None:
    """Note which revision the message shows now, and let the card be drawn again, after those that have waited longer.

    Where a workspace has more busy cards than Slack takes edits, each is drawn in its turn.
    """
    if rows.drawn(connection, workspace, card_id, rev):
        rows.hold_back(connection, workspace, card_id, now(connection))
    else:
        # Our claim ran out and another replica has drawn the card meanwhile. Nobody knows whose edit stands: once more.
        rows.redraw(connection, workspace, card_id)


def hold_back(connection: Connection, workspace: str, card_id: int, seconds: int) -> None:
    """Leave this card alone for so long."""
    rows.hold_back(connection, workspace, card_id, now(connection) + seconds if seconds else 0)


def take_over(connection: Connection, workspace: str) -> None:
    """Draw at once what a process before us was drawing when it ended; only where no other replica can be alive."""
    rows.let_go(connection, workspace)


def gone(connection: Connection, workspace: str, card_id: int) -> None:
    """Stop drawing a card whose message is out of reach; its ballots stay."""
    rows.set_state(connection, workspace, card_id, "gone")
