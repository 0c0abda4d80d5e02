"""How either database is opened: what each connection is told, and how a transaction begins."""

from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.pool import StaticPool

# Transaction pooling keeps nothing of a session, so limits are set within each transaction, at no further round trip.
BEGIN = "BEGIN; SET LOCAL statement_timeout = 10000; SET LOCAL lock_timeout = 5000; SET LOCAL random_page_cost = 1.1"
POSTGRESQL_THREADS = 4
SQLITE_CACHE_KIB = 16_000
REFERENCES_OFF = "references_off"  # a migration has switched them off on this connection


def sqlite_engine(url: str) -> Engine:
    """The one connection to a file, which waits for no other; every transaction may write."""
    engine = create_engine(
        url,
        poolclass=StaticPool,
        connect_args={"check_same_thread": False, "timeout": 5},
        hide_parameters=True,  # an error in the log must not tell what people wrote
    )

    @event.listens_for(engine, "connect")
    def _prepare(dbapi_connection: Any, _record: Any) -> None:
        # Python's sqlite3 would run a leading SELECT outside any transaction and then begin a deferred one:
        # we begin ourselves, and for writing from the start.
        dbapi_connection.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",  # an acknowledged vote survives a power cut
            "foreign_keys=ON",
            "busy_timeout=5000",
            f"cache_size=-{SQLITE_CACHE_KIB}",
        ):
            dbapi_connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        if connection.info.pop(REFERENCES_OFF, False):
            connection.exec_driver_sql("PRAGMA foreign_keys=ON")
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def postgresql_engine(url: str) -> Engine:
    """A connection for each thread, through a pooler too."""
    engine = create_engine(
        make_url(url).set(drivername="postgresql+psycopg"),
        pool_size=POSTGRESQL_THREADS,
        max_overflow=0,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={"connect_timeout": 4},  # seconds; a start that is interrupted ends after this
    )

    @event.listens_for(engine, "connect")
    def _prepare(dbapi_connection: Any, _record: Any) -> None:
        dbapi_connection.autocommit = True  # we begin ourselves
        (pid,) = dbapi_connection.execute("SELECT pg_backend_pid()").fetchone()
        if pid != dbapi_connection.info.backend_pid:
            # Somebody stands between who hands each transaction to another session, which knows no statement by name.
            dbapi_connection.prepare_threshold = None

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(BEGIN)

    return engine


def sqlite_file(url: str) -> Path | None:
    """The SQLite file that an address names; None for a server's database or one in memory."""
    return file_of(make_url(url))


def file_of(url: URL) -> Path | None:
    """The same, of an address that was read."""
    is_file = url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:"
    return Path(url.database) if is_file and url.database else None
