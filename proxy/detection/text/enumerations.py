"""Lists in words: "Fonts: Cinzel, Rubik, Work Sans", "write programs in Ada, Julia or Ruby"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from proxy.detection.languages import words
from proxy.detection.text.context import unaccented

_SEGMENT: Final = re.compile(r"[^;.!?()\n]+")
_WORD: Final = re.compile(r"[^\W\d_]{2,}")
#: Characters, and words, before the first comma; characters of an item, and the fewest commas.
_REACH, _HEAD, _LONGEST, _FEWEST = 90, 6, 40, 2
#: What lists are of, in the singular or without their last "s".
_THINGS: Final = frozenset(words("listed_things"))


def of_things(text: str) -> Iterator[tuple[int, int]]:
    """Yield the items, as one span, of each list that says before them that it is one of things."""
    for segment in _SEGMENT.finditer(text) if text.count(", ") >= _FEWEST else ():
        first, *middle, _ = segment[0].split(", ") if segment[0].count(", ") >= _FEWEST else ("", "", "")
        if not all(item[:1].isupper() and len(item) <= _LONGEST for item in middle):
            continue
        comma = segment.start() + len(first)
        head = list(_WORD.finditer(text, max(segment.start(), comma - _REACH), comma))[-_HEAD:]
        if things := [word for word in head if _is_thing(unaccented(word[0]))]:
            yield things[-1].end(), segment.end()


def _is_thing(word: str) -> bool:
    return word in _THINGS or word.removesuffix("s") in _THINGS
