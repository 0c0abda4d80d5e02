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
from bench.measure import alternate, here
from bot import ballots, cards, catalogue, comparisons, importing, people, starter
from bot.ballots import Reaction
from bot.comparisons import Opened, Opening
from db.connection import Connection
from db.engine import Database
from db.schema import migrate

VOTES = 3_200
TOGETHER = 32
WORKSPACE, CHANNEL, BOT = "T0BENCH", "C0BENCH", "U0BOT"


async def measure(rounds: int) -> list[Figure]:
    """The ledger against raw SQL."""
    with tempfile.TemporaryDirectory() as folder, closing(_raw(Path(folder) / "plain.db")) as raw:
        database = Database(f"sqlite:///{Path(folder) / 'ours.db'}")
        await database.run(migrate)
        await database.run(furnish)
        spent = await alternate({"ours": here(partial(ours, database)), "plain": here(partial(plain, raw))}, rounds)
        await database.close()
    return beside("ledger", "a vote, in the database alone", "raw SQL, reaction rows", spent["ours"], spent["plain"])


def furnish(connection: Connection) -> None:
    """One comparison of two tools with one card."""
    people.welcome_workspace(connection, WORKSPACE, "Bench", BOT, 0)
    importing.import_tools(connection, WORKSPACE, starter.tools()[:2], 0)
    ids = tuple(tool.id for tool in catalogue.suggest(connection, catalogue.Shelf(), WORKSPACE, ""))
    outcome = comparisons.open(connection, Opening(WORKSPACE, CHANNEL, None, "", ids, "", None, "U0", "key", 0))
    assert isinstance(outcome, Opened)
    cards.record_message(connection, WORKSPACE, outcome.scorecard.card.id, "1.0", None)


async def ours(database: Database, turn: int) -> int:
    """Votes of many people, so many waiting at a time."""
    for first in range(0, VOTES, TOGETHER):
        await asyncio.gather(
            *(
                database.run_gathered(
                    ballots.record_all,
                    Reaction(WORKSPACE, CHANNEL, "1.0", f"U{turn}X{i}", "one" if i % 2 else "two", True, i, True, BOT),
                )
                for i in range(first, first + TOGETHER)
            )
        )
    return VOTES


async def plain(connection: sqlite3.Connection, turn: int) -> int:
    """The ledger's rows alone."""
    for first in range(0, VOTES, TOGETHER):
        connection.execute("BEGIN IMMEDIATE")
        for i in range(first, first + TOGETHER):
            connection.execute(
                "INSERT INTO reaction VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (WORKSPACE, CHANNEL, "1.0", f"U{turn}X{i}", "one", 1, i),
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
