"""The dialog *Read the takes*: every long take, tool by tool, with what would flip it, its author, date and basis."""

from collections.abc import Sequence
from typing import Final

from bot.model import Reasons, Take, Tool
from bot.views import actions, facts, kit
from bot.views.blocks import Block, Element, Modal, RichPiece
from bot.views.kit import NOBODY
from bot.views.reasons import teammates
from bot.views.text import clean, host, is_user, safe_url

TAKE: Final = 1_500  # graphemes of a long take; the catalogue's 110 words are about 700
CAVEAT: Final = 300
TOOL_BLOCKS: Final = 2  # before a tool's takes: its name, its facts
PAGE_BLOCKS: Final = 90  # of a dialog's 100; the rest is for the buttons that turn the pages
FEW_REASONS: Final = 10  # blocks that fit behind the takes on their page
_CAUTION: Final = "opinion, not tested"
PAGE_CHARACTERS: Final = 40_000  # far below a dialog's 250 KB in any script


def takes(tools: Sequence[Tool], page: int = 0, reasons: Reasons | None = None, comparison: int | None = None) -> Modal:
    """The dialog at one page, counted from 0; a page that is not there shows the nearest.

    Whoever turns the page sends `v1:<page>:<tool>…`, so that the dialog can be drawn again from the catalogue; its
    metadata says whose card it belongs to, with what teammates say on it.
    """
    pages = _pages(tools)
    _add_teammates(pages, teammates(reasons or Reasons()))
    page = max(0, min(page, len(pages) - 1))
    blocks = list(pages[page])
    buttons = _turning(tools, page, len(pages))
    if buttons:
        blocks += [kit.context(f"Page {page + 1} of {len(pages)}"), kit.actions(*buttons)]
    return {
        "type": "modal",
        "callback_id": actions.TAKES_DIALOG,
        "title": kit.plain("The takes"),
        "close": kit.plain("Close"),
        "blocks": blocks,
        "private_metadata": actions.value() if comparison is None else actions.value(comparison),
    }


def _add_teammates(pages: list[list[Block]], drawn: Sequence[Block]) -> None:
    """Behind the takes; on pages of their own unless all of it fits on the last one."""
    size = PAGE_CHARACTERS
    if len(pages[-1]) + len(drawn) <= PAGE_BLOCKS and len(drawn) < FEW_REASONS:
        size = 0
    for block in drawn:
        length = len(str(block))
        if len(pages[-1]) >= PAGE_BLOCKS or size + length > PAGE_CHARACTERS:
            pages.append([])
            size = 0
        pages[-1].append(block)
        size += length


def _turning(tools: Sequence[Tool], page: int, pages: int) -> list[Element]:
    ids = [tool.id for tool in tools[:4]]
    buttons: list[Element] = []
    if page > 0:
        buttons.append(kit.button("Previous", actions.TAKES_PREVIOUS, actions.value(page - 1, *ids)))
    if page < pages - 1:
        buttons.append(kit.button("Next", actions.TAKES_NEXT, actions.value(page + 1, *ids)))
    return buttons


def _pages(tools: Sequence[Tool]) -> list[list[Block]]:
    """The blocks of all takes, page by page: a tool's name is repeated where its takes go on over the page."""
    pages: list[list[Block]] = [[]]
    size = 0
    for tool in tools:
        begun = False
        for take in tool.takes or (None,):
            drawn = [_take(take)] if take else [kit.context("No reviewer has written about this yet.")]
            length = _length(take) if take else 0
            needed = len(drawn) + (0 if begun else TOOL_BLOCKS)
            if pages[-1] and (len(pages[-1]) + needed > PAGE_BLOCKS or size + length > PAGE_CHARACTERS):
                pages.append([])
                size, begun = 0, False
            if not begun:
                pages[-1] += [kit.header(clean(tool.name) or NOBODY), _facts(tool)]
                begun = True
            pages[-1] += drawn
            size += length
    return pages


def _length(take: Take) -> int:
    return len(take.text) + len(take.headline) + len(take.caveat)


def _facts(tool: Tool) -> Block:
    """Panel and price with its source."""
    pieces = [
        kit.words(f"Panel {facts.panel(tool)}\n"),
        kit.words(facts.price(tool.price)),
        *_source(tool.price.source),
    ]
    return kit.rich_text(kit.paragraph(*pieces))


def _source(url: str | None) -> list[RichPiece]:
    safe = safe_url(url)
    if safe:
        return [kit.words(" · source: "), kit.away(safe, host(safe))]
    return [kit.words(f" · source: {clean(url, 200)}")] if url else []


def _take(take: Take) -> Block:
    """One take as rich text, in which nothing that a reviewer wrote is read as markup."""
    rests = " · ".join(filter(None, [clean(take.reviewed_on, 10), clean(take.basis, facts.BASIS), _CAUTION]))
    if is_user(take.author):
        signed = [kit.user(take.author), kit.words(f" · {rests}", italic=True)]
    else:
        signed = [kit.words(f"{clean(take.author) or NOBODY} · {rests}", italic=True)]
    paragraphs = [
        kit.paragraph(
            kit.words(f"{clean(take.reviewer_name, 40) or NOBODY}: {take.verdict}", bold=True),
            kit.words(f" · {clean(take.headline, facts.HEADLINE)}\n"),
        ),
        kit.paragraph(kit.words(f"{clean(take.text, TAKE) or NOBODY}\n")),
    ]
    if take.caveat:
        paragraphs.append(kit.quote(kit.words("Caveat: ", bold=True), kit.words(clean(take.caveat, CAVEAT) or NOBODY)))
    paragraphs.append(kit.paragraph(*signed))
    return kit.rich_text(*paragraphs)
