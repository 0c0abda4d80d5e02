"""`verdicts doctor`: looks at everything that a start and a running bot need, and says in a line each what to do."""

import asyncio
import shutil
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import aiohttp
from rich.console import Console
from rich.markup import escape

from bot import app_manifest, installations
from bot.config import Settings
from bot.errors import Permanent, SlackFailure
from bot.health import LEAST_DISK
from bot.slack import Slack
from bot.slack_calls import TIMEOUT_SECONDS
from bot.slack_errors import classify
from bot.vault import Vault, WrongKey
from db import backup as copies
from db.backup import CopyFailed
from db.connection import Connection
from db.engine import CannotOpen, Database, now, sqlite_file
from db.lock import AlreadyInUse
from db.schema import HEAD, version

MOST_SKEW = 60  # seconds; Slack's signatures are good for three hundred, and digests are due to the minute
FIXED_SQLITE = (3, 51, 3)  # https://www.sqlite.org/wal.html#walresetbug
MARKS = {"fine": "[green]fine[/green]", "look": "[yellow]look[/yellow]", "bad": "[bold red]bad [/bold red]"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: how it is, and, unless it is fine, what to do."""

    how: Literal["fine", "look", "bad"]
    what: str
    said: str


async def examine(settings: Settings, out: Console) -> bool:
    """Look at everything, say a line for each, and return whether nothing is bad."""
    is_well = True
    async for finding in _findings(settings):
        is_well = is_well and finding.how != "bad"
        out.print(f"{MARKS[finding.how]}  {finding.what:<9} {escape(finding.said)}", soft_wrap=True)
    return is_well


async def _findings(settings: Settings) -> AsyncIterator[Finding]:
    yield _mode(settings)
    for finding in await asyncio.to_thread(lambda: [*_folder(settings.data_dir), *_database(settings)]):
        yield finding
    if settings.slack_bot_token is not None:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)) as session:
            slack = Slack(settings.slack_bot_token.get_secret_value(), settings.slack_api_url, session)
            async for finding in _slack(slack, settings):
                yield finding


def _mode(settings: Settings) -> Finding:
    if settings.serves_http:
        return Finding("fine", "settings", f"HTTP mode, many workspaces, reached at {settings.public_url}")
    if settings.has_slack:
        return Finding("fine", "settings", "Socket Mode, one workspace")
    return Finding(
        "look", "settings", "no tokens: `verdicts start` opens the playground. README tells how to get them."
    )


def _folder(folder: Path) -> Iterator[Finding]:
    if not folder.is_dir():
        yield Finding("look", "folder", f"{folder} is not there yet; the first start makes it")
        return
    probe = folder / ".doctor"
    try:
        probe.write_bytes(b"x" * 4096)
    except OSError as error:
        yield Finding("bad", "folder", f"{folder} takes no file ({error.strerror}): give it to whoever runs the bot")
    else:
        yield Finding("fine", "folder", f"{folder} can be written to")
    finally:
        probe.unlink(missing_ok=True)
    usage = shutil.disk_usage(folder)
    free = usage.free / usage.total
    said = f"{usage.free / 2**30:.1f} GiB free, {free:.0%}"
    yield Finding("bad", "disk", f"{said}: make room") if free < LEAST_DISK else Finding("fine", "disk", said)


def _database(settings: Settings) -> Iterator[Finding]:
    file = sqlite_file(settings.database)
    if file is not None:
        yield _sqlite()
        if not file.exists():
            yield Finding("look", "database", f"{file} is not there yet; the first start makes it")
            return
        try:
            # Also while the bot has it: a connection that cannot write is in nobody's way.
            with copies.reading(file) as connection:
                broken = copies.faults(connection)
                yield _schema(connection, f"{file}, {file.stat().st_size / 2**20:.1f} MiB")
                if broken:
                    yield Finding("bad", "database", f"{broken[0]}: restore the newest backup")
                yield from _keys(connection, settings)
        except CopyFailed as error:
            yield Finding("bad", "database", f"{file} cannot be read ({error}): restore the newest backup")
        return
    try:
        database = Database(settings.database)
    except (CannotOpen, AlreadyInUse) as error:
        yield Finding("bad", "database", f"DATABASE_URL leads to no database: {error}")
        return
    try:
        yield database.run_here(_schema, database.address)
        skew = database.run_here(now) - int(time.time())
        yield _skew(skew, "the database's clock")
        yield from database.run_here(lambda connection: list(_keys(connection, settings)))
    finally:
        database.close_now()


def _sqlite() -> Finding:
    said = f"SQLite {sqlite3.sqlite_version}"
    if sqlite3.sqlite_version_info < FIXED_SQLITE:
        said += ", which has the WAL-reset fault: harmless while one process writes, as the bot sees to. Open the file "
        said += "with nothing else that writes"
    return Finding("fine", "sqlite", said)


def _schema(connection: Connection, where: str) -> Finding:
    at = version(connection)
    if at is None:
        return Finding("look", "database", f"{where}: empty; the first start fills it")
    if at > HEAD:
        return Finding("look", "database", f"{where}: schema {at} is of a newer release than this one ({HEAD})")
    if at < HEAD:
        return Finding(
            "look", "database", f"{where}: schema {at}; the next start brings it to {HEAD}. Back it up first"
        )
    return Finding("fine", "database", f"{where}, schema {at}")


def _keys(connection: Connection, settings: Settings) -> Iterator[Finding]:
    if not settings.serves_http or version(connection) != HEAD:
        return
    try:
        missing = installations.unknown_keys(connection, Vault(settings.keys))
    except WrongKey:
        yield Finding("bad", "keys", "ENCRYPTION_KEYS does not open what the database holds: it was changed there")
        return
    if missing:
        yield Finding("bad", "keys", f"ENCRYPTION_KEYS lacks the key {missing[0][0]}: add it after the newest one")
    else:
        yield Finding("fine", "keys", "every installation can be opened")


async def _slack(slack: Slack, settings: Settings) -> AsyncIterator[Finding]:
    try:
        identity = await slack.identity()
    except Permanent as failure:
        yield Finding(
            "bad", "token", f"Slack refuses SLACK_BOT_TOKEN ({failure.code}): copy it from OAuth & Permissions"
        )
        return
    except SlackFailure as failure:
        yield Finding("bad", "token", f"{settings.slack_api_url} does not answer ({failure.code}): is the network up?")
        return
    yield Finding("fine", "token", f"{identity.workspace_name} ({identity.workspace}), as {identity.bot_user}")
    missing = sorted(set(app_manifest.scopes()) - identity.scopes)
    if missing:
        yield Finding("bad", "scopes", f"{', '.join(missing)} missing: update the app's manifest and install it again")
    else:
        yield Finding("fine", "scopes", f"{len(identity.scopes)} granted, none missing")
    yield _skew(round(identity.at_us / 1e6 - time.time()), "Slack's clock")
    if settings.slack_app_token is not None:
        token = settings.slack_app_token.get_secret_value()
        try:
            await slack.client.apps_connections_open(app_token=token)
        except Exception as error:  # noqa: BLE001  classify raises again whatever is not Slack's or the network's
            code = classify("apps.connections.open", error).code
            yield Finding("bad", "socket", f"SLACK_APP_TOKEN opens no connection ({code}): it needs connections:write")
        else:
            yield Finding("fine", "socket", "SLACK_APP_TOKEN opens connections")


def _skew(seconds: int, whose: str) -> Finding:
    if abs(seconds) <= MOST_SKEW:
        return Finding("fine", "clock", f"{abs(seconds)} s beside {whose}")
    return Finding("bad", "clock", f"{abs(seconds)} s {'behind' if seconds > 0 else 'ahead of'} {whose}: set up NTP")
