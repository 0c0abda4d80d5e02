"""How many calls of Slack's methods a minute may hold."""

import time
from collections import deque
from collections.abc import Callable


class Budget:
    """How many calls of a method a minute allows, and until when Slack has told us to wait.

    It counts a sliding minute, which keeps to any fixed window that Slack may count by.
    """

    def __init__(self, calls: int | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._calls = calls
        self._clock = clock
        self._spent: deque[float] = deque()
        self._closed_until = 0.0

    def wait(self) -> float:
        """Seconds until the next call may be made; 0 when it may be made now."""
        now = self._clock()
        wait = self._closed_until - now
        if self._calls is not None:
            while self._spent and self._spent[0] <= now - 60:
                self._spent.popleft()
            if len(self._spent) >= self._calls:
                wait = max(wait, self._spent[0] + 60 - now)
        return max(wait, 0.0)

    def spend(self) -> None:
        """Count a call."""
        if self._calls is not None:
            self._spent.append(self._clock())

    def close(self, seconds: float) -> None:
        """Make no call for so long: Slack has said so."""
        self._closed_until = max(self._closed_until, self._clock() + seconds)
