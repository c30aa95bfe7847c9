"""A set of words as a Bloom filter: of words that are not in it, few are taken for one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import blake2b

_HASHES = 7


class WordFilter:
    """The words that ``filled`` was given."""

    __slots__ = ("_bits",)

    def __init__(self, bits: bytes) -> None:
        self._bits = bits

    def __contains__(self, word: str) -> bool:
        bits = self._bits
        return all(bits[bit >> 3] >> (bit & 7) & 1 for bit in _places(word, 8 * len(bits)))


def filled(words: Iterable[str], size: int) -> bytes:
    """Return the filter of words, of ``size`` bits."""
    bits = bytearray(size // 8)
    for word in words:
        for bit in _places(word, size):
            bits[bit >> 3] |= 1 << (bit & 7)
    return bytes(bits)


def _places(word: str, size: int) -> Iterator[int]:
    digest = int.from_bytes(blake2b(word.encode(), digest_size=8).digest())
    first, step = digest & 0xFFFFFFFF, (digest >> 32) | 1
    return ((first + number * step) % size for number in range(_HASHES))
