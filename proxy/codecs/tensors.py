"""Numbers in lists: content that a model reads and this proxy does not. Pure.

A list of more than one number, or of such lists, is a tensor: token ids, a picture, a vector. A request that holds one
has an opaque part. Long whole numbers in it stay in place and are read like any others; the rest is set aside as
serialized JSON (``orjson.Fragment``), which is not walked: fractions would be thousands of long numbers that identify
nobody, and a token id is not a PIN to be removed. Lists short enough to be a place or an identifier are read.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any, NamedTuple

import orjson

from proxy.codecs import numbers, pointer
from proxy.core.records import OpaquePart

#: The kind of content that policy sees.
TENSOR = "tensor"
_LONG = 10 ** (pointer.NUMBER_DIGITS - 1)


class _Numbers(NamedTuple):
    """The contents of a list of nothing but numbers."""

    size: int
    long: bool  # a whole number with as many digits as an account's


def without_tensors(node: Any, depth: int = 0) -> tuple[Any, bool]:
    """Return a document with its tensors set aside except long whole numbers, and whether it holds any tensor.

    Raises:
        ValueError: nested too deep.

    """
    if not isinstance(node, dict | list):
        return node, False
    _check(depth)
    if isinstance(node, list):
        tensor = _numbers(node, depth)
        if tensor is not None:
            if tensor.size <= numbers.MOST:
                return node, tensor.size > 1
            return (_long_alone if tensor.long else set_aside)(node), True
        read = [without_tensors(element, depth + 1) for element in node]
        return [element for element, _ in read], any(tensor for _, tensor in read)
    below = {key: without_tensors(value, depth + 1) for key, value in node.items()}
    return {key: element for key, (element, _) in below.items()}, any(tensor for _, tensor in below.values())


def members(
    document: Mapping[str, Any], listed: Container[str], words: Container[str] = ()
) -> tuple[dict[str, Any], tuple[OpaquePart, ...]]:
    """Return a request with its tensors set aside, and an opaque part for every member that holds any.

    ``known`` are the keys of the dialect; in ``words``, some of them, no tensor stands.

    Raises:
        ValueError: nested too deep.

    """
    read = {key: (value, False) if key in words else without_tensors(value) for key, value in document.items()}
    tensors = (part(key if key in listed else "*") for key, (_, tensor) in read.items() if tensor)
    return {key: value for key, (value, _) in read.items()}, tuple(dict.fromkeys(tensors))


def part(path: str) -> OpaquePart:
    """Return the opaque part of a tensor at a path."""
    return OpaquePart(path, TENSOR)


def set_aside(value: Any) -> Any:
    """Return a value as serialized JSON, which is not walked."""
    return orjson.Fragment(numbers.dumps(value))


def _check(depth: int) -> None:
    if depth > pointer.DEPTH_LIMIT:
        raise ValueError(f"the body is nested deeper than {pointer.DEPTH_LIMIT} levels")


def _long_alone(node: Any) -> Any:
    """Return lists of numbers with everything set aside but long whole numbers."""
    if isinstance(node, list):
        return [_long_alone(element) for element in node]
    return node if _is_long(node) else set_aside(node)


def _is_long(number: Any) -> bool:
    if not isinstance(number, int | float | numbers.Long):
        return False
    value = float(number)
    return abs(value) >= _LONG and value.is_integer()


def _numbers(node: list[Any], depth: int) -> _Numbers | None:
    """Return the contents of a list of numbers, or of lists of them; None if it holds anything else."""
    _check(depth)
    count, long = 0, False
    for element in node:
        if isinstance(element, list):
            inner = _numbers(element, depth + 1)
            if inner is None:
                return None
            count, long = count + inner.size, long or inner.long
        elif isinstance(element, int | float | numbers.Long):  # yes and no too
            count, long = count + 1, long or _is_long(element)
        elif isinstance(element, orjson.Fragment):  # not a number, or an infinite one
            count += 1
        elif element is not None:
            return None
    return _Numbers(count, long)
