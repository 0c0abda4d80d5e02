"""Who the app is: what its manifest grants, and key material that the seed alone decides."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

Payload: TypeAlias = dict[str, Any]

TEAM_ID = "T0PLAY"
TEAM_NAME = "Playground"
TEAM_DOMAIN = "playground"
APP_ID = "A0VERDICTS"
BOT_USER_ID = "U0VERDICTS"
BOT_ID = "B0VERDICTS"


@dataclass(frozen=True, slots=True)
class Team:
    """A workspace, and the organisation that it belongs to."""

    id: str = TEAM_ID
    name: str = TEAM_NAME
    domain: str = TEAM_DOMAIN
    enterprise: str | None = None

    @property
    def prefix(self) -> str:
        """What its addresses begin with; the first workspace's begin with nothing."""
        return "" if self.id == TEAM_ID else f"/w/{self.id}"


def team_named(name: str, enterprise: str | None = None) -> Team:
    """One more workspace: "West" is T0WEST."""
    return Team(f"T0{name.upper()}", name, name.lower(), enterprise)


@dataclass(frozen=True, slots=True)
class AppIdentity:
    """The installed app. Tokens look like Slack's but could never be taken for real ones."""

    name: str
    bot_token: str
    app_token: str
    signing_secret: str
    verification_token: str
    scopes: tuple[str, ...]
    optional_scopes: tuple[str, ...]  # granted only where whoever installs the app leaves them in
    events: frozenset[str]
    commands: tuple[Payload, ...]
    shortcuts: tuple[Payload, ...]
    home_enabled: bool
    client_id: str
    client_secret: str
    redirect_urls: tuple[str, ...]
    rotates_tokens: bool

    def granted(self, *, optional: bool) -> "AppIdentity":
        """The same app, installed with its optional scopes or without."""
        needed = tuple(scope for scope in self.scopes if scope not in self.optional_scopes)
        return replace(self, scopes=needed + (self.optional_scopes if optional else ()))

    def command(self, name: str) -> Payload | None:
        """The manifest's entry of a slash command, or None."""
        return next((entry for entry in self.commands if entry.get("command") == name), None)

    def shortcut(self, callback_id: str) -> Payload | None:
        """The manifest's entry of a shortcut, or None."""
        return next((entry for entry in self.shortcuts if entry.get("callback_id") == callback_id), None)


def from_manifest(manifest: Mapping[str, object], seed: int) -> AppIdentity:
    """Read what an app manifest (already parsed) grants. Missing parts grant nothing."""
    features, settings = _part(manifest, "features"), _part(manifest, "settings")
    scopes = _part(_part(manifest, "oauth_config"), "scopes")
    events = _part(settings, "event_subscriptions").get("bot_events", [])
    name = _part(features, "bot_user").get("display_name") or _part(manifest, "display_information").get("name")
    return AppIdentity(
        name=str(name or "App"),
        bot_token=f"xoxb-playground-{_digest(seed, 'bot')}",
        app_token=f"xapp-playground-{_digest(seed, 'app')}",
        signing_secret=_digest(seed, "signing") + _digest(seed, "secret")[:8],
        verification_token=_digest(seed, "verification"),
        scopes=tuple(scopes.get("bot", [])),
        optional_scopes=tuple(sorted(set(scopes.get("bot_optional", [])) - set(scopes.get("bot", [])))),
        events=frozenset(events),
        commands=tuple(features.get("slash_commands", [])),
        shortcuts=tuple(features.get("shortcuts", [])),
        home_enabled=bool(_part(features, "app_home").get("home_tab_enabled")),
        client_id=f"{int(_digest(seed, 'client')[:10], 16)}.{int(_digest(seed, 'client')[10:20], 16)}",
        client_secret=_digest(seed, "client secret"),
        redirect_urls=tuple(_part(manifest, "oauth_config").get("redirect_urls", [])),
        rotates_tokens=bool(settings.get("token_rotation_enabled")),
    )


def _part(of: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = of.get(name)
    return part if isinstance(part, Mapping) else {}


def _digest(seed: int, purpose: str) -> str:
    return hashlib.sha256(f"verdicts playground {seed} {purpose}".encode()).hexdigest()[:24]


class Ids:
    """Identifiers that are a function of the seed and the moment, so that no two lives of a workspace share one.

    A counter would start again after a restart, and an app that remembers event ids (as it must) would
    take new events for old ones.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def new(self, kind: str, moment_us: int, length: int = 11) -> str:
        """Upper-case letters and digits, at most 40."""
        return hashlib.sha256(f"{self._seed} {kind} {moment_us}".encode()).hexdigest()[:length].upper()
