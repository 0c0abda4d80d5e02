"""The database and its threads: what `run` and `run_together` promise, and what survives a lost connection."""

import asyncio
import signal
import sqlite3
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy import create_engine, event, text
from sqlalchemy.exc import IntegrityError, OperationalError

from db.connection import Connection
from db.engine import ATTEMPTS, MOST_TOGETHER, Database
from db.lock import AlreadyInUse
from tests.processes import clean_environment

on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

HOLD = "import sys; from db.engine import Database; Database(sys.argv[1]); print('held', flush=True); sys.stdin.read()"


def table(connection: Connection) -> None:
    connection.execute(text("CREATE TABLE note (id INTEGER PRIMARY KEY)"))


def note(connection: Connection, number: int) -> int:
    """Keep a number; a second time it fails."""
    connection.execute(text("INSERT INTO note VALUES (:number)"), {"number": number})
    return number


def notes(connection: Connection) -> list[int]:
    return list(connection.execute(text("SELECT id FROM note ORDER BY id")).scalars())


class Gate:
    """Holds the database's thread until it is opened."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.opened = threading.Event()

    def hold(self, connection: Connection) -> None:
        self.reached.set()
        assert self.opened.wait(10)

    def open(self) -> None:
        self.opened.set()


@pytest.fixture
async def noted(database: Database) -> Database:
    """A database with an empty table."""
    await database.run(table)
    return database


@pytest.fixture
def gate() -> Iterator[Gate]:
    """Shut; opened at the end, so that no thread waits for ever."""
    shut = Gate()
    yield shut
    shut.open()


@pytest.fixture
def commits(noted: Database) -> list[None]:
    """One entry for each commit from here on."""
    counted: list[None] = []
    event.listen(noted.engine, "commit", lambda _: counted.append(None))
    return counted


async def queued(database: Database, gate: Gate, *numbers: int) -> list[asyncio.Task[int]]:
    """Notes that wait in the queue while the gate is shut."""
    held = asyncio.create_task(database.run_together(gate.hold))
    held.add_done_callback(asyncio.Task.result)
    await asyncio.to_thread(gate.reached.wait, 10)
    waiting = [asyncio.create_task(database.run_together(note, number)) for number in numbers]
    await asyncio.sleep(0)  # each has put itself into the queue
    return waiting


async def test_a_call_is_a_transaction(noted: Database) -> None:
    """What a function did is there when `run` returns; of one that fails nothing is left."""

    def note_and_fail(connection: Connection) -> None:
        note(connection, 2)
        raise LookupError("of its own")

    assert await noted.run(note, 1) == 1
    with pytest.raises(LookupError, match="of its own"):
        await noted.run(note_and_fail)

    assert await noted.run(notes) == [1]


async def test_calls_that_wait_together_share_a_commit(noted: Database, gate: Gate, commits: list[None]) -> None:
    """Ten votes that have queued while the last commit ran cost one more commit, in their order."""
    waiting = await queued(noted, gate, *range(10))
    gate.open()

    assert await asyncio.gather(*waiting) == list(range(10))
    assert len(commits) == 2  # of whoever held the gate, and of the ten
    assert await noted.run(notes) == list(range(10))


async def test_a_commit_is_shared_by_so_many(noted: Database, gate: Gate, commits: list[None]) -> None:
    """A crowd is committed in portions."""
    waiting = await queued(noted, gate, *range(MOST_TOGETHER + 1))
    gate.open()
    await asyncio.gather(*waiting)

    assert len(commits) == 3


async def test_a_failing_neighbour_fails_alone(noted: Database, gate: Gate, commits: list[None]) -> None:
    """One of several in a shared commit fails: the others are kept, and it alone hears of its error."""
    await noted.run(note, 3)
    waiting = await queued(noted, gate, 1, 2, 3, 4)
    gate.open()
    one, two, three, four = await asyncio.gather(*waiting, return_exceptions=True)

    assert (one, two, four) == (1, 2, 4)
    assert isinstance(three, IntegrityError)
    assert await noted.run(notes) == [1, 2, 3, 4]


async def test_gathered_items_are_handed_over_as_one_list(noted: Database, gate: Gate, commits: list[None]) -> None:
    """Items that wait for one function share its run; when one of them fails, each is run alone, and it alone fails."""
    runs: list[list[int]] = []

    def note_all(connection: Connection, numbers: Sequence[int]) -> list[int]:
        runs.append(list(numbers))
        return [note(connection, number) * 10 for number in numbers]

    waiting = await queued(noted, gate, 1)
    waiting += [asyncio.create_task(noted.run_gathered(note_all, number)) for number in (2, 3, 1)]
    await asyncio.sleep(0)
    gate.open()
    first, two, three, again = await asyncio.gather(*waiting, return_exceptions=True)

    assert (first, two, three) == (1, 20, 30)
    assert isinstance(again, IntegrityError)
    assert runs == [[2, 3, 1], [2], [3], [1]]
    assert await noted.run(notes) == [1, 2, 3]


async def test_run_shares_its_commit_with_nobody(noted: Database, gate: Gate, commits: list[None]) -> None:
    """A call of its own between votes keeps its own transaction."""
    waiting = await queued(noted, gate, 1, 2)
    alone = asyncio.create_task(noted.run(note, 3))
    await asyncio.sleep(0)
    waiting.append(asyncio.create_task(noted.run_together(note, 4)))
    await asyncio.sleep(0)
    gate.open()
    await asyncio.gather(alone, *waiting)

    # On SQLite the one in the middle parts the votes before it from those after it.
    assert len(commits) == (4 if noted.is_sqlite else 3)


async def test_a_cancelled_waiter_does_no_harm(noted: Database, gate: Gate) -> None:
    """Whoever stops waiting takes nothing from the others; what it asked for is done all the same."""
    waiting = await queued(noted, gate, 1, 2, 3)
    waiting[1].cancel()
    await asyncio.sleep(0)
    gate.open()
    first, second, third = await asyncio.gather(*waiting, return_exceptions=True)

    assert (first, third) == (1, 3)
    assert isinstance(second, asyncio.CancelledError)
    assert await noted.run(notes) == [1, 2, 3]


async def test_close_finishes_what_has_queued(noted: Database, gate: Gate, database_url: str) -> None:
    """Closing waits for everybody who was there before it, and may be repeated."""
    waiting = await queued(noted, gate, 1, 2, 3)
    last = asyncio.create_task(noted.run(note, 4))
    await asyncio.sleep(0)
    closing = asyncio.create_task(noted.close())
    await asyncio.sleep(0.05)
    assert not closing.done()
    gate.open()
    await closing

    assert await asyncio.gather(*waiting, last) == [1, 2, 3, 4]
    await noted.close()
    again = Database(database_url)
    assert await again.run(notes) == [1, 2, 3, 4]
    await again.close()


@on_sqlite
async def test_sqlite_is_set_up_as_promised(noted: Database) -> None:
    """WAL, a commit that survives a power cut, foreign keys, a writer's lock from the start of a transaction."""

    def pragma(connection: Connection, name: str) -> object:
        return connection.exec_driver_sql(f"PRAGMA {name}").scalar()

    found = {name: await noted.run(pragma, name) for name in ("journal_mode", "synchronous", "foreign_keys")}

    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


@pytest.mark.fault("B02")
@on_sqlite
async def test_a_sqlite_transaction_writes_from_its_start(noted: Database, tmp_path: Path) -> None:
    """Even before its first statement nobody else can write: a read and the write after it are one."""

    def intrude(connection: Connection) -> None:
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            intruder.execute("INSERT INTO note VALUES (1)")

    intruder = sqlite3.connect(tmp_path / "verdicts.db", timeout=0, check_same_thread=False)
    await noted.run(intrude)
    intruder.close()


@pytest.mark.fault("B05")
@on_sqlite
async def test_a_second_process_on_one_sqlite_file_is_refused(database_url: str) -> None:
    """The file belongs to one process, until that one ends, however it ends."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", HOLD, database_url),
        env=clean_environment(),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"held\n"

    try:
        with pytest.raises(AlreadyInUse) as refused:
            Database(database_url)
        assert refused.value.path.name == "verdicts.db"
    finally:
        process.send_signal(signal.SIGKILL)
        await process.communicate()

    ours = Database(database_url)
    await ours.close()


@on_sqlite
async def test_the_file_is_given_back(database_url: str) -> None:
    """Once closed, the file can be opened again; before, not even by the same process."""
    first = Database(database_url)
    with pytest.raises(AlreadyInUse):
        Database(database_url)
    await first.close()

    second = Database(database_url)
    await second.close()


@pytest.mark.fault("B10")
@on_postgresql
async def test_a_deadlock_is_run_again(noted: Database) -> None:
    """Two transactions that wait for each other: PostgreSQL ends one with 40P01, and both are done in the end."""
    await noted.run(note, 1)
    await noted.run(note, 2)
    both_hold = threading.Barrier(2, timeout=10)
    runs: list[int] = []

    def lock(connection: Connection, first: int, second: int) -> None:
        runs.append(first)
        is_first_run = runs.count(first) == 1
        connection.execute(text("SELECT id FROM note WHERE id = :id FOR UPDATE"), {"id": first})
        if is_first_run:
            both_hold.wait()
        connection.execute(text("SELECT id FROM note WHERE id = :id FOR UPDATE"), {"id": second})

    await asyncio.gather(noted.run(lock, 1, 2), noted.run(lock, 2, 1))

    assert len(runs) == 3


@pytest.mark.fault("B10")
@on_postgresql
async def test_a_serialization_failure_is_run_again(noted: Database) -> None:
    """A transaction that PostgreSQL ends with 40001 is run again from its start."""
    await noted.run(note, 1)
    other = create_engine(noted.engine.url)
    runs: list[list[int]] = []

    def read_then_write(connection: Connection) -> None:
        connection.execute(text("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE"))
        runs.append(notes(connection))
        if len(runs) == 1:
            with other.begin() as meanwhile:
                meanwhile.execute(text("UPDATE note SET id = 2"))
        connection.execute(text("UPDATE note SET id = id + 10"))

    await noted.run(read_then_write)
    other.dispose()

    assert runs == [[1], [2]]
    assert await noted.run(notes) == [12]


@pytest.mark.fault("B10")
@on_postgresql
@pytest.mark.parametrize("together", [False, True])
async def test_a_lost_connection_is_opened_again(noted: Database, together: bool) -> None:
    """A connection that dies within a transaction costs one more run; what it did is done once."""
    runs: list[int] = []

    def die_once(connection: Connection, number: int) -> None:
        note(connection, number)
        runs.append(number)
        if len(runs) == 1:
            connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    submit = noted.run_together if together else noted.run
    await submit(die_once, 7)

    assert runs == [7, 7]
    assert await noted.run(notes) == [7]


@pytest.mark.fault("B10")
@on_postgresql
async def test_what_never_passes_ends(noted: Database) -> None:
    """A transaction that is struck every time is given up, and says why."""
    runs: list[int] = []

    def always_dies(connection: Connection) -> None:
        runs.append(1)
        connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    with pytest.raises(OperationalError):
        await noted.run(always_dies)

    assert len(runs) == ATTEMPTS
    assert await noted.run(note, 1) == 1


@pytest.mark.fault("B10")
@on_postgresql
async def test_nothing_that_was_acknowledged_is_lost(noted: Database) -> None:
    """While an administrator ends every connection again and again, whatever `run_together` returned for is kept."""
    other = create_engine(noted.engine.url, isolation_level="AUTOCOMMIT")
    enemy = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
        "AND pid <> pg_backend_pid()"
    )

    async def strike() -> None:
        for _ in range(5):
            await asyncio.sleep(0.05)
            with other.connect() as connection:
                connection.execute(enemy)

    striking = asyncio.create_task(strike())
    acknowledged: list[int] = []
    for number in range(0, 400, 4):
        answers = await asyncio.gather(
            *[noted.run_together(note, number + i) for i in range(4)], return_exceptions=True
        )
        acknowledged += [answer for answer in answers if isinstance(answer, int)]
    await striking
    other.dispose()

    kept = await noted.run(notes)
    assert set(acknowledged) <= set(kept)
    assert len(acknowledged) > 300
