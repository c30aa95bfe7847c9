from __future__ import annotations

from proxy.core.keyring import Keyring
from proxy.keys import kept_keys
from proxy.keys.kept_keys import KeyScope

OLD, NEW = Keyring(b"o" * 32), Keyring(b"n" * 32)


def test_only_what_looks_people_up_is_kept():
    kept = kept_keys.of(OLD, ["acme", "umbra"])
    assert {place.purpose for place in kept} == {"subject"}
    assert kept[KeyScope(OLD.key_id, "subject", "acme")] == OLD.derive("subject", "acme")
    assert OLD.master not in kept.values()


def test_a_kept_key_opens_for_its_master_in_its_place_alone():
    place = KeyScope(OLD.key_id, "subject", "acme")
    packed = kept_keys.sealed(NEW, place, b"k" * 32)
    assert kept_keys.opened(NEW, place, packed) == b"k" * 32
    assert kept_keys.opened(OLD, place, packed) is None
    assert kept_keys.opened(NEW, place._replace(tenant="umbra"), packed) is None
    assert kept_keys.opened(NEW, place, packed[:-1] + bytes([packed[-1] ^ 1])) is None
