"""`verdicts doctor`: a line for each thing that a start needs, what to do about it, and an exit code for scripts."""

import contextlib
import re
import sqlite3
from pathlib import Path

import pytest

from db.schema import HEAD
from playground import Playground
from tests.processes import CONNECTED, PATIENCE, Forked, bot_in, leading_into
from tests.town import FIRST, WEST, environment, town


async def told(folder: Path, code: int, **environment: str) -> str:
    """What the doctor says, its ornaments aside."""
    async with Forked(folder, "doctor", **environment) as process:
        assert await process.ended() == code, process.out + process.err
        return re.sub(r" +", " ", process.out)


@pytest.mark.fault("B01")
async def test_all_is_fine_while_the_bot_runs(playground: Playground, tmp_path: Path) -> None:
    """Beside a running bot, on its very file: everything is looked at, nothing is wrong, nobody is disturbed."""
    async with bot_in(playground, tmp_path) as bot:
        await bot.says(CONNECTED)
        said = await told(tmp_path, 0, **leading_into(playground))
        assert bot.complaints == []
        assert await bot.stop(within=PATIENCE) == 0

    for line in (
        "fine settings Socket Mode, one workspace",
        f"fine folder {tmp_path} can be written to",
        "fine disk ",
        f"fine sqlite SQLite {sqlite3.sqlite_version}",
        f"fine database {tmp_path}/verdicts.db, ",
        f"schema {HEAD}\n",
        "fine token Playground (T0PLAY), as U0VERDICTS",
        "fine scopes ",
        "fine clock ",
        "fine socket SLACK_APP_TOKEN opens connections",
    ):
        assert line in said
    assert "bad" not in said
    assert playground.bot_token not in said


async def test_a_new_folder_is_nothing_bad(tmp_path: Path) -> None:
    """Before the first start there is nothing yet: it says so, and that the playground would open."""
    said = await told(tmp_path / "new", 0)

    assert "look settings no tokens" in said
    assert "verdicts.db is not there yet; the first start makes it" in said


async def test_what_is_wrong_is_said_with_what_to_do(playground: Playground, tmp_path: Path) -> None:
    """A token that is revoked, a file that is none, a server that is away, a damaged database: each has its line."""
    tokens = {**leading_into(playground), "SLACK_BOT_TOKEN": "xoxb-revoked"}
    (tmp_path / "verdicts.db").write_bytes(b"this is no database " * 100)
    said = await told(tmp_path, 1, **tokens)
    assert "bad token Slack refuses SLACK_BOT_TOKEN (invalid_auth): copy it" in said
    assert "verdicts.db cannot be read (file is not a database): restore the newest backup" in said

    (tmp_path / "verdicts.db").unlink()
    with contextlib.closing(sqlite3.connect(tmp_path / "verdicts.db")) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
        connection.execute("INSERT INTO alembic_version VALUES ('0001')")
        connection.execute("CREATE TABLE a (id INTEGER PRIMARY KEY)")
        connection.execute("CREATE TABLE b (a INTEGER REFERENCES a)")
        connection.execute("INSERT INTO b VALUES (7)")
        connection.commit()
    said = await told(tmp_path, 1)
    assert f"look database {tmp_path}/verdicts.db, 0.0 MiB: schema 0001; the next start brings it to {HEAD}" in said
    assert "bad database a row of b points to nothing in a: restore the newest backup" in said

    said = await told(tmp_path, 1, DATABASE_URL="postgresql://ada:pw-canary@127.0.0.1:9/verdicts")
    assert "bad database DATABASE_URL leads to no database" in said
    assert "canary" not in said


async def test_every_installation_is_asked_about(database_url: str, tmp_path: Path) -> None:
    """In HTTP mode: a workspace that has thrown the app out without our hearing of it is named, with what to do."""
    async with town(database_url, tmp_path) as place:
        for team in (FIRST, WEST):
            await place.installs(team)
        said = await told(tmp_path, 0, **environment(place))
        assert "fine tokens 2 installations asked, 2 as they must be" in said

        await place.app.close()
        await place.scene().post("uninstall")
        said = await told(tmp_path, 1, **environment(place))

    assert "bad token Playground (T0PLAY): Slack refuses its token (account_inactive): U0ADA opens http" in said
    assert not any(secret in said for secret in place.playground.secrets)
