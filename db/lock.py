"""One process to a SQLite file: two writers on it are the one way to harm it that we can forbid."""

import contextlib
import os
import sys
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def _take(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _take(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


class AlreadyInUse(Exception):
    """Another process has the database file open."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"{path} is in use by another process")


class FileLock:
    """An exclusive lock on a file beside the database, which the operating system drops however the process ends."""

    def __init__(self, path: Path) -> None:
        """Take the lock. Raises AlreadyInUse."""
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _take(self._handle)
        except OSError as error:
            os.close(self._handle)
            raise AlreadyInUse(path.with_suffix("")) from error

    def release(self) -> None:
        """Give the lock back. The file stays: deleting it would let two processes lock two files of one name."""
        with contextlib.suppress(OSError):
            os.close(self._handle)
