"""The words of a text as the rules on names see them."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from proxy.core.findings import Finding
from proxy.detection.languages import COUNTRIES
from proxy.detection.merge import GUESSERS
from proxy.detection.models.classifier.reading import ClassifierReading
from proxy.detection.people.known_names import NameStatus, inflected, known
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

    ``outside`` is the classifier's probability that it is nothing; ``opens``: it begins a sentence, line or quotation.
    ``common``: it is also an everyday word by the lists; ``ordinary``: it is a word of one of the eight languages.
    ``placed``: a model takes it for a place or a firm. ``taken``: it is part of another finding.
    ``linked``: it follows a link such as "van der"; ``turned``: it follows the comma of "family, given".
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
    linked: bool = False
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


def read(text: str, found: Sequence[Finding], reading: ClassifierReading | None) -> list[Word]:
    """Return the words of a text, in order."""
    persons = _spans(f for f in found if f.entity_type == "PERSON")
    placed = _spans(f for f in found if _is_placed(f))
    taken = _spans(f for f in found if f.entity_type not in _OPEN and not _is_placed(f))
    outside = _Outside(reading)
    words = []
    for match in _WORD.finditer(text):
        start, end = match.span()
        word = Word(match.group(), start, end, style(match.group()))
        word.placed = _within(placed, start, end)
        word.person = _within(persons, start, end) and not word.placed
        word.taken = _within(taken, start, end)
        if word.style != LOWER or len(word.text) >= SHORT:
            lists = known(word.text) if word.style == LOWER else inflected(word.text)
            lists = NameStatus() if _of_words(word.text) else lists
            word.given, word.sure, word.unmistakable, word.family, word.common = lists
            word.ordinary = ordinary(word.text) and not (word.family and _JOINT.search(word.text))
            word.outside = outside.least(start, end)
        word.opens = _opens(text, start)
        words.append(word)
    return words


def _opens(text: str, start: int) -> bool:
    """Whether a sentence, line or quotation begins here. After a letter, digit or comma and a blank none does."""
    before = text[start - 2 : start] if start > 1 else ""
    if before and (before[1].isalnum() or (before[1] == " " and (before[0].isalnum() or before[0] == ","))):
        return False
    return _SENTENCE.search(text, max(0, start - _OPENS_REACH), start) is not None


def _of_words(word: str) -> bool:
    """Whether a compound ends in an ordinary word: "JSON-Struktur"."""
    *first, last = _HYPHEN.split(word)
    return bool(first) and ordinary(last) and not (known(last).given or known(last).family)


def style(word: str) -> str:
    """Return the capitalisation of a word."""
    if len(word) == 1:
        return INITIAL if word.isupper() else LOWER
    if word.isupper():
        return UPPER
    return TITLE if word[0].isupper() else LOWER


def _is_placed(finding: Finding) -> bool:
    return finding.entity_type in _PLACED and finding.recognizer in GUESSERS


def _spans(found: Iterable[Finding]) -> list[tuple[int, int]]:
    return sorted((f.start, f.end) for f in found)


def _within(spans: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    """Whether one of the spans overlaps; only the last three that begin before ``end`` are looked at."""
    at = bisect_left(spans, (end, 0)) if spans else 0
    return any(span[1] > start for span in spans[max(0, at - 3) : at])


class _Outside:
    """The classifier's probability that a stretch of the text is nothing: the least of its words."""

    def __init__(self, reading: ClassifierReading | None) -> None:
        self._known = reading is not None and reading.words is not None
        scores = reading.words if reading is not None else None
        self._starts = [start for start, _ in scores.bounds] if scores is not None else []
        self._ends = [end for _, end in scores.bounds] if scores is not None else []
        self._outside: list[float] = scores.outside.tolist() if scores is not None else []

    def least(self, start: int, end: int) -> float:
        if not self._known:
            return _UNDECIDED
        first, last = bisect_right(self._ends, start), bisect_left(self._starts, end)
        return min(self._outside[first:last], default=1.0)
