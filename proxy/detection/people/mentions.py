"""Words by which a text mentions a person."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from proxy.detection.languages import alternatives
from proxy.detection.text.sparse import Sparse

_WORD: Final = re.compile(r"[^\W\d_]{2,}")
#: How far an identifier of somebody counts, and a word, in characters: a long text always says "his" somewhere.
IDENTIFIER_REACH, WORD_REACH = 1_000, 400
#: Texts of fewer words have no context of their own.
_FEWEST: Final = 8


def whole_words(*lists: str) -> Sparse:
    """Match the whole words of these lists of patterns, but those that are parts of an identifier or a path."""
    any_word = "|".join(map(alternatives, lists))
    return Sparse(rf"(?<![\w./@])(?:{any_word})(?!\w|[/@]|[.-][\w])", any_word, re.IGNORECASE)


#: Words that speak of one person.
_PERSON: Final = whole_words("somebody", "kin", "treated", "born")


def mentions_person(text: str) -> bool:
    """Whether the words of a text speak of a person, or are too few to tell."""
    return is_short(text) or next(mentions(text), None) is not None


def mentions(text: str) -> Iterator[int]:
    """Yield where the words of a text speak of a person."""
    return (word.start() for word in _PERSON.finditer(text))


def near(evidence: Sequence[int], start: int, reach: int = IDENTIFIER_REACH) -> bool:
    """Whether one of the offsets, in order, is within reach of ``start``."""
    first = bisect_left(evidence, start - reach)
    return first < len(evidence) and evidence[first] <= start + reach


def is_short(text: str) -> bool:
    """Whether a text has too few words for a context of its own."""
    return len(list(islice(_WORD.finditer(text), _FEWEST))) < _FEWEST
