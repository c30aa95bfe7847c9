from __future__ import annotations

from proxy.core.keyring import Keyring
from proxy.identity.subject_key import KeyScope, open_key, seal_key

OLD, NEW = Keyring(b"o" * 32), Keyring(b"n" * 32)


def test_a_sealed_key_opens_for_its_master_in_its_place_alone():
    place = KeyScope(OLD.key_id, "subject", "acme")
    packed = seal_key(NEW, place, b"k" * 32)
    assert open_key(NEW, place, packed) == b"k" * 32
    assert open_key(OLD, place, packed) is None
    assert open_key(NEW, place._replace(tenant="umbra"), packed) is None
    assert open_key(NEW, place, packed[:-1] + bytes([packed[-1] ^ 1])) is None
