"""The tokens of a text and what each may be in the lists of a tenant, remembered from text to text."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import accumulate, compress, count
from operator import add
from typing import NamedTuple

from proxy.core.search.names import SHORT_WORDS, TITLES
from proxy.core.search.skeleton import skeleton
from proxy.detection.registered import words
from proxy.detection.registered.lists import PeopleIndex
from proxy.detection.registered.rows import MOST_WORDS, NAME, OF_LONG, PARTICLES, STREET_WORD, street_word
from proxy.detection.registered.words import STEM, Ending, is_everyday, may_be_glued, unit_of

_REMEMBERED = 1 << 16
_ASCII = bytes(range(128))
#: ASCII in lower and upper case and digits, as they are; what else it has as a blank.
_SPACED = bytes(code if code >= 128 or chr(code).isalnum() else ord(" ") for code in range(256))  # noqa: PLR2004 -- ASCII
_MANY = 100  # different signs up to which replacing each is faster
#: Letters of words that say little in lower case, and further words that programs consist of.
_SHORT = 3
_OF_CODE = frozenset("async await bool char const elif enum func init kwargs null self struct void".split())
_DIGIT = re.compile(r"\d").search
#: A name with a few digits before or behind it, as in user names: "berg61".
_NUMBERED = re.compile(r"\d{0,8}([^\W\d_]{4,})\d{0,8}").fullmatch
#: The words of "ScanAnnaSchmidt", of which a name may be two.
_HUMPS = re.compile(r"[^\W\d_][^\W\d_A-Z\u00c0-\u00de]+")
_FEWEST_HUMPS = 3


class WordStanding(enum.IntEnum):
    """How far a word of a name is one by its looks.

    "and", an everyday word in lower case, an everyday word with a capital, any other word.
    """

    NEVER = -1
    LOWER = 0
    CAPITAL = 1
    UNCOMMON = 2


class TokenMeaning(NamedTuple):
    """What a token may be: words of names, of one with more than two, a whole name of some lists (by their numbers)."""

    names: tuple[tuple[int, Ending], ...] = ()
    of_long: bool = False
    glued: tuple[int, ...] = ()
    standing: WordStanding = WordStanding.UNCOMMON
    digits: bool = False
    between: bool = False  # a title or particle, which may stand between the words of a name
    title: bool = False
    street: int = 0  # the unit of a word of an address with a digit


class Tokens:
    """The tokens of a text in order, what each may be (None for nothing), and which of them may be anything."""

    def __init__(self, text: str, parts: Sequence[str], meanings: Sequence[TokenMeaning | None]) -> None:
        self.text = text
        self.meanings = meanings
        self.marked = [(at, meaning) for at, meaning in enumerate(meanings) if meaning]
        self._parts = parts

    @cached_property
    def written(self) -> Sequence[str]:
        """The tokens as they are written."""
        return list(filter(None, self._parts))

    @cached_property
    def starts(self) -> Sequence[int]:
        """The offsets at which they begin."""
        return list(compress(map(add, accumulate(map(len, self._parts), initial=0), count()), self._parts))

    def gap(self, left: int) -> str:
        """Return what stands between a token and the next."""
        return self.text[self.starts[left] + len(self.written[left]) : self.starts[left + 1]]

    def gaps(self, left: int, right: int) -> list[str]:
        """Return what stands between each token from one to another and the next."""
        return list(map(self.gap, range(left, right)))

    def reach(self, first: int, last: int) -> tuple[int, int]:
        """Return the offsets of some tokens."""
        return self.starts[first], self.starts[last] + len(self.written[last])


def parts_of(text: str) -> list[str]:
    """Return the tokens of a text and, for each further sign between two, an empty part: each part ends one sign."""
    if not text.isascii():
        text = _without_signs(text)
    return text.encode("utf-8", "surrogatepass").translate(_SPACED).decode("utf-8", "surrogatepass").split(" ")


def _without_signs(text: str) -> str:
    """Return a text of the same length with blanks for what is not part of a word and not in ASCII."""
    others = set(text.encode("utf-8", "surrogatepass").translate(None, _ASCII).decode("utf-8", "surrogatepass"))
    signs = [sign for sign in others if sign in words.APOSTROPHES or not (sign.isalnum() or words.MARK.match(sign))]
    if len(signs) > _MANY:
        text = text.translate(dict.fromkeys(map(ord, signs), " "))
    else:
        for sign in signs:
            text = text.replace(sign, " ")
    return words.without_loose_marks(text) if any(map(words.MARK.match, others)) else text


class Vocabulary:
    """What words may be in the lists of one tenant.

    Words are remembered by their hash alone, which is another in each process.
    """

    def __init__(self, index: PeopleIndex) -> None:
        self._index = index
        self._meanings: dict[int, TokenMeaning | None] = {}
        self._streets: dict[int, int] = {}

    def tokens(self, text: str) -> Tokens:
        """Return the tokens of a text."""
        parts = parts_of(text)
        written = list(filter(None, parts))
        hashes = list(map(hash, written))
        try:
            meanings = list(map(self._meanings.__getitem__, hashes))
        except KeyError:
            meanings = self._learned(written, hashes)
        return Tokens(text, parts, meanings)

    def _learned(self, written: Iterable[str], hashes: Sequence[int]) -> list[TokenMeaning | None]:
        """Return what each token may be, and remember it."""
        remembered = self._meanings
        if len(remembered) > _REMEMBERED:
            remembered = self._meanings = {}  # another thread goes on with the one before
        for hashed, word in zip(hashes, written, strict=True):
            if hashed not in remembered:
                remembered[hashed] = self._meaning(word)
        return list(map(remembered.__getitem__, hashes))

    def street(self, word: str) -> int:
        """Return the unit of a word of an address, 0 if no list has it."""
        hashed = hash(word)
        unit = self._streets.get(hashed)
        if unit is None:
            if len(self._streets) > _REMEMBERED:
                self._streets = {}
            unit = self._index.digester.of(f"s{street_word(word)}")
            unit = self._streets[hashed] = unit if self._index.holding(unit, STREET_WORD) else 0
        return unit

    def _meaning(self, word: str) -> TokenMeaning | None:
        digits = _DIGIT(word) is not None
        lower = word.lower()
        title = lower in TITLES
        between = title or len(word) == 1 or lower in PARTICLES
        letters = _letters(word) if digits else word
        names, of_long = self._names(letters) if letters else ({}, False)
        glued = self._glued(letters) if letters else ()
        if not (names or glued or digits or title):
            return None
        standing = _standing(letters) if names else WordStanding.UNCOMMON
        street = self.street(word) if digits else 0
        return TokenMeaning(tuple(names.items()), of_long, glued, standing, digits, between, title, street)

    def _names(self, word: str) -> tuple[dict[int, Ending], bool]:
        """Return (unit -> ending) of the words of names that a word may be, and whether one is of a long name."""
        endings: dict[int, Ending] = {}
        of_long = 0
        for stem, kinds in words.readings(word):
            digest = self._index.digester.of(f"{STEM}{stem}")
            bits = self._index.stem(digest)
            if not bits:
                continue
            of_long |= bits & OF_LONG
            for kind, ending in kinds:
                if bits >> kind & 1:
                    unit = unit_of(digest, kind)
                    endings[unit] = min(ending, endings.get(unit, ending))
        return endings, bool(of_long)

    def _glued(self, word: str) -> tuple[int, ...]:
        """Return the numbers of the lists that have a name in one word, or in two of which it consists."""
        humps = _HUMPS.findall(word)
        names = _names_in_humps(humps) if len(humps) >= _FEWEST_HUMPS else ()
        bones = [bones for bones in map(skeleton, (word, *names)) if may_be_glued(bones)]
        digests = [self._index.digester.of(f"g{each}") for each in bones]
        lists = enumerate(self._index.lists)
        return tuple(at for at, list_ in lists if any(list_.table.code(digest) == NAME for digest in digests))


def _names_in_humps(humps: Sequence[str]) -> Iterator[str]:
    """Yield two words beside each other, and with the particles between them: "VonDerHeide"."""
    for first in range(len(humps) - 1):
        for last in range(first + 1, min(first + MOST_WORDS, len(humps))):
            yield "".join(humps[first : last + 1])
            if humps[last].lower() not in PARTICLES:
                break


def _letters(word: str) -> str:
    """Return the letters of a word that has a few digits before or behind them; "" for others and everyday words."""
    match = _NUMBERED(word)
    return "" if match is None or is_everyday(skeleton(match[1])) else match[1]


def _standing(word: str) -> WordStanding:
    bones, is_lower = skeleton(word), word == word.lower() != word.upper()
    if bones in SHORT_WORDS and is_lower:
        return WordStanding.NEVER
    if is_everyday(bones):
        return WordStanding.LOWER if is_lower else WordStanding.CAPITAL
    return WordStanding.LOWER if is_lower and (len(bones) <= _SHORT or bones in _OF_CODE) else WordStanding.UNCOMMON
