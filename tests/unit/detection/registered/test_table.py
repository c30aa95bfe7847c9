"""Every digest is found with its code, no other is."""

from __future__ import annotations

import random

import numpy as np
import pytest

from proxy.detection.registered.building import built
from proxy.detection.registered.table import CODE_BITS, CODES, NONE, SETS, DigestTable, coded


@pytest.mark.parametrize("number", [0, 1, 2, 5_000])
def test_what_was_put_in_is_found_and_nothing_else(number, tmp_path):
    chance = random.Random(number)
    digests = {chance.getrandbits(64): chance.randrange(CODES) for _ in range(number)}
    data = built(np.array([coded(digest, code) for digest, code in digests.items()] * 2, np.uint64))
    (path := tmp_path / "digests").write_bytes(data)
    table = DigestTable.opened(path)
    assert {digest: table.code(digest) for digest in digests} == digests
    assert all(table.code(chance.getrandbits(64)) == NONE for _ in range(1_000))
    assert table.size <= 12.1 * number + 32


def test_digests_that_crowd_into_the_last_slots_are_found():
    digests = [(1 << 64) - 1 - (at << CODE_BITS) for at in range(100)]
    table = DigestTable(built(np.array(digests, np.uint64)))
    assert all(table.code(digest) == digest & (CODES - 1) for digest in digests)


def test_a_digest_has_all_bits_of_its_sets_and_else_its_greatest_code():
    data = built(np.array([coded(1 << 40, 1), coded(1 << 40, 4), coded(1 << 50, SETS), coded(1 << 50, 2)], np.uint64))
    assert [DigestTable(data).code(digest) for digest in (1 << 40, 1 << 50)] == [5, SETS]
