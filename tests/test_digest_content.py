"""What the week's verdicts tell: each section by its own story, and nothing that is nobody's business."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bot import (
    ballots,
    cards,
    comparisons,
    digest_content,
    digest_protocol,
    digests,
    importing,
    people,
    starter,
    subscriptions,
)
from bot.ballots import Reaction
from bot.comparisons import Opened, Opening
from bot.digests import Composed
from bot.importing import NewTool
from bot.model import Digest, DigestResult, Subscription
from bot.views.digest import digest as digest_message
from db import digests as rows
from db import tools as tool_rows
from db.connection import Connection
from db.engine import Database
from db.takes import NewTake
from db.tools import StoredPrice, ToolFacts
from tests.story import words

WORKSPACE, CHANNEL, PRIVATE, BOT = "T0TEST", "C0TEST", "G0LEADS", "U0BOT"
HOUR, DAY, WEEK = 3_600, 86_400, 7 * 86_400
NOW = int(datetime(2026, 11, 30, tzinfo=UTC).timestamp())  # the first moment of week 49
EVERYONE = [f"U{i}" for i in range(9)]
SUBSCRIPTION = Subscription(1, WORKSPACE, CHANNEL, 0, 540, "UTC", None, False, "U0ADA", 0, None, None)

NOTHING_ELSE = dict.fromkeys(("outcome", "doubt_since", "look_at"))
REVIEWERS = [slug for slug, _ in importing.PANEL]
NAMES = {"Alpha": "Models", "Beta": "Models", "Gamma": "Agents", "Delta": "Agents"}


def new(name: str, ships: int = 2, entry: str = "paid", headline: str = "A headline", summary: str = "$20") -> NewTool:
    """A tool that so many of its four reviewers would ship."""
    slug = name.lower()
    return NewTool(
        facts=ToolFacts(slug, name, "Vendor", NAMES.get(name, "Models"), "A tagline", "", "A use", None, None, ()),
        aliases=(),
        price=StoredPrice(entry, summary, None, None),
        takes=tuple(
            NewTake(reviewer, "ship" if i < ships else "skip", headline, "", "", "panel", "", "2026-11-22")
            for i, reviewer in enumerate(REVIEWERS)
        ),
    )


def furnish(connection: Connection, ships: int = 2) -> None:
    """A workspace with four tools in two categories, all from before anybody's week."""
    people.welcome_workspace(connection, WORKSPACE, "Test", BOT, 0)
    importing.import_tools(connection, WORKSPACE, [new(name, ships) for name in NAMES], starter.RECORDED_AT)


@dataclass(frozen=True)
class Asked:
    """A comparison that stands in a channel."""

    id: int
    channel: str
    ts: str


def ask(
    connection: Connection,
    names: tuple[str, ...] = ("Alpha", "Beta"),
    *,
    channel: str = CHANNEL,
    at: int = NOW - 2 * DAY,
    closes_at: int | None = None,
    use_case: str = "",
) -> Asked:
    """Put tools to a channel; a private one's comparison is its own."""
    ids = {one.name: one.id for one in tool_rows.names(connection, WORKSPACE)}
    scope = channel if channel == PRIVATE else ""
    tools = tuple(ids[name] for name in names)
    ts = f"{at}.{''.join(name[0] for name in names)}{use_case}"
    key = f"{channel}{ts}"
    opening = Opening(WORKSPACE, channel, None, scope, tools, use_case, closes_at, "U0ADA", key, at)
    outcome = comparisons.open(connection, opening)
    assert isinstance(outcome, Opened)
    cards.record_message(connection, WORKSPACE, outcome.scorecard.card.id, ts, f"https://play.example/{channel}")
    return Asked(outcome.scorecard.comparison.id, channel, ts)


def vote(connection: Connection, asked: Asked, emoji: str, voters: Sequence[str]) -> None:
    """These people put this emoji under the card."""
    for i, person in enumerate(voters):
        ballots.record(
            connection, Reaction(WORKSPACE, asked.channel, asked.ts, person, emoji, True, i + 1, True, bot_user=BOT)
        )


def close(connection: Connection, asked: Asked, at: int) -> None:
    """Its starter closes it."""
    comparisons.close(connection, WORKSPACE, asked.id, "U0ADA", at)


def build(
    connection: Connection,
    now: int = NOW,
    channel: str = CHANNEL,
    category: str | None = None,
    *,
    is_shared: bool = False,
) -> Digest:
    """The channel's digest as it would be posted."""
    subscription = replace(SUBSCRIPTION, channel=channel, category=category)
    return digest_content.build(connection, subscription, "2026-W49", now, is_shared=is_shared)[0]


def post(connection: Connection, at: int, category: str | None = None) -> Digest:
    """Post the channel's digest, as a whole week's work of the app."""
    subscription = replace(SUBSCRIPTION, category=category)
    digest, positions = digest_content.build(connection, subscription, "2026-W48", at, is_shared=False)
    row = {"workspace": WORKSPACE, "channel": CHANNEL, "week": "2026-W48", "due_at": at, "not_before": at}
    rows.plan(connection, [{**row, "state": "pending", "key": f"key-{at}", **NOTHING_ELSE}])
    (run,) = digests.take(connection, [WORKSPACE], at)
    about = digest_protocol.composed(run, run.attempt, at)
    assert about is not None
    digests.write(connection, about)
    assert digests.posted(connection, Composed(about, digest, positions, is_private=False), "1.0", at)
    assert digest.until == at
    return digest


def pairs(results: Sequence[DigestResult]) -> list[str]:
    """The comparisons by the names of their tools."""
    return [" vs ".join(tool.name for tool in result.comparison.tools) for result in results]


def changes(digest: Digest) -> list[tuple[str, str]]:
    """What is new and changed in the catalogue."""
    return [(change.kind, change.tool.name) for change in digest.changes]


def moves(digest: Digest) -> list[tuple[str, int | None, int]]:
    """Who stands elsewhere than before."""
    return [(move.standing.tool.name, move.was, move.now) for move in digest.moves]


def said(digest: Digest) -> str:
    """The digest as it is read."""
    return "\n".join(words(digest_message(digest).blocks))


async def test_what_closed_is_told_with_its_result(database: Database) -> None:
    """A comparison that closed this week comes with its votes and the way to its card; one that closed before does
    not come again."""

    def story(connection: Connection) -> Digest:
        furnish(connection)
        asked, old = ask(connection), ask(connection, ("Gamma", "Delta"), at=NOW - 3 * WEEK)
        vote(connection, asked, "one", EVERYONE[:7])
        vote(connection, asked, "two", EVERYONE[7:])
        close(connection, asked, NOW - DAY)
        close(connection, old, NOW - WEEK)
        return build(connection)

    digest = await database.run(story)

    assert pairs(digest.closed) == ["Alpha vs Beta"]
    assert digest.closed[0].tally.people_by_choice == {0b01: 7, 0b10: 2}
    assert digest.closed[0].link == f"https://play.example/{CHANNEL}"
    assert (digest.busiest, digest.closing_soon) == ((), ())
    assert "Closed this week" in said(digest)
    assert "7 of 9" in said(digest)


async def test_the_comparisons_with_the_most_people_come_first(database: Database) -> None:
    """At most three that are open, by people; one without a vote is not busy."""
    names = [("Alpha", "Beta"), ("Alpha", "Gamma"), ("Alpha", "Delta"), ("Beta", "Gamma"), ("Beta", "Delta")]

    def story(connection: Connection) -> Digest:
        furnish(connection)
        for voters, pair in zip((2, 4, 1, 3, 0), names, strict=True):
            vote(connection, ask(connection, pair), "one", EVERYONE[:voters])
        return build(connection)

    digest = await database.run(story)

    assert pairs(digest.busiest) == ["Alpha vs Gamma", "Beta vs Gamma", "Alpha vs Beta"]
    assert [result.tally.people for result in digest.busiest] == [4, 3, 2]


async def test_what_closes_soon_is_told_once(database: Database) -> None:
    """Open comparisons that close within a week, the first to close first; none told of already, none later."""

    def story(connection: Connection) -> Digest:
        furnish(connection)
        ask(connection, ("Alpha", "Beta"), closes_at=NOW + 3 * DAY)
        ask(connection, ("Alpha", "Gamma"), closes_at=NOW + DAY)
        ask(connection, ("Alpha", "Delta"), closes_at=NOW + WEEK + 1)
        vote(connection, ask(connection, ("Beta", "Delta"), closes_at=NOW + DAY), "one", EVERYONE[:1])
        return build(connection)

    digest = await database.run(story)

    assert pairs(digest.closing_soon) == ["Alpha vs Gamma", "Alpha vs Beta"]
    assert pairs(digest.busiest) == ["Beta vs Delta"]


async def test_team_and_panel_disagree_from_five_people_on(database: Database) -> None:
    """The widest gap first; four people are no team, and a gap below a quarter is no disagreement."""

    def story(connection: Connection) -> tuple[Digest, Digest]:
        furnish(connection, ships=1)
        vote(connection, asked := ask(connection), "one", EVERYONE[:4])
        few = build(connection)
        vote(connection, asked, "one", EVERYONE[:5])
        vote(connection, asked, "two", EVERYONE[:2])
        return few, build(connection)

    few, digest = await database.run(story)

    assert few.disagreements == ()
    # The panel would ship each by a quarter; the team Alpha by five of five and Beta by two of five.
    assert [(s.tool.name, s.ticks, s.people) for s in digest.disagreements] == [("Alpha", 5, 5)]
    assert "disagree most" in said(digest)


async def test_new_tools_takes_and_prices_are_told(database: Database) -> None:
    """A new tool is one line with its takes in it; a take is new or turned; a price says what it was."""

    def story(connection: Connection) -> Digest:
        furnish(connection)
        changed = [
            new("Alpha", ships=2, headline="Said anew"),
            new("Beta", ships=0),
            new("Gamma", entry="freemium", summary="Free tier."),
            new("Epsilon", ships=4),
        ]
        importing.import_tools(connection, WORKSPACE, changed, NOW - DAY)
        return build(connection)

    digest = await database.run(story)

    assert changes(digest) == [
        ("new tool", "Epsilon"),
        *[("new take", "Alpha")] * 4,
        *[("turned take", "Beta")] * 2,
        ("new price", "Gamma"),
    ]
    price = digest.changes[-1]
    assert price.old_price is not None
    assert (price.old_price.entry, price.tool.price.entry) == ("paid", "freemium")
    assert {change.take.verdict for change in digest.changes if change.kind == "turned take" and change.take} == {
        "skip"
    }
    assert "was paid, now freemium" in said(replace(digest, changes=(price,)))


async def test_a_week_of_changes_is_told_from_its_beginning_to_its_end(database: Database) -> None:
    """Changed twice in a week: what it was before the week against what it is now; last week's change is old."""

    def story(connection: Connection) -> Digest:
        furnish(connection)
        importing.import_tools(connection, WORKSPACE, [new("Delta", ships=4)], NOW - WEEK)
        importing.import_tools(connection, WORKSPACE, [new("Alpha", 4, entry="freemium")], NOW - 3 * DAY)
        importing.import_tools(connection, WORKSPACE, [new("Alpha", 1, entry="free")], NOW - DAY)
        return build(connection)

    digest = await database.run(story)

    # Of four reviewers two said ship: two turned to ship and back again, one turned to skip.
    assert changes(digest) == [("turned take", "Alpha"), *[("new take", "Alpha")] * 2, ("new price", "Alpha")]
    assert digest.changes[-1].old_price is not None
    assert digest.changes[-1].old_price.entry == "paid"


async def test_the_starter_catalogue_is_nobodys_news(database: Database) -> None:
    """What came with the app is not new in the first digest; the same tools brought in by somebody are."""

    def story(connection: Connection, recorded_at: int) -> Digest:
        workspace = f"T{recorded_at}"
        people.welcome_workspace(connection, workspace, "Test", BOT, NOW - HOUR)
        importing.import_tools(connection, workspace, starter.tools()[:3], recorded_at)
        wished = replace(SUBSCRIPTION, workspace=workspace)
        return digest_content.build(connection, wished, "2026-W49", NOW, is_shared=False)[0]

    assert (await database.run(story, starter.RECORDED_AT)).is_empty
    assert [kind for kind, _ in changes(await database.run(story, NOW - DAY))] == ["new tool"] * 3


async def test_movers_are_told_against_the_last_digest(database: Database) -> None:
    """Nobody moves in the first digest; in the next, who stands elsewhere in their category, and who is new there."""

    def story(connection: Connection) -> tuple[Digest, Digest, Digest]:
        furnish(connection)
        vote(connection, models := ask(connection), "one", EVERYONE[:4])
        first = build(connection, NOW - HOUR)
        post(connection, NOW - HOUR)
        same = build(connection)
        vote(connection, models, "two", EVERYONE)
        vote(connection, ask(connection, ("Gamma", "Delta")), "one", EVERYONE[:1])
        return first, same, build(connection)

    first, same, digest = await database.run(story)

    assert first.busiest != ()
    assert (moves(first), moves(same)) == ([], [])
    assert moves(digest) == [("Beta", 2, 1), ("Gamma", None, 1), ("Alpha", 1, 2), ("Delta", None, 2)]
    assert "up from 2 to 1 in Models" in said(digest)
    assert "new at 1 in Agents" in said(digest)


async def test_another_category_is_no_move(database: Database) -> None:
    """A subscription that had one category and now has all of them does not call the others' old places new."""

    def story(connection: Connection) -> Digest:
        furnish(connection)
        for pair in (("Alpha", "Beta"), ("Gamma", "Delta")):
            vote(connection, ask(connection, pair), "one", EVERYONE[:4])
        post(connection, NOW - HOUR, category="Models")
        return build(connection)

    assert moves(await database.run(story)) == []


async def test_a_category_keeps_everything_else_out(database: Database) -> None:
    """Only Agents: comparisons with an agent in them, and the agents' own changes, moves and disagreements."""

    def story(connection: Connection) -> tuple[Digest, Digest]:
        furnish(connection, ships=0)
        post(connection, NOW - 3 * DAY)
        for pair in (("Alpha", "Beta"), ("Gamma", "Delta"), ("Beta", "Gamma")):
            vote(connection, ask(connection, pair), "one", EVERYONE[:6])
            closed = ask(connection, pair, use_case="closed", closes_at=NOW + DAY)
            close(connection, closed, NOW - DAY)
            ask(connection, pair, use_case="soon", closes_at=NOW + DAY)
        tools = [new(name, 4, entry="free") for name in ("Alpha", "Gamma")]
        importing.import_tools(connection, WORKSPACE, [*tools, new("Epsilon")], NOW - DAY)
        return build(connection), build(connection, category="Agents")

    everything, agents = await database.run(story)
    with_an_agent = ["Gamma vs Delta", "Beta vs Gamma"]

    assert len(everything.closed) == len(everything.busiest) == len(everything.closing_soon) == 3
    assert pairs(agents.closed) == pairs(agents.closing_soon) == pairs(agents.busiest) == with_an_agent
    assert {tool for _, tool in changes(everything)} == {"Alpha", "Gamma", "Epsilon"}
    assert {tool for _, tool in changes(agents)} == {"Gamma"}
    assert {name for name, _, _ in moves(everything)} == set(NAMES)
    assert {name for name, _, _ in moves(agents)} == {"Gamma", "Delta"}
    # Four of four reviewers would ship Gamma and none Beta; in its newest comparison the team saw it the other way.
    assert {s.tool.name for s in everything.disagreements} == {"Beta", "Gamma"}
    assert [s.tool.name for s in agents.disagreements] == ["Gamma"]


async def test_what_is_said_of_a_tool_leads_to_its_newest_card(database: Database) -> None:
    """Disagreements, changes and movers link to the newest card with that tool that the channel may know of."""

    def story(connection: Connection) -> tuple[str, str]:
        furnish(connection, ships=1)
        vote(connection, ask(connection), "one", EVERYONE[:6])
        ask(connection, ("Alpha", "Gamma"), at=NOW - DAY, use_case="new", channel=PRIVATE)
        importing.import_tools(connection, WORKSPACE, [new("Beta", ships=1, entry="freemium")], NOW - HOUR)
        return said(build(connection)), said(build(connection, channel=PRIVATE))

    public, private = await database.run(story)

    assert f"<https://play.example/{CHANNEL}|Alpha>: panel" in public
    assert f"<https://play.example/{CHANNEL}|Beta>: was paid, now freemium" in public
    assert PRIVATE not in public
    assert f"<https://play.example/{PRIVATE}|Alpha>: panel" in private


async def test_what_was_committed_late_is_told_next_time_and_nothing_twice(database: Database) -> None:
    """A close of the moment before a digest, written after it was gathered, is in the next; what was told is not."""

    def story(connection: Connection) -> tuple[list[str], list[str]]:
        furnish(connection)
        early, late = ask(connection), ask(connection, ("Gamma", "Delta"))
        importing.import_tools(connection, WORKSPACE, [new("Alpha", headline="Turned")], NOW - WEEK - 5)
        close(connection, early, NOW - WEEK - 1)
        first = post(connection, NOW - WEEK)
        close(connection, late, NOW - WEEK - 1)
        importing.import_tools(connection, WORKSPACE, [new("Beta", summary="$30")], NOW - WEEK - 1)
        second = build(connection)
        return [*pairs(first.closed), *map(str, changes(first))], [*pairs(second.closed), *map(str, changes(second))]

    first, second = await database.run(story)

    assert "Alpha vs Beta" in first
    assert set(first) & set(second) == set()
    assert "Gamma vs Delta" in second
    assert "('new price', 'Beta')" in second


async def test_a_private_comparison_stays_in_its_channel(database: Database) -> None:
    """Neither its names nor its votes reach another channel's digest, in no section; its own channel's tells all."""

    def story(connection: Connection) -> tuple[Digest, Digest]:
        furnish(connection, ships=0)
        post(connection, NOW - 3 * DAY)
        for use_case, closed in (("busy", False), ("closed", True), ("soon", False)):
            asked = ask(connection, channel=PRIVATE, use_case=use_case, closes_at=NOW + DAY)
            vote(connection, asked, "one", EVERYONE[:6] if use_case == "busy" else ())
            if closed:
                close(connection, asked, NOW - DAY)
        return build(connection), build(connection, channel=PRIVATE)

    elsewhere, there = await database.run(story)

    assert elsewhere.is_empty
    assert [result.comparison.use_case for result in there.closed] == ["closed"]
    assert [result.comparison.use_case for result in there.busiest] == ["busy"]
    assert [result.comparison.use_case for result in there.closing_soon] == ["soon"]
    assert there.disagreements == ()
    assert there.moves == ()


async def test_a_channel_shared_with_another_company_hears_of_itself_alone(database: Database) -> None:
    """What was asked there is told; what was asked elsewhere, the scores and the catalogue's news are not."""

    def story(connection: Connection) -> tuple[Digest, Digest]:
        furnish(connection, ships=0)
        post(connection, NOW - 3 * DAY)
        vote(connection, ask(connection, ("Alpha", "Beta"), closes_at=NOW + DAY), "one", EVERYONE[:6])
        vote(connection, closing := ask(connection, ("Alpha", "Gamma")), "one", EVERYONE[:6])
        close(connection, closing, NOW - DAY)
        ask(connection, ("Beta", "Gamma"), closes_at=NOW + DAY)
        importing.import_tools(connection, WORKSPACE, [new("Delta", ships=4), new("Epsilon")], NOW - DAY)
        before = build(connection, channel=PRIVATE, is_shared=True)
        vote(connection, ask(connection, ("Gamma", "Delta"), channel=PRIVATE), "two", EVERYONE[:2])
        return before, build(connection, channel=PRIVATE, is_shared=True)

    before, digest = await database.run(story)

    assert before.is_empty
    assert pairs(digest.busiest) == ["Gamma vs Delta"]
    assert (digest.closed, digest.closing_soon, digest.disagreements) == ((), (), ())
    assert (digest.changes, digest.moves) == ((), ())
    assert "another company" in said(digest)


async def test_a_question_about_one_tool_counts_for_that_tool_alone(database: Database) -> None:
    """Votes on a tool's own card are the team's word on it; the card is no comparison, open or closed."""

    def story(connection: Connection) -> tuple[Digest, Digest]:
        furnish(connection, ships=0)
        vote(connection, asked := ask(connection, ("Alpha",)), "ship", EVERYONE[:6])
        still_open = build(connection)
        close(connection, asked, NOW - DAY)
        return still_open, build(connection)

    still_open, closed = await database.run(story)

    for digest in (still_open, closed):
        assert [(s.tool.name, s.ticks, s.people) for s in digest.disagreements] == [("Alpha", 6, 6)]
        assert (digest.closed, digest.busiest, digest.closing_soon) == ((), (), ())


async def test_an_empty_week_is_worth_a_post_only_where_it_is_wished_for(database: Database) -> None:
    """An empty digest is composed only with even-if-empty; the other week is recorded as skipped."""

    def story(connection: Connection) -> dict[str, bool]:
        furnish(connection)
        wish = subscriptions.Wish(WORKSPACE, "C1", False, 0, 540, "UTC", None, even_if_empty=False, person="U0ADA")
        subscriptions.subscribe(connection, wish, NOW - WEEK)
        subscriptions.subscribe(connection, replace(wish, channel="C2", even_if_empty=True), NOW - WEEK)
        digests.plan(connection, [WORKSPACE], NOW + 9 * HOUR)
        taken = digests.take(connection, [WORKSPACE], NOW + 9 * HOUR, 2)
        composed = {run.channel: digests.compose(connection, run, NOW + 9 * HOUR, False) for run in taken}
        return {channel: isinstance(one, Composed) for channel, one in composed.items()}

    assert await database.run(story) == {"C1": False, "C2": True}
