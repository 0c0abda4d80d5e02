"""The ledger: every reaction that was heard on a card, and on which card. Queries only; bot.ballots decides."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import NamedTuple, TypeAlias

from sqlalchemy import Connection, bindparam, select, text, update

from db.ballots import Seat
from db.batches import Batched
from db.models import card, reaction

Message: TypeAlias = tuple[str, str, str]  # workspace, channel, message_ts
Mark: TypeAlias = tuple[str, str, str, str, str]  # and whose emoji it is, and which


class VotedCard(NamedTuple):
    """The card that a reaction stands on, with what decides whether it counts."""

    card_id: int
    comparison_id: int
    is_open: bool
    told_us: int  # the moment of Slack's last complete answer
    by_buttons: bool  # reactions on it mean nothing


class Touch(NamedTuple):
    """One emoji of one person on one card of a comparison, present or taken back."""

    person: str
    card_id: int
    shown: str  # stored positions in the order of that card
    emoji: str
    present: bool
    at_us: int


class Hearing(NamedTuple):
    """A reaction to write into the ledger."""

    mark: Mark
    present: bool
    at_us: int


class Heard(NamedTuple):
    """One row of the ledger on one message."""

    person: str
    emoji: str
    present: bool
    at_us: int


# Newest wins; on equal times a removal wins, so that no order of arrival can matter. What happened before Slack's last
# answer is in that answer, and that is asked here once more, when the comparison is locked: whoever waited for the lock
# has read the card as it was (https://www.postgresql.org/docs/current/transaction-iso.html#XACT-READ-COMMITTED).
_HEAR = Batched(
    "heard",
    {
        "workspace": "text",
        "channel": "text",
        "message_ts": "text",
        "person": "text",
        "emoji": "text",
        "present": "boolean",
        "at_us": "bigint",
    },
    """
    INSERT INTO reaction (workspace, channel, message_ts, person, emoji, present, at_us)
    SELECT workspace, channel, message_ts, person, emoji, present, at_us FROM heard
    WHERE NOT EXISTS (
        SELECT 1 FROM card
        WHERE card.workspace = heard.workspace AND card.channel = heard.channel
          AND card.message_ts = heard.message_ts AND card.told_us > heard.at_us
    )
    ON CONFLICT (workspace, channel, message_ts, person, emoji) DO UPDATE
    SET present = excluded.present, at_us = excluded.at_us
    WHERE excluded.at_us > reaction.at_us
       OR (excluded.at_us = reaction.at_us AND reaction.present AND NOT excluded.present)
    RETURNING workspace, channel, message_ts, person, emoji
    """,
)

# The comparisons' rows are locked first: two events on one comparison take turns, whatever replica hears them. In the
# order of their ids, so that two batches never wait for each other. CROSS JOIN, here and below, also tells SQLite's
# planner to begin with the few: it would read every reaction of the workspace otherwise
# (https://www.sqlite.org/optoverview.html#manual_control_of_query_plans_using_cross_join).
_CARDS_AT = Batched(
    "wanted",
    {"workspace": "text", "channel": "text", "message_ts": "text"},
    """
    SELECT card.workspace, card.channel, card.message_ts,
           card.id, card.comparison_id, comparison.closed_at IS NULL AS is_open, card.told_us, comparison.by_buttons
    FROM wanted CROSS JOIN card CROSS JOIN comparison
    WHERE card.workspace = wanted.workspace AND card.channel = wanted.channel AND card.message_ts = wanted.message_ts
      AND comparison.workspace = card.workspace AND comparison.id = card.comparison_id
    ORDER BY comparison.id
    """,
    postgresql="FOR UPDATE OF comparison",
)

_UNRECORDED = (
    select(card.c.id)
    .where(
        card.c.workspace == bindparam("workspace"),
        card.c.channel == bindparam("channel"),
        card.c.message_ts.is_(None),
    )
    .with_for_update()
)

_TOUCHES = text(
    """
    SELECT reaction.person, card.id, card.shown, reaction.emoji, reaction.present, reaction.at_us
    FROM card CROSS JOIN reaction
    WHERE card.workspace = :workspace AND card.comparison_id = :comparison_id
      AND reaction.workspace = card.workspace AND reaction.channel = card.channel
      AND reaction.message_ts = card.message_ts
    """
)
# In two questions: PostgreSQL would look for the cards and the person's reactions in one, and read everybody's.
_CARDS_OF = Batched(
    "wanted",
    {"workspace": "text", "comparison_id": "bigint"},
    """
    SELECT card.workspace, card.comparison_id, card.id, card.shown, card.channel, card.message_ts
    FROM wanted CROSS JOIN card
    WHERE card.workspace = wanted.workspace AND card.comparison_id = wanted.comparison_id
      AND card.message_ts IS NOT NULL
    """,
)
_OF_PERSON = Batched(
    "wanted",
    {"workspace": "text", "channel": "text", "message_ts": "text", "person": "text"},
    """
    SELECT wanted.n, reaction.emoji, reaction.present, reaction.at_us
    FROM wanted CROSS JOIN reaction
    WHERE reaction.workspace = wanted.workspace AND reaction.channel = wanted.channel
      AND reaction.message_ts = wanted.message_ts AND reaction.person = wanted.person
    """,
)

_ON_MESSAGE = select(reaction.c.person, reaction.c.emoji, reaction.c.present, reaction.c.at_us).where(
    reaction.c.workspace == bindparam("workspace"),
    reaction.c.channel == bindparam("channel"),
    reaction.c.message_ts == bindparam("message_ts"),
)
_TOLD = (
    update(card)
    .where(
        card.c.workspace == bindparam("of_workspace"),
        card.c.id == bindparam("of_card"),
        card.c.told_us < bindparam("moment"),
    )
    .values(told_us=bindparam("moment"))
)
# One look into the index for each emoji, however many people have it.
_USED = text(
    """
    WITH RECURSIVE used (emoji) AS (
        SELECT (SELECT emoji FROM reaction
                WHERE workspace = :workspace AND channel = :channel AND message_ts = :message_ts AND present
                ORDER BY emoji LIMIT 1)
        UNION ALL
        SELECT (SELECT reaction.emoji FROM reaction
                WHERE workspace = :workspace AND channel = :channel AND message_ts = :message_ts AND present
                  AND reaction.emoji > used.emoji
                ORDER BY reaction.emoji LIMIT 1)
        FROM used WHERE used.emoji IS NOT NULL
    )
    SELECT emoji FROM used WHERE emoji IS NOT NULL
    """
)


def hear(connection: Connection, heard: Iterable[Hearing]) -> set[Mark]:
    """Write each reaction that is newer than what is known of it and of its message; return which those were.

    Of one mark there must be one.
    """
    rows = [(*one.mark, one.present, one.at_us) for one in heard]
    return {tuple(row) for row in _HEAR.read(connection, rows)}


def cards_at(connection: Connection, messages: Collection[Message]) -> dict[Message, VotedCard]:
    """The cards that these messages are, by message, their comparisons locked until the transaction ends."""
    if not messages:
        return {}
    return {
        (row[0], row[1], row[2]): VotedCard(row[3], row[4], bool(row[5]), row[6], bool(row[7]))
        for row in _CARDS_AT.read(connection, messages)
    }


def wait_for_unrecorded(connection: Connection, workspace: str, channel: str) -> None:
    """Wait until nobody else is recording a message of this channel, and keep others from it until the commit.

    Without it a vote and the recording of its card, in two transactions side by side, would each miss the other.
    """
    connection.execute(_UNRECORDED, {"workspace": workspace, "channel": channel}).all()


def touches(connection: Connection, workspace: str, comparison_id: int) -> list[Touch]:
    """Every emoji heard on the comparison's cards."""
    rows = connection.execute(_TOUCHES, {"workspace": workspace, "comparison_id": comparison_id})
    return [Touch(row[0], row[1], row[2], row[3], bool(row[4]), row[5]) for row in rows]


def touches_of(connection: Connection, seats: Collection[Seat]) -> dict[Seat, list[Touch]]:
    """Every emoji heard of these people on the cards of their comparisons; nothing for those of whom none was."""
    cards: dict[tuple[str, int], list[tuple[int, str, str, str]]] = defaultdict(list)
    for workspace, comparison_id, *of_card in _CARDS_OF.read(connection, {seat[:2] for seat in seats}):
        cards[workspace, comparison_id].append(of_card)
    looked, wanted = [], []
    for seat in seats:
        workspace, comparison_id, who = seat
        for card_id, shown, channel, message_ts in cards.get((workspace, comparison_id), ()):
            looked.append((seat, card_id, shown))
            wanted.append((workspace, channel, message_ts, who))
    found: dict[Seat, list[Touch]] = defaultdict(list)
    for n, emoji, present, at_us in _OF_PERSON.read(connection, wanted):
        seat, card_id, shown = looked[n]
        found[seat].append(Touch(seat[2], card_id, shown, emoji, bool(present), at_us))
    return found


def on_message(connection: Connection, workspace: str, channel: str, message_ts: str) -> list[Heard]:
    """Every reaction that was ever heard of on a message."""
    where = {"workspace": workspace, "channel": channel, "message_ts": message_ts}
    return [
        Heard(row.person, row.emoji, bool(row.present), row.at_us) for row in connection.execute(_ON_MESSAGE, where)
    ]


def note_told(connection: Connection, workspace: str, card_id: int, at_us: int) -> None:
    """Note the moment of a complete answer of Slack."""
    connection.execute(_TOLD, {"of_workspace": workspace, "of_card": card_id, "moment": at_us})


def used_emoji(connection: Connection, workspace: str, channel: str, message_ts: str) -> frozenset[str]:
    """Emoji that somebody has on a message now."""
    where = {"workspace": workspace, "channel": channel, "message_ts": message_ts}
    return frozenset(connection.execute(_USED, where).scalars())
