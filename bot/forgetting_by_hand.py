"""`verdicts purge` and `verdicts erase`: forget a workspace or a person, and say what that meant."""

from rich.console import Console
from rich.markup import escape

from bot import forgetting
from db.engine import Database, now
from db.schema import migrate


def purge(url: str, workspace: str, out: Console) -> bool:
    """Delete everything of a workspace at once; whether there was anything.

    Raises db.lock.AlreadyInUse while another process has the SQLite file.
    """
    database = Database(url)
    try:
        database.run_here(migrate)
        rows = database.run_here(forgetting.purge, workspace, database.run_here(now))
    finally:
        database.close_now()
    if rows:
        out.print(f"Everything of {escape(workspace)} is deleted: {rows} rows, and its tokens.", soft_wrap=True)
        out.print("Backups still have it: delete those, too.", soft_wrap=True)
    else:
        out.print(f"There is no workspace {escape(workspace)} in {escape(database.address)}.", soft_wrap=True)
    return bool(rows)


def erase(url: str, workspace: str, person: str, out: Console) -> bool:
    """Take a person's name off everything in a workspace; whether the workspace is known.

    Raises db.lock.AlreadyInUse while another process has the SQLite file.
    """
    database = Database(url)
    try:
        database.run_here(migrate)
        erased = database.run_here(forgetting.erase, workspace, person)
    finally:
        database.close_now()
    if erased is None:
        out.print(f"There is no workspace {escape(workspace)} in {escape(database.address)}.", soft_wrap=True)
        return False
    out.print(f"{erased.rows} rows know {escape(person)} no more; results of closed votes are as they were.")
    if erased.withdrawn:
        out.print(
            f"On {erased.withdrawn} open comparisons their vote was taken back. While their emoji stands in Slack "
            "it counts again at the next sweep: ask them to take it off, or erase once more when these have closed.",
            soft_wrap=True,
        )
    return True
