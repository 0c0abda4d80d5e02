"""What every test stands on: a real SQLite file, a real PostgreSQL, a real Bolt app in a real playground."""

import asyncio
import itertools
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import hypothesis
import pytest
import yaml
from pydantic import SecretStr

from bot.app import App
from bot.config import Settings
from db.engine import Database
from db.schema import migrate
from playground import Playground, PlaygroundSettings
from tests import tenant_rule
from tests.postgresql import create_database, named, own_server
from tests.story import Story

# A loaded machine must not make a law fail, and a failure must come again.
hypothesis.settings.register_profile("house", deadline=None, derandomize=True)
hypothesis.settings.load_profile("house")

ROOT = Path(__file__).parent.parent
_numbers = itertools.count(1)


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--everywhere`: stories that `make test` runs on SQLite alone, for time, run on both databases."""
    parser.addoption("--everywhere", action="store_true", help="stories of SQLite alone run on both databases")


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """With `--everywhere`, no story through the playground is of one database; what is about a file stays."""
    if not metafunc.config.getoption("--everywhere") or "story" not in metafunc.fixturenames:
        return
    for mark in metafunc.definition.iter_markers("parametrize"):
        if mark.args[0] == "database_url":
            mark.args[1][:] = ["sqlite", "postgresql"]


@pytest.fixture(autouse=True)
def every_statement_says_whose() -> Iterator[None]:
    """No statement of this test's was on a workspace's rows without saying which workspace's."""
    yield
    forgetful = sorted(set(tenant_rule.broken))
    tenant_rule.broken.clear()
    assert forgetful == []


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address of a PostgreSQL server of our own, on which a database "migrated" has the schema."""
    with own_server(durable=False) as address:
        create_database(address, "migrated")
        _migrate(named(address, "migrated"))
        yield address


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
    create_database(address, name)
    return named(address, name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database, once on each of the two."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_file"), tmp_path / "verdicts.db")
        return f"sqlite:///{tmp_path / 'verdicts.db'}"
    address: str = request.getfixturevalue("postgresql")
    name = f"test_{next(_numbers)}"
    create_database(address, name, "migrated")
    return named(address, name)


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


def _migrate(address: str) -> None:
    database = Database(address)
    try:
        asyncio.run(database.run(migrate))
    finally:
        database.close_now()
