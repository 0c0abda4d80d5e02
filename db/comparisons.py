"""Comparisons and the cards that show them: queries only; bot.comparisons decides."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, and_, bindparam, delete, func, insert, or_, select, text, update
from sqlalchemy.sql.selectable import Select

from db.models import NEVER, ballot, card, comparison, comparison_tool


@dataclass(frozen=True, slots=True)
class StoredComparison:
    """A comparison with its tools in stored order."""

    id: int
    workspace: str
    scope: str
    question: str
    round: int
    use_case: str
    starter: str
    opened_at: int
    closes_at: int
    closed_at: int | None
    closed_by: str | None
    secrecy: Literal["open", "hidden", "anonymous"]
    by_buttons: bool
    ballot_key: str | None = field(repr=False)  # never into a log
    tool_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class StoredCard:
    """One message that shows a comparison, or is about to."""

    id: int
    workspace: str
    key: str
    comparison_id: int
    channel: str
    thread_ts: str | None
    message_ts: str | None
    shown: str
    posted_by: str
    posted_at: int
    state: str
    desired_rev: int
    permalink: str | None
    seeded: int


_COLUMNS: tuple[ColumnElement[Any], ...] = (
    comparison.c.id,
    comparison.c.workspace,
    comparison.c.scope,
    comparison.c.question,
    comparison.c.round,
    comparison.c.use_case,
    comparison.c.starter,
    comparison.c.opened_at,
    comparison.c.closes_at,
    comparison.c.closed_at,
    comparison.c.closed_by,
    comparison.c.secrecy,
    comparison.c.by_buttons,
    comparison.c.ballot_key,
)
_COMPARISONS = select(*_COLUMNS).where(comparison.c.workspace == bindparam("workspace"))
_FIND = _COMPARISONS.where(comparison.c.id == bindparam("comparison_id"))
_LOCK = _FIND.with_for_update()
_LATEST = (
    _COMPARISONS.where(comparison.c.scope == bindparam("scope"), comparison.c.question == bindparam("question"))
    .order_by(comparison.c.round.desc())
    .limit(1)
)
_LATEST_LIKE = (
    _COMPARISONS.where(comparison.c.scope == bindparam("scope"), comparison.c.question.like(bindparam("question")))
    .order_by(comparison.c.opened_at.desc(), comparison.c.id.desc())
    .limit(1)
)
_TOOLS = (
    select(comparison_tool.c.comparison_id, comparison_tool.c.tool_id)
    .where(
        comparison_tool.c.workspace == bindparam("workspace"),
        comparison_tool.c.comparison_id.in_(bindparam("ids", expanding=True)),
    )
    .order_by(comparison_tool.c.comparison_id, comparison_tool.c.position)
)
# A question about one tool never closes, and is in no list of comparisons.
_HAS_DEADLINE = comparison.c.closes_at < NEVER
_IN_CHANNEL = _COMPARISONS.where(
    comparison.c.closed_at.is_(None),
    _HAS_DEADLINE,
    comparison.c.id.in_(
        select(card.c.comparison_id).where(
            card.c.workspace == bindparam("workspace"),
            card.c.channel == bindparam("channel"),
            card.c.state.in_(("live", "answer")),
        )
    ),
).order_by(comparison.c.closes_at)
_LAST_IN_CHANNEL = (
    select(card.c.comparison_id)
    .join_from(
        card,
        comparison,
        and_(comparison.c.workspace == card.c.workspace, comparison.c.id == card.c.comparison_id),
    )
    .where(
        card.c.workspace == bindparam("workspace"),
        card.c.channel == bindparam("channel"),
        or_(card.c.message_ts.is_not(None), card.c.state == "answer"),
        _HAS_DEADLINE,
    )
    .order_by(card.c.id.desc())
    .limit(1)
)
_CLOSED_BETWEEN = _COMPARISONS.where(
    comparison.c.closed_at > bindparam("since"), comparison.c.closed_at <= bindparam("until"), _HAS_DEADLINE
).order_by(comparison.c.closed_at)
_OPEN = _COMPARISONS.where(comparison.c.closed_at.is_(None), _HAS_DEADLINE).order_by(comparison.c.closes_at)
_PAST_DEADLINE = (
    select(comparison.c.workspace, comparison.c.id, comparison.c.closes_at)
    .where(
        comparison.c.workspace.in_(bindparam("workspaces", expanding=True)),
        comparison.c.closed_at.is_(None),
        comparison.c.closes_at <= bindparam("now"),
    )
    .order_by(comparison.c.closes_at)
    .limit(bindparam("most"))
)
# Two people who ask the same thing at once: one row wins, by uq_comparison_open and the round's own key.
_OPEN_ROUND = text(
    """
    INSERT INTO comparison (workspace, scope, question, round, use_case, starter, opened_at, closes_at,
                            secrecy, by_buttons, ballot_key)
    VALUES (:workspace, :scope, :question, :round, :use_case, :starter, :opened_at, :closes_at,
            :secrecy, :by_buttons, :ballot_key)
    ON CONFLICT DO NOTHING RETURNING id
    """
)
_CLOSE = (
    update(comparison)
    .where(
        comparison.c.workspace == bindparam("of_workspace"),
        comparison.c.id == bindparam("of_comparison"),
        comparison.c.closed_at.is_(None),
    )
    .values(closed_at=bindparam("at"), closed_by=bindparam("who"), ballot_key=None)
)
_REOPEN = (
    update(comparison)
    .where(comparison.c.workspace == bindparam("of_workspace"), comparison.c.id == bindparam("of_comparison"))
    .values(closed_at=None, closed_by=None, closes_at=bindparam("until"))
)
_SWAP = (
    update(comparison_tool)
    .where(
        comparison_tool.c.workspace == bindparam("of_workspace"),
        comparison_tool.c.comparison_id == bindparam("of_comparison"),
        comparison_tool.c.position == bindparam("at"),
    )
    .values(tool_id=bindparam("to"))
)
_ASK_ANOTHER = (
    update(comparison)
    .where(comparison.c.workspace == bindparam("of_workspace"), comparison.c.id == bindparam("of_comparison"))
    .values(question=bindparam("asked"), round=bindparam("in_round"))
)
_DROP = delete(comparison).where(
    comparison.c.workspace == bindparam("workspace"), comparison.c.id == bindparam("comparison_id")
)
_VOTERS = (
    select(ballot.c.comparison_id, func.count())
    .where(
        ballot.c.workspace == bindparam("workspace"),
        ballot.c.comparison_id.in_(bindparam("ids", expanding=True)),
    )
    .group_by(ballot.c.comparison_id)
)

_CARD_COLUMNS: tuple[ColumnElement[Any], ...] = (
    card.c.id,
    card.c.workspace,
    card.c.key,
    card.c.comparison_id,
    card.c.channel,
    card.c.thread_ts,
    card.c.message_ts,
    card.c.shown,
    card.c.posted_by,
    card.c.posted_at,
    card.c.state,
    card.c.desired_rev,
    card.c.permalink,
    card.c.seeded,
)
_CARDS = select(*_CARD_COLUMNS).where(card.c.workspace == bindparam("workspace"))
_CARD = _CARDS.where(card.c.id == bindparam("card_id"))
_CARD_BY_MESSAGE = _CARDS.where(card.c.channel == bindparam("channel"), card.c.message_ts == bindparam("message_ts"))
_CARDS_OF = _CARDS.where(card.c.comparison_id.in_(bindparam("ids", expanding=True))).order_by(card.c.id.desc())
_UNRECORDED = _CARDS.where(card.c.state == "new", card.c.posted_at <= bindparam("before")).order_by(card.c.id)
_RECORD = (
    update(card)
    .where(card.c.workspace == bindparam("of_workspace"), card.c.id == bindparam("of_card"))
    .values(
        message_ts=bindparam("ts"), permalink=bindparam("link"), state="live", sent_rev=1, swept_at=card.c.posted_at
    )
)
_SET_STATE = (
    update(card)
    .where(card.c.workspace == bindparam("of_workspace"), card.c.id == bindparam("of_card"))
    .values(state=bindparam("to"), desired_rev=card.c.desired_rev + 1)
)
_DROP_CARD = delete(card).where(card.c.workspace == bindparam("workspace"), card.c.id == bindparam("card_id"))

_IS_STALE = and_(card.c.state.in_(("live", "replaced")), card.c.sent_rev < card.c.desired_rev)
_STALE = (
    select(card.c.workspace, card.c.id)
    .where(
        card.c.workspace.in_(bindparam("workspaces", expanding=True)),
        _IS_STALE,
        card.c.not_before <= bindparam("now"),
    )
    .order_by(card.c.not_before, card.c.id)
    .limit(bindparam("most"))
)
_CLAIM = _CARD.where(_IS_STALE, card.c.not_before <= bindparam("now")).with_for_update(skip_locked=True)
_HOLD_BACK = (
    update(card)
    .where(card.c.workspace == bindparam("of_workspace"), card.c.id == bindparam("of_card"))
    .values(not_before=bindparam("until"))
)
_LET_GO = update(card).where(card.c.workspace == bindparam("of_workspace"), card.c.not_before > 0).values(not_before=0)
# Where people vote by buttons, reactions mean nothing, and Slack is not asked about them.
_SWEPT_CARD = and_(
    card.c.state == "live",
    card.c.comparison_id.in_(
        select(comparison.c.id).where(
            comparison.c.workspace == card.c.workspace,
            comparison.c.closed_at.is_(None),
            comparison.c.by_buttons.is_(False),
        )
    ),
)
_TO_SWEEP = (
    _CARDS.where(
        _SWEPT_CARD,
        or_(
            card.c.sweep_wanted,
            and_(card.c.swept_at <= bindparam("stale_since"), card.c.posted_at > bindparam("posted_since")),
        ),
    )
    .order_by(card.c.sweep_wanted.desc(), card.c.posted_at.desc(), card.c.id.desc())
    .limit(bindparam("most"))
)
_OPEN_UNSWEPT = (
    _CARDS.where(
        _SWEPT_CARD,
        card.c.swept_at <= bindparam("swept_before"),
        card.c.comparison_id.in_(
            select(comparison.c.id).where(
                comparison.c.workspace == bindparam("workspace"),
                comparison.c.scope.in_(("", bindparam("channel"))),
            )
        ),
    )
    .order_by(card.c.posted_at.desc())
    .limit(bindparam("most"))
)
_WANT_SWEEP = (
    update(card)
    .where(
        card.c.workspace.in_(bindparam("workspaces", expanding=True)),
        _SWEPT_CARD,
        card.c.posted_at > bindparam("posted_since"),
    )
    .values(sweep_wanted=True)
)
_SWEPT = (
    update(card)
    .where(card.c.workspace == bindparam("of_workspace"), card.c.id == bindparam("of_card"))
    .values(sweep_wanted=bindparam("again"), swept_at=bindparam("at"))
)
_REDRAW = (
    update(card)
    .where(
        card.c.workspace == bindparam("of_workspace"),
        card.c.id == bindparam("of_card"),
        card.c.state == "live",
    )
    .values(desired_rev=card.c.desired_rev + 1)
)
_REDRAW_OPEN = (
    update(card)
    .where(
        card.c.workspace == bindparam("of_workspace"),
        card.c.state == "live",
        card.c.comparison_id.in_(
            select(comparison.c.id)
            .join_from(
                comparison,
                comparison_tool,
                and_(
                    comparison_tool.c.workspace == comparison.c.workspace,
                    comparison_tool.c.comparison_id == comparison.c.id,
                ),
            )
            .where(
                comparison.c.workspace == bindparam("of_workspace"),
                comparison.c.closed_at.is_(None),
                comparison_tool.c.tool_id == bindparam("of_tool"),
            )
        ),
    )
    .values(desired_rev=card.c.desired_rev + 1)
)
_SEEDED = (
    update(card)
    .where(card.c.workspace == bindparam("of_workspace"), card.c.id == bindparam("of_card"))
    .values(seeded=bindparam("bits"))
)
_DRAWN = (
    update(card)
    .where(
        card.c.workspace == bindparam("of_workspace"),
        card.c.id == bindparam("of_card"),
        card.c.sent_rev < bindparam("rev"),
    )
    .values(sent_rev=bindparam("rev"))
)


def find(connection: Connection, workspace: str, comparison_id: int) -> StoredComparison | None:
    """One comparison of the workspace."""
    return _one(connection, workspace, _FIND, {"comparison_id": comparison_id})


def lock(connection: Connection, workspace: str, comparison_id: int) -> StoredComparison | None:
    """One comparison, kept from other transactions until this one ends."""
    return _one(connection, workspace, _LOCK, {"comparison_id": comparison_id})


def latest_round(connection: Connection, workspace: str, scope: str, question: str) -> StoredComparison | None:
    """The newest round of a question, open or closed."""
    return _one(connection, workspace, _LATEST, {"scope": scope, "question": question})


def latest_like(connection: Connection, workspace: str, scope: str, question: str) -> StoredComparison | None:
    """The newest comparison whose question fits a pattern of LIKE."""
    return _one(connection, workspace, _LATEST_LIKE, {"scope": scope, "question": question})


def open_in_channel(connection: Connection, workspace: str, channel: str) -> list[StoredComparison]:
    """Open comparisons with a living card in this channel, the first to close first."""
    return _many(connection, workspace, _IN_CHANNEL, {"channel": channel})


def last_in_channel(connection: Connection, workspace: str, channel: str) -> int | None:
    """The comparison of the newest card in this channel."""
    return connection.execute(_LAST_IN_CHANNEL, {"workspace": workspace, "channel": channel}).scalar()


def closed_between(connection: Connection, workspace: str, since: int, until: int) -> list[StoredComparison]:
    """Comparisons that closed after `since`, up to `until`, oldest first."""
    return _many(connection, workspace, _CLOSED_BETWEEN, {"since": since, "until": until})


def still_open(connection: Connection, workspace: str) -> list[StoredComparison]:
    """Every open comparison of the workspace, the first to close first."""
    return _many(connection, workspace, _OPEN, {})


def past_deadline(connection: Connection, workspaces: Iterable[str], now: int, most: int) -> list[tuple[str, int, int]]:
    """Open comparisons whose time is up, as (workspace, id, deadline)."""
    rows = connection.execute(_PAST_DEADLINE, {"workspaces": list(workspaces), "now": now, "most": most})
    return [(row.workspace, row.id, row.closes_at) for row in rows]


def insert_comparison(
    connection: Connection,
    workspace: str,
    *,
    scope: str,
    question: str,
    round_: int,
    use_case: str,
    starter: str,
    opened_at: int,
    closes_at: int,
    secrecy: str,
    by_buttons: bool,
    ballot_key: str | None,
    tool_ids: Sequence[int],
) -> int | None:
    """Write a new round and return its id; None when the question has an open round, perhaps since this moment."""
    comparison_id = connection.execute(
        _OPEN_ROUND,
        {
            "workspace": workspace,
            "scope": scope,
            "question": question,
            "round": round_,
            "use_case": use_case,
            "starter": starter,
            "opened_at": opened_at,
            "closes_at": closes_at,
            "secrecy": secrecy,
            "by_buttons": by_buttons,
            "ballot_key": ballot_key,
        },
    ).scalar()
    if comparison_id is None:
        return None
    connection.execute(
        insert(comparison_tool),
        [
            {"workspace": workspace, "comparison_id": comparison_id, "position": i, "tool_id": tool_id}
            for i, tool_id in enumerate(tool_ids)
        ],
    )
    return int(comparison_id)


def close(connection: Connection, workspace: str, comparison_id: int, at: int, who: str | None) -> bool:
    """Close a comparison and destroy the key of its ballots; False when it was closed already."""
    result = connection.execute(
        _CLOSE, {"of_workspace": workspace, "of_comparison": comparison_id, "at": at, "who": who}
    )
    return result.rowcount > 0


def reopen(connection: Connection, workspace: str, comparison_id: int, until: int) -> None:
    """Let votes count again until this time."""
    connection.execute(_REOPEN, {"of_workspace": workspace, "of_comparison": comparison_id, "until": until})


def swap_tool(
    connection: Connection,
    workspace: str,
    comparison_id: int,
    *,
    position: int,
    tool_id: int,
    question: str,
    round_: int,
) -> None:
    """Put another tool at this position, which makes it another question."""
    of = {"of_workspace": workspace, "of_comparison": comparison_id}
    connection.execute(_SWAP, {**of, "at": position, "to": tool_id})
    connection.execute(_ASK_ANOTHER, {**of, "asked": question, "in_round": round_})


def drop(connection: Connection, workspace: str, comparison_id: int) -> None:
    """Forget a comparison that never reached a channel, with all that hangs on it."""
    connection.execute(_DROP, {"workspace": workspace, "comparison_id": comparison_id})


def voters(connection: Connection, workspace: str, ids: Iterable[int]) -> dict[int, int]:
    """People with a ballot, for each of these comparisons that has any."""
    rows = connection.execute(_VOTERS, {"workspace": workspace, "ids": list(ids)})
    return {row[0]: row[1] for row in rows}


def insert_card(
    connection: Connection,
    workspace: str,
    *,
    key: str,
    comparison_id: int,
    channel: str,
    thread_ts: str | None,
    shown: str,
    posted_by: str,
    posted_at: int,
) -> int:
    """Write a card that has no message yet and return its id."""
    row = connection.execute(
        insert(card).returning(card.c.id),
        {
            "workspace": workspace,
            "key": key,
            "comparison_id": comparison_id,
            "channel": channel,
            "thread_ts": thread_ts,
            "shown": shown,
            "posted_by": posted_by,
            "posted_at": posted_at,
            "state": "new",
        },
    )
    return int(row.scalar_one())


def find_card(connection: Connection, workspace: str, card_id: int) -> StoredCard | None:
    """One card of the workspace."""
    row = connection.execute(_CARD, {"workspace": workspace, "card_id": card_id}).first()
    return StoredCard(*row) if row else None


def card_by_message(connection: Connection, workspace: str, channel: str, message_ts: str) -> StoredCard | None:
    """The card that this message is."""
    parameters = {"workspace": workspace, "channel": channel, "message_ts": message_ts}
    row = connection.execute(_CARD_BY_MESSAGE, parameters).first()
    return StoredCard(*row) if row else None


def cards_of(connection: Connection, workspace: str, ids: Iterable[int]) -> list[StoredCard]:
    """Every card of these comparisons, newest first."""
    rows = connection.execute(_CARDS_OF, {"workspace": workspace, "ids": list(ids)})
    return [StoredCard(*row) for row in rows]


def unrecorded(connection: Connection, workspace: str, before: int) -> list[StoredCard]:
    """Cards asked for before this time whose post was never recorded."""
    rows = connection.execute(_UNRECORDED, {"workspace": workspace, "before": before})
    return [StoredCard(*row) for row in rows]


def record_message(
    connection: Connection, workspace: str, card_id: int, message_ts: str, permalink: str | None
) -> None:
    """Keep where a card's message is."""
    connection.execute(_RECORD, {"of_workspace": workspace, "of_card": card_id, "ts": message_ts, "link": permalink})


def set_card_state(connection: Connection, workspace: str, card_id: int, state: str) -> None:
    """Move a card to another state; one that still shows is drawn anew."""
    connection.execute(_SET_STATE, {"of_workspace": workspace, "of_card": card_id, "to": state})


def drop_card(connection: Connection, workspace: str, card_id: int) -> None:
    """Forget a card that never became a message."""
    connection.execute(_DROP_CARD, {"workspace": workspace, "card_id": card_id})


def stale(connection: Connection, workspaces: Iterable[str], now: int, most: int) -> list[tuple[str, int]]:
    """Cards that show less than the database knows, as (workspace, card), without those held back or being drawn."""
    rows = connection.execute(_STALE, {"workspaces": list(workspaces), "now": now, "most": most})
    return [(row.workspace, row.id) for row in rows]


def claim_stale(connection: Connection, workspace: str, card_id: int, now: int, until: int) -> StoredCard | None:
    """This card, held back from others until that time; None when it is not stale any more or not ours to draw."""
    row = connection.execute(_CLAIM, {"workspace": workspace, "card_id": card_id, "now": now}).first()
    if row is None:
        return None
    hold_back(connection, workspace, card_id, until)
    return StoredCard(*row)


def drawn(connection: Connection, workspace: str, card_id: int, rev: int) -> bool:
    """Note which revision the message shows; False when a drawing of this or a newer one was noted before."""
    result = connection.execute(_DRAWN, {"of_workspace": workspace, "of_card": card_id, "rev": rev})
    return result.rowcount > 0


def hold_back(connection: Connection, workspace: str, card_id: int, until: int) -> None:
    """Leave this card alone until that time."""
    connection.execute(_HOLD_BACK, {"of_workspace": workspace, "of_card": card_id, "until": until})


def let_go(connection: Connection, workspace: str) -> None:
    """Leave no card of the workspace alone any longer."""
    connection.execute(_LET_GO, {"of_workspace": workspace})


def to_sweep(
    connection: Connection, workspace: str, stale_since: int, posted_since: int, most: int
) -> list[StoredCard]:
    """Cards of open comparisons that Slack should be asked about: those wanted first, then the newest."""
    parameters = {
        "workspace": workspace,
        "stale_since": stale_since,
        "posted_since": posted_since,
        "most": most,
    }
    return [StoredCard(*row) for row in connection.execute(_TO_SWEEP, parameters)]


def open_unswept(
    connection: Connection, workspace: str, channel: str, swept_before: int, most: int
) -> list[StoredCard]:
    """Living cards of open comparisons that a channel may see and that were not swept since, the newest first."""
    parameters = {"workspace": workspace, "channel": channel, "swept_before": swept_before, "most": most}
    return [StoredCard(*row) for row in connection.execute(_OPEN_UNSWEPT, parameters)]


def want_sweep(connection: Connection, workspaces: Iterable[str], posted_since: int) -> int:
    """Ask for a sweep of every living card of an open comparison; return how many."""
    parameters = {"workspaces": list(workspaces), "posted_since": posted_since}
    return connection.execute(_WANT_SWEEP, parameters).rowcount


def swept(connection: Connection, workspace: str, card_id: int, at: int, *, again: bool) -> None:
    """Note when Slack was last asked, and whether it should be asked once more."""
    connection.execute(_SWEPT, {"of_workspace": workspace, "of_card": card_id, "at": at, "again": again})


def redraw(connection: Connection, workspace: str, card_id: int) -> None:
    """Ask for a redraw of this card alone."""
    connection.execute(_REDRAW, {"of_workspace": workspace, "of_card": card_id})


def redraw_open(connection: Connection, workspace: str, tool_id: int) -> None:
    """Every living card of an open comparison with this tool shows less than is known."""
    connection.execute(_REDRAW_OPEN, {"of_workspace": workspace, "of_tool": tool_id})


def set_seeded(connection: Connection, workspace: str, card_id: int, bits: int) -> None:
    """Note which of our own reactions stand under a card."""
    connection.execute(_SEEDED, {"of_workspace": workspace, "of_card": card_id, "bits": bits})


def _one(
    connection: Connection,
    workspace: str,
    statement: Select[Any],
    parameters: dict[str, object],
) -> StoredComparison | None:
    found = _many(connection, workspace, statement, parameters)
    return found[0] if found else None


def _many(
    connection: Connection,
    workspace: str,
    statement: Select[Any],
    parameters: dict[str, object],
) -> list[StoredComparison]:
    rows: Sequence[Sequence[Any]] = connection.execute(statement, {"workspace": workspace, **parameters}).all()
    if not rows:
        return []
    tools: dict[int, tuple[int, ...]] = {}
    for comparison_id, tool_id in connection.execute(_TOOLS, {"workspace": workspace, "ids": [row[0] for row in rows]}):
        tools[comparison_id] = (*tools.get(comparison_id, ()), tool_id)
    complete: list[tuple[Any, ...]] = [(*row, tools.get(row[0], ())) for row in rows]
    return [StoredComparison(*values) for values in complete]
