"""Ballots and their counts: queries only; bot.ballots decides."""

from collections import Counter
from collections.abc import Collection, Iterable
from typing import NamedTuple, TypeAlias

from sqlalchemy import Connection, and_, bindparam, select, update

from db import kinds
from db.batches import Batched, Kind
from db.kinds import KindOrOut, Treatment
from db.models import ballot, comparison, person, tally

Seat: TypeAlias = tuple[str, int, str]  # workspace, comparison, person: where a ballot may be


class StoredBallot(NamedTuple):
    """What a person has on a comparison now."""

    person: str
    choice: int  # with what it is counted as in its higher bits: bot.counting
    card_id: int
    touched_us: int


class Change(NamedTuple):
    """What takes the place of what, where a ballot may be."""

    seat: Seat
    old: StoredBallot | None
    new: StoredBallot | None


class Voter(NamedTuple):
    """A person before a vote of theirs is counted."""

    ballot: StoredBallot | None  # on the comparison in question
    is_never_counted: bool
    kind: kinds.Kind | None  # None where we know nobody of this name
    guests: Treatment  # in this comparison
    externals: Treatment
    used: int  # what they say to have used, as bits over the stored positions
    is_known: bool  # Slack has told us who this is
    has_voted: bool  # anywhere in the workspace


SEATS: dict[str, Kind] = {"workspace": "text", "comparison_id": "bigint", "person": "text"}
# What is known of voters, in one question: it is asked for every vote.
_VOTERS = Batched(
    "seat",
    SEATS,
    """
    SELECT seat.n, ballot.choice, ballot.card_id, ballot.touched_us, person.is_bot OR person.is_deactivated,
           person.kind, comparison.guests, comparison.externals, reason.used, person.looked_up_at IS NOT NULL,
           ballot.person IS NOT NULL
               OR EXISTS (SELECT 1 FROM ballot AS any_of
                          WHERE any_of.workspace = seat.workspace AND any_of.person = seat.person)
    FROM seat
    LEFT JOIN comparison ON comparison.workspace = seat.workspace AND comparison.id = seat.comparison_id
    LEFT JOIN ballot ON ballot.workspace = seat.workspace AND ballot.comparison_id = seat.comparison_id
                    AND ballot.person = seat.person
    LEFT JOIN person ON person.workspace = seat.workspace AND person.id = seat.person
    LEFT JOIN reason ON reason.workspace = seat.workspace AND reason.comparison_id = seat.comparison_id
                    AND reason.person = seat.person
    """,
)

_BALLOTS = select(ballot.c.person, ballot.c.choice, ballot.c.card_id, ballot.c.touched_us).where(
    ballot.c.workspace == bindparam("workspace"), ballot.c.comparison_id == bindparam("comparison_id")
)
_BALLOT_OF_PERSON = _BALLOTS.where(ballot.c.person == bindparam("person"))

# What a person would see of their own votes: none of a round that keeps names apart from votes, or counts to itself.
_NEWEST_OF_PERSON = (
    select(ballot.c.comparison_id, ballot.c.choice)
    .join_from(
        ballot,
        comparison,
        and_(comparison.c.workspace == ballot.c.workspace, comparison.c.id == ballot.c.comparison_id),
    )
    .where(
        ballot.c.workspace == bindparam("workspace"),
        ballot.c.person == bindparam("person"),
        comparison.c.secrecy == "open",
        comparison.c.scope.in_(bindparam("scopes", expanding=True)),
    )
    .order_by(ballot.c.touched_us.desc(), ballot.c.comparison_id.desc())
    .limit(bindparam("most"))
)
_STORE = Batched(
    "given",
    {**SEATS, "choice": "bigint", "card_id": "bigint", "touched_us": "bigint"},
    """
    INSERT INTO ballot (workspace, comparison_id, person, choice, card_id, touched_us)
    SELECT workspace, comparison_id, person, choice, card_id, touched_us FROM given WHERE TRUE
    ON CONFLICT (workspace, comparison_id, person) DO UPDATE
    SET choice = excluded.choice, card_id = excluded.card_id, touched_us = excluded.touched_us
    """,
)
_WITHDRAW = Batched(
    "seat",
    SEATS,
    """
    DELETE FROM ballot
    WHERE (workspace, comparison_id, person) IN (SELECT workspace, comparison_id, person FROM seat)
    """,
)

_COUNTS: dict[str, Kind] = {"workspace": "text", "comparison_id": "bigint", "choice": "bigint", "people": "bigint"}
_MORE = Batched(
    "given",
    _COUNTS,
    """
    INSERT INTO tally (workspace, comparison_id, choice, people)
    SELECT workspace, comparison_id, choice, people FROM given WHERE TRUE
    ON CONFLICT (workspace, comparison_id, choice) DO UPDATE SET people = tally.people + excluded.people
    """,
)
# Not the same with negative numbers: PostgreSQL asks the constraint of the row that it would insert.
_LESS = Batched(
    "given",
    _COUNTS,
    """
    UPDATE tally SET people = tally.people - given.people FROM given
    WHERE tally.workspace = given.workspace AND tally.comparison_id = given.comparison_id
      AND tally.choice = given.choice
    """,
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

_STALE = Batched(
    "moved",
    {"workspace": "text", "comparison_id": "bigint"},
    """
    UPDATE card SET desired_rev = desired_rev + 1 FROM moved
    WHERE card.workspace = moved.workspace AND card.comparison_id = moved.comparison_id AND card.state = 'live'
    """,
)

_KINDS = select(person.c.id, person.c.is_bot | person.c.is_deactivated, person.c.kind).where(
    person.c.workspace == bindparam("workspace"), person.c.id.in_(bindparam("people", expanding=True))
)


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


def newest_of(
    connection: Connection, workspace: str, who: str, scopes: Iterable[str], most: int
) -> list[tuple[int, int]]:
    """A person's newest ballots in open rounds of these scopes, as (comparison, choice)."""
    rows = connection.execute(
        _NEWEST_OF_PERSON, {"workspace": workspace, "person": who, "scopes": list(scopes), "most": most}
    )
    return [(row[0], row[1]) for row in rows]


def voters(connection: Connection, seats: Collection[Seat]) -> dict[Seat, Voter]:
    """What is known of these people and of their ballots."""
    asked, found = list(seats), {}
    for n, choice, card_id, touched_us, is_out, kind, guests, externals, used, is_known, voted in _VOTERS.read(
        connection, asked
    ):
        found[asked[n]] = Voter(
            ballot=None if choice is None else StoredBallot(asked[n][2], choice, card_id, touched_us),
            is_never_counted=bool(is_out),
            kind=kind,
            guests=guests,
            externals=externals,
            used=used or 0,
            is_known=bool(is_known),
            has_voted=bool(voted),
        )
    return found


def replace(connection: Connection, changes: Iterable[Change]) -> None:
    """Put new ballots in the place of old ones, and move the counts with them."""
    stored, withdrawn = [], []
    counts: Counter[tuple[str, int, int]] = Counter()
    for change in changes:
        workspace, comparison_id, _ = change.seat
        if change.new is None:
            withdrawn.append(change.seat)
        else:
            counts[workspace, comparison_id, change.new.choice] += 1
            stored.append((*change.seat, change.new.choice, change.new.card_id, change.new.touched_us))
        if change.old is not None:
            counts[workspace, comparison_id, change.old.choice] -= 1
    if withdrawn:
        _WITHDRAW.write(connection, withdrawn)
    if stored:
        _STORE.write(connection, stored)
    if less := [(*of, -people) for of, people in counts.items() if people < 0]:
        _LESS.write(connection, less)
    if more := [(*of, people) for of, people in counts.items() if people > 0]:
        _MORE.write(connection, more)


def people_by_choice(connection: Connection, workspace: str, comparison_id: int) -> dict[int, int]:
    """The stored counts of a comparison: choice to people."""
    rows = connection.execute(_TALLY, {"workspace": workspace, "comparison_id": comparison_id})
    return {row[0]: row[1] for row in rows}


def forget_times(connection: Connection, workspace: str, comparison_id: int) -> None:
    """Forget when each ballot of a comparison was cast."""
    connection.execute(_FORGET_TIMES, {"of_workspace": workspace, "of_comparison": comparison_id})


def mark_stale(connection: Connection, comparisons: Iterable[tuple[str, int]]) -> None:
    """Ask for a redraw of every living card of these comparisons, each as (workspace, comparison)."""
    _STALE.write(connection, comparisons)


def kinds_of(connection: Connection, workspace: str, people: Iterable[str]) -> dict[str, KindOrOut]:
    """What kind of people these are, of whom anything is known; "out" for bots and who is deactivated."""
    rows = connection.execute(_KINDS, {"workspace": workspace, "people": list(people)})
    return {row[0]: "out" if row[1] else row[2] for row in rows}
