"""Edits of texts: disjoint, ordered, and what lies outside them; quotes around words for numbers of SQL."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Sequence
from typing import TypeVar

from proxy.core.deidentification.pieces import Edit
from proxy.core.search.occurrences import Hit
from proxy.core.search.skeleton import is_mark

#: The edits of the texts that have any, by index.
Edits = dict[int, list[Edit]]
_Hit = TypeVar("_Hit", Hit, tuple[int, int, bytes])


def splice(text: str, edits: Sequence[Edit]) -> str:
    """Return the text with disjoint, ordered edits applied."""
    pieces: list[str] = []
    done = 0
    for start, end, new in edits:
        pieces.append(text[done:start])
        pieces.append(new)
        done = end
    pieces.append(text[done:])
    return "".join(pieces)


def any_outside(hits: Iterable[Hit], edits: Sequence[Edit]) -> bool:
    """Whether a hit overlaps no edit; hits are in any order and may overlap."""
    return any(outside([hit], edits) for hit in hits)


def outside(hits: Iterable[_Hit], edits: Sequence[Edit]) -> list[_Hit]:
    """Return the hits that overlap no edit; both are in order, and hits may overlap."""
    apart: list[_Hit] = []
    position, last = 0, len(edits)
    for hit in hits:
        while position < last and edits[position][1] <= hit[0]:
            position += 1
        if position == last or edits[position][0] >= hit[1]:
            apart.append(hit)
    return apart


#: The most letters beside a stand-in that make one word with it.
_TAIL = 64
_WORD = re.compile(r"[^\W\d_]+")
_DIGITS_BEFORE = re.compile(r"(?<!\d)\d{1,2}[-./]\Z")
_DIGITS_BEHIND = re.compile(r"[-./]\d{1,2}(?!\d)")
_SIGNS = frozenset("-./")


def longer_words(text: str, edits: Sequence[Edit], natural: Container[str]) -> list[tuple[str, str]]:
    """Return the words of the new text that go on beside a stand-in that looks like a value, and what stood there.

    "Rossis" with a new word for "Rossi", names that are written together, two dates with a hyphen between.
    """
    longer: list[tuple[str, str]] = []
    new_word = old_word = ""  # so far
    parts, done = 0, 0
    for start, end, new in [*edits, (len(text), len(text), "")]:
        gap, old = text[done:start], text[start:end]
        is_joined = parts > 0 and new != "" and _is_joined(gap, new_word, new)
        if parts and not is_joined:
            tail = _lead(gap, new_word)
            if parts > 1 or tail:
                longer.append((new_word + tail, old_word + tail))
        before = gap if is_joined else _trail(gap, new)
        first, last = (new, new) if new in natural else _outer(new)
        first_old, last_old = (old, old) if new in natural else _outer(old)
        if not is_joined:
            new_word = old_word = ""
        parts = parts + 1 if is_joined else 1 + (before != "")
        new_word, old_word = new_word + before + first, old_word + before + first_old
        if first != new:
            if parts > 1 and first in natural:
                longer.append((new_word, old_word))
            new_word, old_word, parts = last, last_old, 1
        done = end
        if not new or (last not in natural and parts == 1):
            parts = 0
    return [(written, original) for written, original in longer if "\\" not in original]


def _outer(text: str) -> tuple[str, str]:
    """Return the first and the last word of a text, itself where it is one."""
    words = _WORD.findall(text)
    return (words[0], words[-1]) if len(words) > 1 else (text, text)


def _is_joined(gap: str, before: str, behind: str) -> bool:
    """Whether what is between two stand-ins joins them to one word, or their numbers to one."""
    numbers = before[-1:].isdecimal() and behind[:1].isdecimal()
    return len(gap) <= _TAIL and (all(map(_is_letter, gap)) or (numbers and gap in _SIGNS))


def _lead(text: str, after: str) -> str:
    """Return the beginning of a text that belongs to the word before it."""
    digits = _DIGITS_BEHIND.match(text) if after[-1:].isdecimal() else None
    at = start = digits.end() if digits is not None else 0
    while at < min(len(text), start + _TAIL) and _is_letter(text[at]):
        at += 1
    return text[:at]


def _trail(text: str, behind: str) -> str:
    """Return the end of a text that belongs to the word behind it."""
    digits = _DIGITS_BEFORE.search(text, max(0, len(text) - _TAIL)) if behind[:1].isdecimal() else None
    at = start = digits.start() if digits is not None else len(text)
    while at > max(0, start - _TAIL) and _is_letter(text[at - 1]):
        at -= 1
    return text[at:]


def _is_letter(char: str) -> bool:
    return char.isalnum() or is_mark(char)


_STATEMENT = re.compile(r"\b(?:insert|replace|upsert|update|delete|values|where)\b", re.IGNORECASE)
_BEFORE = re.compile(r"(?:[(,=<>]|\b(?:like|and|between|then|else))\s*\Z", re.IGNORECASE)
_BEHIND = re.compile(r"\s*(?:[),;]|\Z|--|(?:and|or|where|then|else|end|as|limit|order|returning|on)\b)", re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")
_REACH = 16


def quoted(text: str, edits: Sequence[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Return disjoint, ordered edits with a word for an unquoted number of SQL in quotes."""
    if not any(_NUMBER.fullmatch(text, start, end) for start, end, _ in edits):
        return list(edits)
    statement = _STATEMENT.search(text)
    if statement is None:
        return list(edits)
    done, within, changed = statement.start(), False, list[tuple[int, int, str]]()
    for start, end, new in edits:
        within ^= text.count("'", done, max(start, done)) % 2 == 1
        done = max(start, done)
        bare = (
            not within
            and _NUMBER.fullmatch(text, start, end)
            and not _NUMBER.fullmatch(new)
            and _BEFORE.search(text, max(0, start - _REACH), start)
            and _BEHIND.match(text, end)
        )
        changed.append((start, end, f"'{new}'" if bare else new))
    return changed
