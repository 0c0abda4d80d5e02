"""What the ears register, written down instead of handed to Bolt."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias, cast

import yaml
from slack_bolt.app.async_app import AsyncApp

import commands
from bot.services import Services
from commands import reactions

ROOT = Path(__file__).parent.parent

Listener: TypeAlias = Callable[..., Any]


@dataclass(frozen=True)
class Heard:
    """One registration: `app.<kind>(<what>)(<listener>)`; of middleware only that which hears reactions is one."""

    kind: str
    what: Any  # a name, a pattern, or nothing
    listener: Listener


class Register:
    """Takes registrations as Bolt's AsyncApp does, and keeps them in order."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []

    def __getattr__(self, kind: str) -> Callable[..., Callable[[Listener], None]]:
        def of(what: Any) -> Callable[[Listener], None]:
            if kind == "error":
                self.heard.append(Heard(kind, None, what))
            if isinstance(what, reactions.Reactions):
                self.heard += [Heard("event", name, what.reacted) for name in reactions.EVENTS]
            return lambda listener: self.heard.append(Heard(kind, what, listener))

        return of


def registered() -> list[Heard]:
    """Everything that `commands.register` tells Bolt."""
    register = Register()
    commands.register(cast("AsyncApp", register), cast("Services", None))  # lent only when a request comes
    return register.heard


def manifest() -> dict[str, Any]:
    """manifest.yml, parsed."""
    found: dict[str, Any] = yaml.safe_load((ROOT / "manifest.yml").read_text("utf-8"))
    return found
