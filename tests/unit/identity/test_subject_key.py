from __future__ import annotations

from proxy.core.keyring import Keyring
from proxy.identity.subject_key import LookupKey, SubjectKey

OLD, NEW = Keyring(b"o" * 32), Keyring(b"n" * 32)
BOTH = Keyring(NEW.master, read_only=(OLD,))
LOOKUP = b"l" * 32


def test_a_name_depends_on_the_key_alone():
    key = SubjectKey.generate("acme", LOOKUP)
    named = key.named("patient 7")
    assert named == key.named("patient 7")
    assert named.reference.startswith("hmac-sha256:s-")
    other = SubjectKey.generate("acme", LOOKUP).named("patient 7")
    assert named.reference != other.reference
    assert named.mark != other.mark
    assert named.mark.hex() not in named.reference


def test_a_sealed_key_opens_in_its_place_alone_and_with_every_master_key_that_is_read():
    key = SubjectKey.generate("acme", LOOKUP)
    sealed = key.sealed(OLD)
    assert SubjectKey.opened(BOTH, "acme", LOOKUP, sealed) == key
    for keys, tenant, lookup in ((NEW, "acme", LOOKUP), (OLD, "mercy", LOOKUP), (OLD, "acme", b"m" * 32)):
        assert SubjectKey.opened(keys, tenant, lookup, sealed) is None
    lookups = LookupKey.generate("acme")
    assert LookupKey.opened(BOTH, "acme", lookups.sealed(OLD)) == lookups
    assert LookupKey.opened(OLD, "mercy", lookups.sealed(OLD)) is None


def test_no_secret_shows_in_what_is_printed():
    key, lookups = SubjectKey.generate("acme", LOOKUP), LookupKey.generate("acme")
    assert repr(key.key) not in repr(key)
    assert repr(lookups.key) not in repr(lookups)
    assert "mark" not in repr(key.named("patient 7"))
