"""What a saboteur, and a newcomer in a hurry, once broke."""

import shlex
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from commands.grammar import parse_verdict
from commands.requests import BadRequest
from tests.processes import Process
from tests.story import Scene, Story


async def test_a_second_start_on_the_same_folder_leaves_the_first_its_journal(tmp_path: Path) -> None:
    """What is typed after a second playground was refused is still there after a restart."""
    async with Process(tmp_path, "playground", "--alone", PORT="0") as first:
        url = await first.says(r"open:  (\S+)")
        port = url.rpartition(":")[2]
        for taken in (port, "0"):
            async with Process(tmp_path, "playground", PORT=taken) as second:
                assert await second.ended() == 2
                assert second.err.strip() == (
                    f"{tmp_path / 'playground.jsonl'} is in use by another process: stop that one, "
                    "or set VERDICTS_DATA_DIR to another folder."
                )
        async with _visiting(url) as scene:
            await scene.post("message", channel="C0GENERAL", user="U0ADA", text="still here")
    async with (
        Process(tmp_path, "playground", "--alone", PORT="0") as again,
        _visiting(await again.says(r"open:  (\S+)")) as scene,
    ):
        assert [card.said for card in await scene.cards()] == ["still here"]


async def test_the_line_that_starts_a_bot_works_in_any_shell(tmp_path: Path) -> None:
    """The line that the playground prints names the program and the data folder by their whole paths."""
    folder = tmp_path / "my data"
    async with Process(folder, "playground", "--alone", PORT="0") as alone:
        words = shlex.split(await alone.says(r"(SLACK_API_URL=.* run)\n"))
        assert f"VERDICTS_DATA_DIR={folder}" in words
        assert words[-2] == str(Path(sys.executable).with_name("verdicts"))


@pytest.mark.parametrize("name", ["localtime", "Factory"])
def test_a_file_beside_the_zones_is_no_zone(name: str) -> None:
    """A subscription in the zone of whichever machine runs the bot would move with it."""
    with pytest.raises(BadRequest, match="is not a time zone"):
        parse_verdict(f"subscribe mon 09:00 tz {name}")


async def test_a_channel_in_which_only_some_may_post_is_said_so(story: Story) -> None:
    """Nothing went wrong on our side: the person hears that this is not the place, and keeps what they typed."""
    ada = story.person("ada")

    await ada.types("/compare cursor vs zed", channel="C0NEWS")

    await ada.was_told("I cannot post in this conversation", "/compare cursor vs zed")


async def test_one_thing_is_counted_as_one(story: Story) -> None:
    """What a screen reader reads of a list with one entry is in the singular."""
    ada = story.person("ada")

    await ada.types("/compare cursor vs zed")
    await story.seeded()
    await ada.types("/verdict open")
    assert (await ada.was_told("1 open here")).message["text"].startswith("1 comparison is open here")
    await ada.types("/verdict search vector database free")
    assert (await ada.was_told("1 tool found")).message["text"].startswith("1 tool found")


@asynccontextmanager
async def _visiting(url: str) -> AsyncIterator[Scene]:
    scene = Scene(url)
    try:
        yield scene
    finally:
        await scene.close()
