"""Installing by OAuth, as Slack does it: a code is good once, a token opens one workspace or one organisation's.

https://docs.slack.dev/authentication/installing-with-oauth, https://docs.slack.dev/authentication/using-token-rotation
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

from playground.clock import Clock
from playground.identity import APP_ID, BOT_USER_ID, AppIdentity, Payload, Team

CODE_SECONDS = 600
TOKEN_SECONDS = 43_200


class GrantError(Exception):
    """An answer with `ok: false`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Pending:
    """Somebody has allowed the installation, and the app has not yet fetched its token."""

    team: Team
    user: str
    scopes: tuple[str, ...]
    redirect_uri: str
    for_organisation: bool
    until: float


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token opens; `dead` is the error that it is answered with since the app was removed."""

    token: str
    team: Team
    user: str
    scopes: tuple[str, ...]
    for_organisation: bool = False
    refresh_token: str | None = None
    expires_at: float | None = None
    dead: str | None = None


class Grants:
    """Every code and every token that was ever handed out."""

    def __init__(self, app: AppIdentity, clock: Clock, seed: int) -> None:
        self._app = app
        self._clock = clock
        self._seed = seed
        self._codes: dict[str, Pending] = {}
        self._tokens: dict[str, Grant] = {}
        self._refresh_tokens: dict[str, str] = {}  # each with the token that it renews

    def of(self, token: str) -> Grant | None:
        """What a token opens; None for one that was never handed out. Raises GrantError for one that is dead."""
        grant = self._tokens.get(token)
        if grant is not None and grant.dead:
            raise GrantError(grant.dead)
        if grant is not None and grant.expires_at is not None and grant.expires_at <= self._clock.now():
            raise GrantError("token_expired")
        return grant

    def team_of(self, token: str) -> Team | None:
        """Whose token it is, also after its end."""
        grant = self._tokens.get(token)
        return grant.team if grant else None

    @property
    def secrets(self) -> list[str]:
        """Every token and refresh token that was ever handed out."""
        refresh = [grant.refresh_token for grant in self._tokens.values() if grant.refresh_token]
        return [*self._tokens, *refresh]

    def check_request(self, query: Mapping[str, str]) -> tuple[str, ...]:
        """The scopes that an authorize page is asked for. Raises GrantError."""
        if query.get("client_id") != self._app.client_id:
            raise GrantError("invalid_client_id")
        if query.get("redirect_uri") not in self._app.redirect_urls:
            raise GrantError("bad_redirect_uri")
        asked = tuple(scope for scope in query.get("scope", "").split(",") if scope)
        if not asked or not set(asked) <= {*self._app.scopes, *self._app.optional_scopes}:
            raise GrantError("invalid_scope")
        return asked

    def allow(
        self, team: Team, user: str, scopes: tuple[str, ...], redirect_uri: str, *, for_organisation: bool
    ) -> str:
        """Somebody says yes; the code that the browser brings back to the app."""
        code = self._new("code")
        until = self._clock.now() + CODE_SECONDS
        self._codes[code] = Pending(team, user, scopes, redirect_uri, for_organisation, until)
        return code

    def exchange(self, given: Mapping[str, str]) -> tuple[Grant, Payload]:
        """oauth.v2.access: a token for a code, or a fresh one for a refresh token. Raises GrantError."""
        if given.get("client_id") != self._app.client_id or given.get("client_secret") != self._app.client_secret:
            raise GrantError("bad_client_secret")
        if given.get("grant_type") == "refresh_token":
            return self._refresh(given.get("refresh_token", ""))
        pending = self._codes.pop(given.get("code", ""), None)
        if pending is None or pending.until < self._clock.now():
            raise GrantError("invalid_code")
        if given.get("redirect_uri") != pending.redirect_uri:
            raise GrantError("bad_redirect_uri")
        grant = self._issue(
            Grant("", pending.team, pending.user, pending.scopes, for_organisation=pending.for_organisation)
        )
        return grant, self._answer(grant)

    def remove(self, team: Team) -> None:
        """The app is removed: every token of the workspace is dead."""
        for token, grant in self._tokens.items():
            if grant.team == team and not grant.dead:
                self._tokens[token] = replace(grant, dead="account_inactive")

    def _refresh(self, refresh_token: str) -> tuple[Grant, Payload]:
        token = self._refresh_tokens.pop(refresh_token, None)
        old = self._tokens.get(token or "")
        if old is None or old.dead:
            raise GrantError("invalid_refresh_token")
        grant = self._issue(old)
        return grant, self._answer(grant)

    def _issue(self, of: Grant) -> Grant:
        grant = replace(of, token=f"xoxb-playground-{self._new('token')}")
        if self._app.rotates_tokens:
            grant = replace(
                grant,
                token=f"xoxe.{grant.token}",
                refresh_token=f"xoxe-1-playground-{self._new('refresh')}",
                expires_at=self._clock.now() + TOKEN_SECONDS,
            )
            self._refresh_tokens[str(grant.refresh_token)] = grant.token
        self._tokens[grant.token] = grant
        return grant

    def _answer(self, grant: Grant) -> Payload:
        organisation = {"id": grant.team.enterprise, "name": "Playground Inc."} if grant.team.enterprise else None
        answer: Payload = {
            "app_id": APP_ID,
            "access_token": grant.token,
            "token_type": "bot",
            "bot_user_id": BOT_USER_ID,
            "scope": ",".join(grant.scopes),
            "authed_user": {"id": grant.user},
            "team": None if grant.for_organisation else {"id": grant.team.id, "name": grant.team.name},
            "enterprise": organisation,
            "is_enterprise_install": grant.for_organisation,
        }
        if grant.refresh_token:
            answer |= {"refresh_token": grant.refresh_token, "expires_in": TOKEN_SECONDS}
        return answer

    def _new(self, kind: str) -> str:
        return hashlib.sha256(f"{self._seed} {kind} {self._clock.tick_us()}".encode()).hexdigest()[:32]
