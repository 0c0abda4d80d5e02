"""The one name of SQLAlchemy that services need: the type of their first parameter."""

from sqlalchemy import Connection

__all__ = ["Connection"]
