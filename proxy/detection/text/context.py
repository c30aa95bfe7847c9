"""The words around a value: whole words of any language, whatever the spelling of keys.

``patientMRN``, ``patient_mrn`` and "patient MRN:" all read "patient mrn". Matching is on whole words, never on parts
("lic" is not in "public").
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

BEFORE = 64
AFTER = 28
_HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_WORD = re.compile(r"[^\W_]+")
_BREAK = re.compile(r"[\W_]")
_LONGEST_CUT = 24


def window(text: str, start: int, end: int) -> tuple[str, str]:
    """Return the text before and behind a value, within the paragraph and the limits."""
    before = text[max(0, start - BEFORE) : start]
    cut = before.rfind("\n\n")
    if cut >= 0:
        before = before[cut + 2 :]
    elif start > BEFORE and (cut := _first_break(before)) > 0:
        before = before[cut:]
    return before, text[end : end + AFTER]


def _first_break(before: str) -> int:
    """Return where the first word, which the window may have cut, ends."""
    match = _BREAK.search(before, 0, _LONGEST_CUT)
    return match.start() if match is not None else 0


@lru_cache(maxsize=512)
def normalised(text: str) -> str:
    """Return the words in lower case without accents, one space around each: " social security number "."""
    spread = text if text.islower() else _HUMPS.sub(" ", text)
    plain = unaccented(spread)
    return " " + " ".join(_WORD.findall(plain)) + " "


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a value: raw text, normalised words, and the set of these."""

    raw: str
    words: str
    present: frozenset[str]


class Surroundings:
    """The surroundings of the values of one text, each computed once."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._before: dict[int, Side] = {}
        self._behind: dict[int, Side] = {}

    def before(self, start: int) -> Side:
        """Return the side before a value, within the paragraph."""
        side = self._before.get(start)
        if side is None:
            side = self._before[start] = _side(window(self.text, start, start)[0])
        return side

    def behind(self, end: int) -> Side:
        """Return the side behind a value."""
        side = self._behind.get(end)
        if side is None:
            side = self._behind[end] = _side(self.text[end : end + AFTER])
        return side


def _side(raw: str) -> Side:
    words = normalised(raw)
    return Side(raw, words, frozenset(words.split()))


def unaccented(text: str) -> str:
    """Return the text in lower case with accents and the Polish stroke removed."""
    if text.isascii():
        return text.lower()
    lowered = text.lower().replace("ł", "l").replace("ß", "ss")
    return "".join(c for c in unicodedata.normalize("NFKD", lowered) if not unicodedata.combining(c))


class ContextWords:
    """Words and phrases to look for among normalised words."""

    def __init__(self, *phrases: str) -> None:
        plain = sorted({" ".join(_WORD.findall(unaccented(phrase))) for phrase in phrases}, key=len, reverse=True)
        self.phrases = tuple(plain)
        #: Phrases by their first word, each between spaces.
        self._by_head: dict[str, list[str]] = {}
        for phrase in plain:
            self._by_head.setdefault(phrase.partition(" ")[0], []).append(f" {phrase} ")
        self._heads = frozenset(self._by_head)

    def nearest(self, words: str) -> int:
        """Return where the last phrase ends in normalised ``words``, -1 without one."""
        return self.last(words, frozenset(words.split()))

    def last(self, words: str, present: frozenset[str]) -> int:
        """As ``nearest``, given the set of the words."""
        heads = self._heads & present
        if not heads:
            return -1
        ends = [
            words.rfind(phrase) + len(phrase) - 1 for head in heads for phrase in self._by_head[head] if phrase in words
        ]
        return max(ends, default=-1)

    def opens(self, words: str) -> bool:
        """Whether a phrase occurs in normalised ``words``."""
        return self.nearest(words) >= 0

    def closes(self, words: str) -> bool:
        """Whether a phrase ends normalised ``words``."""
        return self.nearest(words) == len(words) - 1

    def __or__(self, other: ContextWords) -> ContextWords:
        return ContextWords(*self.phrases, *other.phrases)
