from __future__ import annotations

from proxy.core.keyring import Keyring
from proxy.vault.sealing import Sealers
from testing import evidence


def test_seal_opens_only_under_its_own_name_domain_and_key():
    sealers = Sealers(evidence.KEYRING)
    one, other = sealers.of("domain"), sealers.of("other")
    digest = one.digest("Name_X")
    sealed = one.seal(digest, "Ada Lovelace")
    assert one.open(digest, sealed) == "Ada Lovelace"
    assert one.open(one.digest("Name_Y"), sealed) is None
    assert other.open(digest, sealed) is None
    assert Sealers(Keyring(b"z" * 32)).of("domain").open(digest, sealed) is None
    assert one.open(digest, sealed[:-1] + bytes([sealed[-1] ^ 1])) is None


def test_same_value_is_sealed_differently_each_time():
    sealer = Sealers(evidence.KEYRING).of("domain")
    assert sealer.seal(b"d", "Ada") != sealer.seal(b"d", "Ada")


def test_names_and_digests_are_keyed_and_per_domain():
    sealers = Sealers(evidence.KEYRING)
    assert sealers.of("a").name != sealers.of("b").name
    assert sealers.of("a").digest("Name_X") != sealers.of("b").digest("Name_X")
    assert b"Name_X" not in sealers.of("a").digest("Name_X")


def test_sealers_kept_are_bounded():
    sealers = Sealers(evidence.KEYRING)
    for number in range(1100):
        sealers.of(str(number))
    assert len(sealers._cache) == 1024


def test_repr_shows_no_key():
    assert "digest_key" not in repr(Sealers(evidence.KEYRING).of("a"))
