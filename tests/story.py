"""How a test speaks: people in channels who type, click and read, through the playground's own front door."""

import asyncio
import json
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
import yaml
from pydantic import SecretStr

from bot.app import App
from bot.config import Settings
from playground import Playground, PlaygroundSettings

T = TypeVar("T")

ROOT = Path(__file__).parent.parent

PATIENCE = 30.0  # only a failure waits so long: a machine that others use must not make one


@dataclass(frozen=True)
class Card:
    """A message as it stands in its channel."""

    channel: str
    ts: str
    message: dict[str, Any]

    @property
    def said(self) -> str:
        """Everything that a person can read on it, in reading order."""
        return "\n".join(words(self.message.get("blocks", []))) or self.message.get("text", "")

    @property
    def row(self) -> dict[str, list[str]]:
        """The table's rows by their first cell."""
        table = next(block for block in self.message["blocks"] if block["type"] == "table")
        rows = [[" ".join(words([cell])) for cell in row] for row in table["rows"]]
        return {first: rest for first, *rest in rows}

    @property
    def reactions(self) -> dict[str, list[str]]:
        """Who stands behind each emoji."""
        return {reaction["name"]: reaction["users"] for reaction in self.message.get("reactions", [])}


class Scene:
    """The playground and everybody in it, wherever the bot runs."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._session = aiohttp.ClientSession()

    async def close(self) -> None:
        """Say goodbye."""
        await self._session.close()

    def person(self, name: str) -> "Person":
        """Somebody by the start of their user id: "ada" is U0ADA."""
        return Person(self, f"U0{name.upper()}")

    async def post(self, verb: str, **body: Any) -> dict[str, Any]:
        """A call of the control API; it must succeed."""
        answer = await self.try_post(verb, **body)
        assert answer["ok"], (verb, body, answer)
        return answer

    async def try_post(self, verb: str, **body: Any) -> dict[str, Any]:
        """A call of the control API, whatever comes of it."""
        async with self._session.post(f"{self.url}/_control/{verb}", json=body) as response:
            answer: dict[str, Any] = await response.json()
            return answer

    async def get(self, what: str) -> dict[str, Any]:
        """What the control API shows."""
        async with self._session.get(f"{self.url}/_control/{what}") as response:
            answer: dict[str, Any] = await response.json()
            return answer

    async def cards(self, channel: str = "C0GENERAL") -> list[Card]:
        """Every message in a channel, oldest first."""
        found = await self.get(f"messages/{channel}")
        return [Card(channel, message["ts"], message) for message in found["messages"]]

    async def card(self, channel: str = "C0GENERAL") -> Card:
        """The newest message in a channel, once there is one with blocks."""

        async def newest() -> Card | None:
            cards = [card for card in await self.cards(channel) if card.message.get("blocks")]
            return cards[-1] if cards else None

        return await eventually(newest)

    async def seeded(self, channel: str = "C0GENERAL") -> Card:
        """The newest scorecard, once the bot has put its own emoji under it."""

        async def whole() -> Card | None:
            cards = [card for card in await self.cards(channel) if "no_entry_sign" in card.reactions]
            return cards[-1] if cards else None

        return await eventually(whole)

    async def shows(self, card: Card, *expected: str) -> Card:
        """The same card, once all of this can be read on it."""

        async def shown() -> Card | None:
            now = next((one for one in await self.cards(card.channel) if one.ts == card.ts), None)
            return now if now is not None and all(part in now.said for part in expected) else None

        return await eventually(shown, lambda: f"{expected} on the card")

    async def has_row(self, card: Card, name: str, row: list[str]) -> Card:
        """The same card, once its table's row of this name holds exactly this."""

        async def shown() -> Card | None:
            now = next((one for one in await self.cards(card.channel) if one.ts == card.ts), None)
            return now if now is not None and now.row[name] == row else None

        return await eventually(shown, lambda: f"{name} is not {row}")

    async def newer(self, card: Card) -> Card:
        """The first message that came into the channel after this one."""

        async def after() -> Card | None:
            return next((one for one in await self.cards(card.channel) if float(one.ts) > float(card.ts)), None)

        return await eventually(after)

    async def file(self, channel: str) -> tuple[str, str]:
        """The name and the content of the newest file in a channel, once there is one."""

        async def newest() -> dict[str, Any] | None:
            files = [file for card in await self.cards(channel) for file in card.message.get("files", [])]
            return files[-1] if files else None

        file = await eventually(newest)
        async with self._session.get(file["url_private_download"]) as response:
            assert response.status == 200
            return file["name"], (await response.read()).decode()

    async def calls(self, method: str) -> list[dict[str, Any]]:
        """Every call of a Web API method so far."""
        log = (await self.get("log"))["log"]
        return [entry for entry in log if entry.get("method") == method]


class Story(Scene):
    """The playground, everybody in it, and the bot in our own process."""

    def __init__(self, url: str, app: App) -> None:
        super().__init__(url)
        self.app = app


@asynccontextmanager
async def running() -> AsyncIterator[Story]:
    """A playground and the bot in it on SQLite, with nothing kept: for stories that share them, and for pictures."""
    manifest = yaml.safe_load((ROOT / "manifest.yml").read_text("utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        async with Playground(PlaygroundSettings(manifest=manifest)) as playground:
            app = App(
                Settings(
                    _env_file=None,
                    slack_bot_token=SecretStr(playground.bot_token),
                    slack_app_token=SecretStr(playground.app_token),
                    slack_api_url=playground.api_url,
                    data_dir=Path(folder),
                    database_url=f"sqlite:///{folder}/verdicts.db",
                )
            )
            await app.start()
            story = Story(playground.url, app)
            try:
                yield story
            finally:
                await story.close()
                await app.close()


@dataclass(frozen=True)
class Person:
    """Somebody in the playground's workspace."""

    story: Scene
    id: str

    async def types(self, line: str, channel: str = "C0GENERAL") -> dict[str, Any]:
        """Send a slash command; what comes back with the acknowledgement."""
        command, _, text = line.partition(" ")
        return await self.story.post("command", channel=channel, user=self.id, command=command, text=text)

    async def reacts(self, card: Card, *names: str) -> None:
        """Put emoji on a card."""
        for name in names:
            await self.story.post("reaction", channel=card.channel, ts=card.ts, user=self.id, name=name, present=True)

    async def takes_back(self, card: Card, *names: str) -> None:
        """Take emoji off a card."""
        for name in names:
            await self.story.post("reaction", channel=card.channel, ts=card.ts, user=self.id, name=name, present=False)

    async def presses(self, card: Card, action: Any, **more: Any) -> dict[str, Any]:
        """Click a button, by its words or its id, or a line of a menu."""
        return await self.story.post("interact", channel=card.channel, ts=card.ts, user=self.id, action=action, **more)

    async def submits(self, **values: Any) -> dict[str, Any]:
        """Send the open dialog."""
        return await self.story.try_post("submit", user=self.id, values=values)

    async def sees(self) -> dict[str, Any]:
        """Private messages, the open dialog and the Home tab."""
        return await self.story.get(f"person/{self.id}")

    async def whispers(self) -> list[Card]:
        """What only this person was told, oldest first."""
        seen = await self.sees()
        return [Card(one["channel"], one["ts"], one) for one in seen["ephemerals"]]

    async def was_told(self, *expected: str) -> Card:
        """The newest private message, once all of this can be read in it."""

        async def told() -> Card | None:
            said = await self.whispers()
            return said[-1] if said and all(part in said[-1].said for part in expected) else None

        return await eventually(told, lambda: f"{self.id} was not told {expected}")

    async def is_asked_nothing_more(self) -> None:
        """Wait until every private message is gone: what was asked is answered."""

        async def silent() -> bool | None:
            return None if await self.whispers() else True

        await eventually(silent, lambda: f"{self.id} still has private messages")

    async def dialog(self, title: str) -> dict[str, Any]:
        """The open dialog, once it is the one of this title."""

        async def opened() -> dict[str, Any] | None:
            view = (await self.sees())["modal"]
            return view if view and view["title"]["text"] == title else None

        return await eventually(opened, lambda: f"no dialog {title!r}")


async def home_says(person: Person, *expected: str, without: str = "\0") -> str:
    """Open the Home tab and wait until all of this can be read on it, and nothing of `without`; what it says."""

    async def shown() -> str | None:
        said = json.dumps((await person.sees())["home"], ensure_ascii=False)
        return said if all(part in said for part in expected) and without not in said else None

    await person.story.post("open-home", user=person.id)
    return await eventually(shown, lambda: f"{expected} not on the Home tab of {person.id}")


async def eventually(
    look: Callable[[], Awaitable[T | None]], missing: Callable[[], str] = lambda: "it never came"
) -> T:
    """What `look` finds, as soon as it finds something."""
    deadline = time.monotonic() + PATIENCE
    while (found := await look()) is None:
        assert time.monotonic() < deadline, missing()
        await asyncio.sleep(0.02)
    return found


def words(part: Any) -> list[str]:
    """Every text in blocks, in reading order; what is named for machines is left out."""
    if isinstance(part, list):
        return [text for one in part for text in words(one)]
    if not isinstance(part, dict):
        return []
    found: list[str] = []
    for key, value in part.items():
        if key == "text" and isinstance(value, str):
            found.append(value)
        elif key not in {"value", "action_id", "block_id", "confirm", "options", "url"}:
            found += words(value)
    return found
