"""What the admins of a workspace decide: who may change the catalogue, whose votes count; and who changed what."""

from dataclasses import dataclass

from bot import recounts
from bot.counting import WhoCounts
from bot.errors import UserError
from bot.model import Change, Editors
from db import audit as audit_rows
from db import workspaces as workspace_rows
from db.connection import Connection

AUDIT_SHOWN = 20

# Actions of the audit.
EDITORS = "catalogue_editors"
GUESTS = "guests"
EXTERNALS = "externals"
_TREATMENTS = {"counted": "counted", "apart": "shown apart", "out": "not counted"}


@dataclass(frozen=True, slots=True)
class Editor:
    """Somebody who changes the catalogue; `is_admin` is what Slack said a moment ago."""

    workspace: str
    person: str
    is_admin: bool


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
    note(connection, editor, EDITORS, wanted, now)


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
            note(connection, editor, action, _TREATMENTS[new], now)


def require_admin(is_admin: bool, deed: str = "see and change the settings") -> None:
    """Raises UserError for whoever is no admin of the workspace."""
    if not is_admin:
        raise UserError(f"Only an admin of this Slack workspace can {deed}. Ask one of them.")


def require_editor(connection: Connection, editor: Editor) -> None:
    """Raises UserError for whoever may not change the catalogue at this moment."""
    if not editor.is_admin and editors(connection, editor.workspace) == "admins":
        raise UserError("In this workspace only admins change the catalogue. Ask one of them.")


def changes(connection: Connection, workspace: str) -> list[Change]:
    """The newest changes of the catalogue and the settings, newest first."""
    found = audit_rows.latest(connection, workspace, AUDIT_SHOWN)
    return [Change(one.at, one.person, one.action, one.subject) for one in found]


def note(connection: Connection, editor: Editor, action: str, subject: str, now: int) -> None:
    """Write a change into the audit."""
    audit_rows.record(connection, editor.workspace, audit_rows.StoredChange(now, editor.person, action, subject))
