"""What Slack answers, as frozen values, and how each is read."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Literal, Self

from bot.model import Kind


@dataclass(frozen=True, slots=True)
class Conversation:
    """A place where messages stand, as the bot sees it."""

    id: str
    kind: Literal["public", "private", "direct"]
    is_member: bool
    is_archived: bool
    is_shared: bool = False  # with another company (Slack Connect)

    @property
    def scope(self) -> str:
        """Whose votes count together here: "" for all public channels of the workspace, else this place alone.

        What colleagues vote in their own channels is not for the eyes of another company.
        """
        return "" if self.kind == "public" and not self.is_shared else self.id


@dataclass(frozen=True, slots=True)
class Profile:
    """A person as Slack describes them."""

    id: str
    is_bot: bool
    is_deactivated: bool
    zone: str | None
    is_admin: bool = False
    kind: Kind = "member"

    @classmethod
    def of(cls, user: Mapping[str, Any], workspace: str, enterprise: str | None) -> Self:
        """From Slack's user object (https://docs.slack.dev/reference/objects/user-object).

        Whoever has another home than `workspace` is of another company, unless both belong to one `enterprise`. Not
        `is_stranger`: Slack says that only of people in no channel that we see.
        """
        home = user.get("team_id")
        orgs = {home, (user.get("enterprise_user") or {}).get("enterprise_id")}
        is_guest = bool(user.get("is_restricted") or user.get("is_ultra_restricted"))
        kind: Kind = "guest" if is_guest else "member"
        if home and home != workspace and not (enterprise and enterprise in orgs):
            kind = "external"
        return cls(
            id=str(user["id"]),
            is_bot=bool(user.get("is_bot")) or user["id"] == "USLACKBOT",
            is_deactivated=bool(user.get("deleted")),
            zone=user.get("tz") or None,
            is_admin=bool(user.get("is_admin") or user.get("is_owner")),
            kind=kind,
        )


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the token makes us."""

    workspace: str
    workspace_name: str
    bot_user: str
    bot_id: str | None
    scopes: frozenset[str] = frozenset()  # those that whoever installed the app has granted
    enterprise: str | None = None  # the organisation of a workspace in an Enterprise Grid
    at_us: int = 0  # when Slack said so, by its own clock


@dataclass(frozen=True, slots=True)
class Reactions:
    """Who stood behind each emoji of a message, ourselves included."""

    people: Mapping[str, frozenset[str]]
    incomplete: frozenset[str]  # emoji for which fewer people are named than counted
    at_us: int  # when Slack said so
    bot_user: str

    @classmethod
    def of(cls, message: Mapping[str, Any], headers: Mapping[str, str], bot_user: str) -> Self:
        """From the answer of `reactions.get`, asked for everybody."""
        listed = message.get("reactions", [])
        people = {one["name"]: frozenset(one["users"]) for one in listed}
        incomplete = frozenset(one["name"] for one in listed if len(one["users"]) < int(one["count"]))
        return cls(people, incomplete, answered_at_us(headers), bot_user)


def key_of(message: Mapping[str, Any]) -> str | None:
    """The key that rode in the metadata of one of our messages."""
    payload = (message.get("metadata") or {}).get("event_payload") or {}
    key = payload.get("key")
    return key if isinstance(key, str) else None


def granted(headers: Mapping[str, str]) -> frozenset[str]:
    """The token's scopes, which every answer names: https://docs.slack.dev/authentication/installing-with-oauth."""
    said = next((value for name, value in headers.items() if name.lower() == "x-oauth-scopes"), "")
    return frozenset(scope.strip() for scope in said.split(",") if scope.strip())


def answered_at_us(headers: Mapping[str, str]) -> int:
    """When Slack gave an answer, by its own clock, in microseconds; by ours where it does not say."""
    said = next((value for name, value in headers.items() if name.lower() == "date"), "")
    try:
        return int(parsedate_to_datetime(said).timestamp()) * 1_000_000
    except ValueError:
        return time.time_ns() // 1000
