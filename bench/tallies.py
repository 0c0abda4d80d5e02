"""Rows 7 and 10: a vote and a drawing among few ballots and among many, on both databases.

Everything stored is in one workspace: closed comparisons of two hundred ballots each. The votes and the drawings are of
one open comparison beside them, and of one whose card a hundred thousand people have voted on. A figure is the
processor's time, of a server's processes, too.

    python -m bench.tallies --ballots 5000000 [--rounds 5]     (`make bench` takes a million)
"""

import argparse
import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path

from rich.console import Console
from sqlalchemy import text

from bench.figures import Figure, Goal, at_most
from bench.furniture import CHANNEL, MESSAGE, WORKSPACE, furnish
from bench.kept import read
from bench.measure import ROUNDS, Side, Spent, alternate, here
from bench.report import show
from bench.votes import cast
from bot import cards
from db.connection import Connection
from db.engine import Database
from db.schema import migrate
from tests.postgresql import create_database, named, own_server

FEW, MANY, CROWD = 1_000, 1_000_000, 100_000
OF_EACH = 200  # ballots on each of the closed comparisons
VOTES, DRAWINGS = 640, 60

_COUNT = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < :last)"
_STORED = (
    """
    INSERT INTO comparison (id, workspace, scope, question, round, use_case, starter, opened_at, closes_at, closed_at)
    {count} SELECT 1000 + i, :workspace, '', 'other', i, '', 'U0', 0, 1, 1 FROM n
    """,
    """
    INSERT INTO card (id, workspace, key, comparison_id, channel, message_ts, shown, posted_by, posted_at, state,
                      desired_rev, sent_rev)
    {count}
    SELECT 1000 + i, :workspace, 'other ' || i, 1000 + i, 'C0OTHER', i || '.0', '01', 'U0', 0, 'live', 1, 1 FROM n
    """,
)
_BALLOTS = """
    INSERT INTO ballot (workspace, comparison_id, person, choice, card_id, touched_us)
    {count} SELECT :workspace, {comparison}, 'U' || {person}, 1, 1, i FROM n
"""
_REACTIONS = """
    INSERT INTO reaction (workspace, channel, message_ts, person, emoji, present, at_us)
    {count} SELECT :workspace, {message}, 'U' || {person}, 'one', TRUE, 1 FROM n
"""


async def measure(rounds: int) -> list[Figure]:
    """Rows 7 and 10."""
    return await compare(rounds, MANY)


async def compare(rounds: int, many: int) -> list[Figure]:
    """A vote and a drawing among many ballots, and on a crowded card, beside the same among a thousand."""
    figures: list[Figure] = []
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for kind in ("SQLite", "PostgreSQL"):
            homes = {
                "few": await _home(stack, folder, kind, "few", FEW, 0),
                "many": await _home(stack, folder, kind, "many", many, 0),
                "crowd": await _home(stack, folder, kind, "crowd", FEW, CROWD),
            }
            for what, work, goal in (("a vote", votes, at_most(1.15)), ("a drawing", drawings, at_most(1.2))):
                sides = {name: _side(work, database) for name, database in homes.items()}
                spent = await alternate(sides, rounds)
                figures += [
                    _figure(f"{kind}: {what} among {many:,} ballots", spent["many"], spent["few"], goal),
                    _figure(f"{kind}: {what} on a card of {CROWD:,}", spent["crowd"], spent["few"], goal),
                ]
    return figures


def _figure(what: str, ours: Sequence[Spent], theirs: Sequence[Spent], goal: Goal) -> Figure:
    return Figure(
        f"7 {what}",
        what,
        "µs CPU",
        tuple(one.cpu_us for one in ours),
        f"among {FEW:,}",
        tuple(one.cpu_us for one in theirs),
        goal,
    )


def _side(work: Callable[[Database, int], Awaitable[int]], database: Database) -> Side:
    """Work on a database; the processor time of a server's processes counts, too."""
    ours = here(partial(work, database))

    async def side(turn: int) -> Spent:
        before = _server_cpu(database)
        spent = await ours(turn)
        return replace(spent, cpu=spent.cpu + _server_cpu(database) - before)

    return side


def _server_cpu(database: Database) -> float:
    """Seconds of the processor that a server's processes have had; none where the database is in our own process."""
    if database.is_sqlite:
        return 0.0
    folder = Path(str(database.engine.url.query["host"]))
    first = (folder / "postmaster.pid").read_text("ascii").split()[0]
    processes = Path(f"/proc/{first}/task/{first}/children").read_text("ascii").split()
    return sum(int(Path(f"/proc/{pid}/schedstat").read_text("ascii").split()[0]) for pid in processes) / 1e9


async def votes(database: Database, turn: int) -> int:
    """Votes of people who have not voted here before."""
    return await cast(database, f"V{turn}X", VOTES)


async def drawings(database: Database, _turn: int) -> int:
    """The card is read as it is now, and noted as drawn."""
    for _ in range(DRAWINGS):
        await database.run(_draw)
    return DRAWINGS


def _draw(connection: Connection) -> None:
    connection.execute(text("UPDATE card SET desired_rev = desired_rev + 1, not_before = 0 WHERE id = 1"))
    drawing = cards.claim_drawing(connection, WORKSPACE, 1)
    assert drawing is not None
    cards.drawn(connection, WORKSPACE, 1, drawing.scorecard.card.desired_rev)


async def _home(stack: AsyncExitStack, folder: Path, kind: str, name: str, ballots_stored: int, crowd: int) -> Database:
    if kind == "SQLite":
        url = f"sqlite:///{folder / f'{name}.db'}"
    else:
        servers = ExitStack()
        stack.push(servers.__exit__)
        address = servers.enter_context(own_server(durable=True))
        create_database(address, name)
        url = named(address, name)
    database = Database(url)
    stack.push_async_callback(database.close)
    await database.run(migrate)
    await database.run(furnish)
    await database.run(_fill, ballots_stored, crowd)
    if kind == "PostgreSQL":
        await database.run(lambda connection: connection.exec_driver_sql("ANALYZE"))
    return database


def _fill(connection: Connection, stored: int, crowd: int) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
    of = {"workspace": WORKSPACE}
    for statement in _STORED:
        connection.execute(text(statement.format(count=_COUNT)), {**of, "last": stored // OF_EACH - 1})
    last = {**of, "last": stored - 1}
    among = {"count": _COUNT, "comparison": f"1000 + i / {OF_EACH}", "person": "(i % 5000)"}
    connection.execute(text(_BALLOTS.format(**among)), last)
    connection.execute(text(_REACTIONS.format(**among, message=f"'C0OTHER', (i / {OF_EACH}) || '.0'")), last)
    if crowd:
        last = {**of, "last": crowd - 1}
        on_card = {"count": _COUNT, "comparison": "1", "person": "i"}
        connection.execute(text(_BALLOTS.format(**on_card)), last)
        connection.execute(text(_REACTIONS.format(**on_card, message=f"'{CHANNEL}', '{MESSAGE}'")), last)
        counted = "INSERT INTO tally (workspace, comparison_id, choice, people) VALUES (:workspace, 1, 1, :people)"
        connection.execute(text(counted), {**of, "people": crowd})


def main() -> None:
    """As many ballots as wanted, from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ballots", type=int, default=MANY)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    given = parser.parse_args()
    show(asyncio.run(compare(given.rounds, given.ballots)), read(), Console(highlight=False, width=160))


if __name__ == "__main__":
    main()
