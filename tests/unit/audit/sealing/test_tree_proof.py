from __future__ import annotations

import pytest
from pymerkle import InmemoryTree, verify_consistency, verify_inclusion

from proxy.audit.sealing import tree
from proxy.audit.sealing.tree_proof import (
    TreeProofError,
    check_growth,
    consistency_ranges,
    inclusion_ranges,
    root_with,
)

SIZES = [1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 31, 33]
LEAVES = [tree.leaf(bytes([number])) for number in range(40)]


def roots(ranges) -> list[bytes]:
    return [tree.root(LEAVES[start:end]) for start, end in ranges]


@pytest.fixture(scope="module")
def oracle():
    made = InmemoryTree(algorithm="sha256")
    for number in range(40):
        made.append_entry(bytes([number]))
    return made


#: The example of RFC 6962 section 2.1.3: the tree of seven leaves, its inner nodes by their letters.
G, H, J, K, L = (0, 2), (2, 4), (4, 6), (0, 4), (4, 7)
INCLUSION = {0: [(1, 2), H, L], 3: [(2, 3), G, L], 4: [(5, 6), (6, 7), K], 6: [J, K]}
CONSISTENCY = {3: [(2, 3), (3, 4), G, L], 4: [L], 6: [J, (6, 7), K]}


def test_ranges_are_those_of_the_rfc():
    assert {index: inclusion_ranges(index, 7) for index in INCLUSION} == INCLUSION
    assert {old: consistency_ranges(old, 7) for old in CONSISTENCY} == CONSISTENCY


@pytest.mark.parametrize("size", SIZES)
def test_paths_are_those_of_another_implementation(oracle, size):
    root = tree.root(LEAVES[:size])
    assert oracle.get_root(size) == root
    for index in range(size):
        theirs = oracle.prove_inclusion(index + 1, size)
        verify_inclusion(LEAVES[index], root, theirs)
        assert sorted(theirs.path) == sorted([LEAVES[index], *roots(inclusion_ranges(index, size))])
    for old in range(1, size):
        verify_consistency(tree.root(LEAVES[:old]), root, oracle.prove_consistency(old, size))


@pytest.mark.parametrize("size", SIZES)
def test_leaf_is_in_its_tree_at_its_place_alone(size):
    for index in range(size):
        path = roots(inclusion_ranges(index, size))
        assert root_with(LEAVES[index], index, size, path) == tree.root(LEAVES[:size])
        for other in range(size):
            if other != index:
                with pytest.raises((TreeProofError, AssertionError)):
                    assert root_with(LEAVES[index], other, size, path) == tree.root(LEAVES[:size])


@pytest.mark.parametrize("size", SIZES)
def test_growth_is_shown_by_its_own_path_alone(size):
    for old in range(1, size + 1):
        before, after = (old, tree.root(LEAVES[:old])), (size, tree.root(LEAVES[:size]))
        path = roots(consistency_ranges(old, size)) if old < size else []
        check_growth(before, after, path)
        for forged in ([*path, b"x" * 32], path[:-1], [b"x" * 32, *path[1:]], path[::-1]):
            if forged != path:
                with pytest.raises(TreeProofError):
                    check_growth(before, after, forged)
        with pytest.raises(TreeProofError):
            check_growth((old, b"x" * 32), after, path)
        with pytest.raises(TreeProofError):
            check_growth(before, (size, b"x" * 32), path)


def test_a_log_that_became_shorter_did_not_grow():
    with pytest.raises(TreeProofError, match="does not continue"):
        check_growth((3, tree.root(LEAVES[:3])), (2, tree.root(LEAVES[:2])), [])


def test_everything_continues_an_empty_log():
    check_growth((0, tree.root([])), (5, tree.root(LEAVES[:5])), [])


@pytest.mark.parametrize("change", [lambda path: path[:-1], lambda path: [*path, b"x" * 32]])
def test_a_path_of_another_length_is_refused(change):
    with pytest.raises(TreeProofError, match="path is too"):
        root_with(LEAVES[2], 2, 7, change(roots(inclusion_ranges(2, 7))))
