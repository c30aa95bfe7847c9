from __future__ import annotations

import pytest

from proxy.audit.sealing import tree
from proxy.audit.verification.tile_check import TileCheck

LEAVES = [tree.leaf(b"%d" % number) for number in range(256 * 257)]
FIRST = [tree.root(LEAVES[start : start + 256]) for start in range(0, len(LEAVES), 256)]
STORED = {(0, number): root for number, root in enumerate(FIRST)} | {(1, 0): tree.root(FIRST[:256])}
OTHER = tree.leaf(b"other")


def problems(stored, leaves=LEAVES):
    check = TileCheck(stored)
    for leaf in leaves:
        check.feed(leaf)
    return list(check.end())


def test_roots_of_the_leaves_are_sound_also_where_the_newest_are_not_stored_yet():
    assert problems(STORED) == problems({place: STORED[place] for place in [(0, 0), (0, 1)]}) == problems({}) == []


@pytest.mark.parametrize(("place", "level"), [((0, 3), "0/3"), ((1, 0), "1/0")])
def test_another_root_is_named(place, level):
    assert problems(STORED | {place: OTHER}) == [f"the stored root of tile {level} of the log is not that of its seals"]


def test_a_removed_root_is_named():
    held = {place: root for place, root in STORED.items() if place != (0, 7)}
    assert problems(held) == ["the root of tile 0/7 of the log was removed"]


def test_a_root_of_seals_that_are_not_there_is_named():
    assert problems({(0, 0): FIRST[0], (0, 1): FIRST[1]}, LEAVES[:300]) == [
        "a root is stored for tile 0/1, which the log has not filled"
    ]
