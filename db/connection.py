"""What services need of the database's language: the type of their first parameter, and the deadline of never."""

from typing import Any

from sqlalchemy import Connection

from db.models import NEVER

__all__ = ["NEVER", "Connection", "beside"]


def beside(connection: Connection, name: str) -> dict[Any, Any]:
    """A dictionary that lives as long as the connection to the database, from one transaction to the next.

    One transaction at a time uses it, so it needs no lock; a connection that is lost takes it along.
    """
    kept: dict[Any, Any] = connection.info.setdefault(name, {})
    return kept
