"""What a date is: whether its numbers can be one, and whether it is a date of birth."""

from __future__ import annotations

import re

from proxy.detection.languages import words
from proxy.detection.text.context import ContextWords, normalised

_BIRTH = ContextWords(*words("birth"))
_OTHER = ContextWords(*words("other_dates"))


def birth_or_date(_value: str, raw: str) -> str:
    """Return the date's type by the words before it."""
    before = normalised(raw)
    birth = _BIRTH.nearest(before)
    return "DATE_OF_BIRTH" if birth >= 0 and birth >= _OTHER.nearest(before) else "DATE"


_NUMBERS = re.compile("[0-9]+")
_MOST = 31


def numeric_date(value: str) -> int:
    """Three numbers that are a day, a month and a year in some order."""
    parts = [int(n) for n in _NUMBERS.findall(value)[:3]]
    first, second, third = parts
    if first > 1000:  # noqa: PLR2004 -- a year of four digits
        fits = 1 <= second <= 12 and 1 <= third <= _MOST  # noqa: PLR2004
    else:
        fits = (1 <= first <= _MOST and 1 <= second <= 12) or (1 <= first <= 12 and 1 <= second <= _MOST)  # noqa: PLR2004
    return len(value) if fits else 0


def day_fits(value: str) -> int:
    day = _NUMBERS.search(value)
    return len(value) if day is not None and (1 <= int(day.group()) <= _MOST or len(day.group()) == 4) else 0  # noqa: PLR2004


def numeric_or_named(value: str) -> int:
    """A date in numbers or with the name of a month."""
    return numeric_date(value) if len(_NUMBERS.findall(value)) > 2 else day_fits(value)  # noqa: PLR2004
