"""Labels of metrics: names of the registry and of lists, never text of a request, and at most so many of each kind."""

from __future__ import annotations

from collections import defaultdict
from typing import Final

#: Values of one kind that get a label of their own; the rest share ``OTHER``.
MOST: Final = 200
OTHER: Final = "other"
_values: defaultdict[str, set[str]] = defaultdict(set)


def bounded(kind: str, value: str) -> str:
    """Return the label of a value of a kind (a tenant, a model): itself, or ``OTHER`` once there are too many.

    The caller passes names of the registry or of lists alone, never text of a request.
    """
    values = _values[kind]
    if value in values:
        return value
    if len(values) >= MOST:
        return OTHER
    values.add(value)
    return value
