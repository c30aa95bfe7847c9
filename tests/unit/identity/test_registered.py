"""Blocks of digests, and the key that seals them."""

from __future__ import annotations

from array import array

import pytest

from proxy.core.keyring import Keyring
from proxy.errors import IdentityUnavailableError
from proxy.identity.registered import Block, TenantKey

KEYS = Keyring(b"k" * 32)
KEY = TenantKey("acme", b"t" * 32)


@pytest.mark.parametrize("digests", [[], [[1, 2], [], [3]], [[7] * 300]])
def test_a_block_is_packed_and_unpacked(digests):
    block = Block(array("Q", range(len(digests))), [array("Q", each) for each in digests])
    packed = block.packed()
    assert Block.unpacked(packed) == block
    assert Block.people_in(packed) == len(digests)


def test_a_key_opens_for_its_tenant_and_master_key_alone():
    sealed = KEY.sealed(KEYS)
    assert TenantKey.opened(KEYS, "acme", sealed) == KEY
    assert TenantKey.opened(Keyring(b"n" * 32, read_only=(KEYS,)), "acme", sealed) == KEY
    assert TenantKey.opened(KEYS, "mercy", sealed) is None
    assert TenantKey.opened(Keyring(b"n" * 32), "acme", sealed) is None
    assert "ttt" not in repr(KEY)


def test_a_block_opens_at_its_place_alone():
    shut = KEY.shut("patients 1", b"digests")
    assert KEY.open("patients 1", shut) == b"digests"
    assert shut != KEY.shut("patients 1", b"digests")
    with pytest.raises(IdentityUnavailableError):
        KEY.open("patients 2", shut)
