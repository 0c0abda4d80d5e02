"""Tools in memory beside the connection: what somebody reads is what the database says."""

from collections.abc import Callable

import pytest

from bot import catalogue, editing, forgetting, importing, panel, people, retiring, starter
from bot.editing import WrittenTake
from bot.replays import Heard
from bot.workspace_settings import Editor
from db import workspaces as workspace_rows
from db.connection import Connection
from db.engine import Database

WORKSPACE = "T0TEST"
EDITOR = Editor(WORKSPACE, "U0ADA", is_admin=True)
SAID = WrittenTake("builder", "", "skip", "It fell over", "word " * 60, "Once.", "Tried it for a week.")

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


class TakenBack(Exception):
    """Ends a transaction without a commit."""


def furnish(connection: Connection) -> None:
    """A workspace with the starter catalogue."""
    people.welcome_workspace(connection, WORKSPACE, "Test", "U0BOT", 0)
    importing.import_tools(connection, WORKSPACE, starter.tools(), starter.RECORDED_AT)


def first(connection: Connection) -> int:
    """The id of the catalogue's first tool."""
    return catalogue.suggest(connection, catalogue.Shelf(), WORKSPACE, "")[0].id


def shown(connection: Connection, tool_id: int) -> str:
    """All that a card could say of the tool."""
    return repr(catalogue.tools(connection, WORKSPACE, [tool_id]))


def leaves(connection: Connection, _tool: int) -> None:
    """A reviewer leaves the panel."""
    panel.leave(connection, EDITOR, "builder", 1)


def is_called_otherwise(connection: Connection, _tool: int) -> None:
    """A reviewer gets another name."""
    panel.rename(connection, EDITOR, "builder", "Mason", 1)


def says_otherwise(connection: Connection, tool: int) -> None:
    """A reviewer changes their mind."""
    assert editing.write_take(connection, EDITOR, tool, SAID, 1)


def retires(connection: Connection, tool: int) -> None:
    """The tool is taken out of the catalogue."""
    retiring.retire(connection, EDITOR, tool, 1)


@pytest.mark.parametrize("change", [leaves, is_called_otherwise, says_otherwise, retires])
@on_sqlite
async def test_a_tool_in_memory_follows_every_change(
    database: Database, change: Callable[[Connection, int], None]
) -> None:
    """What was read before the change is not shown after it; and a change that was rolled back is never shown."""
    await database.run(furnish)
    tool = await database.run(first)
    before = await database.run(shown, tool)

    def takes_back(connection: Connection) -> None:
        change(connection, tool)
        assert shown(connection, tool) != before
        raise TakenBack

    with pytest.raises(TakenBack):
        await database.run(takes_back)
    assert await database.run(shown, tool) == before
    await database.run(change, tool)
    assert await database.run(shown, tool) != before


@on_sqlite
async def test_an_erased_author_is_not_remembered(database: Database) -> None:
    """Whoever is forgotten stands under no take in memory, either."""
    await database.run(furnish)
    tool = await database.run(first)
    await database.run(says_otherwise, tool)
    assert "U0ADA" in await database.run(shown, tool)

    await database.run(forgetting.erase, WORKSPACE, "U0ADA")

    assert "U0ADA" not in await database.run(shown, tool)


@on_sqlite
async def test_a_workspace_that_comes_back_is_another(database: Database) -> None:
    """A deleted workspace and its successor have the same ids and versions, and not the same tools."""

    def put_a_tool(connection: Connection, name: str, now: int) -> int:
        people.welcome_workspace(connection, WORKSPACE, "Test", "U0BOT", now)
        form = {"name": name, "vendor": "V", "category": "C", "tagline": "T", "description": "D", "best_for": "B"}
        tool_id = editing.add_tool(
            connection, catalogue.Shelf(), EDITOR, {**form, "entry": "free", "price": "Free"}, now
        )
        assert workspace_rows.catalogue_version(connection, WORKSPACE) == 1
        return tool_id

    tool = await database.run(put_a_tool, "Zed", 1)
    assert "Zed" in await database.run(shown, tool)
    await database.run(forgetting.purge, WORKSPACE, 2)
    assert await database.run(put_a_tool, "Cursor", 3) == tool

    assert "Zed" not in await database.run(shown, tool)


def test_of_requests_heard_lately_each_is_known_once() -> None:
    """A request is new once in its workspace; the oldest are forgotten."""
    heard = Heard(most=2)

    assert [heard.is_first(*request) for request in (("T1", "a"), ("T1", "a"), ("T2", "a"))] == [True, False, True]
    assert heard.is_first("T1", "b")
    assert heard.is_first("T1", "a")
