"""Names of those who speak, are asked or are written to: "frag Wulff, ob", "Céline a appelé"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from proxy.core.findings import Finding
from proxy.detection.languages import alternatives
from proxy.detection.languages import words as vocabulary
from proxy.detection.people.vocabulary import FIRMS, LINKS
from proxy.detection.people.words import TITLE, Word
from proxy.detection.text.context import unaccented

RECOGNIZER: Final = "name_by_reporting_verb"
_SCORE: Final = 0.7
_LINKED: Final = re.compile(rf"(?<!\w)(?:(?:{'|'.join(sorted(LINKS))}) ){{1,3}}\Z", re.IGNORECASE)
_ASKS: Final = re.compile(rf"(?<!\w)(?:{alternatives('asks')}|{alternatives('kin')}) \Z", re.IGNORECASE)
_SAYS: Final = re.compile(rf",? {alternatives('says')}(?!\w)")
_REACH: Final = 40
#: By themselves, in lower case, they make the word behind them a noun: "der Schmied ruft".
_ARTICLES: Final = frozenset(("der", "den", "die", "das", "dem", "het", "el", "la", "le", "lo", "las", "los", "a", "o"))
_NO_PEOPLE: Final = FIRMS | frozenset(vocabulary("technology"))
#: The classifier's probability of being nothing below which a word is a name there: a listed one, an everyday word.
_LISTED, _ORDINARY = 0.999, 0.9


def names_by_reporting_verb(text: str, words: Sequence[Word]) -> Iterator[Finding]:
    """Yield names that follow a verb such as 'ask' or precede one such as 'says'."""
    for row in _rows(words):
        links = _LINKED.search(text, max(0, row[0].start - _REACH), row[0].start)
        start = row[0].start if links is None else links.start()
        if _has_verb(text, start, row):
            yield Finding("PERSON", start, row[-1].end, _SCORE, RECOGNIZER)


def _rows(words: Sequence[Word]) -> Iterator[list[Word]]:
    """Yield the words that may be names, those that only a blank separates together."""
    row: list[Word] = []
    for word in filter(_may_be, words):
        if row and word.start != row[-1].end + 1:
            yield row
            row = []
        row.append(word)
    if row:
        yield row


def _may_be(word: Word) -> bool:
    """Whether a word is a name by the lists, and nothing else by the models."""
    if not (word.given or word.family) or word.taken or word.barred or word.country:
        return False
    if word.unmistakable:
        return True
    return word.style == TITLE and not word.placed and word.outside < (_ORDINARY if word.ordinary else _LISTED)


def _has_verb(text: str, start: int, row: Sequence[Word]) -> bool:
    value = text[row[0].start : row[-1].end]
    article = text[start : row[0].start].strip() in _ARTICLES
    if unaccented(value).lower() in _NO_PEOPLE or article:
        return False
    asked = _ASKS.search(text, max(0, start - _REACH), start) is not None
    return asked or _SAYS.match(text, row[-1].end) is not None
