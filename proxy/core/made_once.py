"""Remembers what is made of objects that many requests share, such as a cached decision's verdicts. Pure.

They are known by identity, so they need no hash; they must never change. None of them may hold a request's text.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar, TypeVarTuple

_Parts = TypeVarTuple("_Parts")
_Made = TypeVar("_Made")


def made_once(most: int) -> Callable[[Callable[[*_Parts], _Made]], Callable[[*_Parts], _Made]]:
    """Call a pure function once for the very same arguments; more than ``most`` results are forgotten together."""

    def decorated(make: Callable[[*_Parts], _Made]) -> Callable[[*_Parts], _Made]:
        results: dict[tuple[int, ...], tuple[tuple[*_Parts], _Made]] = {}  # with the arguments, so that they stay alive

        @wraps(make)
        def remembered(*parts: *_Parts) -> _Made:
            identities = tuple(map(id, parts))
            result = results.get(identities)
            if result is None:
                if len(results) >= most:
                    results.clear()
                result = results[identities] = parts, make(*parts)
            return result[1]

        return remembered

    return decorated
