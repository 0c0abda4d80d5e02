"""The catalogue that a new workspace starts with, and how a catalogue file becomes tools."""

from collections.abc import Iterable
from pathlib import Path

import db
from bot.catalogue_file import CatalogueTool, read_folder
from bot.importing import NewTool
from db.takes import NewTake
from db.tools import StoredPrice, ToolFacts

FOLDER = Path(db.__file__).with_name("starter")
RECORDED_AT = 0  # before any digest's week: what came with the app is nobody's news
AUTHOR = "AI panel"


def tools() -> list[NewTool]:
    """The starter catalogue. Raises ValueError when a file of it is broken, which a test would have shown."""
    found, problems = read_folder(FOLDER)
    if problems:
        raise ValueError(str(problems[0]))
    return as_new(found)


def as_new(found: Iterable[CatalogueTool]) -> list[NewTool]:
    """Catalogue files as the import takes them."""
    return [_new(tool) for tool in found]


def _new(tool: CatalogueTool) -> NewTool:
    return NewTool(
        facts=ToolFacts(
            tool.slug,
            tool.name,
            tool.vendor,
            tool.category,
            tool.tagline,
            tool.description,
            tool.best_for,
            tool.url,
            tool.released,
            tuple(tool.sources),
        ),
        aliases=tuple(tool.aliases),
        price=StoredPrice(tool.pricing.entry, tool.pricing.summary, tool.pricing.source, tool.pricing.as_of),
        takes=tuple(
            NewTake(
                reviewer,
                review.verdict,
                review.headline,
                review.take,
                review.caveat,
                review.author or AUTHOR,
                review.basis or tool.basis,
                review.reviewed_on or tool.reviewed_on,
            )
            for reviewer, review in tool.reviews.items()
        ),
        reviewers=tuple((slug, review.reviewer) for slug, review in tool.reviews.items() if review.reviewer),
    )
