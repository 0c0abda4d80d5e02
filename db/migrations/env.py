"""Alembic's entry: on the connection that db.schema.migrate lends it, or on DATABASE_URL from the command line."""

import os

from alembic import context
from sqlalchemy import Connection

from db.engine import Database
from db.models import metadata
from db.schema import without_references


def migrate(connection: Connection) -> None:
    """Run the migrations in the caller's transaction; SQLite alters a table by copying it."""
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_server_default=False,
    )
    with without_references(connection):
        context.run_migrations()


lent = context.config.attributes.get("connection")
if lent is not None:
    migrate(lent)
else:
    database = Database(os.environ["DATABASE_URL"])
    try:
        with database.engine.begin() as own:
            migrate(own)
    finally:
        database.close_now()
