"""Spaced digits, whole numbers with an exponent, and letters that OCR confuses with digits."""

from __future__ import annotations

import re

from proxy.core.search.decoding.views import Decoder, Piece
from proxy.core.search.needs import BORDER, shaped

_APART = re.compile(r"(?<![0-9])[0-9](?:(?P<gap>[ .\-_·•*])[0-9])(?:(?:(?P=gap)|[ ]{2,4})[0-9]){5,40}(?![0-9])")
_OCR = re.compile(r"(?<![0-9A-Za-z])(?:[A-Z]{2})?[0-9lIO]{8,34}(?![0-9A-Za-z])")
_OCR_DATE = re.compile(r"(?<![0-9A-Za-z])[0-3lIO]?[0-9lIO]([./-])[01lIO]?[0-9lIO]\1[12lI][0-9lIO]{3}(?![0-9A-Za-z])")
_OCR_WORD = re.compile(r"(?<![^\W_])[^\W\d_a-z][a-zß-ÿ]+[10][a-zß-ÿ]{2,}(?![^\W_])")
_EXPONENT = re.compile(
    r"(?<![\w.])(?:([0-9]{1,19})[.]([0-9]{1,19})|([0-9]{13,22}))[eE]([+-]?[0-9]{1,2})(?!\w|[.]\w)", re.ASCII
)
_LEAST_OCR_DIGITS, _LEAST_DATE_DIGITS = 6, 3
_MOST_ZEROS, _LEAST_OF_EXPONENT = 12, 8
_NEEDS_APART = shaped(r"[0-9](?:(?:[ .\-_*]|[\x80-\xff]{2,3}|[ ]{2,4})[0-9]){6}")
_NEEDS_OCR = shaped(BORDER + r"(?:[A-Z]{2})?[0-9lIO]{8}")
_NEEDS_OCR_DATE = shaped(r"[0-9lIO][./-][0-9lIO]{1,2}[./-][12lI][0-9lIO]{3}")
_NEEDS_OCR_WORD = shaped(r"[a-z\x80-\xff][10][a-z\x80-\xff]")


def _apart(match: re.Match[str]) -> list[Piece]:
    """Join the digits; groups of them may have wider gaps between them."""
    return [(match.group().replace(match.group("gap"), "").replace(" ", ""), 0, len(match.group()))]


def _whole(match: re.Match[str]) -> list[Piece] | None:
    """Write ``4.111111111111111e15`` out; a number with a fraction, or of few digits, stays."""
    whole, decimals, alone, exponent = match.groups(default="")
    written = (whole + decimals + alone).lstrip("0")
    digits = written.rstrip("0")
    zeros = int(exponent) - len(decimals) + len(written) - len(digits)
    few = len(written) < _LEAST_OF_EXPONENT or not 0 <= zeros <= _MOST_ZEROS
    return None if few else [(digits + "0" * zeros, 0, len(match.group()))]


def _digits(match: re.Match[str]) -> list[Piece] | None:
    """Replace l, I and O among many digits, which OCR confuses with 1, 1 and 0."""
    raw = match.group()
    head = 2 if raw[:2].isalpha() and raw[:2].isupper() and raw[:2] not in {"II", "IO", "OI", "OO"} else 0
    body = raw[head:]
    if body.isdigit() or sum(c.isdigit() for c in body) < max(_LEAST_OCR_DIGITS, len(body) * 0.6):
        return None
    return [(raw[:head] + body.translate(str.maketrans("lIO", "110")), 0, len(raw))]


def _date(match: re.Match[str]) -> list[Piece] | None:
    """Replace the same letters in a date."""
    raw = match.group()
    if not _LEAST_DATE_DIGITS <= sum(map(str.isdigit, raw)) < len(raw) - 2:
        return None
    return [(raw.translate(str.maketrans("lIO", "110")), 0, len(raw))]


def _word(match: re.Match[str]) -> list[Piece]:
    """Replace a digit amid the letters of a capitalised word, which OCR took for one: "So1edad"."""
    return [(match.group().translate(str.maketrans("10", "lo")), 0, len(match.group()))]


EXPONENT = Decoder("exponents", _EXPONENT, _whole, shaped(r"[0-9][eE][+-]?[0-9]"))
DECODERS = (
    EXPONENT,
    Decoder("digits apart", _APART, _apart, _NEEDS_APART, spread=True),
    Decoder("digits misread", _OCR, _digits, _NEEDS_OCR, spread=True),
    Decoder("dates misread", _OCR_DATE, _date, _NEEDS_OCR_DATE, spread=True),
    Decoder("words misread", _OCR_WORD, _word, _NEEDS_OCR_WORD, spread=True),
)
