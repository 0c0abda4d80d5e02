"""Whether what is derived equals what it is derived from: ballots from the ledger, counts from the ballots.

Read by whoever makes or takes a backup; in a sound database it finds nothing, whatever has happened to the bot.
"""

from collections import Counter

from bot import ballots
from db import comparisons as comparison_rows
from db import workspaces as workspace_rows
from db.connection import Connection

MOST = 20


def faults(connection: Connection) -> list[str]:
    """What does not add up, at most twenty lines; empty for a database that is sound."""
    found: list[str] = []
    for workspace in workspace_rows.all_ids(connection):
        for comparison_id, is_open in comparison_rows.all_of(connection, workspace):
            stored = ballots.stored(connection, workspace, comparison_id)
            counts = Counter(ballot.choice for ballot in stored.values())
            told = ballots.tally(connection, workspace, comparison_id, 0).people_by_choice
            if counts != Counter(told):
                found.append(f"comparison {comparison_id}: the counts are not those of the ballots")
            # Once closed a round keeps its ballots, and an anonymous one forgets what they came from.
            if is_open and stored != ballots.rebuilt(connection, workspace, comparison_id):
                found.append(f"comparison {comparison_id}: the ballots are not those of the ledger")
            if len(found) >= MOST:
                return found[:MOST]
    return found
