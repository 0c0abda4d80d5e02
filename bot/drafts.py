"""What a dialog of the catalogue would make, without writing anything: for its preview."""

from collections.abc import Mapping
from dataclasses import replace

from bot import catalogue, scorecards
from bot.editing import BadFields, WrittenTake, checked, lenses, take_problems, today
from bot.model import Price, Take, Tool, ToolCard, ToolStanding, Verdict
from db.connection import Connection


def tool_of(connection: Connection, workspace: str, tool_id: int | None, form: Mapping[str, str], now: int) -> ToolCard:
    """The card of the tool in a form, with the takes and the votes that it has. Raises BadFields, and UserError."""
    old = catalogue.find(connection, workspace, tool_id) if tool_id is not None else None
    new = checked(form, old.slug if old else "new", old, today(now))
    price = Price(new.pricing.entry, new.pricing.summary, new.pricing.source, new.pricing.as_of)
    tool = Tool(
        old.id if old else 0,
        new.slug,
        new.name,
        new.vendor,
        new.category,
        new.tagline,
        new.description,
        new.best_for,
        new.url,
        price,
        new.aliases,
        new.sources,
        new.released,
        old.takes if old else (),
    )
    standing = scorecards.standing(connection, workspace, tool) if old else ToolStanding(tool, 0, 0)
    return ToolCard(standing, card=None, tables=False)


def take_of(connection: Connection, workspace: str, tool_id: int, written: WrittenTake, person: str, now: int) -> Tool:
    """The tool with the take in a form as its only one. Raises BadFields, and UserError where the tool is gone."""
    tool = catalogue.find(connection, workspace, tool_id)
    name = " ".join(written.new_reviewer.split()) or lenses(connection, workspace).get(written.reviewer, "")
    if not name:
        raise BadFields({"lens": "Choose a reviewer, or name a new one below."})
    problems = take_problems(written)
    if problems:
        raise BadFields(problems)
    verdict: Verdict = "ship" if written.verdict == "ship" else "skip"
    headline, text, caveat, basis = written.lines
    draft = Take("draft", name, verdict, headline, text, caveat, person, basis, today(now))
    return replace(tool, takes=(draft,))
