"""A workspace or a person forgotten: queries only.

Which tables hold something of a workspace is read from the models, so that a new table is never left out.
"""

from sqlalchemy import Connection, Table, bindparam, delete, exists, func, not_, select, text, update

from db.models import (
    audit,
    ballot,
    card,
    click,
    comparison,
    installation,
    metadata,
    person,
    reaction,
    reason,
    subscription,
    take,
    unusual,
    workspace,
)

# Where somebody's Slack id stands, besides the ledger: who asked, closed, posted, subscribed, wrote, changed.
_NAMED = (
    (comparison, "starter"),
    (comparison, "closed_by"),
    (card, "posted_by"),
    (subscription, "subscriber"),
    (take, "author"),
    (audit, "person"),
    (unusual, "person"),
)
_DUE = (
    select(workspace.c.id, workspace.c.owner)
    .where(workspace.c.purge_at <= bindparam("now"))
    .order_by(workspace.c.purge_at)
    .limit(1)
    .with_for_update(skip_locked=True)
)
_OWNER = select(workspace.c.owner).where(workspace.c.id == bindparam("of_workspace")).with_for_update()
_DELETE_WORKSPACE = delete(workspace).where(workspace.c.id == bindparam("of_workspace"))
_OTHERS = select(func.count()).select_from(workspace).where(workspace.c.owner == bindparam("owner"))
_STOP = (
    update(installation)
    .where(installation.c.owner == bindparam("of_owner"))
    .values(
        name="",
        installer="",
        bot_user="",
        scopes="",
        token=None,
        refresh_token=None,
        key_id=None,
        expires_at=None,
        stopped="purged",
        revision=installation.c.revision + 1,
        changed_at=bindparam("now"),
    )
)
_FORGET_STOPPED = delete(installation).where(
    installation.c.token.is_(None),
    installation.c.changed_at < bindparam("before"),
    not_(exists().where(workspace.c.owner == installation.c.owner)),
)
_FORGET_REASONS = delete(reason).where(
    reason.c.workspace == bindparam("of_workspace"), reason.c.person == bindparam("of_person")
)
_FORGET_PROFILE = delete(person).where(
    person.c.workspace == bindparam("of_workspace"), person.c.id == bindparam("of_person")
)
# All that somebody did on a comparison's cards.
_WITHDRAW_REACTIONS = delete(reaction).where(
    reaction.c.workspace == bindparam("of_workspace"),
    reaction.c.person == bindparam("of_person"),
    exists().where(
        card.c.workspace == reaction.c.workspace,
        card.c.channel == reaction.c.channel,
        card.c.message_ts == reaction.c.message_ts,
        card.c.comparison_id == bindparam("of_comparison"),
    ),
)
_WITHDRAW_CLICKS = delete(click).where(
    click.c.workspace == bindparam("of_workspace"),
    click.c.person == bindparam("of_person"),
    click.c.comparison_id == bindparam("of_comparison"),
)


def of_a_workspace() -> list[Table]:
    """Every table whose rows are a workspace's, those that refer to others first."""
    return [table for table in reversed(metadata.sorted_tables) if "workspace" in table.c]


def due(connection: Connection, now: int) -> tuple[str, str | None] | None:
    """A workspace whose time has come, and whose installation served it; locked until the commit."""
    row = connection.execute(_DUE, {"now": now}).first()
    return (row.id, row.owner) if row else None


def owner(connection: Connection, workspace_id: str) -> tuple[bool, str | None]:
    """Whether the workspace is there, and whose installation serves it; locked until the commit."""
    row = connection.execute(_OWNER, {"of_workspace": workspace_id}).first()
    return row is not None, row.owner if row else None


def delete_workspace(connection: Connection, workspace_id: str) -> int:
    """Delete everything of a workspace; how many rows that were."""
    deleted = 0
    for table in of_a_workspace():
        deleted += connection.execute(
            delete(table).where(table.c.workspace == bindparam("of_workspace")), {"of_workspace": workspace_id}
        ).rowcount
    return deleted + connection.execute(_DELETE_WORKSPACE, {"of_workspace": workspace_id}).rowcount


def served_by(connection: Connection, owner_id: str) -> int:
    """How many workspaces an installation serves, or would."""
    return connection.execute(_OTHERS, {"owner": owner_id}).scalar_one()


def empty_installation(connection: Connection, owner_id: str, now: int) -> None:
    """Destroy the tokens and the names; what is left of the row tells replicas to stop, and is forgotten later."""
    connection.execute(_STOP, {"of_owner": owner_id, "now": now})


def forget_stopped(connection: Connection, before: int) -> None:
    """Delete installations without a token and without a workspace that have not changed since a moment."""
    connection.execute(_FORGET_STOPPED, {"before": before})


def withdraw(connection: Connection, workspace_id: str, comparison_id: int, voter: str) -> bool:
    """Delete what somebody did on a comparison's cards; whether there was anything."""
    given = {"of_workspace": workspace_id, "of_comparison": comparison_id, "of_person": voter}
    clicks = connection.execute(_WITHDRAW_CLICKS, given).rowcount
    return connection.execute(_WITHDRAW_REACTIONS, given).rowcount + clicks > 0


def rename(connection: Connection, workspace_id: str, person_id: str, pseudonym: str) -> int:
    """Put a pseudonym wherever somebody's id stands, and delete what they wrote beside their votes and who they are.

    Return how many rows that were.
    """
    columns = [(reaction, "person"), (click, "person"), (ballot, "person"), *_NAMED]
    changed = 0
    for table, column in columns:
        statement = (
            update(table)
            .where(table.c.workspace == bindparam("of_workspace"), table.c[column] == bindparam("of_person"))
            .values({column: bindparam("pseudonym")})
        )
        given = {"of_workspace": workspace_id, "of_person": person_id, "pseudonym": pseudonym}
        changed += connection.execute(statement, given).rowcount
    of_them = {"of_workspace": workspace_id, "of_person": person_id}
    for forget in (_FORGET_REASONS, _FORGET_PROFILE):
        changed += connection.execute(forget, of_them).rowcount
    return changed


def mentions(connection: Connection, workspace_id: str, person_id: str) -> list[str]:
    """The columns of a workspace's tables, as table.column, in which somebody's id stands: to prove that none does."""
    found = []
    for table in of_a_workspace():
        for column in table.c:
            if str(column.type).startswith(("VARCHAR", "TEXT")):
                statement = text(
                    f"SELECT count(*) FROM {table.name} WHERE workspace = :workspace AND {column.name} LIKE :like"  # noqa: S608  names of our own tables
                )
                given = {"workspace": workspace_id, "like": f"%{person_id}%"}
                if connection.execute(statement, given).scalar_one():
                    found.append(f"{table.name}.{column.name}")
    return found
