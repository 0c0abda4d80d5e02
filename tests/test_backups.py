"""`verdicts backup` and `restore`: a copy made under load is whole, and put back it is what it was."""

import asyncio
import contextlib
import re
import sqlite3
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from rich.console import Console
from sqlalchemy import text

from bot import backups, ballots, cards, catalogue, comparisons, importing, people, restored, soundness, starter
from bot.ballots import Reaction
from bot.comparisons import Opened, Opening
from db.connection import Connection
from db.engine import Database
from db.schema import HEAD, MIGRATIONS
from tests.processes import Forked

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
WORKSPACE, CHANNEL, BOT = "T0ONE", "C0ONE", "U0BOT"
AT = 4_000_000_000  # the card is young, whenever this runs
QUIET = Console(quiet=True)


def furnish(connection: Connection) -> None:
    """One comparison of two tools with one card."""
    people.welcome_workspace(connection, WORKSPACE, "One", BOT, 0)
    importing.import_tools(connection, WORKSPACE, starter.tools()[:2], 0)
    ids = tuple(tool.id for tool in catalogue.suggest(connection, catalogue.Shelf(), WORKSPACE, ""))
    opened = comparisons.open(connection, Opening(WORKSPACE, CHANNEL, None, "", ids, "", None, "U0", "key", AT))
    assert isinstance(opened, Opened)
    cards.record_message(connection, WORKSPACE, opened.scorecard.card.id, "1.0", None)


async def vote(database: Database, number: int) -> None:
    heard = Reaction(WORKSPACE, CHANNEL, "1.0", f"U{number}", "one" if number % 2 else "two", True, number, True, BOT)
    await database.run_together(ballots.record, heard)


def voters(file: Path) -> set[str]:
    """Who has a ballot in a file that nobody has open."""
    with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        return {person for (person,) in connection.execute("SELECT person FROM ballot")}


@pytest.fixture
async def furnished(database: Database) -> AsyncIterator[Database]:
    await database.run(furnish)
    yield database
    await database.close()


def left(folder: Path, pattern: str) -> list[Path]:
    """What lies in a folder under such a name."""
    return [path for path in folder.iterdir() if re.fullmatch(pattern, path.name)]


async def runs(folder: Path, *arguments: str, code: int = 0) -> str:
    """What a command of the command line says on either channel."""
    async with Forked(folder, *arguments) as process:
        assert await process.ended() == code, process.err
        return (process.out + process.err).replace(f"{folder}/", "")


@pytest.mark.fault("B08")
@on_sqlite
async def test_backups_under_load_are_whole_and_can_be_put_back(furnished: Database, tmp_path: Path) -> None:
    """While votes come in, each copy is sound and has all that was acknowledged before it; one is restored."""
    acknowledged: list[int] = []
    over = asyncio.Event()

    async def votes(first: int) -> None:
        number = first
        while not over.is_set():
            await vote(furnished, number)
            acknowledged.append(number)
            number += 8

    crowd = [asyncio.create_task(votes(first)) for first in range(8)]
    held = []
    for _ in range(3):
        before = {f"U{number}" for number in acknowledged}
        assert "sound" in await runs(tmp_path, "backup", "--keep", "2")
        newest = max((tmp_path / "backups").iterdir())
        held.append(voters(newest))
        assert before <= held[-1]
    over.set()
    await asyncio.gather(*crowd)
    assert held[0] < held[1] < held[2]  # the load went on
    first, _ = sorted((tmp_path / "backups").iterdir())  # of three, two were kept
    assert voters(first) == held[1]

    refused = await runs(tmp_path, "restore", str(first), code=2)
    assert "in use: stop the bot first." in refused
    await furnished.close()
    assert f"verdicts.db is {first.name} now." in await runs(tmp_path, "restore", str(first))

    assert voters(tmp_path / "verdicts.db") == held[1]
    (kept,) = left(tmp_path, r"verdicts\.db\.replaced-\w+Z")
    assert voters(kept) == {f"U{number}" for number in acknowledged}
    assert left(tmp_path, ".*restoring.*") == []
    again = Database(f"sqlite:///{tmp_path / 'verdicts.db'}")
    await vote(again, 1_000_000)
    assert await again.run(soundness.faults) == []
    wanted = await again.run(lambda c: c.execute(text("SELECT sweep_wanted, desired_rev > sent_rev FROM card")).one())
    assert tuple(wanted) == (1, 1)  # Slack has gone on since
    await again.close()


@pytest.mark.fault("B08")
@on_sqlite
@pytest.mark.parametrize(
    ("harm", "complaint"),
    [
        ("UPDATE tally SET people = people + 1", "the counts are not those of the ballots"),
        ("UPDATE ballot SET touched_us = touched_us + 1", "the ballots are not those of the ledger"),
        ("UPDATE card SET comparison_id = 77", "a row of card points to nothing in comparison"),
        ("UPDATE alembic_version SET version_num = '9999'", "a newer version of Verdicts has made it"),
        ("DROP TABLE alembic_version", "there is no Verdicts in it"),
    ],
    ids=["counts", "ballots", "references", "newer", "empty"],
)
async def test_what_does_not_add_up_is_neither_made_nor_taken(
    furnished: Database, tmp_path: Path, harm: str, complaint: str
) -> None:
    """A damaged database gives no backup, a damaged backup is not restored; whatever was there stays as it was."""
    await vote(furnished, 1)
    await furnished.close()
    sound = (tmp_path / "verdicts.db").read_bytes()
    with contextlib.closing(sqlite3.connect(tmp_path / "verdicts.db")) as connection:
        connection.execute(harm)
        connection.commit()
    harmed = tmp_path / "harmed.db"
    (tmp_path / "verdicts.db").rename(harmed)

    with pytest.raises(backups.Failed, match=complaint):
        backups.backup(f"sqlite:///{harmed}", tmp_path / "backups", 3, QUIET)
    assert list((tmp_path / "backups").iterdir()) == []

    (tmp_path / "verdicts.db").write_bytes(sound)
    with pytest.raises(backups.Failed, match=complaint):
        backups.restore(f"sqlite:///{tmp_path / 'verdicts.db'}", harmed, QUIET)
    assert (tmp_path / "verdicts.db").read_bytes() == sound
    assert left(tmp_path, r".*\.re.*") == []


@on_sqlite
def test_where_nothing_can_be_had_it_is_said_in_a_sentence(tmp_path: Path, database_url: str) -> None:
    """No database, no backup, no folder, a server: one line each, and nothing is left behind."""
    acts: list[tuple[Callable[[], None], str]] = [
        (lambda: backups.backup(f"sqlite:///{tmp_path / 'none.db'}", tmp_path / "b", 1, QUIET), "none.db is not there"),
        (lambda: backups.backup(database_url, Path("/proc/nowhere"), 1, QUIET), "/proc/nowhere: No such file"),
        (lambda: backups.backup("postgresql://nobody@127.0.0.1/x", tmp_path, 1, QUIET), "pg_dump"),
        (lambda: backups.restore(database_url, tmp_path / "none.db", QUIET), "none.db: No such file"),
        (lambda: backups.restore(database_url, Path(__file__), QUIET), "is no backup: file is not a database"),
    ]
    for act, sentence in acts:
        with pytest.raises(backups.Failed) as failed:
            act()
        assert sentence in str(failed.value)
        assert "\n" not in str(failed.value)
    assert left(tmp_path, r".*\.re.*") == []


@pytest.mark.fault("B08")
async def test_a_database_restored_by_other_means_can_be_told(furnished: Database) -> None:
    """After pg_restore, too, cards are swept and drawn anew; being told twice does no harm."""
    assert await furnished.run(restored.note) == restored.Noted(sweeps=1, redraws=1, doubts=0)
    assert await furnished.run(restored.note) == restored.Noted(sweeps=1, redraws=1, doubts=0)


@on_sqlite
def test_an_older_backup_is_brought_up_to_date(tmp_path: Path, database_url: str) -> None:
    """A backup of an earlier version is taken, and has the newest schema afterwards."""
    old = tmp_path / "old.db"
    with contextlib.closing(sqlite3.connect(tmp_path / "verdicts.db")) as connection:
        connection.execute("VACUUM INTO ?", (str(old),))
    database = Database(f"sqlite:///{old}")
    database.run_here(downgrade_by_one)
    database.close_now()

    backups.restore(database_url, old, QUIET)

    with contextlib.closing(sqlite3.connect(tmp_path / "verdicts.db")) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(HEAD,)]


def downgrade_by_one(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.downgrade(config, "-1")
