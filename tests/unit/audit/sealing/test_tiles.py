"""Tiles as C2SP tlog-tiles names them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.audit.sealing import tiles, tree
from proxy.audit.sealing.tiles import ENTRIES, Tile, parsed

PATHS = {
    "tile/0/000": Tile(0, 0),
    "tile/1/x001/x234/067": Tile(1, 1_234_067),
    "tile/0/x001/000.p/1": Tile(0, 1000, 1),
    "tile/63/999.p/255": Tile(63, 999, 255),
    "tile/entries/273.p/112": Tile(ENTRIES, 273, 112),
}
OTHERS = (
    "tile/0/0", "tile/00/000", "tile/64/000", "tile/0/x000/001", "tile/0/001/000", "tile/0/000.p/0", "tile/0/000.p/256",
    "tile/0/000.p/01", "tile/0/000/", "/tile/0/000", "tile/data/000", "tile/0/x001/x000", "tile/0/\u0660\u0660\u0660", "checkpoint",
)  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_path_and_tile_stand_for_each_other(path):
    assert (parsed(path), PATHS[path].path) == (PATHS[path], path)


@pytest.mark.parametrize("path", OTHERS)
def test_nothing_else_is_a_tile(path):
    assert parsed(path) is None


@given(st.integers(-1, 63), st.integers(0, 10**12), st.integers(1, 256))
def test_every_tile_has_one_path(level, number, width):
    assert parsed(Tile(level, number, width).path) == Tile(level, number, width)


def test_a_log_of_70000_has_the_tiles_of_the_specification():
    full = [Tile(0, 272), Tile(0, 273, 112), Tile(1, 0), Tile(1, 1, 17), Tile(2, 0, 1), Tile(ENTRIES, 273, 112)]
    more = [Tile(0, 273, 113), Tile(1, 1, 18), Tile(2, 0, 2), Tile(3, 0, 1), Tile(0, 274, 1)]
    assert [tile.is_in(70_000) for tile in full] == [True] * 6
    assert [tile.is_in(70_000) for tile in more] == [False] * 5


@pytest.mark.parametrize(
    ("bounds", "level"), [((0, 300), 0), ((256, 768), 1), ((0, 65_536), 2), ((256, 65_536), 1), ((0, 0), 0)]
)
def test_a_range_is_read_at_its_highest_level(bounds, level):
    assert tiles.highest(*bounds) == level


def test_a_hash_of_a_higher_level_is_the_root_of_a_tile():
    leaves = [tree.leaf(b"%d" % number) for number in range(600)]
    above = [tree.root(leaves[start : start + 256]) for start in (0, 256)]
    assert tree.root(above) == tree.root(leaves[:512])
