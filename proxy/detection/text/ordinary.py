"""Which words are ordinary words of the eight languages and no names: a Bloom filter over frequent words.

Of words that are none, one in a thousand is taken for one. The filter is made by ``training/names/ordinary.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Final

from proxy.detection.text.context import unaccented

FILE: Final = Path(__file__).with_suffix(".bin")
BITS: Final = 1 << 22
LEAST: Final = 3
_HASHES = 7
_SPECIAL: Final = str.maketrans(
    {"ø": "o", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th", "ð": "d"}  # noqa: RUF001
)
_JOINTS: Final = re.compile(r"['’\-‐‑–]+")  # noqa: RUF001 -- as written in words


def folded(word: str) -> str:
    """Return a word in lower case without marks and special letters."""
    return unaccented(word).translate(_SPECIAL)


def places(word: str) -> Iterator[int]:
    """Yield the bits that stand for a folded word."""
    digest = int.from_bytes(blake2b(word.encode(), digest_size=8).digest())
    first, step = digest & 0xFFFFFFFF, (digest >> 32) | 1
    for number in range(_HASHES):
        yield (first + number * step) % BITS


@lru_cache(maxsize=8192)
def ordinary(word: str) -> bool:
    """Whether a word as written is an ordinary one; of a word of several parts whether all of them are."""
    parts = [part for part in _JOINTS.split(folded(word)) if len(part) >= LEAST]
    return bool(parts) and all(_holds(part) for part in parts)


def _holds(word: str) -> bool:
    bits = _bits()
    return all(bits[place >> 3] >> (place & 7) & 1 for place in places(word))


@lru_cache(maxsize=1)
def _bits() -> bytes:
    return FILE.read_bytes()
