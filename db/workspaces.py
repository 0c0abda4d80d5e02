"""The workspaces that the app serves: queries only."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select, text, update

from db.kinds import Treatment
from db.models import workspace
from db.served import as_list, is_served


@dataclass(frozen=True, slots=True)
class StoredWorkspace:
    """A workspace and what it has taught us."""

    id: str
    name: str
    bot_user: str
    catalogue_version: int
    refuses_tables: bool
    catalogue_editors: str
    guests: Treatment
    externals: Treatment
    installed_at: int

    @property
    def edition(self) -> tuple[int, int]:
        """What the catalogue says changes only with this; a workspace that was deleted and came back has another."""
        return self.installed_at, self.catalogue_version


_CHANGING = "changing"  # in a connection's info: the transaction that has begun to change a catalogue
_FIND = select(
    workspace.c.id,
    workspace.c.name,
    workspace.c.bot_user,
    workspace.c.catalogue_version,
    workspace.c.refuses_tables,
    workspace.c.catalogue_editors,
    workspace.c.guests,
    workspace.c.externals,
    workspace.c.installed_at,
).where(workspace.c.id == bindparam("workspace"))
_VERSION = select(workspace.c.catalogue_version).where(workspace.c.id == bindparam("workspace"))
_STORE = text(
    """
    INSERT INTO workspace (id, name, bot_user, installed_at) VALUES (:workspace, :name, :bot_user, :now)
    ON CONFLICT (id) DO UPDATE SET name = excluded.name, bot_user = excluded.bot_user
    """
)
_BEGIN_CHANGE = (
    update(workspace)
    .where(workspace.c.id == bindparam("workspace"))
    .values(catalogue_version=workspace.c.catalogue_version)
    .returning(workspace.c.catalogue_version)
)
_END_CHANGE = (
    update(workspace).where(workspace.c.id == bindparam("of_workspace")).values(catalogue_version=bindparam("version"))
)
_SET_EDITORS = (
    update(workspace).where(workspace.c.id == bindparam("of_workspace")).values(catalogue_editors=bindparam("editors"))
)
_SET_WHO_COUNTS = (
    update(workspace)
    .where(workspace.c.id == bindparam("of_workspace"))
    .values(guests=bindparam("of_guests"), externals=bindparam("of_externals"), recount_until=bindparam("until"))
)
_RECOUNT = update(workspace).where(workspace.c.id == bindparam("of_workspace")).values(recount_until=bindparam("until"))
_RECOUNTING = select(workspace.c.id, workspace.c.recount_until).where(
    is_served(workspace.c.id), workspace.c.recount_until.is_not(None)
)
_RECOUNTED = (
    update(workspace)
    .where(workspace.c.id == bindparam("of_workspace"), workspace.c.recount_until == bindparam("until"))
    .values(recount_until=None)
)
_GREET = (
    update(workspace)
    .where(workspace.c.id == bindparam("of_workspace"), workspace.c.greeted_at.is_(None))
    .values(greeted_at=bindparam("at"))
)
_FORGET_GREETING = update(workspace).where(workspace.c.id == bindparam("of_workspace")).values(greeted_at=None)
_REFUSE = update(workspace).where(workspace.c.id == bindparam("workspace")).values(refuses_tables=True)


def find(connection: Connection, workspace_id: str) -> StoredWorkspace | None:
    """The workspace, if the app was ever there."""
    row = connection.execute(_FIND, {"workspace": workspace_id}).first()
    return StoredWorkspace(*row[:4], bool(row.refuses_tables), *row[5:]) if row else None


def store(connection: Connection, workspace_id: str, name: str, bot_user: str, now: int) -> None:
    """Keep the workspace as Slack names it now."""
    connection.execute(_STORE, {"workspace": workspace_id, "name": name, "bot_user": bot_user, "now": now})


def all_ids(connection: Connection) -> list[str]:
    """Every workspace there is, for the command line."""
    return list(connection.execute(select(workspace.c.id).order_by(workspace.c.id)).scalars())


def catalogue_version(connection: Connection, workspace_id: str) -> int:
    """A number that moves with every change of the workspace's tools; 0 for a workspace without any."""
    return connection.execute(_VERSION, {"workspace": workspace_id}).scalar() or 0


def begin_change(connection: Connection, workspace_id: str) -> int:
    """Begin a change of the catalogue: lock it, and return the version that it will lead to.

    Until `end_change` the catalogue says the version from before, and names in memory are not taken for newer ones.
    """
    connection.info[_CHANGING] = connection.get_transaction()
    return int(connection.execute(_BEGIN_CHANGE, {"workspace": workspace_id}).scalar_one()) + 1


def is_changing(connection: Connection) -> bool:
    """Whether this transaction has begun to change a catalogue: what it reads may never be committed."""
    return connection.info.get(_CHANGING) is connection.get_transaction()


def end_change(connection: Connection, workspace_id: str, version: int) -> None:
    """Tell whoever keeps names in memory that they are out of date."""
    connection.execute(_END_CHANGE, {"of_workspace": workspace_id, "version": version})


def change(connection: Connection, workspace_id: str) -> None:
    """Begin a change and end it, where what a catalogue says has changed, but none of its tools."""
    end_change(connection, workspace_id, begin_change(connection, workspace_id))


def refuse_tables(connection: Connection, workspace_id: str) -> None:
    """Remember that this workspace does not take native tables."""
    connection.execute(_REFUSE, {"workspace": workspace_id})


def set_catalogue_editors(connection: Connection, workspace_id: str, editors: str) -> None:
    """Keep who may change the catalogue: "everyone" or "admins"."""
    connection.execute(_SET_EDITORS, {"of_workspace": workspace_id, "editors": editors})


def set_who_counts(
    connection: Connection, workspace_id: str, guests: Treatment, externals: Treatment, recount_until: int
) -> None:
    """Keep what becomes of the votes of guests and of people of other companies, and look for what to recount."""
    values = {"of_guests": guests, "of_externals": externals, "until": recount_until}
    connection.execute(_SET_WHO_COUNTS, {"of_workspace": workspace_id, **values})


def recount(connection: Connection, workspace_id: str, until: int) -> None:
    """Look through the workspace's open comparisons for those that were counted otherwise, until this time."""
    connection.execute(_RECOUNT, {"of_workspace": workspace_id, "until": until})


def recounting(connection: Connection, workspaces: Iterable[str]) -> list[tuple[str, int]]:
    """The workspaces to look through, each with the time until when."""
    rows = connection.execute(_RECOUNTING, {"workspaces": as_list(workspaces)})
    return [(row.id, row.recount_until) for row in rows]


def recounted(connection: Connection, workspace_id: str, until: int) -> None:
    """Look no more, unless somebody has asked for it again since."""
    connection.execute(_RECOUNTED, {"of_workspace": workspace_id, "until": until})


def greet(connection: Connection, workspace_id: str, now: int) -> bool:
    """Note that the first words are said; of several who ask at once exactly one is told that they are to say them."""
    return connection.execute(_GREET, {"of_workspace": workspace_id, "at": now}).rowcount == 1


def forget_greeting(connection: Connection, workspace_id: str) -> None:
    """Note that the first words were not said after all."""
    connection.execute(_FORGET_GREETING, {"of_workspace": workspace_id})
