"""A connection that is lost again and again, in every way, while people vote: how soon it is back, and what is lost.

    python -m tests.reconnects --cycles 200 [--seed 7]

The bot's patience is a tenth of what it is in life, and so are Slack's pauses before it sends an event again.
"""

import argparse
import asyncio
import contextlib
import random
import sys
import tempfile
import time
from pathlib import Path

import yaml
from pydantic import SecretStr

from bot.app import App
from bot.config import Settings
from bot.transport.socket import Patience
from db.connection import Connection
from playground import Playground, PlaygroundSettings
from tests.processes import ROOT
from tests.story import Card, Story, eventually

SHOWS = ("A06", "A07")
TENTH = Patience(
    look=0.1,
    ping=0.5,
    pong=1.5,
    echo=1.5,
    silence=4.5,
    longest_silence=30,
    connect=1,
    handover=0.2,
    gap=3,
    longest_wait=3,
)
KINDS: tuple[dict[str, object], ...] = (
    {"socket": "disconnect", "reason": "warning"},
    {"socket": "disconnect", "reason": "too_many_websockets"},
    {"socket": "close"},
    {"socket": "close", "abort": True},
    {"socket": "half_open"},
    {"socket": "mute"},
)
PEOPLE = ("ada", "bjorn", "chloe", "dev", "emeka", "fatima")
LONGEST = 60.0


async def cycles(story: Story, count: int, dice: random.Random) -> dict[str, list[float]]:
    """Lose the connection so many times, each time in one of six ways; how many seconds each took to be back.

    Raises AssertionError when it does not come back, or when at the end the ledger is not what stands under the card.
    """
    await story.person("ada").types("/compare cursor vs zed")
    card = await story.seeded()
    took: dict[str, list[float]] = {}
    for number in range(count):
        kind = KINDS[number % len(KINDS)]
        await asyncio.sleep(dice.uniform(0, 0.5))
        await story.post("fault", **kind)
        began = time.monotonic()
        while not await _hears(story, card, dice):
            assert time.monotonic() - began < LONGEST, f"deaf after {kind}"
        took.setdefault("-".join(str(value) for value in kind.values()), []).append(time.monotonic() - began)
    await story.app.services.sweeper.want_all()

    async def all_known() -> bool | None:
        return not await _missed(story, card) or None

    await eventually(all_known, lambda: "the ledger is not what stands under the card")

    async def over_one_connection() -> bool | None:
        return (await story.get("state"))["apps"][0]["sockets"] == 1 or None

    await eventually(over_one_connection, lambda: "an old connection stays open")
    return took


async def _hears(story: Story, card: Card, dice: random.Random) -> bool:
    """Whether somebody's click is acknowledged at the first attempt."""
    who, name = story.person(dice.choice(PEOPLE)), dice.choice(("one", "two", "no_entry_sign"))
    now = next(one for one in await story.cards(card.channel) if one.ts == card.ts)
    present = who.id not in now.reactions.get(name, [])
    answer = await story.post("reaction", channel=card.channel, ts=card.ts, user=who.id, name=name, present=present)
    return bool(answer["acknowledged"])


async def _missed(story: Story, card: Card) -> set[tuple[str, str]]:
    """Marks of which the ledger says something else than the page."""

    def heard(connection: Connection) -> set[tuple[str, str]]:
        return {
            (row[0], row[1]) for row in connection.exec_driver_sql("SELECT person, emoji FROM reaction WHERE present")
        }

    now = next(one for one in await story.cards(card.channel) if one.ts == card.ts)
    stands = {(who, name) for name, users in now.reactions.items() for who in users if who != "U0VERDICTS"}
    return stands ^ await story.app.database.run(heard)


async def soak(count: int, seed: int, patience: Patience) -> dict[str, list[float]]:
    """`cycles` for a bot that is made for it, on SQLite."""
    manifest = yaml.safe_load((ROOT / "manifest.yml").read_text("utf-8"))
    wanted = PlaygroundSettings(manifest=manifest, seed=seed, time_scale=0.1, ack_limit=0.5, rate_limits=False)
    with tempfile.TemporaryDirectory() as name:
        async with Playground(wanted) as playground, contextlib.AsyncExitStack() as stack:
            settings = Settings(
                _env_file=None,
                slack_bot_token=SecretStr(playground.bot_token),
                slack_app_token=SecretStr(playground.app_token),
                slack_api_url=playground.api_url,
                data_dir=Path(name),
            )
            app = App(settings, patience)
            await app.start()
            stack.push_async_callback(app.close)
            story = Story(playground.url, app)
            stack.push_async_callback(story.close)
            return await cycles(story, count, random.Random(seed))


def main() -> None:
    """As many cycles as wanted, from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cycles", type=int, default=30)
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    took = asyncio.run(soak(given.cycles, given.seed, TENTH))
    every = sorted(seconds for each in took.values() for seconds in each)
    sys.stdout.write(
        f"{len(every)} cycles: back after {every[len(every) // 2]:.1f} s, at most {every[-1]:.1f} s; 0 lost\n"
    )
    for kind, each in took.items():
        sys.stdout.write(f"  {kind:35} {len(each):4} times, at most {max(each):.1f} s\n")


if __name__ == "__main__":
    main()
