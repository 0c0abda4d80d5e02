"""The workspaces that the app serves: queries only."""

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select, text, update

from db.models import workspace


@dataclass(frozen=True, slots=True)
class StoredWorkspace:
    """A workspace and what it has taught us."""

    id: str
    name: str
    bot_user: str
    catalogue_version: int
    refuses_tables: bool
    catalogue_editors: str


_FIND = select(
    workspace.c.id,
    workspace.c.name,
    workspace.c.bot_user,
    workspace.c.catalogue_version,
    workspace.c.refuses_tables,
    workspace.c.catalogue_editors,
).where(workspace.c.id == bindparam("workspace"))
_VERSION = select(workspace.c.catalogue_version).where(workspace.c.id == bindparam("workspace"))
_STORE = text(
    """
    INSERT INTO workspace (id, name, bot_user, installed_at) VALUES (:workspace, :name, :bot_user, :now)
    ON CONFLICT (id) DO UPDATE SET name = excluded.name, bot_user = excluded.bot_user
    """
)
_MOVE = (
    update(workspace)
    .where(workspace.c.id == bindparam("workspace"))
    .values(catalogue_version=workspace.c.catalogue_version + 1)
)
_SET_EDITORS = (
    update(workspace).where(workspace.c.id == bindparam("of_workspace")).values(catalogue_editors=bindparam("editors"))
)
_REFUSE = update(workspace).where(workspace.c.id == bindparam("workspace")).values(refuses_tables=True)


def find(connection: Connection, workspace_id: str) -> StoredWorkspace | None:
    """The workspace, if the app was ever there."""
    row = connection.execute(_FIND, {"workspace": workspace_id}).first()
    return StoredWorkspace(*row[:4], bool(row.refuses_tables), row.catalogue_editors) if row else None


def store(connection: Connection, workspace_id: str, name: str, bot_user: str, now: int) -> None:
    """Keep the workspace as Slack names it now."""
    connection.execute(_STORE, {"workspace": workspace_id, "name": name, "bot_user": bot_user, "now": now})


def all_ids(connection: Connection) -> list[str]:
    """Every workspace there is, for the command line."""
    return list(connection.execute(select(workspace.c.id).order_by(workspace.c.id)).scalars())


def catalogue_version(connection: Connection, workspace_id: str) -> int:
    """A number that moves with every change of the workspace's tools; 0 for a workspace without any."""
    return connection.execute(_VERSION, {"workspace": workspace_id}).scalar() or 0


def move_catalogue_version(connection: Connection, workspace_id: str) -> None:
    """Tell whoever keeps names in memory that they are out of date."""
    connection.execute(_MOVE, {"workspace": workspace_id})


def refuse_tables(connection: Connection, workspace_id: str) -> None:
    """Remember that this workspace does not take native tables."""
    connection.execute(_REFUSE, {"workspace": workspace_id})


def set_catalogue_editors(connection: Connection, workspace_id: str, editors: str) -> None:
    """Keep who may change the catalogue: "everyone" or "admins"."""
    connection.execute(_SET_EDITORS, {"of_workspace": workspace_id, "editors": editors})
