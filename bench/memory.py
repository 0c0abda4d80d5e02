"""Row 16, memory: after 360,000 votes beside after 36,000, in the whole bot, over Socket Mode.

Measured once, however many rounds the others take: it takes minutes.
"""

import tempfile

import aiohttp

from bench.figures import Figure, at_most
from bench.processes import running

FEW, MANY = 36_000, 360_000
AT_ONCE = 4_000
WINDOW = 64


async def measure(_rounds: int) -> list[Figure]:
    """Row 16."""
    found = []
    async with running("-m", "bench.stand_in") as stand_in, aiohttp.ClientSession() as session:
        address = stand_in.said["address"]
        with tempfile.TemporaryDirectory() as folder:
            async with running("-m", "bench.socket_votes", "ours", address, folder) as bot:
                for first in range(0, MANY, AT_ONCE):
                    query = {"first": first, "count": AT_ONCE, "window": WINDOW}
                    async with session.get(f"{address}/feed", params=query) as answer:
                        await answer.read()
                    if first + AT_ONCE in {FEW, MANY}:
                        found.append(bot.memory)
    few, many = found
    return [
        Figure("16", f"memory after {MANY:,} votes", "MB", (many,), f"after {FEW:,}", (few,), at_most(1.05)),
    ]
