"""How the registry, its history and the processes that run it are shown."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson
from rich.table import Table
from rich.text import Text

from proxy.catalog.documents import RULES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proxy.policy.authoring.matrix import Carriage, CarriedFlow
    from proxy.registry.edit import DocumentChange
    from proxy.registry.expiry import Expiring
    from proxy.registry.store import HistoryEntry, Quarantined, Replica

_COLOURS = {"added": "green", "removed": "red", "changed": "yellow"}
_SHORT = 12


def table(*names: str) -> Table:
    """Return an empty table with these columns."""
    empty = Table(box=None, header_style="bold")
    for name in names:
        empty.add_column(name, overflow="fold")
    return empty


def moment(when: datetime | None) -> str:
    """Return a time in UTC to the second, "" for none."""
    return when.strftime("%Y-%m-%d %H:%M:%S") if when is not None else ""


def history(entries: Sequence[HistoryEntry]) -> Table:
    """Return the revisions, those made or activated last first."""
    rows = table("revision", "in force", "made (UTC)", "by", "from", "last activated (UTC)", "by", "comment")
    for entry in entries:
        rows.add_row(
            entry.revision, "yes" if entry.active else "", moment(entry.made_at), Text(entry.made_by),
            (entry.parent or "nothing")[:_SHORT], moment(entry.activated_at), Text(entry.activated_by or ""),
            Text(entry.comment),
        )  # fmt: skip
    return rows


def changes(listed: Sequence[DocumentChange]) -> Table:
    """Return the differences, place by place."""
    rows = table("place", "", "before", "after")
    for change in listed:
        kind = Text(change.kind, style=_COLOURS[change.kind])
        rows.add_row(Text(change.path), kind, Text(_value(change.before)), Text(_value(change.after)))
    return rows


def transfers(rows: Mapping[CarriedFlow, Carriage]) -> Table:
    """Return what carries each flow: equal rows of several activities are one."""
    from proxy.policy.authoring import matrix

    shown = table("tenant", "from", "target", "activities", "carried by", "until", "then")
    together: dict[tuple[str, str, str, Carriage], list[str]] = {}
    for flow, carriage in sorted(rows.items()):
        together.setdefault((flow.tenant, flow.origin, flow.target, carriage), []).append(flow.activity)
    for (tenant, origin, target, carriage), activities in together.items():
        then = matrix.shown(carriage.then) if carriage.then is not None else ""
        what = Text(matrix.shown(carriage), style="" if carriage.permit else "red")
        shown.add_row(tenant, origin, target, ", ".join(activities), what, carriage.until, then)
    return shown


def beside_rules(rows: Sequence[DocumentChange]) -> list[DocumentChange]:
    """Return the differences outside of the organisation's rules."""
    return [change for change in rows if change.segments[0] != RULES]


def changed_rules(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """Yield the differences between the rules of two documents as a unified diff, a file after the other."""
    old, new = (document.get(RULES, {}) for document in (before, after))
    for path in sorted({*old, *new}):
        removed, added = (rules.get(path, "").splitlines() for rules in (old, new))
        yield from difflib.unified_diff(removed, added, f"{RULES}/{path}", f"{RULES}/{path}", lineterm="")


def expiring(ending: Sequence[Expiring]) -> Table:
    """Return what expires, the earliest first."""
    rows = table("place", "reference", "expires", "", "who depends on it")
    for item in ending:
        colour = "red" if item.over else "yellow"
        affected = Text("\n".join(item.affected))
        rows.add_row(Text(item.path), Text(item.ref), item.expires, Text(days_left(item), style=colour), affected)
    return rows


def days_left(item: Expiring) -> str:
    """Return in words how long something is still valid."""
    if item.days is None:
        return "over, by its status"
    if item.days < 0:
        return f"over for {-item.days} d"
    return f"{item.days} d left" if item.days else "last day"


def fleet(replicas: Sequence[Replica]) -> Table:
    """Return what every proxy process runs."""
    rows = table("host", "pid", "started (UTC)", "policy", "data", "registry", "engine", "seen (UTC)", "refuses")
    for replica in replicas:
        rows.add_row(
            Text(replica.host), str(replica.pid), moment(replica.started_at), replica.policy_revision,
            Text(replica.data_revision), replica.registry_revision, Text(replica.engine), moment(replica.seen_at),
            Text(replica.refused, style="red"),
        )  # fmt: skip
    return rows


def _value(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else orjson.dumps(value).decode()


def quarantine(quarantined: Sequence[Quarantined]) -> Table:
    """Return the targets in quarantine."""
    rows = table("target", "answered from", "since (UTC)")
    for row in quarantined:
        rows.add_row(row.target, Text(row.reported), moment(row.since))
    return rows
