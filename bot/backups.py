"""`verdicts backup` and `verdicts restore`: a SQLite file copied while the bot runs, and put back while it does not."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from bot import restored, soundness
from db import backup as copies
from db.backup import CopyFailed
from db.engine import Database
from db.lock import FileLock
from db.opening import sqlite_file
from db.schema import HEAD, migrate, version

STAMP = "%Y%m%dT%H%M%S%fZ"
NAMES = f"verdicts-{'[0-9]' * 8}T{'[0-9]' * 12}Z.db"  # nobody else's file is ever deleted
ON_A_SERVER = "DATABASE_URL names a PostgreSQL server: use pg_dump and pg_restore, then `verdicts after-restore`."


class Failed(Exception):
    """Nothing was backed up or restored; the message is one sentence."""


def backup(url: str, folder: Path, keep: int, out: Console) -> None:
    """Write a copy of the database into `folder`, prove that it is sound, and keep the newest `keep` of them.

    The bot may run meanwhile. Raises Failed, and then the folder is as it was.
    """
    source = _file_of(url)
    made_at = datetime.now(UTC)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / f"verdicts-{made_at.strftime(STAMP)}.db"
        partial = target.with_suffix(".partial")
        with _removed_in_the_end(partial):
            copies.copy(source, partial)
            _check(partial)
            partial.rename(target)
        for old in sorted(folder.glob(NAMES))[:-keep]:
            old.unlink()
    except CopyFailed as error:
        raise Failed(f"Nothing was backed up: {error}.") from None
    except OSError as error:
        raise Failed(f"Nothing was backed up: {error.filename}: {error.strerror}.") from None
    size = target.stat().st_size / 2**20
    out.print(escape(f"{target}: {size:.1f} MiB, sound. Keep ENCRYPTION_KEYS in another place."), soft_wrap=True)


def restore(url: str, file: Path, out: Console) -> None:
    """Put a backup in the place of the database; what was there is kept beside it.

    Raises Failed, and then the database is what it was; and `db.lock.AlreadyInUse` while the bot runs.
    """
    target = _file_of(url)
    kept = target.with_name(f"{target.name}.replaced-{datetime.now(UTC).strftime(STAMP)}")
    new = target.with_name(f"{target.name}.restoring")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(target.with_name(f"{target.name}.lock"))
        try:
            with _removed_in_the_end(new):
                new.unlink(missing_ok=True)
                copies.duplicate(file, new)
                _check(new)
                noted = _note(f"sqlite:///{new}")
                was_there = target.exists()
                copies.put_in_place(new, target, kept)
        finally:
            lock.release()
    except CopyFailed as error:
        raise Failed(f"Nothing was restored: {file} is no backup: {error}.") from None
    except OSError as error:
        raise Failed(f"Nothing was restored: {error.filename}: {error.strerror}.") from None
    before = f" What was there is {kept.name}." if was_there else ""
    out.print(escape(f"{target} is {file.name} now.{before}\n{_told(noted)}"), soft_wrap=True)


def after_restore(url: str, out: Console) -> None:
    """Tell a database that was restored by other means that it was. Raises AlreadyInUse while the bot runs."""
    out.print(escape(_told(_note(url))), soft_wrap=True)


def _note(url: str) -> restored.Noted:
    database = Database(url)
    try:
        database.run_here(migrate)
        return database.run_here(restored.note)
    finally:
        database.close_now()


def _told(noted: restored.Noted) -> str:
    doubted = f" {noted.doubts} digests may have been posted already, and are not posted again." if noted.doubts else ""
    return f"At its next start the bot asks Slack about {noted.sweeps} cards and draws {noted.redraws} anew.{doubted}"


def _check(copy: Path) -> None:
    """Raises CopyFailed when the copy is damaged, does not add up, or is of a version that we do not know."""
    with copies.reading(copy) as connection:
        at = version(connection)
        if at is None:
            raise CopyFailed("there is no Verdicts in it")
        if at > HEAD:
            raise CopyFailed("a newer version of Verdicts has made it")
        found = copies.faults(connection)
        # Older ones lack tables that the sums are made of; they are brought up to date first.
        found += soundness.faults(connection) if at == HEAD else []
    if found:
        raise CopyFailed("; ".join(found[:3]))


def _file_of(url: str) -> Path:
    file = sqlite_file(url)
    if file is None:
        raise Failed(ON_A_SERVER)
    return file


@contextmanager
def _removed_in_the_end(file: Path) -> Iterator[None]:
    """Whatever happens, nothing of this name is left, nor of what SQLite puts beside it."""
    try:
        yield
    finally:
        for end in ("", "-wal", "-shm", "-journal", ".lock"):
            Path(f"{file}{end}").unlink(missing_ok=True)
