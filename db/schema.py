"""Bringing a database to the schema that this code needs."""

from pathlib import Path

import structlog
from sqlalchemy import Connection, inspect, text

log = structlog.get_logger(__name__)

HEAD = "0004"  # the newest migration; a test holds it to what Alembic finds
MIGRATIONS = Path(__file__).with_name("migrations")


def version(connection: Connection) -> str | None:
    """The migration that the database stands at; None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return str(found) if found else None


def is_new_enough(connection: Connection) -> bool:
    """Whether this code can work on the database: it stands at our newest migration, or at one that came after.

    A migration only adds, and takes away what the release before it had stopped using; so the code of one release runs
    on the schema of the next, while replicas are replaced one by one.
    """
    found = version(connection)
    return found is not None and found >= HEAD


def migrate(connection: Connection) -> None:
    """Bring the database to HEAD in the caller's transaction; nothing to do costs one query and no import of Alembic.

    On PostgreSQL a second replica that starts at the same moment waits for the first one's transaction.
    """
    if is_new_enough(connection):
        return
    from alembic import command  # noqa: PLC0415  a fifth of the start-up time, needed once per release
    from alembic.config import Config  # noqa: PLC0415

    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('verdicts.migrate'))"))
        if is_new_enough(connection):
            return
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    log.info("database migrates", to=HEAD)
    command.upgrade(config, "head")
