"""Two workspaces in one database, alike to the last id: neither sees, counts, closes or posts what is the other's."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
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
from bot.ballots import Reaction
from bot.buttons import Click
from bot.catalogue import Shelf
from bot.comparisons import Opened, Opening
from bot.editing import WrittenTake
from bot.errors import UserError
from bot.importing import NewTool
from bot.matching import Found
from bot.subscriptions import Wish
from bot.workspace_settings import Editor
from db.connection import Connection
from db.engine import Database
from db.models import metadata

pytestmark = pytest.mark.fault("S10")

EAST, WEST = "T0EAST", "T0WEST"
BOTH = [EAST, WEST]
CHANNEL, BOT, ADA, BJORN, TS = "C0SAME", "U0BOT", "U0ADA", "U0BJORN", "1700000000.000100"
DAY = 86_400
MONDAY = 1_796_025_600  # 2026-11-30 08:00 UTC
SECRET = {EAST: "of the east", WEST: "of the west"}


def tools(workspace: str) -> list[NewTool]:
    """The same first tools, each with a vendor that only this workspace knows."""
    return [
        replace(new, facts=replace(new.facts, vendor=f"{new.facts.vendor} {SECRET[workspace]}"))
        for new in starter.tools()[:4]
    ]


def furnish(connection: Connection, workspace: str) -> None:
    people.welcome_workspace(connection, workspace, f"Team {SECRET[workspace]}", BOT, 0)
    importing.import_tools(connection, workspace, tools(workspace), starter.RECORDED_AT)


def ids(connection: Connection, workspace: str, shelf: Shelf) -> list[int]:
    """The ids of this workspace's tools, in alphabetical order."""
    return [tool.id for tool in catalogue.suggest(connection, shelf, workspace, "")]


def post(connection: Connection, workspace: str, tool_ids: list[int], now: int, by_buttons: bool = False) -> int:
    """The same question in a channel of the same id, on a message of the same ts."""
    use_case = f"a use {SECRET[workspace]}"
    opening = Opening(workspace, CHANNEL, None, "", tuple(tool_ids[:2]), use_case, None, ADA, f"key-{workspace}", now)
    outcome = comparisons.open(connection, replace(opening, by_buttons=by_buttons))
    assert isinstance(outcome, Opened)
    cards.record_message(connection, workspace, outcome.scorecard.card.id, TS, f"https://{workspace}/card")
    return outcome.scorecard.comparison.id


def vote(workspace: str, person: str, emoji: str, at_us: int, *, present: bool = True) -> Reaction:
    return Reaction(workspace, CHANNEL, TS, person, emoji, present, at_us, message_is_ours=True, bot_user=BOT)


def wish(workspace: str, minute: int) -> Wish:
    return Wish(workspace, CHANNEL, False, 0, minute, "UTC", None, even_if_empty=True, person=ADA)


def counts(connection: Connection, workspace: str, comparison: int) -> dict[int, int]:
    return dict(ballots.tally(connection, workspace, comparison, 2).people_by_choice)


@pytest.fixture
def statements(database: Database) -> Iterator[list[str]]:
    """Every statement on a table of a workspace, as it is sent."""
    sent: list[str] = []
    owned = re.compile(rf"\b(?:FROM|JOIN|UPDATE|INTO)\s+({'|'.join(metadata.tables)})\b", re.IGNORECASE)

    def keep(_: Any, __: Any, statement: str, *___: Any) -> None:
        if owned.search(statement):
            sent.append(statement)

    event.listen(database.engine, "before_cursor_execute", keep)
    yield sent
    event.remove(database.engine, "before_cursor_execute", keep)


async def test_two_workspaces_never_mix(database: Database, statements: list[str]) -> None:
    """The same people vote on the same message of the same channel in both: each has its own result and digest."""
    shelf, now = Shelf(), MONDAY - 2 * DAY
    own_tools, comparison = {}, {}
    for team in BOTH:
        await database.run(furnish, team)
    for team in BOTH:
        own_tools[team] = await database.run(ids, team, shelf)
        comparison[team] = await database.run(post, team, own_tools[team], now)
    assert set(own_tools[EAST]).isdisjoint(own_tools[WEST])

    # East: both people for the first tool. West: one for the second, and one who took the tick back.
    await database.run(ballots.record, vote(EAST, ADA, "one", 1))
    await database.run(ballots.record, vote(WEST, ADA, "two", 2))
    await database.run(ballots.record, vote(EAST, BJORN, "one", 3))
    await database.run(ballots.record, vote(WEST, BJORN, "one", 4))
    await database.run(ballots.record, vote(WEST, BJORN, "one", 5, present=False))

    assert await database.run(counts, EAST, comparison[EAST]) == {0b01: 2}
    assert await database.run(counts, WEST, comparison[WEST]) == {0b10: 1}
    for team in BOTH:
        assert await database.run(ballots.rebuilt, team, comparison[team]) == (
            await database.run(ballots.stored, team, comparison[team])
        )

    # Who somebody is, and what they have been told, is each workspace's own knowledge.
    await database.run(people.learn, people.Person(WEST, ADA, True, False, "Asia/Kolkata"), now)
    assert await database.run(counts, EAST, comparison[EAST]) == {0b01: 2}
    assert await database.run(counts, WEST, comparison[WEST]) == {}
    assert await database.run(people.zone_of, EAST, ADA) is None
    await database.run(people.learn, people.Person(WEST, ADA, False, False, None), now)
    assert [await database.run(people.needs_hint, team, ADA, now) for team in BOTH] == [True, True]

    await database.run(people.refuse_tables, EAST)
    await database.run(workspace_settings.set_editors, Editor(EAST, ADA, is_admin=True), "admins", now)
    assert [await database.run(workspace_settings.editors, team) for team in BOTH] == ["admins", "everyone"]
    for team, other in ((EAST, WEST), (WEST, EAST)):
        seen = [
            await database.run(cards.at_message, team, CHANNEL, TS),
            *await database.run(comparisons.open_here, team, CHANNEL),
            await database.run(comparisons.latest_result, team, CHANNEL, own_tools[team][:2], f"a use {SECRET[team]}"),
            await database.run(dashboards.build, team, ADA, frozenset({CHANNEL}), now),
            await database.run(catalogue.search, team, "", None, ()),
            await database.run(digest_content.leaderboard, team),
            await database.run(tool_cards.show, team, own_tools[team][0]),
            await database.run(sweeps.waiting, team, now, 10),
            await database.run(exports.tools, team, "json"),
            await database.run(exports.votes, team, "csv"),
            await database.run(workspace_settings.changes, team),
            await database.run(editing.lenses, team),
        ]
        assert SECRET[team] in repr(seen)
        assert SECRET[other] not in repr(seen)
        card = await database.run(comparisons.scorecard, team, comparison[team])
        assert card.tables is (team == WEST)
        read = await database.run(catalogue.read_name, shelf, team, card.tools[0].slug)
        assert read[0] == Found(own_tools[team][0], exact=True)

    # One process serves both: what is due is found for whoever it is due for.
    for team, minute in ((EAST, 8 * 60), (WEST, 9 * 60)):
        await database.run(subscriptions.subscribe, wish(team, minute), now)
    await database.run(subscriptions.skip, WEST, CHANNEL, "2026-W50", now)
    await database.run(digests.plan, BOTH, MONDAY)
    (taken,) = await database.run(digests.take, BOTH, MONDAY, 2)
    composed = await database.run(digests.compose, taken, MONDAY, False)
    assert isinstance(composed, digests.Composed)
    assert (composed.run.workspace, SECRET[WEST] in repr(composed)) == (EAST, False)
    assert [len(await database.run(subscriptions.listed, team, CHANNEL, now)) for team in BOTH] == [1, 1]

    # A process that serves one of them leaves the other's work alone.
    await database.run(digests.plan, [EAST], MONDAY + DAY // 24)
    assert await database.run(digests.take, [EAST], MONDAY + DAY // 24) == []
    due = await database.run(comparisons.due_to_close, [WEST], MONDAY + 30 * DAY)
    assert {one[0] for one in due} == {WEST}
    assert {one[0] for one in await database.run(cards.stale, [EAST], 10)} <= {EAST}
    assert await database.run(sweeps.wanting, [EAST], now + 2 * DAY) == [EAST]
    assert await database.run(cards.interrupted, [WEST], now + 2 * DAY) == []

    await database.run(comparisons.close, EAST, comparison[EAST], ADA, now)
    assert (await database.run(comparisons.scorecard, WEST, comparison[WEST])).comparison.closed_at is None

    assert len(statements) > 100
    # A workspace is found by its own id; everything else but the time must say whose row it wants.
    named = re.compile(
        r"\bworkspace(?:\.id)?\s*(?:=|IN\b)|\(workspace, [^)]*\) IN\b"
        r"|INSERT INTO \w+ \((?:workspace|id, workspace)\b|INTO workspace"
    )
    unbound = [one for one in statements if not named.search(one) and "FROM clock" not in one]
    assert unbound == []


Attempt = Callable[[Connection, str, int], object]

# What a forged button of one workspace could ask for with an id of the other's.
FORGED: dict[str, Attempt] = {
    "scorecard": comparisons.scorecard,
    "ticked by": lambda c, team, id_: comparisons.ticked_by(c, team, id_, ADA),
    "close": lambda c, team, id_: comparisons.close(c, team, id_, ADA, MONDAY),
    "reopen": lambda c, team, id_: comparisons.reopen(c, team, id_, ADA, MONDAY),
    "start over": lambda c, team, id_: comparisons.may_start_over(c, team, id_, ADA),
    "show again": lambda c, team, id_: cards.show_again(c, team, id_, CHANNEL, "", ADA, MONDAY, "k"),
    "swap": lambda c, team, id_: comparisons.swap(c, team, id_, ADA, 1, 2),
    "post again": lambda c, team, id_: cards.post_again(c, team, id_, ADA, MONDAY, "key"),
    "vote": lambda c, team, id_: buttons.vote(c, Click(team, CHANNEL, TS, ADA, id_, None, 1)),
    "take": lambda c, team, id_: editing.write_take(
        c, Editor(team, ADA, is_admin=True), id_, WrittenTake("builder", "", "ship", "h", "t", "c", "b"), MONDAY
    ),
    "edit": lambda c, team, id_: editing.edit_tool(c, Shelf(), Editor(team, ADA, is_admin=True), id_, {}, MONDAY),
    "tool": catalogue.find,
    "tool card": tool_cards.show,
    "subscription": subscriptions.channel_of,
    "digest": lambda c, team, id_: digest_doubts.post_again(c, team, id_, MONDAY),
    "compare": lambda c, team, id_: comparisons.open(
        c, Opening(team, CHANNEL, None, "", (id_, id_ + 1), "", None, ADA, "forged", MONDAY)
    ),
}


@pytest.mark.parametrize("attempt", FORGED.values(), ids=FORGED)
async def test_an_id_of_another_workspace_opens_nothing(database: Database, attempt: Attempt) -> None:
    """A button's value names a row of the other workspace: it is as if there were none, and nothing changes."""
    shelf = Shelf()
    await database.run(furnish, EAST)
    own = await database.run(ids, EAST, shelf)
    comparison = await database.run(post, EAST, own, MONDAY, True)
    planned, _ = await database.run(subscriptions.subscribe, wish(EAST, 8 * 60), MONDAY - DAY)
    await database.run(digests.plan, [EAST], MONDAY)
    await database.run(people.welcome_workspace, WEST, "West", BOT, 0)
    before = await database.run(comparisons.scorecard, EAST, comparison)

    for stolen in {comparison, own[0], planned.subscription.id, before.card.id}:
        with pytest.raises(UserError):
            await database.run(attempt, WEST, stolen)

    assert await database.run(comparisons.scorecard, EAST, comparison) == before
    assert await database.run(comparisons.tools_shown, WEST, own) == []
    assert await database.run(catalogue.tools, WEST, own) == {}
