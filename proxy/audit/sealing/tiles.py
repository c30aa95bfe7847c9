"""Tiles of the log of seals (C2SP tlog-tiles): the hashes of every eighth level of the tree, 256 at a time. Pure.

The tile of level 0 and number n holds the leaf hashes n x 256 to n x 256 + 255. A hash of a higher level is the root of
a full tile of the level below. The last tile of each level is partial until it is full.
"""

from __future__ import annotations

import re
from typing import NamedTuple

WIDTH = 256
_HEIGHT = 8
#: The level of the tiles that hold the leaves themselves.
ENTRIES = -1
_PATH = re.compile(r"tile/(entries|[0-9]|[1-5][0-9]|6[0-3])/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")


class Tile(NamedTuple):
    """One tile, or its first ``width`` hashes."""

    level: int
    number: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """Its path below the log's address."""
        level = "entries" if self.level == ENTRIES else str(self.level)
        partial = f".p/{self.width}" if self.width < WIDTH else ""
        return f"tile/{level}/{_number(self.number)}{partial}"

    def is_in(self, size: int) -> bool:
        """Whether a log of ``size`` leaves has all of it."""
        return self.number * WIDTH + self.width <= units(max(self.level, 0), size)


def units(level: int, size: int) -> int:
    """Return how many hashes of a level a log of ``size`` leaves has."""
    return size >> _HEIGHT * level


def parsed(path: str) -> Tile | None:
    """Return the tile that a path names, None where it is none: each tile has one path."""
    match = _PATH.fullmatch(path)
    if match is None:
        return None
    level, number, width = match.groups()
    tile = Tile(
        ENTRIES if level == "entries" else int(level),
        int(number.replace("/", "").replace("x", "")),
        int(width) if width else WIDTH,
    )
    return tile if tile.path == path else None


def highest(start: int, end: int) -> int:
    """Return the highest level of which a range of leaves consists of whole hashes."""
    level, both = 0, start | end
    while both and both % WIDTH == 0:
        level, both = level + 1, both >> _HEIGHT
    return level


def _number(number: int) -> str:
    last, groups = f"{number % 1000:03d}", []
    while number := number // 1000:
        groups.append(f"x{number % 1000:03d}")
    return "/".join([*reversed(groups), last])
