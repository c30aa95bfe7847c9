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
_DAYS, _MONTHS = range(1, 32), range(1, 13)
_YEAR_DIGITS = 4


def numeric_date(value: str) -> int:
    """Three numbers that are a day, a month and a year in some order."""
    first, second, third = (int(number) for number in _NUMBERS.findall(value)[:3])
    if first > 1000:  # noqa: PLR2004 -- a year of four digits
        fits = second in _MONTHS and third in _DAYS
    else:
        fits = (first in _DAYS and second in _MONTHS) or (first in _MONTHS and second in _DAYS)
    return len(value) if fits else 0


def day_fits(value: str) -> int:
    """A date with the name of a month: its first number is a day or a year."""
    number = _NUMBERS.search(value)
    return len(value) if number and (int(number[0]) in _DAYS or len(number[0]) == _YEAR_DIGITS) else 0


def numeric_or_named(value: str) -> int:
    """A date in numbers or with the name of a month."""
    return numeric_date(value) if len(_NUMBERS.findall(value)) > 2 else day_fits(value)  # noqa: PLR2004


def day_and_month(value: str) -> int:
    """Two numbers that are a day and a month."""
    day, month = (int(number) for number in _NUMBERS.findall(value)[:2])
    return len(value) if day in _DAYS and month in _MONTHS else 0
