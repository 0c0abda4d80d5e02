"""The votes as they truly happened in a playground, and what became of telling the bot."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from playground.deliveries import RETRY_AFTER
from tests.story import Scene

Mark: TypeAlias = tuple[str, str, str, str]  # channel, message, person, emoji
TIMES = {"duplicate": 2, "drop": 0}  # how often the playground sets out to deliver, by fault; else once
State: TypeAlias = tuple[int, bool]  # when it came about, in microseconds; whether the emoji stands there


@dataclass(slots=True)
class Vote:
    """A click as it truly happened, and what became of telling the bot."""

    mark: Mark
    state: State
    due: int = 0  # how often the playground set out to deliver it, each time with retries
    acknowledged: int = 0
    given_up: int = 0
    fault: str | None = None  # what the network was told to do with it
    is_prompt: bool = True  # no attempt has failed so far

    @property
    def is_settled(self) -> bool:
        """Whether no delivery of it is under way or to come."""
        return self.acknowledged + self.given_up == self.due


class History:
    """The votes in the playground's log, read on from where the last look ended."""

    def __init__(self, scene: Scene, people: Iterable[str]) -> None:
        self._scene = scene
        self.people = frozenset(people)
        self._seen = 0
        self._unfinished: set[int] = set()
        self._by_event: dict[str, Vote] = {}

    @property
    def votes(self) -> list[Vote]:
        """Every vote, in the order of the clicks."""
        return list(self._by_event.values())

    async def follow(self) -> None:
        """Read what has happened since the last look."""
        since = min(self._unfinished, default=self._seen + 1) - 1
        for entry in (await self._scene.get(f"log?since={since}"))["log"]:
            if entry["seq"] > self._seen or entry["seq"] in self._unfinished:
                self._read(entry)
                self._seen = max(self._seen, entry["seq"])

    def _read(self, entry: Mapping[str, Any]) -> None:
        if entry["kind"] == "event" and entry["type"] in {"reaction_added", "reaction_removed"}:
            event = entry["payload"]["event"]
            if event["user"] in self.people:
                mark = (event["item"]["channel"], event["item"]["ts"], event["user"], event["reaction"])
                state = (int(event["event_ts"].replace(".", "")), event["type"] == "reaction_added")
                vote = self._by_event.setdefault(entry["payload"]["event_id"], Vote(mark, state))
                vote.fault = entry["fault"]
                vote.due += TIMES.get(entry["fault"], 1)
        elif entry["kind"] == "delivery" and (vote_told := self._by_event.get(str(entry["event_id"]))) is not None:
            self._unfinished.discard(entry["seq"])
            vote_told.is_prompt = vote_told.is_prompt and entry["acknowledged"] is not False
            if entry["acknowledged"] is None:
                self._unfinished.add(entry["seq"])
            elif entry["acknowledged"]:
                vote_told.acknowledged += 1
            elif entry["attempt"] == len(RETRY_AFTER):
                vote_told.given_up += 1


def newest(votes: Iterable[Vote]) -> dict[Mark, State]:
    """The state of each mark after these votes; no two of them happen in the same microsecond."""
    states: dict[Mark, State] = {}
    for vote in votes:
        states[vote.mark] = max(vote.state, states.get(vote.mark, vote.state))
    return states
