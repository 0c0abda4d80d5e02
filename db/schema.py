"""Bringing a database to the schema that this code needs."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import structlog
from sqlalchemy import Connection, inspect, text

from db.opening import REFERENCES_OFF

log = structlog.get_logger(__name__)

HEAD = "0012"  # the newest migration; a test holds it to what Alembic finds
MIGRATIONS = Path(__file__).with_name("migrations")


def version(connection: Connection) -> str | None:
    """The migration that the database stands at; None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return str(found) if found else None


class Broken(Exception):
    """A migration would have left rows that point to nothing; it was not done."""


@contextlib.contextmanager
def without_references(connection: Connection) -> Iterator[None]:
    """On SQLite, no reference acts while a migration runs; at its end each must lead somewhere, or Broken is raised.

    SQLite alters a table by copying it, and dropping the old one deletes whatever points to it "on delete cascade":
    https://www.sqlite.org/lang_altertable.html#making_other_kinds_of_table_schema_changes. The pragma is heeded outside
    of transactions only, so what the caller's has done so far is committed and another one is begun.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    for statement in ("COMMIT", "PRAGMA foreign_keys=OFF", "BEGIN IMMEDIATE"):
        connection.exec_driver_sql(statement)
    connection.info[REFERENCES_OFF] = True
    yield
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if broken is not None:
        raise Broken(f"a row of {broken[0]} would point to nothing in {broken[2]}")


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
