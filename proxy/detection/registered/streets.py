"""Addresses of registered people in a text: a street and its number, with postal code or town."""

from __future__ import annotations

import re
from collections.abc import Iterator

from proxy.core.findings import Finding
from proxy.detection.registered.lists import PeopleIndex
from proxy.detection.registered.names import BORDER
from proxy.detection.registered.rows import STREET, STREET_TYPE
from proxy.detection.registered.tokens import Tokens, Vocabulary

_MOST_TOKENS = 8
_IN_ADDRESS = re.compile(rf"[\s,;|/.\-\"{BORDER}]{{1,6}}").fullmatch


def streets(index: PeopleIndex, vocabulary: Vocabulary, tokens: Tokens) -> Iterator[Finding]:
    """Yield the addresses: some words of addresses in a row, one with a digit and one without."""
    done = -1
    for at, meaning in tokens.marked:
        if not meaning.digits or at <= done:
            continue
        units = _row(vocabulary, tokens, at)
        done = max(units, default=done)
        if len(units) < 2 or all(map(str.isdecimal, map(tokens.written.__getitem__, units))):  # noqa: PLR2004
            continue
        yield from _addresses(index, tokens, units)


def _row(vocabulary: Vocabulary, tokens: Tokens, at: int) -> dict[int, int]:
    """Return the words of addresses that stand in a row around a token with a digit: token -> unit."""
    unit = vocabulary.street(tokens.written[at])
    if not unit:
        return {}
    row = {at: unit}
    for step, border in ((-1, at - _MOST_TOKENS), (1, len(tokens.written))):
        last = at
        while 0 <= last + step != border and _IN_ADDRESS(tokens.gap(min(last, last + step))):
            last += step
            unit = vocabulary.street(tokens.written[last])
            if not unit:
                break
            row[last] = unit
    return dict(sorted(row.items()))


def _addresses(index: PeopleIndex, tokens: Tokens, row: dict[int, int]) -> Iterator[Finding]:
    places = list(row)
    for number, first in enumerate(places):
        total, digits = row[first], any(map(str.isdecimal, tokens.written[first]))
        for last in places[number + 1 : number + _MOST_TOKENS]:
            total += row[last]
            digits = digits or any(map(str.isdecimal, tokens.written[last]))
            if digits:
                for item in index.holding(index.digester.together(total), STREET):
                    yield item.finding(STREET_TYPE, *tokens.reach(first, last))
