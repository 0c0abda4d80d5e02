"""The three stories of the architecture, as a team lives them: real Bolt, HTTP and WebSocket, both databases."""

import json

import pytest
from sqlalchemy import create_engine

from bot.config import Settings
from tests.story import Story, eventually

GENERAL, RANDOM, NOT_IN, PRIVATE = "C0GENERAL", "C0RANDOM", "C0AITOOLS", "G0LEADS"
LINE = "/compare claude files api vs llama 4 compact"
DAY = 86_400


async def test_a_comparison_is_posted_side_by_side_and_seeded(story: Story) -> None:
    """/compare A vs B posts the table, the split, the headlines and how to vote, and seeds the emoji."""
    ada = story.person("ada")

    await ada.types(LINE)
    card = await story.seeded()

    assert card.said.startswith("Claude Files API vs Llama 4 Compact (12B)")
    assert card.row["Panel"] == ["75 % · 3 ship, 1 skip", "50 % · 2 ship, 2 skip"]
    assert card.row["Community"] == ["—", "—"]
    assert card.row["Category"] == ["Developer Tools", "Models"]
    assert "unsourced" in card.row["Price"][1]
    assert "as of 2026-08-22" in card.row["Price"][0]
    assert len(card.row["Best for"]) == 2
    assert "Five plain endpoints that remove base64 from every request" in card.said
    assert "tick every tool you would ship" in card.said
    assert card.reactions == {name: ["U0VERDICTS"] for name in ("one", "two", "no_entry_sign")}


async def test_an_emoji_is_a_vote_until_it_is_taken_back(story: Story) -> None:
    """Three people click 1️⃣ and the card says so; un-clicking takes it back; the bot's seeds are never counted."""
    people = [story.person(name) for name in ("ada", "bjorn", "chloe")]
    await people[0].types(LINE)
    card = await story.seeded()

    for person in people:
        await person.reacts(card, "one")
    voted = await story.shows(card, "3 of 3", "leads, 3 to 0")
    assert voted.row["Community"] == ["100 % · 3 of 3 people", "0 % · 0 of 3 people"]

    for person in people:
        await person.takes_back(card, "one")
    await story.has_row(card, "Community", ["—", "—"])


async def test_ten_votes_cost_far_fewer_edits(story: Story) -> None:
    """Ten votes, one edit, or a few: the last state is always shown."""
    people = [story.person(name) for name in ("ada", "bjorn", "chloe", "dev", "emeka")]
    await people[0].types(LINE)
    card = await story.seeded()

    for person in people:
        await person.reacts(card, "one", "two")
    await story.shows(card, "5 of 5")

    assert len(await story.calls("chat.update")) <= 4


async def test_read_the_takes_shows_every_long_take(story: Story) -> None:
    """The dialog holds the eight long takes with caveats, dates, bases and price sources."""
    ada = story.person("ada")
    await ada.types(LINE)
    card = await story.seeded()

    await ada.presses(card, "Read the takes")
    dialog = await ada.dialog("The takes")

    said = json.dumps(dialog["blocks"], ensure_ascii=False)
    for reviewer in ("Builder", "Skeptic", "Founder", "Futurist"):
        assert said.count(reviewer) >= 2
    assert "Flips if most inputs are .docx or .xlsx" in said
    assert "not hands-on" in said
    assert "2026-11-22" in said
    assert "platform.claude.com" in said


async def test_a_guess_is_asked_about_and_posted_on_a_click(story: Story) -> None:
    """Misspelt names are never guessed silently: "Did you mean …?", privately, with what was typed; *Post* posts."""
    ada = story.person("ada")

    await ada.types("/compare cluade files vs lama 4")
    question = await ada.was_told("Did you mean", "Claude Files API", "Llama 4 Compact (12B)", "cluade files vs lama 4")
    assert [card for card in await story.cards() if card.message.get("blocks")] == []

    await ada.presses(question, "Post")
    card = await story.seeded()

    assert card.said.startswith("Claude Files API vs Llama 4 Compact (12B)")
    await ada.is_asked_nothing_more()


async def test_nonsense_gets_the_three_nearest(story: Story) -> None:
    """A name that nobody knows gets the nearest ones as buttons and keeps the text; a pick goes on where it stood."""
    ada = story.person("ada")

    await ada.types("/compare qwrtzpl xxy vs cursor")
    question = await ada.was_told("qwrtzpl xxy")
    buttons = [e for b in question.message["blocks"] if b["type"] == "actions" for e in b["elements"]]
    assert len([b for b in buttons if b["action_id"].startswith("pick_")]) == 3

    await ada.presses(question, "pick_0")
    card = await story.seeded()

    assert "Cursor" in card.said


async def test_no_arguments_open_the_dialog(story: Story) -> None:
    """Without arguments the dialog opens; its typeahead knows the catalogue; submitting posts."""
    ada = story.person("ada")

    await ada.types("/compare")
    await ada.dialog("Compare tools")
    offered = await story.post("suggest", user=ada.id, action_id="tool_a", value="qdr")
    assert offered["options"][0]["text"]["text"].startswith("Qdrant")

    answer = await ada.submits(tool_a="Qdrant", tool_b="pgvector", use_case="support search")
    card = await story.seeded()

    assert answer["ok"]
    assert card.said.startswith("Qdrant vs pgvector")
    assert "support search" in card.said


async def test_the_same_tool_twice_is_an_error_at_its_field(story: Story) -> None:
    """The dialog answers at the field and stays open."""
    ada = story.person("ada")
    await ada.types("/compare")
    await ada.dialog("Compare tools")

    answer = await ada.submits(tool_a="Qdrant", tool_b="Qdrant")

    assert answer["error"] == "view_errors"
    assert list(answer["errors"]) == ["tool_b"]


async def test_help_helps(story: Story) -> None:
    """/compare help and /verdict help answer at once, privately, with a line to paste."""
    ada = story.person("ada")

    await ada.types("/compare help")
    await ada.was_told("/compare claude files api vs llama 4 compact")
    await ada.types("/verdict help")
    await ada.was_told("/verdict subscribe mon 09:00")


async def test_the_bot_says_how_to_let_it_in(story: Story) -> None:
    """Where the bot is no member it posts nothing: it offers to join a public channel, only on that click."""
    ada = story.person("ada")

    await ada.types(LINE, channel=NOT_IN)
    offer = await ada.was_told("I am not in", "claude files api vs llama 4 compact")
    assert await story.calls("conversations.join") == []
    await ada.presses(offer, "Add me and post")

    assert (await story.seeded(NOT_IN)).said.startswith("Claude Files API")


async def test_a_private_channel_without_the_bot_gets_the_invite(story: Story) -> None:
    """In a private channel only a member can let it in: the exact /invite, and a button to try again."""
    ada = story.person("ada")

    await ada.types(LINE, channel="G0SECRET")
    question = await ada.was_told("/invite @Verdicts")
    await story.post("join", channel="G0SECRET", user="U0VERDICTS")
    await ada.presses(question, "Try again")

    assert (await story.seeded("G0SECRET")).said.startswith("Claude Files API")


async def test_the_same_question_is_not_asked_twice(story: Story) -> None:
    """A flipped repeat is the same comparison: it says so, and *Show it here again* leaves a pointer behind."""
    ada, bjorn = story.person("ada"), story.person("bjorn")
    await ada.types(LINE)
    first = await story.seeded()
    await bjorn.reacts(first, "two")
    await story.shows(first, "1 of 1")

    await bjorn.types("/compare llama 4 compact vs claude files api")
    notice = await bjorn.was_told("already open", "1 person voted")
    await bjorn.presses(notice, "Show it here again")
    await story.shows(first, "goes on")
    again = await story.seeded()

    assert again.ts != first.ts
    assert again.row["Community"] == ["0 of 1 person", "1 of 1 person"]


async def test_public_channels_pool_and_a_flipped_card_does_not_swap(story: Story) -> None:
    """The same question in another channel is the same ballot box; on each card the position decides."""
    ada, bjorn = story.person("ada"), story.person("bjorn")
    await ada.types(LINE)
    first = await story.seeded()
    await bjorn.types("/compare llama 4 compact vs claude files api", channel=RANDOM)
    second = await story.seeded(RANDOM)

    await ada.reacts(first, "one")
    await bjorn.reacts(second, "one")

    assert (await story.shows(first, "1 of 2")).row["Community"] == ["1 of 2 people", "1 of 2 people"]
    await story.shows(second, "1 of 2")


async def test_a_comparison_is_closed_by_button(story: Story) -> None:
    """Its starter closes it from the card; it is redrawn as final, and later reactions change nothing."""
    ada, bjorn = story.person("ada"), story.person("bjorn")
    await ada.types(LINE)
    card = await story.seeded()
    await bjorn.reacts(card, "one")
    await story.shows(card, "1 of 1")

    await ada.presses(card, "more", value="Close the vote")
    final = await story.shows(card, "Final result")
    await ada.reacts(card, "two")

    assert (await story.shows(final, "Final result")).row["Community"] == ["1 of 1 person", "0 of 1 person"]


async def test_only_the_starter_closes_before_the_deadline(story: Story) -> None:
    """Somebody else is told who may, and when it closes by itself."""
    ada, bjorn = story.person("ada"), story.person("bjorn")
    await ada.types(LINE)
    card = await story.seeded()

    await bjorn.presses(card, "more", value="Close the vote")

    await bjorn.was_told("can close this before its deadline")


async def test_a_comparison_closes_by_itself_at_its_deadline(story: Story) -> None:
    """When its time has come the clock closes it, and the card is redrawn as final."""
    ada = story.person("ada")
    await ada.types(f"{LINE} until 2d")
    card = await story.seeded()
    await ada.reacts(card, "two")
    await story.shows(card, "1 of 1")
    now = int(float(card.ts))

    await story.app.scheduler.tick(at=now + 2 * DAY - 60)
    assert "Final result" not in (await story.card()).said
    await story.app.scheduler.tick(at=now + 2 * DAY + 60)

    await story.shows(card, "Final result")


async def test_monday_nine_oclock(story: Story) -> None:
    """Subscribe, preview, and when the time comes it posts by itself, once."""
    ada = story.person("ada")
    await ada.types(LINE)
    card = await story.seeded()
    await ada.reacts(card, "one")
    await story.shows(card, "1 of 1")

    await ada.types("/verdict subscribe mon 09:00 tz Europe/Berlin")
    answer = await ada.was_told("Monday at 09:00", "Europe/Berlin", "Next:")
    due = int(answer.said.split("<!date^")[1].split("^")[0])
    await ada.types("/verdict digest preview")
    await ada.was_told("Preview", "Claude Files API")
    before = len(await story.cards())

    await story.app.scheduler.tick(at=due - 60)
    assert len(await story.cards()) == before
    for _ in range(3):
        await story.app.scheduler.tick(at=due + 60)

    assert len(await story.cards()) == before + 1
    assert "Claude Files API" in (await story.card()).said


async def test_digest_now_posts_it(story: Story) -> None:
    """/verdict digest now posts the digest in the channel."""
    ada = story.person("ada")
    await ada.types(LINE)
    card = await story.seeded()
    await ada.reacts(card, "one")
    await story.shows(card, "1 of 1")
    await ada.types("/verdict subscribe fri 16:30")
    await ada.was_told("Friday at 16:30")

    await ada.types("/verdict digest now")

    posted = await story.newer(card)
    assert "posted because" in posted.said.lower()


async def test_a_mention_compares_in_a_thread(story: Story) -> None:
    """@Verdicts compare A vs B works in threads, where slash commands do not."""
    ada = story.person("ada")
    start = await story.post("message", channel=GENERAL, user=ada.id, text="Which one?")

    await story.post(
        "message", channel=GENERAL, user=ada.id, text="@Verdicts compare cursor vs zed", thread_ts=start["ts"]
    )
    card = await story.seeded()

    assert card.message["thread_ts"] == start["ts"]
    assert card.said.startswith("Cursor vs Zed")
    await story.post("message", channel=GENERAL, user=ada.id, text="@Verdicts which is best?", thread_ts=start["ts"])
    await ada.was_told("`@Verdicts compare cursor vs zed hidden`", "In a thread it is written like this")


async def test_home_shows_the_guide_and_then_the_dashboard(story: Story) -> None:
    """The first visit to Home is the guide, the second the dashboard with what is open."""
    ada = story.person("ada")
    await ada.types(LINE)
    await story.seeded()

    await story.post("open-home", user=ada.id)
    await eventually(lambda: _home_says(story, ada.id, "Welcome to Verdicts"))
    await story.post("open-home", user=ada.id)

    await eventually(lambda: _home_says(story, ada.id, "Open in your channels", "Claude Files API"))


async def _home_says(story: Story, user: str, *expected: str) -> bool | None:
    home = (await story.get(f"person/{user}"))["home"]
    said = json.dumps(home, ensure_ascii=False)
    return True if home and all(part in said for part in expected) else None


@pytest.mark.fault("S05")
async def test_nothing_that_the_app_shows_pings_or_links_by_a_persons_text(story: Story) -> None:
    """A hostile use case in a real card: no mention, no foreign link, no control character comes alive."""
    ada = story.person("ada")

    hostile = "<!channel> @here <@U0BJORN> <http://x.example|y> evil.example \u202eabc"
    await ada.types(f'/compare cursor vs zed for "{hostile}"')
    await story.seeded()

    (place,) = (await story.get("live"))["live"]
    assert set(place["mentions"]) == {"<@U0ADA>"}  # the starter, named by us
    assert place["links"] == []
    assert place["invisible"] == []


@pytest.mark.fault("R08")
async def test_a_command_is_acknowledged_while_the_database_waits(story: Story, settings: Settings) -> None:
    """Somebody else holds what a card must write: Slack hears at once that we have heard, and the card comes later."""
    ada = story.person("ada")
    url = settings.database
    engine = create_engine(url)
    with engine.connect() as other:
        other.exec_driver_sql("BEGIN IMMEDIATE" if url.startswith("sqlite") else "LOCK TABLE comparison")
        await ada.types("/compare cursor vs zed")
        assert await story.cards() == []
        other.rollback()
    engine.dispose()

    await story.seeded()
    assert len(await story.cards()) == 1
    assert await ada.whispers() == []
