"""How a check says what is wrong: Slack's `[ERROR] … [json-pointer:…]`, collected, never raised."""

from dataclasses import dataclass, field
from typing import Any

from playground.identity import Payload


@dataclass(slots=True)
class Report:
    """The problems of one payload, and what must be unique across it."""

    problems: list[str] = field(default_factory=list)
    block_ids: set[str] = field(default_factory=set)
    surface: str = "message"  # or "modal", "home"

    def error(self, at: str, text: str) -> None:
        """Note a problem at a JSON pointer."""
        self.problems.append(f"[ERROR] {text} [json-pointer:{at}]")

    def keys(self, at: str, value: Payload, required: str, optional: str = "") -> None:
        """Names that must be there and names that may; both as words in a string. `type` is always known."""
        for name in required.split():
            if value.get(name) is None:
                self.error(at, f"missing required field: {name}")
        known = {"type", *required.split(), *optional.split()}
        for name in value:
            if name not in known:
                self.error(at, f"invalid additional property: {name}")

    def text(self, at: str, value: Any, most: int, *, least: int = 1) -> None:
        """A string of `least` to `most` characters."""
        if not isinstance(value, str):
            self.error(at, "must be a string")
        elif len(value) < least:
            self.error(at, f"must be more than {least - 1} characters")
        elif len(value) > most:
            self.error(at, f"must be less than {most + 1} characters")

    def items(self, at: str, value: Any, most: int, *, least: int = 1) -> list[Any]:
        """A list of `least` to `most` items; what there is of it."""
        if not isinstance(value, list):
            self.error(at, "must be an array")
            return []
        if len(value) < least:
            self.error(at, f"no less than {least} items required")
        if len(value) > most:
            self.error(at, f"no more than {most} items allowed")
        return value[:most]

    def choice(self, at: str, value: Any, allowed: str) -> None:
        """One of the words in `allowed`."""
        if value not in allowed.split():
            self.error(at, f"must be a valid enum value: {', '.join(allowed.split())}")

    def flag(self, at: str, value: Any) -> None:
        """A boolean."""
        if not isinstance(value, bool):
            self.error(at, "must be a boolean")

    def object(self, at: str, value: Any) -> Payload | None:
        """An object, or None."""
        if isinstance(value, dict):
            return value
        self.error(at, "must provide an object")
        return None

    def text_object(self, at: str, value: Any, most: int, *, kinds: str = "plain_text mrkdwn") -> None:
        """A text object of one of the kinds, with at least one character."""
        found = self.object(at, value)
        if found is None:
            return
        if found.get("type") not in kinds.split():
            self.error(f"{at}/type", f"must be a valid enum value: {', '.join(kinds.split())}")
            return
        self.keys(at, found, "text", "emoji" if found["type"] == "plain_text" else "verbatim")
        for name in ("emoji", "verbatim"):
            if name in found:
                self.flag(f"{at}/{name}", found[name])
        if found.get("text") is not None:
            self.text(f"{at}/text", found["text"], most)

    def plain(self, at: str, value: Any, most: int) -> None:
        """A plain_text object."""
        self.text_object(at, value, most, kinds="plain_text")
