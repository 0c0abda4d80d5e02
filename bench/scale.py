"""What a vote and an idle workspace cost, at 1, 100 and 10,000 workspaces, in one run: `python -m bench.scale`.

Each workspace has one open comparison with one card. The idle round is what every replica does unasked: once in 5 s it
looks for stale cards, once in 10 s for deadlines and digests, once in 60 s for cards to sweep.
"""

import asyncio
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from sqlalchemy import event

from bot import ballots, cards, comparisons, digests, people, sweeps
from bot.ballots import Reaction
from db.connection import Connection
from db.engine import Database
from db.schema import migrate

SIZES = (1, 100, 10_000)
ROUNDS = 5
VOTES = 1_000
NOW = 2_000_000_000


def furnish(connection: Connection, teams: Sequence[str]) -> None:
    """The same small workspace again and again, by plain rows: what is in it does not matter here."""
    for number, team in enumerate(teams):
        people.welcome_workspace(connection, team, team, "U0BOT", NOW)
        for tool in range(2):
            connection.exec_driver_sql(
                "INSERT INTO tool (id, workspace, slug, name, vendor, category, tagline, description, best_for,"
                " sources, created_at) VALUES (?, ?, ?, ?, '', '', '', '', '', '[]', 0)",
                (number * 2 + tool + 1, team, f"t{tool}", f"T{tool}"),
            )
        connection.exec_driver_sql(
            "INSERT INTO comparison (id, workspace, scope, question, round, use_case, starter, opened_at, closes_at)"
            " VALUES (?, ?, '', 'q', 1, '', 'U0', ?, ?)",
            (number + 1, team, NOW, NOW + 10**6),
        )
        for position in range(2):
            connection.exec_driver_sql(
                "INSERT INTO comparison_tool (workspace, comparison_id, position, tool_id) VALUES (?, ?, ?, ?)",
                (team, number + 1, position, number * 2 + position + 1),
            )
        connection.exec_driver_sql(
            "INSERT INTO card (workspace, key, comparison_id, channel, message_ts, shown, posted_by, posted_at, state,"
            " sent_rev, swept_at) VALUES (?, ?, ?, 'C0', '1.0', '01', 'U0', ?, 'live', 1, ?)",
            (team, f"k{number}", number + 1, NOW, NOW),
        )


def stored(connection: Connection) -> int:
    """Bytes of the database, without its log."""
    pages, size = (connection.exec_driver_sql(f"PRAGMA {what}").scalar_one() for what in ("page_count", "page_size"))
    return int(pages) * int(size)


async def seconds(work: Callable[[], Any]) -> float:
    """Median time of a piece of work."""
    times = []
    for _ in range(ROUNDS):
        began = perf_counter()
        await work()
        times.append(perf_counter() - began)
    return median(times)


async def measure(size: int, folder: Path) -> None:
    """One size: the idle round's parts, a vote, the file."""
    teams = [f"T{number:05d}" for number in range(size)]
    database = Database(f"sqlite:///{folder / f'{size}.db'}")
    await database.run(migrate)
    await database.run(furnish, teams)
    statements: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda _, __, sql, *___: statements.append(sql))

    async def vote(number: int) -> None:
        heard = Reaction(teams[number % size], "C0", "1.0", f"U{number}", "one", True, number + 1, True, "U0BOT")
        await database.run_together(ballots.record, heard)

    await vote(VOTES)
    statements.clear()
    before = await database.run(stored)
    began = perf_counter()
    for number in range(VOTES):
        await vote(number)
    a_vote = (perf_counter() - began) / VOTES
    queries = len(statements) / VOTES
    grown = await database.run(stored) - before

    stale = await seconds(lambda: database.run(cards.stale, teams, 50))
    tick = await seconds(lambda: database.run(comparisons.due_to_close, teams, NOW))
    plan = await seconds(lambda: database.run(digests.plan, teams, NOW))
    sweep = await seconds(lambda: database.run(sweeps.wanting, teams, NOW))
    a_minute = 12 * stale + 6 * (tick + plan) + sweep
    print(
        f"{size:>6} workspaces: a vote {a_vote * 1e3:.2f} ms, {queries:.1f} statements, {grown / VOTES:.0f} bytes; "
        f"idle {a_minute:.3f} s a minute (stale {stale * 1e3:.1f} ms, due {tick * 1e3:.1f}, plan {plan * 1e3:.1f}, "
        f"sweep {sweep * 1e3:.1f})"
    )
    await database.close()


async def main() -> None:
    """All sizes, the smallest first."""
    with tempfile.TemporaryDirectory() as folder:
        for size in SIZES:
            await measure(size, Path(folder))


if __name__ == "__main__":
    asyncio.run(main())
