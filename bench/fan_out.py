"""Ten thousand channels due in the same minute: how long planning takes, how fast they are posted, in what memory.

    python -m bench.fan_out [--channels 10000] [--workspaces 100] [--postgresql]

The stand-in answers at once, so the rate is that of the bot; Slack's limits are planned into the rows, four a second
in a workspace. What is told is one run, not a comparison.
"""

import argparse
import asyncio
import contextlib
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import aiohttp

from bench.house import TOKEN, Unlimited
from bench.processes import running
from bot import digests, people, subscriptions
from bot.clients import Clients
from bot.digest_publisher import DigestPublisher
from bot.digest_rounds import DigestRounds
from bot.refresher import Refresher
from bot.sweeper import Sweeper
from db.connection import Connection
from db.engine import Database
from db.schema import migrate
from tests.postgresql import create_database, named, own_server

DUE = 1_800_000_000  # a Friday, 08:00 UTC
WISH = subscriptions.Wish("", "", False, 4, 8 * 60, "UTC", None, even_if_empty=True, person="U0ADA")


def subscribe(connection: Connection, workspaces: list[str], channels: int) -> None:
    """So many channels in all, the same number in each workspace."""
    for workspace in workspaces:
        people.welcome_workspace(connection, workspace, "Bench", "U0BOT", 0)
        for number in range(channels // len(workspaces)):
            wish = replace(WISH, workspace=workspace, channel=f"C{number:05}")
            subscriptions.subscribe(connection, wish, DUE - 86_400)


async def crowd(url: str, address: str, channels: int, workspaces: int) -> None:
    """Subscribe, plan, post, and say how it went."""
    database = Database(url)
    names = [f"T{number:05}" for number in range(workspaces)]
    await database.run(migrate)
    await database.run(subscribe, names, channels)

    began, planned, busy = time.perf_counter(), 0, time.process_time()
    while (plan := await database.run(digests.plan, names, DUE)).subscriptions:
        planned += plan.weeks
    _say(f"planned {planned:,} in {time.perf_counter() - began:.1f} s, {time.process_time() - busy:.1f} s CPU")

    async with aiohttp.ClientSession() as session:
        clients = Clients()
        for name in names:
            clients.add(name, Unlimited(TOKEN, f"{address}/api/", session))
        sweeper = Sweeper(database, clients, Refresher(database, clients))
        rounds = DigestRounds(database, clients, DigestPublisher(database, clients), sweeper)
        last = DUE + channels // workspaces  # by then everybody's turn has come
        before = _memory()
        began, busy, most = time.perf_counter(), time.process_time(), before
        working = asyncio.create_task(rounds.round(last))
        while not working.done():
            await asyncio.wait([working], timeout=1)
            most = max(most, _memory())
        seconds = time.perf_counter() - began
        _say(
            f"posted {await working:,} in {seconds:.0f} s: {await working / seconds:.0f} a second, "
            f"{(time.process_time() - busy) / await working * 1_000:.1f} ms CPU each; "
            f"memory {before:.0f} MB before, at most {most:.0f} MB meanwhile"
        )
    await database.close()


def _memory() -> float:
    status = Path("/proc/self/status").read_text("utf-8")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def _say(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()


async def _main(channels: int, workspaces: int, *, postgresql: bool) -> None:
    with contextlib.ExitStack() as stack:
        url = f"sqlite:///{Path(stack.enter_context(tempfile.TemporaryDirectory())) / 'bench.db'}"
        if postgresql:
            server = stack.enter_context(own_server(durable=True))
            create_database(server, "bench")
            url = named(server, "bench")
        async with running("-m", "bench.stand_in") as stand_in:
            await crowd(url, stand_in.said["address"], channels, workspaces)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Post the digests of many channels that are due at once.")
    parser.add_argument("--channels", type=int, default=10_000)
    parser.add_argument("--workspaces", type=int, default=100)
    parser.add_argument("--postgresql", action="store_true", help="on a PostgreSQL server of its own; else on SQLite")
    given = parser.parse_args()
    asyncio.run(_main(given.channels, given.workspaces, postgresql=given.postgresql))


if __name__ == "__main__":
    main()
