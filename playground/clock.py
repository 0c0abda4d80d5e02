"""The workspace's one clock: real time, an offset that a test may advance, and stamps that never repeat."""

import time
from email.utils import formatdate


class Clock:
    """Time in Unix seconds. Stamps are Slack's `<seconds>.<microseconds>`, unique and increasing."""

    def __init__(self) -> None:
        self._offset = 0.0
        self._last_us = 0

    def now(self) -> float:
        """Unix seconds as the workspace sees them."""
        return time.time() + self._offset

    def advance(self, seconds: float) -> None:
        """Move the workspace's time forward; timers that already run (retries, acknowledgements) stay as they are."""
        if seconds < 0:
            raise ValueError("time only moves forward")
        self._offset += seconds

    def tick_us(self) -> int:
        """The present in microseconds, later than every tick before it."""
        self._last_us = max(int(self.now() * 1_000_000), self._last_us + 1)
        return self._last_us

    def stamp(self) -> str:
        """A new `ts`: `1795377600.000123`."""
        micros = self.tick_us()
        return f"{micros // 1_000_000}.{micros % 1_000_000:06d}"

    def not_before(self, stamp: str) -> None:
        """Learn a stamp of an earlier life (from the journal), so that the next one is later."""
        self._last_us = max(self._last_us, stamp_us(stamp))

    def http_date(self) -> str:
        """The present as an HTTP `Date` header."""
        return formatdate(self.now(), usegmt=True)


def stamp_us(stamp: str) -> int:
    """Microseconds of a `ts`. Raises ValueError where it is not one."""
    seconds, _, micros = stamp.partition(".")
    return int(seconds) * 1_000_000 + int(micros.ljust(6, "0")[:6] or "0")
