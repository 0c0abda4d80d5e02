"""Installations as rows: one-time states, sealed tokens, renewals by one at a time, removals in any order."""

import itertools
import threading
from dataclasses import replace

import pytest
from sqlalchemy import text

from bot import installations, people
from bot.installations import KEPT_SECONDS, LEASE_SECONDS, RENEW_SECONDS, STATE_SECONDS, Fresh, Grant, Installation
from bot.vault import Vault, WrongKey
from db.connection import Connection
from db.engine import Database

OLD, NEW = Vault([bytes(32)]), Vault([bytes(range(32)), bytes(32)])
TEAM, ORGANISATION, NOW = "T0EAST", "E0ORG", 1_800_000_000
TOKEN, REFRESH = "xoxb-canary-token", "xoxe-1-canary-refresh"
GRANT = Grant(
    owner=TEAM,
    enterprise="",
    app="A0VERDICTS",
    name="East",
    bot_user="U0BOT",
    installer="U0ADA",
    scopes=frozenset({"commands", "chat:write"}),
    token=TOKEN,
    refresh_token=REFRESH,
    expires_at=NOW + 43_200,
    installed_at=NOW,
)


def settle(connection: Connection, grant: Grant = GRANT, now: int = NOW) -> None:
    """The app is installed in a workspace."""
    installations.keep(connection, OLD, grant, now)
    people.welcome_workspace(connection, grant.owner, grant.name, grant.bot_user, now)
    installations.admit(connection, grant.owner, grant.owner, now)


async def seen(database: Database, owner: str = TEAM) -> tuple[Installation, list[str]]:
    found = await database.run(installations.with_workspaces, NEW, owner)
    assert found is not None
    return found


def purge_at(connection: Connection, workspace: str = TEAM) -> int | None:
    found: int | None = connection.execute(
        text("SELECT purge_at FROM workspace WHERE id = :id"), {"id": workspace}
    ).scalar_one()
    return found


@pytest.mark.fault("S03")
async def test_a_state_is_good_once_in_a_four_way_race(database: Database) -> None:
    """Four browsers come back with the same state at the same moment, 200 times: one of them is let in."""
    for _ in range(200):
        state = await database.run(installations.begin, NOW)
        assert state is not None
        barrier = threading.Barrier(4)
        let_in: list[bool] = []

        def come_back(state: str = state, barrier: threading.Barrier = barrier, let_in: list[bool] = let_in) -> None:
            barrier.wait()
            # SQLite has one connection, and its lane is where the race would be.
            if database.is_sqlite:
                let_in.append(database.run_here(installations.come_back, state, NOW))
            else:
                with database.engine.begin() as connection:
                    let_in.append(installations.come_back(connection, state, NOW))

        racers = [threading.Thread(target=come_back) for _ in range(4)]
        for racer in racers:
            racer.start()
        for racer in racers:
            racer.join()
        assert sorted(let_in) == [False, False, False, True]


@pytest.mark.fault("S03")
async def test_a_state_is_good_for_ten_minutes(database: Database) -> None:
    """An old one, an unknown one and an empty one lead nowhere; what is old is not kept."""
    state = await database.run(installations.begin, NOW)
    assert state is not None
    assert not await database.run(installations.come_back, "", NOW)
    assert not await database.run(installations.come_back, state + "x", NOW)
    assert not await database.run(installations.come_back, state, NOW + STATE_SECONDS)
    other = await database.run(installations.begin, NOW + STATE_SECONDS)
    assert other is not None
    assert await database.run(installations.come_back, other, NOW + STATE_SECONDS)

    left = await database.run(lambda c: c.execute(text("SELECT count(*) FROM oauth_state")).scalar_one())
    assert left == 0


@pytest.mark.fault("S08")
async def test_tokens_are_sealed_in_their_row(database: Database) -> None:
    """No column shows a token; copied into another row it does not open, under another key neither."""
    await database.run(settle)
    await database.run(settle, replace(GRANT, owner="T0WEST", name="West", token="xoxb-canary-west"))

    rows = await database.run(lambda c: c.execute(text("SELECT * FROM installation")).all())
    assert "canary" not in repr(rows)
    found, workspaces = await seen(database)
    assert (found.token, workspaces) == (TOKEN, [TEAM])
    assert "canary" not in repr(found)
    with pytest.raises(WrongKey):
        await database.run(installations.with_workspaces, Vault([bytes(range(32))]), TEAM)

    stolen = "UPDATE installation SET token = (SELECT token FROM installation WHERE owner = 'T0WEST') WHERE owner = :id"
    await database.run(lambda c: c.execute(text(stolen), {"id": TEAM}))
    with pytest.raises(WrongKey):
        await database.run(installations.with_workspaces, NEW, TEAM)


@pytest.mark.fault("S08")
async def test_sealing_anew_goes_on_where_it_was_cut_off(database: Database) -> None:
    """In steps, under the newest key, until none is left; then the old key is not needed any more."""
    for number in range(5):
        await database.run(settle, replace(GRANT, owner=f"T{number}"))
    assert await database.run(installations.unknown_keys, Vault([bytes(range(32))])) == [(OLD.newest, 5)]

    assert await database.run(installations.reseal, NEW, 2) == 2
    assert await database.run(installations.unknown_keys, NEW) == []
    assert [await database.run(installations.reseal, NEW, 2) for _ in range(3)] == [2, 1, 0]

    only_new = Vault([bytes(range(32))])
    assert await database.run(installations.unknown_keys, only_new) == []
    tokens = [one.token for one, _ in await database.run(installations.changed, only_new, 0)]
    assert tokens == [TOKEN] * 5


@pytest.mark.fault("S09")
async def test_one_renews_and_keeps_what_it_got(database: Database) -> None:
    """Two hours before its end a token is claimed by one alone; a claim that led to nothing runs out."""
    await database.run(settle)
    due = NOW + 43_200 - RENEW_SECONDS
    assert await database.run(installations.claim_renewal, OLD, due) is None
    renewal = await database.run(installations.claim_renewal, OLD, due + 1)
    assert renewal is not None
    assert renewal.refresh_token == REFRESH
    assert "canary" not in repr(renewal)
    assert await database.run(installations.claim_renewal, OLD, due + LEASE_SECONDS) is None
    late = await database.run(installations.claim_renewal, OLD, due + 1 + LEASE_SECONDS)
    assert late == renewal

    fresh = Fresh("xoxb-canary-2", "xoxe-canary-2", due + 43_200)
    assert await database.run(installations.renewed, OLD, renewal, fresh, due)
    # The other one was slow: what it was told of a token that is used up changes nothing.
    assert not await database.run(installations.not_renewed, OLD, late, "invalid_refresh_token", due)
    assert not await database.run(installations.renewed, OLD, late, replace(fresh, token="xoxb-3"), due)
    found, _ = await seen(database)
    assert (found.token, found.revision) == ("xoxb-canary-2", 3)


@pytest.mark.fault("S09")
async def test_what_cannot_be_renewed_is_served_to_its_end(database: Database) -> None:
    """After the second refusal somebody is told, once, and nothing is tried until the token ends; then it stops."""
    await database.run(settle)
    end = NOW + 43_200
    due = end - RENEW_SECONDS + 1
    told = []
    for instant in (due, due + LEASE_SECONDS, due + 2 * LEASE_SECONDS, end):
        renewal = await database.run(installations.claim_renewal, OLD, instant)
        if renewal is not None:
            told.append(await database.run(installations.not_renewed, OLD, renewal, "invalid_refresh_token", instant))
        served = (await seen(database))[0].token is not None
        assert served == (instant < end)
    assert told == [False, True, True]
    assert await database.run(purge_at) is None
    assert await database.run(installations.claim_renewal, OLD, end + LEASE_SECONDS) is None


EVENTS = ("app_uninstalled", "tokens_revoked", "installed", "app_uninstalled", "a call is refused")


@pytest.mark.fault("S11")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_removals_in_any_order_and_an_installation_between_them(database: Database) -> None:
    """However the news of a removal and a new installation are ordered: the new token lives, the old one is gone."""
    await database.run(settle)
    new = replace(GRANT, token="xoxb-canary-new", installed_at=NOW + 100)
    for order in set(itertools.permutations(EVENTS)):
        await database.run(settle)
        is_new = False
        for news in order:
            if news == "installed":
                await database.run(settle, new, NOW + 100)
                is_new = True
            elif news == "a call is refused":
                await database.run(installations.stop, NEW, TEAM, TOKEN, "account_inactive", NOW + 60)
            else:
                certain = await database.run(installations.remove, TEAM, news, NOW + 50, NOW + 60)
                assert certain or is_new
            found, _ = await seen(database)
            if is_new:
                assert found.token == "xoxb-canary-new", order
                assert await database.run(purge_at) is None
            elif news != "installed":
                assert found.token is None, order
                assert await database.run(purge_at) == NOW + 60 + KEPT_SECONDS


@pytest.mark.fault("R07")
async def test_a_refusal_that_may_pass_keeps_the_token(database: Database) -> None:
    """invalid_auth stops the service and nothing more: the token is tried again, and taken back into use."""
    await database.run(settle)
    assert await database.run(installations.stop, NEW, TEAM, TOKEN, "invalid_auth", NOW)
    assert not await database.run(installations.stop, NEW, TEAM, TOKEN, "invalid_auth", NOW)
    assert (await seen(database))[0].token is None
    assert await database.run(purge_at) is None

    (stopped,) = await database.run(installations.stopped, NEW)
    assert stopped.token == TOKEN
    await database.run(installations.resume, TEAM, stopped.revision, NOW)
    assert (await seen(database))[0].token == TOKEN


async def test_an_organisation_serves_the_workspaces_that_it_lets_in(database: Database) -> None:
    """One token for those that were let in; what is taken away from one alone is purged there alone."""
    grant = replace(GRANT, owner=ORGANISATION, enterprise=ORGANISATION)
    await database.run(installations.keep, OLD, grant, NOW)
    for workspace in ("T1", "T2"):
        await database.run(people.welcome_workspace, workspace, workspace, "U0BOT", NOW)
        await database.run(installations.admit, workspace, ORGANISATION, NOW)
    found, workspaces = await seen(database, ORGANISATION)
    assert (found.is_organisation, workspaces) == (True, ["T1", "T2"])

    await database.run(installations.dismiss, ORGANISATION, ["T1", "T9"], NOW)
    assert (await seen(database, ORGANISATION))[1] == ["T2"]
    assert await database.run(purge_at, "T1") == NOW + KEPT_SECONDS

    await database.run(installations.admit, "T1", ORGANISATION, NOW)
    assert (await seen(database, ORGANISATION))[1] == ["T1", "T2"]
    assert await database.run(purge_at, "T1") is None
