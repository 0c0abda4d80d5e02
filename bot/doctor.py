"""`verdicts doctor`: looks at everything that a start and a running bot need, and says in a line each what to do."""

import asyncio
import contextlib
import shutil
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator, Sequence
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
from bot.installations import Installation
from bot.slack import Slack
from bot.slack_calls import TIMEOUT_SECONDS
from bot.slack_errors import classify
from bot.transport import INSTALL_PATH
from bot.vault import Vault, WrongKey
from db import backup as copies
from db.backup import CopyFailed
from db.connection import Connection
from db.engine import CannotOpen, Database, now
from db.lock import AlreadyInUse
from db.opening import sqlite_file
from db.schema import HEAD, version

MOST_SKEW = 60  # seconds; Slack's signatures are good for three hundred, and digests are due to the minute
AT_ONCE = 8  # installations that Slack is asked about
MOST_TOLD = 20  # installations that are named one by one
PROGRESS_EVERY = 10.0  # seconds
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
        async with _session() as session:
            slack = Slack(settings.slack_bot_token.get_secret_value(), settings.slack_api_url, session)
            async for finding in _slack(slack, settings):
                yield finding
    elif settings.serves_http:
        async with _session() as session:
            async for finding in _installations(await asyncio.to_thread(_installed, settings), settings, session):
                yield finding


def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_SECONDS))


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


def _installed(settings: Settings) -> list[Installation]:
    """Every installation that has a token, also of those that are not served; none where they cannot be read."""

    def read(connection: Connection) -> list[Installation]:
        if version(connection) != HEAD:
            return []
        vault = Vault(settings.keys)
        served = [found for found, _ in installations.changed(connection, vault, 0) if found.token]
        return [*served, *installations.stopped(connection, vault)]

    file = sqlite_file(settings.database)
    with contextlib.suppress(CopyFailed, CannotOpen, WrongKey):  # each has a finding of its own
        if file is not None and file.exists():
            with copies.reading(file) as connection:
                return read(connection)
        if file is None:
            database = Database(settings.database)
            try:
                return database.run_here(read)
            finally:
                database.close_now()
    return []


async def _installations(
    found: Sequence[Installation], settings: Settings, session: aiohttp.ClientSession
) -> AsyncIterator[Finding]:
    """Ask Slack about every token, a few at once; say which are not as they must be, and how far it has come."""
    places = asyncio.Semaphore(AT_ONCE)

    async def ask(installation: Installation) -> Finding | None:
        async with places:
            return await _installation(installation, settings, session)

    asked, wrong, told_at = 0, 0, time.monotonic()
    for answer in asyncio.as_completed([ask(installation) for installation in found]):
        finding = await answer
        asked += 1
        wrong += finding is not None
        if finding is not None and wrong <= MOST_TOLD:
            yield finding
        if time.monotonic() - told_at >= PROGRESS_EVERY:
            told_at = time.monotonic()
            yield Finding("fine", "tokens", f"{asked:,} of {len(found):,} asked")
    if wrong > MOST_TOLD:
        yield Finding(
            "bad", "tokens", f"{wrong - MOST_TOLD:,} more are not as they must be: mend these, and look again"
        )
    yield Finding("fine", "tokens", f"{asked:,} installations asked, {asked - wrong:,} as they must be")


async def _installation(
    installation: Installation, settings: Settings, session: aiohttp.ClientSession
) -> Finding | None:
    who = f"{installation.name} ({installation.owner})"
    again = f"{installation.installer} opens {settings.public_url}{INSTALL_PATH} again"
    slack = Slack(str(installation.token), settings.slack_api_url, session)
    try:
        identity = await slack.identity()
    except Permanent as failure:
        return Finding("bad", "token", f"{who}: Slack refuses its token ({failure.code}): {again}")
    except SlackFailure as failure:
        return Finding("look", "token", f"{who}: Slack did not answer ({failure.code}): look again later")
    if missing := sorted(set(app_manifest.scopes()) - identity.scopes):
        return Finding("bad", "scopes", f"{who}: {', '.join(missing)} missing: {again}; nothing is lost")
    return None


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
