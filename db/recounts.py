"""Which ballots must be derived anew when we learn who somebody is, or who counts: queries only."""

from sqlalchemy import Connection, bindparam, or_, select, text, update

from db.kinds import Treatment
from db.models import comparison
from db.models import workspace as workspace_table

# CROSS JOIN, for it also tells SQLite's planner to begin with the few open cards: it would read every reaction of the
# workspace otherwise (https://www.sqlite.org/optoverview.html#manual_control_of_query_plans_using_cross_join).
_OPEN_WITH = text(
    """
    SELECT card.comparison_id
    FROM comparison CROSS JOIN card CROSS JOIN reaction
    WHERE comparison.workspace = :workspace AND comparison.closed_at IS NULL
      AND card.workspace = comparison.workspace AND card.comparison_id = comparison.id
      AND reaction.workspace = card.workspace AND reaction.channel = card.channel
      AND reaction.message_ts = card.message_ts AND reaction.person = :person
    UNION
    SELECT comparison.id
    FROM comparison CROSS JOIN click
    WHERE comparison.workspace = :workspace AND comparison.closed_at IS NULL
      AND click.workspace = comparison.workspace AND click.comparison_id = comparison.id AND click.person = :person
    """
)


# Only they are counted otherwise when a workspace changes who counts.
_CONCERNED = text(
    """
    SELECT person.id
    FROM card CROSS JOIN reaction CROSS JOIN person
    WHERE card.workspace = :workspace AND card.comparison_id = :comparison_id
      AND reaction.workspace = card.workspace AND reaction.channel = card.channel
      AND reaction.message_ts = card.message_ts
      AND person.workspace = card.workspace AND person.id = reaction.person AND person.kind <> 'member'
    UNION
    SELECT click.person
    FROM click LEFT JOIN person ON person.workspace = click.workspace AND person.id = click.person
    WHERE click.workspace = :workspace AND click.comparison_id = :comparison_id
      AND (person.kind <> 'member' OR click.kind <> 'member')
    """
)
_COUNTED_OTHERWISE = (
    select(comparison.c.id)
    .join_from(comparison, workspace_table, workspace_table.c.id == comparison.c.workspace)
    .where(
        comparison.c.workspace == bindparam("workspace"),
        comparison.c.closed_at.is_(None),
        or_(
            comparison.c.guests != workspace_table.c.guests,
            comparison.c.externals != workspace_table.c.externals,
        ),
    )
    .order_by(comparison.c.id)
    .limit(bindparam("most"))
)
_SET = (
    update(comparison)
    .where(comparison.c.workspace == bindparam("of_workspace"), comparison.c.id == bindparam("of_comparison"))
    .values(guests=bindparam("of_guests"), externals=bindparam("of_externals"))
)
_RECOUNTED = (
    update(comparison)
    .where(comparison.c.workspace == bindparam("of_workspace"), comparison.c.id == bindparam("of_comparison"))
    .values(recounted_at=bindparam("at"))
)
_ANONYMOUS = select(comparison.c.id).where(
    comparison.c.workspace == bindparam("workspace"),
    comparison.c.closed_at.is_(None),
    comparison.c.secrecy == "anonymous",
)


def open_with(connection: Connection, workspace: str, person: str) -> list[int]:
    """Open comparisons on which this person has reacted or pressed a button, whether that counts or not.

    It costs a look at each open card of the workspace, and no look at anybody else's votes.
    """
    return sorted(connection.execute(_OPEN_WITH, {"workspace": workspace, "person": person}).scalars())


def concerned(connection: Connection, workspace: str, comparison_id: int) -> list[str]:
    """Guests and people of other companies who have voted on a comparison, counted or not, by their voter's names."""
    rows = connection.execute(_CONCERNED, {"workspace": workspace, "comparison_id": comparison_id})
    return sorted(rows.scalars())


def counted_otherwise(connection: Connection, workspace: str, most: int) -> list[int]:
    """Open comparisons that were counted otherwise than the workspace wishes now."""
    return list(connection.execute(_COUNTED_OTHERWISE, {"workspace": workspace, "most": most}).scalars())


def set_who_counts(
    connection: Connection, workspace: str, comparison_id: int, guests: Treatment, externals: Treatment
) -> None:
    """Keep by what a comparison is counted from now on."""
    of = {"of_workspace": workspace, "of_comparison": comparison_id}
    connection.execute(_SET, {**of, "of_guests": guests, "of_externals": externals})


def note_recounted(connection: Connection, workspace: str, comparison_id: int, at: int) -> None:
    """Note that the votes were counted anew."""
    connection.execute(_RECOUNTED, {"of_workspace": workspace, "of_comparison": comparison_id, "at": at})


def open_anonymous(connection: Connection, workspace: str) -> list[int]:
    """Open comparisons whose voters no table names."""
    return list(connection.execute(_ANONYMOUS, {"workspace": workspace}).scalars())
