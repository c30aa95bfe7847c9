"""The words around a value: whole words, in any of the languages read, however keys are written.

``patientMRN``, ``patient_mrn`` and "patient MRN:" all read "patient mrn". Matching is on whole words, never on parts
("lic" is not in "public").
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

BEFORE = 64
AFTER = 28
_HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_WORD = re.compile(r"[^\W_]+")


def window(text: str, start: int, end: int) -> tuple[str, str]:
    """Return what stands before and behind a value, up to the border of the paragraph."""
    before = text[max(0, start - BEFORE) : start]
    cut = before.rfind("\n\n")
    if cut >= 0:
        before = before[cut + 2 :]
    elif start > BEFORE and (cut := _first_break(before)) > 0:
        before = before[cut:]
    return before, text[end : end + AFTER]


def _first_break(before: str) -> int:
    """A word cut at the front of the window is no word."""
    for place, character in enumerate(before[:24]):
        if not character.isalnum():
            return place
    return 0


@lru_cache(maxsize=512)
def normalised(text: str) -> str:
    """Return the words in lower case without accents, one space around each: " social security number "."""
    spread = _HUMPS.sub(" ", text)
    plain = unaccented(spread)
    return " " + " ".join(_WORD.findall(plain)) + " "


def unaccented(text: str) -> str:
    """Return the text in lower case with accents and the Polish stroke removed."""
    if text.isascii():
        return text.lower()
    lowered = text.lower().replace("ł", "l").replace("ß", "ss")
    return "".join(c for c in unicodedata.normalize("NFKD", lowered) if not unicodedata.combining(c))


class Words:
    """A set of words and phrases to look for among normalised words."""

    def __init__(self, *phrases: str) -> None:
        plain = sorted({" ".join(_WORD.findall(unaccented(phrase))) for phrase in phrases}, key=len, reverse=True)
        self.phrases = tuple(plain)
        self._search = re.compile("(?= (" + "|".join(map(re.escape, plain)) + ") )")

    def nearest(self, words: str) -> int:
        """Return where the last phrase ends, -1 when there is none; ``words`` are normalised."""
        return max((match.end(1) for match in self._search.finditer(words)), default=-1)

    def opens(self, words: str) -> bool:
        """Whether a phrase occurs at all; ``words`` are normalised."""
        return self._search.search(words) is not None

    def __or__(self, other: Words) -> Words:
        return Words(*self.phrases, *other.phrases)
