"""A storm: a thousand reactions within ten seconds, on one card or on fifty; few edits, and soon the last state.

python -m tests.storm [--reactions 1000] [--seconds 10] [--cards 1]
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
from tests.story import Card, Story, eventually

SHOWS = ("R01",)
PEOPLE = 50
PATIENCE_WITH_MANY = 150.0
A_MINUTE = 50  # edits that Slack takes of a workspace


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

    async def right() -> bool | None:
        return _is_true(next(one for one in await story.cards(card.channel) if one.ts == card.ts)) or None

    await eventually(right, lambda: "the card is never right")


def _is_true(card: Card) -> bool:
    """Whether a card says what stands under it."""
    ticks = {name: set(users) - {"U0VERDICTS"} for name, users in card.reactions.items()}
    voters = ticks.get("one", set()) | ticks.get("two", set())
    return card.row["Community"] == [share(len(ticks.get(name, ())), len(voters)) for name in ("one", "two")]


@dataclass(frozen=True, slots=True)
class Spread:
    """What a storm on many cards has cost."""

    seconds: float
    edits: int
    busiest: int  # edits within any minute
    late: list[float]  # by card, seconds from the last reaction of all until it was right; in their order


async def storm_on_many(story: Story, *, cards: int, reactions: int, seconds: float, seed: int = 1) -> Spread:
    """So many clicks on so many cards of one workspace at random; wait until each card shows where it ended."""
    dice = random.Random(seed)
    await story.post("people", count=PEOPLE)
    for number in range(cards):
        await story.person("ada").types(f"/compare cursor vs zed for case {number}")

    async def all_posted() -> list[Card] | None:
        found = [card for card in await story.cards() if card.message.get("blocks")]
        return found if len(found) == cards else None

    posted = await eventually(all_posted)
    people = [f"U0CROWD{n:04}" for n in range(1, PEOPLE + 1)]
    standing: dict[str, set[tuple[str, str]]] = {card.ts: set() for card in posted}
    before = len(await story.calls("chat.update"))
    began = time.monotonic()
    clicks = []
    for number in range(reactions):
        await asyncio.sleep(began + number * seconds / reactions - time.monotonic())
        card, mark = dice.choice(posted), (dice.choice(people), dice.choice(("one", "two")))
        standing[card.ts] ^= {mark}
        on = {"channel": card.channel, "ts": card.ts, "user": mark[0], "name": mark[1]}
        clicks.append(asyncio.create_task(story.try_post("reaction", **on, present=mark in standing[card.ts])))
    await asyncio.gather(*clicks)
    last = time.monotonic()
    late: dict[str, float] = {}
    while len(late) < cards:
        for card in await story.cards():
            if card.ts in standing and card.ts not in late and _is_true(card):
                late[card.ts] = round(time.monotonic() - last, 1)
        assert time.monotonic() < last + PATIENCE_WITH_MANY, f"{cards - len(late)} cards are never right"
        await asyncio.sleep(0.2)
    moments = [call["at"] for call in (await story.calls("chat.update"))[before:]]
    busiest = max(sum(one <= other < one + 60 for other in moments) for one in moments)
    return Spread(round(last - began, 1), len(moments), busiest, sorted(late.values()))


@asynccontextmanager
async def _at_home(*, rate_limits: bool) -> AsyncIterator[Story]:
    with tempfile.TemporaryDirectory() as name:
        manifest = yaml.safe_load((ROOT / "manifest.yml").read_text("utf-8"))
        async with Playground(PlaygroundSettings(manifest=manifest, rate_limits=rate_limits)) as playground:
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


async def _one(reactions: int, seconds: float) -> bool:
    """One card, by the playground's limits: at most twelve edits, and right within five seconds."""
    async with _at_home(rate_limits=True) as story:
        toll = await storm(story, reactions=reactions, seconds=seconds)
    sys.stdout.write(
        f"{toll.reactions:,} reactions in {toll.seconds} s: {toll.edits} edits, right {toll.late} s after the last\n"
    )
    return toll.edits <= 12 and toll.late <= 5


async def _many(cards: int, reactions: int, seconds: float) -> bool:
    """Many cards, which are posted faster than Slack would have them: the edits keep to Slack's limit."""
    async with _at_home(rate_limits=False) as story:
        toll = await storm_on_many(story, cards=cards, reactions=reactions, seconds=seconds)
    sys.stdout.write(
        f"{reactions:,} reactions on {cards} cards in {toll.seconds} s: {toll.edits} edits, at most {toll.busiest} in a"
        f" minute; right after {toll.late[cards // 2]} s (median), {toll.late[-1]} s (last),"
        f" {sum(late > 30 for late in toll.late)} after more than 30 s\n"
    )
    return toll.busiest <= A_MINUTE


def main() -> int:
    """One storm, from the command line; ends with 1 when it cost more than it may."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reactions", type=int, default=1_000)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--cards", type=int, default=1)
    given = parser.parse_args()
    storming = (
        _many(given.cards, given.reactions, given.seconds) if given.cards > 1 else _one(given.reactions, given.seconds)
    )
    return 0 if asyncio.run(storming) else 1


if __name__ == "__main__":
    sys.exit(main())
