"""Every statement of a release, as it is sent: recorded once for each release, and replayed on the schemas to come.

    python -m tests.release_walk 0.1.0

writes tests/releases/0.1.0-sqlite.json and 0.1.0-postgresql.json, with the code as it is now. It is run when a release
is made, never again: what it has written is what replicas of that release do while those of the next take over.
"""

import asyncio
import json
import sys
import tempfile
from pathlib import Path
from typing import Any, TypeAlias

from sqlalchemy import event

from bot import (
    ballots,
    buttons,
    cards,
    catalogue,
    comparisons,
    dashboards,
    digest_content,
    digest_doubts,
    digests,
    editing,
    exports,
    importing,
    people,
    starter,
    subscriptions,
    sweeps,
    tool_cards,
    workspace_settings,
)
from bot.ballots import Reaction, Snapshot
from bot.buttons import Click
from bot.catalogue import Shelf
from bot.comparisons import Opened, Opening
from bot.editing import WrittenTake
from bot.subscriptions import Wish
from bot.workspace_settings import Editor
from db.engine import Database
from db.schema import migrate
from tests.postgresql import create_database, named, own_server

RELEASES = Path(__file__).with_name("releases")
W, CHANNEL, BOT, ADA, BJORN = "T0ONE", "C0ONE", "U0BOT", "U0ADA", "U0BJORN"
MONDAY = 1_796_025_600  # 2026-11-30 08:00 UTC
DAY = 86_400

Sent: TypeAlias = tuple[str, Any]


async def walk(database: Database) -> None:
    """A week of one team: every service that writes, and those that read."""
    run = database.run
    shelf, now = Shelf(), MONDAY - 5 * DAY
    await run(people.welcome_workspace, W, "One", BOT, now)
    await run(importing.import_tools, W, starter.tools()[:4], now)
    one, two, three, four = [tool.id for tool in await run(catalogue.suggest, shelf, W, "")]
    admin = Editor(W, ADA, is_admin=True)
    await run(workspace_settings.set_editors, admin, "admins", now)
    written = WrittenTake("builder", "", "skip", "A headline", "word " * 60, "A caveat", "Read its documentation")
    await run(editing.write_take, admin, one, written, now)
    await run(workspace_settings.changes, W)

    async def open_one(key: str, tools: tuple[int, ...], ts: str, **more: Any) -> tuple[int, int]:
        opened = await run(comparisons.open, Opening(W, CHANNEL, None, "", tools, "", None, ADA, key, now, **more))
        assert isinstance(opened, Opened)
        card = opened.scorecard.card.id
        await run(cards.record_message, W, card, ts, f"https://slack/{ts}")
        return opened.scorecard.comparison.id, card

    comparison, card = await open_one("k1", (one, two), "1.0")
    hidden, _ = await open_one("k2", (two, three), "2.0", secrecy="hidden")
    anonymous, _ = await open_one("k3", (one, three), "3.0", secrecy="anonymous")
    for i, (person, emoji) in enumerate(((ADA, "one"), (BJORN, "two"), (ADA, "two"), ("U0BOTLIKE", "one"))):
        await database.run_together(ballots.record, Reaction(W, CHANNEL, "1.0", person, emoji, True, i + 1, True, BOT))
    await database.run_together(ballots.record, Reaction(W, CHANNEL, "1.0", ADA, "one", False, 9, True, BOT))
    await database.run_together(ballots.record, Reaction(W, CHANNEL, "9.9", ADA, "one", True, 9, True, BOT))
    for at_us, which in ((1, hidden), (2, hidden), (3, anonymous)):
        await database.run_together(buttons.vote, Click(W, CHANNEL, "2.0", ADA, which, three, at_us))
    await run(people.strangers, W, comparison, now)
    await run(people.learn, people.Person(W, "U0BOTLIKE", True, False, None), now)
    await run(people.learn, people.Person(W, ADA, False, False, "Europe/Berlin"), now)
    for ask in (people.needs_hint, people.needs_guide):
        await run(ask, W, ADA, now)
    assert await run(cards.stale, [W], 10)
    drawing = await run(cards.claim_drawing, W, card)
    if drawing is not None:  # a claim whose answer was lost runs out by itself
        await run(cards.drawn, W, card, drawing.scorecard.card.desired_rev)
    await run(cards.hold_back, W, card, 5)
    await run(cards.take_over, W)
    await run(sweeps.want_all, [W], now)
    assert await run(sweeps.waiting, W, now, 10)
    await run(sweeps.of_open, W, CHANNEL, now, 10)
    told = Snapshot(W, CHANNEL, "1.0", 50, {"one": frozenset({BJORN})}, frozenset())
    await run(sweeps.take, told, card, ("one", "two", "no_entry_sign"), {"one"}, now)
    await run(sweeps.planted, W, card, ("one", "two", "no_entry_sign"))
    await run(sweeps.set_seeded, W, card, 3)
    await run(comparisons.swap, W, hidden, ADA, two, four)
    await run(cards.show_again, W, comparison, CHANNEL, "", BJORN, now, "k4")
    await run(cards.left_unrecorded, W, MONDAY)

    await run(
        subscriptions.subscribe, Wish(W, CHANNEL, False, 0, 480, "UTC", None, even_if_empty=True, person=ADA), now
    )
    await run(subscriptions.pause, W, CHANNEL, None, now)
    await run(subscriptions.resume, W, CHANNEL, now)
    await run(subscriptions.skip, W, CHANNEL, "2027-W01", now)
    await run(subscriptions.listed, W, CHANNEL, now)
    await run(digests.plan, [W], MONDAY)
    await run(digests.waiting, [W])
    # Where an answer of the database was lost there is none: it is in doubt then, and not sent.
    for taken in await run(digests.take, [W], MONDAY):
        composed = await run(digests.compose, taken, MONDAY, False)
        if isinstance(composed, digests.Composed):
            await run(digests.posted, composed, "5.0", MONDAY)
    await run(digest_doubts.give_up_abandoned, [W], MONDAY)
    await run(digest_doubts.to_look, [W], MONDAY)
    await run(digest_doubts.to_tell, [W], MONDAY)
    await run(comparisons.due_to_close, [W], MONDAY)
    await run(comparisons.close, W, comparison, ADA, MONDAY)
    await run(comparisons.reopen, W, comparison, ADA, MONDAY)
    await run(comparisons.close_by_itself, W, anonymous, MONDAY + 9 * DAY)
    await run(cards.gone, W, card)
    for read in (digest_content.leaderboard, editing.lenses, catalogue.categories):
        await run(read, W)
    await run(comparisons.open_here, W, CHANNEL)
    await run(comparisons.latest_result, W, CHANNEL, [one, two], "")
    await run(cards.at_message, W, CHANNEL, "1.0")
    await run(dashboards.build, W, ADA, frozenset({CHANNEL}), MONDAY)
    await run(catalogue.search, W, "", None, ())
    await run(tool_cards.show, W, one)
    await run(exports.tools, W, "json")
    await run(exports.votes, W, "csv")
    await run(subscriptions.unsubscribe, W, CHANNEL)


async def record(url: str) -> list[Sent]:
    """What the walk sends to an empty database, but for what is read twice."""
    database = Database(url)
    await database.run(migrate)
    sent: list[Sent] = []
    seen: set[str] = set()

    def keep(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        if statement.startswith(("BEGIN", "PRAGMA", "SET", "COMMIT")):
            return
        if not statement.lstrip().startswith("SELECT") or statement not in seen:
            sent.append((statement, parameters))
        seen.add(statement)

    event.listen(database.engine, "before_cursor_execute", keep)
    await walk(database)
    event.remove(database.engine, "before_cursor_execute", keep)
    await database.close()
    return sent


def keep_release(name: str) -> None:
    """Write what this release sends on either database."""
    RELEASES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, own_server(durable=False) as address:
        create_database(address, "walk")
        for kind, url in (("sqlite", f"sqlite:///{Path(folder) / 'walk.db'}"), ("postgresql", named(address, "walk"))):
            lines = [json.dumps(one, ensure_ascii=False) for one in asyncio.run(record(url))]
            file = RELEASES / f"{name}-{kind}.json"
            file.write_text("[\n" + ",\n".join(lines) + "\n]\n", "utf-8")


if __name__ == "__main__":
    keep_release(sys.argv[1])
