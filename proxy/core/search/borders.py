"""Verifies that a skeleton found in a text is the value: by borders, separators and letter case."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from proxy.core.search import names
from proxy.core.search.inflection import is_form, is_sure
from proxy.core.search.keys import Key
from proxy.core.search.skeleton import is_mark

_NOT_ALPHABETIC = 0x2E80  # from here on scripts that write words without spaces
_GLUED = 8  # from this length on words of one value are found without separators
_INSIDE = 10  # and from this one on also inside a longer word
_TIGHT = 5  # a shorter value must not touch letters, digits or "_"
_SLUG_WORD = 5
_LONG_NAME = 7
_WIDEST_GAP = 6
_LINK = re.compile(r"[\s._\-+,/'\u2019]{0,3}").fullmatch
#: Characters that join words into one path, name or number.
SLUG = frozenset("/_-.@=+\\")


class FormPlace(NamedTuple):
    """The place of a form: characters ``first`` to ``last`` of the skeleton; ``at`` maps these to the text."""

    text: str
    bones: str
    at: Sequence[int]
    first: int
    last: int

    @property
    def start(self) -> int:
        """Offset in the text."""
        return self.at[self.first]

    @property
    def end(self) -> int:
        """Offset in the text behind the last character and its marks."""
        return past_marks(self.text, self.at[self.last - 1] + 1)


def past_marks(text: str, end: int) -> int:
    """Return the offset behind the marks that belong to the character before."""
    while end < len(text) and not text[end].isascii() and is_mark(text[end]):
        end += 1
    return end


def bounded(span: FormPlace, key: Key) -> FormPlace | None:
    """Return the place of the value, an inflection included, or None when the match is something else."""
    if key.part >= 0:
        stem = span.bones[span.first : span.last]
        span = span._replace(last=_word_end(span))
        bones = span.bones[span.first : span.last]
        if not is_form(key.word, stem, bones):
            return None
        if bones.startswith(key.word) and is_sure(key.word, bones):
            # The ending stays, so that the sentence keeps its grammar.
            return span._replace(last=span.first + len(key.word)) if _word_begins(span) else None
    cuts = key.cuts()
    if not _gaps_fit(span, cuts, anywhere=key.mixed):
        return None
    size = span.last - span.first
    if cuts and size >= _INSIDE and span.text[span.start : span.end].isalpha():
        return span
    fits = _begins(span.text, span.start, size) and _ends(span.text, span.end, size, single=not cuts)
    return span if fits else None


def _word_begins(span: FormPlace) -> bool:
    return _begins(span.text, span.start, span.last - span.first) and _gaps_fit(span, frozenset(), anywhere=False)


def _word_end(span: FormPlace) -> int:
    """Return where the word that a stem begins ends, in the skeleton."""
    text, at, last = span.text, span.at, span.last
    while (
        last < len(at) and at[last] <= past_marks(text, at[last - 1] + 1) and _same_word(text, at[last - 1], at[last])
    ):
        last += 1
    return last


def _same_word(text: str, before: int, here: int) -> bool:
    if before == here:
        return True
    if here > past_marks(text, before + 1) or not (_letter(text[before]) and _letter(text[here])):
        return False
    return not _hump(text[before], text[here])


def _letter(character: str) -> bool:
    """Whether a character is a letter of a script with spaces between words."""
    return character.isalpha() and ord(character) < _NOT_ALPHABETIC


def _hump(before: str, here: str) -> bool:
    """Whether a new word begins in the middle of letters: annaSchmidt."""
    return before.islower() and here.isupper()


def _gaps_fit(span: FormPlace, cuts: frozenset[int], *, anywhere: bool) -> bool:
    at, text, first = span.at, span.text, span.first
    for here in range(first + 1, span.last):
        between = text[at[here - 1] + 1 : at[here]]
        cut = here - first in cuts
        if not between:
            if cut and not _glued(span, here):
                return False
        elif len(between) > _WIDEST_GAP or not (cut or anywhere or all(map(is_mark, between))):
            return False
    return True


def _glued(span: FormPlace, here: int) -> bool:
    """Whether two words may be glued here: in a long value, at a hump, or between a digit and a letter."""
    before, after = span.text[span.at[here - 1]], span.text[span.at[here]]
    return span.last - span.first >= _GLUED or _hump(before, after) or before.isdecimal() != after.isdecimal()


def _begins(text: str, start: int, size: int) -> bool:
    return start == 0 or not _joins(text[start - 1], text[start], size)


def _ends(text: str, end: int, size: int, *, single: bool) -> bool:
    if end == len(text) or not _joins(text[end - 1], text[end], size):
        return True
    genitive = single and text[end] in "sS" and text[end - 1].isalpha()
    return genitive and (end + 1 == len(text) or not _joins(text[end], text[end + 1], size))


def _joins(left: str, right: str, size: int) -> bool:
    """Whether two neighbouring characters belong to one word or number."""
    if left.isdecimal() and right.isdecimal():
        return True
    if size < _TIGHT:
        return _tight(left) and _tight(right)
    return _letter(left) and _letter(right) and not _hump(left, right)


def _tight(character: str) -> bool:
    return (character.isalnum() or character == "_") and ord(character) < _NOT_ALPHABETIC


def stands_alone(span: FormPlace, key: Key) -> bool:
    """Whether a match means the value by itself; a word of a name may need another one beside it."""
    if not key.written:
        return True
    text = unicodedata.normalize("NFC", span.text[span.start : span.end])
    if not key.alone or (key.part >= 0 and not is_sure(key.word, span.bones[span.first : span.last])):
        return False
    if text == key.written or (text[0].isupper() and (text.istitle() or text.isupper())):
        return True
    bones = span.bones[span.first : span.last]
    if text != text.lower() or text == text.upper() or not _is_lower_form(key.word or bones, bones):
        return False
    if not (names.is_common(bones) or names.is_common(key.word)):
        return True
    return len(text) >= _SLUG_WORD and key.written.lower() not in names.COMMON and _in_slug(span)


def _is_lower_form(word: str, bones: str) -> bool:
    """Whether a word in lower case is a form of a name: with more letters, or a long one with others at its end."""
    return bones.startswith(word) or (len(word) >= _LONG_NAME and len(bones) >= len(word) - 1)


def _in_slug(span: FormPlace) -> bool:
    text = span.text
    return (span.start > 0 and text[span.start - 1] in SLUG) or (span.end < len(text) and text[span.end] in SLUG)


def beside(text: str, end: int, start: int) -> bool:
    """Whether two words are adjacent like words of one name; the first may have an ending."""
    while end < start and _letter(text[end]):
        end += 1
    return end <= start and _LINK(text[end:start]) is not None
