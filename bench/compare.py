"""Rows 1 to 3, `/compare`: its own work, the whole of it with its calls to Slack, and how soon it is acknowledged."""

import asyncio
import itertools
import json
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bench.figures import Figure, at_most, beside, percentile
from bench.furniture import CHANNEL, furnish, shown_card
from bench.house import TOKEN, House, Unlimited, bare, dispatched, house
from bench.measure import Side, Spent, alternate, here
from bench.payloads import command
from bench.processes import running
from bot.slack_answers import Conversation
from bot.views.cards import card_message, seeds
from bot.views.kit import Message, check
from db.engine import Database
from db.schema import migrate

COMMANDS = 150
ACKNOWLEDGED = 1_000


class Silent(Unlimited):
    """Our client with an answer of its own in the place of every call; a message is still checked and put into JSON."""

    async def conversation(self, channel: str) -> Conversation:
        return Conversation(channel, "public", is_member=True, is_archived=False)

    async def post(self, channel: str, message: Message, **more: Any) -> str:
        _ready((channel, more), message)
        return f"{perf_counter():.6f}"

    async def permalink(self, channel: str, message_ts: str) -> str:
        return f"https://bench.example/archives/{channel}/{message_ts}"

    async def react(self, channel: str, message_ts: str, emoji: str) -> None:
        json.dumps((channel, message_ts, emoji))

    async def respond(self, response_url: str, message: Message, **more: Any) -> None:
        _ready((response_url, more), message)


def _ready(to: object, message: Message) -> None:
    assert not check(message.blocks, message.text)
    json.dumps((to, message.arguments()))


async def measure(rounds: int) -> list[Figure]:
    """Rows 1 to 3."""
    bolt = bare()
    async with running("-m", "bench.stand_in") as stand_in, aiohttp.ClientSession() as session:
        api_url = f"{stand_in.said['address']}/api/"
        respond = f"{stand_in.said['address']}/respond"

        async def acknowledged() -> None:
            await dispatched(bolt, command("Claude Code vs Cursor", respond))

        async with (
            comparing(Silent(TOKEN, api_url, session)) as silent,
            comparing(Unlimited(TOKEN, api_url, session)) as speaking,
        ):
            sides = {
                "bare": commands(acknowledged),
                "again": commands(lambda: typed(silent, respond, next(OLD))),
                "new": commands(lambda: typed(silent, respond, next(NEW))),
                "whole": commands(lambda: typed(speaking, respond, next(NEW))),
                "calls": commands(lambda: calls(AsyncWebClient(TOKEN, base_url=api_url, session=session))),
                "ack": acknowledging(lambda: typed_only(silent, respond), settled),
                "bare ack": acknowledging(acknowledged, lambda: typed(silent, respond, next(OLD))),
            }
            spent = await alternate(sides, rounds)
    bare_ack, calls_alone = "bare Bolt, acknowledging", "its six calls alone"
    return [
        *beside("1 again", "/compare of what is open", bare_ack, spent["again"], spent["bare"], cpu=at_most(3)),
        *beside("1 new", "/compare with a new card, no calls", bare_ack, spent["new"], spent["bare"]),
        *beside("2", "/compare with post and seeds", calls_alone, spent["whole"], spent["calls"], cpu=at_most(1.25)),
        _percentile("3 p50", 0.5, spent["ack"], spent["bare ack"], 1.25),
        _percentile("3 p99", 0.99, spent["ack"], spent["bare ack"], 2.5),
        Figure(
            "3 slow",
            f"of {ACKNOWLEDGED:,} /compare, acknowledged after more than 10 ms",
            "",
            tuple(float(sum(each > 0.01 for each in one.each)) for one in spent["ack"]),
            goal=at_most(0),
        ),
    ]  # fmt: skip


OLD = itertools.cycle(["Claude Code vs Cursor"])
NEW = (f"Claude Code vs Cursor for case {number}" for number in itertools.count())


@asynccontextmanager
async def comparing(slack: Unlimited) -> AsyncIterator[House]:
    """Our Bolt app on a SQLite file of its own."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'bench.db'}")
        await database.run(migrate)
        await database.run(furnish)
        yield house(database, slack)
        await database.close()


def commands(one: Callable[[], Any]) -> Side:
    """So many commands one after the other, each to its end."""

    async def work(_turn: int) -> int:
        for _ in range(COMMANDS):
            await one()
        return COMMANDS

    return here(work)


async def typed_only(ours: House, respond: str) -> None:
    """Somebody types `/compare`, and Slack is acknowledged."""
    await ours.hear(command(next(OLD), respond))


async def typed(ours: House, respond: str, text: str) -> None:
    """Somebody types `/compare`; everything that follows from it is done."""
    await ours.hear(command(text, respond))
    await settled()


async def settled() -> None:
    """Wait for the work after the acknowledgement: nothing else runs here."""
    this = asyncio.current_task()
    while others := [task for task in asyncio.all_tasks() if task is not this]:
        await asyncio.wait(others)


async def calls(client: AsyncWebClient) -> None:
    """What `/compare` asks of Slack, with the same arguments."""
    card = shown_card(0)
    message = card_message(card, 0)
    await client.api_call("conversations.info", data={"channel": CHANNEL})
    posted = await client.api_call("chat.postMessage", json={"channel": CHANNEL, **message.arguments()})
    await client.api_call("chat.getPermalink", data={"channel": CHANNEL, "message_ts": posted["ts"]})
    for emoji in seeds(card):
        await client.api_call("reactions.add", data={"channel": CHANNEL, "timestamp": posted["ts"], "name": emoji})


def acknowledging(one: Callable[[], Any], after: Callable[[], Any]) -> Side:
    """How long each command waits for its acknowledgement; after each, on either side, the bot does a command's work.

    So both find the processor as a busy bot leaves it, and no command meets the work of the one before.
    """

    async def side(_turn: int) -> Spent:
        each: list[float] = []
        wall, cpu = perf_counter(), process_time()
        for _ in range(ACKNOWLEDGED):
            began = perf_counter()
            await one()
            each.append(perf_counter() - began)
            await after()
        return Spent(ACKNOWLEDGED, perf_counter() - wall, process_time() - cpu, tuple(each))

    return side


def _percentile(key: str, share: float, ours: list[Spent], theirs: list[Spent], limit: float) -> Figure:
    return Figure(
        key,
        f"/compare acknowledged, {key.partition(' ')[2]}",
        "µs",
        tuple(percentile(one.each, share) * 1e6 for one in ours),
        "bare Bolt, acknowledging",
        tuple(percentile(one.each, share) * 1e6 for one in theirs),
        at_most(limit),
    )
