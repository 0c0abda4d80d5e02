"""Copies of a SQLite file: made while somebody else writes to it, looked at without touching them, put in its place.

A copy is read through a connection that cannot write. So one process alone writes and checkpoints, and the fault of
SQLite before 3.51.3 that needs two of those (https://www.sqlite.org/wal.html#walresetbug) has nothing to strike.
"""

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, create_engine
from sqlalchemy.exc import SQLAlchemyError


class CopyFailed(Exception):
    """A copy could not be made or read; the message says why."""


def copy(source: Path, target: Path) -> None:
    """Write everything that is committed in `source` to the new file `target`, as of one moment, durably.

    Whoever writes to `source` goes on meanwhile. Raises CopyFailed, and then there is no `target`.
    """
    if not source.is_file():
        raise CopyFailed(f"{source} is not there")
    target.touch(0o600, exist_ok=False)  # votes hold people's ids
    try:
        with contextlib.closing(sqlite3.connect(_address(source), uri=True, isolation_level=None)) as connection:
            connection.execute("PRAGMA busy_timeout=5000")
            connection.execute("VACUUM INTO ?", (str(target),))
        _to_disk(target)
    except (sqlite3.Error, OSError) as error:
        target.unlink(missing_ok=True)
        raise CopyFailed(str(error)) from None


@contextlib.contextmanager
def reading(file: Path) -> Iterator[Connection]:
    """A connection to a copy that cannot change it. Raises CopyFailed for what is no database."""
    engine = create_engine(f"sqlite:///{_address(file)}&uri=true", hide_parameters=True)
    try:
        with engine.connect() as connection:
            yield connection
    except SQLAlchemyError as error:
        raise CopyFailed(str(getattr(error, "orig", error))) from None
    finally:
        engine.dispose()


def faults(connection: Connection) -> list[str]:
    """What SQLite itself finds wrong with the file: damaged pages, references that lead nowhere."""
    found = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA integrity_check(20)")]
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(20)
    return [line for line in found if line != "ok"] + [
        f"a row of {row[0]} points to nothing in {row[2]}" for row in broken
    ]


def duplicate(source: Path, target: Path) -> None:
    """Copy a file that nobody has open, durably."""
    with (
        source.open("rb") as original,
        os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as new,
    ):
        shutil.copyfileobj(original, new)
    _to_disk(target)


def put_in_place(new: Path, file: Path, kept: Path) -> None:
    """Make `new` the database `file`, and keep what was there as `kept`. Nobody may have either open.

    After a crash at any point `file` is the old database or the new one, and never beside the log of the other: without
    its log the old one is as it was at its last checkpoint, and the restore can be begun again.
    """
    if file.exists():
        os.link(file, kept)
        with contextlib.suppress(FileNotFoundError):
            Path(f"{file}-wal").rename(f"{kept}-wal")
        Path(f"{file}-shm").unlink(missing_ok=True)
    new.replace(file)
    _to_disk(file.parent)


def _address(file: Path) -> str:
    return f"file:{quote(str(file.absolute()))}?mode=ro"


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
