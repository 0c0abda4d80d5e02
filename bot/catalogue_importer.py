"""`verdicts catalogue import`: files in, a progress bar, a line per problem, all or nothing."""

from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import track

from bot import importing, people, starter
from bot.catalogue_file import CatalogueTool, Problem, clashes, read_file, yaml_files
from bot.errors import UserError
from db.engine import Database, now
from db.schema import migrate


def import_path(url: str, path: Path, workspace: str | None, out: Console) -> bool:
    """Import a file or a folder into a workspace's catalogue; say how it went and return whether it did.

    Raises db.lock.AlreadyInUse while another process has the SQLite file.
    """
    tools, problems = _read(path, out)
    for problem in problems:
        out.print(f"[red]problem[/red]  {escape(str(problem))}", soft_wrap=True)
    if problems:
        count = f"{len(problems)} problem{'s' if len(problems) > 1 else ''}"
        out.print(f"Nothing was imported: {count} in {escape(str(path))}.", soft_wrap=True)
        return False
    database = Database(url)
    try:
        database.run_here(migrate)
        known = database.run_here(people.workspaces)
        chosen = workspace or (known[0] if len(known) == 1 else None)
        if chosen is None or chosen not in known:
            out.print(escape(_which(known, database.address)), soft_wrap=True)
            return False
        instant = database.run_here(now)
        done = database.run_here(importing.import_tools, chosen, starter.as_new(tools), instant)
    except UserError as error:
        out.print(f"Nothing was imported: {escape(error.sentence)}", soft_wrap=True)
        return False
    finally:
        database.close_now()
    out.print(f"{done.added} added, {done.changed} changed, {done.unchanged} unchanged.")
    return True


def _read(path: Path, out: Console) -> tuple[list[CatalogueTool], list[Problem]]:
    try:
        files = yaml_files(path) if path.is_dir() else [path]
    except OSError as error:
        return [], [Problem(str(path), "", f"The folder cannot be read: {error.strerror}.")]
    if not files:
        return [], [Problem(str(path), "", "There are no .yaml files in this folder.")]
    read: dict[str, CatalogueTool] = {}
    problems: list[Problem] = []
    for file in track(files, "Reading", console=out):
        tool, found = read_file(file)
        problems += found
        if tool is not None:
            read[file.name] = tool
    return list(read.values()), [*problems, *clashes(read)]


def _which(known: list[str], where: str) -> str:
    if not known:
        return (
            f"There is no workspace yet in {where}. Start the bot once, so that it meets one, and import then; if it "
            "keeps its data elsewhere (make run: .verdicts), set VERDICTS_DATA_DIR to that folder."
        )
    return f"Say which workspace with --workspace: {', '.join(known)}."
