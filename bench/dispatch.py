"""Row 6, a vote in our own process: durable on SQLite and on PostgreSQL, beside Bolt that only acknowledges.

Sixty-four votes wait at any time, as they do behind a socket; each is committed with synchronous=FULL before it is
acknowledged.
"""

import asyncio
import itertools
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from bench.figures import Figure, at_least, beside
from bench.furniture import furnish, meet_voters
from bench.house import TOKEN, Unlimited, bare, dispatched, house
from bench.measure import Side, alternate, here
from bench.payloads import reaction
from db.engine import Database
from db.schema import migrate
from tests.postgresql import own_server

VOTES = 3_000
IN_FLIGHT = 64

Hear = Callable[[dict[str, Any]], Awaitable[None]]


async def measure(rounds: int) -> list[Figure]:
    """Row 6."""
    with tempfile.TemporaryDirectory() as folder, own_server(durable=True) as postgresql:
        bolt = bare()
        async with (
            voting(f"sqlite:///{Path(folder) / 'bench.db'}") as sqlite,
            voting(postgresql.replace("postgresql://", "postgresql+psycopg://")) as server,
        ):
            sides = {
                "sqlite": side(sqlite),
                "postgresql": side(server),
                "bare": side(lambda body: dispatched(bolt, body)),
            }
            spent = await alternate(sides, rounds)
    against = "bare Bolt"
    return [
        *beside("6 sqlite", "a vote in process, SQLite", against, spent["sqlite"], spent["bare"], rate=at_least(0.65)),
        *beside(
            "6 postgresql",
            "a vote in process, PostgreSQL",
            against,
            spent["postgresql"],
            spent["bare"],
            rate=at_least(0.5),
        ),
    ]


@asynccontextmanager
async def voting(url: str) -> AsyncIterator[Hear]:
    """Our Bolt app on a database with a card and people who are known; no call leaves it."""
    database = Database(url)
    await database.run(migrate)
    await database.run(furnish)
    await database.run(meet_voters)
    async with aiohttp.ClientSession() as session:
        ours = house(database, Unlimited(TOKEN, "http://127.0.0.1:9/", session))
        yield ours.hear
        # What is unusual about so many votes is noted; nothing may be asked of Slack, which is not there.
        await ours.services.tasks.drain(10)
    await database.close()


def side(hear: Hear) -> Side:
    """So many votes, so many of them waiting at a time; they go on where the round before ended."""
    numbers = itertools.count()

    async def votes(_turn: int) -> int:
        await in_flight(hear, [reaction(next(numbers)) for _ in range(VOTES)])
        return VOTES

    return here(votes)


async def in_flight(hear: Hear, bodies: list[dict[str, Any]]) -> None:
    """Hand over every body, so many of them waiting at a time."""
    waiting: Iterator[dict[str, Any]] = iter(bodies)

    async def one_after_the_other() -> None:
        for body in waiting:
            await hear(body)

    await asyncio.gather(*(one_after_the_other() for _ in range(IN_FLIGHT)))
