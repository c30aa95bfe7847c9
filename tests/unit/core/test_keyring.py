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


def test_the_id_comes_from_the_master_and_tells_nothing_of_it():
    ring = Keyring(b"m" * 32)
    assert ring.key_id == Keyring(b"m" * 32).key_id != Keyring(b"n" * 32).key_id
    assert ring.key_id == f"k-{ring.derive('key-id').hex()[:8]}"


def test_every_digest_under_which_data_may_have_been_kept_is_told():
    old, new = Keyring(b"m" * 32), Keyring(b"n" * 32, read_only=(Keyring(b"m" * 32),))
    assert {new.digest(b"x", "p"), old.digest(b"x", "p"), Keyring(b"m" * 32, "k1").digest(b"x", "p")} < set(
        new.digests(b"x", "p")
    )
    assert old.digest(b"y", "p") not in new.digests(b"x", "p")


def test_a_master_for_reading_is_found_by_its_id():
    old = Keyring(b"m" * 32)
    ring = Keyring(b"n" * 32, read_only=(old,))
    assert ring.of(old.key_id) is old
    assert ring.of(ring.key_id) is ring is ring.of("k-00000000")
    assert ring.proof() != old.proof()


@pytest.mark.parametrize("length", [0, 16, 31])
def test_a_short_master_is_refused(length):
    with pytest.raises(ValueError):
        Keyring(b"m" * length)


def test_the_master_is_not_printed():
    assert "mmm" not in repr(Keyring(b"m" * 32))
