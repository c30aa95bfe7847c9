"""Numbers in lists: content that a model reads and nobody here does. Pure.

A list of more than one number, or of such lists, is a tensor: token ids, a picture, a vector. A request that holds one
has an opaque part. Whole numbers stay where they are and are read like any others, long ones as texts. A tensor with
fractions is put aside as JSON that is written already (``orjson.Fragment``), which nobody walks: it holds thousands of
long numbers, none of which is anybody's. Long whole numbers in it stay, and so few fractions that they may be a place.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any, NamedTuple

import orjson

from proxy.codecs import numbers, pointer
from proxy.core.records import OpaquePart

#: The media by which policy knows one.
TENSOR = "tensor"
_LONG = 10 ** (pointer.NUMBER_DIGITS - 1)


class _Numbers(NamedTuple):
    """What a list of nothing but numbers holds."""

    size: int
    fractions: bool
    long: bool  # a whole number with as many digits as an account's


def aside(node: Any, *, quiet: bool = False, depth: int = 0) -> tuple[Any, bool]:
    """Return a document with its tensors of fractions put aside, and whether it holds any tensor.

    ``quiet``: any fraction is put aside. Nobody's place is looked for in what a model says.

    Raises:
        ValueError: nested too deep.

    """
    if not isinstance(node, dict | list):
        alone = quiet and isinstance(node, float) and not node.is_integer()
        return (written(node) if alone else node), False
    _check(depth)
    if isinstance(node, list):
        found = _numbers(node, depth)
        if found is not None:
            many = found.fractions and (quiet or found.size > numbers.MOST)
            return (_without(node, found, depth) if many else node), found.size > 1
        read = [aside(one, quiet=quiet, depth=depth + 1) for one in node]
        return [one for one, _ in read], any(tensor for _, tensor in read)
    below = {key: aside(value, quiet=quiet, depth=depth + 1) for key, value in node.items()}
    return {key: one for key, (one, _) in below.items()}, any(tensor for _, tensor in below.values())


def members(
    document: Mapping[str, Any], known: Container[str], words: Container[str] = ()
) -> tuple[dict[str, Any], tuple[OpaquePart, ...]]:
    """Return a request with its tensors of fractions put aside, and an opaque part for every member that holds any.

    ``known`` are the keys of the dialect; in ``words``, some of them, no tensor stands.

    Raises:
        ValueError: nested too deep.

    """
    read = {key: (value, False) if key in words else aside(value) for key, value in document.items()}
    held = (part(key if key in known else "*") for key, (_, tensor) in read.items() if tensor)
    return {key: value for key, (value, _) in read.items()}, tuple(dict.fromkeys(held))


def part(path: str) -> OpaquePart:
    """Return what policy sees of a tensor at a path."""
    return OpaquePart(path, TENSOR)


def written(value: Any) -> Any:
    """Put a value aside, whatever it is."""
    return orjson.Fragment(orjson.dumps(value))


def _check(depth: int) -> None:
    if depth > pointer.DEPTH_LIMIT:
        raise ValueError(f"the body is nested deeper than {pointer.DEPTH_LIMIT} levels")


def _without(node: list[Any], found: _Numbers, depth: int) -> Any:
    """Return a list of numbers put aside, or where one of them is long and whole, with its fractions put aside."""
    if not found.long:
        return written(node)
    return [aside(one, quiet=True, depth=depth + 1)[0] for one in node]


def _numbers(node: list[Any], depth: int) -> _Numbers | None:
    """Return what a list of numbers, or of lists of them, holds; None where it holds anything else."""
    _check(depth)
    count, fractions, long = 0, False, False
    for one in node:
        if isinstance(one, list):
            inner = _numbers(one, depth + 1)
            if inner is None:
                return None
            count, fractions, long = count + inner.size, fractions or inner.fractions, long or inner.long
        elif isinstance(one, int | float):  # yes and no too
            whole = isinstance(one, int) or one.is_integer()
            count, fractions, long = count + 1, fractions or not whole, long or (whole and abs(one) >= _LONG)
        elif isinstance(one, orjson.Fragment):  # not a number, or an infinite one
            count, fractions = count + 1, True
        elif one is not None:
            return None
    return _Numbers(count, fractions, long)
