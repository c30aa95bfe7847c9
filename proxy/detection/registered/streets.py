"""Addresses of registered people in a text: a street and its number, with postal code or town."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from proxy.core.findings import Finding
from proxy.detection.registered.lists import PeopleIndex
from proxy.detection.registered.names import BORDER
from proxy.detection.registered.rows import STREET, STREET_TYPE
from proxy.detection.registered.tokens import Tokens, Vocabulary

_MOST_TOKENS = 8
_IN_ADDRESS = re.compile(rf"[\s,;:|/.\-\"()\u2013\u2014{BORDER}]{{1,6}}").fullmatch
#: Letters and number of the words between those of an address: "in", the country before a postal code.
_LONGEST_BETWEEN, _MOST_BETWEEN = 3, 2


def streets(index: PeopleIndex, vocabulary: Vocabulary, tokens: Tokens) -> Iterator[Finding]:
    """Yield the addresses: some words of addresses in a row, one with a digit and one without."""
    done = -1
    for at, meaning in tokens.marked:
        if not meaning.street or at <= done or not _has_neighbour(vocabulary, tokens, at):
            continue
        units = _row(vocabulary, tokens, at)
        done = max(units)
        if not all(map(str.isdecimal, map(tokens.written.__getitem__, units))):
            yield from _addresses(index, tokens, units)


def _has_neighbour(vocabulary: Vocabulary, tokens: Tokens, at: int) -> bool:
    """Whether a word of an address stands beside a token."""
    written = tokens.written
    return (at > 0 and vocabulary.street(written[at - 1]) != 0) or (
        at + 1 < len(written) and vocabulary.street(written[at + 1]) != 0
    )


def _row(vocabulary: Vocabulary, tokens: Tokens, at: int) -> dict[int, int]:
    """Return the words of addresses that stand in a row around one with a digit: token -> unit."""
    row = {at: vocabulary.street(tokens.written[at])}
    for step, border in ((-1, at - _MOST_TOKENS), (1, len(tokens.written))):
        last, between = at, 0
        while (
            between <= _MOST_BETWEEN and 0 <= last + step != border and _in_address(tokens.gap(min(last, last + step)))
        ):
            last += step
            word = tokens.written[last]
            if unit := vocabulary.street(word):
                row[last], between = unit, 0
            elif len(word) <= _LONGEST_BETWEEN and word.isalpha():
                between += 1
            else:
                break
    return dict(sorted(row.items()))


@functools.lru_cache(1024)
def _in_address(gap: str) -> bool:
    """Whether what stands between two tokens may stand in an address."""
    return _IN_ADDRESS(gap) is not None


def _addresses(index: PeopleIndex, tokens: Tokens, row: dict[int, int]) -> Iterator[Finding]:
    places = list(row)
    for number, first in enumerate(places):
        total, digits = row[first], any(map(str.isdecimal, tokens.written[first]))
        for last in places[number + 1 : number + _MOST_TOKENS]:
            total += row[last]
            digits = digits or any(map(str.isdecimal, tokens.written[last]))
            if digits:
                for item in index.together(total, STREET):
                    yield item.finding(STREET_TYPE, *tokens.reach(first, last))
