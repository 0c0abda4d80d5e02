"""Workspaces' tokens at rest: encrypted with a key that the database does not have, each bound to its own row.

AES-256-GCM with a random nonce (NIST SP 800-38D: at most 2³² of them for a key). What a token is bound to is no part of
the ciphertext but of its proof, so a token that was copied into another row, or into another column, does not open.
"""

import base64
import binascii
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12


class WrongKey(Exception):
    """A sealed token cannot be opened: its key is not there, or it is not the one that belongs in this place."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """An encrypted token as it is stored, and the id of the key that opens it."""

    text: str
    key_id: str


@dataclass(frozen=True, slots=True)
class Vault:
    """Seals with the newest key, opens with any; `keys` are 32 bytes each, the newest first, at least one."""

    keys: Sequence[bytes] = field(repr=False)

    @property
    def newest(self) -> str:
        """The id of the key that seals."""
        return key_id(self.keys[0])

    @property
    def key_ids(self) -> list[str]:
        """The ids of all keys, the newest first."""
        return [key_id(key) for key in self.keys]

    def seal(self, secret: str, place: str) -> Sealed:
        """Encrypt a token for a place: the row and the column that it is for."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        closed = AESGCM(self.keys[0]).encrypt(nonce, secret.encode(), place.encode())
        return Sealed(base64.b64encode(nonce + closed).decode(), self.newest)

    def open(self, sealed: Sealed, place: str) -> str:
        """The token. Raises WrongKey."""
        for key in self.keys:
            if key_id(key) == sealed.key_id:
                try:
                    packed = base64.b64decode(sealed.text, validate=True)
                    nonce, closed = packed[:NONCE_BYTES], packed[NONCE_BYTES:]
                    return AESGCM(key).decrypt(nonce, closed, place.encode()).decode()
                except (InvalidTag, binascii.Error, ValueError):
                    raise WrongKey(f"a token of {place} does not open with the key {sealed.key_id}") from None
        raise WrongKey(f"the key {sealed.key_id} is missing")


def key_id(key: bytes) -> str:
    """What a key is known by: the first eight digits of a hash of it, from which nothing of it can be told."""
    return hashlib.sha256(b"verdicts key id" + key).hexdigest()[:8]
