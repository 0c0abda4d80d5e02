"""What is forgotten: workspaces after their time or at once, people who ask for it; and what must stay."""

import asyncio
import io

import pytest
from rich.console import Console
from sqlalchemy import text

from bot import ballots, comparisons, forgetting, forgetting_by_hand, installations, people, resealing
from bot.catalogue import Shelf
from bot.errors import StartFailed
from bot.installations import KEPT_SECONDS, Grant
from bot.vault import Vault
from db import purging
from db.connection import Connection
from db.engine import Database
from db.models import metadata
from tests.test_tenants import ADA, BJORN, BOT, BOTH, EAST, MONDAY, WEST, furnish, ids, post, vote

pytestmark = pytest.mark.fault("S18")

OLD, NEW = bytes(32), bytes(range(32))
# Tables without a workspace of their own.
NOBODYS = {"workspace", "installation", "oauth_state", "pulse", "clock", "alembic_version"}


def install(connection: Connection, workspace: str) -> None:
    """The workspace's own installation."""
    grant = Grant(
        owner=workspace,
        enterprise="",
        app="A0",
        name=workspace,
        bot_user=BOT,
        installer=ADA,
        scopes=frozenset(),
        token=f"xoxb-{workspace}",
        refresh_token=None,
        expires_at=None,
        installed_at=MONDAY,
    )
    installations.keep(connection, Vault([OLD]), grant, MONDAY)
    installations.admit(connection, workspace, workspace, MONDAY)


async def settled(database: Database) -> dict[str, int]:
    """Two workspaces, each with an open comparison on which two people voted; the comparisons."""
    shelf, comparison = Shelf(), {}
    for team in BOTH:
        await database.run(furnish, team)
        await database.run(install, team)
        comparison[team] = await database.run(post, team, await database.run(ids, team, shelf), MONDAY)
        for at_us, person in enumerate((ADA, BJORN), start=1):
            await database.run(people.learn, people.Person(team, person, False, False, None), MONDAY)
            await database.run(ballots.record, vote(team, person, "one", at_us))
    return comparison


def talked(connection: Connection, workspace: str, comparison: int) -> None:
    """What else may be kept of somebody's vote: that they voted unusually often, and what they said with it."""
    given = {"workspace": workspace, "comparison": comparison, "person": ADA, "at": MONDAY}
    connection.execute(
        text(
            "INSERT INTO unusual (workspace, comparison_id, kind, person, times, noted_at) "
            "VALUES (:workspace, :comparison, 'changes', :person, 40, :at)"
        ),
        given,
    )
    connection.execute(
        text(
            "INSERT INTO reason (workspace, comparison_id, person, used, text, at) "
            "VALUES (:workspace, :comparison, :person, 0, 'Fast', :at)"
        ),
        given,
    )


async def rows_of(database: Database, workspace: str) -> dict[str, int]:
    """How many rows each table holds of a workspace."""

    def count(connection: Connection) -> dict[str, int]:
        return {
            table.name: connection.execute(
                text(f"SELECT count(*) FROM {table.name} WHERE workspace = :workspace"), {"workspace": workspace}
            ).scalar_one()
            for table in purging.of_a_workspace()
        }

    return await database.run(count)


def test_every_table_is_a_workspaces_or_nobodys() -> None:
    """A new table has a column `workspace`, and is purged with it, or is named here."""
    assert {table.name for table in purging.of_a_workspace()} | NOBODYS >= set(metadata.tables)
    assert {table.name for table in purging.of_a_workspace()} & NOBODYS == set()


@pytest.mark.fault("S11")
async def test_a_removed_workspace_is_purged_after_its_time(database: Database) -> None:
    """Fourteen days after the removal every row is gone, and nothing of the other workspace; not if it came back."""
    await settled(database)
    kept = await rows_of(database, WEST)
    for team in BOTH:
        assert await database.run(installations.remove, team, "app_uninstalled", MONDAY + 1, MONDAY + 1)
    await database.run(install, WEST)

    assert await database.run(forgetting.purge_due, MONDAY + KEPT_SECONDS) is None
    assert await database.run(forgetting.purge_due, MONDAY + 1 + KEPT_SECONDS) == EAST
    assert await database.run(forgetting.purge_due, MONDAY + 1 + KEPT_SECONDS) is None
    assert set((await rows_of(database, EAST)).values()) == {0}
    assert await rows_of(database, WEST) == kept
    await database.run(forgetting.tidy, MONDAY + 3 * KEPT_SECONDS)
    left = await database.run(installations.changed, Vault([OLD]), 0)
    assert [one.owner for one, _ in left] == [WEST]


async def test_a_workspace_is_purged_at_once_by_hand(database: Database, database_url: str) -> None:
    """`verdicts purge`: rows and tokens; replicas see that it is gone; twice does no harm."""
    await settled(database)
    said = io.StringIO()
    await _closed(database)
    for wanted in (True, False):
        assert await asyncio.to_thread(forgetting_by_hand.purge, database_url, EAST, Console(file=said)) is wanted
    assert "Everything of T0EAST is deleted" in said.getvalue()
    again = Database(database_url)
    try:
        assert set((await rows_of(again, EAST)).values()) == {0}
        found = {one.owner: one.token for one, _ in await again.run(installations.changed, Vault([OLD]), 0)}
        assert found == {EAST: None, WEST: "xoxb-T0WEST"}
    finally:
        await again.close()


async def test_a_person_is_erased_and_closed_votes_stay(database: Database, database_url: str) -> None:
    """No column knows them any more; a closed result is the same; an open vote is taken back; others are untouched."""
    comparison = await settled(database)
    for team in BOTH:
        await database.run(talked, team, comparison[team])
    await database.run(comparisons.close, EAST, comparison[EAST], ADA, MONDAY)
    before = await database.run(ballots.tally, EAST, comparison[EAST], 2)
    other = await database.run(ballots.tally, WEST, comparison[WEST], 2)

    erased = await database.run(forgetting.erase, EAST, ADA)
    assert erased is not None
    assert (erased.rows > 3, erased.withdrawn) == (True, 0)
    assert await database.run(purging.mentions, EAST, ADA) == []
    assert await database.run(ballots.tally, EAST, comparison[EAST], 2) == before
    assert await database.run(purging.mentions, WEST, ADA) != []

    # Open: the vote is taken back, and comes again where Slack still shows it.
    assert await database.run(ballots.tally, WEST, comparison[WEST], 2) == other
    erased = await database.run(forgetting.erase, WEST, ADA)
    assert erased is not None
    assert erased.withdrawn == 1
    assert await database.run(purging.mentions, WEST, ADA) == []
    assert (await database.run(ballots.tally, WEST, comparison[WEST], 2)).people == other.people - 1
    await database.run(ballots.record, vote(WEST, ADA, "one", 9))
    assert await database.run(ballots.tally, WEST, comparison[WEST], 2) == other
    assert await database.run(ballots.rebuilt, WEST, comparison[WEST]) == (
        await database.run(ballots.stored, WEST, comparison[WEST])
    )

    await _closed(database)
    said = io.StringIO()
    for team, is_known in ((WEST, True), ("T0NOBODY", False)):
        assert (
            await asyncio.to_thread(forgetting_by_hand.erase, database_url, team, ADA, Console(file=said)) is is_known
        )
    assert "their vote was taken back" in said.getvalue()


@pytest.mark.fault("S08")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_tokens_are_encrypted_anew_by_hand(database: Database, database_url: str) -> None:
    """`verdicts reencrypt` needs both keys and says which is missing; then the old one is not needed."""
    await settled(database)
    await _closed(database)
    said = io.StringIO()
    for keys, problem in (([], "ENCRYPTION_KEYS is missing"), ([NEW], "ENCRYPTION_KEYS lacks the key")):
        with pytest.raises(StartFailed, match=problem):
            await asyncio.to_thread(resealing.reencrypt, database_url, keys, Console(file=said))
    await asyncio.to_thread(resealing.reencrypt, database_url, [NEW, OLD], Console(file=said))
    await asyncio.to_thread(resealing.reencrypt, database_url, [NEW], Console(file=said))
    assert "2 installations are encrypted anew" in said.getvalue()
    assert "0 installations are encrypted anew" in said.getvalue()


async def _closed(database: Database) -> None:
    """The bot has stopped: the file is free."""
    await database.close()
