"""The panel: which reviewers a team has, what they are called, and in which order they speak."""

from bot.catalogue_file import validated
from bot.editing import LONGEST_LENS, MOST_LENSES, BadFields, free, hyphened, with_name
from bot.errors import UserError
from bot.importing import PANEL
from bot.look_alikes import alike
from bot.model import Reviewer
from bot.workspace_settings import Editor, note, require_editor
from db import cards as card_rows
from db import takes as take_rows
from db import workspaces as workspace_rows
from db.connection import Connection

# Actions of the audit.
JOINED = "reviewer_joined"
RENAMED = "reviewer_renamed"
MOVED = "reviewer_moved"
LEFT = "reviewer_left"
RETURNED = "reviewer_returned"


def reviewers(connection: Connection, workspace: str) -> list[Reviewer]:
    """Everyone who sits or sat on the panel, in their order; a new workspace begins with the four."""
    known = take_rows.panel(connection, workspace)
    if not known:
        return [Reviewer(slug, name, is_retired=False) for slug, name in PANEL]
    return [Reviewer(one.slug, one.name, one.is_retired) for one in known]


def join(connection: Connection, editor: Editor, name: str, now: int) -> str:
    """Seat a new reviewer at the end of the panel and return their slug. Raises BadFields, UserError."""
    known = _begin(connection, editor)
    wanted = _checked(name, known, None)
    if len(known) >= MOST_LENSES:
        raise BadFields({"new_lens": f"A panel has at most {MOST_LENSES} reviewers, those who left included."})
    slug = free(hyphened(wanted, LONGEST_LENS - 4) or "reviewer", {one.slug for one in known})
    take_rows.add_reviewer(connection, editor.workspace, slug, wanted, len(known))
    note(connection, editor, JOINED, wanted, now)
    return slug


def rename(connection: Connection, editor: Editor, slug: str, name: str, now: int) -> None:
    """Give a reviewer another name; their takes are under it from now on. Raises BadFields, UserError."""
    known = _begin(connection, editor)
    old = _seated(known, slug)
    wanted = _checked(name, known, slug)
    if wanted == old.name:
        return
    take_rows.rename_reviewer(connection, editor.workspace, slug, wanted)
    _shown_anew(connection, editor.workspace)
    note(connection, editor, RENAMED, f"{old.name} → {wanted}", now)


def move(connection: Connection, editor: Editor, slug: str, by: int, now: int) -> None:
    """Let a reviewer speak one place earlier (-1) or later (1); at the end of the row nothing moves."""
    known = [one for one in _begin(connection, editor) if not one.is_retired]
    here = known.index(_seated(known, slug))
    there = here + by
    if not 0 <= there < len(known):
        return
    known[here], known[there] = known[there], known[here]
    for position, one in enumerate(known):
        take_rows.place_reviewer(connection, editor.workspace, one.slug, position)
    _shown_anew(connection, editor.workspace)
    note(connection, editor, MOVED, known[there].name, now)


def leave(connection: Connection, editor: Editor, slug: str, now: int) -> None:
    """Let a reviewer leave the panel: their takes count no more, and are kept. Raises UserError for the last one."""
    known = _begin(connection, editor)
    old = _seated(known, slug)
    if old.is_retired:
        return
    if sum(not one.is_retired for one in known) == 1:
        raise UserError("The last reviewer cannot leave the panel. Add another one first.")
    take_rows.retire_reviewer(connection, editor.workspace, slug, now)
    _shown_anew(connection, editor.workspace)
    note(connection, editor, LEFT, old.name, now)


def come_back(connection: Connection, editor: Editor, slug: str, now: int) -> None:
    """Let a reviewer sit on the panel again, with the takes that they had."""
    old = _seated(_begin(connection, editor), slug)
    if not old.is_retired:
        return
    take_rows.retire_reviewer(connection, editor.workspace, slug, None)
    _shown_anew(connection, editor.workspace)
    note(connection, editor, RETURNED, old.name, now)


def _begin(connection: Connection, editor: Editor) -> list[Reviewer]:
    """Lock the catalogue, see that the panel is stored, and return it. Raises UserError for whoever may not."""
    require_editor(connection, editor)
    workspace_rows.begin_change(connection, editor.workspace)
    known = reviewers(connection, editor.workspace)
    for position, one in enumerate(known):
        take_rows.add_reviewer(connection, editor.workspace, one.slug, one.name, position)
    return known


def _shown_anew(connection: Connection, workspace: str) -> None:
    """Takes are under other names, in another order, or others count: whatever shows them is out of date."""
    workspace_rows.change(connection, workspace)
    card_rows.redraw_every_open(connection, workspace)


def _seated(known: list[Reviewer], slug: str) -> Reviewer:
    found = next((one for one in known if one.slug == slug), None)
    if found is None:
        raise UserError("There is no such reviewer any more. Open the panel again: /verdict panel")
    return found


def _checked(name: str, known: list[Reviewer], slug: str | None) -> str:
    """A reviewer's name in one line. Raises BadFields where it is none, or another's."""
    wanted = " ".join(name.split())
    _, problems = validated(with_name(wanted))
    if problems or len(wanted) > LONGEST_LENS:
        sentence = next((told for _, told in problems), f"At most {LONGEST_LENS} characters fit.")
        raise BadFields({"new_lens": sentence})
    taken = next((one for one in known if one.slug != slug and alike(one.name, wanted)), None)
    if taken is not None:
        again = " They left the panel; let them come back from the list." if taken.is_retired else ""
        raise BadFields({"new_lens": f"There is a reviewer “{taken.name}” already.{again}"})
    return wanted
