"""Which cards Slack is to be asked about, and when it was: queries only; bot.sweeps decides."""

from collections.abc import Iterable

from sqlalchemy import Connection, and_, bindparam, exists, or_, select, update

from db.cards import CARDS, StoredCard
from db.models import card, comparison
from db.served import as_list, is_served

# Where people vote by buttons, reactions mean nothing, and Slack is not asked about them. A card that has become a
# pointer to a newer one keeps its reactions, and they count.
_IS_SWEPT = and_(
    card.c.state.in_(("live", "replaced")),
    card.c.comparison_id.in_(
        select(comparison.c.id).where(
            comparison.c.workspace == card.c.workspace,
            comparison.c.closed_at.is_(None),
            comparison.c.by_buttons.is_(False),
        )
    ),
)
_IS_DUE_TO_SWEEP = or_(
    card.c.sweep_wanted,
    and_(card.c.swept_at <= bindparam("stale_since"), card.c.posted_at > bindparam("posted_since")),
)
_TO_SWEEP = (
    CARDS.where(_IS_SWEPT, _IS_DUE_TO_SWEEP)
    .order_by(card.c.sweep_wanted.desc(), card.c.posted_at.desc(), card.c.id.desc())
    .limit(bindparam("most"))
)
# By way of open comparisons, which are few and have an index.
_WITH_CARDS_TO_SWEEP = (
    select(comparison.c.workspace)
    .distinct()
    .where(
        is_served(comparison.c.workspace),
        comparison.c.closed_at.is_(None),
        comparison.c.by_buttons.is_(False),
        exists().where(
            card.c.workspace == comparison.c.workspace,
            card.c.comparison_id == comparison.c.id,
            card.c.state.in_(("live", "replaced")),
            _IS_DUE_TO_SWEEP,
        ),
    )
)
_OPEN_UNSWEPT = (
    CARDS.where(
        _IS_SWEPT,
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
        is_served(card.c.workspace),
        _IS_SWEPT,
        card.c.posted_at > bindparam("posted_since"),
    )
    .values(sweep_wanted=True)
)
_SWEPT = (
    update(card)
    .where(card.c.workspace == bindparam("of_workspace"), card.c.id == bindparam("of_card"))
    .values(sweep_wanted=bindparam("again"), swept_at=bindparam("at"))
)


def with_cards_to_sweep(
    connection: Connection, workspaces: Iterable[str], stale_since: int, posted_since: int
) -> list[str]:
    """Those of the workspaces in which `to_sweep` would find a card."""
    parameters = {"workspaces": as_list(workspaces), "stale_since": stale_since, "posted_since": posted_since}
    return list(connection.execute(_WITH_CARDS_TO_SWEEP, parameters).scalars())


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
    """Ask for a sweep of every card of an open comparison that still stands; return how many."""
    parameters = {"workspaces": as_list(workspaces), "posted_since": posted_since}
    return connection.execute(_WANT_SWEEP, parameters).rowcount


def swept(connection: Connection, workspace: str, card_id: int, at: int, *, again: bool) -> None:
    """Note when Slack was last asked, and whether it should be asked once more."""
    connection.execute(_SWEPT, {"of_workspace": workspace, "of_card": card_id, "at": at, "again": again})
