"""Where the app was installed, and the round trips through the browser that lead there: queries only.

Tokens arrive here and leave sealed.
"""

from dataclasses import dataclass, fields

from sqlalchemy import Connection, bindparam, delete, func, insert, or_, select, text, update

from db.models import installation, oauth_state, workspace

_OF = installation.c.owner == bindparam("of_owner")


@dataclass(frozen=True, slots=True)
class StoredInstallation:
    """A row of `installation`, column by column."""

    owner: str
    enterprise: str
    app: str
    name: str
    bot_user: str
    installer: str
    scopes: str
    token: str | None
    refresh_token: str | None
    key_id: str | None
    expires_at: int | None
    renew_after: int
    renewals_failed: int
    stopped: str | None
    installed_at: int
    revision: int
    changed_at: int


_NAMES = [field.name for field in fields(StoredInstallation)]
_COLUMNS = [installation.c[name] for name in _NAMES]
_FIND = select(*_COLUMNS).where(_OF)
_LOCK = _FIND.with_for_update()
_CHANGED = select(*_COLUMNS).where(installation.c.changed_at >= bindparam("since")).order_by(installation.c.owner)
_STORE = text(
    f"INSERT INTO installation ({', '.join(_NAMES)}) VALUES ({', '.join(f':{name}' for name in _NAMES)}) "  # noqa: S608  names of columns
    "ON CONFLICT (owner) DO UPDATE SET revision = installation.revision + 1, "
    + ", ".join(f"{name} = excluded.{name}" for name in _NAMES if name not in {"owner", "revision"})
)
_KEY_IDS = select(installation.c.key_id, func.count(), func.min(installation.c.owner)).group_by(installation.c.key_id)
_SEALED_OTHERWISE = (
    select(*_COLUMNS)
    .where(installation.c.key_id != bindparam("newest"))
    .order_by(installation.c.owner)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_TO_RENEW = (
    select(*_COLUMNS)
    .where(
        installation.c.expires_at < bindparam("before"),
        installation.c.renew_after <= bindparam("now"),
        installation.c.refresh_token.is_not(None),
        or_(installation.c.stopped.is_(None), installation.c.stopped == "token_expired"),
    )
    .order_by(installation.c.expires_at)
    .limit(1)
    .with_for_update(skip_locked=True)
)
_WORKSPACES = (
    select(workspace.c.id)
    .where(workspace.c.owner == bindparam("owner"), workspace.c.purge_at.is_(None))
    .order_by(workspace.c.id)
)
_OF_WORKSPACE = workspace.c.id == bindparam("of_workspace")
_PURGE_AT = select(workspace.c.purge_at).where(_OF_WORKSPACE)
_JOIN = update(workspace).where(_OF_WORKSPACE).values(owner=bindparam("new_owner"), purge_at=None)
_LEAVE = (
    update(workspace)
    .where(workspace.c.owner == bindparam("of_owner"), workspace.c.purge_at.is_(None))
    .values(purge_at=bindparam("at"))
)
_LEAVE_ONE = (
    update(workspace)
    .where(_OF_WORKSPACE, workspace.c.owner == bindparam("of_owner"), workspace.c.purge_at.is_(None))
    .values(purge_at=bindparam("at"))
)
_ISSUE = insert(oauth_state)
# In one statement, so that of any number of tries at the same moment one alone finds the row.
_CONSUME = (
    delete(oauth_state)
    .where(oauth_state.c.hash == bindparam("of_hash"), oauth_state.c.expires_at > bindparam("now"))
    .returning(oauth_state.c.hash)
)
_STATES = select(func.count()).select_from(oauth_state)
_FORGET_STATES = delete(oauth_state).where(oauth_state.c.expires_at <= bindparam("now"))


def find(connection: Connection, owner: str, *, lock: bool = False) -> StoredInstallation | None:
    """The installation of a workspace or an organisation; `lock` keeps it from changing until the commit."""
    row = connection.execute(_LOCK if lock else _FIND, {"of_owner": owner}).first()
    return StoredInstallation(*row) if row else None


def changed(connection: Connection, since: int) -> list[StoredInstallation]:
    """Every installation that was changed at or after a moment by the database's clock; 0 for all."""
    return [StoredInstallation(*row) for row in connection.execute(_CHANGED, {"since": since})]


def store(connection: Connection, given: StoredInstallation) -> None:
    """Keep an installation in place of what was there, with the next revision."""
    connection.execute(_STORE, {field.name: getattr(given, field.name) for field in fields(given)})


def change(connection: Connection, given: StoredInstallation) -> None:
    """Write a row that was read, with the next revision: replicas will see that it is another one."""
    values = {field.name: getattr(given, field.name) for field in fields(given) if field.name != "owner"}
    connection.execute(
        update(installation).where(_OF).values(values | {"revision": given.revision + 1}), {"of_owner": given.owner}
    )


def reseal(connection: Connection, given: StoredInstallation) -> None:
    """Write a row's sealed tokens: the same tokens as before, so that no replica needs to look."""
    values = {"token": given.token, "refresh_token": given.refresh_token, "key_id": given.key_id}
    connection.execute(update(installation).where(_OF).values(values), {"of_owner": given.owner})


def keys_in_use(connection: Connection) -> list[tuple[str, int, str]]:
    """The id of each key that tokens are sealed with, for how many installations, and the owner of one of them."""
    return [(key_id, count, owner) for key_id, count, owner in connection.execute(_KEY_IDS) if key_id is not None]


def sealed_otherwise(connection: Connection, newest: str, most: int) -> list[StoredInstallation]:
    """Installations whose tokens are sealed with another key than this one; locked until the commit."""
    rows = connection.execute(_SEALED_OTHERWISE, {"newest": newest, "most": most})
    return [StoredInstallation(*row) for row in rows]


def to_renew(connection: Connection, before: int, now: int) -> StoredInstallation | None:
    """An installation whose token expires before a moment, and that nobody is renewing; locked until the commit."""
    row = connection.execute(_TO_RENEW, {"before": before, "now": now}).first()
    return StoredInstallation(*row) if row else None


def postpone(connection: Connection, owner: str, until: int) -> None:
    """Keep everybody else from renewing a token for a while; the token is the same, so no replica needs to look."""
    connection.execute(update(installation).where(_OF).values(renew_after=until), {"of_owner": owner})


def count_failure(connection: Connection, owner: str, failed: int, renew_after: int) -> None:
    """Note how often Slack has refused to renew the token, and when to try again."""
    values = {"renewals_failed": failed, "renew_after": renew_after}
    connection.execute(update(installation).where(_OF).values(values), {"of_owner": owner})


def workspaces(connection: Connection, owner: str) -> list[str]:
    """The workspaces that an installation serves."""
    return list(connection.execute(_WORKSPACES, {"owner": owner}).scalars())


def purge_at(connection: Connection, workspace_id: str) -> int | None:
    """When a workspace will be purged; None for one that is there to stay, or that nobody has met."""
    return connection.execute(_PURGE_AT, {"of_workspace": workspace_id}).scalar()


def join(connection: Connection, workspace_id: str, owner: str) -> None:
    """An installation serves a workspace from now on, and nothing of it will be purged."""
    connection.execute(_JOIN, {"of_workspace": workspace_id, "new_owner": owner})


def leave(connection: Connection, owner: str, purge_at: int) -> None:
    """What an installation served will be purged at this moment."""
    connection.execute(_LEAVE, {"of_owner": owner, "at": purge_at})


def leave_one(connection: Connection, owner: str, workspace_id: str, purge_at: int) -> None:
    """One workspace of an organisation may not use the app any more."""
    connection.execute(_LEAVE_ONE, {"of_workspace": workspace_id, "of_owner": owner, "at": purge_at})


def issue_state(connection: Connection, hashed: str, expires_at: int, now: int, most: int) -> bool:
    """Note that a browser was sent to Slack, unless `most` are; forget those that have not come back in time."""
    connection.execute(_FORGET_STATES, {"now": now})
    if int(connection.execute(_STATES).scalar_one()) >= most:
        return False
    connection.execute(_ISSUE, {"hash": hashed, "expires_at": expires_at})
    return True


def consume_state(connection: Connection, hashed: str, now: int) -> bool:
    """Whether a browser came back from Slack, in time and for the first time. True once."""
    return connection.execute(_CONSUME, {"of_hash": hashed, "now": now}).first() is not None
