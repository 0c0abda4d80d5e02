"""Durable votes: the ledger beside plain SQL that writes the same reaction rows.

Both commit with synchronous=FULL, on a file, and share a commit among 32 waiting votes. Ours also finds the card, keeps
newest-wins order, derives the ballot and moves the counts.
"""

import asyncio
import sqlite3
import tempfile
from contextlib import closing
from functools import partial
from pathlib import Path

from bench.figures import Figure, beside
from bench.furniture import BOT, CHANNEL, MESSAGE, WORKSPACE, furnish
from bench.measure import alternate, here
from bot import ballots
from bot.ballots import Reaction
from db.engine import Database
from db.schema import migrate

VOTES = 3_200
TOGETHER = 32


async def measure(rounds: int) -> list[Figure]:
    """The ledger against raw SQL."""
    with tempfile.TemporaryDirectory() as folder, closing(_raw(Path(folder) / "plain.db")) as raw:
        database = Database(f"sqlite:///{Path(folder) / 'ours.db'}")
        await database.run(migrate)
        await database.run(furnish)
        spent = await alternate({"ours": here(partial(ours, database)), "plain": here(partial(plain, raw))}, rounds)
        await database.close()
    return beside("ledger", "a vote, in the database alone", "raw SQL, reaction rows", spent["ours"], spent["plain"])


async def ours(database: Database, turn: int) -> int:
    """Votes of many people."""
    return await cast(database, f"U{turn}X", VOTES)


async def cast(database: Database, voters: str, count: int) -> int:
    """So many votes of people who have not voted here before, some waiting at a time; how many."""
    for first in range(0, count, TOGETHER):
        await asyncio.gather(
            *(
                database.run_gathered(
                    ballots.record_all,
                    Reaction(
                        WORKSPACE, CHANNEL, MESSAGE, f"{voters}{i}", "one" if i % 2 else "two", True, i, True, BOT
                    ),
                )
                for i in range(first, min(first + TOGETHER, count))
            )
        )
    return count


async def plain(connection: sqlite3.Connection, turn: int) -> int:
    """The ledger's rows alone."""
    for first in range(0, VOTES, TOGETHER):
        connection.execute("BEGIN IMMEDIATE")
        for i in range(first, first + TOGETHER):
            connection.execute(
                "INSERT INTO reaction VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (WORKSPACE, CHANNEL, MESSAGE, f"U{turn}X{i}", "one", 1, i),
            )
        connection.execute("COMMIT")
    return VOTES


def _raw(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(
        "CREATE TABLE reaction (workspace, channel, ts, person, emoji, present, at_us,"
        " PRIMARY KEY (workspace, channel, ts, person, emoji)) WITHOUT ROWID"
    )
    return connection
