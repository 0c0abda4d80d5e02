"""Steps 1 to 4 of a first visit and what follows them, in a real browser: what people see, click and type."""

import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import ConsoleMessage, Locator, Page, Request, Response, WebSocket, expect

from tests import chromium
from tests.story import Story

pytestmark = pytest.mark.browser

LINE = "/compare claude files api vs llama 4 compact"
TITLE = "Claude Files API vs Llama 4 Compact (12B)"
SOON = 2_000  # ms: a vote must be on the card by then
NOBODY = ["Community", "—", "—"]


@dataclass(frozen=True)
class Screen:
    """The playground's page, in front of somebody."""

    page: Page

    async def types(self, line: str) -> None:
        """Write a line into the message field and send it."""
        field = self.page.get_by_role("textbox", name="Message ")
        await field.fill(line)
        await field.press("Enter")

    async def becomes(self, name: str) -> None:
        """Look through somebody else's eyes, by the menu at the top."""
        await self.page.get_by_role("button", name="You are:").click()
        await self.page.get_by_role("menuitemradio", name=name).click()
        await expect(self.page.get_by_role("button", name=f"You are: {name}")).to_be_visible()

    def card(self, title: str = TITLE) -> Locator:
        """The scorecard of this title."""
        return self.page.get_by_role("article").filter(has=self.page.get_by_role("heading", name=title, exact=True))

    def row(self, name: str) -> Locator:
        """The cells of the table's row of this name, the name first."""
        name_cell = self.page.get_by_role("cell", name=name, exact=True)
        return self.page.get_by_role("row").filter(has=name_cell).get_by_role("cell")

    def whisper(self, text: str) -> Locator:
        """A message that says this, and that it is visible to nobody else."""
        private = self.page.get_by_role("article").filter(has_text="Only visible to you")
        return private.filter(has_text=text)

    def dialog(self, title: str) -> Locator:
        """The dialog of this title."""
        return self.page.get_by_role("dialog", name=title)

    async def walks_to(self, target: Locator, key: str, most: int = 40) -> None:
        """Press Tab or Shift+Tab until this has the focus, as somebody without a mouse does."""
        for _ in range(most):
            await self.page.keyboard.press(key)
            if await target.evaluate("node => node === document.activeElement"):
                return
        raise AssertionError(f"{key} does not lead to {target}")


Sit = Callable[[str], Awaitable[Screen]]


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """One of the two databases is enough here: what the browser shows does not depend on it."""
    return f"sqlite:///{tmp_path / 'verdicts.db'}"


@pytest.fixture
def theme() -> str:
    """What the reader's system prefers."""
    return "light"


@pytest.fixture
async def sit(story: Story, theme: str) -> AsyncIterator[Sit]:
    """Opens the page in front of somebody: `await sit("ADA/C0GENERAL")`. Whatever goes wrong in it fails the test."""
    if chromium.found() is None:
        reason = f"no Chromium here (looked for {', '.join(chromium.NAMES)}); apt install chromium"
        (pytest.fail if "CI" in os.environ else pytest.skip)(reason)
    faults: list[str] = []

    def said(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            faults.append(f"console: {message.text}")

    def asked(request: Request | WebSocket) -> None:
        if not re.sub("^ws:", "http:", request.url).startswith((f"{story.url}/", "data:")):
            faults.append(f"foreign: {request.url}")

    def answered(response: Response) -> None:
        if response.status >= 400:
            faults.append(f"{response.status}: {response.url}")

    async with chromium.chromium() as browser:

        async def sits(place: str) -> Screen:
            context = await browser.new_context(
                color_scheme="dark" if theme == "dark" else "light", locale="en-GB", timezone_id="Europe/Berlin"
            )
            context.on("console", said)
            context.on("weberror", lambda error: faults.append(f"exception: {error.error}"))
            context.on("request", asked)
            context.on("response", answered)
            page = await context.new_page()
            page.on("websocket", asked)
            await page.goto(f"{story.url}/#U0{place}")
            await expect(page.get_by_text("Bot connected")).to_be_visible()
            return Screen(page)

        yield sits
    assert faults == []


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_a_comparison_and_its_votes(sit: Sit) -> None:
    """Three people click 1️⃣ and the card counts them within two seconds; un-clicks and the bot's seeds do not count."""
    screen = await sit("ADA/C0GENERAL")

    await screen.types(LINE)
    card = screen.card()
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

    await one.click()
    await expect(community).to_have_text(["Community", "2 of 2 people", "0 of 2 people"])
    await expect(one).to_have_attribute("aria-pressed", "false")


async def test_the_reviewers_split_and_headlines_unfold(sit: Sit) -> None:
    """The reviewers' verdicts and headlines are folded away on the card, and unfold on a click."""
    screen = await sit("ADA/C0GENERAL")

    await screen.types(LINE)
    reviewers = screen.card().locator("[data-block-type=container]")
    headline = reviewers.get_by_text("Five plain endpoints that remove base64 from every request")
    await expect(headline).to_be_hidden()
    await reviewers.get_by_text("Reviewers: verdicts and headlines").click()

    await expect(headline).to_be_visible()
    for reviewer in ("Builder", "Skeptic", "Founder", "Futurist"):
        await expect(reviewers.get_by_text(reviewer, exact=True)).to_be_visible()


async def test_the_takes_are_a_dialog(sit: Sit) -> None:
    """*Read the takes* shows eight long takes with caveats, dates and the sources of prices; Esc closes it."""
    screen = await sit("ADA/C0GENERAL")

    await screen.types(LINE)
    await screen.card().get_by_role("button", name="Read the takes").click()
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

    await screen.page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()


async def test_a_guess_is_asked_about_in_private(sit: Sit) -> None:
    """A misspelt line asks "Did you mean …?" before Ada's eyes only; *Post* posts the card for everybody."""
    ada, bjorn = await sit("ADA/C0GENERAL"), await sit("BJORN/C0GENERAL")

    await ada.types("/compare cluade files vs lama 4")
    question = ada.whisper("Did you mean Claude Files API vs Llama 4 Compact (12B)?")
    await expect(question).to_contain_text("cluade files vs lama 4")
    await expect(bjorn.page.get_by_role("article")).to_have_count(0)
    await question.get_by_role("button", name="Post", exact=True).click()

    await expect(bjorn.card()).to_be_visible()
    await expect(ada.card()).to_be_visible()
    await expect(question).to_be_hidden()
    await expect(bjorn.page.get_by_role("article")).to_have_count(1)


async def test_nonsense_gets_the_nearest_names(sit: Sit) -> None:
    """A name that nobody knows gets the three nearest as buttons; what was typed is kept, also in the dialog."""
    screen = await sit("ADA/C0GENERAL")

    await screen.types("/compare qwrtzpl xxy vs cursor")
    answer = screen.whisper("I know no tool called “qwrtzpl xxy”")
    await expect(answer).to_contain_text("/compare qwrtzpl xxy vs cursor")
    await expect(answer.locator("[data-action-id^=pick_]")).to_have_count(3)

    await answer.get_by_role("button", name="Choose from the list").click()
    dialog = screen.dialog("Compare tools")
    await expect(dialog).to_contain_text("You typed “qwrtzpl xxy”, which I do not know.")
    await expect(dialog.get_by_role("combobox", name="Second tool")).to_have_value(re.compile("^Cursor"))


async def test_without_arguments_a_dialog_finds_the_tools(sit: Sit) -> None:
    """`/compare` alone opens the dialog: three letters find a tool, two tools are a comparison."""
    screen = await sit("ADA/C0GENERAL")

    await screen.types("/compare")
    dialog = screen.dialog("Compare tools")
    first = dialog.get_by_role("combobox", name="First tool")
    await first.press_sequentially("qdr")
    await dialog.get_by_role("option", name="Qdrant").click()
    await expect(first).to_have_value("Qdrant")
    await dialog.get_by_role("combobox", name="Second tool").press_sequentially("pgv")
    await dialog.get_by_role("option", name="pgvector").click()
    await dialog.get_by_role("textbox", name="Use case").fill("search over support tickets")
    await dialog.get_by_role("button", name="Post").click()

    await expect(dialog).to_be_hidden()
    await expect(screen.card("Qdrant vs pgvector")).to_contain_text("for “search over support tickets”")


async def test_help_helps(sit: Sit) -> None:
    """`help` answers in private, with lines to paste."""
    screen = await sit("ADA/C0GENERAL")

    await screen.types("/compare help")
    await expect(screen.whisper("/compare claude files api vs llama 4 compact")).to_be_visible()
    await screen.types("/verdict help")
    await expect(screen.whisper("/verdict subscribe mon 09:00")).to_be_visible()


async def test_the_keyboard_alone_is_enough(sit: Sit) -> None:
    """Compare, vote, take the vote back, open and close the takes without a mouse; the focus never gets lost."""
    screen = await sit("ADA/C0RANDOM")
    keyboard = screen.page.keyboard

    await screen.walks_to(screen.page.get_by_role("link", name="Skip to the message field"), "Tab")
    await keyboard.press("Enter")
    await expect(screen.page.get_by_role("textbox", name="Message #random")).to_be_focused()
    await keyboard.type(LINE)
    await keyboard.press("Enter")
    card = screen.card()
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


async def test_a_channel_subscribes_and_previews(sit: Sit) -> None:
    """Subscribing answers with day, time, zone and the next date; the preview is for one's own eyes."""
    screen = await sit("ADA/C0GENERAL")
    await screen.types(LINE)
    await screen.card().get_by_role("button", name="2️⃣ two").click()

    await screen.types("/verdict subscribe mon 09:00 tz Europe/Berlin")
    answer = screen.whisper("Monday at 09:00")
    await expect(answer).to_contain_text("Europe/Berlin")
    await expect(answer.locator("time.date")).to_have_attribute("title", re.compile("^Monday, .* 09:00"))
    await screen.types("/verdict digest preview")
    preview = screen.whisper("Preview")
    await expect(preview.get_by_role("heading", name="The week's verdicts")).to_be_visible()
    await expect(preview).to_contain_text(TITLE)


async def test_a_comparison_is_closed_from_its_menu(sit: Sit) -> None:
    """Its starter closes it under *More*, and the card becomes the final result."""
    screen = await sit("ADA/C0GENERAL")
    await screen.types(LINE)
    card = screen.card()
    await card.get_by_role("button", name="1️⃣ one").click()
    await expect(card).to_contain_text("1 of 1 person", timeout=SOON)

    await card.locator("[data-action-id=more]").click()
    await screen.page.get_by_role("menuitem", name="Close the vote").click()

    await expect(card).to_contain_text("Final result")
    await expect(card).not_to_contain_text("tick every tool")


async def test_the_page_is_light_or_dark_as_its_reader_likes(sit: Sit) -> None:
    """The page follows the system's theme; the button at the top chooses the other one, and that is remembered."""
    page = (await sit("ADA/C0GENERAL")).page

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
