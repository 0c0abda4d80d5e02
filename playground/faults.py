"""Faults on request: what to do to which event, call or socket, how often and for how long.

Every fault has its own random numbers, a function of the workspace's seed and of the order of faults:
the same requests meet the same fate each time.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from playground.clock import Clock
from playground.identity import Payload

EVENT_FAULTS: Final = ("duplicate", "delay", "reorder", "drop")
SOCKET_FAULTS: Final = ("close", "mute", "disconnect", "half_open", "garble", "refuse", "no_hello")
FOR_NEW_SOCKETS: Final = ("refuse", "no_hello")
DISCONNECT_REASONS: Final = ("warning", "refresh_requested", "link_disabled", "too_many_websockets")

_COMMON = {"times", "seconds", "probability"}
_ANSWERS = {"status", "error", "cut_json", "drop", "execute_then_drop"}
_ALLOWED = {
    "events": _COMMON | {"events", "types", "copies", "delay", "window"},
    "method": _COMMON | _ANSWERS | {"method", "retry_after", "execute", "delay", "when"},
    "socket": {"socket", "reason", "abort", "text", "times", "seconds"},
}


class BadFaultError(ValueError):
    """A fault that cannot be understood; the text says which part."""


@dataclass(slots=True)
class Fault:
    """One fault at work. `left` counts its remaining strikes, `until` is a Unix time; None means without end."""

    id: int
    spec: Payload
    left: int | None
    until: float | None
    probability: float
    dice: random.Random = field(repr=False)
    struck: int = 0

    def alive(self, now: float) -> bool:
        """Whether it may still strike."""
        return (self.left is None or self.left > 0) and (self.until is None or now < self.until)

    def strikes(self, now: float) -> bool:
        """Whether it strikes now; if so, that is one strike less."""
        if not self.alive(now) or (self.probability < 1 and self.dice.random() >= self.probability):
            return False
        if self.left is not None:
            self.left -= 1
        self.struck += 1
        return True

    def as_json(self) -> Payload:
        """The fault as asked for, with what is left of it."""
        return {**self.spec, "id": self.id, "left": self.left, "struck": self.struck}


class Faults:
    """The faults now in force, in the order in which they were asked for."""

    def __init__(self, clock: Clock, seed: int) -> None:
        self._clock = clock
        self._seed = seed
        self._made = 0
        self._faults: list[Fault] = []

    def add(self, spec: Payload) -> Fault:
        """Put a fault in force. Raises BadFaultError."""
        check(spec)
        self._made += 1
        now = self._clock.now()
        lasts = spec.get("seconds")
        fault = Fault(
            id=self._made,
            spec=spec,
            left=spec.get("times"),
            until=None if lasts is None else now + lasts,
            probability=spec.get("probability", 1.0),
            dice=random.Random(f"{self._seed} fault {self._made}"),  # noqa: S311 - repeatable on purpose
        )
        self._faults = [known for known in self._faults if known.alive(now)] + [fault]
        return fault

    def clear(self) -> None:
        """End all faults; the numbering starts again, so that a cleared workspace repeats itself."""
        self._faults.clear()
        self._made = 0

    def as_json(self) -> list[Payload]:
        """The faults still in force."""
        now = self._clock.now()
        return [fault.as_json() for fault in self._faults if fault.alive(now)]

    def for_event(self, event_type: str) -> Fault | None:
        """The fault that befalls this event, if any."""
        return self._first("events", lambda spec: event_type in spec.get("types", [event_type]))

    def for_call(self, method: str) -> Fault | None:
        """The fault that befalls this Web API call, if any."""
        return self._first("method", lambda spec: spec["method"] in (method, "*"))

    def for_answer(self) -> Fault | None:
        """The fault that befalls this use of a `response_url`, if any; "*" means the Web API alone."""
        return self._first("method", lambda spec: spec["method"] == "response_url")

    def for_new_socket(self) -> str | None:
        """What befalls a new Socket Mode connection, if anything: it is turned away, or never greeted."""
        fault = self._first("socket", lambda spec: spec["socket"] in FOR_NEW_SOCKETS)
        return str(fault.spec["socket"]) if fault else None

    def _first(self, family: str, concerns: Callable[[Payload], bool]) -> Fault | None:
        if not self._faults:
            return None
        now = self._clock.now()
        for fault in self._faults:
            if family in fault.spec and concerns(fault.spec) and fault.strikes(now):
                return fault
        return None


def check(spec: Payload) -> None:
    """Raise BadFaultError where a fault's specification is wrong."""
    families = [family for family in _ALLOWED if family in spec]
    if len(families) != 1:
        raise BadFaultError("name exactly one of events, method, socket")
    family = families[0]
    if unknown := sorted(set(spec) - _ALLOWED[family]):
        raise BadFaultError(f"unknown: {', '.join(unknown)}")
    for name in ("times", "seconds", "probability", "copies", "window", "delay", "status"):
        if name in spec and not _is_number(spec[name], whole=name in ("times", "copies", "window", "status")):
            raise BadFaultError(f"{name} is a number from 0")
    if family == "events" and spec["events"] not in EVENT_FAULTS:
        raise BadFaultError(f"events is one of {', '.join(EVENT_FAULTS)}")
    if family == "socket":
        _check_socket(spec)
    if family == "method":
        answers = sorted(_ANSWERS & set(spec))
        if len(answers) > 1 or not (answers or "delay" in spec):
            raise BadFaultError(f"name one of {', '.join(sorted(_ANSWERS))}, or delay")
        if spec.get("when", "before") not in ("before", "after"):
            raise BadFaultError("when is before or after")
        if spec["method"] == "response_url" and (answers or spec.get("when") == "after"):
            raise BadFaultError("a response_url can only be late: delay")


def _check_socket(spec: Payload) -> None:
    if spec["socket"] not in SOCKET_FAULTS:
        raise BadFaultError(f"socket is one of {', '.join(SOCKET_FAULTS)}")
    if not isinstance(spec.get("text", ""), str):
        raise BadFaultError("text is a text")
    if spec.get("reason", "warning") not in DISCONNECT_REASONS:
        raise BadFaultError(f"reason is one of {', '.join(DISCONNECT_REASONS)}")


def _is_number(value: object, *, whole: bool) -> bool:
    kinds = int if whole else (int, float)
    return isinstance(value, kinds) and not isinstance(value, bool) and value >= 0
