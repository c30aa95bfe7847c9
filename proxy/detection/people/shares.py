"""Names in lists of what each pays or gets: "Anna 20 Euro, Peter 35 Euro"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from proxy.detection.people.things import JOINT, is_headed
from proxy.detection.people.words import LETTERS, TITLE, Word

_NUMBER: Final = r"\d{1,7}(?:[.,]\d{1,2})?"
_CURRENCY: Final = r"(?:[€£$]|(?:euros?|eur|zł|złotych|pln|chf|franken|pounds?|gbp|dollars?|usd|kr)(?!\w))"
_MONEY: Final = re.compile(rf"\d\s?{_CURRENCY}|[€£$]\s?\d", re.IGNORECASE)
_SHARE: Final = re.compile(
    rf"(?<![\w.])(?P<name>{LETTERS})\s?[:=–-]?\s?(?:[€£$]\s?{_NUMBER}|{_NUMBER}\s?{_CURRENCY})",  # noqa: RUF001 -- a dash
    re.IGNORECASE,
)
_JOINED: Final = re.compile(rf"\s*(?:{JOINT}|\n)\s*", re.IGNORECASE)
#: Given names that make a list one of people.
_LEAST: Final = 2


def shares(text: str, words: Sequence[Word]) -> Iterator[tuple[int, int]]:
    """Yield the names in lists of sums of money: two of them are given names, one of these no word; none is a word."""
    if _MONEY.search(text) is None:
        return
    by_start = {word.start: word for word in words if word.style == TITLE}
    for group in _lists(text, by_start):
        given = [word for word in group if word.given and not word.placed]
        people = len(given) >= _LEAST and any(word.sure for word in given)
        if people and not any(_is_thing(text, word) for word in group):
            yield from ((word.start, word.end) for word in group)


def _is_thing(text: str, word: Word) -> bool:
    return (word.ordinary and not word.given) or is_headed(text, word.start, word.end)


def _lists(text: str, by_start: dict[int, Word]) -> Iterator[list[Word]]:
    """Yield the names of each list, in order."""
    group: list[Word] = []
    last = 0
    for share in _SHARE.finditer(text):
        word = by_start.get(share.start("name"))
        if group and not (word is not None and _JOINED.fullmatch(text, last, share.start())):
            yield group
            group = []
        if word is not None:
            group.append(word)
        last = share.end()
    if group:
        yield group
