"""The tokens of a text and what each may be in the lists of a tenant, remembered from text to text."""

from __future__ import annotations

import enum
import re
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from proxy.core.search.names import SHORT_WORDS, TITLES
from proxy.core.search.skeleton import skeleton
from proxy.detection.registered import words
from proxy.detection.registered.lists import PeopleIndex
from proxy.detection.registered.rows import NAME, OF_LONG, PARTICLES, STREET_WORD, street_word
from proxy.detection.registered.words import STEM, Ending, is_everyday, may_be_glued, unit_of

_REMEMBERED = 1 << 16
_SPLIT = re.compile(f"({words.TOKEN.pattern})").split
_SPLIT_ASCII = re.compile(f"({words.ASCII_TOKEN.pattern})").split
#: Letters of words that say little in lower case, and further words that programs consist of.
_SHORT = 3
_OF_CODE = frozenset("async await bool char const elif enum func init kwargs null self struct void".split())
_DIGIT = re.compile(r"\d").search


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


class Tokens(NamedTuple):
    """The tokens of a text in order, what each may be (None for nothing), and which of them may be anything."""

    text: str
    written: Sequence[str]
    meanings: Sequence[TokenMeaning | None]
    marked: Sequence[tuple[int, TokenMeaning]]
    pieces: Sequence[str]  # what stands between tokens and the tokens, in turn
    ends: Sequence[int]  # the offsets at which these end

    def gap(self, left: int) -> str:
        """Return what stands between a token and the next."""
        return self.pieces[2 * left + 2]

    def reach(self, first: int, last: int) -> tuple[int, int]:
        """Return the offsets of some tokens."""
        return self.ends[2 * first], self.ends[2 * last + 1]


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
        pieces = (_SPLIT_ASCII if text.isascii() else _SPLIT)(text)
        written = pieces[1::2]
        hashes = list(map(hash, written))
        remembered = self._meanings
        if not remembered.keys() >= set(hashes):
            if len(remembered) > _REMEMBERED:
                remembered = self._meanings = {}  # another thread goes on with the one before
            for hashed, word in zip(hashes, written, strict=True):
                if hashed not in remembered:
                    remembered[hashed] = self._meaning(word)
        meanings = list(map(remembered.__getitem__, hashes))
        marked = [(at, meaning) for at, meaning in enumerate(meanings) if meaning]
        return Tokens(text, written, meanings, marked, pieces, list(accumulate(map(len, pieces))) if marked else ())

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
        names, of_long = ({}, False) if word.isdecimal() else self._names(word)
        glued = () if digits else self._glued(word)
        if not (names or glued or digits or title):
            return None
        standing = _standing(word) if names else WordStanding.UNCOMMON
        return TokenMeaning(tuple(names.items()), of_long, glued, standing, digits, between, title)

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
        """Return the numbers of the lists that have a name in one word."""
        bones = skeleton(word)
        if not may_be_glued(bones):
            return ()
        digest = self._index.digester.of(f"g{bones}")
        return tuple(at for at, list_ in enumerate(self._index.lists) if list_.table.code(digest) == NAME)


def _standing(word: str) -> WordStanding:
    bones, is_lower = skeleton(word), word == word.lower() != word.upper()
    if bones in SHORT_WORDS and is_lower:
        return WordStanding.NEVER
    if is_everyday(bones):
        return WordStanding.LOWER if is_lower else WordStanding.CAPITAL
    return WordStanding.LOWER if is_lower and (len(bones) <= _SHORT or bones in _OF_CODE) else WordStanding.UNCOMMON
