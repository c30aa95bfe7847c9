"""Digests of blocks become one table."""

from __future__ import annotations

from array import array

import numpy as np

from proxy.detection.registered.building import digests_of_block, joined
from proxy.identity.registered import Block


def test_a_block_gives_each_digest_once():
    block = Block(array("Q", [5, 6]), [array("Q", [9, 7]), array("Q", [7])])
    assert digests_of_block(block.packed()).tolist() == [7, 9]


def test_blocks_are_joined_without_repetition():
    assert joined([np.array([3, 1], np.uint64), np.array([1], np.uint64)]).tolist() == [1, 3]
    assert joined([]).tolist() == []
