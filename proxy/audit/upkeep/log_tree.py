"""Reads the log of seals as a tree: roots of ranges of its leaves, of which proofs consist."""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg

from proxy.audit.sealing import seal, tree
from proxy.audit.sealing.tree_proof import Range
from proxy.audit.writing.session import STATEMENTS


class LogGapError(ValueError):
    """The log lacks seals that it must have."""


async def roots(connection: asyncpg.Connection, ranges: Sequence[Range], origin: str) -> tuple[bytes, ...]:
    """Return the root of each range of leaves, inside a transaction of the caller's.

    Raises:
        LogGapError: a seal is missing.

    """
    return tuple([await _root(connection, one, origin) for one in ranges])


async def _root(connection: asyncpg.Connection, leaves: Range, origin: str) -> bytes:
    grown = tree.Growing()
    async for row in connection.cursor(STATEMENTS["listed_seals"], *leaves, prefetch=2_000):
        if row["head"] is None:
            raise LogGapError(f"seal {row['leaf']} of the log was removed")
        grown.append(seal.read(row).leaf(origin))
    if grown.size != leaves[1] - leaves[0]:
        raise LogGapError(f"of the leaves {leaves[0]} to {leaves[1] - 1} of the log only {grown.size} are there")
    return grown.root
