"""The database and its threads: plain synchronous functions, one transaction each.

SQLite has one connection on one thread, which also is its one writer (Debian's SQLite 3.40 has a fault in its write-
ahead log that needs two writing connections to strike: https://www.sqlite.org/wal.html#walresetbug). PostgreSQL has a
small pool, a thread for each connection. Calls made with `run_together` or `run_gathered` that have queued while the
last commit ran share the next one.
"""

import asyncio
import contextlib
import itertools
import os
import queue
import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import structlog
from sqlalchemy import Connection, make_url, text
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError

from db.clock import not_before_seen
from db.lock import FileLock
from db.opening import POSTGRESQL_THREADS, file_of, postgresql_engine, sqlite_engine

log = structlog.get_logger(__name__)

A = TypeVar("A")
T = TypeVar("T")

MOST_TOGETHER = 64  # calls that may share one commit; past fifty a transaction the gain is small
ATTEMPTS = 5
# By PostgreSQL's SQLSTATE: what passes when the transaction is run again.
RETRYABLE = {
    "40001": "serialization",
    "40P01": "deadlock",
    "55P03": "lock",
    "53300": "connection",  # it has no room for another connection
    "57P01": "connection",  # it shuts down, has crashed, starts up
    "57P02": "connection",
    "57P03": "connection",
}


@dataclass(slots=True)
class _Call:
    function: Callable[..., Any]
    args: tuple[Any, ...]
    future: "asyncio.Future[Any]"
    loop: asyncio.AbstractEventLoop
    together: bool
    gathered: bool  # the one argument is an item of those that the function takes as a list


_Lane: TypeAlias = "queue.SimpleQueue[_Call | None]"


class CannotOpen(Exception):
    """The database is out of reach or its address makes no sense; the message says why, without its password."""


class Database:
    """`await database.run(function, *args)`: one thread hop, one transaction, one commit.

    The function gets a connection first and must be safe to run again from its start: a deadlock, a lost connection or
    the failure of a neighbour in a shared commit runs it a second time after a rollback.
    """

    def __init__(self, url: str, on_retry: Callable[[str], object] | None = None) -> None:
        """Open the database, with one connection as a proof. `on_retry` hears why a transaction is run again.

        Raises CannotOpen, and `db.lock.AlreadyInUse` when another process has the SQLite file.
        """
        self._on_retry = on_retry
        self._lock: FileLock | None = None
        try:
            parsed = make_url(url)
            self.is_sqlite = parsed.get_backend_name() == "sqlite"
            if self.is_sqlite:
                if (path := file_of(parsed)) is not None:
                    path.parent.mkdir(parents=True, exist_ok=True)
                    self._lock = FileLock(path.with_name(path.name + ".lock"))
                self.engine = sqlite_engine(url)
            else:
                self.engine = postgresql_engine(url)
            self.engine.connect().close()
        except (OSError, ValueError, SQLAlchemyError) as error:
            if self._lock:
                self._lock.release()
            raise CannotOpen(_reason(error)) from None  # the cause may hold the address
        # Votes keep to one lane, so that they meet in its queue and share a commit; SQLite has only one lane anyway.
        self._single: _Lane = queue.SimpleQueue()
        self._shared: _Lane = self._single if self.is_sqlite else queue.SimpleQueue()
        beside = 0 if self.is_sqlite else POSTGRESQL_THREADS - 1
        self._lanes = [self._shared, *[self._single] * beside]
        self._threads = [
            threading.Thread(target=self._work, args=(lane,), name=f"database-{i}", daemon=True)
            for i, lane in enumerate(self._lanes)
        ]
        for thread in self._threads:
            thread.start()
        self._closed = False
        self._process = os.getpid()

    @property
    def file(self) -> Path | None:
        """The SQLite file; None on a server or in memory."""
        return file_of(self.engine.url)

    @property
    def address(self) -> str:
        """Where the database is, without its password."""
        return self.engine.url.render_as_string(hide_password=True)

    async def run(self, function: Callable[..., T], *args: Any) -> T:
        """Run `function(connection, *args)` in a transaction of its own; return its result after the commit."""
        result: T = await self._submit(self._single, function, args, together=False)
        return result

    async def run_together(self, function: Callable[..., T], *args: Any) -> T:
        """Like `run`, but the commit may be shared with calls that waited beside it.

        For small, frequent writes such as votes. When one of them fails, all are rolled back and run again one by one,
        so a failure stays its own.
        """
        result: T = await self._submit(self._shared, function, args, together=True)
        return result

    async def run_gathered(self, function: Callable[[Connection, Sequence[A]], Sequence[T]], item: A) -> T:
        """Like `run_together`, but items that waited for the same function are handed to it as one list.

        So they share its statements, too. It returns a result for each item, in their order.
        """
        result: T = await self._submit(self._shared, function, (item,), together=True, gathered=True)
        return result

    def run_here(self, function: Callable[..., T], *args: Any) -> T:
        """`run` for the command line and the start-up, where no event loop runs."""
        return asyncio.run(self.run(function, *args))

    async def close(self) -> None:
        """Finish what has queued, then close every connection and give the file back."""
        await asyncio.to_thread(self.close_now)

    def close_now(self) -> None:
        """`close` for code without an event loop."""
        if self._closed:
            return
        self._closed = True
        for lane in self._lanes:
            lane.put(None)
        for thread in self._threads:
            thread.join()
        self.engine.dispose()
        if self._lock:
            self._lock.release()

    async def _submit(
        self,
        lane: "_Lane",
        function: Callable[..., Any],
        args: tuple[Any, ...],
        *,
        together: bool,
        gathered: bool = False,
    ) -> Any:
        if os.getpid() != self._process:
            raise RuntimeError("the database was opened by another process: open it again after a fork")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        lane.put(_Call(function, args, future, loop, together, gathered))
        return await future

    def _work(self, lane: "_Lane") -> None:
        waiting: _Call | None = None
        while True:
            call = waiting or lane.get()
            waiting = None
            if call is None:
                return
            batch = [call]
            ends = False
            while call.together and len(batch) < MOST_TOGETHER:
                try:
                    following = lane.get_nowait()
                except queue.Empty:
                    break
                if following is None:
                    ends = True
                    break
                if not following.together:
                    waiting = following
                    break
                batch.append(following)
            self._answer(batch)
            if ends:
                return

    def _answer(self, batch: Sequence[_Call]) -> None:
        if len(batch) > 1:
            try:
                results = self._transact(batch)
            except Exception:  # noqa: BLE001  each call is run again alone and tells its own error
                for call in batch:
                    self._answer([call])
                return
            _settle(batch, results)
            return
        try:
            results = self._transact(batch)
        except BaseException as error:  # noqa: BLE001  it belongs to whoever waits for the future
            _fail(batch[0], error)
        else:
            _settle(batch, results)

    def _transact(self, batch: Sequence[_Call]) -> list[Any]:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with self.engine.begin() as connection:
                    return _results(connection, batch)
            except DBAPIError as error:
                if attempt == ATTEMPTS or not _may_pass(error):
                    raise
                reason = RETRYABLE.get(getattr(error.orig, "sqlstate", None) or "", "connection")
                if self._on_retry is not None:
                    self._on_retry(reason)
                log.warning("transaction run again", attempt=attempt, reason=reason)
                time.sleep(random.uniform(0.5, 1.0) * 0.05 * 2**attempt)  # noqa: S311  jitter, not a secret
        raise AssertionError("unreachable")


def _results(connection: Connection, batch: Sequence[_Call]) -> list[Any]:
    results: list[Any] = []
    for (function, gathered), group in itertools.groupby(batch, key=lambda call: (call.function, call.gathered)):
        calls = list(group)
        if gathered:
            results += function(connection, [call.args[0] for call in calls])
        else:
            results += [function(connection, *call.args) for call in calls]
    return results


def _may_pass(error: DBAPIError) -> bool:
    """Whether the same transaction may succeed when it is run again: a deadlock, a lock, a lost connection.

    One that cannot even be opened has no SQLSTATE; sqlite3's errors have none, either, and are told at once.
    """
    if error.connection_invalidated:
        return True
    state = getattr(error.orig, "sqlstate", "of no server")
    return state in RETRYABLE or (state is None and isinstance(error, OperationalError))


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}"
    if isinstance(error, DBAPIError):
        return str(error.orig).partition("\n")[0]
    return "the address cannot be read"


def _settle(batch: Sequence[_Call], results: Sequence[Any]) -> None:
    def deliver() -> None:
        for call, result in zip(batch, results, strict=True):
            if not call.future.done():
                call.future.set_result(result)

    # The loop may have closed while we worked; then nobody waits any more, and what was committed stays committed.
    with contextlib.suppress(RuntimeError):
        batch[0].loop.call_soon_threadsafe(deliver)


def _forget_rows(error: BaseException) -> None:
    """Cut the message to its first line: in the next, PostgreSQL quotes the row, with what people wrote."""
    detail = isinstance(error, DBAPIError) and getattr(getattr(error.orig, "diag", None), "message_detail", None)
    if isinstance(error, DBAPIError) and error.orig is not None and detail:
        error.orig.args = (_reason(error),)
        error.args = (_reason(error),)


def _fail(call: _Call, error: BaseException) -> None:
    _forget_rows(error)

    def deliver() -> None:
        if not call.future.done():
            call.future.set_exception(error)

    with contextlib.suppress(RuntimeError):
        call.loop.call_soon_threadsafe(deliver)


def now(connection: Connection) -> int:
    """The database's clock, in Unix seconds: the one clock that all replicas share.

    SQLite has none of its own: there it is this machine's, which goes on from the latest moment that the database has
    seen when somebody sets it back.
    """
    if connection.dialect.name == "sqlite":
        return not_before_seen(connection, int(time.time()))
    value = connection.execute(text("SELECT extract(epoch FROM clock_timestamp())::bigint")).scalar_one()
    return int(value)
