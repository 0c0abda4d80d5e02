"""How many calls of Slack's methods a minute may hold: counted here, or by all replicas together in the database."""

import time
from collections import deque
from collections.abc import Callable

import structlog

from db import budgets as rows
from db.engine import Database

log = structlog.get_logger(__name__)


class Budget:
    """How many calls of a method a minute allows, and until when Slack has told us to wait.

    It counts a sliding minute, which keeps to any fixed window that Slack may count by. A call counts until a minute
    after it has been answered: when it arrived before that, only Slack knows.
    """

    def __init__(self, calls: int | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._calls = calls
        self._clock = clock
        self._under_way: deque[float] = deque()
        self._spent: deque[float] = deque()
        self._closed_until = 0.0

    def wait(self) -> float:
        """Seconds until the next call may be made; 0 when it may be made now."""
        now = self._clock()
        wait = self._closed_until - now
        if self._calls is not None:
            for stamps in (self._under_way, self._spent):
                while stamps and stamps[0] <= now - 60:
                    stamps.popleft()
            if len(self._under_way) + len(self._spent) >= self._calls:
                wait = max(wait, min(stamps[0] for stamps in (self._under_way, self._spent) if stamps) + 60 - now)
        return max(wait, 0.0)

    def spend(self) -> None:
        """Count a call."""
        if self._calls is not None:
            self._under_way.append(self._clock())

    def landed(self) -> None:
        """One of the calls has been answered, or given up; which one makes no difference to their number."""
        if self._under_way:
            self._under_way.popleft()
            self._spent.append(self._clock())

    def close(self, seconds: float) -> None:
        """Make no call for so long: Slack has said so."""
        self._closed_until = max(self._closed_until, self._clock() + seconds)

    async def take(self) -> float:
        """Count a call and return 0, or count none and return the seconds until there may be a place for one."""
        wait = self.wait()
        if wait == 0:
            self.spend()
        return wait

    async def overdraw(self) -> None:
        """Count a call that is made whatever the budget says."""
        self.spend()

    async def shut(self, seconds: float) -> None:
        """Make no call for so long, here or elsewhere."""
        self.close(seconds)


class SharedBudget(Budget):
    """The same, of all replicas together. `wait` tells what the last answer said, and is a hint."""

    def __init__(self, database: Database, workspace: str, method: str, calls: int) -> None:
        super().__init__(None)
        self._database = database
        self._key = (workspace, method)
        self._most = calls - calls // 20  # a call's slot is that in which it began, so a little is left for late ones

    async def take(self) -> float:
        """Count a call in the database; its clock is everybody's."""
        if (wait := self.wait()) > 0:
            return wait
        try:
            wait = await self._database.run(rows.take, *self._key, self._most)
        except Exception:
            log.exception("budget not known")  # Slack has the last word, and says it
            return 0.0
        self.close(wait)
        return wait

    async def overdraw(self) -> None:
        """Count a call that is made whatever the budget says."""
        await self._database.run(rows.overdraw, *self._key)

    async def shut(self, seconds: float) -> None:
        """Make no call for so long, on any replica."""
        self.close(seconds)
        try:
            await self._database.run(rows.shut, *self._key, seconds)
        except Exception:
            # Slack's own answer is what matters to the caller; the others will hear it from Slack, too.
            log.exception("budget not shut for the others")


class Budgets:
    """One for each workspace and method. Replicas share them through a server's database; a file has one process."""

    def __init__(self, database: Database | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._shared = database if database is not None and not database.is_sqlite else None
        self._clock = clock
        self._budgets: dict[tuple[str, str], Budget] = {}

    def of(self, workspace: str, method: str, calls: int | None) -> Budget:
        """The budget of so many calls a minute; of any number, with None: then it only heeds Retry-After."""
        key = (workspace, method)
        if key not in self._budgets:
            if self._shared is None or calls is None:
                self._budgets[key] = Budget(calls, self._clock)
            else:
                self._budgets[key] = SharedBudget(self._shared, workspace, method, calls)
        return self._budgets[key]
