"""ArcSight Common Event Format, version 0 (Micro Focus, "Implementing ArcSight CEF", revision 26).

A header escapes ``|`` and the backslash and has no line breaks; a value of the extension escapes ``=``, the backslash
and line breaks.
"""

from __future__ import annotations

from collections.abc import Iterator

from proxy import __version__
from proxy.reports.siem.entry import Detail, EntrySeverity, StreamEntry
from proxy.reports.siem.formats import EntryFormat

_SEVERITY = {
    EntrySeverity.INFORMATIONAL: 1,
    EntrySeverity.LOW: 3,
    EntrySeverity.MEDIUM: 6,
    EntrySeverity.HIGH: 9,
}
_HEADER = str.maketrans({"\\": "\\\\", "|": "\\|", "\r": " ", "\n": " "})
_VALUE = str.maketrans({"\\": "\\\\", "=": "\\=", "\r": "\\r", "\n": "\\n"})
#: Labels of the six custom texts, in their order; what each holds is in ``_custom``.
_LABELS = ("tenant", "activity", "policyRevision", "logWriter", "logHash", "details")


def line(entry: StreamEntry) -> bytes:
    """Return the record as one line."""
    head = ("CEF:0", "compliance-proxy", "compliance-proxy", __version__, entry.name, entry.title)
    fields = "|".join(part.translate(_HEADER) for part in head)
    extension = " ".join(f"{name}={value.translate(_VALUE)}" for name, value in _extension(entry) if value)
    return f"{fields}|{_SEVERITY[entry.severity]}|{extension}".encode()


def _extension(entry: StreamEntry) -> Iterator[tuple[str, str]]:
    columns, position = entry.columns, entry.position
    yield "rt", str(columns.at // 1000)
    yield "externalId", position.name
    yield "act", columns.action
    yield "cat", columns.kind
    yield "outcome", "failure" if entry.failed else "success"
    yield "reason", " ".join(columns.codes)
    yield "suser", entry.actor
    yield "suid", entry.actor_key
    yield "sourceServiceName", columns.service
    yield "destinationServiceName", columns.target
    yield "dhost", str(entry.details.get("host", "")).partition(":")[0]
    yield "request", str(entry.details.get("path", ""))
    yield "deviceExternalId", position.origin
    yield "deviceFacility", columns.exchange
    yield "cn1", str(position.seq)
    yield "cn1Label", "logSeq"
    if position.leaf is not None:
        yield "cn2", str(position.leaf)
        yield "cn2Label", "logLeaf"
    for number, (label, value) in enumerate(zip(_LABELS, _custom(entry), strict=True), 1):
        if value:
            yield f"cs{number}", value
            yield f"cs{number}Label", label


def _custom(entry: StreamEntry) -> tuple[str, ...]:
    columns, position = entry.columns, entry.position
    details = "; ".join(f"{name}={_text(value)}" for name, value in entry.details.items())
    return columns.tenant, columns.activity, columns.revision, position.writer, position.hash.hex(), details


def _text(value: Detail) -> str:
    return ",".join(value) if isinstance(value, list) else str(value)


FORMATS = (EntryFormat("cef", line, "text/plain; charset=utf-8"),)
