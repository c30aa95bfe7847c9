"""Totals of the changes to a request: counts only, never a value. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from proxy.core.records import Remark


def totals(remarks: Iterable[Remark]) -> list[dict[str, Any]]:
    """Return the number of changed values by entity type, operator and obligation, sorted."""
    changes = Counter[tuple[str, str, str]]()
    for remark in remarks:
        changes[remark.entity_type, remark.operator, remark.obligation] += remark.count
    return [
        {"entity_type": kind, "operator": operator, "obligation": obligation, "count": count}
        for (kind, operator, obligation), count in sorted(changes.items())
    ]
