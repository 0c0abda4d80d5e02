"""The catalogue as people change it in Slack: new tools, changed facts, takes."""

import hashlib
import re
import unicodedata
from collections.abc import Container, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bot import catalogue
from bot.catalogue import Shelf
from bot.catalogue_file import CatalogueTool, validated
from bot.errors import UserError
from bot.importing import PANEL, keyed, stored_facts
from bot.look_alikes import alike
from bot.model import Tool
from bot.names import Found, Names
from bot.spelling import key
from bot.workspace_settings import Editor, note, require_editor
from db import cards as card_rows
from db import takes as take_rows
from db import tools as tool_rows
from db import workspaces as workspace_rows
from db.connection import Connection

LONGEST_SLUG = 60
LONGEST_LENS = 40
MOST_LENSES = 40  # a menu holds 100
MOST_ALIASES = 20  # what a catalogue file may hold
OWN = "own"  # the answer that a name near another's is a tool of its own

# Actions of the audit.
ADDED = "added"
EDITED = "edited"
ALIASED = "aliased"
TOOK = "take"

# What a form of a tool holds, by its place in a catalogue file.
_TOOL_FIELDS = {
    "name": "name",
    "aliases": "aliases",
    "vendor": "vendor",
    "category": "category",
    "tagline": "tagline",
    "description": "description",
    "best_for": "best_for",
    "url": "url",
    "pricing.entry": "entry",
    "pricing.summary": "price",
    "pricing.source": "price_source",
    "pricing.as_of": "price_as_of",
}
_NO_TAKE_YET = {"basis": "-", "reviewed_on": "2026-01-01"}  # a file's words about takes, where there are none


class BadFields(UserError):
    """Something in a form cannot be stored; `fields` says what, for each field."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__(next(iter(fields.values())))
        self.fields = dict(fields)


class Resembles(UserError):
    """The name of a new tool may be another one's: it looks just like it (`is_certain`), or is a typo away."""

    def __init__(self, tool: Tool, name: str, *, is_certain: bool) -> None:
        super().__init__(f"“{name}” may be {tool.name}, which is in the catalogue. Choose another name.")
        self.tool = tool
        self.name = name
        self.is_certain = is_certain


@dataclass(frozen=True, slots=True)
class WrittenTake:
    """A take as a form holds it: the slug of a reviewer that is there, or the name of a new one."""

    reviewer: str
    new_reviewer: str
    verdict: str
    headline: str
    text: str
    caveat: str
    basis: str

    @property
    def lines(self) -> list[str]:
        """Headline, text, caveat and basis, each as the one line that is stored."""
        return [" ".join(text.split()) for text in (self.headline, self.text, self.caveat, self.basis)]


def categories(connection: Connection, workspace: str, typed: str, most: int = 99) -> tuple[list[str], str | None]:
    """The categories that fit what somebody has typed so far, and a new one of those words if there is none such."""
    words = " ".join(typed.split())[:LONGEST_LENS]
    known = catalogue.categories(connection, workspace)
    fits = [category for category in known if words.casefold() in category.casefold()]
    is_known = not words or any(alike(words, category) for category in known)
    return fits[:most], None if is_known else words


def lenses(connection: Connection, workspace: str) -> dict[str, str]:
    """The names of those who sit on the panel by slug, in their order; a new workspace begins with the four."""
    seats = take_rows.panel(connection, workspace)
    return {one.slug: one.name for one in seats if not one.is_retired} if seats else dict(PANEL)


def add_tool(connection: Connection, shelf: Shelf, editor: Editor, form: Mapping[str, str], now: int) -> int:
    """Write a new tool and return its id.

    Raises BadFields, UserError for whoever may not, and Resembles where the name may be another tool's: a near one is
    taken when the form says that it is a tool of its own.
    """
    require_editor(connection, editor)
    # First of all, because it locks the workspace's row: of two people who add one name, the second sees the first's.
    version = workspace_rows.begin_change(connection, editor.workspace)
    names = shelf.names(connection, editor.workspace)
    new = checked(form, _slug(connection, editor.workspace, form.get("name", "")), None, today(now))
    _refuse_taken(connection, editor.workspace, names, new, None)
    _refuse_retired(connection, editor.workspace, new)
    _ask_about_near(connection, editor.workspace, names, new, is_own=form.get("resembles") == OWN)
    (tool_id,) = tool_rows.insert_tools(connection, editor.workspace, [(_facts(new), keyed(new.aliases))], version, now)
    tool_rows.insert_prices(connection, editor.workspace, [(tool_id, _price(new))], now)
    workspace_rows.end_change(connection, editor.workspace, version)
    note(connection, editor, ADDED, new.name, now)
    return tool_id


def fingerprint(tool: Tool) -> str:
    """What a dialog shows of a tool, in sixteen letters: others as soon as somebody has changed any of it."""
    shown = replace(tool, takes=(), is_retired=False)
    return hashlib.blake2b(repr(shown).encode(), digest_size=8).hexdigest()


def edit_tool(
    connection: Connection,
    shelf: Shelf,
    editor: Editor,
    tool_id: int,
    form: Mapping[str, str],
    now: int,
    seen: str | None = None,
) -> bool:
    """Write what differs, and return whether anything did. A changed price becomes the current one, the old history.

    Raises BadFields, also where the tool is not any more what was `seen` when the form was opened, and UserError for
    whoever may not and where the tool is gone.
    """
    require_editor(connection, editor)
    version = workspace_rows.begin_change(connection, editor.workspace)
    names = shelf.names(connection, editor.workspace)
    old = catalogue.find(connection, editor.workspace, tool_id)
    if seen is not None and seen != fingerprint(old):
        raise BadFields({"name": "Somebody has changed this tool meanwhile. Copy what you typed, and edit it again."})
    new = checked(form, old.slug, old, today(now))
    _refuse_taken(connection, editor.workspace, names, new, old)
    before = tool_rows.by_id(connection, editor.workspace, [tool_id])[tool_id]
    facts, own = _facts(new), keyed(new.aliases)
    moved = False
    if stored_facts(before) != facts or tuple(alias for _, alias in own) != old.aliases:
        tool_rows.update_tool(connection, editor.workspace, tool_id, facts, own, version)
        moved = True
    if before.price != _price(new):
        tool_rows.set_price(connection, editor.workspace, tool_id, _price(new), now)
        moved = True
    if moved:
        workspace_rows.end_change(connection, editor.workspace, version)
        card_rows.redraw_open(connection, editor.workspace, tool_id)
        note(connection, editor, EDITED, new.name, now)
    return moved


def add_alias(connection: Connection, shelf: Shelf, editor: Editor, tool_id: int, name: str, now: int) -> None:
    """Make this another name of a tool that is there. Raises what `edit_tool` raises."""
    require_editor(connection, editor)
    version = workspace_rows.begin_change(connection, editor.workspace)
    names = shelf.names(connection, editor.workspace)
    tool = catalogue.find(connection, editor.workspace, tool_id)
    stored = tool_rows.by_id(connection, editor.workspace, [tool_id])[tool_id]
    document, problems = validated(with_name(name))
    if document is None:
        raise BadFields({"name": problems[0][1]})
    if len(tool.aliases) >= MOST_ALIASES:
        raise BadFields({"name": f"{tool.name} has {MOST_ALIASES} other names already. Edit it to take one away."})
    if names.exact(document.name) == Found(tool_id, exact=True):
        raise BadFields({"name": f"“{document.name}” is a name of {tool.name} already."})
    document = document.model_copy(update={"aliases": (document.name,)})
    _refuse_taken(connection, editor.workspace, names, document, tool)
    own = keyed((*tool.aliases, document.name))
    tool_rows.update_tool(connection, editor.workspace, tool_id, stored_facts(stored), own, version)
    workspace_rows.end_change(connection, editor.workspace, version)
    note(connection, editor, ALIASED, f"{tool.name} · {document.name}", now)


def write_take(connection: Connection, editor: Editor, tool_id: int, written: WrittenTake, now: int) -> bool:
    """Make this the reviewer's current take on the tool, and return whether it says anything new.

    The one before becomes history. Raises BadFields, and UserError for whoever may not and where the tool is gone.
    """
    require_editor(connection, editor)
    # Of two who write at once the second is the newer.
    version = workspace_rows.begin_change(connection, editor.workspace)
    tool = catalogue.find(connection, editor.workspace, tool_id)
    lens, name = _lens(connection, editor.workspace, written)
    problems = take_problems(written)
    if problems:
        raise BadFields(problems)
    one_line = written.lines
    headline, text, caveat, basis = one_line
    current = next((take for take in tool.takes if take.reviewer == lens), None)
    if current is not None and [current.verdict, current.headline, current.text, current.caveat, current.basis] == [
        written.verdict,
        *one_line,
    ]:
        return False
    for position, (slug, panel_name) in enumerate(PANEL):
        take_rows.add_reviewer(connection, editor.workspace, slug, panel_name, position)
    take_rows.add_reviewer(connection, editor.workspace, lens, name, len(lenses(connection, editor.workspace)))
    take = take_rows.NewTake(
        lens, written.verdict, headline, text, caveat, author=editor.person, basis=basis, reviewed_on=today(now)
    )
    take_rows.record(connection, editor.workspace, tool_id, take, now)
    workspace_rows.end_change(connection, editor.workspace, version)
    card_rows.redraw_open(connection, editor.workspace, tool_id)
    note(connection, editor, TOOK, f"{tool.name} · {name}: {written.verdict}", now)
    return True


def checked(form: Mapping[str, str], slug: str, old: Tool | None, today: str) -> CatalogueTool:
    """The form as a catalogue file would say it, with a file's limits. Raises BadFields."""
    document = {
        "slug": slug,
        "name": form.get("name", ""),
        "aliases": [part.strip() for part in re.split("[,\n;]", form.get("aliases", "")) if part.strip()],
        "vendor": form.get("vendor", ""),
        "category": form.get("category", ""),
        "tagline": form.get("tagline", ""),
        "description": form.get("description", ""),
        "best_for": form.get("best_for", ""),
        "url": form.get("url") or None,
        "pricing": {
            "entry": form.get("entry", ""),
            "summary": form.get("price", ""),
            "source": form.get("price_source") or None,
            "as_of": form.get("price_as_of") or today,
        },
        **_NO_TAKE_YET,
    }
    tool, problems = validated(document)
    if tool is None:
        found: dict[str, str] = {}
        for place, sentence in problems:
            top = place if place in _TOOL_FIELDS else place.partition(".")[0]
            found.setdefault(_TOOL_FIELDS.get(top, "name"), sentence)
        raise BadFields(found)
    if old is not None:
        # Known from files alone; the dialog has no fields for them.
        tool = tool.model_copy(update={"released": old.released, "sources": old.sources})
    return tool


def _refuse_taken(connection: Connection, workspace: str, names: Names, new: CatalogueTool, old: Tool | None) -> None:
    """Raises BadFields where a new name is spelled like a name of another tool or an alias looks like one.

    A name that only looks like one raises Resembles: it can become an alias of that tool.
    """
    kept = {key(name) for name in (old.name, *old.aliases)} if old is not None else set()
    own = {old.id} if old is not None else set()
    owners = tool_rows.alias_owners(connection, workspace, [key(alias) for alias in new.aliases])
    problems: dict[str, str] = {}
    for field, given in (("name", (new.name,)), ("aliases", new.aliases)):
        for name in given:
            others = [tool_id for tool_id in names.look_alikes(name) if tool_id not in own]
            if field == "aliases" and owners.get(key(name)) in names:
                others += [owners[key(name)]] if owners[key(name)] not in own else []
            if not others or key(name) in kept or field in problems:
                continue
            owner = names.spellings(others[0])[-1]
            if field == "name" and old is None and names.exact(name) is None:
                raise Resembles(catalogue.find(connection, workspace, others[0]), new.name, is_certain=True)
            problems[field] = (
                f"“{name}” is taken: it reads like a name of {owner}, which is in the catalogue. Edit that one, or "
                "choose another name."
            )
    if problems:
        raise BadFields(problems)


def _refuse_retired(connection: Connection, workspace: str, new: CatalogueTool) -> None:
    """Raises BadFields where a tool of this name was taken out of the catalogue and can be brought back."""
    for one in tool_rows.retired(connection, workspace):
        if alike(one.name, new.name):
            raise BadFields(
                {
                    "name": f"{one.name} was taken out of the catalogue. “/verdict restore {one.name}” brings it back; "
                    "or choose another name."
                }
            )


def _ask_about_near(connection: Connection, workspace: str, names: Names, new: CatalogueTool, *, is_own: bool) -> None:
    """Raises Resembles where the name is a typo away from another's, unless somebody said that it is a tool of its own.

    Whatever else is wrong has been said before: this is the last question.
    """
    near = () if is_own else names.near(new.name)
    if near:
        raise Resembles(catalogue.find(connection, workspace, near[0]), new.name, is_certain=False)


def _lens(connection: Connection, workspace: str, written: WrittenTake) -> tuple[str, str]:
    """Slug and name of the reviewer that a form means. Raises BadFields."""
    known = lenses(connection, workspace)
    wanted = " ".join(written.new_reviewer.split())
    if not wanted:
        if written.reviewer not in known:
            raise BadFields({"lens": "Choose a reviewer, or name a new one below."})
        return written.reviewer, known[written.reviewer]
    if written.reviewer:
        raise BadFields({"new_lens": "You chose a reviewer above as well. Choose one, or name a new one."})
    taken = next((name for name in known.values() if alike(name, wanted)), None)
    if taken is not None:
        raise BadFields({"new_lens": f"There is a reviewer “{taken}” already. Choose it above."})
    if len(known) >= MOST_LENSES:
        raise BadFields({"new_lens": f"A panel has at most {MOST_LENSES} reviewers. Choose one above."})
    _, problems = validated(with_name(wanted))
    if problems or len(wanted) > LONGEST_LENS:
        sentence = next((told for _, told in problems), f"At most {LONGEST_LENS} characters fit.")
        raise BadFields({"new_lens": sentence})
    return free(hyphened(wanted, LONGEST_LENS - 4) or "reviewer", known), wanted


def take_problems(written: WrittenTake) -> dict[str, str]:
    """What is wrong with a take, by field, in the words and limits of a catalogue file."""
    review = {
        "verdict": written.verdict,
        "headline": written.headline,
        "take": written.text,
        "caveat": written.caveat,
    }
    document = {**with_name("Any"), "basis": written.basis, "reviews": {"builder": review}}
    _, problems = validated(document)
    return {place.rpartition(".")[2]: sentence for place, sentence in reversed(problems)}


def with_name(name: str) -> dict[str, object]:
    """A sound tool of this name, to have one part of it judged."""
    words = dict.fromkeys(("vendor", "category", "tagline", "description", "best_for"), "-")
    pricing = {"entry": "free", "summary": "-", "as_of": "2026-01-01"}
    return {"slug": "any", "name": name, **words, "pricing": pricing, **_NO_TAKE_YET}


def _slug(connection: Connection, workspace: str, name: str) -> str:
    slug = hyphened(name, LONGEST_SLUG - 6) or "tool"
    return free(slug, tool_rows.slugs_like(connection, workspace, slug))


def hyphened(name: str, longest: int) -> str:
    """A name as a to z, digits and single hyphens; empty where it has none of them."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return "-".join(re.findall("[a-z0-9]+", plain))[:longest].strip("-")


def free(slug: str, taken: Container[str]) -> str:
    """The slug, or the first of slug-2, slug-3, … that is not taken."""
    number, free = 1, slug
    while free in taken:
        number += 1
        free = f"{slug}-{number}"
    return free


def _facts(tool: CatalogueTool) -> tool_rows.ToolFacts:
    return tool_rows.ToolFacts(
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
    )


def _price(tool: CatalogueTool) -> tool_rows.StoredPrice:
    price = tool.pricing
    return tool_rows.StoredPrice(price.entry, price.summary, price.source, price.as_of)


def today(now: int) -> str:
    """Write a change into the audit."""
    return datetime.fromtimestamp(now, UTC).date().isoformat()
