"""`verdicts catalogue import`: YAML, JSON or CSV in, a progress bar, a line per problem, all or nothing."""

from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, track

from bot import catalogue_tables, importing, people, plain_yaml, starter
from bot.catalogue_file import CatalogueTool, Problem, clashes, read_file, read_text, yaml_files
from db.engine import Database, now
from db.schema import migrate

_TABLES = {".json": catalogue_tables.read_json, ".csv": catalogue_tables.read_csv}


def import_path(url: str, path: Path, workspace: str | None, out: Console) -> bool:
    """Import a file or a folder into a workspace's catalogue; say how it went and return whether it did.

    Raises db.lock.AlreadyInUse while another process has the SQLite file.
    """
    tools, problems = _read(path, out)
    for problem in problems:
        out.print(f"[red]problem[/red]  {escape(str(problem))}", soft_wrap=True)
    if problems:
        out.print(f"Nothing was imported: {_counted(len(problems))} in {escape(str(path))}.", soft_wrap=True)
        return False
    database = Database(url)
    try:
        database.run_here(migrate)
        known = database.run_here(people.workspaces)
        chosen = workspace or (known[0] if len(known) == 1 else None)
        if chosen is None or chosen not in known:
            out.print(escape(_which(known, database.address)), soft_wrap=True)
            return False
        with Progress(console=out, transient=True, disable=not out.is_terminal) as progress:
            task = progress.add_task("Importing", total=len(tools))
            done = database.run_here(
                importing.import_tools,
                chosen,
                starter.as_new(tools),
                database.run_here(now),
                lambda through: progress.update(task, completed=through),
            )
    except importing.NamesTaken as error:
        for sentence in error.sentences:
            out.print(f"[red]problem[/red]  {escape(sentence)}", soft_wrap=True)
        out.print(f"Nothing was imported: {_counted(len(error.sentences))} in {escape(str(path))}.", soft_wrap=True)
        return False
    finally:
        database.close_now()
    out.print(f"{done.added} added, {done.changed} changed, {done.unchanged} unchanged.")
    return True


def _counted(problems: int) -> str:
    return f"{problems} problem{'s' if problems > 1 else ''}"


def _read(path: Path, out: Console) -> tuple[list[CatalogueTool], list[Problem]]:
    if path.suffix.lower() in _TABLES:
        return _read_table(path)
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


def _read_table(path: Path) -> tuple[list[CatalogueTool], list[Problem]]:
    try:
        text = read_text(path, catalogue_tables.MAX_BYTES)
    except plain_yaml.BadYaml as error:
        return [], [Problem(path.name, f"line {error.line}" if error.line else "", error.sentence)]
    tools, problems = _TABLES[path.suffix.lower()](path.name, text)
    return list(tools.values()), [*problems, *clashes(tools)]


def _which(known: list[str], where: str) -> str:
    if not known:
        return (
            f"There is no workspace yet in {where}. Start the bot once, so that it meets one, and import then; if it "
            "keeps its data elsewhere (make run: .verdicts), set VERDICTS_DATA_DIR to that folder."
        )
    return f"Say which workspace with --workspace: {', '.join(known)}."
