"""Where the app is installed: kept, renewed, removed. One public function, one transaction.

An installation is one workspace's, or one organisation's for many of its workspaces: its owner is the id of the one or
the other. Its token never leaves this file but opened, in memory; in the database it is sealed (bot/vault.py).
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from bot.vault import Sealed, Vault
from db import installations as rows
from db.connection import Connection
from db.installations import StoredInstallation

STATE_SECONDS = 600  # that a browser may stay at Slack's page
MOST_STATES = 1_000  # browsers that may be there at once: anybody may send one, and each is a row
KEPT_SECONDS = 14 * 86_400  # that a workspace's data outlives the app in it; Slack's policy has fourteen business days
RENEW_SECONDS = 7_200  # before its end that a token is renewed; it lives for twelve hours
LEASE_SECONDS = 60  # that one replica alone may take to renew a token: several times what the call may take
MOST_RENEWALS_FAILED = 2  # before somebody has to install the app again
# Slack's words for an app that is no longer there; its other refusals may pass.
REMOVED = frozenset({"token_revoked", "account_inactive", "app_uninstalled", "tokens_revoked"})


@dataclass(frozen=True, slots=True)
class Grant:
    """What Slack hands out when somebody installs the app, or when a token is renewed. Times are Unix seconds."""

    owner: str
    enterprise: str
    app: str
    name: str
    bot_user: str
    installer: str
    scopes: frozenset[str]
    token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    expires_at: int | None
    installed_at: int  # by Slack's clock


@dataclass(frozen=True, slots=True)
class Installation:
    """An installation as a replica serves it; without a token it is not served."""

    owner: str
    enterprise: str
    name: str
    bot_user: str
    installer: str
    scopes: frozenset[str]
    token: str | None = field(repr=False)
    revision: int
    installed_at: int

    @property
    def is_organisation(self) -> bool:
        """Whether it is one for many workspaces."""
        return self.owner == self.enterprise


@dataclass(frozen=True, slots=True)
class Renewal:
    """A token that this replica alone may renew now."""

    owner: str
    installer: str
    refresh_token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Fresh:
    """A renewed token."""

    token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_at: int


def begin(connection: Connection, now: int) -> str | None:
    """A state for somebody's way to Slack's page and back: good once, for ten minutes. None when too many are out."""
    state = secrets.token_urlsafe(32)
    return state if rows.issue_state(connection, _hash(state), now + STATE_SECONDS, now, MOST_STATES) else None


def come_back(connection: Connection, state: str, now: int) -> bool:
    """Whether this state was issued, is young enough, and has not come back before."""
    return rows.consume_state(connection, _hash(state), now)


def keep(connection: Connection, vault: Vault, grant: Grant, now: int) -> None:
    """Keep a new installation, or the same one with new scopes or a new token, and serve what it serves."""
    stored = StoredInstallation(
        owner=grant.owner,
        enterprise=grant.enterprise,
        app=grant.app,
        name=grant.name,
        bot_user=grant.bot_user,
        installer=grant.installer,
        scopes=",".join(sorted(grant.scopes)),
        token=None,
        refresh_token=None,
        key_id=None,
        expires_at=grant.expires_at,
        renew_after=0,
        renewals_failed=0,
        stopped=None,
        installed_at=grant.installed_at,
        revision=1,
        changed_at=now,
    )
    rows.store(connection, _sealed(vault, stored, grant.token, grant.refresh_token))


def with_workspaces(connection: Connection, vault: Vault, owner: str) -> tuple[Installation, list[str]] | None:
    """The installation of a workspace or an organisation, and the workspaces that it serves. Raises WrongKey."""
    stored = rows.find(connection, owner)
    return (_opened(vault, stored), rows.workspaces(connection, owner)) if stored else None


def changed(connection: Connection, vault: Vault, since: int) -> list[tuple[Installation, list[str]]]:
    """Every installation changed since a moment (0: all of them), with the workspaces it serves. Raises WrongKey."""
    return [
        (_opened(vault, stored), rows.workspaces(connection, stored.owner))
        for stored in rows.changed(connection, since)
    ]


def stopped(connection: Connection, vault: Vault) -> list[Installation]:
    """Installations whose token Slack refused for a reason that may pass, with that token. Raises WrongKey."""
    return [
        replace(_opened(vault, stored), token=_tokens(vault, stored)[0])
        for stored in rows.changed(connection, 0)
        if stored.stopped and stored.token
    ]


def admit(connection: Connection, workspace: str, owner: str, now: int) -> None:
    """A workspace is served by an installation from now on: its own, or that of its organisation."""
    rows.join(connection, workspace, owner)
    _touch(connection, owner, now)


def may_come(connection: Connection, workspace: str, happened_at: int) -> bool:
    """Whether a workspace of an organisation that asks for something at a moment may be admitted by that.

    Not by what it did before the app was taken away from it, and is told late.
    """
    purge_at = rows.purge_at(connection, workspace)
    return purge_at is None or happened_at > purge_at - KEPT_SECONDS


def dismiss(connection: Connection, owner: str, workspaces: Sequence[str], now: int) -> None:
    """An organisation has taken the app away from some of its workspaces."""
    for workspace in workspaces:
        rows.leave_one(connection, owner, workspace, now + KEPT_SECONDS)
    _touch(connection, owner, now)


def stop(connection: Connection, vault: Vault, owner: str, token: str, code: str, now: int) -> bool:
    """Slack refuses this token: serve it no more; whether this said anything new. Raises WrongKey.

    Where the app was removed the token is destroyed and the purge of the data set; what may pass leaves both as they
    are. Another token, that somebody has installed meanwhile, stays.
    """
    stored = rows.find(connection, owner, lock=True)
    if stored is None or stored.stopped == code or _tokens(vault, stored)[0] != token:
        return False
    _stop(connection, stored, code, now)
    return True


def resume(connection: Connection, owner: str, revision: int, now: int) -> None:
    """Slack takes a token again that it had refused."""
    stored = rows.find(connection, owner, lock=True)
    if stored is not None and stored.revision == revision:
        rows.change(connection, replace(stored, stopped=None, changed_at=now))


def remove(connection: Connection, owner: str, code: str, happened_at: int, now: int) -> bool:
    """An event tells that the app was removed, at this moment by Slack's clock; whether that is certain and done.

    False where the app was installed again at that moment or later: whoever asks must ask Slack about the token.
    """
    stored = rows.find(connection, owner, lock=True)
    if stored is None or stored.token is None:
        return True
    if happened_at <= stored.installed_at:
        return False
    _stop(connection, stored, code, now)
    return True


def claim_renewal(connection: Connection, vault: Vault, now: int) -> Renewal | None:
    """A token that ends within two hours and that nobody else is renewing: ours to renew, for a minute."""
    stored = rows.to_renew(connection, now + RENEW_SECONDS, now)
    if stored is None or stored.refresh_token is None:
        return None
    refresh_token = vault.open(_seal(stored.refresh_token, stored), _place(stored, "refresh_token"))
    rows.postpone(connection, stored.owner, now + LEASE_SECONDS)
    return Renewal(stored.owner, stored.installer, refresh_token)


def renewed(connection: Connection, vault: Vault, renewal: Renewal, fresh: Fresh, now: int) -> bool:
    """Keep a renewed token, unless the app was installed anew meanwhile; whether it was kept. Raises WrongKey."""
    stored = rows.find(connection, renewal.owner, lock=True)
    if stored is None or _tokens(vault, stored)[1] != renewal.refresh_token:
        return False
    kept = replace(stored, expires_at=fresh.expires_at, renew_after=0, renewals_failed=0, stopped=None, changed_at=now)
    rows.change(connection, _sealed(vault, kept, fresh.token, fresh.refresh_token))
    return True


def not_renewed(connection: Connection, vault: Vault, renewal: Renewal, code: str, now: int) -> bool:
    """Slack refused to renew a token; whether somebody must be told to install the app again. Raises WrongKey.

    The first refusal may be of a token that another replica has just used; after the second nothing is tried until the
    token's end, and then it is served no more.
    """
    stored = rows.find(connection, renewal.owner, lock=True)
    if stored is None or _tokens(vault, stored)[1] != renewal.refresh_token:
        return False
    if stored.expires_at is not None and now >= stored.expires_at:
        _stop(connection, replace(stored, refresh_token=None), code, now)
        return True
    failed = stored.renewals_failed + 1
    is_hopeless = failed >= MOST_RENEWALS_FAILED
    rows.count_failure(
        connection, stored.owner, failed, stored.expires_at or now if is_hopeless else stored.renew_after
    )
    return is_hopeless


def unknown_keys(connection: Connection, vault: Vault) -> list[tuple[str, int]]:
    """The ids of keys that tokens are sealed with and the vault has not, each with the number of installations.

    Of the keys that it has, one token each is opened, as a proof. Raises WrongKey.
    """
    missing = []
    for key_id, count, owner in rows.keys_in_use(connection):
        if key_id not in vault.key_ids:
            missing.append((key_id, count))
        elif stored := rows.find(connection, owner):
            _opened(vault, stored)
    return missing


def reseal(connection: Connection, vault: Vault, most: int) -> int:
    """Seal tokens with the newest key that are sealed with another one, so many at a time; how many it were."""
    stale = rows.sealed_otherwise(connection, vault.newest, most)
    for stored in stale:
        token, refresh_token = _tokens(vault, stored)
        if token is not None:
            rows.reseal(connection, _sealed(vault, stored, token, refresh_token))
    return len(stale)


def _touch(connection: Connection, owner: str, now: int) -> None:
    """Let replicas see that an installation serves others than before."""
    if stored := rows.find(connection, owner, lock=True):
        rows.change(connection, replace(stored, changed_at=now))


def _stop(connection: Connection, stored: StoredInstallation, code: str, now: int) -> None:
    if code in REMOVED:
        rows.leave(connection, stored.owner, now + KEPT_SECONDS)
        stored = replace(stored, token=None, refresh_token=None, key_id=None, expires_at=None)
    rows.change(connection, replace(stored, stopped=code, changed_at=now))


def _opened(vault: Vault, stored: StoredInstallation) -> Installation:
    token, _ = _tokens(vault, stored)
    return Installation(
        owner=stored.owner,
        enterprise=stored.enterprise,
        name=stored.name,
        bot_user=stored.bot_user,
        installer=stored.installer,
        scopes=frozenset(stored.scopes.split(",")),
        token=None if stored.stopped else token,
        revision=stored.revision,
        installed_at=stored.installed_at,
    )


def _tokens(vault: Vault, stored: StoredInstallation) -> tuple[str | None, str | None]:
    opened = [
        vault.open(_seal(text, stored), _place(stored, column)) if text else None
        for column, text in (("token", stored.token), ("refresh_token", stored.refresh_token))
    ]
    return opened[0], opened[1]


def _sealed(vault: Vault, stored: StoredInstallation, token: str, refresh_token: str | None) -> StoredInstallation:
    closed = vault.seal(token, _place(stored, "token"))
    closed_refresh = vault.seal(refresh_token, _place(stored, "refresh_token")) if refresh_token else None
    return replace(
        stored,
        token=closed.text,
        refresh_token=closed_refresh.text if closed_refresh else None,
        key_id=closed.key_id,
    )


def _seal(text: str, stored: StoredInstallation) -> Sealed:
    return Sealed(text, stored.key_id or "")


def _place(stored: StoredInstallation, column: str) -> str:
    """What a token is bound to. Not the organisation: a workspace may be moved into one, with its token."""
    return f"verdicts installation {stored.owner} {column}"


def _hash(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()
