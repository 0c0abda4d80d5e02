"""Ten thousand channels due in the same minute: how long planning takes, how fast they are posted, in what memory.

    python -m bench.fan_out [--channels 10000] [--workspaces 100] [--postgresql] [--kill]

The stand-in answers at once, so the rate is that of the bot, in a process of its own; Slack's limits are planned into
the rows, four a second in a workspace, and the moment that counts as the present is one at which all turns have come.
With `--kill` the poster is killed in the middle, and another goes on. What is told is one run, not a comparison.
"""

import argparse
import asyncio
import contextlib
import json
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import aiohttp
from sqlalchemy import text

from bench.furniture import BOT
from bench.house import TOKEN, Unlimited
from bench.processes import running
from bot import digests, people, subscriptions
from bot.clients import Clients
from bot.digest_protocol import QUARANTINE, TAKEN_SECONDS
from bot.digest_publisher import DigestPublisher
from bot.digest_rounds import DigestRounds
from bot.refresher import Refresher
from bot.sweeper import Sweeper
from db.connection import Connection
from db.engine import Database
from db.schema import migrate
from tests.postgresql import create_database, named, own_server
from tests.processes import clean_environment

DUE = 1_800_000_000  # a Friday, 08:00 UTC
WISH = subscriptions.Wish("", "", False, 4, 8 * 60, "UTC", None, even_if_empty=True, person="U0ADA")


@dataclass(frozen=True, slots=True)
class Round:
    """How a poster fared: digests sent, seconds, processor time, and resident memory in MB at first and at most."""

    sent: int
    seconds: float
    cpu: float
    before: float
    most: float


def subscribe(connection: Connection, workspaces: list[str], channels: int) -> None:
    """So many channels in all, the same number in each workspace."""
    for workspace in workspaces:
        people.welcome_workspace(connection, workspace, "Bench", BOT, 0)
        for number in range(channels // len(workspaces)):
            wish = replace(WISH, workspace=workspace, channel=f"C{workspace[1:]}{number:05}")
            subscriptions.subscribe(connection, wish, DUE - 86_400)


async def plan(url: str, channels: int, workspaces: int) -> None:
    """Subscribe and plan, and say how long that took."""
    database = Database(url)
    names = [f"T{number:05}" for number in range(workspaces)]
    await database.run(migrate)
    await database.run(subscribe, names, channels)
    began, planned, busy = time.perf_counter(), 0, time.process_time()
    while (found := await database.run(digests.plan, names, DUE)).subscriptions:
        planned += found.weeks
    _say(f"planned {planned:,} in {time.perf_counter() - began:.1f} s, {time.process_time() - busy:.1f} s CPU")
    await database.close()


async def post(url: str, address: str, at: int) -> None:
    """What a poster does, as a process of its own: a whole round at that moment."""
    database = Database(url)
    async with aiohttp.ClientSession() as session:
        clients = Clients()
        for name in await database.run(people.workspaces):
            slack = Unlimited(TOKEN, f"{address}/api/", session)
            slack.is_known_as(name, BOT, None)
            clients.add(name, slack)
        sweeper = Sweeper(database, clients, Refresher(database, clients))
        rounds = DigestRounds(database, clients, DigestPublisher(database, clients), sweeper)
        before, began, busy = _memory("self"), time.perf_counter(), time.process_time()
        sent = await rounds.round(at)
        seconds, cpu = time.perf_counter() - began, time.process_time() - busy
    await database.close()
    print(json.dumps({"sent": sent, "seconds": seconds, "cpu": cpu, "before": before}))


async def poster(url: str, address: str, at: int, kill_at: int | None = None) -> Round | None:
    """A poster's round; None for one that was killed once so many posts had come."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.fan_out", "--post", url, address, str(at)),
        stdout=asyncio.subprocess.PIPE,
        env=clean_environment(),
        cwd=Path(__file__).parent.parent,
    )
    assert process.stdout is not None
    most, said = 0.0, asyncio.create_task(process.stdout.read())
    while not said.done():
        await asyncio.wait([said], timeout=0.2)
        with contextlib.suppress(OSError, IndexError):  # it has just ended
            most = max(most, _memory(str(process.pid)))
        if kill_at is not None and (await _posts(address))["posts"] >= kill_at:
            with contextlib.suppress(ProcessLookupError):  # it was killed a moment ago
                process.kill()
    await process.wait()
    if process.returncode != 0:
        assert kill_at is not None, "the poster failed"
        return None
    told = json.loads((await said).splitlines()[-1])
    return Round(most=most, **told)


async def crowd(url: str, address: str, channels: int, workspaces: int, *, kill: bool) -> None:
    """Subscribe, plan, post, count what stands, and say how it went."""
    await plan(url, channels, workspaces)
    at = DUE + channels // workspaces  # by then everybody's turn has come
    if kill:
        assert await poster(url, address, at, channels // 2) is None
        _say(f"killed after {(await _posts(address))['posts']:,} posts")
        at += TAKEN_SECONDS
    found = await poster(url, address, at)
    assert found is not None
    _say(
        f"posted {found.sent:,} in {found.seconds:.0f} s: {found.sent / found.seconds:.0f} a second, "
        f"{found.cpu / found.sent * 1_000:.1f} ms CPU each; "
        f"memory {found.before:.0f} MB before, at most {found.most:.0f} MB meanwhile"
    )
    for _ in range(2 if kill else 0):  # what was about to be sent is looked for, and sent where it does not stand
        at += QUARANTINE + 1
        await poster(url, address, at)
    database = Database(url)
    states = await database.run(
        lambda connection: Counter(connection.execute(text("SELECT state FROM digest_run")).scalars())
    )
    await database.close()
    stands = await _posts(address)
    _say(f"in the database {dict(states)}; in {stands['channels']:,} channels {stands['posts']:,} posts")
    assert states == {"posted": channels}
    assert stands == {"posts": channels, "channels": channels, "in_a_second": 1}


async def _posts(address: str) -> dict[str, int]:
    async with aiohttp.ClientSession() as session, session.get(f"{address}/posts") as answer:
        told: dict[str, int] = await answer.json()
        return told


def _memory(pid: str) -> float:
    status = Path(f"/proc/{pid}/status").read_text("utf-8")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def _say(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()


async def _main(channels: int, workspaces: int, *, postgresql: bool, kill: bool) -> None:
    with contextlib.ExitStack() as stack:
        url = f"sqlite:///{Path(stack.enter_context(tempfile.TemporaryDirectory())) / 'bench.db'}"
        if postgresql:
            server = stack.enter_context(own_server(durable=True))
            create_database(server, "bench")
            url = named(server, "bench")
        async with running("-m", "bench.stand_in") as stand_in:
            await crowd(url, stand_in.said["address"], channels, workspaces, kill=kill)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Post the digests of many channels that are due at once.")
    parser.add_argument("--channels", type=int, default=10_000)
    parser.add_argument("--workspaces", type=int, default=100)
    parser.add_argument("--postgresql", action="store_true", help="on a PostgreSQL server of its own; else on SQLite")
    parser.add_argument("--kill", action="store_true", help="kill the poster in the middle, and let another go on")
    parser.add_argument("--post", nargs=3, metavar=("URL", "ADDRESS", "AT"), help="what a poster is started with")
    given = parser.parse_args()
    if given.post:
        url, address, at = given.post
        asyncio.run(post(url, address, int(at)))
    else:
        asyncio.run(_main(given.channels, given.workspaces, postgresql=given.postgresql, kill=given.kill))


if __name__ == "__main__":
    main()
