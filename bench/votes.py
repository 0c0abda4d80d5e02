"""Durable votes: ours beside plain SQL that writes the same reaction rows, in one run: `python -m bench.votes`.

Both commit with synchronous=FULL, on a file, and share a commit among 32 waiting votes. Ours also finds the card, keeps
newest-wins order, derives the ballot and moves the counts. Sides alternate; medians over seven rounds, with the spread.
"""

import asyncio
import sqlite3
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

from bot import ballots, cards, catalogue, comparisons, people, starter
from bot.ballots import Reaction
from bot.comparisons import Opened, Opening
from db.connection import Connection
from db.engine import Database
from db.schema import migrate

ROUNDS = 7
VOTES = 3_200
TOGETHER = 32
WORKSPACE, CHANNEL, BOT = "T0BENCH", "C0BENCH", "U0BOT"


def furnish(connection: Connection) -> None:
    """One comparison of two tools with one card."""
    people.welcome_workspace(connection, WORKSPACE, "Bench", BOT, 0)
    catalogue.import_tools(connection, WORKSPACE, starter.tools()[:2], 0)
    ids = tuple(tool.id for tool in catalogue.suggest(connection, catalogue.Shelf(), WORKSPACE, ""))
    outcome = comparisons.open(connection, Opening(WORKSPACE, CHANNEL, None, "", ids, "", None, "U0", "key", 0))
    assert isinstance(outcome, Opened)
    cards.record_message(connection, WORKSPACE, outcome.scorecard.card.id, "1.0", None)


async def ours(database: Database, turn: int) -> None:
    """Votes of many people, so many waiting at a time."""
    for first in range(0, VOTES, TOGETHER):
        await asyncio.gather(
            *(
                database.run_together(
                    ballots.record,
                    Reaction(WORKSPACE, CHANNEL, "1.0", f"U{turn}X{i}", "one" if i % 2 else "two", True, i, True, BOT),
                )
                for i in range(first, first + TOGETHER)
            )
        )


def plain(connection: sqlite3.Connection, turn: int) -> None:
    """The ledger's rows alone."""
    for first in range(0, VOTES, TOGETHER):
        connection.execute("BEGIN IMMEDIATE")
        for i in range(first, first + TOGETHER):
            connection.execute(
                "INSERT INTO reaction VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (WORKSPACE, CHANNEL, "1.0", f"U{turn}X{i}", "one", 1, i),
            )
        connection.execute("COMMIT")


async def main() -> None:
    """Alternate the two sides and print votes a second, CPU a vote, and their ratio."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'ours.db'}")
        await database.run(migrate)
        await database.run(furnish)
        raw = sqlite3.connect(Path(folder) / "plain.db", isolation_level=None)
        raw.execute("PRAGMA journal_mode=WAL")
        raw.execute("PRAGMA synchronous=FULL")
        raw.execute(
            "CREATE TABLE reaction (workspace, channel, ts, person, emoji, present, at_us,"
            " PRIMARY KEY (workspace, channel, ts, person, emoji)) WITHOUT ROWID"
        )
        figures: dict[str, list[tuple[float, float]]] = {"ours": [], "plain": []}
        for turn in range(ROUNDS):
            for side in ("ours", "plain"):
                wall, cpu = perf_counter(), process_time()
                if side == "ours":
                    await ours(database, turn)
                else:
                    plain(raw, turn)
                figures[side].append((perf_counter() - wall, process_time() - cpu))
        raw.close()
        await database.close()
    for side, rounds in figures.items():
        rates = sorted(VOTES / wall for wall, _ in rounds)
        cpu = median(spent for _, spent in rounds) / VOTES * 1e6
        print(f"{side:>6}: {median(rates):>8.0f} votes/s ({rates[0]:.0f} to {rates[-1]:.0f}), {cpu:6.0f} µs CPU a vote")
    ratio = median(o[1] / p[1] for o, p in zip(figures["ours"], figures["plain"], strict=True))
    print(f"CPU of ours is {ratio:.1f} × that of the plain rows, over {ROUNDS} rounds of {VOTES} votes")


if __name__ == "__main__":
    asyncio.run(main())
