"""Which ballots must be derived anew when we learn who somebody is, or who counts: queries only."""

from sqlalchemy import Connection, text

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


def open_with(connection: Connection, workspace: str, person: str) -> list[int]:
    """Open comparisons on which this person has reacted or pressed a button, whether that counts or not.

    It costs a look at each open card of the workspace, and no look at anybody else's votes.
    """
    return sorted(connection.execute(_OPEN_WITH, {"workspace": workspace, "person": person}).scalars())
