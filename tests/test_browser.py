"""Steps 1 to 4 of a first visit and what follows them, in a real browser: what people see, click and type.

The stories share a browser, a playground and a bot; each has a channel and, where votes count, tools of its own.
"""

import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests import chromium
from tests.screen import Screen, choose, fill, watch
from tests.story import Story, running

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

LINE = "/compare claude files api vs llama 4 compact"
TITLE = "Claude Files API vs Llama 4 Compact (12B)"
SOON = 2_000  # ms: a vote must be on the card by then
NOBODY = ["Community", "—", "—"]
ALL = ["U0ADA", "U0BJORN", "U0CHLOE", "U0EMEKA"]

Sit = Callable[[str], Awaitable[Screen]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """Chromium, once for all stories."""
    if chromium.found() is None:
        reason = f"no Chromium here (looked for {', '.join(chromium.NAMES)}); apt install chromium"
        (pytest.fail if "CI" in os.environ else pytest.skip)(reason)
    async with chromium.chromium() as started:
        yield started


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def story() -> AsyncIterator[Story]:
    """The playground and the bot in it, once for all stories, on SQLite: the browser shows the same on both."""
    async with running() as started:
        yield started


@pytest_asyncio.fixture(loop_scope="module")
async def sit(story: Story, browser: Browser) -> AsyncIterator[Sit]:
    """Opens the page in front of somebody, in a new channel: `await sit("ADA")`. All that goes wrong is a failure."""
    context = await browser.new_context(color_scheme="light", locale="en-GB", timezone_id="Europe/Berlin")
    faults = watch(context, story.url)
    (channel,) = (await story.post("channels", count=1, users=ALL))["channels"]

    sat = set()

    async def sits(person: str) -> Screen:
        sat.add(f"U0{person}")
        page = await context.new_page()
        await page.goto(f"{story.url}/#U0{person}/{channel}")
        await expect(page.get_by_text("Bot connected")).to_be_visible()
        return Screen(page)

    yield sits
    await context.close()
    for person in sat:
        while (await story.get(f"person/{person}"))["modal"]:
            await story.post("close-modal", user=person)
    assert faults == []


async def test_a_comparison_and_its_votes(sit: Sit) -> None:
    """Three people click 1️⃣ and the card counts them within two seconds; un-clicks and the bot's seeds do not count."""
    screen = await sit("ADA")

    await screen.types(LINE)
    card = screen.card(TITLE)
    one, community = card.get_by_role("button", name="1️⃣ one"), screen.row("Community")
    await expect(card.get_by_role("row").locator(":first-child")).to_have_text(
        ["Side by side", "Panel", "Community", "Price", "Best for", "Category"]
    )
    await expect(screen.row("Panel")).to_have_text(["Panel", "75 % · 3 ship, 1 skip", "50 % · 2 ship, 2 skip"])
    await expect(card).to_contain_text("tick every tool you would ship")
    for seed in ("1️⃣ one", "2️⃣ two", "🚫 no entry sign"):
        await expect(card.get_by_role("button", name=seed)).to_have_attribute("data-count", "1")
    await expect(community).to_have_text(NOBODY)

    for name, ours, theirs in (
        ("Ada", "1 of 1 person", "0 of 1 person"),
        ("Björn", "2 of 2 people", "0 of 2 people"),
        ("Chloé", "100 % · 3 of 3 people", "0 % · 0 of 3 people"),
    ):
        await screen.becomes(name)
        await one.click()
        await expect(community).to_have_text(["Community", ours, theirs], timeout=SOON)
        await expect(one).to_have_attribute("aria-pressed", "true")
    await expect(one).to_have_attribute("data-count", "3")
    await screen.has_no_barriers()

    await one.click()
    await expect(community).to_have_text(["Community", "2 of 2 people", "0 of 2 people"])
    await expect(one).to_have_attribute("aria-pressed", "false")


async def test_the_split_unfolds_and_the_takes_are_a_dialog(sit: Sit) -> None:
    """Headlines are folded away on the card; *Read the takes* shows eight long ones with caveats, dates and sources."""
    screen = await sit("ADA")

    await screen.types(LINE)
    reviewers = screen.card(TITLE).locator("[data-block-type=container]")
    headline = reviewers.get_by_text("Five plain endpoints that remove base64 from every request")
    await expect(headline).to_be_hidden()
    await reviewers.get_by_text("Reviewers: verdicts and headlines").click()
    await expect(headline).to_be_visible()
    for reviewer in ("Builder", "Skeptic", "Founder", "Futurist"):
        await expect(reviewers.get_by_text(reviewer, exact=True)).to_be_visible()

    await screen.card(TITLE).get_by_role("button", name="Read the takes").click()
    dialog = screen.dialog("The takes")
    await expect(dialog.get_by_role("heading", level=3)).to_have_text(["Claude Files API", "Llama 4 Compact (12B)"])
    for reviewer in ("Builder", "Skeptic", "Founder", "Futurist"):
        await expect(dialog.get_by_text(re.compile(f"^{reviewer}: (ship|skip)$"))).to_have_count(2)
    await expect(dialog.get_by_text("Caveat:")).to_have_count(8)
    await expect(dialog.get_by_text(re.compile(r"2026-\d\d-\d\d · .*not hands-on"))).to_have_count(8)
    takes = [
        text for text in await dialog.locator("[data-block-type=rich_text]").all_inner_texts() if "Caveat:" in text
    ]
    assert all(len(take) > 400 for take in takes)
    source = dialog.get_by_role("link", name="platform.claude.com")
    await expect(source).to_have_attribute("href", re.compile("^https://platform.claude.com/"))
    await expect(dialog).to_contain_text("unsourced")
    await screen.has_no_barriers()


async def test_a_guess_is_asked_about_in_private(sit: Sit) -> None:
    """A misspelt line asks "Did you mean …?" before Ada's eyes only; *Post* posts the card for everybody."""
    ada, bjorn = await sit("ADA"), await sit("BJORN")

    await ada.types("/compare cluade files vs lama 4")
    question = ada.whisper("Did you mean Claude Files API vs Llama 4 Compact (12B)?")
    await expect(question).to_contain_text("cluade files vs lama 4")
    await expect(bjorn.page.get_by_role("article")).to_have_count(0)
    await question.get_by_role("button", name="Post", exact=True).click()

    await expect(bjorn.card(TITLE)).to_be_visible()
    await expect(ada.card(TITLE)).to_be_visible()
    await expect(question).to_be_hidden()
    await expect(bjorn.page.get_by_role("article")).to_have_count(1)


async def test_nonsense_gets_the_nearest_names(sit: Sit) -> None:
    """A name that nobody knows gets the three nearest as buttons; what was typed is kept, also in the dialog."""
    screen = await sit("ADA")

    await screen.types("/compare qwrtzpl xxy vs cursor")
    answer = screen.whisper("I know no tool called “qwrtzpl xxy”")
    await expect(answer).to_contain_text("/compare qwrtzpl xxy vs cursor")
    await expect(answer.locator("[data-action-id^=pick_]")).to_have_count(3)

    await answer.get_by_role("button", name="Choose from the list").click()
    dialog = screen.dialog("Compare tools")
    await expect(dialog).to_contain_text("You typed “qwrtzpl xxy”, which I do not know.")
    await expect(dialog.get_by_role("combobox", name="Second tool")).to_have_value(re.compile("^Cursor"))


async def test_help_helps(sit: Sit) -> None:
    """`help` answers in private, with lines to paste."""
    screen = await sit("ADA")

    await screen.types("/compare help")
    await expect(screen.whisper("/compare claude files api vs llama 4 compact")).to_be_visible()
    await screen.types("/verdict help")
    await expect(screen.whisper("/verdict subscribe mon 09:00")).to_be_visible()


async def test_the_keyboard_alone_is_enough(sit: Sit) -> None:
    """Without a mouse: fill a dialog, vote, take it back, open and close the takes; the focus is never lost."""
    screen = await sit("ADA")
    keyboard = screen.page.keyboard

    await screen.walks_to(screen.page.get_by_role("link", name="Skip to the message field"), "Tab")
    await keyboard.press("Enter")
    await expect(screen.page.get_by_role("textbox", name="Message #")).to_be_focused()
    await keyboard.type("/compare")
    await keyboard.press("Enter")
    dialog = screen.dialog("Compare tools")
    for label, letters, name in (("First tool", "qdr", "Qdrant"), ("Second tool", "pgv", "pgvector")):
        tool = dialog.get_by_role("combobox", name=label)
        await expect(tool).to_be_focused()
        await keyboard.type(letters)
        await expect(dialog.get_by_role("option", name=name)).to_be_visible()
        await keyboard.press("Enter")
        await expect(tool).to_have_value(re.compile(f"^{name}"))
        await keyboard.press("Tab")
    await screen.walks_to(dialog.get_by_role("textbox", name="Use case"), "Tab")
    await keyboard.type("search over support tickets")
    await screen.walks_to(dialog.get_by_role("button", name="Post"), "Tab")
    await keyboard.press("Enter")
    await expect(dialog).to_be_hidden()
    card = screen.card("Qdrant vs pgvector")
    await expect(card).to_contain_text("for “search over support tickets”")
    one, community = card.get_by_role("button", name="1️⃣ one"), screen.row("Community")
    await expect(card.get_by_role("button", name="🚫 no entry sign")).to_be_visible()

    await screen.walks_to(one, "Shift+Tab")
    await keyboard.press("Enter")
    await expect(community).to_have_text(["Community", "1 of 1 person", "0 of 1 person"], timeout=SOON)
    await expect(one).to_be_focused()
    await keyboard.press("Space")
    await expect(community).to_have_text(NOBODY)
    await expect(card.get_by_role("group", name="Reactions").locator(":focus")).to_have_count(1)

    takes = card.get_by_role("button", name="Read the takes")
    await screen.walks_to(takes, "Shift+Tab")
    await keyboard.press("Enter")
    dialog = screen.dialog("The takes")
    await expect(dialog).to_be_visible()
    await expect(dialog.locator(":focus")).to_have_count(1)
    await keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    await expect(takes).to_be_focused()


async def test_a_channel_subscribes_previews_and_closes_a_vote(sit: Sit) -> None:
    """Subscribing tells day, time, zone and next date; the preview is for one's own eyes; *More* ends the vote."""
    screen = await sit("ADA")
    await screen.types("/compare langfuse vs langsmith")
    card = screen.card("Langfuse vs LangSmith")
    await card.get_by_role("button", name="2️⃣ two").click()
    await expect(card).to_contain_text("1 of 1 person", timeout=SOON)

    await screen.types("/verdict subscribe mon 09:00 tz Europe/Berlin")
    answer = screen.whisper("Monday at 09:00")
    await expect(answer).to_contain_text("Europe/Berlin")
    await expect(answer.locator("time.date")).to_have_attribute("title", re.compile("^Monday, .* 09:00"))
    await screen.types("/verdict digest preview")
    preview = screen.whisper("Preview")
    await expect(preview.get_by_role("heading", name="The week's verdicts")).to_be_visible()
    await expect(preview).to_contain_text("Langfuse vs LangSmith")

    await card.locator("[data-action-id=more]").click()
    await screen.page.get_by_role("menuitem", name="Close the vote").click()
    await expect(card).to_contain_text("Final result")
    await expect(card).not_to_contain_text("tick every tool")


async def test_the_page_is_light_or_dark_as_its_reader_likes(sit: Sit) -> None:
    """The page follows the system's theme; the button at the top chooses the other one, and that is remembered."""
    page = (await sit("ADA")).page

    async def is_dark() -> bool:
        paper, ink = await page.evaluate(
            """() => ["backgroundColor", "color"].map((name) =>
                getComputedStyle(document.body)[name].match(/\\d+/g).reduce((sum, part) => sum + Number(part), 0))"""
        )
        assert abs(paper - ink) > 500, "ink and paper are too near"
        return bool(paper < ink)

    assert not await is_dark()
    await page.emulate_media(color_scheme="dark")
    assert await is_dark()

    await page.get_by_role("button", name="Use the light theme").click()
    assert not await is_dark()
    await page.reload()
    await expect(page.get_by_role("button", name="Use the dark theme")).to_be_visible()
    assert not await is_dark()


async def test_a_tool_is_added_edited_and_reviewed(sit: Sit) -> None:
    """A mistake is said at its field with all else kept; a preview leads back; an edit and a take are seen at once."""
    screen = await sit("ADA")
    await screen.types("/verdict add Acme Search")
    dialog = screen.dialog("Add a tool")
    await expect(dialog.get_by_role("textbox", name="Name", exact=True)).to_have_value("Acme Search")
    facts = {
        "Other names": "acme",
        "Made by": "Acme",
        "In one line": "Search as a service",
        "What it is": "Finds what is there.",
        "Best for": "Small teams",
        "Web page": "acme",
        "Price in a sentence": "Free, then $5 a month",
    }
    await fill(dialog, facts)
    await choose(dialog, "Category", "New category: Search", "Search")
    await choose(dialog, "Price to begin with", "Freemium")

    await dialog.get_by_role("button", name="Save").click()
    address = dialog.get_by_role("textbox", name="Web page")
    await expect(address).to_be_focused()
    await expect(address).to_have_attribute("aria-invalid", "true")
    await expect(address).to_have_accessible_description(re.compile("web address"))
    await screen.has_no_barriers()
    await address.fill("https://acme.example/")
    await dialog.get_by_role("button", name="Preview").click()
    preview = screen.dialog("Preview")
    for said in ("Nothing is saved yet", "Search as a service", "Freemium · Free, then $5 a month", "unsourced"):
        await expect(preview).to_contain_text(said)
    await screen.page.keyboard.press("Escape")
    await expect(address).to_have_value("https://acme.example/")
    await expect(dialog.get_by_role("textbox", name="Best for")).to_have_value("Small teams")
    await dialog.get_by_role("button", name="Save").click()
    await expect(screen.whisper("Added to the catalogue.")).to_contain_text("Acme Search")

    await screen.types("/verdict edit acme")
    dialog = screen.dialog("Edit a tool")
    await fill(dialog, {"Price in a sentence": "$9 a month"})
    await choose(dialog, "Price to begin with", "Paid")
    await dialog.get_by_role("button", name="Save").click()
    edited = screen.whisper("Saved.").filter(has_text="Paid · $9 a month")
    await expect(edited).to_contain_text("Free, then $5 a month")

    await screen.types("/verdict take acme")
    dialog = screen.dialog("Write a take")
    await choose(dialog, "As which reviewer", "Skeptic")
    await choose(dialog, "Verdict", "Skip")
    await fill(
        dialog, {"Headline": "It finds too much", "Take": "word " * 60, "Caveat": "Fewer hits.", "Basis": "A trial"}
    )
    await dialog.get_by_role("button", name="Save").click()
    await expect(screen.whisper("Your take is saved.")).to_contain_text("It finds too much")


async def test_the_panel_and_the_settings_are_dialogs(sit: Sit) -> None:
    """A reviewer joins, is renamed and leaves; the settings tell who did so, and keep the catalogue to admins."""
    screen = await sit("ADA")
    await screen.types("/verdict panel")
    panel = screen.dialog("The panel")
    await fill(panel, {"A new reviewer": "Security"})
    await panel.get_by_role("button", name="Add").click()
    await expect(panel).to_contain_text("5. Security")
    menus = panel.get_by_role("button", name="More actions")
    await menus.nth(4).click()
    await screen.page.get_by_role("menuitem", name="Rename").click()
    rename = screen.dialog("Rename a reviewer")
    await fill(rename, {"What Security is called": "Safety"})
    await rename.get_by_role("button", name="Save").click()
    await expect(panel).to_contain_text("5. Safety")
    await menus.nth(4).click()
    await screen.page.get_by_role("menuitem", name="Let them leave").click()
    await expect(panel).to_contain_text("Safety has left")
    await panel.get_by_role("button", name="Done").click()

    await screen.types("/verdict settings")
    settings = screen.dialog("Settings")
    for line in (
        "added the reviewer Security",
        "renamed the reviewer Security → Safety",
        "took from the panel: Safety",
    ):
        await expect(settings).to_contain_text(f"@Ada {line}")
    await choose(settings, "Who may add and edit tools", "Admins of this Slack workspace")
    await settings.get_by_role("button", name="Save").click()
    await expect(settings).to_be_hidden()
    await screen.becomes("Björn")
    await screen.types("/verdict add Globex")
    await expect(screen.whisper("only admins change the catalogue")).to_be_visible()

    await screen.becomes("Ada")
    await screen.types("/verdict settings")
    await expect(settings).to_contain_text("@Ada changed who may edit the catalogue to admins")
    await choose(settings, "Who may add and edit tools", "Everyone")
    await settings.get_by_role("button", name="Save").click()
    await expect(settings).to_be_hidden()


async def test_home_is_a_guide_and_then_a_dashboard(sit: Sit) -> None:
    """The first visit is a guide; then what is open, one's votes, what comes weekly, who leads, and a button to ask."""
    screen = await sit("EMEKA")
    page = screen.page
    channel = page.url
    home = page.get_by_role("link", name="Verdicts")
    await home.click()
    await expect(page.get_by_role("heading", name="Welcome to Verdicts")).to_be_visible()

    await page.goto(channel)
    await screen.types('/compare langgraph vs pydantic ai for "the refund workflow"')
    card = screen.card("LangGraph vs Pydantic AI")
    await card.get_by_role("button", name="2️⃣ two").click()
    await expect(card).to_contain_text("1 of 1 person", timeout=SOON)
    await screen.types("/verdict subscribe fri 16:00")
    await expect(screen.whisper("Friday at 16:00")).to_be_visible()
    await home.click()
    await page.get_by_role("tab", name="Home").click()
    for heading in ("Open in your channels", "My votes", "The week's verdicts", "Leaderboard"):
        await expect(page.get_by_role("heading", name=heading)).to_be_visible()
    shown = page.locator("#home")
    for said in (
        "LangGraph vs Pydantic AI for “the refund workflow”",
        "LangGraph vs Pydantic AI (open): Pydantic AI",
        "every Friday at 16:00",
        "Pydantic AI · 1 of 1 person · Agent Frameworks",
    ):
        await expect(shown).to_contain_text(said)
    await screen.has_no_barriers()

    await shown.get_by_role("button", name="Compare two tools").click()
    dialog = screen.dialog("Compare tools")
    await choose(dialog, "First tool", "vLLM", "vllm")
    await choose(dialog, "Second tool", "llama.cpp", "llama.cpp")
    await choose(dialog, "Post in", "#random")
    await dialog.get_by_role("button", name="Post").click()
    await expect(dialog).to_be_hidden()
    await page.goto(re.sub("[^/]+$", "C0RANDOM", channel))
    await expect(screen.card("vLLM vs llama.cpp")).to_be_visible()
