"""A storm: a thousand reactions on one card within ten seconds; few edits, and soon the last state.

python -m tests.storm [--reactions 1000] [--seconds 10]
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import SecretStr

from bot.app import App
from bot.config import Settings
from bot.views.votes import share
from playground import Playground, PlaygroundSettings
from tests.processes import ROOT
from tests.story import Card, Story

SHOWS = ("R01",)
PEOPLE = 50
PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class Toll:
    """What a storm has cost."""

    reactions: int
    seconds: float
    edits: int
    late: float  # seconds from the last reaction until the card was right


async def storm(story: Story, *, reactions: int, seconds: float, seed: int = 1) -> Toll:
    """So many clicks of fifty people on one card, evenly in so many seconds; wait until the card shows where it ended.

    Raises AssertionError when it never does.
    """
    dice = random.Random(seed)
    await story.post("people", count=PEOPLE)
    await story.person("ada").types("/compare cursor vs zed")
    card = await story.seeded()
    people = [f"U0CROWD{n:04}" for n in range(1, PEOPLE + 1)]
    standing: set[tuple[str, str]] = set()
    before = len(await story.calls("chat.update"))
    began = time.monotonic()
    clicks = []
    for number in range(reactions):
        await asyncio.sleep(began + number * seconds / reactions - time.monotonic())
        mark = (dice.choice(people), dice.choice(("one", "two")))
        standing ^= {mark}
        on = {"channel": card.channel, "ts": card.ts, "user": mark[0], "name": mark[1]}
        clicks.append(asyncio.create_task(story.try_post("reaction", **on, present=mark in standing)))
    await asyncio.gather(*clicks)
    last = time.monotonic()
    await _is_right(story, card)
    late = time.monotonic() - last
    await asyncio.sleep(3)  # an edit that is still to come counts, too
    edits = len(await story.calls("chat.update")) - before
    return Toll(reactions, round(last - began, 1), edits, round(late, 1))


async def _is_right(story: Story, card: Card) -> None:
    """The card shows what stands under it, by everybody but the bot."""
    deadline = time.monotonic() + PATIENCE
    while True:
        now = next(one for one in await story.cards(card.channel) if one.ts == card.ts)
        ticks = {name: set(users) - {"U0VERDICTS"} for name, users in now.reactions.items()}
        voters = ticks.get("one", set()) | ticks.get("two", set())
        expected = [share(len(ticks.get(name, ())), len(voters)) for name in ("one", "two")]
        if now.row["Community"] == expected:
            return
        assert time.monotonic() < deadline, f"{now.row['Community']} and not {expected}"
        await asyncio.sleep(0.05)


@asynccontextmanager
async def _at_home() -> AsyncIterator[Story]:
    with tempfile.TemporaryDirectory() as name:
        manifest = yaml.safe_load((ROOT / "manifest.yml").read_text("utf-8"))
        async with Playground(PlaygroundSettings(manifest=manifest)) as playground:
            app = App(
                Settings(
                    _env_file=None,
                    slack_bot_token=SecretStr(playground.bot_token),
                    slack_app_token=SecretStr(playground.app_token),
                    slack_api_url=playground.api_url,
                    data_dir=Path(name),
                )
            )
            await app.start()
            story = Story(playground.url, app)
            try:
                yield story
            finally:
                await story.close()
                await app.close()


async def _one(reactions: int, seconds: float) -> Toll:
    async with _at_home() as story:
        return await storm(story, reactions=reactions, seconds=seconds)


def main() -> int:
    """One storm, from the command line; ends with 1 when it cost more than twelve edits or five seconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reactions", type=int, default=1_000)
    parser.add_argument("--seconds", type=float, default=10.0)
    given = parser.parse_args()
    toll = asyncio.run(_one(given.reactions, given.seconds))
    sys.stdout.write(
        f"{toll.reactions:,} reactions in {toll.seconds} s: {toll.edits} edits, right {toll.late} s after the last\n"
    )
    return 0 if toll.edits <= 12 and toll.late <= 5 else 1


if __name__ == "__main__":
    sys.exit(main())
