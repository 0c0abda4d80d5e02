"""The playground's page in Chromium, in front of somebody: what they do, and whether everybody could."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import BrowserContext, ConsoleMessage, Locator, Page, Request, Response, WebSocket, expect

from tests.story import PATIENCE

BARRIERS = {"serious", "critical"}  # what axe calls them

expect.set_options(timeout=PATIENCE * 1_000)


@dataclass(frozen=True)
class Screen:
    """The playground's page, in front of somebody."""

    page: Page

    async def types(self, line: str) -> None:
        """Write a line into the message field and send it; whatever dialog was closed before must be gone."""
        await expect(self.page.get_by_role("dialog")).to_have_count(0)
        field = self.page.get_by_role("textbox", name="Message ")
        await field.fill(line)
        await field.press("Enter")

    async def becomes(self, name: str) -> None:
        """Look through somebody else's eyes, by the menu at the top."""
        await self.page.get_by_role("button", name="You are:").click()
        await self.page.get_by_role("menuitemradio", name=name).click()
        await expect(self.page.get_by_role("button", name=f"You are: {name}")).to_be_visible()

    def card(self, title: str) -> Locator:
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

    async def has_no_barriers(self) -> None:
        """axe finds nothing serious on the page as it is now, light and dark."""
        for theme in ("light", "dark"):
            await self.page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            found = await _axe().run(self.page)
            barriers = [barrier for barrier in map(_barrier, found.response["violations"]) if barrier]
            assert not barriers, f"{theme}: {barriers}"


@cache
def _axe() -> Axe:
    return Axe()


def _barrier(violation: Mapping[str, Any]) -> str:
    """What axe found and where; nothing where it is a matter of taste."""
    where = "; ".join(f"{node['target']} {node['failureSummary']}" for node in violation["nodes"])
    return f"{violation['id']}: {where}" if violation["impact"] in BARRIERS else ""


async def fill(dialog: Locator, words: Mapping[str, str]) -> None:
    """Write into a dialog's fields, found by what stands above them."""
    for label, said in words.items():
        await dialog.get_by_role("textbox", name=re.compile(f"^{label}")).fill(said)


async def choose(dialog: Locator, label: str, option: str, letters: str = "") -> None:
    """Choose from a dialog's menu by what stands above it, after a few letters; a tool's maker may follow its name."""
    menu = dialog.get_by_role("combobox", name=label)
    await menu.click()
    if letters:
        await menu.fill(letters)
    await dialog.get_by_role("option", name=re.compile(f"^{re.escape(option)}( ·|$)")).click()


def watch(context: BrowserContext, url: str) -> list[str]:
    """What goes wrong in the pages of a context from now on: complaints, refusals, and calls to anywhere but `url`."""
    faults: list[str] = []

    def said(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            faults.append(f"console: {message.text}")

    def asked(request: Request | WebSocket) -> None:
        if not re.sub("^ws:", "http:", request.url).startswith((f"{url}/", "data:")):
            faults.append(f"foreign: {request.url}")

    def answered(response: Response) -> None:
        if response.status >= 400:
            faults.append(f"{response.status}: {response.url}")

    context.on("console", said)
    context.on("weberror", lambda error: faults.append(f"exception: {error.error}"))
    context.on("request", asked)
    context.on("response", answered)
    context.on("page", lambda page: page.on("websocket", asked))
    return faults
