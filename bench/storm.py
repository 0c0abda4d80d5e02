"""Row 9, a storm: a thousand votes in a minute on one card, and fifty cards stale at the same moment.

The whole bot runs beside a stand-in that notes each `chat.update` and what it said. A minute is a minute here: Slack's
limits are by the minute, so the row is measured once, however many rounds the others take.
"""

import asyncio
import re
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiohttp

from bench.figures import Figure, at_most, percentile
from bench.furniture import MESSAGE, WORKSPACE, put
from bench.processes import running
from bench.socket_votes import prepare, settings_for
from bot import ballots
from bot.app import App
from bot.config import Settings
from db.connection import Connection
from db.engine import Database

VOTES = 1_000
SECONDS = 60.0
CARDS = 50
_ONE_AFTER_THE_OTHER = asyncio.Lock()
LATE = 15.0  # seconds after the minute until which the last votes may be shown


async def measure(_rounds: int) -> list[Figure]:
    """Row 9; both storms pass in the same minute, each over a bot of its own."""
    figures, stale = await asyncio.gather(one_card(), many_cards())
    return [*figures, stale]


async def one_card() -> list[Figure]:
    """A thousand votes in a minute, one after the other, each of somebody else."""
    async with whole_bot(stale=0) as (session, address):
        cast: list[float] = []
        began = time.time()
        for number in range(VOTES):
            await asyncio.sleep(max(0.0, began + number * SECONDS / VOTES - time.time()))
            async with session.get(f"{address}/feed", params={"first": number, "count": 1, "window": 1}):
                cast.append(time.time())
        deadline = time.time() + LATE
        shown: list[tuple[float, int]] = []
        while time.time() < deadline and (not shown or shown[-1][1] < VOTES):
            await asyncio.sleep(0.1)
            told = await updates(session, address)
            shown = [(at, _voters(text)) for at, ts, text in told if ts == MESSAGE]
    assert shown[-1][1] == VOTES, f"{shown[-1][1]} of {VOTES} votes were shown in the end"
    waited = [next(at for at, count in shown if count > number) - cast[number] for number in range(VOTES)]
    drawn = float(len(shown))
    return [
        Figure("9 updates", f"chat.update for {VOTES:,} votes in a minute", "", (drawn,), goal=at_most(30)),
        Figure("9 visible", "a vote until everybody sees it, p99", "s", (percentile(waited, 0.99),), goal=at_most(2.5)),
    ]


async def many_cards() -> Figure:
    """Fifty cards that are stale when the bot starts."""
    async with whole_bot(stale=CARDS) as (session, address):
        await asyncio.sleep(SECONDS + LATE)
        moments = [at for at, *_ in await updates(session, address)]
    assert len(moments) >= CARDS, f"{len(moments)} of {CARDS} cards were drawn"
    busiest = max(sum(one <= other < one + SECONDS for other in moments) for one in moments)
    return Figure("9 stale", f"calls in a minute for {CARDS} stale cards", "", (float(busiest),), goal=at_most(50))


@asynccontextmanager
async def whole_bot(stale: int) -> AsyncIterator[tuple[aiohttp.ClientSession, str]]:
    """The bot, with so many cards that are stale beside the one that is voted on, and its stand-in's address."""
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        address = (await stack.enter_async_context(running("-m", "bench.stand_in"))).said["address"]
        settings = settings_for(address, Path(stack.enter_context(tempfile.TemporaryDirectory())))
        async with _ONE_AFTER_THE_OTHER:  # Alembic is one a process
            await prepare(settings)
        await _ask(settings, stale)
        app = App(settings)
        await app.start()
        yield session, address
        await app.close()


async def _ask(settings: Settings, questions: int) -> None:
    def ask(connection: Connection) -> None:
        for number in range(1, questions + 1):
            asked = put(connection, f"case {number}", f"{1_650_000_000 + number}.000100")
            ballots.mark_stale(connection, WORKSPACE, asked)

    database = Database(settings.database)
    await database.run(ask)
    await database.close()


async def updates(session: aiohttp.ClientSession, address: str) -> list[tuple[float, str, str]]:
    """Every `chat.update` so far: when it came, of which message, and its text."""
    async with session.get(f"{address}/updates") as answer:
        return [(at, ts, text) for at, ts, text in await answer.json()]


def _voters(text: str) -> int:
    found = re.search(r"of (\d+) (?:people|person) would ship", text)
    return int(found[1]) if found else 0
