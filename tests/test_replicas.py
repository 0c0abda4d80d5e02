"""What befalls a PostgreSQL server that replicas share: it dies, its answers are lost, a pooler stands between."""

import asyncio
import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from bot import soundness
from db.connection import Connection
from db.engine import Database
from db.schema import migrate
from tests.postgresql import Server, create_database, named, struck_server
from tests.release_walk import walk
from tests.story import eventually

PGBOUNCER = shutil.which("pgbouncer", path="/usr/sbin:/usr/bin:/usr/local/bin")
BOUNCER = """
[databases]
* = host={folder} port=5432 user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
auth_type = any
pool_mode = transaction
default_pool_size = 2
unix_socket_dir =
logfile = {log}
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server of this module's own, to be struck down."""
    with struck_server() as running:
        yield running


@pytest.fixture
def url(server: Server, request: pytest.FixtureRequest) -> str:
    """An empty database on it."""
    name = f"d{abs(hash(request.node.name)) % 10**8}"
    create_database(server.address, name)
    return named(server.address, name)


def by_tcp(url: str, port: int) -> str:
    """The same database through a port of this machine."""
    return f"postgresql+psycopg://postgres@127.0.0.1:{port}/{make_url(url).database}"


async def until(came: Callable[[], bool]) -> None:
    async def look() -> bool | None:
        return came() or None

    await eventually(look)


def make_notes(connection: Connection) -> None:
    connection.execute(text("CREATE TABLE note (id INTEGER PRIMARY KEY)"))


def note(connection: Connection, number: int) -> int:
    connection.execute(text("INSERT INTO note VALUES (:n) ON CONFLICT DO NOTHING"), {"n": number})
    return number


def notes(connection: Connection) -> set[int]:
    return set(connection.execute(text("SELECT id FROM note")).scalars())


@pytest.mark.fault("B09")
@pytest.mark.parametrize("how", ["killed", "crashed"])
async def test_the_server_dies_and_comes_back(server: Server, url: str, how: str) -> None:
    """Under load, with connections open: what was acknowledged is kept, and within ten seconds all goes on."""
    database = Database(url)
    await database.run(make_notes)
    over = asyncio.Event()
    acknowledged: set[int] = set()
    last: float = 0.0

    async def load(number: int) -> None:
        nonlocal last
        while not over.is_set():
            number += 4
            with contextlib.suppress(Exception):
                acknowledged.add(await database.run_together(note, number))
                last = time.monotonic()

    def reached(enough: int) -> bool:
        return len(acknowledged) >= enough

    def is_back(since: float) -> bool:
        return last > since

    loads = [asyncio.create_task(load(first)) for first in range(4)]
    for _ in range(2):
        enough = len(acknowledged) + 50
        await until(partial(reached, enough))
        if how == "killed":
            await asyncio.to_thread(server.kill)
            await asyncio.to_thread(server.start)
        else:
            await asyncio.to_thread(server.crash_and_restart)
        back = time.monotonic()
        await until(partial(is_back, back))
        assert last < back + 10
    over.set()
    await asyncio.gather(*loads)

    assert acknowledged <= await database.run(notes)
    await database.close()


class Cutter:
    """Stands before the server, and cuts every other connection when the server has committed and not yet said so."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / ".s.PGSQL.5432"
        self._commits = 0
        self._carrying: set[asyncio.Task[None]] = set()
        self.cuts = 0
        self.port = 0

    async def __aenter__(self) -> "Cutter":
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for carrying in self._carrying:
            carrying.cancel()
        await asyncio.gather(*self._carrying, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._carry(reader, writer))
        self._carrying.add(task)
        task.add_done_callback(self._carrying.discard)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_unix_connection(self._path)
        cut = asyncio.Event()

        async def answers() -> None:
            while data := await there.read(65_536):
                if cut.is_set():
                    self.cuts += 1
                    break
                writer.write(data)

        async def requests() -> None:
            while data := await reader.read(65_536):
                if data.endswith(b"COMMIT\0"):
                    self._commits += 1
                    if self._commits % 2:
                        cut.set()
                back.write(data)

        tasks = [asyncio.create_task(answers()), asyncio.create_task(requests())]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for one in (writer, back):
                one.transport.abort()


@pytest.mark.fault("B11")
async def test_a_commit_whose_answer_is_lost_is_done_once(server: Server, url: str) -> None:
    """Nobody knows whether the server has committed; the work is done again, and in the end it was done once."""
    plain = Database(url)
    await plain.run(migrate)
    async with Cutter(server.folder) as cutter:
        database = await asyncio.to_thread(Database, by_tcp(url, cutter.port))
        await walk(database)
        await database.close()

    assert cutter.cuts > 60
    assert await plain.run(soundness.faults) == []
    twice = "SELECT count(*) FROM (SELECT 1 FROM {} GROUP BY {} HAVING count(*) > 1) AS twice"
    for table, key in (("card", "comparison_id, channel, message_ts"), ("audit", "action, subject, at")):
        assert await plain.run(lambda c, t=table, k=key: c.execute(text(twice.format(t, k))).scalar()) == 0, table
    await plain.close()


@pytest.fixture
async def pooler(server: Server, tmp_path: Path) -> AsyncIterator[int]:
    """The port of a pgbouncer that lends two sessions, each for one transaction."""
    if PGBOUNCER is None:
        assert "CI" not in os.environ, "CI needs Debian's pgbouncer"
        pytest.skip("pgbouncer is not installed")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    configuration = server.folder / f"bouncer-{port}.ini"
    configuration.write_text(BOUNCER.format(folder=server.folder, port=port, log=server.folder / "bouncer.log"))
    process = await asyncio.create_subprocess_exec(
        PGBOUNCER, configuration, user=server.user, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(200):
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port), 0.2).close()
                break
            await asyncio.sleep(0.05)
        yield port
    finally:
        process.terminate()
        await process.wait()


@pytest.mark.fault("B14")
async def test_a_pooler_that_lends_sessions_by_transaction(url: str, pooler: int) -> None:
    """Two replicas migrate and work through two sessions that are lent for one transaction at a time."""
    replicas = [Database(by_tcp(url, pooler)) for _ in range(2)]
    await asyncio.gather(*[replica.run(migrate) for replica in replicas])

    await walk(replicas[0])
    await asyncio.gather(
        *[
            replica.run_together(lambda c: c.execute(text("SELECT 1")) and None)
            for _ in range(100)
            for replica in replicas
        ]
    )

    assert await replicas[1].run(soundness.faults) == []
    assert await replicas[0].run(lambda c: c.execute(text("SHOW statement_timeout")).scalar()) == "10s"
    for replica in replicas:
        await replica.close()


@pytest.mark.fault("B10")
async def test_nobody_waits_for_a_connection_of_ours(url: str) -> None:
    """However much is asked at once, each of our threads has its own connection: none is waited for in vain."""
    database = Database(url)

    def slow(connection: Connection) -> int:
        return int(connection.execute(text("SELECT 1 FROM pg_sleep(0.02)")).scalar_one())

    assert sum(await asyncio.gather(*[database.run(slow) for _ in range(60)])) == 60
    await database.close()
