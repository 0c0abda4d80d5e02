"""From one release to the next: no row is lost on the way, and replicas of the old one work on while it goes on."""

import asyncio
import contextlib
import json
import signal
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import inspect, text

from bot import soundness
from db.connection import Connection
from db.engine import Database
from db.schema import HEAD, MIGRATIONS, Broken, migrate, version, without_references
from tests.processes import clean_environment
from tests.release_walk import RELEASES

LAST = "0.1.0"  # the newest release before this one, and …
ITS_SCHEMA = "0001"
on_sqlite = pytest.mark.parametrize("bare_url", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("bare_url", ["postgresql"], indirect=True)

MIGRATE = """
import sys
from db.engine import Database
from db.schema import migrate
database = Database(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
database.run_here(migrate)
"""


def alembic(connection: Connection, verb: str, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    getattr(command, verb)(config, revision)


def replay(connection: Connection) -> None:
    """Send what the last release sends, as it was recorded with its own code."""
    lines: list[tuple[str, Any]] = json.loads((RELEASES / f"{LAST}-{connection.dialect.name}.json").read_text("utf-8"))
    for statement, parameters in lines:
        given = parameters
        if connection.dialect.name == "sqlite":
            several = parameters and isinstance(parameters[0], list)
            given = [tuple(one) for one in parameters] if several else tuple(parameters)
        connection.exec_driver_sql(statement, given)


def rows(connection: Connection) -> dict[str, int]:
    """How many rows each table of the old schema has; a count of nobody says as much as none."""
    told = {"tally": "WHERE people > 0"}
    return {
        table: connection.execute(text(f'SELECT count(*) FROM "{table}" {told.get(table, "")}')).scalar_one()
        for table in inspect(connection).get_table_names()
    }


@pytest.fixture
def bare(bare_url: str) -> Iterator[Database]:
    database = Database(bare_url)
    yield database
    database.close_now()


@pytest.mark.fault("B13")
async def test_the_last_release_works_on_the_schema_of_this_one(bare: Database) -> None:
    """While replicas are replaced one by one, those of the last release read and write as if nothing had happened."""
    await bare.run(migrate)
    await bare.run(replay)

    assert (await bare.run(rows))["ballot"] > 0


@pytest.mark.fault("B12")
async def test_a_migration_loses_no_row(bare: Database) -> None:
    """Whatever the last release has stored is there after the migrations, adds up, and is there after the way back."""
    await bare.run(alembic, "upgrade", ITS_SCHEMA)
    await bare.run(replay)
    before = await bare.run(rows)

    await bare.run(migrate)

    after = await bare.run(rows)
    assert {table: after.get(table) for table in before} == before
    assert await bare.run(soundness.faults) == []
    if bare.is_sqlite:  # references are at work again
        assert await bare.run(lambda c: c.exec_driver_sql("PRAGMA foreign_keys").scalar()) == 1
    await bare.run(alembic, "downgrade", ITS_SCHEMA)
    back = await bare.run(rows)
    assert back | {"tally": 0} == before | {"tally": 0}  # counts follow from the ballots, and are made anew


@pytest.mark.fault("B12")
@on_sqlite
async def test_altering_a_table_deletes_nothing_that_points_to_it(bare: Database) -> None:
    """SQLite alters a table by dropping it; and what would point to nothing afterwards is not done at all."""

    def copy_cards(connection: Connection) -> None:
        with without_references(connection):
            for statement in (
                "CREATE TABLE copy AS SELECT * FROM comparison",
                "DROP TABLE comparison",
                "ALTER TABLE copy RENAME TO comparison",
            ):
                connection.exec_driver_sql(statement)
            connection.exec_driver_sql("CREATE UNIQUE INDEX u1 ON comparison (workspace, id)")

    def lose_cards(connection: Connection) -> None:
        with without_references(connection):
            connection.exec_driver_sql("DELETE FROM comparison")

    await bare.run(migrate)
    await bare.run(replay)
    before = await bare.run(rows)

    await bare.run(copy_cards)
    assert await bare.run(rows) == before
    with pytest.raises(Broken, match="would point to nothing in comparison"):
        await bare.run(lose_cards)
    assert await bare.run(rows) == before


@pytest.mark.fault("B13")
async def test_a_schema_that_came_after_ours_is_left_alone(bare: Database) -> None:
    """Code of the release before starts on the newer schema, and does not try to change it."""
    await bare.run(migrate)
    await bare.run(lambda c: c.execute(text("UPDATE alembic_version SET version_num = '9999'")) and None)

    await bare.run(migrate)

    assert await bare.run(version) == "9999"


async def migrating(url: str) -> asyncio.subprocess.Process:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", MIGRATE, url),
        env=clean_environment(),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    assert await process.stdout.readline() == b"ready\n"
    process.stdin.write(b"now\n")
    return process


@pytest.mark.fault("B12")
async def test_a_migration_that_is_killed_is_begun_again(bare_url: str) -> None:
    """Killed at any moment it has done nothing at all or everything; the next start does it."""
    database = Database(bare_url)
    await database.run(alembic, "upgrade", ITS_SCHEMA)
    await database.run(replay)
    before = await database.run(rows)
    await database.close()

    for seconds in (0.05, 0.2, 0.3, 0.4):
        process = await migrating(bare_url)
        await asyncio.sleep(seconds)  # any moment will do
        with contextlib.suppress(ProcessLookupError):  # it may have been quicker
            process.send_signal(signal.SIGKILL)
        await process.wait()

        database = Database(bare_url)
        assert await database.run(version) in {ITS_SCHEMA, HEAD}
        found = await database.run(rows)
        assert {table: found.get(table) for table in before} == before
        await database.close()

    database = Database(bare_url)
    await database.run(migrate)
    assert await database.run(version) == HEAD
    await database.close()


@pytest.mark.fault("B12")
@on_postgresql
async def test_a_migration_waits_for_votes_and_votes_for_it(bare: Database) -> None:
    """A table in use delays a migration, which tries again; it holds nobody up for longer than its own work."""
    await bare.run(alembic, "upgrade", ITS_SCHEMA)
    await bare.run(replay)
    over = asyncio.Event()
    touched = 0

    async def load() -> None:
        nonlocal touched
        while not over.is_set():
            touched += await bare.run_together(
                lambda c: c.execute(text("UPDATE card SET desired_rev = desired_rev + 1")).rowcount
            )
            await bare.run(lambda c: c.execute(text("SELECT count(*) FROM person, comparison")) and None)

    loads = [asyncio.create_task(load()) for _ in range(3)]
    other = Database(bare.engine.url.render_as_string(hide_password=False))
    await other.run(migrate)
    before = touched
    over.set()
    await asyncio.gather(*loads)
    await other.close()

    assert before > 0
    assert await bare.run(version) == HEAD
