"""Reactions as heard, the ballots derived from them, and the counts: queries only; bot.ballots decides.

Statements are built once: building one per call costs several times its execution.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, and_, bindparam, delete, select, text, update

from db.models import ballot, card, comparison, person, reaction, tally


@dataclass(frozen=True, slots=True)
class VotedCard:
    """The card that a reaction stands on, with what decides whether it counts."""

    card_id: int
    comparison_id: int
    is_open: bool
    told_us: int  # the moment of Slack's last complete answer
    by_buttons: bool  # reactions on it mean nothing


@dataclass(frozen=True, slots=True)
class Touch:
    """One emoji of one person on one card of a comparison, present or taken back."""

    person: str
    card_id: int
    shown: str  # stored positions in the order of that card
    emoji: str
    present: bool
    at_us: int


@dataclass(frozen=True, slots=True)
class Heard:
    """One row of the ledger on one message."""

    person: str
    emoji: str
    present: bool
    at_us: int


@dataclass(frozen=True, slots=True)
class StoredBallot:
    """What a person has on a comparison now."""

    person: str
    choice: int
    card_id: int
    touched_us: int


@dataclass(frozen=True, slots=True)
class Voter:
    """A person before a vote of theirs is counted."""

    ballot: StoredBallot | None  # on the comparison in question
    is_never_counted: bool
    is_known: bool  # Slack has told us who this is
    has_voted: bool  # anywhere in the workspace


# Newest wins; on equal times a removal wins, so that no order of arrival can matter. What happened before Slack's last
# answer is in that answer, and that is asked here once more, when the comparison is locked: whoever waited for the lock
# has read the card as it was (https://www.postgresql.org/docs/current/transaction-iso.html#XACT-READ-COMMITTED).
_HEAR = text(
    """
    INSERT INTO reaction (workspace, channel, message_ts, person, emoji, present, at_us)
    SELECT :workspace, :channel, :message_ts, :person, :emoji, :present, :at_us
    WHERE NOT EXISTS (
        SELECT 1 FROM card
        WHERE workspace = :workspace AND channel = :channel AND message_ts = :message_ts AND told_us > :at_us
    )
    ON CONFLICT (workspace, channel, message_ts, person, emoji) DO UPDATE
    SET present = excluded.present, at_us = excluded.at_us
    WHERE excluded.at_us > reaction.at_us
       OR (excluded.at_us = reaction.at_us AND reaction.present AND NOT excluded.present)
    """
).bindparams(*[bindparam(column.name, type_=column.type) for column in reaction.columns])  # PostgreSQL asks for types

# The comparison's row is locked first: two events on one comparison take turns, whatever replica hears them.
_CARD_AT = (
    select(
        card.c.id,
        card.c.comparison_id,
        comparison.c.closed_at.is_(None).label("is_open"),
        card.c.told_us,
        comparison.c.by_buttons,
    )
    .join_from(
        card,
        comparison,
        and_(comparison.c.workspace == card.c.workspace, comparison.c.id == card.c.comparison_id),
    )
    .where(
        card.c.workspace == bindparam("workspace"),
        card.c.channel == bindparam("channel"),
        card.c.message_ts == bindparam("message_ts"),
    )
    .with_for_update(of=comparison)
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

# CROSS JOIN, for it also tells SQLite's planner to begin with the few cards: it would read every reaction of the
# workspace otherwise (https://www.sqlite.org/optoverview.html#manual_control_of_query_plans_using_cross_join).
_TOUCHES_SQL = """
    SELECT reaction.person, card.id, card.shown, reaction.emoji, reaction.present, reaction.at_us
    FROM card CROSS JOIN reaction
    WHERE card.workspace = :workspace AND card.comparison_id = :comparison_id
      AND reaction.workspace = card.workspace AND reaction.channel = card.channel
      AND reaction.message_ts = card.message_ts
"""
_TOUCHES = text(_TOUCHES_SQL)
_TOUCHES_OF_PERSON = text(_TOUCHES_SQL + " AND reaction.person = :person")

# What is known of a voter, in one question: it is asked for every vote.
_VOTER = text(
    """
    SELECT ballot.choice, ballot.card_id, ballot.touched_us, person.is_bot, person.is_deactivated, person.looked_up_at,
           EXISTS (SELECT 1 FROM ballot WHERE workspace = :workspace AND person = :person) AS has_voted
    FROM (SELECT 1) AS one
    LEFT JOIN ballot ON ballot.workspace = :workspace AND ballot.comparison_id = :comparison_id
                    AND ballot.person = :person
    LEFT JOIN person ON person.workspace = :workspace AND person.id = :person
    """
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
_USED = (
    select(reaction.c.emoji)
    .where(
        reaction.c.workspace == bindparam("workspace"),
        reaction.c.channel == bindparam("channel"),
        reaction.c.message_ts == bindparam("message_ts"),
        reaction.c.present,
    )
    .distinct()
)

_BALLOTS = select(ballot.c.person, ballot.c.choice, ballot.c.card_id, ballot.c.touched_us).where(
    ballot.c.workspace == bindparam("workspace"), ballot.c.comparison_id == bindparam("comparison_id")
)
_BALLOT_OF_PERSON = _BALLOTS.where(ballot.c.person == bindparam("person"))

_STORE = text(
    """
    INSERT INTO ballot (workspace, comparison_id, person, choice, card_id, touched_us)
    VALUES (:workspace, :comparison_id, :person, :choice, :card_id, :touched_us)
    ON CONFLICT (workspace, comparison_id, person) DO UPDATE
    SET choice = excluded.choice, card_id = excluded.card_id, touched_us = excluded.touched_us
    """
)
_WITHDRAW = delete(ballot).where(
    ballot.c.workspace == bindparam("workspace"),
    ballot.c.comparison_id == bindparam("comparison_id"),
    ballot.c.person == bindparam("person"),
)

_ONE_MORE = text(
    """
    INSERT INTO tally (workspace, comparison_id, choice, people)
    VALUES (:workspace, :comparison_id, :choice, 1)
    ON CONFLICT (workspace, comparison_id, choice) DO UPDATE SET people = tally.people + 1
    """
)
_ONE_LESS = (
    update(tally)
    .where(
        tally.c.workspace == bindparam("of_workspace"),
        tally.c.comparison_id == bindparam("of_comparison"),
        tally.c.choice == bindparam("of_choice"),
    )
    .values(people=tally.c.people - 1)
)
_TALLY = select(tally.c.choice, tally.c.people).where(
    tally.c.workspace == bindparam("workspace"),
    tally.c.comparison_id == bindparam("comparison_id"),
    tally.c.people > 0,
)

_FORGET_TIMES = (
    update(ballot)
    .where(ballot.c.workspace == bindparam("of_workspace"), ballot.c.comparison_id == bindparam("of_comparison"))
    .values(touched_us=0)
)

_STALE = (
    update(card)
    .where(
        card.c.workspace == bindparam("of_workspace"),
        card.c.comparison_id == bindparam("of_comparison"),
        card.c.state == "live",
    )
    .values(desired_rev=card.c.desired_rev + 1)
)

_NEVER_COUNTED = select(person.c.id).where(
    person.c.workspace == bindparam("workspace"),
    person.c.id.in_(bindparam("people", expanding=True)),
    person.c.is_bot | person.c.is_deactivated,
)


def hear(
    connection: Connection,
    workspace: str,
    channel: str,
    message_ts: str,
    who: str,
    emoji: str,
    *,
    present: bool,
    at_us: int,
) -> bool:
    """Write a reaction if it is newer than what is known of it and of its message; return whether it was."""
    result = connection.execute(
        _HEAR,
        {
            "workspace": workspace,
            "channel": channel,
            "message_ts": message_ts,
            "person": who,
            "emoji": emoji,
            "present": present,
            "at_us": at_us,
        },
    )
    return result.rowcount > 0


def card_at(connection: Connection, workspace: str, channel: str, message_ts: str) -> VotedCard | None:
    """The card that this message is, its comparison locked until the transaction ends."""
    row = connection.execute(_CARD_AT, {"workspace": workspace, "channel": channel, "message_ts": message_ts}).first()
    if row is None:
        return None
    return VotedCard(row.id, row.comparison_id, bool(row.is_open), row.told_us, bool(row.by_buttons))


def wait_for_unrecorded(connection: Connection, workspace: str, channel: str) -> None:
    """Wait until nobody else is recording a message of this channel, and keep others from it until the commit.

    Without it a vote and the recording of its card, in two transactions side by side, would each miss the other.
    """
    connection.execute(_UNRECORDED, {"workspace": workspace, "channel": channel}).all()


def touches(connection: Connection, workspace: str, comparison_id: int, who: str | None = None) -> list[Touch]:
    """Every emoji heard on the comparison's cards, of one person or of all."""
    if who is None:
        rows = connection.execute(_TOUCHES, {"workspace": workspace, "comparison_id": comparison_id})
    else:
        rows = connection.execute(
            _TOUCHES_OF_PERSON, {"workspace": workspace, "comparison_id": comparison_id, "person": who}
        )
    return [Touch(row[0], row[1], row[2], row[3], bool(row[4]), row[5]) for row in rows]


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


def ballots(connection: Connection, workspace: str, comparison_id: int) -> list[StoredBallot]:
    """Every ballot of a comparison."""
    rows = connection.execute(_BALLOTS, {"workspace": workspace, "comparison_id": comparison_id})
    return [StoredBallot(*row) for row in rows]


def ballot_of(connection: Connection, workspace: str, comparison_id: int, who: str) -> StoredBallot | None:
    """What this person has on the comparison, if anything."""
    row = connection.execute(
        _BALLOT_OF_PERSON, {"workspace": workspace, "comparison_id": comparison_id, "person": who}
    ).first()
    return StoredBallot(*row) if row else None


def voter(connection: Connection, workspace: str, comparison_id: int, who: str) -> Voter:
    """What is known of a person and of their ballot on a comparison."""
    row = connection.execute(_VOTER, {"workspace": workspace, "comparison_id": comparison_id, "person": who}).one()
    ballot = None if row.choice is None else StoredBallot(who, row.choice, row.card_id, row.touched_us)
    return Voter(ballot, bool(row.is_bot or row.is_deactivated), row.looked_up_at is not None, bool(row.has_voted))


def replace(
    connection: Connection,
    workspace: str,
    comparison_id: int,
    who: str,
    old: StoredBallot | None,
    new: StoredBallot | None,
) -> None:
    """Put `new` in the place of `old`, and move the counts with it."""
    of = {"workspace": workspace, "comparison_id": comparison_id}
    if new is None:
        connection.execute(_WITHDRAW, {**of, "person": who})
    else:
        connection.execute(
            _STORE,
            {**of, "person": who, "choice": new.choice, "card_id": new.card_id, "touched_us": new.touched_us},
        )
    if old is not None and (new is None or new.choice != old.choice):
        connection.execute(
            _ONE_LESS, {"of_workspace": workspace, "of_comparison": comparison_id, "of_choice": old.choice}
        )
    if new is not None and (old is None or new.choice != old.choice):
        connection.execute(_ONE_MORE, {**of, "choice": new.choice})


def people_by_choice(connection: Connection, workspace: str, comparison_id: int) -> dict[int, int]:
    """The stored counts of a comparison: choice to people."""
    rows = connection.execute(_TALLY, {"workspace": workspace, "comparison_id": comparison_id})
    return {row[0]: row[1] for row in rows}


def forget_times(connection: Connection, workspace: str, comparison_id: int) -> None:
    """Forget when each ballot of a comparison was cast."""
    connection.execute(_FORGET_TIMES, {"of_workspace": workspace, "of_comparison": comparison_id})


def mark_stale(connection: Connection, workspace: str, comparison_id: int) -> None:
    """Ask for a redraw of every living card of the comparison."""
    connection.execute(_STALE, {"of_workspace": workspace, "of_comparison": comparison_id})


def never_counted(connection: Connection, workspace: str, people: Iterable[str]) -> frozenset[str]:
    """Who of these people is known to be a bot or deactivated."""
    rows = connection.execute(_NEVER_COUNTED, {"workspace": workspace, "people": list(people)})
    return frozenset(rows.scalars())
