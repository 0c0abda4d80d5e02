"""The journal brings the workspace back after any death, and two lives never share an identifier."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import aiohttp

from tests.playground_visit import Visit, button, section, visit

CHILD = """
import asyncio, json, pathlib, sys, yaml
from playground import Playground, PlaygroundSettings
async def main():
    manifest = yaml.safe_load(pathlib.Path("manifest.yml").read_text())
    async with Playground(PlaygroundSettings(manifest=manifest, journal=pathlib.Path(sys.argv[1]))) as playground:
        print(playground.url, flush=True)
        await asyncio.sleep(60)
asyncio.run(main())
"""


async def furnish(v: Visit) -> dict[str, Any]:
    """A little of everything that must survive; what the workspace then shows."""
    ts = await v.post("card", blocks=[section("x")], metadata={"event_type": "card", "event_payload": {"key": "k"}})
    await v.post("reply", thread_ts=ts)
    gone = await v.post("gone")
    await v.slack.chat_delete(channel="C0GENERAL", ts=gone)
    for user, name in (("U0ADA", "one"), ("U0DEV", "one"), ("U0DEV", "two")):
        await v.do("reaction", channel="C0GENERAL", ts=ts, user=user, name=name, present=True)
    await v.slack.chat_update(channel="C0GENERAL", ts=ts, text="card, drawn again", blocks=[section("y")])
    await v.do("reaction", channel="C0GENERAL", ts=ts, user="U0DEV", name="two", present=False)
    await v.slack.conversations_join(channel="C0AITOOLS")
    await v.do("leave", channel="C0RANDOM", user="U0EMEKA")
    await v.do("archive", channel="C0RANDOM")
    (stranger,) = (await v.do("people", count=1))["users"]
    await v.slack.chat_postMessage(channel=stranger, text="hello stranger")
    await v.slack.views_publish(
        user_id="U0ADA", view={"type": "home", "blocks": [{"type": "actions", "elements": [button("b")]}]}
    )
    return await shown(v)


async def shown(v: Visit) -> dict[str, Any]:
    state = await v.see("state")
    return {
        "channels": state["channels"],
        "people": [user["id"] for user in state["users"]],
        "messages": {room["id"]: await v.messages(room["id"]) for room in state["channels"]},
        "home": (await v.see("person/U0ADA"))["home"],
    }


async def test_a_restart_brings_everything_back(tmp_path: Path) -> None:
    """Messages, threads, reactions in order, membership, people and Homes are as they were; and again after that."""
    journal = tmp_path / "deep" / "workspace.jsonl"
    async with visit(journal=journal) as v:
        before = await furnish(v)
    lines = len(journal.read_text(encoding="utf-8").splitlines())
    for _ in range(2):
        async with visit(journal=journal) as v:
            assert await shown(v) == before
    assert len(journal.read_text(encoding="utf-8").splitlines()) <= lines + 25


async def test_a_line_cut_by_a_kill_is_left_out(tmp_path: Path) -> None:
    """Half a last line, or a line of nonsense, costs that line and nothing else."""
    journal = tmp_path / "workspace.jsonl"
    async with visit(journal=journal) as v:
        before = await furnish(v)
    with journal.open("a", encoding="utf-8") as file:
        file.write('{"op":"member","channel":"C0NOWHERE","user":"U0ADA","present":true}\n[1]\n{"op":"message","cha')
    async with visit(journal=journal) as v:
        assert await shown(v) == before
        await v.post("after")
    async with visit(journal=journal) as v:
        assert (await v.messages())[-1]["text"] == "after"


async def test_reset_is_remembered_too(tmp_path: Path) -> None:
    """After a reset and a restart the workspace is as at its first start."""
    journal = tmp_path / "workspace.jsonl"
    async with visit(journal=journal) as v:
        first = await shown(v)
        await furnish(v)
        assert await v.do("reset") == {"ok": True}
        assert await shown(v) == first
    async with visit(journal=journal) as v:
        assert await shown(v) == first


async def test_identifiers_of_two_lives_differ(tmp_path: Path) -> None:
    """An app that remembers event ids must not take a new life's events for old ones, whatever the seed."""
    seen: list[str] = []
    for _ in range(2):
        async with visit(journal=tmp_path / "workspace.jsonl", seed=1) as v:
            ts = await v.post()
            await v.do("reaction", channel="C0GENERAL", ts=ts, user="U0ADA", name="one", present=True)
            seen += [ts, *(entry["payload"]["event_id"] for entry in await v.log("event"))]
    assert len(set(seen)) == 4
    assert seen[0] < seen[2]


async def test_a_kill_loses_nothing_that_was_answered(tmp_path: Path) -> None:
    """SIGKILL in the middle of a hundred messages: each one that was answered is there after the restart."""
    journal = tmp_path / "workspace.jsonl"
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CHILD, str(journal), cwd=Path(__file__).parent.parent, stdout=asyncio.subprocess.PIPE
    )
    assert child.stdout is not None
    url = (await child.stdout.readline()).decode().strip()
    answered: list[str] = []

    async def talk(http: aiohttp.ClientSession) -> None:
        for number in range(100):
            said = {"channel": "C0GENERAL", "user": "U0ADA", "text": f"number {number}"}
            async with http.post(f"{url}/_control/message", json=said) as response:
                answered.append((await response.json())["ts"])
            if number == 60:
                os.kill(child.pid, signal.SIGKILL)

    async with aiohttp.ClientSession() as http:
        with_errors = await asyncio.gather(talk(http), return_exceptions=True)
    assert isinstance(with_errors[0], aiohttp.ClientError)
    await child.wait()
    async with visit(journal=journal) as v:
        there = [message["ts"] for message in await v.messages()]
    assert len(answered) >= 61
    assert there[: len(answered)] == answered
    assert json.loads(journal.read_text(encoding="utf-8").splitlines()[0])["op"]
