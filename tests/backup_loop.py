"""A hundred backups while people vote: each is whole, and holds what was acknowledged before it and nothing invented.

    python -m tests.backup_loop --backups 100

`verdicts backup` runs as a process of its own beside the one that writes; every tenth copy is put back in another
folder, as `verdicts restore` does it, and read there.
"""

import argparse
import asyncio
import contextlib
import sqlite3
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from bot import soundness
from db.engine import Database
from db.schema import migrate
from tests.processes import Forked
from tests.test_backups import furnish, vote

VOTERS = 8  # who vote at the same time, one vote after the other
PAUSE = 0.05  # seconds between two votes of one
RESTORE_EVERY = 10


@dataclass(slots=True)
class Toll:
    """What a run has cost."""

    backups: int = 0
    restored: int = 0
    votes: int = 0
    slowest: float = 0.0  # seconds from a restore's start until the database is open again
    seconds: float = 0.0


async def backup_loop(folder: Path, backups: int) -> Toll:
    """So many backups under load. Raises AssertionError when one is not what it must be."""
    began, toll, sent = time.monotonic(), Toll(), [0]
    acknowledged: set[int] = set()
    live = folder / "live"
    live.mkdir()
    database = Database(f"sqlite:///{live / 'verdicts.db'}")
    await database.run(migrate)
    await database.run(furnish)
    over = asyncio.Event()

    async def votes() -> None:
        while not over.is_set():
            sent[0] += 1
            number = sent[0]
            await vote(database, number)
            acknowledged.add(number)
            await asyncio.sleep(PAUSE)

    crowd = [asyncio.create_task(votes()) for _ in range(VOTERS)]
    try:
        for number in range(1, backups + 1):
            before = frozenset(acknowledged)
            await _command(live, "backup", "--keep", "2")
            copy = max((live / "backups").iterdir())
            _check(copy, before, sent[0])
            toll.backups += 1
            if number % RESTORE_EVERY == 0:
                toll.slowest = max(toll.slowest, await _restored(copy, folder / f"restored-{number}"))
                toll.restored += 1
    finally:
        over.set()
        await asyncio.gather(*crowd)
        await database.close()
    toll.votes, toll.seconds = len(acknowledged), round(time.monotonic() - began, 1)
    return toll


async def _command(folder: Path, *arguments: str) -> None:
    async with Forked(folder, *arguments) as process:
        assert await process.ended() == 0, process.err


def _check(copy: Path, before: frozenset[int], sent: int) -> None:
    """Everybody acknowledged before is in it with what they chose, and nobody who had not voted yet."""
    with contextlib.closing(sqlite3.connect(f"file:{copy}?mode=ro", uri=True)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        held = dict(connection.execute("SELECT person, choice FROM ballot"))
        heard = {person for (person,) in connection.execute("SELECT person FROM reaction WHERE present")}
        counted = dict(connection.execute("SELECT choice, people FROM tally WHERE people > 0"))
    known = {int(person[1:]): choice for person, choice in held.items()}
    assert before <= known.keys() <= set(range(1, sent + 1)), f"{copy.name} lacks {sorted(before - known.keys())[:3]}"
    assert all(choice & 0b11 == (0b01 if number % 2 else 0b10) for number, choice in known.items())
    assert heard == held.keys()
    assert sum(counted.values()) == len(held)


async def _restored(copy: Path, folder: Path) -> float:
    """Put a copy back where there is nothing, open it, and see that it is the same; how long that takes in seconds."""
    began = time.monotonic()
    await _command(folder, "restore", str(copy))
    database = Database(f"sqlite:///{folder / 'verdicts.db'}")
    try:
        assert await database.run(soundness.faults) == []
        seconds = time.monotonic() - began
    finally:
        await database.close()
    assert _ballots(folder / "verdicts.db") == _ballots(copy)
    return seconds


def _ballots(file: Path) -> list[tuple[str, int]]:
    with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        return connection.execute("SELECT person, choice FROM ballot ORDER BY person").fetchall()


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Back up a database that people vote in, and look at each copy.")
    parser.add_argument("--backups", type=int, default=100)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        toll = asyncio.run(backup_loop(Path(folder), given.backups))
    sys.stdout.write(
        f"{toll.backups} backups, {toll.votes:,} votes meanwhile: each sound, none lost, none invented; "
        f"{toll.restored} put back, each the same, in {toll.slowest:.1f} s at most ({toll.seconds:.0f} s)\n"
    )


if __name__ == "__main__":
    main()
