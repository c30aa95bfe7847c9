"""Whether a text speaks of a person, or of care, by its words."""

from __future__ import annotations

import re
from itertools import islice
from typing import Final

from proxy.detection.languages import LANGUAGES, alternatives
from proxy.detection.text.sparse import Sparse

_WORD: Final = re.compile(r"[^\W\d_]{2,}")
#: Texts of fewer words have no context of their own.
_FEWEST: Final = 8


def whole_words(*lists: str) -> Sparse:
    """Match the whole words of these lists of patterns, but those that are parts of an identifier or a path."""
    any_word = "|".join(map(alternatives, lists))
    return Sparse(rf"(?<![\w./@])(?:{any_word})(?!\w|[/@]|[.-][\w])", any_word, re.IGNORECASE)


#: Words that speak of one person, and words of care, beside which a place or a date counts as health data.
_PERSON: Final = whole_words("somebody", "kin", "treated", "born")
_CARE: Final = whole_words("treats", "clinical", "care", "medical_texts")


#: Language -> words that speak of nobody in it, as they do of somebody in another: Italian "prima" is no cousin.
_HOMOGRAPHS: Final = {code: frozenset(one.words.get("homographs", ())) for code, one in LANGUAGES.items()}
_NOTHING: Final[frozenset[str]] = frozenset()


def says_somebody(text: str, language: str = "") -> bool:
    """Whether the words of a text, mostly in ``language``, speak of a person, or are too few to tell."""
    others = _HOMOGRAPHS.get(language, _NOTHING)
    return is_short(text) or any(word.group().lower() not in others for word in _PERSON.finditer(text))


def is_short(text: str) -> bool:
    """Whether a text has too few words for a context of its own."""
    return len(list(islice(_WORD.finditer(text), _FEWEST))) < _FEWEST


def says_care(text: str) -> bool:
    """Whether a word tells of care, beside which a place or a date counts as health data."""
    return _CARE.search(text) is not None
