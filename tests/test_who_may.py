"""Who may change the catalogue: every action against every kind of person, checked when it happens (faults.md S12)."""

from collections.abc import Callable

import pytest

from bot import catalogue, editing, importing, panel, people, retiring, starter, workspace_settings
from bot.catalogue import Shelf
from bot.editing import WrittenTake
from bot.errors import UserError
from bot.workspace_settings import Editor
from db.connection import Connection
from db.engine import Database
from tests.test_catalogue_in_slack import FACTS

WORKSPACE = "T0TEST"
NEW = {**FACTS, "category": "Search"}
TAKE = WrittenTake("builder", "", "skip", "A headline", "word " * 60, "A caveat", "A basis")


def _retired_and_restored(connection: Connection, who: Editor, tool: int) -> object:
    retiring.retire(connection, Editor(WORKSPACE, "U0ADMIN", is_admin=True), tool, 9)
    return retiring.restore(connection, Shelf(), who, tool, 10)


ACTIONS: dict[str, Callable[[Connection, Editor, int], object]] = {
    "add a tool": lambda c, who, _: editing.add_tool(c, Shelf(), who, NEW, 10),
    "edit a tool": lambda c, who, tool: editing.edit_tool(c, Shelf(), who, tool, {**NEW, "name": "Renamed"}, 10),
    "give another name": lambda c, who, tool: editing.add_alias(c, Shelf(), who, tool, "entirely other", 10),
    "write a take": lambda c, who, tool: editing.write_take(c, who, tool, TAKE, 10),
    "take a tool out": lambda c, who, tool: retiring.retire(c, who, tool, 10),
    "bring a tool back": _retired_and_restored,
    "add a reviewer": lambda c, who, _: panel.join(c, who, "Security", 10),
    "rename a reviewer": lambda c, who, _: panel.rename(c, who, "builder", "Engineer", 10),
    "move a reviewer": lambda c, who, _: panel.move(c, who, "builder", 1, 10),
    "let a reviewer leave": lambda c, who, _: panel.leave(c, who, "builder", 10),
}


@pytest.mark.fault("S12")
@pytest.mark.parametrize("action", ACTIONS.values(), ids=ACTIONS)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_what_an_admin_keeps_to_admins_nobody_else_does(
    database: Database, action: Callable[[Connection, Editor, int], object]
) -> None:
    """Where only admins may, a member's attempt leaves nothing; where everyone may, it leaves a line in the audit."""

    def furnish(connection: Connection) -> int:
        people.welcome_workspace(connection, WORKSPACE, "Test", "U0BOT", 0)
        importing.import_tools(connection, WORKSPACE, starter.tools()[:3], 0)
        return catalogue.suggest(connection, Shelf(), WORKSPACE, "")[0].id

    tool = await database.run(furnish)
    member, admin = Editor(WORKSPACE, "U0BJORN", is_admin=False), Editor(WORKSPACE, "U0ADMIN", is_admin=True)
    with pytest.raises(UserError, match="Only an admin"):
        await database.run(workspace_settings.set_editors, member, "admins", 1)
    await database.run(workspace_settings.set_editors, admin, "admins", 1)
    before = await database.run(workspace_settings.changes, WORKSPACE)

    with pytest.raises(UserError, match="only admins change the catalogue"):
        await database.run(action, member, tool)

    assert await database.run(workspace_settings.changes, WORKSPACE) == before
    await database.run(workspace_settings.set_editors, admin, "everyone", 2)
    await database.run(action, member, tool)
    newest = (await database.run(workspace_settings.changes, WORKSPACE))[0]
    assert (newest.person, newest.at) == ("U0BJORN", 10)
