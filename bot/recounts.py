"""Counting anew: when we learn who somebody is, and when a workspace changes who counts.

One public function, one transaction.
"""

from collections.abc import Sequence

from bot import ballots, buttons
from bot.model import KindOrOut
from db import clicks as click_rows
from db import comparisons as comparison_rows
from db import ledger, purging
from db import recounts as rows
from db import workspaces as workspace_rows
from db.connection import Connection

# A comparison that was opened or reopened while the setting changed may still be counted by the old one: so long is
# looked for such.
LOOK_FOR = 120


def person(connection: Connection, workspace: str, who: str, kind: KindOrOut) -> None:
    """Derive this person's open ballots anew, after we have learned what kind of person they are."""
    named, anonymous = rows.open_with(connection, workspace, who), rows.open_anonymous(connection, workspace)
    for comparison_id in sorted({*named, *anonymous}):
        found = comparison_rows.lock(connection, workspace, comparison_id)
        if found is None or found.closed_at is not None:
            continue
        if found.secrecy == "anonymous":
            anonymous_voter(connection, workspace, comparison_id, who, kind)
        else:
            ballots.derive(connection, found, [who])


def anonymous_voter(connection: Connection, workspace: str, comparison_id: int, who: str, kind: KindOrOut) -> None:
    """Keep what kind of person an anonymous voter is, under the voter's code alone, and count them so."""
    found = comparison_rows.lock(connection, workspace, comparison_id)
    name = buttons.voter_name(found, who) if found else None
    if found is None or name is None or found.closed_at is not None:
        return
    if click_rows.set_kind(connection, workspace, comparison_id, name, kind):
        ballots.derive(connection, found, [name])


def everybody(connection: Connection, found: comparison_rows.StoredComparison) -> None:
    """Derive every ballot of a comparison anew, as it is opened again."""
    if found.by_buttons:
        voters = {one.person for one in click_rows.of_comparison(connection, found.workspace, found.id)}
    else:
        voters = {touch.person for touch in ledger.touches(connection, found.workspace, found.id)}
    ballots.derive(connection, found, sorted(voters))


def withdraw(connection: Connection, workspace: str, who: str) -> int:
    """Take this person's votes on open comparisons back and forget that they were cast; on how many that was."""
    withdrawn = 0
    for comparison_id in sorted(
        {*rows.open_with(connection, workspace, who), *rows.open_anonymous(connection, workspace)}
    ):
        found = comparison_rows.lock(connection, workspace, comparison_id)
        if found is None or found.closed_at is not None:
            continue
        name = buttons.voter_name(found, who) if found.secrecy == "anonymous" else who
        if name is not None and purging.withdraw(connection, workspace, comparison_id, name):
            ballots.derive(connection, found, [name])
            withdrawn += 1
    return withdrawn


def is_voting(connection: Connection, workspace: str, who: str) -> bool:
    """Whether this person has voted on anything open under their own name, counted or not."""
    return bool(rows.open_with(connection, workspace, who))


def due(connection: Connection, workspaces: Sequence[str], now: int, most: int) -> list[tuple[str, int]]:
    """Open comparisons that were counted otherwise than their workspace wishes now, as (workspace, comparison)."""
    found: list[tuple[str, int]] = []
    for workspace, until in workspace_rows.recounting(connection, workspaces):
        otherwise = rows.counted_otherwise(connection, workspace, most)
        if not otherwise and now > until:
            workspace_rows.recounted(connection, workspace, until)
        found += [(workspace, comparison_id) for comparison_id in otherwise]
    return found[:most]


def comparison(connection: Connection, workspace: str, comparison_id: int, now: int) -> None:
    """Count one comparison as its workspace wishes now; its cards say so. A closed one stays as it was counted."""
    found = comparison_rows.lock(connection, workspace, comparison_id)
    wishes = workspace_rows.find(connection, workspace)
    if found is None or wishes is None or found.closed_at is not None:
        return
    if (found.guests, found.externals) == (wishes.guests, wishes.externals):
        return
    rows.set_who_counts(connection, workspace, comparison_id, wishes.guests, wishes.externals)
    if ballots.derive(connection, found, rows.concerned(connection, workspace, comparison_id)):
        rows.note_recounted(connection, workspace, comparison_id, now)
    ballots.mark_stale(connection, workspace, comparison_id)
