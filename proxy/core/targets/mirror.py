"""Mirrors: a target of a route that gets copies of some of its requests; their replies are discarded."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mirror:
    """``share`` is the fraction of the route's delivered requests that is copied, in (0, 1]."""

    target: str = ""  # "" for none
    share: float = 1.0


NO_MIRROR = Mirror()
