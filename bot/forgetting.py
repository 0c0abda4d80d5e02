"""What is forgotten: a workspace that the app has left, or at once; a person who asks for it; what has had its time.

https://api.slack.com/developer-policy wants a workspace's data gone within fourteen business days after its removal.
"""

import secrets
from dataclasses import dataclass

from bot import recounts
from db import purging as rows
from db import replays as replay_rows
from db import workspaces as workspace_rows
from db.connection import Connection

HEARD_SECONDS = 25 * 3_600  # that a request is known again: Slack may send an event for a day
TOMBSTONE_SECONDS = 86_400  # that replicas have to see that an installation is gone


@dataclass(frozen=True, slots=True)
class Erased:
    """What became of somebody's traces."""

    rows: int
    withdrawn: int  # open comparisons on which their vote is no longer counted


def purge_due(connection: Connection, now: int) -> str | None:
    """Delete everything of one workspace whose time has come; which one, or None.

    One that was installed again meanwhile is not due any more, and is locked until that is certain.
    """
    found = rows.due(connection, now)
    if found is None:
        return None
    _delete(connection, *found, now)
    return found[0]


def purge(connection: Connection, workspace: str, now: int) -> int:
    """Delete everything of a workspace at once, its installation's tokens included; how many rows, 0 for none."""
    is_there, owner = rows.owner(connection, workspace)
    return _delete(connection, workspace, owner, now) if is_there else 0


def tidy(connection: Connection, now: int) -> None:
    """Delete what nobody needs any more: requests that were heard long ago, what is left of old installations."""
    replay_rows.prune(connection, now - HEARD_SECONDS)
    rows.forget_stopped(connection, now - TOMBSTONE_SECONDS)


def erase(connection: Connection, workspace: str, person: str) -> Erased | None:
    """Take somebody's name off everything: closed votes stay, under a pseudonym; None where the workspace is unknown.

    In open comparisons their vote is taken back. As long as their emoji stands in Slack the next sweep counts it
    again: what Slack shows is what we count.
    """
    if workspace_rows.find(connection, workspace) is None:
        return None
    withdrawn = recounts.withdraw(connection, workspace, person)
    changed = rows.rename(connection, workspace, person, f"erased-{secrets.token_hex(8)}")
    workspace_rows.change(connection, workspace)  # takes have authors
    return Erased(changed, withdrawn)


def _delete(connection: Connection, workspace: str, owner: str | None, now: int) -> int:
    deleted = rows.delete_workspace(connection, workspace)
    if owner is not None and rows.served_by(connection, owner) == 0:
        rows.empty_installation(connection, owner, now)
    return deleted
