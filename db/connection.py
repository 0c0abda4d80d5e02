"""What services need of the database's language: the type of their first parameter, and the deadline of never."""

from sqlalchemy import Connection

from db.models import NEVER

__all__ = ["NEVER", "Connection"]
