"""Row 4, votes over HTTP: ours beside a bare Bolt app behind the same server and the same door, 64 in flight.

Each side is a process of its own. Requests are signed, on 64 connections that stay open; ours commits each vote with
synchronous=FULL before it answers.
"""

import asyncio
import itertools
import json
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiohttp

from bench.figures import Figure, at_least, at_most, beside
from bench.house import TOKEN, Unlimited, bare, house
from bench.measure import Side, Spent, alternate
from bench.payloads import reaction
from bench.processes import Process, running
from bench.socket_votes import prepare, settings_for
from bot.logs import configure
from bot.transport import SLACK_PATH
from bot.transport.http import Http
from db.engine import Database
from playground.http_events import signature

VOTES = 5_000
IN_FLIGHT = 64
SECRET = "bench"


async def measure(rounds: int) -> list[Figure]:
    """Row 4."""
    async with AsyncExitStack() as stack:
        stand_in = await stack.enter_async_context(running("-m", "bench.stand_in"))
        sides: dict[str, Side] = {}
        for name in ("ours", "bare"):
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            address = stand_in.said["address"]
            bot = await stack.enter_async_context(running("-m", "bench.http_votes", name, address, folder))
            sides[name] = await stack.enter_async_context(requesting(bot))
        spent = await alternate(sides, rounds)
    return beside(
        "4",
        "a vote over HTTP",
        "the same server, bare Bolt",
        spent["ours"],
        spent["bare"],
        rate=at_least(0.85),
        cpu=at_most(1.2),
    )


@asynccontextmanager
async def requesting(bot: Process) -> AsyncIterator[Side]:
    """A side that is asked by HTTP; it goes on where the round before ended."""
    numbers = itertools.count()
    port = int(bot.said["port"])
    connections = [await asyncio.open_connection("127.0.0.1", port) for _ in range(IN_FLIGHT)]

    async def side(_turn: int) -> Spent:
        requests = iter([request(next(numbers)) for _ in range(VOTES)])
        wall, cpu = time.perf_counter(), bot.cpu
        await asyncio.gather(*(one_after_the_other(requests, *connection) for connection in connections))
        return Spent(VOTES, time.perf_counter() - wall, bot.cpu - cpu)

    yield side
    for _, writer in connections:
        writer.close()


def request(number: int) -> bytes:
    """A signed vote as Slack sends it."""
    body = json.dumps(reaction(number)).encode()
    stamp = str(int(time.time()))
    head = (
        f"POST {SLACK_PATH} HTTP/1.1\r\nhost: bench\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n"
        f"x-slack-request-timestamp: {stamp}\r\nx-slack-signature: {signature(SECRET, stamp, body)}\r\n\r\n"
    )
    return head.encode() + body


async def one_after_the_other(
    requests: Iterator[bytes], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Send requests on one connection, each after the answer to the one before."""
    for one in requests:
        writer.write(one)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        await reader.readexactly(length)


async def listen(name: str, address: str, folder: Path) -> None:
    """Be one of the two sides: listen on a free port, say which, and stay until the process is ended."""
    bolt = bare()
    if name == "ours":
        settings = settings_for(address, folder)
        configure(settings)
        await prepare(settings)
        ours = house(Database(settings.database), Unlimited(TOKEN, settings.slack_api_url, aiohttp.ClientSession()))
        ours.services.refresher.start()
        bolt = ours.bolt
    http = Http(bolt, SECRET, {})
    await http.open("127.0.0.1", 0)
    print(json.dumps({"port": http.port}), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(listen(sys.argv[1], sys.argv[2], Path(sys.argv[3])))
