"""Who voted when, and what was unusual about it: queries only."""

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select, text

from db.models import unusual as unusual_table


@dataclass(frozen=True, slots=True)
class Heard:
    """The newest state of one emoji of one person on one card, or of what somebody has chosen by buttons."""

    person: str
    at_us: int
    present: bool
    emoji: str  # empty for a choice by buttons
    shown: str  # stored positions in the order of the card
    choice: int | None  # by buttons


# CROSS JOIN as in db.ledger: SQLite begins with the few cards.
_ON_CARDS = """
    FROM card CROSS JOIN reaction
    WHERE card.workspace = :workspace AND card.comparison_id = :comparison_id
      AND reaction.workspace = card.workspace AND reaction.channel = card.channel
      AND reaction.message_ts = card.message_ts
"""
_REACTIONS = text(
    f"""
    SELECT reaction.person, reaction.at_us, reaction.present, reaction.emoji, card.shown, NULL AS choice {_ON_CARDS}
    ORDER BY reaction.at_us DESC, reaction.person, reaction.emoji LIMIT :most OFFSET :skipped
    """
)
_REACTION_COUNT = text(f"SELECT COUNT(*) {_ON_CARDS}")
_OF_CLICKS = "FROM click WHERE workspace = :workspace AND comparison_id = :comparison_id"
_CLICKS = text(
    f"""
    SELECT person, at_us, choice IS NOT NULL AS present, '' AS emoji, '' AS shown, choice {_OF_CLICKS}
    ORDER BY at_us DESC, person LIMIT :most OFFSET :skipped
    """
)
_CLICK_COUNT = text(f"SELECT COUNT(*) {_OF_CLICKS}")
_NOTE = text(
    """
    INSERT INTO unusual (workspace, comparison_id, kind, person, times, noted_at)
    VALUES (:workspace, :comparison_id, :kind, :person, 1, :now)
    ON CONFLICT (workspace, comparison_id, kind, person) DO UPDATE
    SET times = unusual.times + 1, noted_at = excluded.noted_at
    """
)
_UNUSUAL = (
    select(unusual_table.c.kind, unusual_table.c.person, unusual_table.c.times, unusual_table.c.noted_at)
    .where(
        unusual_table.c.workspace == bindparam("workspace"),
        unusual_table.c.comparison_id == bindparam("comparison_id"),
    )
    .order_by(unusual_table.c.noted_at.desc(), unusual_table.c.kind, unusual_table.c.person)
    .limit(bindparam("most"))
)


def count(connection: Connection, workspace: str, comparison_id: int, *, by_buttons: bool) -> int:
    """How many lines the audit of a comparison has."""
    statement = _CLICK_COUNT if by_buttons else _REACTION_COUNT
    return int(connection.execute(statement, {"workspace": workspace, "comparison_id": comparison_id}).scalar_one())


def heard(
    connection: Connection, workspace: str, comparison_id: int, most: int, skipped: int, *, by_buttons: bool
) -> list[Heard]:
    """What was heard on a comparison, newest first."""
    where = {"workspace": workspace, "comparison_id": comparison_id, "most": most, "skipped": skipped}
    rows = connection.execute(_CLICKS if by_buttons else _REACTIONS, where)
    return [Heard(row.person, row.at_us, bool(row.present), row.emoji, row.shown, row.choice) for row in rows]


def note_unusual(connection: Connection, workspace: str, comparison_id: int, kind: str, person: str, now: int) -> None:
    """Write down that something happened at an unusual rate, once more or for the first time."""
    values = {"kind": kind, "person": person, "now": now}
    connection.execute(_NOTE, {"workspace": workspace, "comparison_id": comparison_id, **values})


def unusual(connection: Connection, workspace: str, comparison_id: int, most: int) -> list[tuple[str, str, int, int]]:
    """What was unusual on a comparison: kind, person, how often, and when last; the newest first."""
    where = {"workspace": workspace, "comparison_id": comparison_id, "most": most}
    return [(row.kind, row.person, row.times, row.noted_at) for row in connection.execute(_UNUSUAL, where)]
