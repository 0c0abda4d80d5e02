"""The schema: one newest migration, which ends where the models are; any number of replicas may reach it at once."""

import asyncio
import json
import sys

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from db.connection import Connection
from db.engine import Database
from db.models import metadata
from db.schema import HEAD, MIGRATIONS, migrate, version
from tests import migrations_check
from tests.processes import clean_environment

# Opens the database, waits for a word, migrates, and tells whether Alembic was needed for it.
MIGRATE = """
import json, sys
from db.engine import Database
from db.schema import migrate, version
database = Database(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
database.run_here(migrate)
print(json.dumps([database.run_here(version), "alembic" in sys.modules]))
database.close_now()
"""


async def migrating(url: str) -> asyncio.subprocess.Process:
    """A process that has everything ready to migrate this database."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", MIGRATE, url),
        env=clean_environment(),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"ready\n"
    return process


async def migrated(process: asyncio.subprocess.Process) -> list[object]:
    """Let it migrate: the version it reached, and whether Alembic was imported."""
    said, _ = await asyncio.wait_for(process.communicate(b"now\n"), 60)
    found: list[object] = json.loads(said.splitlines()[-1])
    return found


def tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


def test_head_is_what_alembic_finds() -> None:
    """`db.schema.HEAD` names the one newest migration."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))

    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


async def test_an_empty_database_gets_every_table(bare_url: str) -> None:
    """One call takes a database from nothing to the newest version, and a failure on the way leaves nothing."""

    def migrate_and_fail(connection: Connection) -> None:
        migrate(connection)
        raise LookupError

    database = Database(bare_url)
    assert await database.run(version) is None
    with pytest.raises(LookupError):
        await database.run(migrate_and_fail)
    assert await database.run(tables) == set()

    await database.run(migrate)

    assert await database.run(version) == HEAD
    assert await database.run(tables) == {*metadata.tables, "alembic_version"}
    await database.close()


async def test_a_second_time_costs_nothing(bare_url: str) -> None:
    """A database that is there already is left as it is, without even an import of Alembic."""
    assert await migrated(await migrating(bare_url)) == [HEAD, True]
    assert await migrated(await migrating(bare_url)) == [HEAD, False]


@pytest.mark.parametrize("bare_url", ["postgresql"], indirect=True)
async def test_two_processes_may_migrate_at_once(bare_url: str) -> None:
    """Replicas that start together on an empty PostgreSQL: one migrates, the others wait for it and find it done."""
    processes = await asyncio.gather(*[migrating(bare_url) for _ in range(3)])

    ended = await asyncio.gather(*[migrated(process) for process in processes])

    assert [reached for reached, _ in ended] == [HEAD] * 3
    assert [process.returncode for process in processes] == [0] * 3


def test_the_migrations_end_where_the_models_are(bare_url: str) -> None:
    """Up, down to nothing, up again: Alembic finds no difference to db/models/."""
    migrations_check.check(bare_url)
