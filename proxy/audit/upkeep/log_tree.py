"""Reads the log of seals as a tree: roots of ranges of its leaves, of which proofs consist.

Each note is stored with the roots of the perfect subtrees of the log at its time. So most of a range's root is read
from notes, a few for each level of the tree, and only small ends from the seals themselves.
"""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg

from proxy.audit.sealing import seal, tree
from proxy.audit.sealing.tree_proof import Range
from proxy.audit.writing.session import STATEMENTS

_FEW = 256  # leaves that are read themselves


class LogGapError(ValueError):
    """The log lacks seals that it must have."""


async def roots(connection: asyncpg.Connection, ranges: Sequence[Range], origin: str) -> tuple[bytes, ...]:
    """Return the root of each range of leaves, inside a transaction of the caller's.

    Raises:
        LogGapError: a seal is missing.

    """
    return tuple([await _root(connection, start, end, origin) for start, end in ranges])


async def _root(connection: asyncpg.Connection, start: int, end: int, origin: str) -> bytes:
    size = end - start
    if size <= _FEW:
        return await _read(connection, start, end, origin)
    if size & (size - 1) == 0 and start % (2 * size) == 0:
        row = await connection.fetchrow(STATEMENTS["note_between"], end, end + size)
        if row is not None:
            return _peak(row["size"], row["peaks"], size)
    middle = start + (1 << (size - 1).bit_length() - 1)
    left = await _root(connection, start, middle, origin)
    return tree.node(left, await _root(connection, middle, end, origin))


def _peak(noted: int, peaks: bytes, size: int) -> bytes:
    """Return the root of the last perfect subtree of at least this size, from those of a log that was noted."""
    try:
        grown = tree.Growing.unpacked(noted, peaks)
    except ValueError as error:
        raise LogGapError(f"note {noted} does not say what is stored beside it") from error
    return grown.peaks[(noted // size).bit_count() - 1]


async def _read(connection: asyncpg.Connection, start: int, end: int, origin: str) -> bytes:
    grown = tree.Growing()
    for row in await connection.fetch(STATEMENTS["listed_seals"], start, end):
        if row["head"] is None:
            raise LogGapError(f"seal {row['leaf']} of the log was removed")
        grown.append(seal.read(row).leaf(origin))
    if grown.size != end - start:
        raise LogGapError(f"of the leaves {start} to {end - 1} of the log only {grown.size} are there")
    return grown.root
