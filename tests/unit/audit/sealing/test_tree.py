from __future__ import annotations

import hashlib

import pytest

from proxy.audit.sealing.tree import Growing, leaf, root

SIZES = [1, 2, 3, 4, 5, 6, 7, 8, 9, 31, 32, 33, 100]


def defined(leaves: list[bytes]) -> bytes:
    """The definition of RFC 6962 section 2.1, word by word."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + defined(leaves[:split]) + defined(leaves[split:])).digest()


def some(size: int) -> list[bytes]:
    return [leaf(bytes([number])) for number in range(size)]


@pytest.mark.parametrize("size", SIZES)
def test_root_equals_the_definition(size):
    assert root(some(size)) == defined(some(size))


def test_root_of_nothing_is_the_hash_of_nothing():
    assert root([]) == hashlib.sha256(b"").digest()


def test_leaf_is_marked_so_that_no_node_can_pass_for_one():
    assert leaf(b"x") == hashlib.sha256(b"\x00x").digest()


@pytest.mark.parametrize("size", SIZES)
def test_a_tree_goes_on_from_its_packed_peaks(size):
    grown = Growing()
    for one in some(size):
        grown.append(one)
    again = Growing.unpacked(size, grown.packed)
    again.append(leaf(b"next"))
    assert again.root == defined([*some(size), leaf(b"next")])


@pytest.mark.parametrize(("size", "peaks"), [(3, 1), (4, 2), (0, 1), (7, 4)])
def test_peaks_of_another_size_are_refused(size, peaks):
    with pytest.raises(ValueError, match="size"):
        Growing.unpacked(size, b"x" * 32 * peaks)
