"""Numbers of registered people in a text: those that tell somebody by themselves, others beside a word of a name."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator

from proxy.core.findings import Finding
from proxy.detection.registered import words
from proxy.detection.registered.lists import LEAST_ALONE, PeopleIndex, RegisteredList
from proxy.detection.registered.names import Named
from proxy.detection.registered.rows import NAME_TYPE, PAIR, TYPED, national
from proxy.detection.registered.shapes import NumberShapes
from proxy.detection.registered.tokens import Tokens

#: Words within which a number and a name belong together.
_NEAR = 40
_INITIAL = re.compile(r"[.,]?\s|,").fullmatch


def numbers(index: PeopleIndex, shapes: NumberShapes, tokens: Tokens, named: Named) -> Iterator[Finding]:
    """Yield the numbers of registered people, with the word of a name that makes one certain."""
    for start, end, number in _written(tokens.text, shapes):
        unit = index.digester.of(f"#{number}")
        for list_ in index.lists:
            code = list_.table.code(unit)
            if code < TYPED:
                continue
            finding = list_.finding(list_.types[code - TYPED], start, end)
            if list_.counts_alone(code, number):
                yield finding
                continue
            where = bisect_right(tokens.starts, start) - 1, bisect_left(tokens.starts, end) - 1
            for at in _beside(index, list_, unit, named, where):
                yield finding
                yield list_.finding(NAME_TYPE, *_with_initial(tokens, at))


def _written(text: str, shapes: NumberShapes) -> Iterator[tuple[int, int, str]]:
    """Yield (start, end, number) of what may be a number of a length that a list has."""
    for start, end in shapes.stretches(text):
        number = words.canonical_number(text[start:end])
        abroad = number.isdecimal() and len(number) > LEAST_ALONE and _is_abroad(text, start)
        for form in {number, national(number, abroad=abroad)}:
            if shapes.has_length_of(form):
                yield start, end, form


def _beside(
    index: PeopleIndex, list_: RegisteredList, unit: int, named: Named, where: tuple[int, int]
) -> Iterator[int]:
    """Yield the tokens near a number that are words of its person's name."""
    first, last = where
    for number in range(bisect_left(named, (first - _NEAR,)), len(named)):
        at, meaning = named[number]
        if at > last + _NEAR:
            return
        pairs = (index.digester.together(unit + word) for word, _ in meaning.names)
        if any(list_.table.code(pair) == PAIR for pair in pairs):
            yield at


def _with_initial(tokens: Tokens, at: int) -> tuple[int, int]:
    """Return the offsets of a word of a name, with the initial before or behind it: "J. Smith", "Smith, J."."""
    written, first, last = tokens.written, at, at
    if at and len(written[at - 1]) == 1 and written[at - 1].isupper() and _INITIAL(tokens.gap(at - 1)):
        first = at - 1
    elif at + 1 < len(written) and len(written[at + 1]) == 1 and written[at + 1].isupper() and _INITIAL(tokens.gap(at)):
        last = at + 1
    return tokens.reach(first, last)


def _is_abroad(text: str, start: int) -> bool:
    return text.startswith("00", start) or text[start - 1 : start] == "+"
