"""Tokens at rest: only the right key opens them, and only in the place that they were sealed for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.vault import Sealed, Vault, WrongKey, key_id

OLD, NEW = bytes(range(32)), bytes(range(1, 33))
TOKEN = "xoxb-canary-1234"


@given(st.text(), st.text())
def test_what_was_sealed_opens_in_its_place(secret: str, place: str) -> None:
    """Whatever the token and the place: it comes out as it went in, and the ciphertext never shows it."""
    sealed = Vault([OLD]).seal(secret, place)

    assert Vault([NEW, OLD]).open(sealed, place) == secret
    assert len(secret) < 6 or secret not in sealed.text


@pytest.mark.fault("S08")
def test_nothing_else_opens_it() -> None:
    """Another row, another column, a changed character, a missing key, a wrong key under the right id: WrongKey."""
    sealed = Vault([OLD]).seal(TOKEN, "T1 token")
    turned = sealed.text[:-5] + ("A" if sealed.text[-5] != "A" else "B") + sealed.text[-4:]

    for vault, given_, place in (
        (Vault([OLD]), sealed, "T2 token"),
        (Vault([OLD]), sealed, "T1 refresh_token"),
        (Vault([OLD]), Sealed(turned, sealed.key_id), "T1 token"),
        (Vault([OLD]), Sealed("no base64!", sealed.key_id), "T1 token"),
        (Vault([OLD]), Sealed("", sealed.key_id), "T1 token"),
        (Vault([NEW]), sealed, "T1 token"),
        (Vault([NEW]), Sealed(sealed.text, key_id(NEW)), "T1 token"),
    ):
        with pytest.raises(WrongKey) as refusal:
            vault.open(given_, place)
        assert "canary" not in str(refusal.value)


@pytest.mark.fault("S08")
def test_nothing_is_said_of_keys_and_tokens() -> None:
    """The same token is sealed differently each time; no repr has a key; an id tells nothing of its key."""
    vault = Vault([NEW, OLD])

    assert vault.seal(TOKEN, "x").text != vault.seal(TOKEN, "x").text
    assert repr(vault) == "Vault()"
    assert vault.key_ids == [key_id(NEW), key_id(OLD)]
    assert len(key_id(NEW)) == 8
