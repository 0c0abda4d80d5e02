"""Cards tell the truth: soon, seldom, and always at last; and no method is called more often than Slack allows."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from bot import ballots, cards, catalogue, comparisons, importing, people, starter
from bot.app import App
from bot.ballots import Reaction
from bot.budget import Budget
from bot.cards import Drawing
from bot.clients import Clients
from bot.comparisons import Opened, Opening
from bot.config import Settings
from bot.refresher import BURST, CLOSEST, PACE, Pace, Refresher
from bot.slack_errors import retry_after
from db.connection import Connection
from db.engine import Database
from db.models import card as card_table
from playground import Playground
from tests.story import Card, Person, Story, eventually

GENERAL, RANDOM = "C0GENERAL", "C0RANDOM"
LINE = "/compare claude files api vs llama 4 compact"
NAMES = ("ada", "bjorn", "chloe", "dev", "emeka")


class Clock:
    """A clock that stands still until it is moved. It counts in 1/1024 s, which floats hold exactly."""

    def __init__(self, now: float = 0.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


ticks = st.integers(0, 40 * 1024).map(lambda n: n / 1024)


@pytest.mark.fault("R01")
@given(pauses=st.lists(ticks.map(lambda n: n / 16), min_size=1, max_size=40), begin=ticks)
def test_a_card_is_drawn_three_times_quickly_and_then_steadily(pauses: list[float], begin: float) -> None:
    """In any stretch of time three drawings and one per 2.3 s, never two within 0.8 s, whoever asks."""
    clock = Clock(begin)
    pace = Pace(clock)
    drawings = []
    for pause in pauses:
        clock.now += pause
        clock.now += pace.wait(1)
        pace.drawn(1)
        drawings.append(clock.now)

    assert drawings[0] == begin + pauses[0]
    for first in range(len(drawings)):
        for last in range(first + 1, len(drawings)):
            stretch = drawings[last] - drawings[first]
            assert last - first + 1 <= BURST + stretch / PACE + 1e-6
    assert all(later - earlier >= CLOSEST - 1e-9 for earlier, later in pairwise(drawings))


def test_a_minute_of_votes_costs_at_most_thirty_drawings() -> None:
    """Drawn whenever it may be: at once, quickly while the burst lasts, then every 2.3 s; no card waits for another."""
    clock = Clock()
    pace = Pace(clock)
    drawings = []
    while clock.now < 60:
        pace.drawn(1)
        drawings.append(round(clock.now, 6))
        assert pace.wait(2) == 0
        clock.now += pace.wait(1)

    assert drawings[:6] == [0, 0.8, 1.6, 2.4, 4.6, 6.9]
    assert len(drawings) <= 30


def test_a_card_that_has_rested_is_quick_again() -> None:
    """Seven seconds without a drawing and the next three are quick."""
    clock = Clock(100)
    pace = Pace(clock)
    while (wait := pace.wait(1)) <= CLOSEST:
        clock.now += wait
        pace.drawn(1)
    clock.now += BURST * PACE

    for _ in range(BURST):
        assert pace.wait(1) == pytest.approx(0, abs=1e-9)
        pace.drawn(1)
        clock.now += CLOSEST


def test_pace_forgets_cards_that_have_rested() -> None:
    """A process that lives for months does not remember every card that it ever drew."""
    clock = Clock()
    pace = Pace(clock)
    for card in range(10_000):
        pace.drawn(card)
    clock.now += BURST * PACE
    pace.drawn(10_000)

    assert len(pace._cards) == 1


@given(
    calls=st.integers(1, 6),
    begin=ticks,
    steps=st.lists(st.tuples(ticks, st.none() | st.integers(1, 90)), min_size=1, max_size=60),
)
def test_a_budget_is_never_overspent(calls: int, begin: float, steps: list[tuple[float, int | None]]) -> None:
    """In any sliding minute at most N calls, none while Slack has told us to wait, and no longer wait than needed."""
    clock = Clock(begin)
    budget = Budget(calls, clock)
    spent: list[float] = []
    closed_until = 0.0
    for pause, told_to_wait in steps:
        clock.now += pause
        wait = budget.wait()
        in_the_minute = [at for at in spent if at > clock.now - 60]
        assert (wait > 0) == (len(in_the_minute) >= calls or clock.now < closed_until)
        if wait == 0:
            budget.spend()
            spent.append(clock.now)
        else:
            assert clock.now + wait == max(
                closed_until, in_the_minute[-calls] + 60 if len(in_the_minute) >= calls else 0.0
            )
        if told_to_wait is not None:
            budget.close(told_to_wait)
            closed_until = max(closed_until, clock.now + told_to_wait)

    for i, at in enumerate(spent[calls:]):
        assert at - spent[i] >= 60


def test_a_method_without_a_limit_waits_for_nothing_but_slack() -> None:
    """No figure of our own: any number of calls, until Slack says when; a shorter wait never shortens a longer one."""
    clock = Clock()
    budget = Budget(None, clock)
    for _ in range(1_000):
        assert budget.wait() == 0
        budget.spend()

    budget.close(30)
    budget.close(10)
    clock.now += 29

    assert budget.wait() == 1


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


WORKSPACE, NOW = "T0TEST", 1_800_000_000


def card_of_two(connection: Connection, channel: str = GENERAL) -> int:
    """A card that shows what the database knows; its id. In another channel it is one more of the same question."""
    people.welcome_workspace(connection, WORKSPACE, "Test", "U0BOT", NOW)
    importing.import_tools(connection, WORKSPACE, starter.tools()[:2], 0)
    ids = [tool.id for tool in catalogue.suggest(connection, catalogue.Shelf(), WORKSPACE, "")]
    opening = Opening(WORKSPACE, channel, None, "", (ids[0], ids[1]), "", None, "U0ADA", f"key {channel}", NOW)
    outcome = comparisons.open(connection, opening)
    assert isinstance(outcome, Opened)
    cards.record_message(connection, WORKSPACE, outcome.scorecard.card.id, "1.0", None)
    return outcome.scorecard.card.id


async def vote(database: Database, person: str, at_us: int) -> None:
    """Somebody ticks the first tool."""
    heard = Reaction(WORKSPACE, GENERAL, "1.0", person, "one", True, at_us, message_is_ours=True, bot_user="U0BOT")
    await database.run(ballots.record, heard)


async def claimed(database: Database, card: int) -> Drawing:
    """The card, taken to be drawn."""
    drawing = await database.run(cards.claim_drawing, WORKSPACE, card)
    assert drawing is not None
    return drawing


async def stale(database: Database) -> list[int]:
    """The cards that wait to be drawn."""
    return [card for _, card in await database.run(cards.stale, [WORKSPACE], 10)]


async def test_a_card_is_drawn_by_one_at_a_time(database: Database) -> None:
    """A claimed card is nobody else's; a vote meanwhile leaves it stale when it is given back."""
    card = await database.run(card_of_two)
    assert await stale(database) == []
    await vote(database, "U1", 1)
    drawing = await claimed(database, card)

    assert await stale(database) == []
    assert await database.run(cards.claim_drawing, WORKSPACE, card) is None
    await vote(database, "U2", 2)
    await database.run(cards.drawn, WORKSPACE, card, drawing.scorecard.card.desired_rev)

    assert await stale(database) == [card]
    assert drawing.scorecard.tally.people == 1
    assert (await claimed(database, card)).scorecard.tally.people == 2


@pytest.mark.fault("R01")
async def test_busy_cards_take_turns(database: Database) -> None:
    """More busy cards than there are edits: whichever was drawn longest ago is the next."""
    busy = [await database.run(card_of_two, channel) for channel in (GENERAL, RANDOM, "C0THIRD")]
    for turn in range(3):
        await vote(database, f"U{turn}", turn + 1)  # on one of them, and all three show it
        card = (await stale(database))[0]
        drawing = await claimed(database, card)
        await database.run(cards.drawn, WORKSPACE, card, drawing.scorecard.card.desired_rev)
        busy.remove(card)

    assert busy == []


@pytest.mark.fault("R02")
@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        *[("0", 1), ("1", 1), ("60", 60), ("2.5", 2.5), ("-7", 1), ("1e9", 3600), ("inf", 3600)],
        *[("nan", 30), ("", 30), ("soon", 30), ("Wed, 21 Oct 2026 07:28:00 GMT", 30), (None, 30)],
    ],
)
def test_any_retry_after_is_a_sensible_pause(header: str | None, seconds: float) -> None:
    """Zero, fractions, dates, garbage, nothing: from a second to an hour, and half a minute where it is unclear."""
    headers = {} if header is None else {"retry-After": header}

    assert retry_after(headers) == seconds


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


@pytest.mark.fault("R03")
async def test_an_older_drawing_that_ends_last_is_drawn_over(database: Database) -> None:
    """A claim that ran out: two replicas drew at once and nobody knows whose edit stands. One more edit settles it."""
    card = await database.run(card_of_two)
    await vote(database, "U1", 1)
    slow = await claimed(database, card)
    await database.run(cards.hold_back, WORKSPACE, card, 0)
    await vote(database, "U2", 2)
    quick = await claimed(database, card)

    await database.run(cards.drawn, WORKSPACE, card, quick.scorecard.card.desired_rev)
    assert await stale(database) == []
    await database.run(cards.drawn, WORKSPACE, card, slow.scorecard.card.desired_rev)
    assert await stale(database) == [card]
    last = await claimed(database, card)
    await database.run(cards.drawn, WORKSPACE, card, last.scorecard.card.desired_rev)

    assert await stale(database) == []
    assert last.scorecard.tally.people == 2
