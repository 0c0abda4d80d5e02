"""`verdicts export`: the catalogue or the votes of a workspace, to a file or to the terminal."""

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, Literal, TypeAlias

from rich.console import Console
from rich.markup import escape

from bot import exports, people
from bot.exports import Format, What
from db.connection import Connection
from db.engine import Database
from db.schema import migrate

FileFormat: TypeAlias = Literal["csv", "json", "yaml"]

_WRITES: Final[Mapping[What, Callable[[Connection, str, Format], str]]] = {
    "tools": exports.tools,
    "votes": exports.votes,
}


def export(url: str, what: What, format_: FileFormat, workspace: str | None, to: Path | None, err: Console) -> bool:
    """Write it to `to`, which must not be there yet, or to standard output; return whether it was written.

    YAML is for tools alone, and `to` a folder that gets a file for each.

    What went wrong is said on `err`. Raises db.lock.AlreadyInUse while another process has the SQLite file.
    """
    if format_ == "yaml" and (what != "tools" or to is None):
        err.print(
            "YAML is a folder with a file for each tool: verdicts export tools --format yaml --to <new folder>",
            soft_wrap=True,
        )
        return False
    database = Database(url)
    try:
        database.run_here(migrate)
        known = database.run_here(people.workspaces)
        chosen = workspace or (known[0] if len(known) == 1 else None)
        if chosen is None or chosen not in known:
            here = f"Say which with --workspace: {', '.join(known)}." if known else "It has no workspace yet."
            err.print(escape(f"Nothing was exported from {database.address}. {here}"), soft_wrap=True)
            return False
        if format_ == "yaml":
            content = database.run_here(exports.tool_files, chosen)
        else:
            content = {"": database.run_here(_WRITES[what], chosen, format_)}  # `to` itself
    finally:
        database.close_now()
    if to is None:
        # Bytes, so that no terminal's line ends or encoding change what CSV prescribes.
        sys.stdout.buffer.write(content[""].encode())
        sys.stdout.buffer.flush()
        return True
    try:
        if format_ == "yaml":
            to.mkdir(mode=0o700)
        for name, text in content.items():
            _write(to / name, text)
    except OSError as error:
        err.print(escape(f"Nothing was exported: {to}: {error.strerror}."), soft_wrap=True)
        return False
    return True


def _write(path: Path, text: str) -> None:
    # Votes hold people's ids: for the eyes of whoever runs the app alone.
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(text.encode())
