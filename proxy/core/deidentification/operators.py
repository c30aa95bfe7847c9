"""The operators of the transform obligations: one value in, its replacement out.

Only ``generalize`` and the mask of a card keep characters of the value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from proxy.core import geography
from proxy.core.deidentification import dates
from proxy.core.deidentification.pseudonyms import Minter
from proxy.core.deidentification.realistic import named, numbered
from proxy.core.entities import chosen
from proxy.core.obligations import DATE_SHIFT, DATES

#: (entity type, value, minter) -> replacement
Operator = Callable[[str, str, Minter], str]

#: The method that makes new pseudonyms each time.
RANDOM: Final = "surrogate_random"
_PAN_DIGITS = range(12, 20)
_PAN_SHOWN = 15  # a shorter number would show too much of itself with first six and last four
_OLDEST_SHOWN = 89
_YEAR = re.compile(r"(?<!\d)(?:1[89]|2[01])\d\d(?!\d)")
_NUMBER = re.compile(r"\d+")
_LETTER = re.compile(r"[^\W\d_]")


def label(entity_type: str) -> str:
    """Return the label that replaces a value: ``[PERSON]``."""
    return f"[{entity_type}]"


def redact(entity_type: str, value: str, minter: Minter) -> str:  # noqa: ARG001
    """Replace by the label."""
    return label(entity_type)


def pseudonymize(entity_type: str, value: str, minter: Minter) -> str:
    """Replace by a pseudonym that can be restored."""
    return minter.pseudonym(entity_type, value)


def date_shift(entity_type: str, value: str, minter: Minter) -> str:
    """Move a date by the days of its subject; a token, where it cannot be read, or would be written as another one."""
    moved = dates.shifted(value, minter.days, minter.language, minter.month_first)
    if moved is None or (not _LETTER.search(moved) and minter.minted.get(moved, value) != value):
        return minter.pseudonym(entity_type, value)
    return value if moved == value else minter.stand_in(moved, value)


def realistic(entity_type: str, value: str, minter: Minter) -> str:
    """Replace by a value that looks real and belongs to nobody; by a token, where there are none."""
    if entity_type in DATES:
        return date_shift(entity_type, value, minter)
    return named(value, minter) if entity_type == "PERSON" else numbered(entity_type, value, minter)


def keyed_hash(entity_type: str, value: str, minter: Minter) -> str:
    """Replace by a keyed, irreversible code (PCI DSS 3.5.1.1: hashes of PAN are keyed)."""
    return f"{label(entity_type)[:-1]}:{minter.digest(entity_type, value)}]"


def mask(entity_type: str, value: str, minter: Minter) -> str:  # noqa: ARG001
    """Keep the shape: a card's BIN and last four at most (PCI DSS 3.4.1), otherwise stars and punctuation."""
    if entity_type == "CREDIT_CARD":
        digits = "".join(_digits(value))
        if len(digits) in _PAN_DIGITS:
            first = 6 if len(digits) >= _PAN_SHOWN else 0
            return f"{digits[:first]}{'*' * (len(digits) - first - 4)}{digits[-4:]}"
        return label(entity_type)
    if entity_type == "EMAIL_ADDRESS":
        return "***@***"
    return re.sub(r"\w", "*", value)


def generalize(entity_type: str, value: str, minter: Minter) -> str:
    """Replace by something coarser of the same meaning: year, age band, ZIP3, state or country; else the label."""
    coarser = _COARSER.get(entity_type)
    return (coarser(value) if coarser else "") or redact(entity_type, value, minter)


def year(value: str) -> str:
    """Return the year of a date, "" without a four-digit year."""
    match = _YEAR.search(value)
    return match.group() if match else ""


def age_band(value: str) -> str:
    """Return the ten-year band of an age, "90+" from 90 on, "" without a number."""
    match = _NUMBER.search(value)
    if match is None:
        return ""
    age = int(match.group()) if len(match.group()) <= 3 else _OLDEST_SHOWN + 1  # noqa: PLR2004
    return "90+" if age > _OLDEST_SHOWN else f"{age // 10 * 10}-{age // 10 * 10 + 9}"


def _digits(value: str) -> list[str]:
    return [str(int(char)) for char in value if char.isdecimal()]


_COARSER: Final[Mapping[str, Callable[[str], str]]] = chosen(
    "generalize", {"year": year, "age_band": age_band, "zip3": geography.zip3, "state": geography.coarse}
)

#: Operators whose stand-ins are restored from the vault: each stands for one spelling.
KEPT: Final = frozenset({pseudonymize, date_shift, realistic})
#: Those of them whose stand-ins look like values.
NATURAL: Final = KEPT - {pseudonymize}

#: Operators by obligation type; ``deidentify`` is a profile (see ``proxy.core.deidentification.profiles``).
OPERATORS: Mapping[str, Operator] = {
    "redact": redact,
    "pseudonymize": pseudonymize,
    "generalize": generalize,
    "mask": mask,
}

#: Operators by an obligation's ``method``; each is at least as strict as those of the types that may name it.
METHODS: Mapping[str, Operator] = {
    "remove": redact,
    "hmac": keyed_hash,
    "surrogate_keyed": pseudonymize,
    RANDOM: pseudonymize,
    "surrogate_realistic": realistic,
    DATE_SHIFT: date_shift,
    "generalise": generalize,
    "partial_mask": mask,
}
