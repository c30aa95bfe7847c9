"""The record itself with its place: everything that the log holds of it (docs/reference/audit-record.md)."""

from __future__ import annotations

import orjson

from proxy.reports.siem.entry import StreamEntry
from proxy.reports.siem.formats import EntryFormat, dumped


def line(entry: StreamEntry) -> bytes:
    """Return place and record; ``record`` holds the bytes that ``log_hash`` covers."""
    return dumped(entry.position.document() | {"record": orjson.Fragment(entry.body)})


FORMATS = (EntryFormat("record", line),)
