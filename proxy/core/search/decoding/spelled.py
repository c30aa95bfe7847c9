"""Digits spelled as words, in eight languages: "four five three nine", "double seven", "null eins dash zwo".

A run of six digit words and more is read as the number it tells; a shorter one may be a count of sheep.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

import re2

#: The words of each digit, with and without accents. No word stands for two digits in two of the languages.
_WORDS: Final = (
    "zero oh nought naught null zéro cero nul",
    "one eins ein un une uno um uma een één jeden",
    "two zwei zwo deux dos due dois duas twee dwa",
    "three drei trois tres tre três drie trzy",
    "four vier quatre cuatro quattro quatro cztery",
    "five fünf fuenf funf cinq cinco cinque vijf pięć piec",
    "six sechs seis sei meia zes sześć szesc",
    "seven sieben sept siete sette sete zeven siedem",
    "eight acht huit ocho otto oito osiem",
    "nine neun neuf nueve nove negen dziewięć dziewiec",
)
_VALUES: Final = {word: str(digit) for digit, words in enumerate(_WORDS) for word in words.split()}
_TIMES: Final = {"double": 2, "triple": 3, "treble": 3, "doppel": 2, "doble": 2, "dubbel": 2, "doppio": 2, "duplo": 2}
_SIGNS: Final = (
    "dash hyphen minus bindestrich strich tiret guion guión trattino hífen hifen streepje kreska myślnik".split()
)
_FEWEST: Final = 6


def _any(words: Iterable[str]) -> str:
    return "(?:" + "|".join(sorted(words, key=len, reverse=True)) + ")"


_GAP: Final = "[ ,.\n\u00a0-]{1,3}"
_ITEM: Final = f"(?:{_any(_TIMES)}{_GAP})?(?:{_any(_VALUES)}|[0-9])"
_NEXT: Final = f"(?:{_GAP}{_any(_SIGNS)})?{_GAP}{_ITEM}"
_WORD_ITEM: Final = f"(?:{_any(_TIMES)}{_GAP})?{_any(_VALUES)}"
#: Three digit words in a row: what every run of six that are mostly words holds.
_HINT: Final = re2.compile(f"(?i:{_WORD_ITEM}(?:{_GAP}(?:{_any(_SIGNS)}{_GAP})?{_WORD_ITEM}){{2}})".encode())
RUN: Final = re.compile(rf"(?<![^\W_]){_ITEM}(?:{_NEXT}){{2,40}}(?![^\W_])", re.IGNORECASE)
_PART: Final = re.compile(
    rf"(?:(?P<times>{_any(_TIMES)}){_GAP})?(?<![^\W_])(?P<digit>{_any(_VALUES)}|[0-9])(?![^\W_])|(?P<sign>{_any(_SIGNS)})",
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
        times = _TIMES.get((part.group("times") or "").lower(), 1)
        words += times * (written in _VALUES)
        # Both sevens of "double seven" stand for all of it: a value that holds one holds the other.
        pieces.extend([(_VALUES.get(written, written), *part.span())] * times)
    return pieces if words >= _FEWEST else None
