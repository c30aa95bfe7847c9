"""What is looked for when a removed value is looked for: its skeleton, and of a name its orders, parts and stems."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from proxy.core.search import names
from proxy.core.search.inflection import stems
from proxy.core.search.skeleton import skeleton

LEAST = 3
_LEAST_PART = 4
_MOST_PARTS = 6
_WORD = re.compile(r"[^\W_]+")
#: Umlauts as they are written where there are none, and back.
_EXPANDED = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "Å": "Aa", "Ø": "Oe"}
)
_CONTRACTED = re.compile("ae|oe|ue", re.IGNORECASE)


class Key(NamedTuple):
    """One thing to look for. Its form, a skeleton, is what it is filed under.

    ``words``: the skeletons of which the form is made, separators may stand between them. ``told`` is the value
    where it is no name. ``word`` is set for one word of a name (``part`` counts them): the whole word's skeleton;
    ``written``: how it must be written to mean the value, "" for anyhow; ``alone``: it may stand for the name by
    itself.
    """

    value: str
    words: Sequence[str] = ()
    told: str = ""
    part: int = -1
    word: str = ""
    written: str = ""
    alone: bool = True

    def cuts(self) -> frozenset[int]:
        """Return the offsets in the form at which separators may stand."""
        words = self.words or [skeleton(word) for word in _WORD.findall(self.told)]
        return frozenset(accumulate(map(len, words[:-1])))

    @property
    def mixed(self) -> bool:
        """Whether letters and digits together: an identifier, in which separators may stand anywhere."""
        return any(map(str.isdecimal, self.told)) and any(map(str.isalpha, self.told))


def keys_of_value(value: str, told: str) -> Iterator[tuple[str, Key]]:
    """Yield (form, key) of a value, told plainly, that is no person's name."""
    for spelled in (told,) if told.isascii() else dict.fromkeys((told, told.translate(_EXPANDED))):
        form = skeleton(spelled)
        if len(form) >= LEAST:
            yield form, Key(value, told=spelled, written=spelled if spelled.lower() in names.COMMON else "")


def keys_of_name(value: str, told: str) -> Iterator[tuple[str, Key]]:
    """Yield (form, key) of a person's name: the whole in each order, then its words."""
    words = [part.text for part in names.parts(told) if not part.title][:_MOST_PARTS]
    if len(words) < 2:  # noqa: PLR2004 -- the word is the name
        yield from keys_of_value(value, words[0] if words else told)
    for spelled in dict.fromkeys(zip(*map(_ways, words), strict=True)):
        bones = [skeleton(word) for word in spelled]
        if len(bones) > 1:
            yield from ((form, Key(value, order)) for order in _orders(bones) if len(form := "".join(order)) > LEAST)
        for number, (word, written) in enumerate(zip(bones, spelled, strict=True)):
            yield from _parts(value, number, word, written)
            yield from _joined(value, written)


def _ways(word: str) -> tuple[str, str, str]:
    return word, word.translate(_EXPANDED), _CONTRACTED.sub(lambda match: match.group()[0], word)


def _orders(words: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield the ways a name is put: as told, family name first, without what stands between, with an initial."""
    first, last = words[0], words[-1]
    yield words
    yield (last, *words[:-1])
    if len(words) > 2:  # noqa: PLR2004 -- something stands between
        yield first, last
        yield last, first
    if len(last) >= _LEAST_PART and first:
        yield first[0], last
        yield last, first[0]


def _joined(value: str, written: str) -> Iterator[tuple[str, Key]]:
    """Yield (form, key) of a word of a name that is joined itself: "Dell'Orto" is "DELL ORTO" and "dell%27orto" too."""
    pieces = [skeleton(piece) for piece in _WORD.findall(written)]
    form = "".join(pieces)
    if len(pieces) > 1 and len(form) > _LEAST_PART:
        yield form, Key(value, pieces)


def _parts(value: str, number: int, word: str, written: str) -> Iterator[tuple[str, Key]]:
    ordinary = written.lower() in names.EVERYDAY or written == written.lower() != written.upper()
    alone = len(word) >= _LEAST_PART and not ordinary
    for stem in stems(word) if len(word) >= LEAST else ():
        yield stem, Key(value, part=number, word=word, written=written, alone=alone)
