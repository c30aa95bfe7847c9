"""A rotation of the master key changes no data subject's name."""

from __future__ import annotations

import pytest

from proxy.core.keyring import Keyring
from proxy.errors import IdentityUnavailableError
from proxy.identity import subject_resealing
from proxy.keys.authority import prove_again

OLD, NEW = (Keyring(letter * 32) for letter in (b"o", b"n"))
BOTH = Keyring(NEW.master, read_only=(OLD,))


async def test_a_rotation_of_the_master_key_changes_no_name(open_store, erase):
    old = await open_store(OLD)
    named, gone = await old.of("acme", "patient 7"), await old.of("acme", "patient 8")
    await erase(old, "acme", "patient 8")
    both = await open_store(BOTH)
    assert await both.of("acme", "patient 7") == named
    assert await both.sealed_with() == {OLD.key_id: 3}
    assert await subject_resealing.reseal(both) == 2
    assert await prove_again(both.dsn, BOTH) == 1  # the request for the erasure
    alone = await open_store(NEW)
    assert await alone.sealed_with() == {NEW.key_id: 3}
    assert await alone.of("acme", "patient 7") == named
    assert (await alone.standing("acme", "patient 8")).erased is not None
    assert await alone.of("acme", "patient 8") != gone
    with pytest.raises(IdentityUnavailableError):
        await (await open_store(OLD)).of("acme", "patient 7")
