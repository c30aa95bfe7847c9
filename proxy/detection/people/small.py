"""Names in lower case: a given name that is no word, followed by a family name or an unknown word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final

from proxy.detection.languages import alternatives
from proxy.detection.languages import words as vocabulary
from proxy.detection.people.vocabulary import DEALS, FIRMS, LINKS, NAMING
from proxy.detection.people.words import LOWER, SHORT, TITLE, Word
from proxy.detection.text.context import unaccented

_LINKED: Final = re.compile(rf" (?:(?:{'|'.join(sorted(LINKS))}) ){{0,3}}")
_ALONE, _NEAR, _MAYBE, _LESS, _BESIDE, _DOUBT, _SURE = 0.9, 0.95, 0.97, 0.98, 0.99, 0.995, 0.999
_TO: Final = frozenset(vocabulary("towards"))
_OF: Final = frozenset(vocabulary("of"))
_WITH: Final = frozenset(vocabulary("with"))
_KIN: Final = re.compile(rf"{alternatives('kin')}|{alternatives('own_people')}|{alternatives('elders')}", re.IGNORECASE)
#: Between a title, or a word that introduces a name, and the name.
_APART: Final = frozenset({" ", ". "})
_TITLES: Final = re.compile(rf"{alternatives('titles')}|{alternatives('treats')}", re.IGNORECASE)
_ENDINGS: Final = re.compile(rf"{alternatives('word_endings')}\Z")


def small(text: str, words: Sequence[Word]) -> Iterator[tuple[int, int]]:
    """Yield the spans of names in lower case."""
    for index, word in enumerate(words):
        if word.style != LOWER or (word.ordinary and not (word.given or word.person)) or word.text in LINKS:
            continue
        next_word = next((following for following in words[index + 1 : index + 5] if following.text not in LINKS), None)
        if next_word is not None and _fits(word, next_word):
            linked = _LINKED.fullmatch(text, word.end, next_word.start) is not None
            if linked and _is_name(words[index - 1] if index else None, word, next_word):
                yield word.start, next_word.end


def of_kin(words: Sequence[Word]) -> Iterator[tuple[int, int]]:
    """Yield given names right behind a relative: "my aunt maureen", "o irmão Duarte"."""
    for before, word in pairwise(words):
        if (
            word.start != before.end + 1
            or word.person
            or word.taken
            or word.barred
            or word.placed
            or not _is_kin(before.text)
        ):
            continue
        known = unaccented(f"{before.text} {word.text}") not in FIRMS and word.sure
        doubt = _SURE if word.unmistakable else _BESIDE
        if known and (not word.ordinary if word.style == LOWER else word.outside < doubt):
            yield word.start, word.end


def announced(text: str, words: Sequence[Word]) -> Iterator[tuple[int, int]]:
    """Yield single names behind a word that introduces one ("chamado Braima"), and in lower case behind a title."""
    for before, word in pairwise(words):
        gap = text[before.end : word.start]
        if gap not in _APART or word.person or word.taken or word.barred or word.placed or word.country:
            continue
        if word.style == TITLE:
            name = gap == " " and before.text.lower() in NAMING and (word.given or not word.ordinary)
        else:
            name = _TITLES.fullmatch(before.text) is not None and _is_surname(word)
        if name:
            yield word.start, word.end


def _is_surname(word: Word) -> bool:
    """Whether a word in lower case behind a title is a name: one that is no ordinary word."""
    return (
        word.style == LOWER and len(word.text) > SHORT and not (word.ordinary or word.given) and word.text not in LINKS
    )


@lru_cache(maxsize=1024)
def _is_kin(word: str) -> bool:
    return _KIN.fullmatch(word) is not None


def _fits(word: Word, other: Word) -> bool:
    plain = word.style == other.style == LOWER and not (word.taken or other.taken or word.barred or other.barred)
    return plain and len(other.text) > SHORT


def _is_name(before: Word | None, word: Word, other: Word) -> bool:
    if word.person:
        return not other.person and other.outside < (_ALONE if other.ordinary else _BESIDE)
    if word.given and _is_near(word, other):
        return True
    if word.ordinary and other.ordinary:
        return False
    low = "" if before is None else before.text.lower()
    if not word.given:
        return (other.family or low in NAMING) and _are_names(word, other)
    return _is_supported(low, word, other)


def _is_near(word: Word, other: Word) -> bool:
    """Whether the classifier nearly takes both for a name."""
    near = max(word.outside, other.outside) < _NEAR and (word.sure or not other.ordinary)
    return word.outside < _MAYBE and (other.person or near)


def _is_supported(before: str, word: Word, other: Word) -> bool:
    """Whether the words before and after a given name confirm it."""
    dealt = not before or before in DEALS or before in _TO or before in NAMING
    supported = other.person or min(other.outside, word.outside) < _MAYBE
    if not word.sure or word.ordinary:
        return _is_worded(before, word, other) or (
            other.family and (dealt or supported) and not (word.common and other.common)
        )
    if other.family or supported:
        plain = other.ordinary and not other.family and other.outside >= _ALONE
        return not plain and (dealt or supported or (other.family and not other.common))
    rare = not other.given and len(other.text) > SHORT + 1 and _ENDINGS.search(other.text) is None
    return rare and (dealt or not other.ordinary or (word.unmistakable and len(word.text) > SHORT + 1))


def _are_names(word: Word, other: Word) -> bool:
    """Whether two words that no language knows are half taken for names by the classifier."""
    return not (word.ordinary or other.ordinary) and max(word.outside, other.outside) < _NEAR


def _is_worded(before: str, word: Word, other: Word) -> bool:
    """Whether a given name that is a word too is a name here: after a word that deals with people only."""
    if not word.sure or other.ordinary or (not other.family and _ENDINGS.search(other.text)):
        return False
    outside = min(other.outside, word.outside)
    if outside < (_BESIDE if other.family else _LESS):
        return before not in _OF or other.family
    return not before or (before in DEALS - _OF and outside < (_DOUBT if before in _WITH else _SURE))
