"""Finds removed values that a program turned: backwards, as codes or one integer, with separators, shifted.

A target that knows a pseudonym can have an agent run ``print(name[::-1])`` and send the result in the next request. So
where values were removed, the texts that leave are searched for them in these forms too. Nothing is read in them: a
form counts only if it spells a removed value.

How short a value may be depends on what could spell it by chance. A list of codes is no accident (four letters or
digits), columns of a table may be one (five); a word backwards or shifted may be another word (six letters, nine
digits). 900 names and numbers were not found in 40 MB of programs, documentation and data.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from string import ascii_lowercase

from proxy.core.search.anchors import anchored
from proxy.core.search.needs import shaped
from proxy.core.search.occurrences import APART, Hit, Occurrences
from proxy.core.search.skeleton import skeleton

_LEAST_IN_CODES, _LEAST_APART, _LEAST, _LEAST_DIGITS = 4, 5, 6, 9
_WORD = re.compile(r"[^\W_]+")
_LETTERS = re.compile(r"[a-z]")
_ROTATED = [str.maketrans(ascii_lowercase, ascii_lowercase[by:] + ascii_lowercase[:by]) for by in range(1, 26)]
_CODE = r"(?:0[xX]|[uU][+]|\\?[ux])?[0-9A-Fa-f]{2,6}"
_CODES = re.compile(rf"(?<![0-9A-Za-z]){_CODE}(?:[^0-9A-Za-z]{{1,4}}{_CODE}){{3,}}(?![0-9A-Za-z])")
_ONE_CODE = re.compile(r"[0-9A-Fa-f]{2,6}(?![0-9A-Za-z])")
_MAY_BE_CODES = shaped(r"(?:[0-9A-Fa-f]{2}[^0-9A-Za-z]{1,4}[0-9A-Za-z+\\]{0,4}){3}[0-9A-Fa-f]{2}")
_SOLID = re.compile(r"(?<![0-9A-Za-z])(?:0[xX])?([0-9A-Fa-f]{12,4000})(?![0-9A-Za-z])")
_MAY_BE_SOLID = shaped(r"[0-9A-Fa-f]{12}")
_LONGEST_INTEGER = 600
_BASES = (10, 16, 8)
_SAME = re.compile(rb"\0{3,}")
_WIDEST_STEP = 4
_MOST_BYTE, _MOST_CODE = 0x100, 0x110000


class Disguises:
    """The other forms of removed values. ``occurrences`` finds the values as such."""

    __slots__ = ("_backwards", "_occurrences", "_words")

    def __init__(self, values: Iterable[str], occurrences: Occurrences) -> None:
        self._occurrences = occurrences
        self._words = {form for value in values for form in _turned_words(value)}
        wholes = {form for value in values for form in _wholes(value) if len(form) >= _LEAST}
        self._backwards = anchored(form[::-1] for form in wholes)

    def among(self, text: str) -> bool:
        """Whether a value is in the text in another form."""
        if not self._words.isdisjoint(map(skeleton, set(_WORD.findall(text.lower())))):
            return True
        bones = skeleton(text)
        if any(True for forms in self._backwards for _ in forms.find(bones)) and self._spells(text[::-1], _LEAST):
            return True
        forms = ((_solid, _LEAST), (_codes, _LEAST_IN_CODES), (_separated, _LEAST_APART))
        return any(self._spells(APART.join(form(text)), least) for form, least in forms)

    def _spells(self, text: str, least: int) -> bool:
        return bool(text) and any(_is_long(text, hit, least) for hit in self._occurrences.plain(text))


def _is_long(text: str, hit: Hit, least: int) -> bool:
    """Whether a hit is long enough, and the value or words of it without an ending."""
    words = list(map(skeleton, _WORD.findall(text[hit.start : hit.end])))
    signs = "".join(words)
    if len(signs) < (_LEAST_DIGITS if least == _LEAST and signs.isdecimal() else least):
        return False
    return signs == skeleton(hit.value) or {*map(skeleton, _WORD.findall(hit.value))}.issuperset(words)


def _turned_words(value: str) -> Iterator[str]:
    """Yield the words of a value backwards, and with their letters moved by 1 to 25 places."""
    for word in _WORD.findall(value.lower()):
        for spelled in dict.fromkeys((word, skeleton(word))):
            if len(_LETTERS.findall(spelled)) >= _LEAST:
                turned = (spelled.translate(table) for table in _ROTATED)
                yield from turned if spelled.isascii() else map(skeleton, turned)
                if skeleton(spelled) != (backwards := skeleton(spelled[::-1])):
                    yield backwards


def _wholes(value: str) -> Iterator[str]:
    """Yield the skeletons of a value: as it is, and its last word before the others."""
    yield skeleton(value)
    *first, last = _WORD.findall(value) or [""]
    yield skeleton(last + "".join(first))


def _codes(text: str) -> Iterator[str]:
    """Yield what lists of character codes spell: decimal, hexadecimal, octal."""
    for run in _CODES.finditer(text) if _MAY_BE_CODES(text) else ():
        numbers = _ONE_CODE.findall(run.group())
        for base in _BASES:
            yield from _characters(numbers, base)


def _characters(numbers: Sequence[str], base: int) -> Iterator[str]:
    try:
        codes = [int(number, base) for number in numbers]
    except ValueError:  # digits of another base
        return
    if max(codes) < _MOST_BYTE:
        yield bytes(codes).decode("utf-8", "replace")
    if max(codes) < _MOST_CODE:
        yield "".join(map(chr, codes))


def _solid(text: str) -> Iterator[str]:
    """Yield the bytes that a run of hexadecimal digits or one integer spells."""
    for run in _SOLID.finditer(text) if _MAY_BE_SOLID(text) else ():
        digits = run[1]
        spelled = [bytes.fromhex(digits[: len(digits) // 2 * 2])]
        if digits.isdecimal() and len(digits) <= _LONGEST_INTEGER:
            number = int(digits)
            spelled.append(number.to_bytes((number.bit_length() + 7) // 8, "big"))
        for data in spelled:
            for one in (data, data[::-1]):
                yield one.decode("utf-8", "replace")


def _separated(text: str) -> Iterator[str]:
    """Yield the characters between equal separators of one to three characters: ``S|c|h|m|i|d|t``, ``SxxcxxhxxM``."""
    data = text.encode("latin-1", "replace")
    for step in range(2, _WIDEST_STEP + 1):
        size = len(data) - step
        if size <= 0:
            return
        changed = int.from_bytes(data[:size], "big") ^ int.from_bytes(data[step:], "big")
        same = changed.to_bytes(size, "big")
        for first in range(step):
            for run in _SAME.finditer(same[first::step]):
                start = max(0, first + (run.start() - 1) * step + 1)
                stretch = text[start : first + (run.end() + 1) * step]
                between = (stretch[offset::step] for offset in range(step))
                yield from (signs for signs in between if sum(map(str.isalnum, signs)) >= _LEAST_APART)
