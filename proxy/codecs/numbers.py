"""Numbers that belong together in a JSON document: coordinates, and digits written one by one. Pure.

``[13.404954, 52.520008]`` and ``{"lat": 52.520008, "lng": 13.404954}`` are read as one text, since neither number alone
tells where somebody is; ``[4, 8, 2, 9]`` is read as the number it spells.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

#: At these keys and down to three levels below, short lists of numbers are places.
_PLACES = re.compile(
    r"coord|geo|gps|locat|position|point|latlo?ng|lo?nglat|bbox|bounds|polygon|polyline|waypoint|centroid"
    r"|cent(?:er|re)$",
    re.IGNORECASE,
).search
_LATITUDE = re.compile(r"(?P<head>.*?)lat(?P<rest>itude)?", re.IGNORECASE | re.DOTALL).fullmatch
_LONGITUDES = ("longitude", "lng", "lon", "long")
_NUMERAL = re.compile(r"\s*[+-]?\d{1,3}\.\d{1,15}\s*", re.ASCII).fullmatch
MOST, _FEWEST = 6, 2  # numbers of a list that may be a place
_FINE = 4  # decimals of a number that may be a coordinate by itself, 10 m
_LEAST = 3  # decimals as coordinates are written
_DIGITS_FEWEST, _DIGITS_MOST = 3, 19
_NORTH, _EAST = 90, 180
_KEYS_UP = 3


def plain(number: float) -> str:
    """Return a number without an exponent."""
    return format(Decimal(repr(number)), "f") if isinstance(number, float) else repr(number)


def digits(node: Sequence[Any]) -> str:
    """Return the number that a list of digits, or of groups of digits, spells, else ""."""
    if not _FEWEST <= len(node) <= _DIGITS_MOST or not all(type(number) is int and number >= 0 for number in node):
        return ""
    text = "".join(map(str, node))
    return text if _DIGITS_FEWEST <= len(text) <= _DIGITS_MOST else ""


def listed(node: Sequence[Any], keys: Sequence[str | int]) -> str:
    """Return the text of a list of coordinates, latitudes first where that can be determined, else ""."""
    if not _FEWEST <= len(node) <= MOST:
        return ""
    found = [_number(element) for element in node]
    values = [element for element in found if element is not None]
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
    found: dict[str, tuple[str, str]] = {}
    for key in node:
        match = _LATITUDE(key) if "lat" in key.lower() else None
        other = _partner(node, match["head"]) if match else ""
        if other:
            north, east = _coordinate(node[key]), _coordinate(node[other])
            if north and east:
                found[f"{north}, {east}"] = (key, other)
    return found


def rewrite(node: Sequence[Any], text: str) -> list[Any]:
    """Return the list with a new text: as many numbers if it holds as many, else the text alone."""
    parts = text.split(", ")
    if len(parts) == len(node) and all(map(_NUMERAL, parts)):
        return list(_swap([float(part) for part in parts], like=[_number(element) or 0 for element in node]))
    return [text]


def _partner(node: Mapping[str, Any], head: str) -> str:
    keys = {head.lower() + word for word in _LONGITUDES}
    return next((key for key in node if key.lower() in keys), "")


def _coordinate(value: Any) -> str:
    number = _number(value)
    return _pad(number) if number is not None and abs(number) <= _EAST else ""


def _number(value: Any) -> float | None:
    """Return a number, or the value of a numeric string; None for anything else."""
    if isinstance(value, str):
        return float(value) if _NUMERAL(value) else None
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
    firsts = [reference[2 * place] for place in range(pairs)]
    if all(abs(first) <= _NORTH for first in firsts):
        return node
    turned = list(node)
    for place in range(pairs):
        turned[2 * place], turned[2 * place + 1] = node[2 * place + 1], node[2 * place]
    return turned
