"""Requests that have been heard: queries only."""

from sqlalchemy import Connection, bindparam, delete, text

from db.models import heard_request

_HEAR = text(
    """
    INSERT INTO heard_request (workspace, hash, heard_at) VALUES (:workspace, :hash, :now)
    ON CONFLICT (workspace, hash) DO NOTHING
    RETURNING hash
    """
)
_FORGET = delete(heard_request).where(
    heard_request.c.workspace == bindparam("of_workspace"), heard_request.c.hash == bindparam("of_hash")
)
_PRUNE = delete(heard_request).where(heard_request.c.heard_at < bindparam("before"))


def hear(connection: Connection, workspace: str, hashed: str, now: int) -> bool:
    """Note a request; whether it is the first time."""
    return connection.execute(_HEAR, {"workspace": workspace, "hash": hashed, "now": now}).first() is not None


def forget(connection: Connection, workspace: str, hashed: str) -> None:
    """It was not heard after all."""
    connection.execute(_FORGET, {"of_workspace": workspace, "of_hash": hashed})


def prune(connection: Connection, before: int) -> None:
    """Forget what was heard before a moment, in all workspaces."""
    connection.execute(_PRUNE, {"before": before})
