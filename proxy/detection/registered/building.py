"""Makes the table of digests that ``table`` reads. Apart from it, because serving without lists needs no numpy."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from proxy.detection.registered.table import CODE_BITS, CODES, HALF, SETS

Digests = NDArray[np.uint64]
_ROOM = 1.5  # slots per digest


def built(digests: Digests) -> bytes:
    """Return the table of coded digests, in the byte order of this machine. About twelve bytes for each."""
    ordered = _merged(np.unique(digests))
    slots = max(int(len(ordered) * _ROOM), 1)
    at = ((ordered >> np.uint64(HALF)) * np.uint64(slots)) >> np.uint64(HALF)
    number = np.arange(len(ordered), dtype=np.int64)
    places = number + np.maximum.accumulate(at.astype(np.int64) - number) if len(ordered) else number
    size = max(slots, int(places[-1]) + 1 if len(ordered) else 0) + 1
    table = np.zeros(size + 1, np.uint64)
    table[0] = slots
    table[places + 1] = ordered
    return table.tobytes()


def _merged(ordered: Digests) -> Digests:
    """Return ascending digests, each once: with all bits of its sets, or the greatest of its codes."""
    first = np.ones(len(ordered), bool)
    first[1:] = (ordered[1:] >> np.uint64(CODE_BITS)) != (ordered[:-1] >> np.uint64(CODE_BITS))
    if first.all():
        return ordered
    starts, codes = np.flatnonzero(first), ordered & np.uint64(CODES - 1)
    greatest = np.maximum.reduceat(codes, starts)
    sets = np.bitwise_or.reduceat(codes, starts)
    return ordered[first] - codes[first] + np.where(greatest < SETS, sets, greatest)


def digests_of_block(packed: bytes) -> Digests:
    """Return the digests of a packed block, each once."""
    numbers = np.frombuffer(packed, np.uint64)
    return np.unique(numbers[1 + 2 * int(numbers[0]) :])


def joined(gathered: Iterable[Digests]) -> Digests:
    """Return digests of several blocks, each once."""
    return np.unique(np.concatenate([*gathered, np.zeros(0, np.uint64)]))
