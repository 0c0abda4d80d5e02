"""Everything that passed between the workspace and the app, in order: events, deliveries, Web API calls."""

from collections import deque

from playground.clock import Clock
from playground.identity import Payload

KEPT = 50_000  # entries; the oldest leave first, so that a workspace may run for weeks


class CallLog:
    """Entries are dicts with `seq`, `at` (Unix seconds) and `kind`; a delivery's entry is completed when it ends."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seq = 0
        self._entries: deque[Payload] = deque(maxlen=KEPT)

    def add(self, kind: str, **details: object) -> Payload:
        """Append an entry and return it, for its outcome to be filled in later."""
        self._seq += 1
        entry: Payload = {"seq": self._seq, "at": round(self._clock.now(), 6), "kind": kind, **details}
        self._entries.append(entry)
        return entry

    def since(self, seq: int = 0) -> list[Payload]:
        """Entries with a number above `seq`, oldest first."""
        return [entry for entry in self._entries if entry["seq"] > seq]

    def clear(self) -> None:
        """Forget all entries; numbers go on."""
        self._entries.clear()
