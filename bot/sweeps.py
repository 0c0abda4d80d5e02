"""Which cards Slack must be asked about, and what its answer changes. One public function, one transaction."""

from collections.abc import Container, Sequence

from bot import ballots
from bot.ballots import Snapshot, Swept
from db import cards as card_rows
from db import comparisons as comparison_rows
from db import sweeps as rows
from db.connection import Connection

YOUNG = 30 * 86_400  # a card this old is not swept any more: Slack's answer for it hardly changes
NIGHTLY = 86_400


def want_all(connection: Connection, workspaces: Sequence[str], now: int) -> int:
    """Votes may have been missed everywhere: ask for a sweep of every young card that is open; return how many."""
    return rows.want_sweep(connection, workspaces, now - YOUNG)


def wanting(connection: Connection, workspaces: Sequence[str], now: int) -> list[str]:
    """Those of the workspaces in which there is a card to ask Slack about now."""
    return rows.with_cards_to_sweep(connection, workspaces, now - NIGHTLY, now - YOUNG)


def waiting(connection: Connection, workspace: str, now: int, most: int) -> list[card_rows.StoredCard]:
    """Cards to ask Slack about now: those wanted first, then those not asked about for a day; the newest first."""
    return rows.to_sweep(connection, workspace, now - NIGHTLY, now - YOUNG, most)


def of_comparison(connection: Connection, workspace: str, comparison_id: int) -> list[card_rows.StoredCard]:
    """The cards of a comparison that people may have clicked on; none that has vote buttons.

    All of them are asked about before it closes, also those that have become a pointer to a newer one.
    """
    found = comparison_rows.find(connection, workspace, comparison_id)
    if found is None or found.by_buttons:
        return []
    return [
        card
        for card in card_rows.of_comparisons(connection, workspace, [comparison_id])
        if card.state in {"live", "replaced"}
    ]


def of_open(
    connection: Connection, workspace: str, channel: str, swept_before: int, most: int
) -> list[card_rows.StoredCard]:
    """Living cards of what a digest of this channel would report as open, unless they were asked about since."""
    return rows.open_unswept(connection, workspace, channel, swept_before, most)


def take(
    connection: Connection, snapshot: Snapshot, card_id: int, names: Sequence[str], ours: Container[str], now: int
) -> Swept:
    """Take over what Slack says of a card; where something newer disagrees, the card is asked about once more.

    `names` are the emoji to vote with, `ours` those that we have on the card: a seed that is missing, or in a voter's
    way, makes the card stale, for the refresher plants and withdraws.
    """
    swept = ballots.sweep(connection, snapshot)
    rows.swept(connection, snapshot.workspace, card_id, now, again=swept.doubts > 0)
    seeded = sum(1 << i for i, name in enumerate(names) if name in ours)
    _note(connection, snapshot.workspace, card_id, names, seeded)
    return swept


def planted(connection: Connection, workspace: str, card_id: int, names: Sequence[str]) -> None:
    """Note that all seeds were put under a card; a colleague may have been faster with one of them."""
    _note(connection, workspace, card_id, names, (1 << len(names)) - 1)


def wanted(names: Sequence[str], used: Container[str]) -> int:
    """Which seeds should stand, as bits: those that nobody has used, so that Slack's number equals real voters."""
    return sum(1 << i for i, name in enumerate(names) if name not in used)


def put_off(connection: Connection, workspace: str, card_id: int, now: int) -> None:
    """Slack would not tell of this card; the night asks again."""
    rows.swept(connection, workspace, card_id, now, again=False)


def gone(connection: Connection, workspace: str, card_id: int) -> None:
    """The message is gone: its ballots stay, and nobody draws or sweeps it any more."""
    card_rows.set_state(connection, workspace, card_id, "gone")


def _note(connection: Connection, workspace: str, card_id: int, names: Sequence[str], seeded: int) -> None:
    card = card_rows.find(connection, workspace, card_id)
    if card is None or card.message_ts is None:
        return
    card_rows.set_seeded(connection, workspace, card_id, seeded)
    used = ballots.used_emoji(connection, workspace, card.channel, card.message_ts)
    if seeded != wanted(names, used):
        card_rows.redraw(connection, workspace, card_id)


def set_seeded(connection: Connection, workspace: str, card_id: int, bits: int) -> None:
    """Note which of our own reactions stand under a card."""
    card_rows.set_seeded(connection, workspace, card_id, bits)
