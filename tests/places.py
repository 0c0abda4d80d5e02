"""What every line does in every kind of place, seen in a real run: `python -m tests.places docs/places.md`.

The lines are the help's own examples, so that a new verb has its row as soon as it has its help.
"""

import asyncio
import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.views.notices import HELP
from tests.story import Scene, eventually, running

ADA, HER_OWN = "U0ADA", "D0ADA"
PLACES = {
    "public channel": "C0GENERAL",
    "public, not a member": "C0AITOOLS",
    "private channel": "G0LEADS",
    "private, not a member": "G0SECRET",
    "shared with another company": "C0PARTNERS",
    "read-only": "C0NEWS",
    "archived": "C0OLDIDEAS",
    "with the bot alone": "D0ADA",
    "two people": "D0ADABJORN",
    "group": "G0TRIO",
    "group with the bot": "G0WITHBOT",
}
CARD, BUTTONS, POST = "**card**", "**card, by buttons**", "**post**"
JOIN, INVITE, NO_POSTS, ANSWER = "*Add me and post*", "`/invite`, *Try again*", "says where it can", "answer"
DIALOG, REFUSED, UNHEARD = "dialog", "—", "unheard"
MENTION = "@Verdicts compare zed vs cline"
GENERAL, BRING_BACK = "C0GENERAL", "/verdict restore cursor"  # which one of the lines takes out
BEGIN, END = "<!-- begin: python -m tests.places -->", "<!-- end -->"


@dataclass(frozen=True)
class State:
    """What stands in a channel, what Ada alone was told there or directly, and which dialog is open."""

    messages: list[dict[str, Any]]
    told: list[dict[str, Any]]
    dialog: str | None


async def state(story: Scene, channel: str) -> State:
    """How it stands now."""

    async def ours(where: str) -> list[dict[str, Any]]:
        return [one for one in (await story.get(f"messages/{where}"))["messages"] if one.get("bot_id")]

    seen = await story.get(f"person/{ADA}")
    directly = [] if channel == HER_OWN else await ours(HER_OWN)
    return State(await ours(channel), seen["ephemerals"] + directly, seen["modal"] and seen["modal"]["id"])


async def outcome(story: Scene, channel: str, before: State) -> str | None:
    """What has come of a line since; None for nothing yet."""
    now = await state(story, channel)
    if len(now.messages) > len(before.messages):
        blocks = json.dumps(now.messages[-1]["blocks"])
        return BUTTONS if '"vote_0"' in blocks else CARD if '"takes"' in blocks else POST
    if now.dialog != before.dialog:
        return DIALOG
    old = {one["ts"] for one in before.told}
    fresh = [one["blocks"] for one in now.told if one["ts"] not in old]
    if not fresh:
        return None
    said = json.dumps(fresh)
    ways = {'"join_and_post"': JOIN, '"try_again"': INVITE, "I cannot post in this conversation": NO_POSTS}
    return next((way for sign, way in ways.items() if sign in said), ANSWER)


async def try_line(story: Scene, channel: str, line: str) -> str:
    """Type a line as Ada, and say what comes of it."""
    if (await story.get(f"person/{ADA}"))["modal"]:
        await story.post("close-modal", user=ADA)
    before = await state(story, channel)
    if line.startswith("@"):
        sent = await story.try_post("message", channel=channel, user=ADA, text=line)
        if not sent["ok"]:
            return REFUSED
        if "acknowledged" not in sent:
            return UNHEARD
    else:
        command, _, text = line.partition(" ")
        sent = await story.try_post("command", channel=channel, user=ADA, command=command, text=text)
        if not sent["ok"]:
            return REFUSED
    return await eventually(lambda: outcome(story, channel, before), lambda: f"no answer to {line} in {channel}")


async def rows(story: Scene) -> dict[str, list[str]]:
    """What each line does, place by place."""
    lines = [entry.examples[0] for entry in HELP.values()]
    # What closes and reopens needs something open; what asks anew comes after it.
    found: dict[str, list[str]] = {line: [] for line in [*lines, MENTION]}
    for channel in PLACES.values():
        for line, cells in found.items():
            cells.append(await try_line(story, channel, line))
        await try_line(story, GENERAL, BRING_BACK)
    return found


def table(found: dict[str, list[str]]) -> str:
    """The rows in Markdown; places whose columns are alike share one."""
    columns: dict[tuple[str, ...], list[str]] = {}
    for at, place in enumerate(PLACES):
        columns.setdefault(tuple(cells[at] for cells in found.values()), []).append(place)
    head = ["", *("<br>".join(places) for places in columns.values())]
    body = [[f"`{line}`".replace("|", "\\|"), *cells] for line, *cells in zip(found, *columns, strict=True)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [head, ["---"] * len(head), *body])


def written(document: str, new: str) -> str:
    """The document with this table in its place."""
    return re.sub(f"{BEGIN}.*{END}", lambda _: f"{BEGIN}\n{new}\n{END}", document, flags=re.DOTALL)


async def seen() -> str:
    """The table of a run of its own."""
    async with running() as story:
        return table(await rows(story))


if __name__ == "__main__":
    file = Path(sys.argv[1])
    file.write_text(written(file.read_text("utf-8"), asyncio.run(seen())), "utf-8")
