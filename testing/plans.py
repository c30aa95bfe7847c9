"""Whether the plan of a query reads whole records, or only those that an index narrows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

#: Index of a part of audit.record, by what its name contains -> columns of which one must narrow it. By time, a database that
#: has grown takes that of decisions; those of events narrow by being of events.
NARROWED_BY: Mapping[str, tuple[str, ...]] = {
    "pkey": ("writer",), "reading_once": (), "target_idx": (), "events": (), "action_recorded_at": (),
    "once": ("exchange",), "exchange": ("exchange",), "decisions_of_tenant": ("tenant", "recorded_at"),
    "tenant_recorded_at": ("tenant", "recorded_at"), "decisions": ("recorded_at",), "recorded_at": ("recorded_at",),
}  # fmt: skip


def scans(plan: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the nodes of a plan (EXPLAIN, FORMAT JSON) that read every record of the part of no day in particular."""
    return [node for node in _nodes(plan) if _reads_records(node) and _is_whole(node)]


def _nodes(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)


def _reads_records(node: Mapping[str, Any]) -> bool:
    if node["Node Type"] == "Bitmap Heap Scan":  # its indexes are nodes of their own
        return False
    return str(node.get("Relation Name", node.get("Index Name", ""))).startswith("record_rest")


def _is_whole(node: Mapping[str, Any]) -> bool:
    """Whether a node reads every record: no index narrows it by its first column, and it is not one of events alone."""
    index, condition = str(node.get("Index Name", "")), str(node.get("Index Cond", ""))
    columns = next((columns for part, columns in NARROWED_BY.items() if part in index), None)
    return columns is None or (columns != () and not any(column in condition for column in columns))
