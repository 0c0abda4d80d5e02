"""What leaves the database: every tool, the votes of public channels, and nothing that a spreadsheet would run."""

import asyncio
import csv
import io
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from bot import catalogue_tables, exports, importing, people, spreadsheet, starter
from bot.app import App
from bot.catalogue_importer import import_path
from bot.config import Settings
from bot.exporter import export
from bot.importing import NewTool
from db import takes as take_rows
from db.connection import Connection
from db.engine import Database
from playground import Playground
from tests.story import Story
from tests.test_catalogue_in_slack import adds


def write(settings: Settings, format_: exports.Format, workspace: str | None, to: Path) -> bool:
    """What `verdicts export votes` does; it has an event loop of its own."""
    return export(settings.database, "votes", format_, workspace, to, Console(stderr=True))


def rows(text: str) -> list[dict[str, str]]:
    """CSV as another program reads it."""
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


@pytest.mark.parametrize("format_", ["csv", "json"])
async def test_what_is_exported_comes_back_as_it_was(
    database: Database, tmp_path: Path, format_: exports.Format
) -> None:
    """Every tool, price and take, a reviewer of the team's own and the ugliest names: all come back."""
    await database.run(_furnish)
    text = await database.run(exports.tools, "T0ONE", format_)
    file = tmp_path / f"tools.{format_}"
    file.write_bytes(text.encode())
    address = database.engine.url.render_as_string(hide_password=False)
    await database.close()

    assert await asyncio.to_thread(import_path, address, file, "T0TWO", Console(stderr=True))
    assert await asyncio.to_thread(import_path, address, file, "T0ONE", Console(stderr=True))

    again = Database(address)
    assert await again.run(exports.tools, "T0TWO", format_) == text
    assert await again.run(exports.tools, "T0ONE", format_) == text
    assert await again.run(take_rows.history, "T0ONE", 1, 5) == []
    assert ("security", "Sécurité") in [(s.slug, s.name) for s in await again.run(take_rows.panel, "T0TWO")]
    await again.close()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_folder_of_yaml_comes_back_as_it_was(database: Database, tmp_path: Path) -> None:
    """A file for each tool, in a folder that was not there; votes have no such form."""
    await database.run(_furnish)
    address = database.engine.url.render_as_string(hide_password=False)
    await database.close()
    folder, said = tmp_path / "tools", Console(stderr=True)

    assert await asyncio.to_thread(export, address, "tools", "yaml", "T0ONE", folder, said)
    assert not await asyncio.to_thread(export, address, "tools", "yaml", "T0ONE", folder, said)
    assert not await asyncio.to_thread(export, address, "tools", "yaml", "T0ONE", None, said)
    assert not await asyncio.to_thread(export, address, "votes", "yaml", "T0ONE", tmp_path / "votes", said)
    assert await asyncio.to_thread(import_path, address, folder, "T0TWO", said)

    again = Database(address)
    assert await again.run(exports.tools, "T0TWO", "json") == await again.run(exports.tools, "T0ONE", "json")
    assert len(list(folder.iterdir())) == len(starter.tools()) + 1
    await again.close()


def _furnish(connection: Connection) -> None:
    ugly = ['=HYPERLINK("x")', "'+A1", "''twice", "a;b\\;c", 'quotes "and", commas']
    first, *others = starter.tools()
    take = replace(first.takes[0], reviewer="security", author="U0ADA", headline="-1 for that", basis="@home")
    facts = replace(first.facts, slug="ugly", name="=1+1", tagline="'tis", best_for="\uff1dwide", url=None, sources=())
    tool = NewTool(facts, tuple(ugly), first.price, (take,), (("security", "Sécurité"),))
    for workspace in ("T0ONE", "T0TWO"):
        people.welcome_workspace(connection, workspace, workspace, "U0BOT", 0)
    importing.import_tools(connection, "T0ONE", [tool, first, *others], 10)


@given(st.lists(st.lists(st.text("=+-@'\t\r\n;\\\",a ", max_size=6), min_size=2, max_size=2), max_size=5))
@pytest.mark.fault("S13")
def test_a_table_is_read_as_it_was_written(rows: list[list[str]]) -> None:
    """Whatever stands in a cell comes back, and no cell begins like a formula."""
    text = spreadsheet.written(("one", "two"), [{"one": one, "two": two} for one, two in rows])

    found = [cells for _, cells in spreadsheet.read(text)]
    assert found == [{k: v for k, v in zip(("one", "two"), row, strict=True) if v} for row in rows if any(row)]
    cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


@given(st.lists(st.text("a;\\ b", min_size=1, max_size=5).map(str.strip).filter(bool)))
def test_a_list_in_a_cell_is_read_as_it_was_written(entries: list[str]) -> None:
    """Semicolons and backslashes in an entry do not part it."""
    ((_, cells),) = spreadsheet.read(spreadsheet.written(("x", "y"), [{"x": entries, "y": "y"}]))

    assert spreadsheet.listed(cells.get("x", "")) == entries


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.csv", "slug,name,slug\n", "line 1: The column 'slug' is there twice."),
        ("a.csv", "slug,colour\na,red\n", "There is no such column as “colour”."),
        ("a.csv", "slug,name\na,b,c\n", "line 2: There are 3 cells, and 2 columns."),
        ("a.csv", 'slug,name\na,"b\n', "This is not valid CSV"),
        ("a.csv", "", "The file is empty."),
        ("a.csv", "slug,name\nBad Slug,b\n", "line 2, slug: “Bad Slug” is not a slug"),
        ("a.json", "{}", "A catalogue is a list of tools"),
        ("a.json", "[", "line 1: This is not valid JSON."),
        ("a.json", "[" * 100_000, "This is not valid JSON."),
        ("a.json", '[{"slug": "a", "slug": "b"}]', "The field “slug” is there twice."),
        ("a.json", "[3]", "tool 1: A tool is a group of fields."),
        ("a.json", '[{"slug": 3}]', "tool 1, slug: It must be text, not"),
    ],
)
def test_what_is_wrong_with_a_table_is_a_line(name: str, text: str, said: str) -> None:
    """Every mistake says where it is and what it is; nothing of such a file is a tool."""
    read = catalogue_tables.read_csv if name.endswith("csv") else catalogue_tables.read_json

    tools, problems = read(name, text)

    assert tools == {}
    assert said in "\n".join(map(str, problems))


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

    await ada.was_told("I may not give files in Slack", "verdicts export votes --format json")
    assert await story.calls("files.getUploadURLExternal") == []


@pytest.mark.fault("S13")
async def test_a_file_comes_into_the_direct_message(story: Story) -> None:
    """Where the app may give files, anybody gets the tools and an admin the votes, in their direct message alone."""
    await story.post("scopes", optional=True)
    ada, bjorn = story.person("ada"), story.person("bjorn")
    for channel, line in (("C0GENERAL", "cursor vs zed"), ("G0LEADS", "qdrant vs pgvector")):
        await ada.types(f"/compare {line}", channel=channel)
        card = await story.seeded(channel)
        await ada.reacts(card, "one")
        await story.shows(card, "1 of 1")

    await bjorn.types("/verdict export tools csv")
    await bjorn.was_told("Preparing the tools as CSV")
    name, text = await story.file("D0BJORN")
    assert re.fullmatch(r"tools-\d{4}-\d\d-\d\d\.csv", name)
    assert text == await story.app.database.run(exports.tools, "T0PLAY", "csv")
    assert "Here come the tools as CSV" in (await story.cards("D0BJORN"))[-2].said
    await bjorn.types("/verdict export votes json")
    await bjorn.was_told("Only an admin of this Slack workspace can export votes")
    await ada.types("/verdict export votes json", channel="C0AITOOLS")
    _, votes = await story.file("D0ADA")
    assert [(one["tools"], one["person"]) for one in json.loads(votes)] == [(["cursor", "zed"], "U0ADA")]

    assert len(await story.calls("files.completeUploadExternal")) == 2
    places = (await story.get("state"))["channels"]
    holding = {one["id"] for one in places if any(card.message.get("files") for card in await story.cards(one["id"]))}
    assert holding == {"D0BJORN", "D0ADA"}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_what_goes_wrong_with_a_file_is_told(story: Story) -> None:
    """No file is announced that does not come: the words before it are taken back, and the person hears of it."""
    await story.post("scopes", optional=True)
    ada = story.person("ada")

    await story.post("fault", method="files.completeUploadExternal", error="internal_error", times=1)
    await ada.types("/verdict export tools json")
    await ada.was_told("Something went wrong", "/verdict export tools json")
    await story.post("fault", method="files.getUploadURLExternal", error="file_uploads_disabled", times=1)
    await ada.types("/verdict export tools json")
    await ada.was_told("I may not give files in Slack", "verdicts export tools --format json")

    assert await story.cards("D0ADA") == []


async def test_more_than_slack_is_given_is_too_many(database: Database) -> None:
    """The bound is kept where the rows are read, before anything is written."""
    await database.run(_furnish)
    everything = len(json.loads(await database.run(exports.tools, "T0ONE", "json")))

    assert await database.run(exports.tools, "T0ONE", "csv", everything)
    with pytest.raises(exports.TooMany):
        await database.run(exports.tools, "T0ONE", "csv", everything - 1)
