"""Where removed values occur again: in other letter case, without separators, or in an escaped form.

Linear in the text. A few values are looked up one by one at the speed of ``in``; many by the words of the text.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterable
from typing import NamedTuple
from urllib.parse import quote, quote_plus

from proxy.core.names import COMMON

#: values x characters up to which looking up every value is the faster way
_DIRECT = 2_000_000
#: values x characters from which ruling out groups of values pays
_GROUPED = 50_000
_WORDS = re.compile(r"\w+")
_DIGIT_RUN = re.compile(r"\d(?:[ .\-/()\u00a0]{0,2}\d){5,}", re.ASCII)
_NO_SEPARATORS = str.maketrans("", "", " .-/()\u00a0")
_DIGITS_LEAST = 6
_FEW_NUMBERS = 32
_NUMBER = re.compile(r"[^A-Za-z]*\d[^A-Za-z]*", re.ASCII).fullmatch
_LOOSE_LEAST = 5
#: Characters that rule out every value holding them where a text has none, rarest first.
_MARKS: dict[str, Callable[[str], object]] = {
    "\\": lambda text: "\\" in text,
    "%": lambda text: "%" in text,
    "&": lambda text: "&" in text,
    "@": lambda text: "@" in text,
    "0": re.compile(r"\d").search,
}
_NOT_ALPHABETIC = 0x2E80  # from here on scripts that write words without spaces


class Hit(NamedTuple):
    """One occurrence of ``value`` in some form, offsets in characters, end exclusive."""

    start: int
    end: int
    value: str


def fold(text: str) -> str:
    """Lower-case a text without changing any offset."""
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join([low if len(low := char.lower()) == 1 else char for char in text])


def _json_forms(value: str) -> tuple[str, ...]:
    return json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]


def _url_forms(value: str) -> tuple[str, ...]:
    encodable = value.encode("utf-8", "replace")
    return quote(encodable, safe=""), quote(encodable, safe="@/:"), quote_plus(encodable)


#: A value takes these forms inside JSON, HTML or a URL, and only in a text that holds the escaping character.
_ESCAPES: dict[str, Callable[[str], tuple[str, ...]]] = {
    "\\": _json_forms,
    "&": lambda value: (html.escape(value),),
    "%": _url_forms,
    "+": lambda value: (value.replace(" ", "+"),),  # a form with other escapes holds a per cent sign too
}


class Occurrences:
    """Finds ``values`` in texts. ``as_written`` are values looked for only as they are, capitalised or in capitals.

    Single words are found as whole words (a genitive s may follow); a value of several words or with digits is
    found inside a longer word too, but digits never inside a longer number.
    """

    __slots__ = ("_as_written", "_by_mark", "_digits", "_escaped", "_forms", "_lengths")

    def __init__(self, values: Iterable[str], as_written: Iterable[str] = ()) -> None:
        self._forms: dict[str, str] = {}
        self._as_written: set[str] = set()
        self._digits: dict[str, str] = {}
        for value in values:
            self._add(value)
        for value in as_written:
            if fold(value) not in self._forms:
                self._forms[fold(value)] = value
                self._as_written.add(value)
        self._lengths = sorted({len(digits) for digits in self._digits}, reverse=True)
        self._by_mark: dict[str, list[str]] = {}
        self._escaped: set[str] = set()

    def _add(self, value: str) -> None:
        folded = fold(value)
        self._forms[folded] = value
        if folded in COMMON:
            self._as_written.add(value)
        if _NUMBER(value):
            digits = "".join(filter(str.isdecimal, value))
            if len(digits) >= _DIGITS_LEAST:
                self._digits.setdefault(digits, value)

    def __bool__(self) -> bool:
        return bool(self._forms)

    def among(self, text: str) -> bool:
        """Whether any value may occur in the text: cheap, never misses one that ``find`` would return."""
        folded = fold(text)
        if self._present(folded):
            return True
        return bool(self._digits) and self._any_digits(text.translate(_NO_SEPARATORS)) and bool(self._digit_hits(text))

    def find(self, text: str) -> list[Hit]:
        """Return the occurrences, disjoint and in order; of two that overlap the earlier, then the longer."""
        folded = fold(text)
        hits = self._digit_hits(text) if self._digits else []
        for form in self._present(folded):
            hits += self._hits(text, folded, form)
        if len(hits) < 2:  # noqa: PLR2004
            return hits
        disjoint: list[Hit] = []
        for hit in sorted(hits, key=lambda h: (h.start, -h.end)):
            if not disjoint or hit.start >= disjoint[-1].end:
                disjoint.append(hit)
        return disjoint

    def _present(self, folded: str) -> list[str]:
        """Return the forms that occur in a folded text; whole groups are ruled out by one character they all need."""
        for character, forms_of in _ESCAPES.items():
            if character in folded and character not in self._escaped:
                self._escaped.add(character)
                self._add_escaped(forms_of)
        if not self._by_mark and len(self._forms) * len(folded) <= _GROUPED:
            return [form for form in self._forms if form in folded]
        if not self._by_mark:
            self._group(self._forms)
        forms = [form for mark, group in self._by_mark.items() if not mark or _MARKS[mark](folded) for form in group]
        if len(forms) * len(folded) <= _DIRECT:
            return [form for form in forms if form in folded]
        words = set(_WORDS.findall(folded))
        return [form for form in forms if self._longest(form) in words and form in folded]

    def _group(self, forms: Iterable[str]) -> None:
        for form in forms:
            mark = next((mark for mark, test in _MARKS.items() if test(form)), "")
            self._by_mark.setdefault(mark, []).append(form)

    def _add_escaped(self, forms_of: Callable[[str], tuple[str, ...]]) -> None:
        """Add one kind of escaped forms of all values."""
        added: list[str] = []
        for value in list(dict.fromkeys(self._forms.values())):
            for form in map(fold, forms_of(value) if not value.isalnum() or not value.isascii() else ()):
                if form not in self._forms:
                    self._forms[form] = value
                    added.append(form)
        if self._by_mark:
            self._group(added)

    def _longest(self, form: str) -> str:
        return max(_WORDS.findall(form), key=len, default="")

    def _hits(self, text: str, folded: str, form: str) -> list[Hit]:
        hits: list[Hit] = []
        value = self._forms[form]
        at = folded.find(form)
        while at >= 0:
            end = at + len(form)
            if self._bounded(text, at, end) and self._written(value, text[at:end]):
                hits.append(Hit(at, end, value))
            at = folded.find(form, end)
        return hits

    def _written(self, value: str, found: str) -> bool:
        return value not in self._as_written or found in {value, value.upper(), value.title()}

    def _bounded(self, text: str, start: int, end: int) -> bool:
        if end - start >= _LOOSE_LEAST and not text[start:end].isalpha():
            inside = _digit(text, start) and _digit(text, start - 1)
            return not inside and not (_digit(text, end - 1) and _digit(text, end))
        if start and _joins(text[start - 1], text[start]):
            return False
        if end < len(text) and _joins(text[end - 1], text[end]):
            genitive = text[end] in "sS" and text[end - 1].isalpha()
            return genitive and (end + 1 == len(text) or not _joins(text[end], text[end + 1]))
        return True

    def _digit_hits(self, text: str) -> list[Hit]:
        hits: list[Hit] = []
        for run in _DIGIT_RUN.finditer(text):
            digits = run.group().translate(_NO_SEPARATORS)
            if len(digits) < self._lengths[-1] or not self._any_digits(digits):
                continue
            positions = [at for at in range(run.start(), run.end()) if text[at].isdecimal()]
            for length in self._lengths:
                for first in range(len(digits) - length + 1):
                    value = self._digits.get(digits[first : first + length])
                    if value is None:
                        continue
                    start, end = positions[first], positions[first + length - 1] + 1
                    if not _digit(text, start - 1) and not _digit(text, end):
                        hits.append(Hit(start, end, value))
        return hits

    def _any_digits(self, digits: str) -> bool:
        """Whether a number may be in a run of digits; many numbers are not tried one by one."""
        return len(self._digits) > _FEW_NUMBERS or any(number in digits for number in self._digits)


def _digit(text: str, at: int) -> bool:
    return 0 <= at < len(text) and text[at].isdecimal()


def _joins(left: str, right: str) -> bool:
    """Whether two neighbouring characters belong to one word."""
    return (
        (left.isalnum() or left == "_")
        and (right.isalnum() or right == "_")
        and ord(left) < _NOT_ALPHABETIC
        and ord(right) < _NOT_ALPHABETIC
    )
