"""Finds removed values again: in other letter case, without accents, with other separators, glued or inflected.

Two steps. A *skeleton* (``skeleton.py``) is a text without case, accents and separators; values are searched in it as
plain substrings. A hit is only a candidate: its borders and separators are verified in the text itself
(``borders.py``), because the skeleton of "Smithsonian" contains that of "Smith" and is another word.

    value -> keys (``keys.py``) -> forms, by mark    "@" or a digit that a text must have for the group to be tried
    text  -> skeleton -> forms present -> verified at their borders -> accepted: alone, or beside another part of a name

Every text is searched raw and in each of its ``readings`` (escapes undone, encoded parts decoded); a hit in an encoded
part takes the whole part, which cannot be replaced in part. Numbers are searched separately (``digit_runs.py``): digits
never match inside a longer number.

Why not one regular expression of all values: a body may hold thousands of removed values, each in many forms, and each
request brings others, so nothing could be compiled ahead. Up to ``_DIRECT`` forms ``str.find`` for each is fastest;
beyond that ``anchors`` looks them up by their first characters. Both are linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby, pairwise
from typing import NamedTuple

from proxy.core.findings import is_one_word
from proxy.core.search import names
from proxy.core.search.anchors import Anchors, anchored
from proxy.core.search.borders import FormPlace, beside, bounded, stands_alone
from proxy.core.search.decoding import unescaped
from proxy.core.search.digit_runs import LEAST, DigitRuns, bare
from proxy.core.search.keys import Key, keys_of_name, keys_of_value
from proxy.core.search.readings import DecodedPart, readings_of
from proxy.core.search.skeleton import places, skeleton

#: Returns the readings of each text.
Reader = Callable[[Sequence[str]], Sequence[Iterable[DecodedPart]]]
#: Separates texts that are searched as one: no value extends over it.
APART = "\n" * 8
#: Up to this number of forms, searching each of them is faster.
_DIRECT = 300
_GROUP = 1 << 15  # characters searched as one: what may be a value is looked at in all of them
_NUMBER = re.compile(r"[^A-Za-z]*\d[^A-Za-z]*", re.ASCII).fullmatch
#: An account number without the country and check digits of its IBAN stands for it.
_IBAN = re.compile(r"[a-z]{2}[0-9]{2}(?P<account>[0-9a-z]{11,30})", re.ASCII).fullmatch
#: Marks: a text without one of them holds no value with that mark.
_ANY_ORDER: Mapping[str, int] = {}
_DIGIT = re.compile(r"\d").search
_MARKS: Mapping[str, Callable[[str], object]] = {"@": lambda text: "@" in text, "0": _DIGIT}


def marks_in(text: str) -> Iterator[str]:
    """Yield the marks that a text has: what is separated from it otherwise still holds them."""
    return (mark for mark, has in _MARKS.items() if has(text))


class Hit(NamedTuple):
    """One occurrence of ``value`` in some form, offsets in characters, end exclusive."""

    start: int
    end: int
    value: str


class _Group:
    """Values with a common mark; their keys are computed for the first text with that mark."""

    __slots__ = ("_anchors", "_values", "forms")

    def __init__(self) -> None:
        self._values: list[tuple[str, str, bool]] = []
        self.forms: dict[str, list[Key]] = {}
        self._anchors: list[Anchors] = []

    def add(self, value: str, plain: str, *, name: bool) -> None:
        self._values.append((value, plain, name))

    def present(self, bones: str) -> Iterator[tuple[int, str]]:
        """Yield (offset in the skeleton, form) wherever a form occurs."""
        if self._values:
            self._work_out()
        if len(self.forms) > _DIRECT:
            for anchors in self._anchors:
                yield from anchors.find(bones)
            return
        for form in self.forms:
            at = bones.find(form)
            while at >= 0:
                yield at, form
                at = bones.find(form, at + 1)

    def _work_out(self) -> None:
        for value, plain, name in self._values:
            for form, key in (keys_of_name if name else keys_of_value)(value, plain):
                self.forms.setdefault(form, []).append(key)
        self._values = []
        self._anchors = anchored(self.forms) if len(self.forms) > _DIRECT else []


class Occurrences:
    """Finds ``values`` in texts, and the names among them (``people``) also in other orders, parts and forms.

    A single word is found as a whole word (beside ``_`` and digits too); a single part of a name in lower case only
    where it is not a common word or stands in a path. A value of several words is also found glued together, and digits
    never inside a longer number.
    """

    __slots__ = ("_digits", "_groups")

    def __init__(self, values: Iterable[str], people: Iterable[str] = ()) -> None:
        self._digits = DigitRuns()
        self._groups: dict[str, _Group] = {}
        names = frozenset(people)
        for value in values:
            self._add(value, value, name=value in names)
            if account := _IBAN(bones := skeleton(value)):
                self._add(value, bones[account.start("account") :], name=False)
            decoded = unescaped(value)
            if decoded is not None:
                self._add(value, decoded.text, name=value in names)

    def _add(self, value: str, plain: str, *, name: bool) -> None:
        """Add one spelling of a value."""
        if not name and _NUMBER(plain):
            digits = bare(plain)
            if len(digits) >= LEAST:
                self._digits.add(digits, value)
                return
        mark = "" if name else "@" if "@" in plain else "0" if _DIGIT(plain) else ""
        group = self._groups.get(mark)
        if group is None:
            group = self._groups[mark] = _Group()
        group.add(value, plain, name=name)

    def __bool__(self) -> bool:
        return bool(self._groups) or bool(self._digits)

    def among(self, texts: Sequence[str], read: Reader = readings_of) -> bool:
        """Whether any value occurs in one of the texts, as it is written or read."""
        return self._among(texts) or self._among([part.text for parts in read(texts) for part in parts])

    def _among(self, texts: Iterable[str]) -> bool:
        return any(next(self.plain(text), None) is not None for text in _together(texts))

    def find(self, text: str) -> list[Hit]:
        """Return the occurrences, disjoint and in order.

        Escaped and encoded occurrences include the whole escapes, or the whole encoded part.
        """
        return disjoint(self.every(text))

    def every(self, text: str, read: Reader = readings_of) -> list[Hit]:
        """Return all occurrences, each value's as if it were the only one."""
        hits = list(self.plain(text))
        for reading in read([text])[0]:
            hits += [Hit(*reading.span(hit.start, hit.end), hit.value) for hit in self.plain(reading.text)]
        return hits

    def plain(self, text: str) -> Iterator[Hit]:
        """Yield the occurrences in a text as it is written, none in its other readings."""
        groups = [group for mark, group in self._groups.items() if not mark or _MARKS[mark](text)]
        if not groups and not self._digits:
            return
        bones = skeleton(text)
        if self._digits and self._digits.among(bones):
            yield from (Hit(*hits) for hits in self._digits.find(text))
        for group in groups:
            hits = list(group.present(bones))
            if hits:
                yield from _settled(_judged(group.forms, FormPlace(text, bones, places(text), 0, 0), hits))


def _together(texts: Iterable[str]) -> Iterator[str]:
    """Yield the texts as few: those of ASCII, which are searched faster, apart from others."""
    for _, some in groupby(sorted(texts, key=str.isascii), key=str.isascii):
        group: list[str] = []
        size = 0
        for text in some:
            group.append(text)
            size += len(text)
            if size > _GROUP:
                yield APART.join(group)
                group, size = [], 0
        if group:
            yield APART.join(group)


def _judged(
    forms: Mapping[str, Sequence[Key]], frame: FormPlace, hits: Iterable[tuple[int, str]]
) -> Iterator[tuple[FormPlace, Key]]:
    for first, form in hits:
        for key in forms[form]:
            span = bounded(frame._replace(first=first, last=first + len(form)), key)
            if span is not None:
                yield span, key


def _settled(judged: Iterable[tuple[FormPlace, Key]]) -> Iterator[Hit]:
    """Yield hits that stand for their value alone, and words of a name beside another word of it."""
    words: dict[str, list[tuple[int, int, int, str]]] = {}
    for span, key in judged:
        if stands_alone(span, key):
            yield Hit(span.start, span.end, key.value)
        if key.part >= 0:
            words.setdefault(key.value, []).append((span.start, span.end, key.part, span.text))
    for value, hits in words.items():
        for (start, end, part, text), (after, until, other, _) in pairwise(sorted(hits)):
            if part != other and beside(text, end, after):
                yield Hit(start, until, value)


def disjoint(hits: Iterable[Hit], order: Mapping[str, int] = _ANY_ORDER) -> list[Hit]:
    """Return hits in order without overlaps: the earlier, then the longer, then the one of the first value."""
    result: list[Hit] = []
    for hit in sorted(hits, key=lambda h: (h.start, -h.end, order.get(h.value, 0))):
        if not result or hit.start >= result[-1].end:
            result.append(hit)
    return result


_QUOTES = "\"'\u2018\u2019\u201c\u201d\u201e\u00ab\u00bb"
_BEFORE = re.compile(rf"(?:^|[\s{_QUOTES}(\[,;\u2013\u2014\u00bf\u00a1])\Z")
_BEHIND = re.compile(rf"['\u2019]s\b|[{_QUOTES})\],.;:!?\u2026]{{0,5}}(?:\s|\u2013|\u2014|\Z)")


def is_meant(text: str, hit: Hit, *, weak: bool, prose: bool, defined: bool) -> bool:
    """Whether an occurrence of a value has to go.

    Args:
        text: the text.
        hit: the occurrence in it.
        weak: its value was a guess of a single word, or of the weakest model.
        prose: the text is words for people, no key, definition or word of the dialect.
        defined: it defines a tool or a format, or is a word of the dialect.

    """
    if weak:
        return prose and _stands_as_name(text, hit.start, hit.end)
    word = text[hit.start : hit.end]
    if prose or not is_one_word(word):
        return True
    is_common = word.islower() and names.is_common(skeleton(word))
    return not is_common if is_one_word(hit.value) else not defined


def _stands_as_name(text: str, start: int, end: int) -> bool:
    word = text[start:end]
    if word[:1].islower() or names.is_common(skeleton(word)):
        return False
    return _BEFORE.search(text, max(0, start - 1), start) is not None and _BEHIND.match(text, end) is not None
