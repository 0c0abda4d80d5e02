"""The messages that show comparisons: queries only; bot.cards decides."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, delete, select, text, update
from sqlalchemy import insert as insert_into

from db.models import card, comparison, comparison_tool
from db.served import as_list, is_served


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
_INSERT = insert_into(card).returning(*_COLUMNS)
CARDS = select(*_COLUMNS).where(card.c.workspace == bindparam("workspace"))
_FIND = CARDS.where(card.c.id == bindparam("card_id"))
_BY_MESSAGE = CARDS.where(card.c.channel == bindparam("channel"), card.c.message_ts == bindparam("message_ts"))
_BY_KEY = CARDS.where(card.c.key == bindparam("key"))
_OF_COMPARISONS = CARDS.where(card.c.comparison_id.in_(bindparam("ids", expanding=True))).order_by(card.c.id.desc())
_NEWEST_OF_TOOLS = (
    select(comparison_tool.c.tool_id, card.c.permalink)
    .join(
        comparison,
        (comparison.c.workspace == comparison_tool.c.workspace) & (comparison.c.id == comparison_tool.c.comparison_id),
    )
    .join(card, (card.c.workspace == comparison.c.workspace) & (card.c.comparison_id == comparison.c.id))
    .where(
        comparison_tool.c.workspace == bindparam("workspace"),
        comparison_tool.c.tool_id.in_(bindparam("tools", expanding=True)),
        comparison.c.scope.in_(bindparam("scopes", expanding=True)),
        card.c.state.in_(["live", "replaced"]),
        card.c.permalink.is_not(None),
    )
    .order_by(card.c.posted_at, card.c.id)
)
_UNRECORDED = CARDS.where(card.c.state == "new", card.c.posted_at <= bindparam("before")).order_by(card.c.id)
_WITH_UNRECORDED = (
    select(card.c.workspace)
    .distinct()
    .where(is_served(card.c.workspace), card.c.state == "new", card.c.posted_at <= bindparam("before"))
)
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
_DROP = delete(card).where(card.c.workspace == bindparam("workspace"), card.c.id == bindparam("card_id"))
# As the partial index has it, word for word: neither database would use it for a bound value, or SQLite for `… = 1`.
_IS_STALE = text("card.sent_rev < card.desired_rev AND card.state IN ('live', 'replaced')")
_STALE = (
    select(card.c.workspace, card.c.id)
    .where(
        is_served(card.c.workspace),
        _IS_STALE,
        card.c.not_before <= bindparam("now"),
    )
    .order_by(card.c.not_before, card.c.id)
    .limit(bindparam("most"))
)
_CLAIM = _FIND.where(_IS_STALE, card.c.not_before <= bindparam("now")).with_for_update(skip_locked=True)
_HOLD_BACK = (
    update(card)
    .where(card.c.workspace == bindparam("of_workspace"), card.c.id == bindparam("of_card"))
    .values(not_before=bindparam("until"))
)
_LET_GO = update(card).where(card.c.workspace == bindparam("of_workspace"), card.c.not_before > 0).values(not_before=0)
_REDRAW = (
    update(card)
    .where(
        card.c.workspace == bindparam("of_workspace"),
        card.c.id == bindparam("of_card"),
        card.c.state == "live",
    )
    .values(desired_rev=card.c.desired_rev + 1)
)
_REDRAW_EVERY_OPEN = (
    update(card)
    .where(
        card.c.workspace == bindparam("of_workspace"),
        card.c.state == "live",
        card.c.comparison_id.in_(
            select(comparison.c.id).where(
                comparison.c.workspace == bindparam("of_workspace"), comparison.c.closed_at.is_(None)
            )
        ),
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
_REDRAW_ALL = (
    update(card)
    .where(
        card.c.workspace == bindparam("of_workspace"),
        card.c.state.in_(("live", "replaced")),
        card.c.posted_at > bindparam("posted_since"),
    )
    .values(desired_rev=card.c.desired_rev + 1, not_before=0)
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


def insert(
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
) -> StoredCard:
    """Write a card that has no message yet and return it."""
    row = connection.execute(
        _INSERT,
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
    return StoredCard(*row.one())


def find(connection: Connection, workspace: str, card_id: int) -> StoredCard | None:
    """One card of the workspace."""
    row = connection.execute(_FIND, {"workspace": workspace, "card_id": card_id}).first()
    return StoredCard(*row) if row else None


def by_message(connection: Connection, workspace: str, channel: str, message_ts: str) -> StoredCard | None:
    """The card that this message is."""
    parameters = {"workspace": workspace, "channel": channel, "message_ts": message_ts}
    row = connection.execute(_BY_MESSAGE, parameters).first()
    return StoredCard(*row) if row else None


def by_key(connection: Connection, workspace: str, key: str) -> StoredCard | None:
    """The card that was asked for with this key."""
    row = connection.execute(_BY_KEY, {"workspace": workspace, "key": key}).first()
    return StoredCard(*row) if row else None


def of_comparisons(connection: Connection, workspace: str, ids: Iterable[int]) -> list[StoredCard]:
    """Every card of these comparisons, newest first."""
    rows = connection.execute(_OF_COMPARISONS, {"workspace": workspace, "ids": list(ids)})
    return [StoredCard(*row) for row in rows]


def newest_of_tools(connection: Connection, workspace: str, channel: str, tool_ids: Iterable[int]) -> dict[int, str]:
    """By tool, where its newest card stands of those that the channel may know of: public ones, and its own."""
    asked = {"workspace": workspace, "scopes": ["", channel], "tools": list(tool_ids)}
    rows = connection.execute(_NEWEST_OF_TOOLS, asked)
    return {row.tool_id: row.permalink for row in rows}  # the newest comes last


def unrecorded(connection: Connection, workspace: str, before: int) -> list[StoredCard]:
    """Cards asked for before this time whose post was never recorded."""
    rows = connection.execute(_UNRECORDED, {"workspace": workspace, "before": before})
    return [StoredCard(*row) for row in rows]


def with_unrecorded(connection: Connection, workspaces: Iterable[str], before: int) -> list[str]:
    """Those of the workspaces in which `unrecorded` would find a card."""
    parameters = {"workspaces": as_list(workspaces), "before": before}
    return list(connection.execute(_WITH_UNRECORDED, parameters).scalars())


def record_message(
    connection: Connection, workspace: str, card_id: int, message_ts: str, permalink: str | None
) -> None:
    """Keep where a card's message is."""
    connection.execute(_RECORD, {"of_workspace": workspace, "of_card": card_id, "ts": message_ts, "link": permalink})


def set_state(connection: Connection, workspace: str, card_id: int, state: str) -> None:
    """Move a card to another state; one that still shows is drawn anew."""
    connection.execute(_SET_STATE, {"of_workspace": workspace, "of_card": card_id, "to": state})


def drop(connection: Connection, workspace: str, card_id: int) -> None:
    """Forget a card that never became a message."""
    connection.execute(_DROP, {"workspace": workspace, "card_id": card_id})


def stale(connection: Connection, workspaces: Iterable[str], now: int, most: int) -> list[tuple[str, int]]:
    """Cards that show less than the database knows, as (workspace, card), without those held back or being drawn."""
    rows = connection.execute(_STALE, {"workspaces": as_list(workspaces), "now": now, "most": most})
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


def redraw(connection: Connection, workspace: str, card_id: int) -> None:
    """Ask for a redraw of this card alone."""
    connection.execute(_REDRAW, {"of_workspace": workspace, "of_card": card_id})


def redraw_open(connection: Connection, workspace: str, tool_id: int) -> None:
    """Every living card of an open comparison with this tool shows less than is known."""
    connection.execute(_REDRAW_OPEN, {"of_workspace": workspace, "of_tool": tool_id})


def redraw_every_open(connection: Connection, workspace: str) -> None:
    """Every living card of an open comparison shows less than is known."""
    connection.execute(_REDRAW_EVERY_OPEN, {"of_workspace": workspace})


def redraw_all(connection: Connection, workspace: str, posted_since: int) -> int:
    """Ask for a redraw of every card that still stands, also of one that somebody was drawing; return how many."""
    parameters = {"of_workspace": workspace, "posted_since": posted_since}
    return connection.execute(_REDRAW_ALL, parameters).rowcount


def set_seeded(connection: Connection, workspace: str, card_id: int, bits: int) -> None:
    """Note which of our own reactions stand under a card."""
    connection.execute(_SEEDED, {"of_workspace": workspace, "of_card": card_id, "bits": bits})
