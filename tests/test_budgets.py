"""What replicas may ask of Slack together: never more in any minute than one of them might."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine

from bot.budget import Budgets, SharedBudget
from db import budgets as rows
from db.connection import Connection
from db.engine import Database
from db.models import slack_budget, slack_spent

on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
W, METHOD = "T0ONE", "chat.update"


@given(most=st.integers(1, 5), pauses=st.lists(st.integers(0, 40), min_size=1, max_size=60))
def test_no_minute_holds_more_than_it_may(most: int, pauses: list[int]) -> None:
    """In any sliding minute at most N calls; and whoever waits for as long as it says finds a place."""
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        for table in (slack_budget, slack_spent):
            table.create(connection)
        at, spent = 1_000_000, list[int]()
        for pause in pauses:
            at += pause
            wait = rows.take(connection, W, METHOD, most, at)
            if wait == 0:
                spent.append(at)
            else:
                assert 0 < wait <= 70
                assert rows.take(connection, W, METHOD, most, at + int(wait)) == 0
                at += int(wait)
                spent.append(at)
    engine.dispose()

    for i, moment in enumerate(spent[most:]):
        assert moment - spent[i] >= 60


@pytest.mark.fault("R02")
@on_postgresql
async def test_replicas_spend_one_budget(database: Database, database_url: str) -> None:
    """Three replicas that ask at the same moment get as many places as one; another workspace has its own."""
    others = [Database(database_url) for _ in range(2)]
    replicas = [Budgets(one).of(W, METHOD, 12) for one in (database, *others)]

    taken = await asyncio.gather(*[replica.take() for _ in range(10) for replica in replicas])

    assert sum(wait == 0 for wait in taken) == 12
    assert all(wait <= 70 for wait in taken)
    assert await Budgets(others[0]).of("T0TWO", METHOD, 12).take() == 0
    for one in others:
        await one.close()


@pytest.mark.fault("R02")
@on_postgresql
async def test_what_slack_told_one_replica_the_others_heed(database: Database, database_url: str) -> None:
    """Retry-After closes the method for all of them."""
    other = Database(database_url)
    await Budgets(database).of(W, METHOD, 12).shut(20)

    assert 19 <= await Budgets(other).of(W, METHOD, 12).take() <= 22
    assert await Budgets(other).of(W, "users.info", 12).take() == 0
    await other.close()


@on_postgresql
async def test_without_its_database_a_budget_holds_nobody_up(database: Database) -> None:
    """It is a courtesy: when the database cannot tell, Slack will."""

    def lose(connection: Connection) -> None:
        slack_spent.drop(connection)

    budget = Budgets(database).of(W, METHOD, 1)
    assert isinstance(budget, SharedBudget)
    await database.run(lose)

    assert await budget.take() == 0


@on_sqlite
async def test_one_process_counts_by_itself(database: Database) -> None:
    """On SQLite there is nobody to share with: a call costs no transaction."""
    budgets = Budgets(database)

    taken = [await budgets.of(W, METHOD, 3).take() for _ in range(5)]

    assert [wait == 0 for wait in taken] == [True, True, True, False, False]
    assert await database.run(lambda c: list(c.execute(slack_spent.select()))) == []
