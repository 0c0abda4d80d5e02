"""What a bot knows of the votes when it has just been killed, and whether the truth allows it."""

import shutil
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from sqlalchemy import make_url

from bot import ballots, comparisons
from db.ballots import StoredBallot
from db.connection import Connection
from db.engine import Database
from tests.vote_history import Mark, State, Vote, newest

Choice: TypeAlias = frozenset[str]  # the names of the tools that somebody has ticked


@dataclass(frozen=True, slots=True)
class Known:
    """What the database holds: everything heard, and what was made of it."""

    ledger: dict[Mark, State]
    told: dict[tuple[str, str], int]  # by channel and message: how old is Slack's last answer, in microseconds
    stored: dict[str, StoredBallot]
    rebuilt: dict[str, StoredBallot]
    counts: Mapping[int, int]
    tools: tuple[str, ...]

    @property
    def present(self) -> set[Mark]:
        """The emoji that stand, as far as was heard or told."""
        return {mark for mark, (_, present) in self.ledger.items() if present}

    @property
    def ballots(self) -> dict[str, Choice]:
        """What each person has ticked, by the tools' names."""
        return {person: self._named(ballot.choice) for person, ballot in self.stored.items()}

    @property
    def tally(self) -> Counter[Choice]:
        """How many people have ticked what, as counted."""
        return Counter({self._named(choice): people for choice, people in self.counts.items()})

    def _named(self, choice: int) -> Choice:
        return frozenset(name for i, name in enumerate(self.tools) if choice >> i & 1)


async def known_votes(database_url: str, folder: Path, workspace: str) -> Known:
    """What a database says of the one comparison in it; `folder` has room for a copy."""
    database = Database(_copy_of(database_url, folder / "copy"))
    try:
        return await database.run(_read, workspace)
    finally:
        await database.close()


def _copy_of(database_url: str, folder: Path) -> str:
    """A SQLite file as a killed process has left it, so that looking at it mends nothing for the next one.

    A server's database is looked at where it is.
    """
    path = make_url(database_url).database
    if not database_url.startswith("sqlite") or path is None:
        return database_url
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for file in (Path(path), Path(f"{path}-wal")):
        if file.exists():
            shutil.copy(file, folder)
    return f"sqlite:///{folder / Path(path).name}"


def _read(connection: Connection, workspace: str) -> Known:
    if connection.dialect.name == "postgresql":
        # The server may still be ending what the killed bot sent last: everything below must be of one moment.
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    else:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalars().all() == ["ok"]
    (comparison,) = connection.exec_driver_sql("SELECT id FROM comparison").scalars().all()
    card = comparisons.scorecard(connection, workspace, comparison)
    tools = card.comparison.tools
    heard = connection.exec_driver_sql("SELECT channel, message_ts, person, emoji, at_us, present FROM reaction")
    told = connection.exec_driver_sql("SELECT channel, message_ts, told_us FROM card")
    return Known(
        ledger={(row[0], row[1], row[2], row[3]): (row[4], bool(row[5])) for row in heard},
        told={(row[0], row[1]): row[2] for row in told},
        stored=ballots.stored(connection, workspace, comparison),
        rebuilt=ballots.rebuilt(connection, workspace, comparison),
        counts=ballots.tally(connection, workspace, comparison, len(tools)).people_by_choice,
        tools=tuple(tool.name for tool in tools),
    )


def check_sound(known: Known, votes: list[Vote]) -> None:
    """Nothing acknowledged is missing, nothing is there that nobody did, and nobody is counted twice.

    Raises AssertionError. `votes` is all that happened, in order.
    """
    history: dict[Mark, list[State]] = defaultdict(list)
    for vote in votes:
        history[vote.mark].append(vote.state)
    acknowledged = newest(vote for vote in votes if vote.acknowledged)
    lost: list[Mark] = []
    invented: list[object] = []
    for mark, states in history.items():
        held, told_us = known.ledger.get(mark, (0, False)), known.told[mark[:2]]
        if max(held[0], told_us) < acknowledged.get(mark, held)[0]:
            lost.append(mark)
        is_true = held in states if held[0] > told_us else held[1] in _seen_by_sweep(states, told_us)
        if not is_true:
            invented.append((mark, held, told_us, states[-6:]))
    assert lost == [], f"acknowledged votes are not in the ledger: {lost}"
    invented += known.ledger.keys() - history.keys()
    assert invented == [], f"the ledger holds what nobody did: {invented}"
    assert known.stored == known.rebuilt, "the ballots are not those of the ledger"
    assert known.tally == Counter(known.ballots.values()), "the counts are not those of the ballots"


def _seen_by_sweep(states: list[State], told_us: int) -> set[bool]:
    """What an answer of Slack may have said: it is kept as two to three seconds older than it is."""
    earliest, latest = told_us + 2_000_000, told_us + 3_100_000
    before = [present for at_us, present in states if at_us <= earliest]
    return {before[-1] if before else False} | {present for at_us, present in states if earliest < at_us <= latest}
