"""The name that was probably meant. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_SHOWN = 8


def remedy(name: str, names: Iterable[str]) -> str:
    """Return the hint, or "; there is A, B, ..." where none is like it, "" where there are no names."""
    listed = sorted(names)
    more = f" and {len(listed) - _SHOWN} more" if len(listed) > _SHOWN else ""
    return hint(name, listed) or (f"; there is {', '.join(listed[:_SHOWN])}{more}" if listed else "")


def hint(name: str, names: Iterable[str]) -> str:
    """Return "; did you mean NAME?" for the name that is most alike, "" where none is."""
    near = difflib.get_close_matches(name, list(names), 1)
    return f"; did you mean {near[0]}?" if near else ""
