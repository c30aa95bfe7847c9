"""A set of 64-bit digests with a code each, as a file that processes share: an ordered hash table, read through mmap.

    word 0        number of slots
    then          a digest with its last bits replaced by its code, 0 for an empty slot; in ascending order

A digest is looked up at its share of the slots and behind it, until a greater one. Codes say what a digest is of; those
below ``SETS`` are sets of bits, of which a digest has all that it was put in with.
"""

from __future__ import annotations

import mmap
from collections.abc import Sequence
from pathlib import Path
from typing import Final

CODE_BITS: Final = 6
CODES: Final = 1 << CODE_BITS
SETS: Final = 32
NONE = -1
_LOW = CODES - 1
_WORD = 8
HALF = 32


def coded(digest: int, code: int) -> int:
    """Return a digest with its code, never 0."""
    return (digest & ~_LOW) | code or CODES


class DigestTable:
    """Looks digests up in what ``building.built`` returned."""

    __slots__ = ("_slots", "_words", "size")

    def __init__(self, data: bytes | mmap.mmap) -> None:
        self._words: Sequence[int] = memoryview(data).cast("Q")
        self._slots = self._words[0]
        self.size = len(self._words) * _WORD

    @classmethod
    def opened(cls, path: Path) -> DigestTable:
        """Return the table in a file, whose pages every process that opens it shares.

        Raises:
            OSError: it cannot be read.

        """
        with path.open("rb") as file:
            return cls(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))

    def code(self, digest: int) -> int:
        """Return the code of a digest, ``NONE`` if it is not there."""
        words, at = self._words, ((digest >> HALF) * self._slots >> HALF) + 1
        low = digest & ~_LOW
        while True:
            word = words[at]
            if word < low:
                if not word:
                    return NONE
            else:
                return word & _LOW if word - low <= _LOW else NONE
            at += 1
