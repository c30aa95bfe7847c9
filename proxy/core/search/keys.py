"""The search keys of a removed value: its skeleton, and for a name its orders, parts and stems."""

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
#: Umlauts -> their transcription, and back.
_EXPANDED = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "Å": "Aa", "Ø": "Oe"}
)
_CONTRACTED = re.compile("ae|oe|ue", re.IGNORECASE)


class Key(NamedTuple):
    """One key, indexed by its form, a skeleton.

    ``words``: the skeletons that make up the form, perhaps with separators between them. ``plain``: the unescaped
    value, unless it is a name. ``word``: the skeleton of one word of a name, the ``part``-th. ``written``: the spelling
    that it must have to mean the value, "" for any. ``alone``: it may stand for the name by itself.
    """

    value: str
    words: Sequence[str] = ()
    plain: str = ""
    part: int = -1
    word: str = ""
    written: str = ""
    alone: bool = True

    def cuts(self) -> frozenset[int]:
        """Return the offsets in the form at which separators are allowed."""
        words = self.words or [skeleton(word) for word in _WORD.findall(self.plain)]
        return frozenset(accumulate(map(len, words[:-1])))

    @property
    def mixed(self) -> bool:
        """Whether it mixes letters and digits: an identifier, with separators anywhere."""
        return any(map(str.isdecimal, self.plain)) and any(map(str.isalpha, self.plain))


def keys_of_value(value: str, plain: str, *, name: bool = False) -> Iterator[tuple[str, Key]]:
    """Yield (form, key) of a value of one part; ``plain`` is the unescaped value."""
    for spelled in (plain,) if plain.isascii() else dict.fromkeys((plain, plain.translate(_EXPANDED))):
        form = skeleton(spelled)
        if len(form) >= LEAST:
            word = spelled.lower() in names.COMMON or (name and names.is_common(form))
            yield form, Key(value, plain=spelled, written=spelled if word else "")


def keys_of_name(value: str, plain: str) -> Iterator[tuple[str, Key]]:
    """Yield (form, key) of a name: the whole in each order, then its words."""
    words = [part.text for part in names.parts(plain) if not part.title][:_MOST_PARTS]
    if len(words) < 2:  # noqa: PLR2004 -- the word is the name
        yield from keys_of_value(value, words[0] if words else plain, name=True)
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
    """Yield the orders of a name: as given, family name first, without middle names, with an initial."""
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
    """Yield (form, key) of a compound word of a name: "Dell'Orto" is also "DELL ORTO" and "dell%27orto"."""
    pieces = [skeleton(piece) for piece in _WORD.findall(written)]
    form = "".join(pieces)
    if len(pieces) > 1 and len(form) > _LEAST_PART:
        yield form, Key(value, pieces)


def _parts(value: str, number: int, word: str, written: str) -> Iterator[tuple[str, Key]]:
    ordinary = written.lower() in names.EVERYDAY or written == written.lower() != written.upper()
    alone = len(word) >= _LEAST_PART and not ordinary
    for stem in stems(word) if len(word) >= LEAST else ():
        yield stem, Key(value, part=number, word=word, written=written, alone=alone)
