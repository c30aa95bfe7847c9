from __future__ import annotations

import pytest

from proxy.core.keyring import Keyring


def test_one_key_per_purpose():
    ring = Keyring(b"m" * 32)
    made = {ring.derive("a"), ring.derive("b"), ring.derive("a", "b"), ring.derive("a", "b", ""), ring.derive("ab")}
    assert len(made) == 5
    assert all(len(key) == 32 for key in made)
    assert ring.derive("a") == Keyring(b"m" * 32).derive("a") != Keyring(b"n" * 32).derive("a")


def test_rfc_5869_expand():
    # HKDF-Expand with SHA-256 and one block is HMAC(PRK, info | 0x01): the first 32 bytes of RFC 5869 test case 1
    prk = bytes.fromhex("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5")
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

    assert Keyring(prk).derive("pseudonym", "t") == HKDFExpand(SHA256(), 32, b"pseudonym\x1ft").derive(prk)


def test_digest_names_its_key_and_hides_the_data():
    ring = Keyring(b"m" * 32, "k7")
    digest = ring.digest(b"data", "purpose")
    assert digest.startswith("hmac-sha256:k7:")
    assert len(digest.rsplit(":", 1)[1]) == 64
    assert digest != ring.digest(b"data", "other")


@pytest.mark.parametrize("length", [0, 16, 31])
def test_a_short_master_is_refused(length):
    with pytest.raises(ValueError):
        Keyring(b"m" * length)


def test_the_master_is_not_printed():
    assert "mmm" not in repr(Keyring(b"m" * 32))
