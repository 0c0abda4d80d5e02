"""The command line: `verdicts`, or `python -m bot`."""

import asyncio
import contextlib
import errno
import shlex
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import SecretStr
from rich.console import Console
from rich.markup import escape

from bot import app_manifest, backups, doctor, forgetting_by_hand, resealing
from bot.app import App
from bot.catalogue_importer import import_path
from bot.config import BadSetting, Settings, load, load_public_url
from bot.errors import StartFailed
from bot.exporter import FileFormat, export
from bot.exports import What
from bot.logs import configure
from bot.transport.socket import SocketRefused
from db.engine import CannotOpen
from db.lock import AlreadyInUse, FileLock

cli = typer.Typer(
    help="Verdicts: side-by-side scorecards of AI tools, voted on with emoji, and the week's verdicts on schedule.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
catalogue = typer.Typer(help="The tools that can be compared.", no_args_is_help=True)
cli.add_typer(catalogue, name="catalogue")

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

WorkspaceOption = Annotated[str, typer.Option(help="Slack's id of the workspace, such as T0123456789.")]
PortOption = Annotated[int | None, typer.Option(help="The playground's port; PORT in the environment otherwise.")]


@cli.command()
def start(port: PortOption = None) -> None:
    """Connect to Slack when its tokens are set; without them, start the playground. What `make run` does."""
    settings = _settings(port)
    if settings.has_slack:
        _run(lambda stop: _bot(settings, stop), _loop(settings))
    else:
        _run(lambda stop: _playground(settings, stop, alone=False))


@cli.command()
def run() -> None:
    """Run the bot alone, in either mode; SLACK_API_URL may point it at a playground."""
    settings = _settings()
    _run(lambda stop: _bot(settings, stop), _loop(settings))


@cli.command()
def playground(
    port: PortOption = None,
    alone: Annotated[bool, typer.Option("--alone", help="Only the stand-in for Slack, without the bot.")] = False,
) -> None:
    """Start a local stand-in for Slack with a page in the browser, and the bot in it."""
    settings = _settings(port)
    _run(lambda stop: _playground(settings, stop, alone=alone))


@cli.command()
def manifest(
    http: Annotated[
        str | None, typer.Option("--http", help="For HTTP mode: where Slack reaches you, https://verdicts.example.com.")
    ] = None,
) -> None:
    """Print the app manifest that registers Verdicts with Slack: for Socket Mode, or for HTTP mode."""
    try:
        address = load_public_url(http) if http is not None else None
    except BadSetting as error:
        raise _exit(str(error)) from None
    typer.echo(app_manifest.printed(address), nl=False)


@catalogue.command("import")
def import_catalogue(
    path: Annotated[Path, typer.Argument(help="A YAML, JSON or CSV file, or a folder of YAML files.")],
    workspace: Annotated[
        str | None, typer.Option(help="Slack's id of the workspace; needed only where there are several.")
    ] = None,
) -> None:
    """Bring tools from files into the catalogue: all or none. Importing the same again changes nothing."""
    settings = _settings()
    try:
        ok = import_path(settings.database, path, workspace, out)
    except AlreadyInUse as error:
        raise _exit(f"{error.path} is in use: stop the bot, import, and start it again.") from None
    except CannotOpen as error:
        raise _exit(f"{settings.database_setting} leads to no database: {error}.") from None
    raise typer.Exit(0 if ok else 1)


@cli.command("export")
def export_command(
    what: Annotated[What, typer.Argument(help="tools, or votes with the Slack ids of those who voted.")],
    format_: Annotated[FileFormat, typer.Option("--format", help="csv, json or, for tools, yaml.")] = "csv",
    to: Annotated[
        Path | None, typer.Option(help="A new file, for yaml a new folder; standard output without it.")
    ] = None,
    workspace: Annotated[
        str | None, typer.Option(help="Slack's id of the workspace; needed only where there are several.")
    ] = None,
) -> None:
    """Write the catalogue as CSV, JSON or YAML, or the votes of public channels as CSV or JSON."""
    settings = _settings()
    try:
        ok = export(settings.database, what, format_, workspace, to, err)
    except AlreadyInUse as error:
        raise _exit(f"{error.path} is in use: stop the bot, export, and start it again.") from None
    except CannotOpen as error:
        raise _exit(f"{settings.database_setting} leads to no database: {error}.") from None
    raise typer.Exit(0 if ok else 1)


@cli.command()
def backup(
    to: Annotated[Path | None, typer.Option(help="A folder; backups in the data folder without it.")] = None,
    keep: Annotated[int, typer.Option(min=1, help="How many of them to keep, the newest.")] = 7,
) -> None:
    """Copy the SQLite database, also while the bot runs, and prove that the copy is sound."""
    settings = _settings()
    with _failing(settings):
        backups.backup(settings.database, to or settings.data_dir / "backups", keep, out)


@cli.command()
def restore(file: Annotated[Path, typer.Argument(help="What `verdicts backup` has written.")]) -> None:
    """Put a backup in the place of the SQLite database; the bot must be stopped. What was there is kept."""
    settings = _settings()
    with _failing(settings):
        backups.restore(settings.database, file, out)


@cli.command("after-restore")
def after_restore() -> None:
    """Tell a database that was restored by other means, such as pg_restore, that Slack has gone on since."""
    settings = _settings()
    with _failing(settings):
        backups.after_restore(settings.database, out)


@cli.command()
def purge(workspace: WorkspaceOption) -> None:
    """Delete everything of a workspace at once, its tokens included."""
    settings = _settings()
    with _failing(settings):
        ok = forgetting_by_hand.purge(settings.database, workspace, out)
    raise typer.Exit(0 if ok else 1)


@cli.command()
def erase(
    workspace: WorkspaceOption,
    person: Annotated[str, typer.Option(help="The person's Slack id, such as U0123456789.")],
) -> None:
    """Take a person's name off everything in a workspace: results stay, under a pseudonym."""
    settings = _settings()
    with _failing(settings):
        ok = forgetting_by_hand.erase(settings.database, workspace, person, out)
    raise typer.Exit(0 if ok else 1)


@cli.command()
def reencrypt() -> None:
    """Encrypt every workspace's tokens with the first of ENCRYPTION_KEYS; the others must be there, too."""
    settings = _settings()
    with _failing(settings):
        resealing.reencrypt(settings.database, settings.keys, out)


@cli.command("doctor")
def examine() -> None:
    """Look at settings, database, disk, token, scopes and clock, and say what to do; also while the bot runs."""
    settings = _settings()
    raise typer.Exit(0 if asyncio.run(doctor.examine(settings, out)) else 1)


def main() -> None:
    """The console script."""
    cli()


def _settings(port: int | None = None) -> Settings:
    try:
        settings = load(**({} if port is None else {"port": port}))
    except BadSetting as error:
        raise _exit(str(error)) from None
    configure(settings)
    return settings


def _exit(sentence: str) -> typer.Exit:
    err.print(escape(sentence), style="bold red", soft_wrap=True)
    return typer.Exit(2)


@contextlib.contextmanager
def _failing(settings: Settings) -> Iterator[None]:
    """End with one sentence where the database cannot be had."""
    try:
        yield
    except (StartFailed, backups.Failed) as error:
        raise _exit(str(error)) from None
    except AlreadyInUse as error:
        raise _exit(f"{error.path} is in use: stop the bot first.") from None
    except CannotOpen as error:
        raise _exit(f"{settings.database_setting} leads to no database: {error}.") from None


def _run(
    work: Callable[[asyncio.Event], Awaitable[None]], make_loop: Callable[[], asyncio.AbstractEventLoop] | None = None
) -> None:
    """Run until the work ends or a signal asks it to; a second signal ends the process at once.

    `make_loop` makes an event loop of another kind than Python's own.
    """

    async def until_stopped() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()

        def ask_to_stop(number: int) -> None:
            loop.remove_signal_handler(number)
            stop.set()

        for number in (signal.SIGINT, signal.SIGTERM):
            with contextlib.suppress(NotImplementedError):  # Windows
                loop.add_signal_handler(number, ask_to_stop, number)
        await work(stop)

    try:
        with asyncio.Runner(loop_factory=make_loop) as runner:
            runner.run(until_stopped())
    except (StartFailed, SocketRefused) as error:
        raise _exit(str(error)) from None
    except AlreadyInUse as error:
        raise _exit(
            f"{error.path} is in use by another process: stop that one, or set VERDICTS_DATA_DIR to another folder."
        ) from None
    except KeyboardInterrupt:
        sys.exit(130)


def _loop(settings: Settings) -> Callable[[], asyncio.AbstractEventLoop] | None:
    """The faster event loop, where Slack comes by HTTP and it exists."""
    if not settings.serves_http or sys.platform == "win32":
        return None
    import uvloop  # noqa: PLC0415  there is none on Windows

    return uvloop.new_event_loop


async def _bot(settings: Settings, stop: asyncio.Event) -> None:
    app = App(settings)
    if await _started(app, stop):
        if settings.serves_http:
            where = f"listens on {settings.host}, port {app.http_port}; {settings.public_url}/ installs it"
        else:
            where = f"is connected to {settings.slack_api_url}"
        out.print(f"Verdicts {where} — Ctrl-C ends it.", soft_wrap=True)
        await stop.wait()
        await app.close()


async def _playground(settings: Settings, stop: asyncio.Event, *, alone: bool) -> None:
    from playground import Playground, PlaygroundSettings  # noqa: PLC0415  the bot never needs it

    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StartFailed(f"VERDICTS_DATA_DIR is wrong: {error.filename}: {error.strerror}.") from None
    journal = settings.data_dir / "playground.jsonl"
    stand_in = Playground(
        PlaygroundSettings(
            manifest=app_manifest.manifest(),
            host=settings.host,
            port=settings.port,
            journal=journal,
            optional_scopes=True,
        )
    )
    # A second playground would write the journal anew, and the first go on writing into a file that has no name.
    lock = FileLock(journal.with_name(f"{journal.name}.lock"))
    try:
        await stand_in.start()
    except OSError as error:
        lock.release()
        if error.errno == errno.EADDRINUSE:
            sentence = f"Port {settings.port} is taken. Choose another one: make run PORT={settings.port + 1}"
        else:
            sentence = f"HOST or PORT is wrong: nothing can listen on {settings.host}, port {settings.port}."
        raise StartFailed(sentence) from None
    try:
        if alone:
            _print_connection(stand_in, settings.data_dir)
            await stop.wait()
            return
        inside = settings.model_copy(
            update={
                "slack_bot_token": SecretStr(stand_in.bot_token),
                "slack_app_token": SecretStr(stand_in.app_token),
                "slack_api_url": stand_in.api_url,
            }
        )
        app = App(inside)
        if await _started(app, stop):
            out.print(f"\n  The playground is open:  [bold]{stand_in.url}[/bold]\n\n  Ctrl-C ends it.\n")
            await stop.wait()
            await app.close()
    finally:
        await stand_in.close()
        lock.release()


async def _started(app: App, stop: asyncio.Event) -> bool:
    """Start the application, unless a signal comes first."""
    starting = asyncio.create_task(app.start())
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait([starting, stopping], return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not starting.done():
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        return False
    await starting
    return True


def _print_connection(stand_in: Any, data_dir: Path) -> None:
    """The line is pasted into a shell that has neither our PATH nor our folder."""
    folder, program = data_dir.absolute(), Path(sys.executable).with_name("verdicts")
    out.print(f"\n  The playground is open:  [bold]{stand_in.url}[/bold]   (without the bot)\n")
    out.print("  To start the bot in it, in another terminal:\n")
    out.print(
        f"  SLACK_API_URL={stand_in.api_url} SLACK_BOT_TOKEN={stand_in.bot_token} "
        f"SLACK_APP_TOKEN={stand_in.app_token} VERDICTS_DATA_DIR={shlex.quote(str(folder))} "
        f"{shlex.quote(str(program))} run\n",
        soft_wrap=True,
        markup=False,
    )


if __name__ == "__main__":
    main()
