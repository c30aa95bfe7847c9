"""OpenTelemetry log records as OTLP/HTTP carries them in JSON (opentelemetry-proto: ``ExportLogsServiceRequest``)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from proxy import __version__
from proxy.reports.siem.entry import Detail, EntrySeverity, StreamEntry
from proxy.reports.siem.formats import EntryFormat, Posting, dumped

#: SeverityNumber: INFO, INFO3, WARN, ERROR.
_SEVERITY = {
    EntrySeverity.INFORMATIONAL: 9,
    EntrySeverity.LOW: 11,
    EntrySeverity.MEDIUM: 13,
    EntrySeverity.HIGH: 17,
}
_SCOPE = {"name": "compliance-proxy.audit", "version": __version__}
_NAMESPACE = "compliance_proxy."


def record(entry: StreamEntry) -> dict[str, Any]:
    """Return the log record; 64-bit numbers are texts, as the JSON mapping of protobuf wants them."""
    return {
        "timeUnixNano": str(entry.columns.at * 1000),
        "observedTimeUnixNano": str(entry.columns.at * 1000),
        "severityNumber": _SEVERITY[entry.severity],
        "severityText": entry.severity.name,
        "eventName": f"{_NAMESPACE}audit.{entry.name}",
        "body": {"stringValue": entry.title},
        "attributes": _attributes({_NAMESPACE + name: value for name, value in _details(entry).items()}),
    }


def _details(entry: StreamEntry) -> Mapping[str, Detail]:
    return {**entry.details, **entry.filled, **entry.position.document()}


def _attributes(values: Mapping[str, Detail]) -> list[dict[str, Any]]:
    return [{"key": name, "value": _value(value)} for name, value in values.items()]


def _value(value: Detail) -> dict[str, Any]:
    match value:
        case bool():
            return {"boolValue": value}
        case int():
            return {"intValue": str(value)} if abs(value) < 2**63 else {"stringValue": str(value)}
        case float():
            return {"doubleValue": value}
        case list():
            return {"arrayValue": {"values": [{"stringValue": element} for element in value]}}
        case _:
            return {"stringValue": value}


def request(entries: Sequence[StreamEntry]) -> dict[str, Any]:
    """Return the export request: a resource for each writer, because a chain is one running process."""
    writers = dict.fromkeys(entry.position.writer for entry in entries)
    return {
        "resourceLogs": [
            _resource(writer, [entry for entry in entries if entry.position.writer == writer]) for writer in writers
        ]
    }


def _resource(writer: str, entries: Sequence[StreamEntry]) -> dict[str, Any]:
    named = {
        "service.name": "compliance-proxy",
        "service.namespace": entries[0].position.origin,
        "service.instance.id": writer,
    }
    logs = [{"scope": _SCOPE, "logRecords": [record(entry) for entry in entries]}]
    return {"resource": {"attributes": _attributes(named)}, "scopeLogs": logs}


def line(entry: StreamEntry) -> bytes:
    """Return a request with one record, as the collector's file exporter writes them."""
    return dumped(request([entry]))


def posted(entries: Sequence[StreamEntry]) -> Iterator[Posting]:
    """Yield one export request."""
    yield Posting({"content-type": "application/json"}, dumped(request(entries)))


FORMATS = (EntryFormat("otlp", line, posted=posted),)
