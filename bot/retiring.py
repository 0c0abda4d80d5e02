"""Taking a tool out of the catalogue, and bringing it back: old comparisons keep it all the while."""

from collections.abc import Sequence

from rapidfuzz import fuzz, process

from bot import catalogue
from bot.catalogue import Shelf
from bot.errors import UserError
from bot.look_alikes import alike
from bot.model import Tool
from bot.spelling import key
from bot.workspace_settings import Editor, note, require_editor
from db import tools as tool_rows
from db import workspaces as workspace_rows
from db.connection import Connection

# Actions of the audit.
RETIRED = "retired"
RESTORED = "restored"

LISTED = 10


def retire(connection: Connection, editor: Editor, tool_id: int, now: int) -> Tool:
    """Take a tool out of the catalogue and return it: nobody finds it any more, whatever has it keeps it.

    Raises UserError for whoever may not, and where the tool is gone already.
    """
    require_editor(connection, editor)
    version = workspace_rows.begin_change(connection, editor.workspace)
    tool = catalogue.find(connection, editor.workspace, tool_id)
    tool_rows.set_retired(connection, editor.workspace, tool_id, now, version)
    workspace_rows.end_change(connection, editor.workspace, version)
    note(connection, editor, RETIRED, tool.name, now)
    return tool


def restore(connection: Connection, shelf: Shelf, editor: Editor, tool_id: int, now: int) -> Tool:
    """Bring a retired tool back as it was, but for other names that have gone to another tool, and return it.

    Raises UserError for whoever may not, where no such tool is retired, and where another has its name by now.
    """
    require_editor(connection, editor)
    version = workspace_rows.begin_change(connection, editor.workspace)
    tool = catalogue.tools(connection, editor.workspace, [tool_id]).get(tool_id)
    if tool is None or not tool.is_retired:
        raise UserError("Nothing is to be brought back: that tool was not taken out of the catalogue.")
    names = shelf.names(connection, editor.workspace)
    taken = next((other for name in (tool.name, tool.slug) for other in names.look_alikes(name)), None)
    if taken is not None:
        raise UserError(
            f"{names.spellings(taken)[-1]} goes by that name now. Give it another name with “/verdict edit”, or take "
            f"it out; then {tool.name} can come back."
        )
    tool_rows.set_retired(connection, editor.workspace, tool_id, None, version)
    workspace_rows.end_change(connection, editor.workspace, version)
    note(connection, editor, RESTORED, tool.name, now)
    return tool


def retired_named(connection: Connection, workspace: str, name: str) -> tuple[int | None, Sequence[tuple[int, str]]]:
    """The retired tool of this name if there is one; else None, and up to ten that are retired, the nearest first."""
    known = {one.id: one.name for one in tool_rows.retired(connection, workspace)}
    for tool_id, called in known.items():
        if name and alike(called, name):
            return tool_id, ()
    keys = {tool_id: key(called) for tool_id, called in known.items()}
    near = process.extract(key(name), keys, scorer=fuzz.ratio, limit=LISTED)
    return None, [(tool_id, known[tool_id]) for _, _, tool_id in near]
