"""A tool is taken out of the catalogue and brought back, through the front door, on both databases."""

import pytest

from bot import catalogue, importing, people, retiring, starter
from bot.catalogue import Shelf
from bot.errors import UserError
from bot.workspace_settings import Editor
from db.connection import Connection
from db.engine import Database
from tests.story import Story
from tests.test_catalogue_in_slack import adds, settings, texts


async def test_a_tool_is_taken_out_and_brought_back(story: Story) -> None:
    """Nobody finds it and nobody adds it anew; the open comparison keeps it; *Undo* brings it back with its takes."""
    ada, bjorn = story.person("ada"), story.person("bjorn")
    await ada.types("/compare cursor vs zed")
    card = await story.seeded()

    await ada.types("/verdict retire cursor")

    note = await ada.was_told("*Cursor* is out of the catalogue")
    await bjorn.types("/verdict cursor")
    assert "I know no tool called “cursor”" in (await bjorn.whispers())[-1].said
    await bjorn.reacts(card, "one")
    await story.shows(card, "Cursor vs Zed", "1 of 1")
    told = await adds(bjorn, name="CURSOR")
    assert "“/verdict restore Cursor” brings it back" in told["errors"]["name"]
    await bjorn.types("/compare cursor vs zed")
    await bjorn.was_told("“cursor”")

    await ada.presses(note, "Undo")

    await ada.was_told("*Cursor* is in the catalogue again")
    await bjorn.types("/verdict cursor")
    await bjorn.was_told("Cursor", "Only you can see this", "*Builder:*")
    said = " ".join(texts(await settings(ada)))
    assert "took out of the catalogue: *Cursor*" in said
    assert "brought back *Cursor*" in said


async def test_a_tool_is_taken_out_in_its_dialog_and_found_among_those_that_were(story: Story) -> None:
    """The dialog becomes the answer; without a name, and with one that is near, /verdict restore lists what is out."""
    ada = story.person("ada")
    await ada.types("/verdict restore")
    await ada.was_told("Nothing was taken out of the catalogue.")
    await ada.types("/verdict edit cursor")
    dialog = await ada.dialog("Edit a tool")
    (row,) = (block for block in dialog["blocks"] if block["type"] == "actions")
    assert row["elements"][1]["confirm"]["title"]["text"] == "Take it out of the catalogue?"

    await story.post("interact", user=ada.id, action="tool_retire")

    dialog = await ada.dialog("Taken out")
    assert "*Cursor* is out of the catalogue" in " ".join(texts(dialog))
    await story.post("close-modal", user=ada.id)
    await ada.types("/verdict restore cursr")
    note = await ada.was_told("No tool called “cursr” was taken out", "Bring back Cursor")
    await ada.presses(note, "Bring back Cursor")
    await ada.was_told("*Cursor* is in the catalogue again")
    await ada.types("/verdict retire zed")
    await ada.was_told("*Zed* is out of the catalogue")
    await ada.types("/verdict restore ZED")
    await ada.was_told("*Zed* is in the catalogue again")


async def test_a_name_that_has_gone_to_another_tool_keeps_the_first_one_out(database: Database) -> None:
    """An alias of a retired tool is free; where another tool has its name by then, it cannot come back beside that."""
    await database.run(_furnish)
    shelf, ada = Shelf(), Editor("T0TEST", "U0ADA", is_admin=False)
    one, two = [tool.id for tool in await database.run(catalogue.suggest, shelf, "T0TEST", "")][:2]
    gone = await database.run(retiring.retire, ada, one, 10)
    taken = starter.tools()[1]
    renamed = importing.NewTool(taken.facts, (*taken.aliases, gone.name), taken.price, taken.takes)

    done = await database.run(importing.import_tools, "T0TEST", [renamed], 20)

    assert done.changed == 1
    with pytest.raises(UserError, match="goes by that name now"):
        await database.run(retiring.restore, shelf, ada, one, 30)
    again = starter.tools()[:2]
    assert (await database.run(importing.import_tools, "T0TEST", again, 40)).changed == 2
    assert [tool.id for tool in await database.run(catalogue.suggest, shelf, "T0TEST", "")] == [one, two]


def _furnish(connection: Connection) -> None:
    people.welcome_workspace(connection, "T0TEST", "Test", "U0BOT", 0)
    importing.import_tools(connection, "T0TEST", starter.tools()[:2], 0)
