"""Every digest is found with its code, no other is."""

from __future__ import annotations

import random

import numpy as np
import pytest

from proxy.detection.registered.building import built
from proxy.detection.registered.table import NONE, DigestTable, coded


@pytest.mark.parametrize("number", [0, 1, 2, 5_000])
def test_what_was_put_in_is_found_and_nothing_else(number, tmp_path):
    chance = random.Random(number)
    digests = {chance.getrandbits(64): chance.randrange(32) for _ in range(number)}
    data = built(np.array([coded(digest, code) for digest, code in digests.items()] * 2, np.uint64))
    (path := tmp_path / "digests").write_bytes(data)
    table = DigestTable.opened(path)
    assert {digest: table.code(digest) for digest in digests} == digests
    assert all(table.code(chance.getrandbits(64)) == NONE for _ in range(1_000))
    assert table.size <= 12.1 * number + 32


def test_digests_that_crowd_into_the_last_slots_are_found():
    digests = [(1 << 64) - 1 - (at << 5) for at in range(100)]
    table = DigestTable(built(np.array(digests, np.uint64)))
    assert all(table.code(digest) == digest & 31 for digest in digests)
