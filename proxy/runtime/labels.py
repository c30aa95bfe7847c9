"""Values of metric labels that come from outside: a bounded number of them, so that no caller fills the store."""

from __future__ import annotations

from collections import defaultdict

#: Values of one kind that get a label of their own; the rest share ``OTHER``.
MOST = 200
OTHER = "other"
_values: defaultdict[str, set[str]] = defaultdict(set)


def bounded(kind: str, value: str) -> str:
    """Return the label of a value of a kind (a tenant, a model): itself, or ``OTHER`` once there are too many.

    The caller passes names of the registry alone, never text of a request.
    """
    values = _values[kind]
    if value in values:
        return value
    if len(values) >= MOST:
        return OTHER
    values.add(value)
    return value
