"""The bot as a process: killed while it works, and asked to stop while it cannot; nothing is lost, nobody waits."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from playground import Playground
from tests.kill_loop import kill_loop, stand_in
from tests.processes import CONNECTED, Forked, bot_in
from tests.story import Person, Scene, eventually

SEED = 20261122
OPEN = r"The playground is open:\s+(http://127\.0\.0\.1:\d+)"


@pytest.mark.fault("A01")
@pytest.mark.fault("A04")
@pytest.mark.timeout(300)
async def test_thirty_kills_during_live_votes_lose_none_and_count_none_twice(bare_url: str, tmp_path: Path) -> None:
    """Whenever the bot is killed, what it has acknowledged is there, once; at the end everything is as on the page."""
    async with Playground(stand_in(SEED)) as playground:
        toll = await kill_loop(playground, bare_url, tmp_path, kills=30, seed=SEED)

    assert toll.acknowledged > 300  # the kills did fall among votes …
    assert toll.dropped > 10  # … of which some were never told


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT], ids=lambda how: how.name)
async def test_the_bot_stops_when_asked(playground: Playground, tmp_path: Path, how: signal.Signals) -> None:
    """`verdicts run` ends cleanly, and says nothing of it."""
    async with bot_in(playground, tmp_path) as bot:
        await bot.says(CONNECTED)

        assert await bot.stop(how) == 0

    assert bot.complaints == []


@pytest.mark.parametrize(
    ("options", "how"), [([], signal.SIGINT), (["--alone"], signal.SIGTERM)], ids=["with-the-bot", "alone"]
)
async def test_the_playground_stops_when_asked(tmp_path: Path, options: list[str], how: signal.Signals) -> None:
    """`verdicts playground` ends cleanly, with the bot in it and without, also while somebody looks at its page."""
    async with Forked(tmp_path, "playground", "--port", "0", *options) as process:
        url = await process.says(OPEN)
        async with aiohttp.ClientSession() as browser, browser.ws_connect(f"{url}/_page/live"):
            assert await process.stop(how) == 0

    assert process.complaints == []


@pytest.mark.fault("A05")
async def test_a_bot_that_was_stopped_and_goes_on_counts_each_vote_once(tmp_path: Path) -> None:
    """SIGSTOP until Slack has given all up, then SIGCONT: what waited in the socket, late and twice, does no harm."""
    async with (
        Playground(replace(stand_in(SEED), ack_limit=0.3)) as playground,
        bot_in(playground, tmp_path) as bot,
        scene_at(playground.url) as scene,
    ):
        await bot.says(CONNECTED)
        await scene.person("ada").types("/compare cursor vs zed")
        card = await scene.seeded()
        stopped = asyncio.create_task(bot.pause(6.0))
        await asyncio.sleep(0.1)  # until it is
        await scene.person("bjorn").reacts(card, "one")
        await scene.person("chloe").reacts(card, "one", "two")
        await scene.person("chloe").takes_back(card, "one")
        await stopped

        await scene.shows(card, "1 of 2 people")
        await scene.has_row(card, "Community", ["1 of 2 people", "1 of 2 people"])
        tries = [one for one in (await scene.get("log"))["log"] if one["kind"] == "delivery" and one["attempt"] > 0]
        assert len(tries) > 4, "it was told nothing again: it has not been stopped"


@pytest.mark.fault("B05")
async def test_a_second_bot_on_one_file_is_refused(playground: Playground, tmp_path: Path) -> None:
    """Two processes never write to one SQLite file: the second ends with one sentence, the first goes on."""
    async with bot_in(playground, tmp_path) as first:
        await first.says(CONNECTED)
        async with bot_in(playground, tmp_path) as second:
            assert await second.ended() == 2
            assert second.err == (
                f"{tmp_path / 'verdicts.db'} is in use by another process: "
                "stop that one, or set VERDICTS_DATA_DIR to another folder.\n"
            )

        assert await first.stop() == 0


async def test_a_killed_playground_comes_back_as_it_was(tmp_path: Path) -> None:
    """After kill -9 the combined playground shows the same history and the same votes, and voting goes on."""
    async with Forked(tmp_path, "playground", "--port", "0") as process:
        async with scene_at(await process.says(OPEN)) as scene:
            await scene.person("ada").types("/compare cursor vs zed")
            card = await scene.seeded()
            await scene.person("bjorn").reacts(card, "one")
            await scene.person("chloe").reacts(card, "one", "two")
            await scene.person("dev").reacts(card, "no_entry_sign")
            await scene.shows(card, "67 % · 2 of 3 people", "33 % · 1 of 3 people")
            before = await history(scene)
            await process.kill()

        await process.start()
        async with scene_at(await process.says(OPEN)) as scene:
            assert await history(scene) == before
            await scene.person("emeka").reacts(card, "two")
            await scene.shows(card, "50 % · 2 of 4 people")
            await scene.person("chloe").takes_back(card, "one", "two")
            await scene.shows(card, "33 % · 1 of 3 people")


@pytest.mark.parametrize(
    ("fault", "stands_there"),
    [
        ({"method": "chat.postMessage", "drop": True, "delay": 60}, False),
        ({"method": "chat.getPermalink", "delay": 60}, True),
    ],
    ids=["before-the-post", "before-it-is-recorded"],
)
async def test_a_card_cut_off_by_a_kill_is_offered_again(
    playground: Playground, tmp_path: Path, fault: dict[str, Any], stands_there: bool
) -> None:
    """Killed between the decision and its record, the bot asks at its next start, and posts only when told to."""
    async with bot_in(playground, tmp_path) as bot, scene_at(playground.url) as scene:
        await bot.says(CONNECTED)
        await scene.post("fault", **fault)
        ada = scene.person("ada")
        await ada.types("/compare cursor vs zed")
        await until_called(scene, str(fault["method"]))
        await bot.kill()
        posted = await scene.cards()
        assert len(posted) == stands_there

        await scene.post("fault", clear=True)
        await bot.start()
        await bot.says(CONNECTED)
        line = await ada.was_told("I was interrupted while posting", "Cursor vs Zed", "post it again")
        assert await scene.cards() == posted
        await ada.presses(line, "Post it again")
        card = await scene.seeded()

        assert len(await scene.cards()) == len(posted) + 1
        await scene.person("bjorn").reacts(card, "one")
        await scene.shows(card, "1 of 1 person")
        await until_silent(ada)


async def test_a_kill_while_offering_a_card_again_keeps_the_offer(playground: Playground, tmp_path: Path) -> None:
    """Killed once more before the person could be told, the bot tells them at the start after that."""
    async with bot_in(playground, tmp_path) as bot, scene_at(playground.url) as scene:
        await bot.says(CONNECTED)
        await scene.post("fault", method="chat.postMessage", drop=True, delay=60)
        ada = scene.person("ada")
        await ada.types("/compare cursor vs zed")
        await until_called(scene, "chat.postMessage")
        await bot.kill()
        await scene.post("fault", method="chat.postEphemeral", drop=True, delay=60)
        await bot.start()
        await until_called(scene, "chat.postEphemeral")
        await bot.kill()
        assert await ada.whispers() == []

        await scene.post("fault", clear=True)
        await bot.start()
        await bot.says(CONNECTED)

        await ada.was_told("I was interrupted while posting", "Cursor vs Zed")


async def test_nobody_waits_for_a_slack_that_was_never_there(tmp_path: Path) -> None:
    """Ctrl-C ends a bot that still looks for Slack."""
    tokens = {"SLACK_BOT_TOKEN": "xoxb-nobody", "SLACK_APP_TOKEN": "xapp-nobody"}
    async with Forked(tmp_path, "run", SLACK_API_URL="http://127.0.0.1:9/api/", **tokens) as bot:
        await bot.says("slack not reached yet")

        assert await bot.stop(signal.SIGINT) == 0

    assert bot.complaints == []


async def test_nobody_waits_for_a_socket_that_is_refused(playground: Playground, tmp_path: Path) -> None:
    """Ctrl-C ends a bot whose WebSocket is turned away."""
    async with bot_in(playground, tmp_path) as bot, scene_at(playground.url) as scene:
        await scene.post("fault", socket="refuse")
        await until_called(scene, "apps.connections.open")

        assert await bot.stop(signal.SIGINT) == 0

    assert bot.complaints == []


async def test_nobody_waits_for_a_slack_that_has_gone(playground: Playground, tmp_path: Path) -> None:
    """Ctrl-C ends a bot that has lost Slack and tries to find it again."""
    async with bot_in(playground, tmp_path) as bot:
        await bot.says(CONNECTED)
        await playground.close()
        await bot.says("socket replaced")

        assert await bot.stop(signal.SIGINT) == 0

    assert bot.complaints == []


async def test_nobody_waits_for_a_slack_that_does_not_answer(playground: Playground, tmp_path: Path) -> None:
    """Ctrl-C ends a bot in the middle of a post, a redraw and a look-up that hang; what it owes is drawn later."""
    async with bot_in(playground, tmp_path) as bot, scene_at(playground.url) as scene:
        await bot.says(CONNECTED)
        await scene.person("ada").types("/compare cursor vs zed")
        card = await scene.seeded()
        await scene.post("fault", method="*", delay=60)
        await scene.person("bjorn").reacts(card, "one")
        await scene.person("ada").types("/compare aider vs cline")
        for method in ("users.info", "chat.update", "conversations.info"):
            await until_called(scene, method)

        assert await bot.stop(signal.SIGINT) == 0
        assert bot.complaints == []

        await scene.post("fault", clear=True)
        await bot.start()
        await bot.says(CONNECTED)
        await scene.shows(card, "1 of 1 person")


@asynccontextmanager
async def scene_at(url: str) -> AsyncIterator[Scene]:
    scene = Scene(url)
    try:
        yield scene
    finally:
        await scene.close()


async def history(scene: Scene) -> list[tuple[str, str, dict[str, list[str]]]]:
    """What people read in the channel and have put under it; the bot's own emoji come and go with theirs."""
    found = []
    for card in await scene.cards():
        people = {name: [who for who in users if who != "U0VERDICTS"] for name, users in card.reactions.items()}
        found.append((card.ts, card.said, {name: users for name, users in people.items() if users}))
    return found


async def until_called(scene: Scene, method: str) -> None:
    async def called() -> bool | None:
        return bool(await scene.calls(method)) or None

    await eventually(called, lambda: f"{method} was not called")


async def until_silent(person: Person) -> None:
    async def silent() -> bool | None:
        return not await person.whispers() or None

    await eventually(silent, lambda: "the question still stands there")
