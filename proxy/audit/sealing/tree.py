"""Merkle trees as RFC 6962 section 2.1 defines them, whole and growing. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

HASH_BYTES = 32
_NOTHING = hashlib.sha256(b"").digest()
_NODE = hashlib.sha256(b"\x01")


def leaf(data: bytes) -> bytes:
    """Return the hash of a leaf."""
    return hashlib.sha256(b"\x00" + data).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """Return the Merkle tree hash of leaf hashes."""
    level = list(leaves)
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2], strict=False)  # the last one of an odd number goes up as it is
        level = [node(left, right) for left, right in pairs] + level[len(level) & ~1 :]
    return level[0] if level else _NOTHING


def node(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node."""
    digest = _NODE.copy()
    digest.update(left + right)
    return digest.digest()


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
            return _NOTHING
        digest = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            digest = node(peak, digest)
        return digest

    def append(self, hashed: bytes) -> None:
        """Add the hash of the next leaf."""
        digest, size = hashed, self.size
        while size & 1:
            digest, size = node(self.peaks.pop(), digest), size >> 1
        self.peaks.append(digest)
        self.size += 1
