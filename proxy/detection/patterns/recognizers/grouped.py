"""Numbers whose groups stand apart by something else than one space or hyphen: line ends, tabs, "_", "--", thin spaces.

Only numbers with a checksum, and only cut where their printed form is cut; a row of a table is none.
"""

# ruff: noqa: E501 -- tables and patterns are read line by line
from __future__ import annotations

import re
from collections.abc import Callable

from proxy.detection.patterns.pattern import Pattern
from proxy.detection.patterns.recognizers import checks
from proxy.detection.patterns.recognizers.identity_world import SSN_WORDS
from proxy.detection.patterns.recognizers.money import CARD_WORDS, card_length, iban_length
from proxy.detection.text.context import ContextWords

#: One to four signs between two groups.
GAP = "[ \\t\\r\\n\u00a0\u00b7\u2000-\u200a\u2010-\u2015\u2022\u202f\u205f\u2212\u3000_.,;:|/*+-]{1,4}"
_BETWEEN = re.compile("[^0-9A-Za-z]+")
_SPACES = re.compile("[\\s\u00a0\u2000-\u200a\u202f\u205f\u3000]+")
#: Issuers by whose first digits alone four groups are taken for a card: the wide ranges of Maestro are not among them.
_LARGE = re.compile("4|5[1-5]|2(?:2[2-9]|[3-6]|7[01]|720)|3[47]|30|36|38|35|6011|64[4-9]|65|62")
#: The first groups of a longer row are none; for the last ones see ``_row``.
_APART = ("(?<![^\\W_])", "(?![0-9A-Za-z])(?!(?P=gap)[0-9])")
_FIRST = f"(?P<gap>{GAP})"
_SAME_GAPS = 2


def even_gaps(value: str) -> bool:
    """Whether the groups are separated alike; where a line ends, a space or nothing may stand in for the sign."""
    return len({_SPACES.sub("", gap) for gap in _BETWEEN.findall(value)} - {""}) < _SAME_GAPS


def grouped_card(value: str) -> int:
    """A card number of a large issuer, in even groups, with a valid Luhn digit."""
    return card_length(value) if even_gaps(value) and _LARGE.match(checks.compact(value)) else 0


def grouped_iban(value: str) -> int:
    """An IBAN in even groups: length by country, then modulo 97."""
    length = iban_length(value)
    return length if length and even_gaps(value[:length]) else 0


def grouped_ssn(value: str) -> int:
    """A Social Security number in even groups."""
    return checks.us_ssn(value) if even_gaps(value) else 0


def _row(entity_type: str) -> Callable[[str, str], str]:
    """Return what refuses the last groups of a longer row of numbers."""

    def refine(value: str, before: str) -> str:
        gap = _BETWEEN.search(value)
        longer = gap is not None and before.endswith(gap.group()) and before[: -len(gap.group())][-1:].isdecimal()
        return "" if longer else entity_type

    return refine


_NHS = checks.stdnum("gb.nhs")

PATTERNS: tuple[Pattern, ...] = (
    Pattern("card_grouped", "CREDIT_CARD", f"[0-9]{{4}}{_FIRST}(?:[0-9]{{4}}{GAP}[0-9]{{4}}{GAP}[0-9]{{4}}|[0-9]{{6}}{GAP}[0-9]{{4,5}})", 40, 0.7, check=grouped_card, words=CARD_WORDS, boosted=0.99, border=_APART, refine=_row("CREDIT_CARD")),
    Pattern("iban_grouped", "BANK_ACCOUNT", f"[A-Za-z]{{2}}[0-9]{{2}}(?:{GAP}[0-9A-Za-z]{{4}}){{2,7}}(?:{GAP}[0-9A-Za-z]{{1,3}})?", 72, 0.95, check=grouped_iban, border=("(?<![^\\W_])", "")),
    Pattern("iban_broken", "BANK_ACCOUNT", "[A-Za-z]{2}[0-9]{2}[0-9A-Za-z]{1,28}\\r?\\n[0-9A-Za-z]{1,28}", 64, 0.95, check=iban_length, border=("(?<![^\\W_])", "")),
    Pattern("us_ssn_grouped", "US_SSN", f"[0-9]{{3}}{_FIRST}[0-9]{{2}}{GAP}[0-9]{{4}}", 24, 0.0, check=grouped_ssn, words=SSN_WORDS, boosted=0.9, border=_APART, wary=True, country="US", refine=_row("US_SSN")),
    Pattern("nhs_grouped", "NHS_NUMBER", f"[0-9]{{3}}{_FIRST}[0-9]{{3}}{GAP}[0-9]{{4}}", 24, 0.0, check=lambda v: _NHS(v) if even_gaps(v) else 0, words=ContextWords("nhs", "nhs number", "nhs no", "national health service"), boosted=0.9, border=_APART, wary=True, country="GB", refine=_row("NHS_NUMBER")),
)  # fmt: skip
