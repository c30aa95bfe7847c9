"""Names that somebody writes by hand, held against the registry: a mistyped one would bind or protect nobody. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any


def unregistered(data: Mapping[str, Any], tenants: Iterable[str], activities: Iterable[str] = ()) -> str:
    """Return a sentence on the first name that a catalog's policy data does not know, with the nearest; "" for none."""
    for kind, section, names in (("tenant", "tenants", tenants), ("activity", "activities", activities)):
        entries = data.get(section) or {}
        for name in names:
            if name not in entries:
                nearest = difflib.get_close_matches(name, entries, n=1, cutoff=0.0)
                return f"the registry has no {kind} {name}" + (f"; the nearest is {nearest[0]}" if nearest else "")
    return ""
