"""Cards tell the truth: soon, seldom, and always at last; and no method is called more often than Slack allows."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import pytest
from sqlalchemy import select, update

from bot import cards, comparisons
from bot.app import App
from bot.clients import Clients
from bot.config import Settings
from bot.refresher import BURST, PACE, Refresher
from db.connection import Connection
from db.engine import Database
from db.models import card as card_table
from playground import Playground
from tests.story import Card, Person, Story, eventually

GENERAL, RANDOM = "C0GENERAL", "C0RANDOM"
LINE = "/compare claude files api vs llama 4 compact"
NAMES = ("ada", "bjorn", "chloe", "dev", "emeka")


async def asked(story: Story, channel: str = GENERAL, line: str = LINE) -> Card:
    """A comparison in the channel, seeded."""
    await story.person("ada").types(line, channel=channel)
    return await story.seeded(channel)


async def struck(story: Story) -> None:
    """Come back when every fault that was asked for has befallen something."""

    async def used_up() -> bool | None:
        return True if (await story.get("faults"))["faults"] == [] else None

    await eventually(used_up)


async def held_back(app: App) -> tuple[str, int]:
    """A card that was tried in vain and has been put off, as (workspace, card)."""

    def waiting(connection: Connection) -> tuple[str, int] | None:
        found = select(card_table.c.workspace, card_table.c.id).where(card_table.c.not_before > 0)
        row = connection.execute(found).first()
        return (row.workspace, row.id) if row else None

    async def put_off() -> tuple[str, int] | None:
        return None if app.services.refresher._drawing else await app.database.run(waiting)

    return await eventually(put_off)


async def settled(app: App) -> None:
    """Come back when no card shows less than the database knows, and none is being drawn."""

    def stale(connection: Connection) -> Sequence[object]:
        found = select(card_table.c.id, card_table.c.state).where(card_table.c.sent_rev < card_table.c.desired_rev)
        return [row for row in connection.execute(found) if row.state in {"live", "replaced"}]

    async def done() -> bool | None:
        return True if not await app.database.run(stale) and not app.services.refresher._drawing else None

    await eventually(done)


async def now_shown(story: Story, card: Card) -> list[str]:
    """The community's line as it stands at this moment."""
    return next(one for one in await story.cards(card.channel) if one.ts == card.ts).row["Community"]


async def toggled(person: Person, card: Card, times: int) -> None:
    """Somebody who cannot decide, and ends with a tick on the first tool."""
    for _ in range(times):
        await person.reacts(card, "one")
        await person.takes_back(card, "one")
    await person.reacts(card, "one")


@pytest.mark.fault("R01")
async def test_a_burst_of_reactions_costs_few_edits_and_ends_with_the_last_state(story: Story) -> None:
    """More than two hundred reactions: three edits and one per 2.3 s, and the card shows where it ended."""
    voters = [story.person(name) for name in NAMES]
    card = await asked(story)
    begun = time.monotonic()

    await asyncio.gather(*[toggled(person, card, 25) for person in voters])
    await story.has_row(card, "Community", ["100 % · 5 of 5 people", "0 % · 0 of 5 people"])
    await settled(story.app)

    edits = len(await story.calls("chat.update"))
    heard = [entry for entry in (await story.get("log"))["log"] if entry["kind"] == "event"]
    assert len(heard) >= 200
    assert edits <= BURST + (time.monotonic() - begun) / PACE
    assert await now_shown(story, card) == ["100 % · 5 of 5 people", "0 % · 0 of 5 people"]


@pytest.mark.fault("R02")
async def test_retry_after_is_honoured(story: Story) -> None:
    """429: no edit of any card before the time that Slack asked for is over; then the last state."""
    card, other = await asked(story), await asked(story, RANDOM, "/compare cursor vs zed")
    await story.post("fault", method="chat.update", times=1, status=429, retry_after="1")

    await story.person("ada").reacts(card, "one")
    await struck(story)
    await story.person("bjorn").reacts(other, "two")
    await story.shows(card, "1 of 1")
    await story.shows(other, "1 of 1")

    refused, *later = await story.calls("chat.update")
    assert refused["status"] == 429
    assert len(later) == 2
    assert all(call["at"] - refused["at"] >= 1 for call in later)


@pytest.mark.fault("R04")
async def test_a_deleted_card_is_drawn_no_more(story: Story) -> None:
    """`message_not_found` ends a card's edits after one call; its votes stay, and the other card goes on."""
    card, other = await asked(story), await asked(story, RANDOM)
    await story.person("ada").reacts(card, "one")
    await story.shows(other, "1 of 1")
    await settled(story.app)
    await story.post("delete-message", channel=card.channel, ts=card.ts)
    before = len(await story.calls("chat.update"))

    await story.person("bjorn").reacts(other, "one")
    await story.shows(other, "2 of 2")
    await settled(story.app)
    await story.person("chloe").reacts(other, "one")
    await story.shows(other, "3 of 3")
    await settled(story.app)

    later = (await story.calls("chat.update"))[before:]
    lost = [call["answer"] for call in later if call["arguments"]["ts"] == card.ts]
    assert lost == [{"ok": False, "error": "message_not_found"}]


@pytest.mark.fault("R04")
@pytest.mark.parametrize("code", ["cant_update_message", "edit_window_closed", "is_archived"])
async def test_what_can_be_edited_no_more_is_left_alone(story: Story, code: str) -> None:
    """Slack's other ways to say so end a card's edits, too."""
    card = await asked(story)
    await story.post("fault", method="chat.update", times=1, error=code)
    await story.person("ada").reacts(card, "one")
    await struck(story)
    await settled(story.app)

    await story.person("bjorn").reacts(card, "one")
    other = await asked(story, RANDOM)
    await story.person("chloe").reacts(other, "one")
    await story.shows(other, "3 of 3")
    await settled(story.app)

    assert {call["arguments"]["ts"] for call in (await story.calls("chat.update"))[1:]} == {other.ts}


@pytest.mark.fault("R05")
@pytest.mark.parametrize("fault", [{"drop": True}, {"cut_json": True}, {"status": 503}, {"error": "internal_error"}])
async def test_a_lost_answer_is_followed_by_another_edit(story: Story, fault: dict[str, object]) -> None:
    """Answers lost or garbled, the retry's too: after a pause it is drawn anew, for an edit does no harm twice."""
    card = await asked(story)
    await story.post("fault", method="chat.update", seconds=600, **fault)
    await story.person("ada").reacts(card, "one")
    waits = await held_back(story.app)
    await story.post("fault", clear=True)

    await story.app.database.run(cards.hold_back, waits[0], waits[1], 0)  # the pause is over
    story.app.services.refresher.wake()

    await story.shows(card, "1 of 1")


async def test_a_workspace_without_tables_gets_fields(story: Story) -> None:
    """`invalid_blocks` on an edit: the card is drawn without its table, and is true again."""
    card = await asked(story)
    await story.post("fault", method="chat.update", times=1, error="invalid_blocks")

    await story.person("ada").reacts(card, "one")

    plain = await story.shows(card, "1 of 1")
    assert "table" not in {block["type"] for block in plain.message["blocks"]}


async def test_a_vote_during_a_slow_edit_is_drawn_afterwards(story: Story) -> None:
    """The edit under way shows what was true when it began; what came meanwhile is drawn by the next."""
    card = await asked(story)
    await story.post("fault", method="chat.update", times=1, delay=0.5, when="after")

    await story.person("ada").reacts(card, "one")
    await struck(story)
    await story.person("bjorn").reacts(card, "two")
    await story.has_row(card, "Community", ["1 of 2 people", "1 of 2 people"])

    assert len(await story.calls("chat.update")) == 2


@pytest.fixture
async def restart(playground: Playground, settings: Settings) -> AsyncIterator[Callable[[], Awaitable[Story]]]:
    """Start the bot, closing the one before."""
    running: list[tuple[App, Story]] = []

    async def close() -> None:
        for app, told in running:
            await told.close()
            await app.close()
        running.clear()

    async def again() -> Story:
        await close()
        app = App(settings)
        await app.start()
        running.append((app, Story(playground.url, app)))
        return running[-1][1]

    yield again
    await close()


async def test_stale_marks_survive_a_restart(restart: Callable[[], Awaitable[Story]], settings: Settings) -> None:
    """What is committed and not drawn when the bot stops is drawn when it starts, unasked."""
    story = await restart()
    card = await asked(story)
    (workspace,) = story.app.services.clients.workspaces
    await settled(story.app)
    await story.app.close()
    database = Database(settings.database)
    comparison = await database.run(comparisons.last_here, workspace, GENERAL)
    await database.run(comparisons.close, workspace, comparison, "U0ADA", int(time.time()))
    await database.close()
    assert "Final result" not in (await story.card()).said

    story = await restart()

    await story.shows(card, "Final result")


@pytest.mark.fault("R03")
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_two_replicas_on_one_card_end_with_the_databases_state(story: Story, settings: Settings) -> None:
    """Two bots hear and draw one card while Slack is slow now and then: at rest it shows what the database knows."""
    replica = App(settings)
    await replica.start()
    try:
        voters = [story.person(name) for name in NAMES]
        card = await asked(story)
        for delay in (0.4, 0.1):
            await story.post("fault", method="chat.update", times=3, delay=delay, when="before", probability=0.5)
        await asyncio.gather(*[toggled(person, card, 5) for person in voters])
        await voters[0].takes_back(card, "one")
        await voters[0].reacts(card, "no_entry_sign")
        await settled(story.app)
        await settled(replica)

        assert await now_shown(story, card) == ["80 % · 4 of 5 people", "0 % · 0 of 5 people"]
    finally:
        await replica.close()


async def test_closing_at_the_moment_of_a_wake_up_ends(database: Database) -> None:
    """A wake-up a moment before the close, at each of the loop's next turns, does not swallow the cancellation."""
    for turns in range(6):
        refresher = Refresher(database, Clients())
        refresher.start()
        await asyncio.sleep(0.01)
        refresher.wake()
        for _ in range(turns):
            await asyncio.sleep(0)

        async with asyncio.timeout(5):
            await refresher.close()


# What Slack may say of an edit, and what becomes of the card: https://docs.slack.dev/reference/methods/chat.update#errors
OUTCOMES = {
    **dict.fromkeys(["message_not_found", "cant_update_message", "edit_window_closed"], "gone"),
    **dict.fromkeys(["channel_not_found", "is_inactive", "is_archived", "not_in_channel", "thread_not_found"], "gone"),
    **dict.fromkeys(["token_revoked", "account_inactive", "invalid_auth", "not_authed", "token_expired"], "not served"),
    "org_login_required": "not served",
    **dict.fromkeys(
        ["missing_scope", "no_permission", "access_denied", "invalid_arguments", "a_new_code"], "held back"
    ),
    **dict.fromkeys(["ratelimited", "rate_limited", "internal_error", "fatal_error", "request_timeout"], "held back"),
    "service_unavailable": "held back",
}


@pytest.mark.fault("R04")
@pytest.mark.fault("R07")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_every_answer_has_its_consequence(story: Story, settings: Settings) -> None:
    """Whatever code Slack answers an edit with: one call, then the card is gone, held back, or the workspace left."""
    card = await asked(story)
    await settled(story.app)
    clients = story.app.services.clients
    (workspace,) = clients.workspaces
    slack = clients.of(workspace)
    refresher = story.app.services.refresher
    assert refresher._task is not None
    refresher._task.cancel()  # the pen is ours

    for code, outcome in OUTCOMES.items():
        card_id = await story.app.database.run(make_stale)
        await story.post("fault", method="chat.update", times=1, error=code)
        before = len(await story.calls("chat.update"))
        # As its loop does when it is this card's turn.
        refresher._drawing[card_id] = asyncio.create_task(refresher._draw(workspace, card_id))
        await refresher._drawing[card_id]

        found = await story.app.database.run(outcome_of, card_id) if clients.workspaces else "not served"
        assert (code, found) == (code, outcome)
        assert len(await story.calls("chat.update")) == before + 1, code
        clients.add(workspace, slack)

    assert await now_shown(story, card) == ["—", "—"]


def make_stale(connection: Connection) -> int:
    """The one card there is shows less than the database knows, whatever became of it before; its id."""
    connection.execute(update(card_table).values(state="live", not_before=0, desired_rev=card_table.c.sent_rev + 1))
    return int(connection.execute(select(card_table.c.id)).scalar_one())


def outcome_of(connection: Connection, card: int) -> str:
    """What has become of a card that could not be drawn."""
    row = connection.execute(select(card_table.c.state, card_table.c.not_before).where(card_table.c.id == card)).one()
    return "gone" if row.state == "gone" else "held back" if row.not_before > time.time() else "drawn at once"
