"""Reads the log of seals as a tree, by tiles: roots of ranges of its leaves, of which proofs consist.

The root of each full tile is stored (``audit.tile``). So a tile of level 0 is read from its 256 seals, one of a higher
level from 256 stored roots, and a proof from one or two tiles of each level, however long the log is.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import asyncpg

from proxy.audit.sealing import seal, tiles, tree
from proxy.audit.sealing.seal import BatchSeal
from proxy.audit.sealing.tiles import WIDTH, Tile
from proxy.audit.sealing.tree_proof import Range
from proxy.audit.writing.session import STATEMENTS

_AT_ONCE = 64  # tiles that are stored in one transaction


class LogGapError(ValueError):
    """The log lacks seals that it must have."""


class LogTree:
    """The tree on a connection, inside one transaction of the caller's; keeps the tiles that it has read."""

    def __init__(self, connection: asyncpg.Connection, origin: str) -> None:
        self._connection, self._origin = connection, origin
        self._read: dict[tuple[int, int], Sequence[bytes]] = {}

    async def roots(self, ranges: Sequence[Range]) -> tuple[bytes, ...]:
        """Return the root of each range of leaves.

        Raises:
            LogGapError: a seal is missing.

        """
        return tuple([await self.root(start, end) for start, end in ranges])

    async def root(self, start: int, end: int) -> bytes:
        """Return the root of leaves ``start`` up to, but without, ``end``.

        Raises:
            LogGapError: a seal is missing.

        """
        level = tiles.highest(start, end)
        first, last = tiles.units(level, start), tiles.units(level, end)
        if first // WIDTH == (last - 1) // WIDTH:
            return tree.root((await self.tile(Tile(level, first // WIDTH, (last - 1) % WIDTH + 1)))[first % WIDTH :])
        middle = start + (1 << (end - start - 1).bit_length() - 1)
        return tree.node(await self.root(start, middle), await self.root(middle, end))

    async def tile(self, tile: Tile) -> Sequence[bytes]:
        """Return the hashes of a tile.

        Raises:
            LogGapError: a seal is missing.

        """
        coordinates = tile[:2]
        if len(self._read.get(coordinates, ())) < tile.width:
            self._read[coordinates] = await (self._higher(tile) if tile.level else self._leaves(tile))
        return self._read[coordinates][: tile.width]

    async def _leaves(self, tile: Tile) -> Sequence[bytes]:
        leaves = await seals(self._connection, tile.number)
        if len(leaves) < tile.width:
            raise LogGapError(f"seal {tile.number * WIDTH + len(leaves)} of the log was removed")
        return [leave.leaf(self._origin) for leave in leaves]

    async def _higher(self, tile: Tile) -> Sequence[bytes]:
        """Return stored roots; where a log was not noted since this release, compute those that are missing."""
        below, start = tile.level - 1, tile.number * WIDTH
        rows = await self._connection.fetch(STATEMENTS["tiles"], below, start, start + WIDTH)
        roots = {row["number"]: row["root"] for row in rows}
        end = next(number for number in itertools.count(start + tile.width) if number not in roots)
        return [
            roots[number] if number in roots else tree.root(await self.tile(Tile(below, number)))
            for number in range(start, end)
        ]


async def seals(connection: asyncpg.Connection, number: int) -> Sequence[BatchSeal]:
    """Return the seals that are the leaves of a tile of level 0, up to the first that is missing."""
    start = number * WIDTH
    rows = await connection.fetch(STATEMENTS["listed_seals"], start, start + WIDTH)
    contiguous = itertools.takewhile(
        lambda row: row[0] == row[1]["leaf"] and row[1]["head"] is not None, enumerate(rows, start)
    )
    return [seal.read(row) for _, row in contiguous]


async def store_tiles(connection: asyncpg.Connection, size: int, origin: str) -> None:
    """Store the roots of full tiles of a log of this size that are not stored yet, so many at a time.

    Raises:
        LogGapError: a seal is missing.

    """
    log, level = LogTree(connection, origin), 0
    while full := tiles.units(level + 1, size):
        stored = await connection.fetchval(STATEMENTS["stored_tiles"], level)
        numbers = range(stored, min(full, stored + _AT_ONCE))
        roots = [tree.root(await log.tile(Tile(level, number))) for number in numbers]
        if roots:
            await connection.execute(STATEMENTS["add_tiles"], level, stored, roots)
        if stored + len(roots) < full:
            return
        level += 1
