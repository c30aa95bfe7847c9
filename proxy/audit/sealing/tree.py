"""Merkle trees as RFC 6962 section 2.1 defines them, whole and growing. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

HASH_BYTES = 32


def leaf(data: bytes) -> bytes:
    """Return the hash of a leaf."""
    return hashlib.sha256(b"\x00" + data).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """Return the Merkle tree hash of leaf hashes."""
    grown = Growing()
    for one in leaves:
        grown.append(one)
    return grown.root


def node(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(slots=True)
class Growing:
    """A tree that only grows: its size and the roots of its perfect subtrees, from the left."""

    size: int = 0
    peaks: list[bytes] = field(default_factory=list)

    @classmethod
    def unpacked(cls, size: int, packed: bytes) -> Growing:
        """Return the tree of ``size`` leaves whose peaks were packed.

        Raises:
            ValueError: a tree of this size has another number of peaks.

        """
        if len(packed) != size.bit_count() * HASH_BYTES:
            raise ValueError("the peaks are not those of a tree of this size")
        return cls(size, [packed[at : at + HASH_BYTES] for at in range(0, len(packed), HASH_BYTES)])

    @property
    def packed(self) -> bytes:
        """The peaks as one byte string."""
        return b"".join(self.peaks)

    @property
    def root(self) -> bytes:
        """The Merkle tree hash; of no leaves, the hash of nothing."""
        if not self.peaks:
            return hashlib.sha256(b"").digest()
        made = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            made = node(peak, made)
        return made

    def append(self, hashed: bytes) -> None:
        """Add the hash of the next leaf."""
        made, size = hashed, self.size
        while size & 1:
            made, size = node(self.peaks.pop(), made), size >> 1
        self.peaks.append(made)
        self.size += 1
