"""`verdicts catalogue import`, as whoever looks after the catalogue runs it."""

import shutil
from pathlib import Path

import pytest

from bot import catalogue, importing, people, starter
from bot.model import Price, Take
from db import takes as take_rows
from db import tools as tool_rows
from db.connection import Connection
from db.engine import Database
from db.schema import migrate
from tests.processes import Forked

STARTER = starter.FOLDER
WORKSPACE = "T0TEST"
FOREVER = 10**10

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def imports(folder: Path, database_url: str, *arguments: str) -> tuple[int, str]:
    """Run the import: its exit code and what it says, without the progress bar's own line."""
    async with Forked(folder, "catalogue", "import", *arguments, DATABASE_URL=database_url) as process:
        code = await process.ended()
    assert "Traceback" not in process.err
    lines = (process.out + process.err).splitlines()
    return code, "\n".join(line for line in lines if not line.startswith("Reading"))


async def met(database_url: str, *workspaces: str, with_starter: bool = False) -> None:
    """The bot has been in these workspaces, and is not running now."""

    def furnish(connection: Connection) -> None:
        migrate(connection)
        for workspace in workspaces:
            people.welcome_workspace(connection, workspace, "Test", "U0BOT", 0)
            if with_starter:
                importing.import_tools(connection, workspace, starter.tools(), starter.RECORDED_AT)

    database = Database(database_url)
    await database.run(furnish)
    await database.close()


def tool_ids(connection: Connection) -> dict[str, int]:
    """The ids of the workspace's tools by slug."""
    return {one.slug: one.id for one in tool_rows.names(connection, WORKSPACE)}


def history(connection: Connection, slug: str) -> tuple[Price, dict[str, Take], list[str], dict[str, str]]:
    """A tool's price and takes now, the prices before, and each changed reviewer's verdict before."""
    tool = catalogue.find(connection, WORKSPACE, tool_ids(connection)[slug])
    prices = [change.before.entry for change in tool_rows.price_changes(connection, WORKSPACE, 1, FOREVER)]
    verdicts = take_rows.verdicts_before(connection, WORKSPACE, 1, FOREVER)
    return (
        tool.price,
        {take.reviewer: take for take in tool.takes},
        prices,
        {reviewer: verdict for (tool_id, reviewer), verdict in verdicts.items() if tool_id == tool.id},
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two files of the starter catalogue, to be changed."""
    copied = tmp_path / "catalogue"
    copied.mkdir()
    for name in ("cursor.yaml", "zed.yaml"):
        shutil.copy(STARTER / name, copied)
    return copied


def change(file: Path, old: str, new: str) -> None:
    """Put something else into a file."""
    text = file.read_text("utf-8")
    assert text.count(old) >= 1
    file.write_text(text.replace(old, new, 1), "utf-8")


async def test_the_starter_folder_comes_in_once(tmp_path: Path, database_url: str) -> None:
    """Into a fresh workspace everything is added; the same again adds and changes nothing."""
    await met(database_url, WORKSPACE)
    files = len(list(STARTER.glob("*.yaml")))

    assert await imports(tmp_path, database_url, str(STARTER)) == (0, f"{files} added, 0 changed, 0 unchanged.")
    assert await imports(tmp_path, database_url, str(STARTER)) == (0, f"0 added, 0 changed, {files} unchanged.")


async def test_a_used_workspace_keeps_what_it_has(tmp_path: Path, database_url: str, folder: Path) -> None:
    """What the bot has loaded itself is unchanged; a changed price or take becomes current, the old one history."""
    await met(database_url, WORKSPACE, with_starter=True)
    assert await imports(tmp_path, database_url, str(folder)) == (0, "0 added, 0 changed, 2 unchanged.")

    change(folder / "cursor.yaml", "entry: freemium", "entry: paid")
    change(folder / "cursor.yaml", "    verdict: ship\n", "    verdict: skip\n")
    assert await imports(tmp_path, database_url, str(folder)) == (0, "0 added, 1 changed, 1 unchanged.")

    database = Database(database_url)
    price, takes, prices_before, verdicts_before = await database.run(history, "cursor")
    await database.close()
    assert (price.entry, takes["builder"].verdict, len(takes)) == ("paid", "skip", 4)
    assert (prices_before, verdicts_before) == (["freemium"], {"builder": "ship"})


@on_sqlite
async def test_every_problem_is_a_line_and_nothing_comes_in(tmp_path: Path, database_url: str, folder: Path) -> None:
    """One good file beside two broken ones: each problem says file, place and what to do, and none is imported."""
    await met(database_url, WORKSPACE)
    change(folder / "cursor.yaml", "entry: freemium", "entry: cheap")
    change(folder / "cursor.yaml", "name: Cursor\n", "")
    (folder / "third.yaml").write_text("slug: [not, closed\n", "utf-8")

    code, said = await imports(tmp_path, database_url, str(folder))

    *problems, last = said.splitlines()
    assert code == 1
    assert [line.split()[:2] for line in problems] == [
        ["problem", "cursor.yaml:"],
        ["problem", "cursor.yaml:"],
        ["problem", "third.yaml:"],
    ]
    assert "pricing.entry" in said
    assert "name" in said
    assert last == f"Nothing was imported: 3 problems in {folder}."
    database = Database(database_url)
    assert await database.run(tool_ids) == {}
    await database.close()


@on_sqlite
async def test_a_name_that_is_taken_stops_all(tmp_path: Path, database_url: str, folder: Path) -> None:
    """What only the catalogue can know is found before anything is kept: the file before the bad one, too."""
    await met(database_url, WORKSPACE)
    assert (await imports(tmp_path, database_url, str(STARTER / "aider.yaml")))[0] == 0
    change(folder / "zed.yaml", "aliases: [", "aliases: [aider chat, ")
    change(folder / "cursor.yaml", "name: Cursor", "name: Cursor Next")

    code, said = await imports(tmp_path, database_url, str(folder))

    assert code == 1
    first, last = said.splitlines()
    assert first == "problem  “aider chat” already is a name of another tool, Aider. Give Zed another."
    assert last == f"Nothing was imported: 1 problem in {folder}."
    database = Database(database_url)
    assert set(await database.run(tool_ids)) == {"aider"}
    await database.close()


@on_sqlite
async def test_a_running_bot_keeps_its_file(tmp_path: Path, database_url: str) -> None:
    """While the bot has the SQLite file, the import is refused in one sentence that says what to do."""
    await met(database_url, WORKSPACE)
    running = Database(database_url)

    code, said = await imports(tmp_path, database_url, str(STARTER))
    await running.close()

    assert code == 2
    assert said == f"{tmp_path / 'verdicts.db'} is in use: stop the bot, import, and start it again."


@on_sqlite
async def test_the_workspace_must_be_known(tmp_path: Path, database_url: str) -> None:
    """With no workspace yet, or several, or another one's name, the import says what to do."""
    file = str(STARTER / "cursor.yaml")

    code, said = await imports(tmp_path, database_url, file)
    assert code == 1
    assert said.startswith(f"There is no workspace yet in {database_url}. Start the bot once")

    await met(database_url, "T0EAST", "T0WEST")
    which = (1, "Say which workspace with --workspace: T0EAST, T0WEST.")
    assert await imports(tmp_path, database_url, file) == which
    assert await imports(tmp_path, database_url, file, "--workspace", "T0NORTH") == which
    assert await imports(tmp_path, database_url, file, "--workspace", "T0WEST") == (
        0,
        "1 added, 0 changed, 0 unchanged.",
    )


@on_sqlite
@pytest.mark.parametrize("missing", ["nowhere", "nowhere.yaml", "empty"])
async def test_a_path_without_a_tool_is_a_problem(tmp_path: Path, database_url: str, missing: str) -> None:
    """No such file or folder, or one without files: a line, and exit code 1."""
    await met(database_url, WORKSPACE)
    (tmp_path / "empty").mkdir()

    code, said = await imports(tmp_path, database_url, missing)

    assert code == 1
    assert said.splitlines()[0].startswith(f"problem  {missing}")
    assert said.splitlines()[-1] == f"Nothing was imported: 1 problem in {missing}."
