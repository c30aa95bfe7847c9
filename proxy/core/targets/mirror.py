"""To which target of a route a copy of some of its requests goes, whose reply nobody gets."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mirror:
    """``share`` is that of the route's delivered requests that are copied, above 0 and not above 1."""

    target: str = ""  # "" for none
    share: float = 1.0


NO_MIRROR = Mirror()
