"""Checks of numbers with unusual separators between their groups: line ends, tabs, "_", "--", thin spaces.

Only numbers with a checksum, grouped as they are printed; a row of a table is not a number.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from proxy.detection.patterns.recognizers import checks
from proxy.detection.patterns.recognizers.money import iban_length, sure_card

_BETWEEN = re.compile("[^0-9A-Za-z]+")
_SPACES = re.compile("[\\s\u00a0\u2000-\u200a\u202f\u205f\u3000]+")
_SAME_GAPS = 2
_NHS = checks.stdnum("gb.nhs")


def even_gaps(value: str) -> bool:
    """Whether all separators are alike; a line end may replace one."""
    return len({_SPACES.sub("", gap) for gap in _BETWEEN.findall(value)} - {""}) < _SAME_GAPS


def grouped_card(value: str) -> int:
    """A card number of an issuer's own prefix and length, in even groups."""
    return len(value) if even_gaps(value) and sure_card(value) == len(value) else 0


def grouped_iban(value: str) -> int:
    """An IBAN in even groups: length by country, then modulo 97."""
    length = iban_length(value)
    return length if length and even_gaps(value[:length]) else 0


def grouped_ssn(value: str) -> int:
    """A Social Security number in even groups."""
    return checks.us_ssn(value) if even_gaps(value) else 0


def grouped_nhs(value: str) -> int:
    """An NHS number in even groups."""
    return _NHS(value) if even_gaps(value) else 0


def _alone(entity_type: str) -> Callable[[str, str], str]:
    """Return a refinement that rejects the last groups of a longer row of numbers."""

    def refine(value: str, before: str) -> str:
        gap = _BETWEEN.search(value)
        longer = gap is not None and before.endswith(gap.group()) and before[: -len(gap.group())][-1:].isdecimal()
        return "" if longer else entity_type

    return refine


card_alone, ssn_alone, nhs_alone = map(_alone, ("CREDIT_CARD", "US_SSN", "NHS_NUMBER"))
