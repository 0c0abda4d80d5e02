"""Row 15, a channel's digest, gathered and drawn, beside the same reads in raw SQL.

The reads are those that the digest itself makes, taken down once and run again on the plain driver, with their rows
fetched and nothing done with them.
"""

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import event

from bench.figures import Figure, at_most
from bench.furniture import CHANNEL, PERSON, WORKSPACE, furnish, meet_voters, put
from bench.measure import alternate, plain
from bot import ballots, comparisons, digest_content
from bot.ballots import Reaction
from bot.model import Subscription
from bot.views.digest import digest
from db.connection import Connection
from db.engine import Database
from db.schema import migrate

DIGESTS = 30
QUESTIONS = 20
WEEK = "2026-W49"
NOW = 7 * 86_400
SUBSCRIPTION = Subscription(1, WORKSPACE, CHANNEL, 0, 540, "UTC", None, False, PERSON, 0, None, None)


async def measure(rounds: int) -> list[Figure]:
    """Row 15."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "bench.db"
        database = Database(f"sqlite:///{file}")
        for step in (migrate, furnish, meet_voters, a_week):
            await database.run(step)
        await database.close()
        database = Database(f"sqlite:///{file}")
        reads = await database.run(taken_down)
        with database.engine.connect() as connection, closing(sqlite3.connect(file)) as raw:

            def build() -> None:
                gathered, _ = digest_content.build(connection, SUBSCRIPTION, WEEK, NOW, is_shared=False)
                digest(gathered)

            def read() -> None:
                for statement, parameters in reads:
                    raw.execute(statement, parameters).fetchall()

            spent = await alternate({"ours": plain(build, DIGESTS), "reads": plain(read, DIGESTS)}, rounds)
        await database.close()
    ours, theirs = (tuple(one.cpu_us for one in spent[side]) for side in ("ours", "reads"))
    against = f"its {len(reads)} reads in raw SQL"
    return [Figure("15", "a channel's digest, gathered and drawn", "µs CPU", ours, against, theirs, at_most(5))]


def a_week(connection: Connection) -> None:
    """Twenty questions with votes, half of them closed in the course of the week."""
    for number in range(QUESTIONS):
        message = f"{1_650_000_000 + number}.000100"
        asked = put(connection, f"case {number}", message)
        for person in range(12):
            heard = Reaction(
                WORKSPACE, CHANNEL, message, f"U0V{person:04}", ("one", "two")[person % 2], True, 2, True, "U0BOT"
            )
            ballots.record(connection, heard)
        if number % 2:
            comparisons.close(connection, WORKSPACE, asked, PERSON, NOW - 86_400)


def taken_down(connection: Connection) -> list[tuple[str, Any]]:
    """The statements of one digest, with their parameters."""
    statements: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        statements.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", note)
    digest_content.build(connection, SUBSCRIPTION, WEEK, NOW, is_shared=False)
    event.remove(connection, "before_cursor_execute", note)
    return statements
