"""Health and figures: /readyz is false when the bot is deaf, stale or behind, and what goes wrong is counted."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import text

from bot import cards, catalogue, comparisons, importing, metrics, people, starter
from bot.app import App
from bot.clients import Clients
from bot.comparisons import Opened, Opening
from bot.config import Settings
from bot.digest_publisher import DigestPublisher
from bot.digest_rounds import DigestRounds
from bot.health import MOST_DIGEST_LAG, MOST_STALE_LAG, PROBE_SECONDS, Health
from bot.refresher import Refresher
from bot.scheduler import Scheduler
from bot.slack import Slack
from bot.sweeper import Sweeper
from bot.tasks import Tasks
from db.connection import Connection
from db.engine import Database, now
from tests.story import Story, eventually

ROOT = Path(__file__).parent.parent
WORKSPACE, CHANNEL = "T0ONE", "C0ONE"
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


class Hand:
    """A clock that is turned by hand."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


class Watched:
    """Health by itself, over a database in which nobody works."""

    def __init__(self, database: Database, session: aiohttp.ClientSession, folder: Path) -> None:
        self.clock = Hand()
        self.hears = True
        self.health = Health(self.clock)
        clients = Clients()
        clients.add(WORKSPACE, Slack("xoxb-nobody", "http://127.0.0.1:9/api/", session))
        refresher = Refresher(database, clients)
        tasks, sweeper = Tasks(), Sweeper(database, clients, refresher)
        rounds = DigestRounds(database, clients, DigestPublisher(database, clients), sweeper)
        scheduler = Scheduler(database, clients, rounds, refresher, sweeper)
        self._parts = (database, clients, scheduler, tasks)
        self._folder = folder

    def start(self) -> None:
        async def hears() -> bool:
            return self.hears

        self.health.watch(*self._parts, hears, self._folder)

    async def problems(self, later: float = PROBE_SECONDS + 1) -> str:
        self.clock.now += later
        return "; ".join(await self.health.problems())


@pytest.fixture
async def watched(database: Database, tmp_path: Path) -> AsyncIterator[Watched]:
    async with aiohttp.ClientSession() as session:
        yield Watched(database, session, tmp_path)


def a_stale_card(connection: Connection) -> None:
    """A card that shows less than the database knows."""
    people.welcome_workspace(connection, WORKSPACE, "One", "U0BOT", 0)
    importing.import_tools(connection, WORKSPACE, starter.tools()[:2], 0)
    ids = tuple(tool.id for tool in catalogue.suggest(connection, catalogue.Shelf(), WORKSPACE, ""))
    opened = comparisons.open(connection, Opening(WORKSPACE, CHANNEL, None, "", ids, "", None, "U0", "key", 0))
    assert isinstance(opened, Opened)
    cards.record_message(connection, WORKSPACE, opened.scorecard.card.id, "1.0", None)
    connection.execute(text("UPDATE card SET desired_rev = desired_rev + 1"))


def a_late_digest(connection: Connection, seconds: int) -> None:
    connection.execute(
        text(
            "INSERT INTO digest_run (workspace, channel, week, due_at, state, key, not_before)"
            " VALUES (:workspace, 'C0', '2026-W48', 0, 'pending', 'k', :at)"
        ),
        {"workspace": WORKSPACE, "at": now(connection) - seconds},
    )


async def test_it_is_ready_between_start_and_end(watched: Watched) -> None:
    """Not before everything has started, and not once the end has begun."""
    assert await watched.problems() == "starting"
    watched.start()
    assert await watched.problems() == ""
    watched.hears = False
    assert await watched.problems() == "deaf: Slack cannot reach us"
    watched.hears = True
    watched.health.stopping()
    assert await watched.problems() == "stopping"


async def test_a_card_that_stays_out_of_date_is_a_problem(watched: Watched, database: Database) -> None:
    """Cards are drawn within seconds; one that is due for minutes means that nobody draws."""
    await database.run(a_stale_card)
    watched.start()

    assert await watched.problems() == ""
    assert await watched.problems(later=MOST_STALE_LAG - 1) == ""
    assert "out of date" in await watched.problems()

    await database.run(lambda connection: connection.execute(text("UPDATE card SET sent_rev = desired_rev")) and None)
    assert await watched.problems() == ""


async def test_a_digest_that_nobody_posts_is_a_problem(watched: Watched, database: Database) -> None:
    """Digests that are due wait for a place in the budget, but not for an hour."""
    await database.run(lambda connection: people.welcome_workspace(connection, WORKSPACE, "One", "U0BOT", 0))
    await database.run(a_late_digest, MOST_DIGEST_LAG + 10)
    watched.start()

    assert re.search(r"a digest is 36\d\d s late", await watched.problems())


@pytest.mark.fault("B04")
async def test_a_database_that_takes_no_write_is_a_problem_until_it_does(watched: Watched, database: Database) -> None:
    """Reading alone is no sign of health; when the database is well again, so are we."""
    watched.start()
    assert await watched.problems() == ""
    await database.run(lambda connection: connection.execute(text("ALTER TABLE pulse RENAME TO away")) and None)
    assert await watched.problems(later=0) == ""  # believed for some seconds
    assert await watched.problems() == "the database takes no write"

    await database.run(lambda connection: connection.execute(text("ALTER TABLE away RENAME TO pulse")) and None)
    assert await watched.problems() == ""


@pytest.mark.fault("B07")
@on_sqlite
async def test_a_log_that_is_never_checkpointed_is_a_problem(
    watched: Watched, database: Database, tmp_path: Path
) -> None:
    """SQLite's write-ahead log beyond 64 MiB means that a reader never ends."""
    watched.start()
    log = tmp_path / "verdicts.db-wal"
    size = log.stat().st_size
    with log.open("r+b") as file:
        file.truncate(65 << 20)
        assert "reads without end" in await watched.problems()
        file.truncate(size)

    assert await watched.problems() == ""


@on_sqlite
async def test_the_figures_are_served_and_what_goes_wrong_is_counted(settings: Settings, playground: Any) -> None:
    """Through a port of its own: alive, ready, figures that Prometheus can read; deaf means not ready."""
    app = App(settings.model_copy(update={"health_port": 0}))
    await app.start()
    story = Story(playground.url, app)
    before = counted()
    try:
        base = f"http://127.0.0.1:{app.health_port}"
        async with aiohttp.ClientSession() as session:

            async def get(path: str) -> tuple[int, str]:
                async with session.get(f"{base}{path}") as answer:
                    return answer.status, await answer.text()

            assert await get("/livez") == (200, "alive\n")
            assert await get("/readyz") == (200, '{"ready": true, "problems": []}\n')
            assert (await get("/elsewhere"))[0] == 404

            await story.person("ada").types("/compare cursor vs zed")
            card = await story.seeded()
            await story.post("fault", method="chat.update", status=429, retry_after=1, times=1)
            await story.person("ada").reacts(card, "one")
            await story.shows(card, "1 of 1 person")
            for event in ({"type": "reaction_added", "item": 1}, {"type": "of no use"}, {"no": "type"}):
                await story.post("emit", outer={"type": "event_callback", "team_id": "T0PLAY", "event": event})

            async def all_counted() -> bool | None:
                rose = {name for name, value in counted().items() if value > before.get(name, 0)}
                return rose >= EXPECTED or None

            await eventually(all_counted, lambda: f"{EXPECTED - {n for n, v in counted().items() if v > before[n]}}")
            status, figures = await get("/metrics")
            assert status == 200
            assert 'verdicts_votes_acknowledged_total{by="emoji"}' in figures
            assert "verdicts_ready 1.0" in figures

            await story.post("fault", socket="refuse")
            await story.post("fault", socket="close")

            async def deaf() -> bool | None:
                status, said = await get("/readyz")
                return (status == 503 and json.loads(said)["problems"] == ["deaf: Slack cannot reach us"]) or None

            await eventually(deaf)
    finally:
        await story.close()
        await app.close()


EXPECTED = {
    'verdicts_votes_acknowledged_total{"by": "emoji"}',
    'verdicts_slack_calls_total{"method": "chat.update", "outcome": "ok"}',
    'verdicts_slack_calls_total{"method": "chat.update", "outcome": "rate_limited"}',
    'verdicts_slack_calls_total{"method": "chat.postMessage", "outcome": "ok"}',
    'verdicts_redraws_total{"outcome": "drawn"}',
    'verdicts_redraws_total{"outcome": "failed"}',
    "verdicts_events_unheard_total{}",
    "verdicts_events_poisoned_total{}",
}


def counted() -> dict[str, float]:
    """Every figure by its name and labels."""
    return {
        f"{sample.name}{json.dumps(sample.labels)}": sample.value
        for family in metrics.REGISTRY.collect()
        for sample in family.samples
    }


def test_every_figure_is_explained() -> None:
    """docs/operations.md tells of each of our figures what it means when it moves, and of no other."""
    ours = {family.name for family in metrics.REGISTRY.collect() if family.name.startswith("verdicts_")}
    told = (ROOT / "docs" / "operations.md").read_text("utf-8")

    assert set(re.findall(r"`(verdicts_\w+?)(?:_total)?(?:\{[^`]*)?`", told)) == ours
