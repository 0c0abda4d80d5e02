"""Comparisons from the question to the final result. One public function, one transaction."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from bot import ballots, buttons, catalogue, recounts, scorecards
from bot.errors import NotAllowed, UserError
from bot.matching import key
from bot.model import Scorecard, Secrecy, Tool
from db import cards as card_rows
from db import comparisons as rows
from db import reasons as reason_rows
from db import workspaces as workspace_rows
from db.connection import NEVER, Connection
from db.engine import now

OPEN_FOR = 7 * 86_400
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
    now: int = 0  # of `open`; `open_now` asks the database
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


def question(tool_ids: Iterable[int], use_case: str) -> str:
    """What makes two comparisons the same: the set of tools and the use case, whatever the order or the capitals."""
    return f"{'-'.join(str(tool_id) for tool_id in sorted(tool_ids))}:{key(use_case)[:300]}"


def open(connection: Connection, opening: Opening) -> Outcome:  # noqa: A001  the product's own verb
    """Put the question to the channel: a new comparison, or a card of the one that is open, or what stands in the way.

    Raises UserError for tools that are not in the catalogue any more.
    """
    workspace = opening.workspace
    if len(catalogue.current(connection, workspace, opening.tool_ids)) < len(opening.tool_ids):
        raise UserError("One of these tools is not in the catalogue any more. Ask again by name.")
    asked = question(opening.tool_ids, opening.use_case)
    latest = rows.latest_round(connection, workspace, opening.scope, asked)
    if latest is not None and latest.closed_at is not None and not opening.anew:
        return ClosedBefore(scorecards.build(connection, latest, scorecards.newest_card(connection, latest)))
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
    standing = card_rows.of_comparisons(connection, workspace, [latest.id])
    if (ours := next((card for card in standing if card.key == opening.key), None)) is not None:
        # This very wish was committed, and the answer to that was lost: it is fulfilled once.
        return Opened(scorecards.build(connection, latest, ours))
    if not opening.again and (here := _live_in(standing, opening.channel)) is not None:
        return StillOpen(scorecards.build(connection, latest, here))
    shown = "".join(str(latest.tool_ids.index(tool_id)) for tool_id in opening.tool_ids)
    card = card_rows.insert(
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
    return Opened(scorecards.build(connection, latest, card))


def open_now(connection: Connection, opening: Opening) -> Outcome:
    """`open` at the database's present."""
    return open(connection, replace(opening, now=now(connection)))


def may_start_over(connection: Connection, workspace: str, comparison_id: int, person: str) -> None:
    """Raises NotAllowed for anyone but the starter, UserError when the comparison is gone."""
    found = scorecards.locked_comparison(connection, workspace, comparison_id)
    if person != found.starter:
        raise NotAllowed("start this over", found.starter)


def swappable(connection: Connection, workspace: str, comparison_id: int, person: str) -> Scorecard:
    """The comparison, when this person may swap a wrong tool in it now.

    Raises NotAllowed for anyone but the starter, UserError once somebody else has voted or it has closed.
    """
    found = scorecards.locked_comparison(connection, workspace, comparison_id)
    if person != found.starter:
        raise NotAllowed("swap a tool", found.starter)
    if found.closed_at is not None:
        raise UserError("This comparison is closed. Ask again with the right tools.")
    own_name = buttons.voter_name(found, person) or person
    if ballots.others_voted(connection, workspace, comparison_id, own_name):
        raise UserError("Somebody else has voted already. Close this comparison and ask again with the right tools.")
    return scorecards.build(connection, found, scorecards.newest_card(connection, found))


def swap(connection: Connection, workspace: str, comparison_id: int, person: str, out: int, into: int) -> None:
    """Put one tool in the place of another on every card; a tick that the starter has there now means the new one.

    Raises what `swappable` raises, and UserError when the tools do not fit or the new question is open already.
    """
    found = swappable(connection, workspace, comparison_id, person).comparison
    ids = [tool.id for tool in found.tools]
    if into in ids and out not in ids:
        return  # it is done, and run again
    if out not in ids or into in ids or into not in catalogue.current(connection, workspace, [into]):
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
    reason_rows.forget_tool(connection, workspace, comparison_id, ids.index(out))
    stored = scorecards.stored_comparison(connection, workspace, comparison_id)
    ballots.derive(connection, stored, ballots.stored(connection, workspace, comparison_id))
    ballots.mark_stale(connection, workspace, comparison_id)


def tools_shown(connection: Connection, workspace: str, tool_ids: Sequence[int]) -> list[Tool]:
    """These tools with their takes, in this order; those that are gone are left out."""
    found = catalogue.tools(connection, workspace, tool_ids)
    return [found[tool_id] for tool_id in tool_ids if tool_id in found]


def scorecard(connection: Connection, workspace: str, comparison_id: int) -> Scorecard:
    """What the newest card of a comparison shows now. Raises UserError when there is no such comparison."""
    found = scorecards.stored_comparison(connection, workspace, comparison_id)
    return scorecards.build(connection, found, scorecards.newest_card(connection, found))


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
    return scorecards.build(connection, found, scorecards.newest_card(connection, found)) if found else None


def open_here(connection: Connection, workspace: str, channel: str) -> list[Scorecard]:
    """Comparisons that are open in this channel, the first to close first."""
    found = rows.open_in_channel(connection, workspace, channel)
    return [
        scorecards.build(connection, comparison, _live_here(connection, comparison, channel)) for comparison in found
    ]


def last_here(connection: Connection, workspace: str, channel: str) -> int:
    """The comparison that was last posted in this channel. Raises UserError when there was none."""
    comparison_id = rows.last_in_channel(connection, workspace, channel)
    if comparison_id is None:
        raise UserError("Nothing was compared in this channel yet. Start with this.", "/compare cursor vs zed")
    return comparison_id


def close(connection: Connection, workspace: str, comparison_id: int, person: str, now: int) -> Scorecard:
    """Close a comparison by hand. Raises UserError, or NotAllowed for anyone but its starter before its deadline."""
    before = rows.find(connection, workspace, comparison_id)
    if before is None or (before.closed_at, before.closed_by) != (now, person):  # else it is done, and run again
        found = _closable(connection, workspace, comparison_id, person, now)
        _close(connection, found, now, person)
    return scorecard(connection, workspace, comparison_id)


def _closable(
    connection: Connection, workspace: str, comparison_id: int, person: str, now: int
) -> rows.StoredComparison:
    found = scorecards.locked_comparison(connection, workspace, comparison_id)
    if found.closed_at is not None:
        raise UserError("This comparison is closed already.")
    if person != found.starter and now < found.closes_at:
        raise NotAllowed("close this before its deadline", found.starter, found.closes_at)
    return found


def _close(connection: Connection, found: rows.StoredComparison, now: int, person: str | None) -> None:
    """The key of an anonymous round goes, and with it whatever could lead from a ballot to a click."""
    # What the workspace has wished a moment ago counts, whether or not it was this comparison's turn yet.
    recounts.comparison(connection, found.workspace, found.id, now)
    if not rows.close(connection, found.workspace, found.id, now, person):
        return
    if found.secrecy == "anonymous":
        ballots.forget_clicks(connection, found.workspace, found.id)
    ballots.mark_stale(connection, found.workspace, found.id)


def reopen(connection: Connection, workspace: str, comparison_id: int, person: str, now: int) -> Scorecard:
    """Let votes count again for a week; the votes it has are kept. Raises UserError, or NotAllowed for others."""
    found = scorecards.locked_comparison(connection, workspace, comparison_id)
    if found.closed_at is None and found.closes_at == now + OPEN_FOR and found.starter == person:
        return scorecard(connection, workspace, comparison_id)  # it is done, and run again
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
    # Perhaps the workspace has changed since who counts.
    workspace_rows.recount(connection, workspace, now + recounts.LOOK_FOR)
    # Clicks while it was closed stand under the card, so they count now; and people may have left or come back.
    recounts.everybody(connection, found)
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


def _closes_at(opening: Opening) -> int:
    return NEVER if len(opening.tool_ids) == 1 else opening.closes_at or opening.now + OPEN_FOR


def _live_here(connection: Connection, found: rows.StoredComparison, channel: str) -> card_rows.StoredCard | None:
    return _live_in(card_rows.of_comparisons(connection, found.workspace, [found.id]), channel)


def _live_in(cards: Iterable[card_rows.StoredCard], channel: str) -> card_rows.StoredCard | None:
    return next((card for card in cards if card.channel == channel and card.state in {"live", "new", "answer"}), None)
