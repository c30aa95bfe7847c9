"""Which words are ordinary words of the eight languages and no names: a Bloom filter over frequent words.

Of words that are none, one in a thousand is taken for one. The filter is made by ``training/names/ordinary.py``.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Final

from proxy.core.search.names import WordFilter
from proxy.detection.text.context import unaccented

FILE: Final = Path(__file__).with_suffix(".bin")
BITS: Final = 1 << 22
LEAST: Final = 3
_SPECIAL: Final = str.maketrans(
    {"ø": "o", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th", "ð": "d"}  # noqa: RUF001
)
_JOINTS: Final = re.compile(r"['’\-‐‑–]+")  # noqa: RUF001 -- as written in words


def folded(word: str) -> str:
    """Return a word in lower case without marks and special letters."""
    return unaccented(word).translate(_SPECIAL)


@lru_cache(maxsize=8192)
def ordinary(word: str) -> bool:
    """Whether a word as written is an ordinary one; of a word of several parts whether all of them are."""
    parts = [part for part in _JOINTS.split(folded(word)) if len(part) >= LEAST]
    return bool(parts) and all(part in _words() for part in parts)


@lru_cache(maxsize=1)
def _words() -> WordFilter:
    return WordFilter(FILE.read_bytes())
