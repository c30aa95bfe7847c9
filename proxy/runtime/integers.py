"""Whole numbers as people write them into forms, addresses and options. Pure."""

from __future__ import annotations


def whole_number(text: str, maximum: int) -> int | None:
    """Return the whole number from 0 to ``maximum`` that a text is in ASCII digits, None where it is another text.

    ``str.isdigit`` takes signs that ``int`` refuses ("²"), and ``int`` refuses more than 4,300 digits.
    """
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(maximum))):
        return None
    number = int(text)
    return number if number <= maximum else None
