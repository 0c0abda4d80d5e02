"""Row 5, votes through Socket Mode: the whole bot beside a bare Bolt app, 64 unacknowledged at a time.

Each side is a process of its own with a stand-in for Slack of its own, so the processor time is the bot's alone. Ours
commits each vote with synchronous=FULL, draws the card while it is voted on, and ticks.
"""

import asyncio
import itertools
import json
import os
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
from pydantic import SecretStr
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_sdk.web.async_client import AsyncWebClient

from bench.figures import Figure, at_least, beside
from bench.furniture import furnish, meet_voters
from bench.house import TOKEN, bare
from bench.measure import Side, Spent, alternate
from bench.processes import Process, running
from bot.app import App
from bot.config import Settings
from bot.logs import configure
from db.engine import Database
from db.schema import migrate

VOTES = 5_000
WINDOW = 64
APP_TOKEN = "xapp-bench"


async def measure(rounds: int) -> list[Figure]:
    """Row 5."""
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        sides: dict[str, Side] = {}
        for name in ("ours", "bare"):
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            stand_in = await stack.enter_async_context(running("-m", "bench.stand_in"))
            address = stand_in.said["address"]
            bot = await stack.enter_async_context(running("-m", "bench.socket_votes", name, address, str(folder)))
            sides[name] = fed(bot, session, address)
        spent = await alternate(sides, rounds)
    return beside("5", "a vote over Socket Mode", "bare Bolt", spent["ours"], spent["bare"], rate=at_least(0.85))


def fed(bot: Process, session: aiohttp.ClientSession, address: str) -> Side:
    """A side whose votes come from its own stand-in."""
    first = itertools.count(0, VOTES)

    async def side(_turn: int) -> Spent:
        cpu = bot.cpu
        query = {"first": next(first), "count": VOTES, "window": WINDOW}
        async with session.get(f"{address}/feed", params=query, timeout=aiohttp.ClientTimeout(total=120)) as answer:
            seconds = float((await answer.json())["seconds"])
        return Spent(VOTES, seconds, bot.cpu - cpu)

    return side


def settings_for(address: str, folder: Path) -> Settings:
    """Settings that lead the bot to a stand-in."""
    return Settings(
        _env_file=None,
        slack_bot_token=SecretStr(TOKEN),
        slack_app_token=SecretStr(APP_TOKEN),
        slack_api_url=f"{address}/api/",
        data_dir=folder,
        log_level="ERROR",
    )


async def prepare(settings: Settings) -> None:
    """A database with a card that is voted on."""
    database = Database(settings.database)
    for step in (migrate, furnish, meet_voters):
        await database.run(step)
    await database.close()


async def listen(name: str, address: str, folder: Path) -> None:
    """Be one of the two sides: connect, say so, and listen until the process is ended."""
    if name == "ours":
        settings = settings_for(address, folder)
        configure(settings)
        await prepare(settings)
        await App(settings).start()
    else:
        web_client = AsyncWebClient(TOKEN, base_url=f"{address}/api/")
        handler = AsyncSocketModeHandler(bare(), APP_TOKEN, web_client=web_client)
        await handler.client.connect_to_new_endpoint()
    print(json.dumps({"ready": time.time(), "pid": os.getpid()}), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(listen(sys.argv[1], sys.argv[2], Path(sys.argv[3])))
