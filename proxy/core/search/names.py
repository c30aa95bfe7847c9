"""The parts of a person's name: titles, names, and names that are common words too."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Final, NamedTuple

from proxy.core.search.data import document

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


_WORDS = document("names.toml")
#: Forms of address and academic titles, which are not part of a name.
TITLES: Final[frozenset[str]] = frozenset(_WORDS["titles"])
#: Names that are also everyday words: alone, they are searched for only as written, never in lower case.
COMMON: Final[frozenset[str]] = frozenset(_WORDS["common"])
#: Of these, the words that begin ordinary sentences: alone, they are not taken for the person at all.
EVERYDAY: Final[frozenset[str]] = frozenset(_WORDS["everyday"])
#: Words of up to three letters, of which a name in pieces may consist by chance.
SHORT_WORDS: Final[frozenset[str]] = frozenset(_WORDS["short"])
#: The words of eight languages that people write in lower case, as ``training/names/common.py`` makes them.
COMMON_WORDS: Final = Path(__file__).with_name("common_words.bin")
_LETTERS = r"[^\W\d_](?:[^\W\d_]|[\u0300-\u036f])*"  # an accent may stand behind its letter
#: An escape of white space or punctuation, in an address, in JSON, HTML or mail: what stands in it is not a word.
_ESCAPED = r"%[0-3][0-9A-Fa-f]|\\(?:[nrt]|(?:u00|x)[0-3aA][0-9A-Fa-f])|&(?:nbsp|#(?:32|160|[xX](?:20|[aA]0)));|=20"
_WORD = re.compile(rf"(?P<escaped>{_ESCAPED})|{_LETTERS}(?:['\u2019\-]{_LETTERS})*\.?|\d+")

#: The genitive of a name, which is not part of it: "Wilson's".
_OF_SOMEBODY = ("'s", "\u2019s")
_OF_SHORT = 3


class NamePart(NamedTuple):
    """One word of a name with its offsets in the name; ``title`` for forms of address."""

    text: str
    start: int
    end: int
    title: bool


@lru_cache(maxsize=1)
def _common_words() -> WordFilter:
    return WordFilter(COMMON_WORDS.read_bytes())


def is_common(word: str) -> bool:
    """Whether a word, as a skeleton, is one that people write in lower case and mean no name by."""
    return word in COMMON or word in _common_words()


def parts(name: str) -> tuple[NamePart, ...]:
    """Return the words of a name in order; only punctuation and escapes of it lie between them."""
    names = []
    for match in _WORD.finditer(name):
        if match["escaped"]:
            continue
        text, title = match.group(), False
        if not text.endswith("."):
            title = text.lower() in TITLES
        elif len(text) > 2:  # noqa: PLR2004  (a letter and its full stop are an initial)
            title = text[:-1].lower() in TITLES
            text = text if title else text[:-1]
        if text.endswith(_OF_SOMEBODY) and len(text) > _OF_SHORT:
            text = text[:-2]
        names.append(NamePart(text, match.start(), match.start() + len(text), title))
    if all(part.title for part in names):
        return tuple(NamePart(part.text, part.start, part.end, title=False) for part in names)
    return tuple(names)


def initials(name: str) -> str:
    """Return the upper-case initials of a name without titles: "RM" of "Dr Robert Miller"."""
    return "".join(part.text[0].upper() for part in parts(name) if not part.title)
