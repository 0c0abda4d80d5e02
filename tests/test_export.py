"""What leaves the database: every tool, the votes of public channels, and nothing that a spreadsheet would run."""

import asyncio
import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from bot import exports
from bot.app import App
from bot.config import Settings
from bot.exporter import export
from playground import Playground
from tests.story import Story
from tests.test_catalogue_in_slack import adds


def write(settings: Settings, format_: exports.Format, workspace: str | None, to: Path) -> bool:
    """What `verdicts export votes` does; it has an event loop of its own."""
    return export(settings.database, "votes", format_, workspace, to, Console(stderr=True))


def rows(text: str) -> list[dict[str, str]]:
    """CSV as another program reads it."""
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


async def test_every_tool_is_in_both_formats(story: Story) -> None:
    """CSV and JSON hold the same tools; the takes are in JSON."""
    ada = story.person("ada")
    await adds(ada)
    await ada.was_told("Added to the catalogue")

    as_csv = rows(await story.app.database.run(exports.tools, "T0PLAY", "csv"))
    as_json: list[dict[str, Any]] = json.loads(await story.app.database.run(exports.tools, "T0PLAY", "json"))

    assert [row["slug"] for row in as_csv] == [tool["slug"] for tool in as_json] == sorted(t["slug"] for t in as_json)
    (acme,) = (row for row in as_csv if row["slug"] == "acme-search")
    assert (acme["name"], acme["aliases"], acme["price_entry"]) == ("Acme Search", "acme; acme find", "freemium")
    (cursor,) = (tool for tool in as_json if tool["slug"] == "cursor")
    assert [take["reviewer"] for take in cursor["takes"]] == ["Builder", "Skeptic", "Founder", "Futurist"]


@pytest.mark.fault("S13")
@pytest.mark.parametrize("name", ["=1+1", "+A1", "-A1", "@SUM(A1)", '=HYPERLINK("x")', 'a,"b" c'])
async def test_no_cell_is_a_formula(story: Story, name: str) -> None:
    """What begins like a formula is text to a spreadsheet; quotes and commas arrive as they were typed."""
    ada = story.person("ada")
    assert (await adds(ada, name=name, tagline=name))["ok"]
    await ada.was_told("Added to the catalogue")

    text = await story.app.database.run(exports.tools, "T0PLAY", "csv")

    shown = name if name.startswith("a") else f"'{name}"
    assert [row["tagline"] for row in rows(text) if row["name"] == shown] == [shown]
    assert not [cell for row in rows(text) for cell in row.values() if cell.startswith(("=", "+", "-", "@"))]
    assert text.count("\r\n") == len(rows(text)) + 1


async def test_votes_of_private_channels_stay_there(playground: Playground, settings: Settings, tmp_path: Path) -> None:
    """The command line writes who chose what in public channels; a private comparison is not in it."""
    app = App(settings)
    await app.start()
    story = Story(playground.url, app)
    try:
        ada, bjorn = story.person("ada"), story.person("bjorn")
        await ada.types("/compare cursor vs zed")
        public = await story.seeded()
        await ada.types("/compare qdrant vs pgvector", channel="G0LEADS")
        private = await story.seeded("G0LEADS")
        for person, name in ((ada, "one"), (bjorn, "no_entry_sign")):
            await person.reacts(public, name)
        await ada.reacts(private, "one")
        await story.shows(public, "1 of 2")
        await story.shows(private, "1 of 1")
    finally:
        await story.close()
        await app.close()

    formats: tuple[exports.Format, ...] = ("csv", "json")
    for format_ in formats:
        assert await asyncio.to_thread(write, settings, format_, None, tmp_path / f"votes.{format_}")

    told = rows((tmp_path / "votes.csv").read_bytes().decode())
    assert [(row["tools"], row["person"], row["chose"]) for row in told] == [
        ("cursor; zed", "U0ADA", "cursor"),
        ("cursor; zed", "U0BJORN", ""),
    ]
    assert [one["chose"] for one in json.loads((tmp_path / "votes.json").read_text("utf-8"))] == [["cursor"], []]
    # A file that is there is never written over, and nobody else on the machine reads who voted what.
    assert not await asyncio.to_thread(write, settings, "csv", None, tmp_path / "votes.csv")
    assert (tmp_path / "votes.csv").stat().st_mode & 0o077 == 0
    assert not await asyncio.to_thread(write, settings, "csv", "T0OTHER", tmp_path / "other.csv")


async def test_slack_tells_the_line_for_whoever_runs_it(story: Story) -> None:
    """The app may not give files in Slack: it says how to get one, and shows nobody's vote."""
    ada = story.person("ada")

    await ada.types("/verdict export votes json")

    await ada.was_told("verdicts export votes --format json")
