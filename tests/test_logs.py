"""What the log never says, at its most talkative: no token, no secret address, no word that a person wrote."""

import json
import re
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from bot.logs import redacted
from playground import Playground
from tests.processes import CONNECTED, bot_in, clean_environment
from tests.story import Card, Scene, eventually

CANARY = "canary"
USE_CASE = f"{CANARY} in use"
FORGED = "evil\nforged line\r\x1b[31mred"


@pytest.fixture
async def scene(playground: Playground) -> AsyncIterator[Scene]:
    """Everybody in the playground."""
    opened = Scene(playground.url)
    yield opened
    await opened.close()


def break_comparisons(database_url: str, folder: Path) -> None:
    """From now on the database refuses what is asked with this use case, as a full disk or a bug might."""
    if database_url.startswith("sqlite"):
        behind = sqlite3.connect(folder / "verdicts.db", timeout=10)
        behind.execute(
            "CREATE TRIGGER broken BEFORE INSERT ON comparison WHEN NEW.use_case LIKE '%broken%' "
            "BEGIN SELECT RAISE(ABORT, 'planted'); END"
        )
        behind.commit()
        behind.close()
    else:
        engine = create_engine(database_url)
        with engine.begin() as connection:
            connection.execute(text("ALTER TABLE comparison ADD CHECK (use_case NOT LIKE '%broken%')"))
        engine.dispose()


async def live(scene: Scene) -> None:
    """An hour of a team that writes canaries wherever a text can be written."""
    ada, bjorn = scene.person("ada"), scene.person("bjorn")
    await ada.types(f'/compare cursor vs zed for "{USE_CASE}"')
    card = await scene.seeded()
    for person in (ada, bjorn):
        await person.reacts(card, "one")
    await scene.shows(card, "2 of 2")
    await ada.presses(card, "Read the takes")
    await ada.dialog("The takes")

    await bjorn.types(f"/compare {CANARY} vs cursor")
    question = await bjorn.was_told(CANARY)
    await bjorn.presses(question, "choose")
    await bjorn.dialog("Compare tools")
    await bjorn.submits(tool_a="Qdrant", tool_b="pgvector", use_case=USE_CASE)
    await scene.newer(card)

    await ada.types(f"/verdict {CANARY}")
    await ada.types(f"/verdict subscribe {CANARY}")
    await ada.was_told(CANARY)
    await scene.post("message", channel="C0GENERAL", user=ada.id, text=f"@Verdicts compare {CANARY} vs zed")
    await scene.post("shortcut", user=ada.id, callback_id="compare_message", channel=card.channel, ts=card.ts)
    await scene.post("open-home", user=ada.id)
    await scene.card("D0ADA")  # the first words to whoever opens it first; a fault below is not for them


async def break_things(scene: Scene) -> None:
    """What goes wrong: Slack, its answers, its events, a connection, the database."""
    ada = scene.person("ada")
    for fault in ({"status": 500}, {"execute_then_drop": True}, {"error": "invalid_blocks"}, {"cut_json": True}):
        await scene.post("fault", method="chat.postMessage", times=1, **fault)
        await ada.types(f'/compare cursor vs zed for "{USE_CASE} {next(iter(fault))}"')
        await called_again(scene, "chat.postMessage")
    await scene.post("fault", method="users.info", status=429, retry_after=CANARY, times=1)
    await scene.person("chloe").reacts(await scene.card(), "one")
    event: dict[str, Any] = {"type": "app_mention", "user": [CANARY], "text": CANARY}
    for poison in (event, {"type": "reaction_added", "item": CANARY}, {"type": FORGED, "text": CANARY}, {CANARY: 1}):
        await scene.post("emit", outer={"type": "event_callback", "team_id": "T0PLAY", "event": poison})
    await ada.types(f'/compare aider vs cline for "{CANARY} broken"')
    await ada.was_told("Something went wrong", CANARY)
    await scene.post("fault", socket="close")


async def called_again(scene: Scene, method: str) -> None:
    """Wait for the answer of the newest call of a method."""

    async def answered() -> Card | bool | None:
        calls = await scene.calls(method)
        return True if calls and calls[-1].get("fault") else None

    await eventually(answered)


@pytest.mark.fault("S08")
@pytest.mark.fault("S15")
@pytest.mark.parametrize(
    ("database_url", "log_format"), [("sqlite", "text"), ("postgresql", "json")], indirect=["database_url"]
)
async def test_a_whole_story_leaves_no_word_in_the_log(
    playground: Playground, scene: Scene, tmp_path: Path, database_url: str, log_format: str
) -> None:
    """Comparing, voting, asking, failing, at DEBUG: neither a token nor a text is in anything the process prints."""
    environment = {"LOG_LEVEL": "DEBUG", "LOG_FORMAT": log_format, "DATABASE_URL": database_url}
    async with bot_in(playground, tmp_path, **environment) as bot:
        await bot.says(CONNECTED)
        await live(scene)
        break_comparisons(database_url, tmp_path)
        await break_things(scene)
        assert await bot.stop() == 0
    said = bot.out + bot.err

    assert "ready" in said
    assert "event not understood" in said
    assert "Traceback" in said  # the database's error is told, with where it happened
    assert CANARY not in said
    assert playground.bot_token not in said
    assert playground.app_token not in said
    assert re.findall(r"/response/\w+|/socket/\w+|ticket=\w+|xox[a-z]-|xapp-", said) == []
    assert "\x1b" not in said
    if log_format == "json":
        events = [json.loads(line) for line in bot.err.splitlines()]
        assert {"timestamp", "level", "event"} <= set.intersection(*(set(one) for one in events))
    else:
        assert not re.search(r"^forged", said, re.MULTILINE)


SAY = """
import logging, sys, structlog
from bot.config import Settings
from bot.logs import configure
configure(Settings(_env_file=None, log_format=sys.argv[1]))
evil = "evil\\nforged line\\r\\x1b[31mred\\u2028more\\u202e"
structlog.get_logger("ours").info("heard", said=evil)
logging.getLogger("a.library").warning("it says %s", evil)
"""


@pytest.mark.fault("S15")
@pytest.mark.parametrize("log_format", ["text", "json"])
def test_one_event_is_one_line(log_format: str) -> None:
    """Whatever stands in a value or in a library's message begins no line of its own and colours no terminal."""
    ended = subprocess.run(
        [sys.executable, "-c", SAY, log_format], env=clean_environment(), capture_output=True, text=True, check=True
    )

    assert len(ended.stderr.splitlines()) == 2
    assert all(char.isprintable() for char in ended.stderr.replace("\n", ""))


@pytest.mark.fault("S08")
@pytest.mark.parametrize(
    "secret",
    [
        "xoxb-1-2-abc",
        "xoxp-1-2-abc",
        "xoxe.xoxp-1-Mi0yLT",
        "xoxe-1-Mi0yLT",
        "xapp-1-A0-1-abc",
        "xwfp-123-abc",
        "wss://wss-primary.slack.com/link/?ticket=abc-def",
        "https://hooks.slack.com/commands/T0/1/abc",
        "https://hooks.slack.com/actions/T0/1/abc",
        "http://127.0.0.1:3000/response/abc",
    ],
)
def test_secrets_of_every_kind_are_taken_out(secret: str) -> None:
    """Tokens and addresses that open something are replaced, whatever a library wraps around them."""
    for line in (f"token={secret}", f'{{"token": "{secret}"}}', f"({secret}, 1)", f"<{secret}>"):
        assert secret not in redacted(line)
        assert "[secret]" in redacted(line)


def test_other_addresses_stay() -> None:
    """What opens nothing is left, or nobody could look for a fault."""
    line = "slack not reached yet url=https://slack.com/api/ code=not_connected"

    assert redacted(line) == line
