"""What must have one effect however often it comes: Slack sends an event again, somebody replays a signed request.

Reactions need none of it: doing the same one twice changes nothing. The rest is known by what Slack gives it once.
"""

import hashlib

from db import replays as rows
from db.connection import Connection
from db.engine import now

MOST_HEARD = 10_000  # requests of ten minutes at sixteen a second; a signature is good for five


class Heard:
    """The requests that this process has heard lately, where what they do can stand only once anyway.

    Nothing is written down for them. Another replica does not know them: it finds what was done.
    """

    def __init__(self, most: int = MOST_HEARD) -> None:
        self._names: dict[tuple[str, str], None] = {}
        self._most = most

    def is_first(self, workspace: str, name: str) -> bool:
        """Whether a request of this name has not been heard in this workspace. True once."""
        if (workspace, name) in self._names:
            return False
        self._names[workspace, name] = None
        if len(self._names) > self._most:
            del self._names[next(iter(self._names))]
        return True


def is_first(connection: Connection, workspace: str, name: str) -> bool:
    """Whether a request of this name has not been heard in this workspace before. True once."""
    return rows.hear(connection, workspace, _hash(name), now(connection))


def forget(connection: Connection, workspace: str, name: str) -> None:
    """It could not be done: let it be heard when it comes again."""
    rows.forget(connection, workspace, _hash(name))


def _hash(name: str) -> str:
    return hashlib.sha256(name.encode(errors="replace")).hexdigest()
