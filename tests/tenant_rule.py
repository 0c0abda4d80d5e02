"""The rule that every statement on a workspace's rows says whose, held over every statement of every test.

Who is let through, and why, is written here. Test code and migrations may look at everything.
"""

import re
import sys
from functools import lru_cache
from pathlib import Path
from types import FrameType
from typing import Any

from sqlalchemy import Engine, event

from db.models import metadata

ROOT = Path(__file__).parent.parent

_OWNED = [table.name for table in metadata.sorted_tables if "workspace" in table.c] + ["workspace"]
_TOUCHES = re.compile(rf"\b(?:FROM|JOIN|UPDATE|INTO)\s+(?:{'|'.join(_OWNED)})\b", re.IGNORECASE)
_SAYS_WHOSE = re.compile(
    r"\bworkspace\s*(?:=|IN\b|IS NOT DISTINCT FROM\b)"  # the column, in whichever table
    r"|\bworkspace\.(?:id|owner)\s*(?:=|IN\b)"
    r"|\((?:\w+\.)?workspace,[^)]*\)\s*(?:=|IN\b)"  # a row value that begins with it
    r"|INSERT\s+INTO\s+\w+\s+\([^)]*\bworkspace\b"
    r"|INSERT\s+INTO\s+workspace\s+\(id\b",
    re.IGNORECASE,
)
# Statements that are about all workspaces, and why they must be.
ACROSS = {
    r"workspace\.purge_at <= ": "whose time to be purged has come is not known before",
    r"DELETE FROM heard_request WHERE heard_request\.heard_at <": "requests a day old are forgotten for all",
    r"FROM digest_run\s+WHERE digest_run\.state IN [^A]*ORDER BY digest_run\.id(?: FOR UPDATE)?$": "a restore doubts",
    r"SELECT workspace\.id\s+FROM workspace ORDER BY": "the command line asks which workspaces there are",
}
_ACROSS = re.compile("|".join(ACROSS), re.IGNORECASE)

broken: list[str] = []  # statements that did not say whose, since it was last emptied


@lru_cache(maxsize=4_096)
def says_whose(statement: str) -> bool:
    """Whether a statement names a workspace, touches no workspace's rows, or is let through."""
    return not _TOUCHES.search(statement) or bool(_SAYS_WHOSE.search(statement)) or bool(_ACROSS.search(statement))


@event.listens_for(Engine, "before_cursor_execute")
def _look(_: Any, __: Any, statement: str, *___: Any) -> None:
    if not says_whose(statement) and _is_of_db():
        broken.append(statement)


def _is_of_db() -> bool:
    """Whether the nearest code of ours is a query, and neither a test nor a migration."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        name = frame.f_code.co_filename
        if name.startswith(str(ROOT)) and "/.venv/" not in name and not name.endswith("/db/engine.py"):
            return name.startswith(f"{ROOT}/db/") and "/migrations/" not in name
        frame = frame.f_back
    return False
