"""The pictures in the documents, taken of a real run: `python -m tests.pictures docs/images`.

A team that exists only here argues about vector stores in the playground, and Chromium photographs what it sees. Run
it again when a view or the page has changed; only the dates and times in the pictures differ from run to run.
"""

import argparse
import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Literal

from playwright.async_api import Browser, Locator, Page, expect

from bot import importing
from bot.importing import NewTool
from db.takes import NewTake
from db.tools import StoredPrice, ToolFacts
from tests.chromium import chromium
from tests.story import Card, Story, eventually, running

ROOT = Path(__file__).parent.parent
Theme = Literal["light", "dark"]
TEAM = "T0PLAY"
THEMES: tuple[tuple[Theme, str], ...] = (("light", ""), ("dark", "-dark"))  # and what the files are called for it
GENERAL, RANDOM = "C0GENERAL", "C0RANDOM"
PHOTOGRAPHER, BOT = "chloe", "U0VERDICTS"
WEEK = 7 * 86_400
DRAWN = "() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))"
MARGIN = 16  # CSS pixels left around what is cut out

TALK = (
    ("fatima", "Ticket search takes nine seconds again, and full text will not get us further. I want vectors."),
    ("ada", "pgvector is one migration away, Qdrant filters better. Let us vote before we argue for a week."),
)
LINE = '/compare qdrant vs pgvector for "search over three million support tickets"'
VOTES = {
    "ada": ("one",),
    "bjorn": ("two",),
    "chloe": ("one",),
    "dev": ("one", "two"),
    "emeka": ("one",),
    "fatima": ("two",),
    "gus": ("no_entry_sign",),
}
THREE = (
    '/compare claude code vs codex cli vs cursor for "our default coding agent" until 14d',
    "emeka",
    {"ada": ("one", "two"), "bjorn": ("one",), "dev": ("three",), "emeka": ("two",), "fatima": ("one", "three")},
)
FOUR = (
    "/compare gemini file search vs claude files api vs llamaindex vs openai responses api until 14d",
    "fatima",
    {
        "ada": ("two",),
        "bjorn": ("one", "three"),
        "chloe": ("two", "four"),
        "dev": ("two",),
        "emeka": ("no_entry_sign",),
    },
)
# What else the team compares; it becomes the week's verdicts. Those that stay open outlive the digest.
OTHERS: Mapping[str, tuple[str, Mapping[str, tuple[str, ...]]]] = {
    '/compare langfuse vs langsmith for "tracing the support agent"': (
        "dev",
        {"ada": ("one",), "bjorn": ("one",), "chloe": ("two",), "dev": ("one",), "emeka": ("one",), "fatima": ("one",)},
    ),
    '/compare vllm vs llama.cpp for "the on-site pilot" until 14d': (
        "bjorn",
        {"ada": ("one",), "bjorn": ("one", "two"), "chloe": ("no_entry_sign",), "dev": ("one",)},
    ),
    '/compare gemini file search vs claude files api for "reading supplier contracts" until 14d': (
        "fatima",
        {"bjorn": ("two",), "chloe": ("two",), "fatima": ("one",)},
    ),
    '/compare langgraph vs pydantic ai for "the refund workflow" until 14d': (
        "chloe",
        {"chloe": ("two",), "emeka": ("one",)},
    ),
}


# Tools of the team's own: nothing here says anything of anybody's product.
HOUSE_SEARCH = NewTool(
    ToolFacts(
        "house-search", "House Search", "Us", "Vector Databases", "Our own search", "", "Tickets", None, None, ()
    ),
    (),
    StoredPrice("paid", "Our servers, a fixed sum a month", None, None),
    (NewTake("builder", "skip", "Nobody has the time to keep it up", "", "", "Us", "", "2026-11-02"),),
)
REFUND_BENCH = replace(
    HOUSE_SEARCH,
    facts=replace(
        HOUSE_SEARCH.facts, slug="refund-bench", name="Refund Bench", tagline="300 refund tickets with known answers"
    ),
)


async def a_week_of_changes(story: Story, end: int) -> None:
    """The catalogue moves on, and people change their minds about what is still open."""
    moved_on = replace(
        HOUSE_SEARCH,
        price=StoredPrice("freemium", "Free up to 10,000 tickets", None, "2026-12"),
        takes=(replace(HOUSE_SEARCH.takes[0], verdict="ship", headline="Two people keep it up now"),),
    )
    await story.app.database.run(importing.import_tools, TEAM, [moved_on, REFUND_BENCH], end - 3 * 86_400)
    llama = next(card for card in await story.cards(RANDOM) if "llama.cpp" in card.said)
    for name in ("emeka", "fatima"):
        await story.person(name).reacts(llama, "two")
    await story.shows(llama, "6 people")


async def compare(
    story: Story,
    line: str,
    starter: str,
    votes: Mapping[str, tuple[str, ...]],
    channel: str,
    *,
    is_pictured: bool = True,
) -> Card:
    """A comparison on which people have voted; where it is pictured, with Slack's numbers those of the people.

    The bot may take back eighteen of its own emoji a minute, which is not enough for all comparisons.
    """
    before = {card.ts for card in await story.cards(channel)}

    async def posted() -> Card | None:
        seeded = [card for card in await story.cards(channel) if "no_entry_sign" in card.reactions]
        return next((card for card in seeded if card.ts not in before), None)

    await story.person(starter).types(line, channel)
    card = await eventually(posted, lambda: f"{line} posted nothing")
    for name, emoji in votes.items():
        await story.person(name).reacts(card, *emoji)
    await story.shows(card, f"{len(votes)} people")
    if not is_pictured:
        return card

    async def settled() -> Card | None:
        """Slack's numbers are the votes once the bot has taken its own emoji back."""
        now = next(one for one in await story.cards(channel) if one.ts == card.ts)
        used = {emoji for ticked in votes.values() for emoji in ticked}
        return None if any(BOT in now.reactions[name] for name in used) else now

    return await eventually(settled, lambda: f"{line}: the bot's own emoji stay")


async def photographs(story: Story, browser: Browser, folder: Path) -> None:
    """All of them, in the order in which the story allows it."""
    for name, words in TALK:
        await story.post("message", channel=GENERAL, user=story.person(name).id, text=words)
    card = await compare(story, LINE, "ada", VOTES, GENERAL)
    three = await compare(story, *THREE, RANDOM)
    four = await compare(story, *FOUR, RANDOM)
    for line, (starter, votes) in OTHERS.items():
        await compare(story, line, starter, votes, RANDOM, is_pictured=False)
    await story.app.database.run(importing.import_tools, TEAM, [HOUSE_SEARCH], 0)
    chloe = story.person(PHOTOGRAPHER)
    await story.person("ada").types("/verdict subscribe mon 09:00 tz Europe/Berlin")
    subscribed = await story.person("ada").was_told("Monday at 09:00")
    for note in await chloe.whispers():
        await story.post("dismiss", user=chloe.id, ts=note.ts)

    await of_cards(story, browser, folder, (card, three, four))
    await of_home(story, browser, folder)
    await of_a_digest(story, browser, folder, card, int(subscribed.said.split("<!date^")[1].split("^")[0]))


async def of_cards(story: Story, browser: Browser, folder: Path, posted: tuple[Card, Card, Card]) -> None:
    """The page, the cards of two, three and four tools, the takes, and one tool's card."""
    card, three, four = posted
    async with screen(story, browser, "light", 1280, 1040) as page:
        await appeared(page, card)
        await page.screenshot(path=folder / "playground.png")
    for theme, suffix in THEMES:
        async with screen(story, browser, theme, 1040, 1200) as page:
            await cut(page, folder / f"card{suffix}.png", await appeared(page, card))
        for name, shown in (("card-three", three), ("card-four", four)):
            async with screen(story, browser, theme, 1040, 1500, RANDOM) as page:
                message = page.locator(f'article[data-ts="{shown.ts}"]')
                await message.scroll_into_view_if_needed()
                await cut(page, folder / f"{name}{suffix}.png", message)
    async with screen(story, browser, "light", 1040, 1200) as page:
        await page.get_by_role("button", name="Read the takes").click()
        await cut(page, folder / "takes.png", page.get_by_role("dialog", name="The takes"))
        await page.keyboard.press("Escape")

    chloe = story.person(PHOTOGRAPHER)
    await chloe.types("/verdict qdrant")
    private = await chloe.was_told("Compared")
    for theme, suffix in THEMES:
        async with screen(story, browser, theme, 1040, 1400) as page:
            await cut(page, folder / f"tool{suffix}.png", await appeared(page, private))
    await story.post("dismiss", user=chloe.id, ts=private.ts)


async def of_home(story: Story, browser: Browser, folder: Path) -> None:
    """The guide, and then the dashboard."""
    async with screen(story, browser, "light", 1040, 1600) as page:
        await opened_home(page, "Welcome to Verdicts")
        await cut(page, folder / "guide.png", page.locator(".home-page"), last=page.get_by_text("says more"))
    await story.post("open-home", user=story.person(PHOTOGRAPHER).id)
    for theme, suffix in THEMES:
        async with screen(story, browser, theme, 1040, 2000) as page:
            await opened_home(page, "Open in your channels")
            end = page.get_by_text("Share of people")
            await cut(page, folder / f"home{suffix}.png", page.locator(".home-page"), last=end)


async def opened_home(page: Page, heading: str) -> None:
    """Home with this heading, once it has been drawn for this visit, too."""
    async with page.expect_response(lambda answer: answer.url.endswith("/open-home")):
        await page.get_by_role("link", name="Verdicts").click()
    await expect(page.get_by_role("heading", name=heading)).to_be_visible()
    await page.evaluate(DRAWN)


async def of_a_digest(story: Story, browser: Browser, folder: Path, card: Card, due: int) -> None:
    """The week's verdicts below this card, of the week after the one that is due first."""
    # The first digest has a leaderboard to move on from; by the second what was asked for a week has closed.
    await story.app.scheduler.tick(at=due)
    first = await story.newer(card)
    await a_week_of_changes(story, due + WEEK)
    due += WEEK
    await story.post("clock", advance=due - (await story.get("state"))["now"])
    await story.app.scheduler.tick(at=due)
    digest = await story.newer(first)
    async with screen(story, browser, "light", 1040, 1600, at=due) as page:
        await cut(page, folder / "digest.png", await appeared(page, digest))


@asynccontextmanager
async def screen(
    story: Story,
    browser: Browser,
    theme: Theme,
    width: int,
    height: int,
    channel: str = GENERAL,
    at: int | None = None,
) -> AsyncIterator[Page]:
    """The page in a channel as the photographer sees it, now or at a moment; sizes in CSS pixels."""
    context = await browser.new_context(
        viewport={"width": width, "height": height},
        device_scale_factor=1.5,
        color_scheme=theme,
        reduced_motion="reduce",
        locale="en-GB",
        timezone_id="Europe/Berlin",
    )
    page = await context.new_page()
    if at is not None:
        await page.clock.set_fixed_time(at * 1000)
    await page.goto(f"{story.url}/#{story.person(PHOTOGRAPHER).id}/{channel}")
    await expect(page.get_by_text("Bot connected")).to_be_visible()
    yield page
    await context.close()


async def appeared(page: Page, card: Card) -> Locator:
    """A message, once the page shows it."""
    message = page.locator(f'article[data-ts="{card.ts}"]')
    await expect(message).to_be_in_viewport()
    return message


async def cut(page: Page, path: Path, subject: Locator, last: Locator | None = None) -> None:
    """Photograph one thing, whole or down to a part of it, with an empty margin: what stands around it is hidden."""
    await expect(subject).to_be_in_viewport(ratio=1)
    await subject.evaluate(
        """(node) => {
            for (; node !== document.body; node = node.parentElement)
                for (const other of node.parentElement.children) if (other !== node) other.style.opacity = 0;
        }"""
    )
    await page.evaluate(DRAWN)
    box, end = await subject.bounding_box(), await (last or subject).bounding_box()
    assert box is not None
    assert end is not None
    await page.screenshot(
        path=path,
        clip={
            "x": box["x"] - MARGIN,
            "y": box["y"] - MARGIN,
            "width": box["width"] + 2 * MARGIN,
            "height": end["y"] + end["height"] - box["y"] + 2 * MARGIN,
        },
    )


async def main(folder: Path) -> None:
    """Make the pictures in a folder, which is made where it is missing."""
    async with running() as story, chromium() as browser:
        await photographs(story, browser, folder)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    asyncio.run(main(parser.parse_args().folder))
