"""Numbers that belong together in a JSON document: coordinates, and digits written one by one. Pure.

``[13.404954, 52.520008]`` and ``{"lat": 52.520008, "lng": 13.404954}`` are read as one text, since neither number alone
tells where somebody is; ``[4, 8, 2, 9]`` is read as the number it spells.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

import orjson
import re2

from proxy.core.search.decoding.groups import COUNTED, MOST_DIGITS, group, plain, spelled

#: At these keys and down to three levels below, short lists of numbers are places.
_PLACES = re.compile(
    r"coord|geo|gps|locat|position|point|latlo?ng|lo?nglat|bbox|bounds|polygon|polyline|waypoint|centroid"
    r"|cent(?:er|re)$",
    re.IGNORECASE,
).search
_LATITUDES, _LONGITUDES = ("lat", "latitude"), ("longitude", "lng", "lon", "long")
_NUMERAL = re.compile(r"\s*[+-]?\d{1,3}\.\d{1,15}\s*", re.ASCII).fullmatch
MOST, _FEWEST = 6, 2  # numbers of a list that may be a place
_FINE = 4  # decimals of a number that may be a coordinate by itself, 10 m
_LEAST = 3  # decimals as coordinates are written
_DIGITS_FEWEST = 3
_NORTH, _EAST = 90, 180
_KEYS_UP = 3
#: In a number that a double or a 64-bit integer may not hold.
_BEYOND = re2.compile(
    rb"[0-9]{17,}[.eE]|[1-9][0-9]{19}|(?:[1-9]|[0-9]{2})[.][0-9]{20}|-[0-9]{19}|[0-9][.][0-9]{17,}[eE][+]?[0-9]"
).search
#: A zero that is negative, which an integer cannot be. It begins as few texts do, and is looked for there alone.
_ZERO = re.compile(rb"-0(?<![^\[:,\s]-0)(?![^\],}\s])").search
#: In bytes with each digit as a zero: the fewest digits of such a number.
_DIGITS, _MANY = bytes.maketrans(b"123456789", b"000000000"), b"0" * 17
_PART = 1 << 20
_SMALLEST, _LARGEST, _MOST_OF_INTEGER = -(1 << 63), 1 << 64, 20
_FEWEST_CHARACTERS, _BLANK, _LAST_CODE, _MOST_COLUMNS = 4, 32, 0x3000, 4
_SPELLING = {*COUNTED, dict, list}
_HEX_CODE = re.compile(r"0[xX][0-9A-Fa-f]{2,4}", re.ASCII).fullmatch


class Long(str):
    """A number as it was written, of whose digits a double or a 64-bit integer does not hold all.

    Readers disagree on it, and its last digits may be those of an account: it is read as the text that it is.
    """

    __slots__ = ()


def loads(body: bytes | str, *, non_finite: bool = False) -> Any:
    """Return the value of JSON, with ``Long`` for long numbers; NaN and infinities, if allowed, are set aside.

    Raises:
        ValueError: a strict reader refuses it (no JSON, NaN, half of a surrogate pair), or it is nested too deep.

    """
    try:
        document = orjson.loads(body)
    except ValueError:
        if not non_finite:
            raise
        document = _as_written(body)
        try:
            dumps(document)
        except TypeError as error:
            raise ValueError("half of a surrogate pair") from error
        return document
    return _as_written(body) if _is_beyond(body.encode() if isinstance(body, str) else body) else document


def _as_written(body: bytes | str) -> Any:
    try:
        return json.loads(body if isinstance(body, str) else body.decode(), parse_constant=_aside, **AS_WRITTEN)
    except RecursionError as error:
        raise ValueError("nested too deep") from error


def _aside(word: str) -> orjson.Fragment:
    return orjson.Fragment(word.encode())


def dumps(document: Any, default: Callable[[Any], Any] | None = None, option: int = 0) -> bytes:
    """Return JSON in which a ``Long`` is the number again; ``default`` and ``option`` as of ``orjson.dumps``."""

    def written(node: Any) -> Any:
        if isinstance(node, Long):
            return orjson.Fragment(node.encode())
        if default is None:
            raise TypeError
        return default(node)

    return orjson.dumps(document, written, option | orjson.OPT_PASSTHROUGH_SUBCLASS)


def _is_beyond(body: bytes) -> bool:
    """Whether a number of JSON may have too many digits, or none but a sign; a search for so many costs less."""
    if len(body) > _PART:  # no call is long
        parts = (body[at : at + _PART + len(_MANY)] for at in range(0, len(body), _PART))
        many = any(_MANY in part.translate(_DIGITS) for part in parts)
    else:
        many = _MANY in body.translate(_DIGITS)
    return (many and _BEYOND(body) is not None) or (b"-0" in body and bool(_ZERO(body)))


def _integer(digits: str) -> float | Long:
    if digits == "-0":
        return -0.0
    number = int(digits) if len(digits) <= _MOST_OF_INTEGER else _LARGEST
    return number if _SMALLEST <= number < _LARGEST else Long(digits)


def _fraction(digits: str) -> float | Long:
    number = float(digits)
    if math.isinf(number):
        return Long(digits)
    if _BEYOND(digits.encode()) is None:
        return number
    try:
        return number if Decimal(digits) == Decimal(repr(number)) else Long(digits)
    except InvalidOperation:  # an exponent that no reader holds
        return Long(digits)


#: How ``json.loads`` reads numbers as ``loads`` does.
AS_WRITTEN: dict[str, Any] = {"parse_int": _integer, "parse_float": _fraction}


def digits(node: Sequence[Any]) -> str:
    """Return the number that a list of digits, or of groups of digits, spells, else ""."""
    groups = list(map(group, node)) if _FEWEST <= len(node) <= MOST_DIGITS else []
    text = "".join(groups) if all(groups) else ""
    return text if _DIGITS_FEWEST <= len(text) <= MOST_DIGITS and text.isdecimal() else ""


def characters(node: Sequence[Any]) -> str:
    """Return the text that a list of character codes (numbers, or "0x53"), or of single characters, spells, else ""."""
    if len(node) < _FEWEST_CHARACTERS:
        return ""
    text = ""
    kinds = set(map(type, node))
    if kinds <= COUNTED and all(_BLANK <= code < _LAST_CODE and code == int(code) for code in node):
        text = "".join(chr(int(code)) for code in node)
    elif kinds == {str} and max(map(len, node)) == 1:
        text = "".join(node)
    elif kinds == {str} and all(map(_HEX_CODE, node)):
        text = "".join(chr(int(code, base=0)) for code in node)
    return text


def across(node: Mapping[str, Any] | Sequence[Any]) -> list[str]:
    """Return what the members of an object, or the columns of rows of few values each, spell: codes or digits."""
    first = next(iter(node.values())) if isinstance(node, Mapping) else node[0]
    if len(node) < _FEWEST_CHARACTERS or type(first) not in _SPELLING:
        return []
    rows = list(node.values()) if isinstance(node, Mapping) else node
    columns: Iterable[Sequence[Any]] = [rows]
    if isinstance(first, dict | list):
        kind, width = type(first), len(first)
        if width > _MOST_COLUMNS or not all(type(row) is kind and len(row) == width for row in rows):
            return []
        values = [row.values() for row in rows] if kind is dict else rows
        columns = (column for column in zip(*values, strict=True) if type(column[0]) in COUNTED)
    return [text for column in columns if (text := characters(column) or digits(column))]


def listed(node: Sequence[Any], keys: Sequence[str | int]) -> str:
    """Return the text of a list of coordinates, latitudes first where that can be determined, else ""."""
    if not _FEWEST <= len(node) <= MOST:
        return ""
    numbers = [_number(element) for element in node]
    values = [element for element in numbers if element is not None]
    if (
        len(values) < len(node)
        or max(map(abs, values)) > _EAST
        or not any(isinstance(element, float) for element in values)
    ):
        return ""
    near = [key for key in keys[-_KEYS_UP:] if isinstance(key, str)]
    named = any(_PLACES(key) for key in near)
    if not named and not all(_decimals(element) >= _FINE and abs(element) > 1 for element in values[:_FEWEST]):
        return ""
    return ", ".join(map(_pad, _swap(values)))


def keyed(node: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Return the texts of coordinates that an object holds under two keys, with these keys: text -> (lat, lng)."""
    numbers: dict[str, tuple[str, str]] = {}
    latitudes = [(key, lower) for key in node if (lower := key.lower()).endswith(_LATITUDES)]
    by_lower = {key.lower(): key for key in node} if latitudes else {}
    for key, lower in latitudes:
        head = lower.removesuffix("itude").removesuffix("lat")
        other = next(filter(None, (by_lower.get(head + word) for word in _LONGITUDES)), "")
        if other:
            north, east = _coordinate(node[key]), _coordinate(node[other])
            if north and east:
                numbers[f"{north}, {east}"] = (key, other)
    return numbers


def grouped(node: Mapping[str, Any]) -> list[tuple[str, Sequence[str]]]:
    """Return the cards and accounts whose groups are members of an object, one after the other, with their keys."""
    keys = list(node)
    return [(text, keys[first:last]) for first, last, text in spelled(list(node.values())) if "-" not in text]


def rewrite(node: Sequence[Any], text: str) -> list[Any]:
    """Return the list with a new text: as many numbers if it holds as many, else the text alone."""
    parts = text.split(", ")
    if len(parts) == len(node) and all(map(_NUMERAL, parts)):
        return list(_swap([float(part) for part in parts], like=[_number(element) or 0 for element in node]))
    return [text]


def _coordinate(value: Any) -> str:
    number = _number(value)
    return _pad(number) if number is not None and abs(number) <= _EAST else ""


def _number(value: Any) -> float | None:
    """Return a number, or the value of a numeric string; None for anything else."""
    if isinstance(value, str):
        return float(value) if _NUMERAL(value) or isinstance(value, Long) else None
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _decimals(number: float) -> int:
    return len(plain(number).partition(".")[2])


def _pad(number: float) -> str:
    whole, _, part = plain(number).partition(".")
    return f"{whole}.{part.ljust(_LEAST, '0')}"


def _swap(node: Sequence[Any], like: Sequence[Any] | None = None) -> Sequence[Any]:
    """Return coordinates with latitudes first where longitudes come first, as in GeoJSON, and the way back."""
    reference = node if like is None else like
    pairs = len(node) // _FEWEST if len(node) != _FEWEST + 1 else 1
    firsts = [reference[2 * index] for index in range(pairs)]
    if all(abs(first) <= _NORTH for first in firsts):
        return node
    turned = list(node)
    for index in range(pairs):
        turned[2 * index], turned[2 * index + 1] = node[2 * index + 1], node[2 * index]
    return turned
