"""What must have one effect however often it comes: Slack sends an event again, somebody replays a signed request.

Reactions need none of it: doing the same one twice changes nothing. The rest is known by what Slack gives it once.
"""

import hashlib

from db import replays as rows
from db.connection import Connection
from db.engine import now


def is_first(connection: Connection, workspace: str, name: str) -> bool:
    """Whether a request of this name has not been heard in this workspace before. True once."""
    return rows.hear(connection, workspace, _hash(name), now(connection))


def forget(connection: Connection, workspace: str, name: str) -> None:
    """It could not be done: let it be heard when it comes again."""
    rows.forget(connection, workspace, _hash(name))


def _hash(name: str) -> str:
    return hashlib.sha256(name.encode(errors="replace")).hexdigest()
