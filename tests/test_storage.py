"""What befalls a disk and a SQLite file: whatever was acknowledged is there, and the bot is well again by itself."""

import asyncio
import json
import os
import random
import resource
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import text

from db.connection import Connection
from db.engine import Database
from playground import Playground
from tests.processes import CONNECTED, bot_in, clean_environment
from tests.story import Scene, eventually

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
FIU = Path("/usr/lib/fiu/fiu_posix_preload.so")  # Debian's fiu-utils

# Notes are kept while one call of the operating system in three fails; then none does.
UNDER_FAULTS = """
import asyncio, ctypes, json, sys
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from db.engine import Database

faults = ctypes.CDLL("libfiu.so.0")
database, point, errno = Database(sys.argv[1]), sys.argv[2].encode(), int(sys.argv[3])

def note(connection, number):
    connection.execute(text("INSERT INTO note VALUES (:number, :said)"), {"number": number, "said": "x" * 3000})
    return number

async def main():
    await database.run(lambda c: c.execute(text("CREATE TABLE note (id INTEGER PRIMARY KEY, said TEXT)")) and None)
    faults.fiu_enable_random(point, 1, ctypes.c_void_p(errno), 0, ctypes.c_float(0.33))
    said, kept = [], []
    for number in range(150):
        try:
            kept.append(await database.run_together(note, number))
        except OperationalError as error:
            said.append(str(error.orig))
    faults.fiu_disable(point)
    kept.append(await database.run_together(note, 1000))
    held = await database.run(lambda c: list(c.execute(text("SELECT id FROM note")).scalars()))
    sound = await database.run(lambda c: c.exec_driver_sql("PRAGMA integrity_check").scalar())
    lost = sorted(set(kept) - set(held))
    print(json.dumps({"lost": lost, "failed": len(said), "said": sorted(set(said)), "sound": sound}))
    await database.close()

asyncio.run(main())
"""

FORKED = """
import os, sys
from db.engine import Database
database = Database(sys.argv[1])
if os.fork() == 0:
    try:
        database.run_here(lambda connection: None)
    except RuntimeError as error:
        print(error, flush=True)
    os._exit(0)
os.wait()
database.close_now()
"""


def has_fiu() -> bool:
    return FIU.exists()


def note(connection: Connection, number: int) -> int:
    connection.execute(text("INSERT INTO note VALUES (:number)"), {"number": number})
    return number


def make_notes(connection: Connection) -> None:
    connection.execute(text("CREATE TABLE note (id INTEGER PRIMARY KEY)"))


async def health(port: str, expected: str) -> None:
    """Wait until /readyz says this."""

    async def said() -> bool | None:
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://127.0.0.1:{port}/readyz") as answer,
        ):
            return expected in await answer.text() or None

    await eventually(said, lambda: f"/readyz never said {expected}")


@pytest.mark.fault("B03")
@on_sqlite
async def test_what_was_acknowledged_survives_a_power_cut(database: Database, tmp_path: Path) -> None:
    """Wherever the write-ahead log is torn off behind an acknowledgement, all that was acknowledged before is there."""
    await database.run(make_notes)
    file, log = tmp_path / "verdicts.db", tmp_path / "verdicts.db-wal"
    durable: dict[int, int] = {}  # a number, and how long the log was when it was acknowledged
    for number in range(120):
        await database.run_together(note, number)
        durable[number] = log.stat().st_size
    dice = random.Random(3)
    first, last = durable[0], durable[119]
    assert last > first  # no checkpoint has begun the log anew

    for _ in range(60):
        cut = dice.randint(first, last)
        torn = tmp_path / "torn.db"
        shutil.copy(file, torn)
        # What a disk leaves of a page that it was writing is anything.
        whole = log.read_bytes()
        (tmp_path / "torn.db-wal").write_bytes(whole[:cut] + dice.randbytes(dice.choice([0, 100, 4_096])))
        with sqlite3.connect(torn) as connection:
            held = {number for (number,) in connection.execute("SELECT id FROM note")}
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        connection.close()
        promised = {number for number, size in durable.items() if size <= cut}
        assert promised <= held


@pytest.mark.fault("B04")
@pytest.mark.parametrize(
    ("point", "errno", "complaint"),
    [
        ("posix/io/rw/pwrite", 28, "database or disk is full"),
        ("posix/io/rw/pwrite", 5, "disk I/O error"),
        ("posix/io/sync/fdatasync", 5, "disk I/O error"),
    ],
    ids=["disk-full", "write-error", "sync-error"],
)
async def test_no_vote_is_acknowledged_that_the_disk_did_not_take(
    tmp_path: Path, point: str, errno: int, complaint: str
) -> None:
    """While the disk fails, failures are told; nothing acknowledged is lost, and once it works everything does."""
    if not has_fiu():
        assert "CI" not in os.environ, "CI needs Debian's fiu-utils"
        pytest.skip("libfiu is not installed (Debian: fiu-utils)")

    ended = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", UNDER_FAULTS, f"sqlite:///{tmp_path / 'faulty.db'}", point, str(errno)),
        env={**clean_environment(), "LD_PRELOAD": str(FIU)},
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await asyncio.wait_for(ended.communicate(), 60)

    found = json.loads(said)
    assert found == {"lost": [], "failed": found["failed"], "said": [complaint], "sound": "ok"}
    assert found["failed"] > 10


@pytest.mark.fault("B04")
async def test_a_full_disk_is_survived_without_a_restart(playground: Playground, tmp_path: Path) -> None:
    """No file may grow any more: the bot says that it is not ready and acknowledges no vote; then all of them count."""
    async with bot_in(playground, tmp_path, HEALTH_PORT="0") as bot:
        await bot.says(CONNECTED)
        port = await bot.says(r"health is served.*port=(\d+)")
        scene = Scene(playground.url)
        try:
            await scene.person("ada").types("/compare cursor vs zed")
            card = await scene.seeded()
            limit = (tmp_path / "verdicts.db-wal").stat().st_size
            resource.prlimit(bot.pid, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
            await asyncio.gather(*(scene.person(name).reacts(card, "one") for name in ("ada", "bjorn", "chloe")))
            await bot.says("disk I/O error")
            await health(port, "the database takes no write")

            resource.prlimit(bot.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

            await scene.shows(card, "3 of 3 people")
            await health(port, '"ready": true')
        finally:
            await scene.close()
        assert await bot.stop() == 0


@pytest.mark.fault("B06")
@on_sqlite
def test_a_database_is_not_taken_into_a_fork(database_url: str) -> None:
    """A child of ours has no threads and must not write beside us: it is told so, and does not wait for ever."""
    ended = subprocess.run(
        [sys.executable, "-c", FORKED, database_url],
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )

    assert ended.stdout == "the database was opened by another process: open it again after a fork\n"


@pytest.mark.fault("B07")
@on_sqlite
async def test_an_endless_reader_stops_nobody_and_its_end_is_enough(database: Database, tmp_path: Path) -> None:
    """While somebody reads without end votes go on and the log grows; once they stop, it is used from its start."""
    await database.run(make_notes)
    log = tmp_path / "verdicts.db-wal"
    reader = sqlite3.connect(f"file:{tmp_path / 'verdicts.db'}?mode=ro", uri=True, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM note").fetchone()
    last = 0

    async def write(megabytes: int) -> None:
        nonlocal last
        until = log.stat().st_size + (megabytes << 20)
        for _ in range(megabytes * 400):
            if log.stat().st_size >= until:
                return
            last += 1
            await database.run_together(note, last)

    await write(6)  # a checkpoint is tried from 4 MiB on
    assert log.stat().st_size > 5 << 20
    assert reader.execute("SELECT count(*) FROM note").fetchone() == (0,)
    reader.close()
    grown = log.stat().st_size
    await write(1)

    assert log.stat().st_size < grown + (1 << 16)  # a commit or two until it is begun anew
