"""How the registry, its history and the processes that run it are shown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from proxy.registry.edit import DocumentChange
    from proxy.registry.expiry import Expiring
    from proxy.registry.store import HistoryEntry, Quarantined, Replica

_COLOURS = {"added": "green", "removed": "red", "changed": "yellow"}
_SHORT = 12


def table(*names: str) -> Table:
    """Return an empty table with these columns."""
    made = Table(box=None, header_style="bold")
    for name in names:
        made.add_column(name, overflow="fold")
    return made


def moment(when: datetime | None) -> str:
    """Return a time in UTC to the second, "" for none."""
    return when.strftime("%Y-%m-%d %H:%M:%S") if when is not None else ""


def history(entries: Sequence[HistoryEntry]) -> Table:
    """Return the revisions, the last made or activated first."""
    made = table("revision", "in force", "made (UTC)", "by", "from", "last activated (UTC)", "by", "comment")
    for one in entries:
        made.add_row(
            one.revision, "yes" if one.active else "", moment(one.made_at), Text(one.made_by),
            (one.parent or "nothing")[:_SHORT], moment(one.activated_at), Text(one.activated_by or ""),
            Text(one.comment),
        )  # fmt: skip
    return made


def changes(found: Sequence[DocumentChange]) -> Table:
    """Return what differs, place by place."""
    made = table("place", "", "before", "after")
    for one in found:
        kind = Text(one.kind, style=_COLOURS[one.kind])
        made.add_row(Text(one.path), kind, Text(_value(one.before)), Text(_value(one.after)))
    return made


def expiring(found: Sequence[Expiring]) -> Table:
    """Return what ends, the first to end first."""
    made = table("place", "reference", "expires", "", "who depends on it")
    for one in found:
        colour = "red" if one.over else "yellow"
        made.add_row(
            Text(one.path), Text(one.ref), one.expires, Text(left(one), style=colour), Text("\n".join(one.affected))
        )
    return made


def left(one: Expiring) -> str:
    """Return in words how long something holds."""
    if one.days is None:
        return "is over, by its status"
    if one.days < 0:
        return f"over for {-one.days} d"
    return f"{one.days} d left" if one.days else "last day"


def fleet(replicas: Sequence[Replica]) -> Table:
    """Return what every proxy process runs."""
    made = table("host", "pid", "started (UTC)", "policy", "data", "registry", "engine", "seen (UTC)", "refuses")
    for one in replicas:
        made.add_row(
            Text(one.host), str(one.pid), moment(one.started_at), one.policy_revision, Text(one.data_revision),
            one.registry_revision, Text(one.engine), moment(one.seen_at), Text(one.refused, style="red"),
        )  # fmt: skip
    return made


def _value(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else orjson.dumps(value).decode()


def quarantine(found: Sequence[Quarantined]) -> Table:
    """Return the targets in quarantine."""
    made = table("target", "answered from", "since (UTC)")
    for one in found:
        made.add_row(one.target, Text(one.reported), moment(one.since))
    return made
