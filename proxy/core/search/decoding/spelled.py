"""Digits spelled as words, in eight languages: "four five three nine", "double seven", "null eins dash zwo".

A run of six digit words or more is read as a number; a shorter one may be a count.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

import re2

from proxy.core.search.decoding.spoken import DIGITS, HYPHEN, TIMES
from proxy.core.search.needs import shaped

_FEWEST: Final = 6


def _any(words: Iterable[str]) -> str:
    return "(?:" + "|".join(sorted(words, key=len, reverse=True)) + ")"


_GAP: Final = "[ ,.\n\u00a0\"'-]{1,4}"
_ITEM: Final = f"(?:{_any(TIMES)}{_GAP})?(?:{_any(DIGITS)}|[0-9])"
_NEXT: Final = f"(?:{_GAP}{_any(HYPHEN)})?{_GAP}{_ITEM}"
_WORD_ITEM: Final = f"(?:{_any(TIMES)}{_GAP})?{_any(DIGITS)}"


def _in_a_row() -> str:
    """Return three items in a row, one of them a word, as bytes: what each run holds that is read."""
    word = f"(?:{_any(TIMES)}{_GAP})?{_any(DIGITS)}"
    item = f"(?:{word}|[0-9])"
    then = f"(?:{_GAP}{_any(HYPHEN)})?{_GAP}"
    rows = (word, item, item), (item, word, item), (item, item, word)
    bytes_of_gap = _GAP.replace("\u00a0", "\\xc2\\xa0").replace("4", "8")
    pattern = "|".join(map(then.join, rows)).replace(_GAP, bytes_of_gap)
    return "(?i)" + re.sub(r"[^\x00-\x7f]", r"[\\x80-\\xff]{1,4}", pattern)


#: Whether a run that is read may be in a text.
possible: Final = shaped(_in_a_row())
#: Three digit words in a row: what every run of six that are mostly words holds.
_HINT: Final = re2.compile(f"(?i:{_WORD_ITEM}(?:{_GAP}(?:{_any(HYPHEN)}{_GAP})?{_WORD_ITEM}){{2}})".encode())
RUN: Final = re.compile(rf"(?<![^\W_]){_ITEM}(?:{_NEXT}){{2,40}}(?![^\W_])", re.IGNORECASE)
_PART: Final = re.compile(
    rf"(?:(?P<times>{_any(TIMES)}){_GAP})?(?<![^\W_])(?P<digit>{_any(DIGITS)}|[0-9])(?![^\W_])"
    rf"|(?P<sign>{_any(HYPHEN)})",
    re.IGNORECASE,
)


def occurs(text: str) -> bool:
    """Whether digits may be spelled in a text; one linear pass."""
    return _HINT.search(text.encode("utf-8", "replace")) is not None


def digits(match: re.Match[str]) -> list[tuple[str, int, int]] | None:
    """Return (digit, from, to within the match) of a run, None when it has too few words."""
    pieces: list[tuple[str, int, int]] = []
    words = 0
    for part in _PART.finditer(match.group()):
        if part.group("sign"):
            pieces.append(("-", *part.span()))
            continue
        written = part.group("digit").lower()
        times = TIMES.get((part.group("times") or "").lower(), 1)
        words += times * (written in DIGITS)
        # Both sevens of "double seven" stand for all of it: a value that holds one holds the other.
        pieces.extend([(DIGITS.get(written, written), *part.span())] * times)
    return pieces if words >= _FEWEST else None
