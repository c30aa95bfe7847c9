"""Spaced digits, whole numbers with an exponent, and letters that OCR confuses with digits."""

from __future__ import annotations

import re

from proxy.core.search.decoding.views import Decoder, Piece
from proxy.core.search.needs import BORDER, shaped

_APART = re.compile(r"(?<![0-9])[0-9](?:(?P<gap>[ .\-_·•*])[0-9])(?:(?P=gap)[0-9]){5,40}(?![0-9])")
_OCR = re.compile(r"(?<![0-9A-Za-z])(?:[A-Z]{2})?[0-9lIO]{8,34}(?![0-9A-Za-z])")
_EXPONENT = re.compile(r"(?<![\w.])([0-9])[.]([0-9]{7,18})[eE][+]?([0-9]{1,2})(?!\w|[.]\w)", re.ASCII)
_LEAST_OCR_DIGITS = 6
_MOST_ZEROS = 12
_NEEDS_APART = shaped(r"[0-9](?:(?:[ .\-_*]|[\x80-\xff]{2,3})[0-9]){6}")
_NEEDS_OCR = shaped(BORDER + r"(?:[A-Z]{2})?[0-9lIO]{8}")


def _apart(match: re.Match[str]) -> list[Piece]:
    return [(match.group().replace(match.group("gap"), ""), 0, len(match.group()))]


def _whole(match: re.Match[str]) -> list[Piece] | None:
    """Write ``4.111111111111111e15`` out; a number with a fraction stays."""
    first, decimals, exponent = match.groups()
    zeros = int(exponent) - len(decimals)
    return [(first + decimals + "0" * zeros, 0, len(match.group()))] if 0 <= zeros <= _MOST_ZEROS else None


def _digits(match: re.Match[str]) -> list[Piece] | None:
    """Replace l, I and O among many digits, which OCR confuses with 1, 1 and 0."""
    raw = match.group()
    head = 2 if raw[:2].isalpha() and raw[:2].isupper() and raw[:2] not in {"II", "IO", "OI", "OO"} else 0
    body = raw[head:]
    if body.isdigit() or sum(c.isdigit() for c in body) < max(_LEAST_OCR_DIGITS, len(body) * 0.6):
        return None
    return [(raw[:head] + body.translate(str.maketrans("lIO", "110")), 0, len(raw))]


EXPONENT = Decoder("exponents", _EXPONENT, _whole, shaped(r"[0-9][eE][+]?[0-9]"))
DECODERS = (
    EXPONENT,
    Decoder("digits apart", _APART, _apart, _NEEDS_APART, spread=True),
    Decoder("digits misread", _OCR, _digits, _NEEDS_OCR, spread=True),
)
