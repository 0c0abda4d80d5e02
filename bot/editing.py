"""The catalogue as people change it in Slack: new tools, changed facts, takes; who may, and who did."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bot import catalogue, recounts
from bot.catalogue_file import CatalogueTool, skeleton, validated
from bot.counting import WhoCounts
from bot.errors import UserError
from bot.matching import key
from bot.model import Change, Editors, Tool
from db import audit as audit_rows
from db import cards as card_rows
from db import takes as take_rows
from db import tools as tool_rows
from db import workspaces as workspace_rows
from db.connection import Connection

LONGEST_SLUG = 60
LONGEST_LENS = 40
MOST_LENSES = 40  # a menu holds 100
AUDIT_SHOWN = 20

# Actions of the audit.
ADDED = "added"
EDITED = "edited"
TOOK = "take"
EDITORS = "catalogue_editors"
GUESTS = "guests"
EXTERNALS = "externals"
_TREATMENTS = {"counted": "counted", "apart": "shown apart", "out": "not counted"}

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


@dataclass(frozen=True, slots=True)
class Editor:
    """Somebody who changes the catalogue; `is_admin` is what Slack said a moment ago."""

    workspace: str
    person: str
    is_admin: bool


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


def editors(connection: Connection, workspace: str) -> Editors:
    """Who may change the catalogue."""
    known = workspace_rows.find(connection, workspace)
    return "admins" if known is not None and known.catalogue_editors == "admins" else "everyone"


def set_editors(connection: Connection, editor: Editor, wanted: str, now: int) -> None:
    """Say who may change the catalogue from now on. Raises UserError for whoever is no admin."""
    require_admin(editor.is_admin)
    if wanted not in ("everyone", "admins"):
        raise UserError("Choose everyone or admins.")
    if wanted == editors(connection, editor.workspace):
        return
    workspace_rows.set_catalogue_editors(connection, editor.workspace, wanted)
    _note(connection, editor, EDITORS, wanted, now)


def who_counts(connection: Connection, workspace: str) -> WhoCounts:
    """What becomes of the votes of guests and of people of other companies."""
    known = workspace_rows.find(connection, workspace)
    return WhoCounts(known.guests, known.externals) if known else WhoCounts()


def set_who_counts(connection: Connection, editor: Editor, guests: str, externals: str, now: int) -> None:
    """Say who counts from now on; what is open is counted anew soon. Raises UserError for whoever is no admin."""
    require_admin(editor.is_admin)
    before = who_counts(connection, editor.workspace)
    if guests not in ("counted", "out") or externals not in ("counted", "apart", "out"):
        raise UserError("Choose what becomes of these votes from the menu.")
    wanted = WhoCounts(
        "counted" if guests == "counted" else "out",
        "counted" if externals == "counted" else "apart" if externals == "apart" else "out",
    )
    if wanted == before:
        return
    workspace_rows.set_who_counts(
        connection, editor.workspace, wanted.guests, wanted.externals, now + recounts.LOOK_FOR
    )
    for action, old, new in ((GUESTS, before.guests, guests), (EXTERNALS, before.externals, externals)):
        if old != new:
            _note(connection, editor, action, _TREATMENTS[new], now)


def require_admin(is_admin: bool) -> None:
    """Raises UserError for whoever is no admin of the workspace."""
    if not is_admin:
        raise UserError("Only an admin of this Slack workspace can see and change the settings. Ask one of them.")


def require_editor(connection: Connection, editor: Editor) -> None:
    """Raises UserError for whoever may not change the catalogue at this moment."""
    if not editor.is_admin and editors(connection, editor.workspace) == "admins":
        raise UserError("In this workspace only admins change the catalogue. Ask one of them.")


def changes(connection: Connection, workspace: str) -> list[Change]:
    """The newest changes of the catalogue and the settings, newest first."""
    found = audit_rows.latest(connection, workspace, AUDIT_SHOWN)
    return [Change(one.at, one.person, one.action, one.subject) for one in found]


def categories(connection: Connection, workspace: str, typed: str, most: int = 99) -> tuple[list[str], str | None]:
    """The categories that fit what somebody has typed so far, and a new one of those words if there is none such."""
    words = " ".join(typed.split())[:LONGEST_LENS]
    known = catalogue.categories(connection, workspace)
    fits = [category for category in known if words.casefold() in category.casefold()]
    is_known = not words or skeleton(words) in map(skeleton, known)
    return fits[:most], None if is_known else words


def lenses(connection: Connection, workspace: str) -> dict[str, str]:
    """The names of the workspace's reviewers by slug, in their order; a new workspace begins with the panel of four."""
    return take_rows.reviewers(connection, workspace) or dict(catalogue.PANEL)


def add_tool(connection: Connection, editor: Editor, form: Mapping[str, str], now: int) -> int:
    """Write a new tool and return its id. Raises BadFields, and UserError for whoever may not."""
    require_editor(connection, editor)
    # First of all, because it locks the workspace's row: of two people who add one name, the second sees the first's.
    workspace_rows.move_catalogue_version(connection, editor.workspace)
    stored = tool_rows.everything(connection, editor.workspace)
    new = _checked(form, _slug(form.get("name", ""), stored), None, _today(now))
    _refuse_taken(connection, editor.workspace, new, None, stored.values())
    facts = _facts(new)
    tool_id = tool_rows.insert_tool(connection, editor.workspace, facts, now)
    tool_rows.set_price(connection, editor.workspace, tool_id, _price(new), now)
    tool_rows.set_aliases(connection, editor.workspace, tool_id, _keyed(new.aliases))
    _note(connection, editor, ADDED, new.name, now)
    return tool_id


def edit_tool(connection: Connection, editor: Editor, tool_id: int, form: Mapping[str, str], now: int) -> bool:
    """Write what differs, and return whether anything did. A changed price becomes the current one, the old history.

    Raises BadFields, and UserError for whoever may not and where the tool is gone.
    """
    require_editor(connection, editor)
    workspace_rows.move_catalogue_version(connection, editor.workspace)
    old = catalogue.find(connection, editor.workspace, tool_id)
    new = _checked(form, old.slug, old, _today(now))
    stored = tool_rows.everything(connection, editor.workspace)
    _refuse_taken(connection, editor.workspace, new, old, stored.values())
    before = stored[old.slug]
    facts = _facts(new)
    moved = False
    if catalogue.stored_facts(before) != facts:
        tool_rows.update_tool(connection, editor.workspace, tool_id, facts)
        moved = True
    if before.price != _price(new):
        tool_rows.set_price(connection, editor.workspace, tool_id, _price(new), now)
        moved = True
    keyed = _keyed(new.aliases)
    if tuple(alias for _, alias in keyed) != old.aliases:
        tool_rows.set_aliases(connection, editor.workspace, tool_id, keyed)
        moved = True
    if moved:
        card_rows.redraw_open(connection, editor.workspace, tool_id)
        _note(connection, editor, EDITED, new.name, now)
    return moved


def write_take(connection: Connection, editor: Editor, tool_id: int, written: WrittenTake, now: int) -> bool:
    """Make this the reviewer's current take on the tool, and return whether it says anything new.

    The one before becomes history. Raises BadFields, and UserError for whoever may not and where the tool is gone.
    """
    require_editor(connection, editor)
    workspace_rows.move_catalogue_version(connection, editor.workspace)
    tool = catalogue.find(connection, editor.workspace, tool_id)
    lens, name = _lens(connection, editor.workspace, written)
    problems = _take_problems(written)
    if problems:
        raise BadFields(problems)
    one_line = [" ".join(text.split()) for text in (written.headline, written.text, written.caveat, written.basis)]
    headline, text, caveat, basis = one_line
    current = next((take for take in tool.takes if take.reviewer == lens), None)
    if current is not None and [current.verdict, current.headline, current.text, current.caveat, current.basis] == [
        written.verdict,
        *one_line,
    ]:
        return False
    for position, (slug, panel_name) in enumerate(catalogue.PANEL):
        take_rows.add_reviewer(connection, editor.workspace, slug, panel_name, position)
    take_rows.add_reviewer(connection, editor.workspace, lens, name, len(lenses(connection, editor.workspace)))
    take = take_rows.NewTake(
        lens, written.verdict, headline, text, caveat, author=editor.person, basis=basis, reviewed_on=_today(now)
    )
    take_rows.record(connection, editor.workspace, tool_id, take, now)
    card_rows.redraw_open(connection, editor.workspace, tool_id)
    _note(connection, editor, TOOK, f"{tool.name} · {name}: {written.verdict}", now)
    return True


def _checked(form: Mapping[str, str], slug: str, old: Tool | None, today: str) -> CatalogueTool:
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


def _refuse_taken(
    connection: Connection,
    workspace: str,
    new: CatalogueTool,
    old: Tool | None,
    stored: Iterable[tool_rows.StoredTool],
) -> None:
    """Raises BadFields where a new name cannot be told from a name of another tool, and says of which."""
    aliases = tool_rows.aliases(connection, workspace)
    names_of = {tool.name: (tool.name, tool.slug, *aliases.get(tool.id, ())) for tool in stored if not _is(tool, old)}
    owners = {skeleton(name): owner for owner, names in names_of.items() for name in names}
    keys = {key(alias): owner for owner, (_, _, *others) in names_of.items() for alias in others}
    kept = {skeleton(name) for name in (old.name, *old.aliases)} if old is not None else set()
    problems: dict[str, str] = {}
    for field, names in (("name", (new.name,)), ("aliases", new.aliases)):
        for name in names:
            owner = owners.get(skeleton(name)) or (keys.get(key(name)) if field == "aliases" else None)
            if owner is not None and skeleton(name) not in kept and field not in problems:
                problems[field] = (
                    f"“{name}” is taken: it reads like a name of {owner}, which is in the catalogue. Edit that one, or "
                    "choose another name."
                )
    if problems:
        raise BadFields(problems)


def _is(tool: tool_rows.StoredTool, old: Tool | None) -> bool:
    return old is not None and tool.id == old.id


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
    taken = next((name for name in known.values() if skeleton(name) == skeleton(wanted)), None)
    if taken is not None:
        raise BadFields({"new_lens": f"There is a reviewer “{taken}” already. Choose it above."})
    if len(known) >= MOST_LENSES:
        raise BadFields({"new_lens": f"A panel has at most {MOST_LENSES} reviewers. Choose one above."})
    _, problems = validated(_with_name(wanted))
    if problems or len(wanted) > LONGEST_LENS:
        sentence = next((told for _, told in problems), f"At most {LONGEST_LENS} characters fit.")
        raise BadFields({"new_lens": sentence})
    return _free(_hyphened(wanted, LONGEST_LENS - 4) or "reviewer", known), wanted


def _take_problems(written: WrittenTake) -> dict[str, str]:
    """What is wrong with a take, by field, in the words and limits of a catalogue file."""
    review = {
        "verdict": written.verdict,
        "headline": written.headline,
        "take": written.text,
        "caveat": written.caveat,
    }
    document = {**_with_name("Any"), "basis": written.basis, "reviews": {"builder": review}}
    _, problems = validated(document)
    return {place.rpartition(".")[2]: sentence for place, sentence in reversed(problems)}


def _with_name(name: str) -> dict[str, object]:
    """A sound tool of this name, to have one part of it judged."""
    words = dict.fromkeys(("vendor", "category", "tagline", "description", "best_for"), "-")
    pricing = {"entry": "free", "summary": "-", "as_of": "2026-01-01"}
    return {"slug": "any", "name": name, **words, "pricing": pricing, **_NO_TAKE_YET}


def _slug(name: str, taken: Mapping[str, object]) -> str:
    return _free(_hyphened(name, LONGEST_SLUG - 6) or "tool", taken)


def _hyphened(name: str, longest: int) -> str:
    """A name as a to z, digits and single hyphens; empty where it has none of them."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return "-".join(re.findall("[a-z0-9]+", plain))[:longest].strip("-")


def _free(slug: str, taken: Mapping[str, object]) -> str:
    """The slug, or the first of slug-2, slug-3, … that is not taken."""
    number, free = 1, slug
    while free in taken:
        number += 1
        free = f"{slug}-{number}"
    return free


def _keyed(aliases: Sequence[str]) -> list[tuple[str, str]]:
    """Each alias under its key; two spellings of one key are one alias."""
    keyed: dict[str, str] = {}
    for alias in aliases:
        keyed.setdefault(key(alias), alias)
    return list(keyed.items())


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


def _note(connection: Connection, editor: Editor, action: str, subject: str, now: int) -> None:
    audit_rows.record(connection, editor.workspace, audit_rows.StoredChange(now, editor.person, action, subject))


def _today(now: int) -> str:
    return datetime.fromtimestamp(now, UTC).date().isoformat()
