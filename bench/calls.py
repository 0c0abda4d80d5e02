"""Row 13, a call to Slack: ours, with its budget, its class of errors and its count, beside AsyncWebClient as it comes.

Both share one session. Connections are counted by the stand-in, over a thousand calls, eight at a time.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bench.figures import Figure, at_most
from bench.furniture import CHANNEL, MESSAGE, shown_card
from bench.house import TOKEN, Unlimited
from bench.measure import Side, alternate, here
from bench.processes import running
from bot.views.cards import card_message

CALLS = 1_000
AT_ONCE = 8


async def measure(rounds: int) -> list[Figure]:
    """Row 13."""
    message = card_message(shown_card(7), 0)
    connections: list[float] = []
    async with running("-m", "bench.stand_in") as stand_in, aiohttp.ClientSession() as session:
        address = stand_in.said["address"]
        ours = Unlimited(TOKEN, f"{address}/api/", session)
        plain = AsyncWebClient(TOKEN, base_url=f"{address}/api/", session=session)

        async def counted(turn: int) -> int:
            async with aiohttp.ClientSession() as fresh:
                await many(lambda: Unlimited(TOKEN, f"{address}/api/", fresh).update(CHANNEL, MESSAGE, message))
                async with session.get(f"{address}/counts") as answer:
                    found = float((await answer.json())["connections"])
            if turn:
                connections.append(found)
            return CALLS

        def body() -> dict[str, Any]:
            return {"channel": CHANNEL, "ts": MESSAGE, "unfurl_links": False, "unfurl_media": False, "parse": "none"}

        sides = {
            "ours": calling(lambda: ours.update(CHANNEL, MESSAGE, message)),
            "plain": calling(lambda: plain.api_call("chat.update", json={**body(), **message.arguments()})),
        }
        spent = await alternate(sides, rounds)
        await alternate({"counted": here(counted)}, 3)
    return [
        Figure(
            "13 cpu",
            "a call to Slack: chat.update with a card",
            "µs CPU",
            tuple(one.cpu_us for one in spent["ours"]),
            "AsyncWebClient, shared session",
            tuple(one.cpu_us for one in spent["plain"]),
            at_most(1.1),
        ),
        Figure("13 connections", f"connections for {CALLS:,} calls", "", tuple(connections), goal=at_most(10)),
    ]


def calling(one: Callable[[], Awaitable[object]]) -> Side:
    """A side that makes its calls."""

    async def work(_turn: int) -> int:
        await many(one)
        return CALLS

    return here(work)


async def many(one: Callable[[], Awaitable[object]]) -> None:
    """A thousand calls, eight of them under way at a time."""

    async def some() -> None:
        for _ in range(CALLS // AT_ONCE):
            await one()

    await asyncio.gather(*(some() for _ in range(AT_ONCE)))
