"""Comparisons from the question to the final result, and the cards that show them.

One public function, one transaction.
"""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from bot import ballots, buttons, catalogue
from bot.errors import NotAllowed, UserError
from bot.matching import key
from bot.model import Card, Comparison, Scorecard, Secrecy, Tool, ToolStanding
from db import cards as card_rows
from db import comparisons as rows
from db import scores as score_rows
from db import workspaces as workspace_rows
from db.connection import NEVER, Connection
from db.engine import now

OPEN_FOR = 7 * 86_400
CLAIM_SECONDS = 30  # that a replica has to draw a card before another may; a call to Slack takes ten at most
MOST_TO_CLOSE = 100
KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Opening:
    """A wish to put a comparison into a channel."""

    workspace: str
    channel: str
    thread_ts: str | None
    scope: str  # "" for a public channel; else the channel itself
    tool_ids: tuple[int, ...]  # in the order in which they were asked for
    use_case: str
    closes_at: int | None  # None: a week from now; for one tool, never
    person: str
    key: str
    now: int
    secrecy: Secrecy = "open"
    by_buttons: bool = False  # where reactions cannot be heard; a secret round is voted on by buttons anyway
    again: bool = False  # show an open comparison here a second time
    anew: bool = False  # start the next round of a closed one


@dataclass(frozen=True, slots=True)
class Opened:
    """The card is written and waits for its message."""

    scorecard: Scorecard


@dataclass(frozen=True, slots=True)
class StillOpen:
    """The same question is open in this channel already; nothing was written."""

    scorecard: Scorecard


@dataclass(frozen=True, slots=True)
class ClosedBefore:
    """The same question has a result already; nothing was written."""

    scorecard: Scorecard


Outcome: TypeAlias = Opened | StillOpen | ClosedBefore


@dataclass(frozen=True, slots=True)
class Drawing:
    """A card to draw: what it shows now, or, where a newer card has taken its place, a pointer to that one."""

    scorecard: Scorecard
    is_replaced: bool
    newest_link: str | None
    at: int
    used: frozenset[str]  # emoji that people have on it: our own seeds of them are in the way
    seeded: int  # which of our own reactions stand on it, as bits


def question(tool_ids: Iterable[int], use_case: str) -> str:
    """What makes two comparisons the same: the set of tools and the use case, whatever the order or the capitals."""
    return f"{'-'.join(str(tool_id) for tool_id in sorted(tool_ids))}:{key(use_case)[:300]}"


def open(connection: Connection, opening: Opening) -> Outcome:  # noqa: A001  the product's own verb
    """Put the question to the channel: a new comparison, or a card of the one that is open, or what stands in the way.

    Raises UserError for tools that are not in the catalogue any more.
    """
    workspace = opening.workspace
    tools = catalogue.tools(connection, workspace, opening.tool_ids)
    if len(tools) != len(set(opening.tool_ids)):
        raise UserError("One of these tools is not in the catalogue any more. Ask again by name.")
    asked = question(opening.tool_ids, opening.use_case)
    latest = rows.latest_round(connection, workspace, opening.scope, asked)
    if latest is not None and latest.closed_at is not None and not opening.anew:
        return ClosedBefore(_shown(connection, latest, _newest_card(connection, latest)))
    if latest is None or latest.closed_at is not None:
        round_ = latest.round + 1 if latest else 1
        rows.insert_comparison(
            connection,
            workspace,
            scope=opening.scope,
            question=asked,
            round_=round_,
            use_case=opening.use_case,
            starter=opening.person,
            opened_at=opening.now,
            closes_at=_closes_at(opening),
            secrecy=opening.secrecy,
            by_buttons=opening.by_buttons or opening.secrecy != "open",
            ballot_key=secrets.token_hex(KEY_BYTES) if opening.secrecy == "anonymous" else None,
            tool_ids=sorted(opening.tool_ids),
        )
        # Ours, or that of somebody who asked the same at this moment.
        latest = rows.latest_round(connection, workspace, opening.scope, asked)
        if latest is None:
            raise UserError("Somebody has just withdrawn this comparison. Ask once more.")
    if not opening.again and (here := _live_here(connection, latest, opening.channel)) is not None:
        return StillOpen(_shown(connection, latest, here))
    shown = "".join(str(latest.tool_ids.index(tool_id)) for tool_id in opening.tool_ids)
    card_id = card_rows.insert(
        connection,
        workspace,
        key=opening.key,
        comparison_id=latest.id,
        channel=opening.channel,
        thread_ts=opening.thread_ts,
        shown=shown,
        posted_by=opening.person,
        posted_at=opening.now,
    )
    return Opened(_shown(connection, latest, _card_named(connection, workspace, card_id)))


def record_message(
    connection: Connection, workspace: str, card_id: int, message_ts: str, permalink: str | None
) -> None:
    """Note where the card's message stands, count what was clicked before we knew, retire older cards here."""
    card = _card_named(connection, workspace, card_id)
    rows.lock(connection, workspace, card.comparison_id)
    card_rows.record_message(connection, workspace, card_id, message_ts, permalink)
    for other in card_rows.of_comparisons(connection, workspace, [card.comparison_id]):
        if other.id != card_id and other.channel == card.channel and other.state == "live":
            card_rows.set_state(connection, workspace, other.id, "replaced")
    ballots.derive_for_message(connection, workspace, card.comparison_id)


def record_answer(connection: Connection, workspace: str, card_id: int) -> None:
    """Note that a card was put into a conversation without us, as an answer: no message of it is known."""
    card_rows.set_state(connection, workspace, card_id, "answer")


def withdraw(connection: Connection, workspace: str, card_id: int) -> None:
    """Take a card back whose message Slack refused, and with it a comparison that nobody ever saw."""
    card = card_rows.find(connection, workspace, card_id)
    if card is None or card.message_ts is not None:
        return
    card_rows.drop(connection, workspace, card_id)
    if not card_rows.of_comparisons(connection, workspace, [card.comparison_id]):
        rows.drop(connection, workspace, card.comparison_id)


def doubt(connection: Connection, workspace: str, card_id: int) -> None:
    """Note that nobody knows whether the card's message was posted."""
    card_rows.set_state(connection, workspace, card_id, "unsure")


def post_again(connection: Connection, workspace: str, card_id: int, person: str, now: int, new_key: str) -> Scorecard:
    """Write a fresh card in the place of one whose message was never confirmed.

    Raises UserError when it has been posted since, or its comparison has closed.
    """
    card = card_rows.find(connection, workspace, card_id)
    found = rows.lock(connection, workspace, card.comparison_id) if card else None
    if card is None or found is None or card.state not in {"unsure", "new"} or found.closed_at is not None:
        raise UserError("That comparison is posted or closed already; there is nothing left to post.")
    card_rows.drop(connection, workspace, card_id)
    fresh = card_rows.insert(
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
    return _shown(connection, found, _card_named(connection, workspace, fresh))


def show_again(
    connection: Connection, workspace: str, comparison_id: int, channel: str, scope: str, person: str, now: int
) -> Scorecard:
    """Write one more card of a comparison, open or closed, for this channel.

    Raises UserError when it is gone, or belongs to another, private channel.
    """
    found = _named(connection, workspace, comparison_id)
    if found.scope != scope:
        raise UserError("That comparison belongs to another channel. Ask the question here.")
    newest = _newest_card(connection, found)
    shown = newest.shown if newest else "0123"[: len(found.tool_ids)]
    card_id = card_rows.insert(
        connection,
        workspace,
        key=secrets.token_hex(16),
        comparison_id=found.id,
        channel=channel,
        thread_ts=None,
        shown=shown,
        posted_by=person,
        posted_at=now,
    )
    return _shown(connection, found, _card_named(connection, workspace, card_id))


def may_start_over(connection: Connection, workspace: str, comparison_id: int, person: str) -> None:
    """Raises NotAllowed for anyone but the starter, UserError when the comparison is gone."""
    found = _named(connection, workspace, comparison_id)
    if person != found.starter:
        raise NotAllowed("start this over", found.starter)


def swappable(connection: Connection, workspace: str, comparison_id: int, person: str) -> Scorecard:
    """The comparison, when this person may swap a wrong tool in it now.

    Raises NotAllowed for anyone but the starter, UserError once somebody else has voted or it has closed.
    """
    found = _named(connection, workspace, comparison_id)
    if person != found.starter:
        raise NotAllowed("swap a tool", found.starter)
    if found.closed_at is not None:
        raise UserError("This comparison is closed. Ask again with the right tools.")
    own_name = buttons.voter_name(found, person) or person
    if ballots.others_voted(connection, workspace, comparison_id, own_name):
        raise UserError("Somebody else has voted already. Close this comparison and ask again with the right tools.")
    return _shown(connection, found, _newest_card(connection, found))


def swap(connection: Connection, workspace: str, comparison_id: int, person: str, out: int, into: int) -> None:
    """Put one tool in the place of another on every card; a tick that the starter has there now means the new one.

    Raises what `swappable` raises, and UserError when the tools do not fit or the new question is open already.
    """
    found = swappable(connection, workspace, comparison_id, person).comparison
    ids = [tool.id for tool in found.tools]
    if out not in ids or into in ids or into not in catalogue.tools(connection, workspace, [into]):
        raise UserError("That swap does not fit this comparison any more. Open it again from the card.")
    swapped = [into if tool_id == out else tool_id for tool_id in ids]
    asked = question(swapped, found.use_case)
    latest = rows.latest_round(connection, workspace, found.scope, asked)
    if latest is not None and latest.closed_at is None:
        raise UserError("That comparison is open already. Close this one and vote there.")
    rows.swap_tool(
        connection,
        workspace,
        comparison_id,
        position=ids.index(out),
        tool_id=into,
        question=asked,
        round_=latest.round + 1 if latest else 1,
    )
    ballots.mark_stale(connection, workspace, comparison_id)


def tools_shown(connection: Connection, workspace: str, tool_ids: Sequence[int]) -> list[Tool]:
    """These tools with their takes, in this order; those that are gone are left out."""
    found = catalogue.tools(connection, workspace, tool_ids)
    return [found[tool_id] for tool_id in tool_ids if tool_id in found]


def left_unrecorded(connection: Connection, workspace: str, before: int) -> list[Scorecard]:
    """Cards asked for before this time that never got a message: a crash came between, and nobody was told yet."""
    found = []
    for card in card_rows.unrecorded(connection, workspace, before):
        comparison = rows.find(connection, workspace, card.comparison_id)
        if comparison is not None:
            found.append(_shown(connection, comparison, card))
    return found


def scorecard(connection: Connection, workspace: str, comparison_id: int) -> Scorecard:
    """What the newest card of a comparison shows now. Raises UserError when there is no such comparison."""
    found = rows.find(connection, workspace, comparison_id)
    if found is None:
        raise UserError("That comparison is gone. Ask the question again.")
    return _shown(connection, found, _newest_card(connection, found))


def at_message(connection: Connection, workspace: str, channel: str, message_ts: str) -> Scorecard | None:
    """What the card that is this message shows now."""
    card = card_rows.by_message(connection, workspace, channel, message_ts)
    found = rows.find(connection, workspace, card.comparison_id) if card else None
    return _shown(connection, found, card) if card and found else None


def ticked_by(connection: Connection, workspace: str, comparison_id: int, person: str) -> tuple[list[Tool], Scorecard]:
    """The tools that this person has ticked on a comparison, and what its newest card shows."""
    card = scorecard(connection, workspace, comparison_id)
    ballot = ballots.stored_of(connection, workspace, comparison_id, person)
    choice = ballot.choice if ballot else 0
    return [tool for i, tool in enumerate(card.comparison.tools) if choice >> i & 1], card


def latest_result(
    connection: Connection, workspace: str, channel: str, tool_ids: Sequence[int], use_case: str
) -> Scorecard | None:
    """The newest round of a question, open or closed: a private channel's own where it has one, else the public one."""
    # Without a use case any question about these tools is meant.
    asked = question(tool_ids, use_case) if use_case else question(tool_ids, "") + "%"
    own = rows.latest_like(connection, workspace, channel, asked)
    found = own or rows.latest_like(connection, workspace, "", asked)
    return _shown(connection, found, _newest_card(connection, found)) if found else None


def open_here(connection: Connection, workspace: str, channel: str) -> list[Scorecard]:
    """Comparisons that are open in this channel, the first to close first."""
    found = rows.open_in_channel(connection, workspace, channel)
    return [_shown(connection, comparison, _live_here(connection, comparison, channel)) for comparison in found]


def open_everywhere(connection: Connection, workspace: str) -> list[Scorecard]:
    """Every open comparison as its newest card shows it, the first to close first."""
    return [
        _shown(connection, found, _newest_card(connection, found)) for found in rows.still_open(connection, workspace)
    ]


def last_here(connection: Connection, workspace: str, channel: str) -> int:
    """The comparison that was last posted in this channel. Raises UserError when there was none."""
    comparison_id = rows.last_in_channel(connection, workspace, channel)
    if comparison_id is None:
        raise UserError("Nothing was compared in this channel yet. Start with this.", "/compare cursor vs zed")
    return comparison_id


def close(connection: Connection, workspace: str, comparison_id: int, person: str, now: int) -> Scorecard:
    """Close a comparison by hand. Raises UserError, or NotAllowed for anyone but its starter before its deadline."""
    found = _closable(connection, workspace, comparison_id, person, now)
    _close(connection, found, now, person)
    return scorecard(connection, workspace, comparison_id)


def _closable(
    connection: Connection, workspace: str, comparison_id: int, person: str, now: int
) -> rows.StoredComparison:
    found = _named(connection, workspace, comparison_id)
    if found.closed_at is not None:
        raise UserError("This comparison is closed already.")
    if person != found.starter and now < found.closes_at:
        raise NotAllowed("close this before its deadline", found.starter, found.closes_at)
    return found


def _close(connection: Connection, found: rows.StoredComparison, now: int, person: str | None) -> None:
    """The key of an anonymous round goes, and with it whatever could lead from a ballot to a click."""
    if not rows.close(connection, found.workspace, found.id, now, person):
        return
    if found.secrecy == "anonymous":
        ballots.forget_clicks(connection, found.workspace, found.id)
    ballots.mark_stale(connection, found.workspace, found.id)


def reopen(connection: Connection, workspace: str, comparison_id: int, person: str, now: int) -> Scorecard:
    """Let votes count again for a week; the votes it has are kept. Raises UserError, or NotAllowed for others."""
    found = _named(connection, workspace, comparison_id)
    if found.closed_at is None:
        raise UserError("This comparison is still open.")
    if person != found.starter:
        raise NotAllowed("reopen this", found.starter)
    if found.secrecy == "anonymous":
        raise UserError(
            "This round was anonymous. Its key was destroyed when it closed, so a second vote of the same person could "
            "not be told from a first one. Ask the question again for a new round."
        )
    latest = rows.latest_round(connection, workspace, found.scope, found.question)
    if latest is not None and latest.id != found.id:
        raise UserError("A newer round of this comparison exists; vote on that one.")
    rows.reopen(connection, workspace, comparison_id, now + OPEN_FOR)
    # Clicks while it was closed stand under the card, so they count now.
    ballots.derive_for_message(connection, workspace, comparison_id)
    ballots.mark_stale(connection, workspace, comparison_id)
    return scorecard(connection, workspace, comparison_id)


def due_to_close(connection: Connection, workspaces: Sequence[str], now: int) -> list[tuple[str, int, int]]:
    """What is past its deadline, as (workspace, comparison, deadline), the longest first."""
    return rows.past_deadline(connection, workspaces, now, MOST_TO_CLOSE)


def close_by_itself(connection: Connection, workspace: str, comparison_id: int, now: int) -> None:
    """Close a comparison at its deadline; one that is closed already stays as it is."""
    found = rows.lock(connection, workspace, comparison_id)
    if found is not None:
        _close(connection, found, now, None)


def may_close(connection: Connection, workspace: str, comparison_id: int, person: str, now: int) -> None:
    """Raises what `close` would raise, before Slack is asked who voted."""
    _closable(connection, workspace, comparison_id, person, now)


def stale(connection: Connection, workspaces: Sequence[str], most: int) -> list[tuple[str, int]]:
    """Cards that show less than the database knows and that nobody draws now, as (workspace, card)."""
    return card_rows.stale(connection, workspaces, now(connection), most)


def claim_drawing(connection: Connection, workspace: str, card_id: int) -> Drawing | None:
    """Take a stale card to draw, as it is now, and keep other replicas from it; None when they were first."""
    instant = now(connection)
    card = card_rows.claim_stale(connection, workspace, card_id, instant, instant + CLAIM_SECONDS)
    found = rows.find(connection, workspace, card.comparison_id) if card else None
    if card is None or found is None:
        return None
    newest = _newest_card(connection, found)
    return Drawing(
        _shown(connection, found, card),
        is_replaced=card.state == "replaced",
        newest_link=newest.permalink if newest else None,
        at=instant,
        used=ballots.used_emoji(connection, workspace, card.channel, card.message_ts or ""),
        seeded=card.seeded,
    )


def drawn(connection: Connection, workspace: str, card_id: int, rev: int) -> None:
    """Note which revision the message shows now, and let the card be drawn again."""
    if card_rows.drawn(connection, workspace, card_id, rev):
        card_rows.hold_back(connection, workspace, card_id, 0)
    else:
        # Our claim ran out and another replica has drawn the card meanwhile. Nobody knows whose edit stands: once more.
        card_rows.redraw(connection, workspace, card_id)


def hold_back(connection: Connection, workspace: str, card_id: int, seconds: int) -> None:
    """Leave this card alone for so long."""
    card_rows.hold_back(connection, workspace, card_id, now(connection) + seconds if seconds else 0)


def take_over(connection: Connection, workspace: str) -> None:
    """Draw at once what a process before us was drawing when it ended; only where no other replica can be alive."""
    card_rows.let_go(connection, workspace)


def gone(connection: Connection, workspace: str, card_id: int) -> None:
    """Stop drawing a card whose message is out of reach; its ballots stay."""
    card_rows.set_state(connection, workspace, card_id, "gone")


def _closes_at(opening: Opening) -> int:
    return NEVER if len(opening.tool_ids) == 1 else opening.closes_at or opening.now + OPEN_FOR


def _named(connection: Connection, workspace: str, comparison_id: int) -> rows.StoredComparison:
    found = rows.lock(connection, workspace, comparison_id)
    if found is None:
        raise UserError("That comparison is gone. Ask the question again.")
    return found


def _card_named(connection: Connection, workspace: str, card_id: int) -> card_rows.StoredCard:
    card = card_rows.find(connection, workspace, card_id)
    if card is None:
        raise UserError("That card is gone. Ask the question again.")
    return card


def _newest_card(connection: Connection, found: rows.StoredComparison) -> card_rows.StoredCard | None:
    cards = card_rows.of_comparisons(connection, found.workspace, [found.id])
    posted = [card for card in cards if card.message_ts is not None]
    return next(iter(posted or cards), None)


def _live_here(connection: Connection, found: rows.StoredComparison, channel: str) -> card_rows.StoredCard | None:
    cards = card_rows.of_comparisons(connection, found.workspace, [found.id])
    return next((card for card in cards if card.channel == channel and card.state in {"live", "new", "answer"}), None)


def _shown(connection: Connection, found: rows.StoredComparison, card: card_rows.StoredCard | None) -> Scorecard:
    workspace = workspace_rows.find(connection, found.workspace)
    tools = catalogue.tools(connection, found.workspace, found.tool_ids)
    in_stored_order: tuple[Tool, ...] = tuple(tools[tool_id] for tool_id in found.tool_ids)
    order = tuple(int(position) for position in card.shown) if card else tuple(range(len(found.tool_ids)))
    tally = ballots.told_tally(connection, found)
    return Scorecard(
        comparison=Comparison(
            id=found.id,
            workspace=found.workspace,
            scope=found.scope,
            tools=in_stored_order,
            use_case=found.use_case,
            starter=found.starter,
            round=found.round,
            opened_at=found.opened_at,
            closes_at=found.closes_at,
            closed_at=found.closed_at,
            closed_by=found.closed_by,
            secrecy=found.secrecy,
            by_buttons=found.by_buttons,
        ),
        card=_card(card, found, order),
        tools=tuple(in_stored_order[position] for position in order),
        tally=tally.in_order(order),
        tables=workspace is None or not workspace.refuses_tables,
        permalink=card.permalink if card else None,
        standing=_standing(connection, found.workspace, in_stored_order[0]) if len(in_stored_order) == 1 else None,
    )


def _standing(connection: Connection, workspace: str, tool: Tool) -> ToolStanding:
    """Over everyone's newest ballot that includes the tool, wherever it was cast in public."""
    score = score_rows.team_score(connection, workspace, tool.id)
    return ToolStanding(tool, score.ticks, score.people, score.comparisons) if score else ToolStanding(tool, 0, 0)


def _card(card: card_rows.StoredCard | None, found: rows.StoredComparison, order: tuple[int, ...]) -> Card:
    if card is None:
        return Card(0, found.workspace, "", "", None, None, found.id, order, 0, found.starter)
    return Card(
        id=card.id,
        workspace=card.workspace,
        key=card.key,
        channel=card.channel,
        thread_ts=card.thread_ts,
        message_ts=card.message_ts,
        comparison_id=card.comparison_id,
        order=order,
        desired_rev=card.desired_rev,
        posted_by=card.posted_by,
    )
