"""The words of a text as the rules on names see them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter
from typing import Final

from proxy.core.findings import Finding
from proxy.detection.languages import COUNTRIES
from proxy.detection.merge import GUESSERS
from proxy.detection.models.classifier.reading import ClassifierReading
from proxy.detection.people.known_names import NameStatus, inflected, status_of
from proxy.detection.people.vocabulary import NO_NAME, THINGS
from proxy.detection.text.ordinary import ordinary

LETTERS: Final = r"[^\W\d_](?:[^\W\d_]|[\u0300-\u036f])*"
_WORD: Final = re.compile(rf"{LETTERS}(?:['’‐‑-]{LETTERS})*")  # noqa: RUF001 -- as written in names
_SENTENCE: Final = re.compile(
    r"(?:^|(?<!\b[^\W\d_a-z])[.]|[!?:;|>#*•\"“„«(\[]|\n|[-–] )\s*\Z"  # noqa: RUF001 -- as written in texts
)
_HYPHEN: Final = re.compile("[-‐‑]")  # noqa: RUF001 -- as written in names
_JOINT: Final = re.compile("[-‐‑'’]")  # noqa: RUF001 -- as written in names
_OPENS_REACH = 4
#: A word of letters alone, no part of an identifier.
_PLAIN_WORD: Final = re.compile(r"(?<![^\s(])[^\W\d_]{2,}(?![^\s,.;:!?)])")
#: A text of more words is dictated if at most one word in so many has a capital.
_FEW, _DICTATED = 6, 20
_end = attrgetter("end")
#: Without a classifier a word beside a known name may be a name, but no single word is.
_UNDECIDED = 0.98
#: Types of findings that may still hold a name.
_OPEN: Final = frozenset({"PERSON", "DATE", "PROFESSION", "NATIONALITY", "USERNAME"})
_PLACED: Final = frozenset({"LOCATION", "ORGANIZATION", "STREET_ADDRESS"})
SHORT = 3
INITIAL, UPPER, TITLE, LOWER = "i", "U", "T", "l"


@dataclass(slots=True)
class Word:
    """One word: its capitalisation, its entries in the lists, the classifier's probability, the findings over it.

    ``outside`` is the classifier's probability that it is nothing; ``opens``: it begins a sentence, line or quotation
    with a capital.
    ``common``: it is also an everyday word by the lists; ``ordinary``: it is a word of one of the eight languages.
    ``placed``: a model takes it for a place or a firm. ``taken``: it is part of another finding.
    ``turned``: it follows the comma of "family, given".
    """

    text: str
    start: int
    end: int
    style: str
    given: bool = False
    sure: bool = False
    unmistakable: bool = False
    family: bool = False
    common: bool = False
    ordinary: bool = False
    outside: float = 1.0
    opens: bool = False
    person: bool = False
    placed: bool = False
    taken: bool = False
    turned: bool = False

    @property
    def barred(self) -> bool:
        """Whether it belongs to no name."""
        if self.style == INITIAL:
            return False
        low = self.text.lower().removesuffix("'s").removesuffix("’s")  # noqa: RUF001 -- both marks
        return low in NO_NAME or low in THINGS

    @property
    def country(self) -> bool:
        """Whether it is the name of a country."""
        return self.text.casefold() in COUNTRIES


def read(text: str, findings: Sequence[Finding], reading: ClassifierReading | None) -> list[Word]:
    """Return the words of a text, in order."""
    placed = [f for f in findings if _is_placed(f)]
    words = [Word(match.group(), match.start(), match.end(), *_marks(match.group())) for match in _WORD.finditer(text)]
    _weigh(words, reading)
    for word in words if is_dictated(text) else ():
        if word.style == LOWER and len(word.text) > SHORT and not ordinary(word.text):
            word.style = TITLE
    for word in words:
        word.opens = word.style != LOWER and _opens(text, word.start)
    for word in _over(words, placed):
        word.placed = True
    for word in _over(words, (f for f in findings if f.entity_type == "PERSON")):
        word.person = not word.placed
    for word in _over(words, (f for f in findings if f.entity_type not in _OPEN and not _is_placed(f))):
        word.taken = True
    return words


def is_dictated(text: str) -> bool:
    """Whether next to no word of a text has a capital, as somebody dictates it: then names have none either."""
    words = _PLAIN_WORD.findall(text)
    return len(words) > _FEW and sum(not word.islower() for word in words) * _DICTATED <= len(words)


def _opens(text: str, start: int) -> bool:
    """Whether a sentence, line or quotation begins here. After a letter, digit or comma and a blank none does."""
    last, before = text[start - 1 : start], text[start - 2 : start - 1]
    if start > 1 and (last.isalnum() or (last == " " and (before.isalnum() or before == ","))):
        return False
    return _SENTENCE.search(text, max(0, start - _OPENS_REACH), start) is not None


@lru_cache(maxsize=8192)
def _marks(word: str) -> tuple[str, bool, bool, bool, bool, bool, bool]:
    """Return what a word tells by itself: its style, its entries in the lists, whether it is ordinary."""
    styled = style(word)
    if styled == LOWER and len(word) < SHORT:
        return styled, *NameStatus(), False
    lists = status_of(word) if styled == LOWER else inflected(word)
    lists = NameStatus() if _of_words(word) else lists
    return styled, *lists, ordinary(word) and not (lists.family and _JOINT.search(word) is not None)


def _of_words(word: str) -> bool:
    """Whether a compound ends in an ordinary word: "JSON-Struktur"."""
    *first, last = _HYPHEN.split(word)
    return bool(first) and ordinary(last) and not (status_of(last).given or status_of(last).family)


def style(word: str) -> str:
    """Return the capitalisation of a word."""
    if len(word) == 1:
        return INITIAL if word.isupper() else LOWER
    if word.isupper():
        return UPPER
    return TITLE if word[0].isupper() else LOWER


def _is_placed(finding: Finding) -> bool:
    return finding.entity_type in _PLACED and finding.recognizer in GUESSERS


def _weigh(words: Iterable[Word], reading: ClassifierReading | None) -> None:
    """Set the classifier's probability that a word is nothing: the least of the words it consists of there."""
    scores = reading.words if reading is not None else None
    outside: list[float] = scores.outside.tolist() if scores is not None else []
    starts, ends = zip(*scores.bounds, strict=True) if scores is not None else ((), ())
    first, count = 0, len(starts)
    for word in words:
        if word.style == LOWER and len(word.text) < SHORT:
            continue
        while first < count and ends[first] <= word.start:
            first += 1
        last, least = first, 1.0 if scores is not None else _UNDECIDED
        while last < count and starts[last] < word.end:
            least = min(least, outside[last])
            last += 1
        word.outside = least


def _over(words: Sequence[Word], findings: Iterable[Finding]) -> Iterator[Word]:
    """Yield the words that one of the findings overlaps."""
    for finding in findings:
        index = bisect_right(words, finding.start, key=_end)
        while index < len(words) and words[index].start < finding.end:
            yield words[index]
            index += 1
