"""Addresses that people write are shown at most: the bot itself goes to none of them."""

from dataclasses import replace

import pytest
from aiohttp import web

from bot import importing, starter
from tests.story import Story


@pytest.mark.fault("S07")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_no_address_of_the_catalogue_is_ever_fetched(story: Story) -> None:
    """A server inside, named as a tool's address, as its price's source and in what is typed, hears of nobody."""
    heard: list[str] = []

    async def hear(request: web.Request) -> web.Response:
        heard.append(request.path)
        return web.Response(text="secret")

    inside = web.Application()
    inside.router.add_route("*", "/{path:.*}", hear)
    runner = web.AppRunner(inside)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    forms = [f"http://127.0.0.1:{port}/a", f"http://user:word@127.0.0.1:{port}/b", f"http://0x7f.1:{port}/c"]
    try:
        ada = story.person("ada")
        for number, address in enumerate(forms):
            lure = _lure(number, address)
            await story.app.database.run(importing.import_tools, "T0PLAY", [lure], 1)
            await ada.types(f"/verdict lure {number}")
            shown = await ada.was_told(f"Lure {number}")
            assert "user:word" not in shown.said
        await ada.types(f'/compare lure 0 vs zed for "{forms[0]}"')
        await story.shows(await story.seeded(), "Lure 0")
        posts = await story.calls("chat.postMessage")

        assert all(post["arguments"]["unfurl_links"] is False for post in posts)
        assert heard == []
    finally:
        await runner.cleanup()


def _lure(number: int, address: str) -> importing.NewTool:
    known = starter.tools()[0]
    return replace(
        known,
        facts=replace(known.facts, slug=f"lure-{number}", name=f"Lure {number}", url=address),
        aliases=(),
        price=replace(known.price, source=address),
    )
