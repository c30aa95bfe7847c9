"""FHIR AuditEvent: R4B (4.3.0) as ``fhir``, R5 (5.0.0) as ``fhir-r5``.

Over HTTP, records go as one transaction that puts each under its own id, so what arrives twice is there once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from proxy.reports.siem.entry import EntrySeverity, StreamEntry
from proxy.reports.siem.formats import EntryFormat, Posting, dumped, present

_DICOM = "http://dicom.nema.org/resources/ontology/DCM"
_TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/"
_OURS = "urn:compliance-proxy:"
_MEDIA = "application/fhir+json"
_RECIPIENT = {"system": _DICOM, "code": "110152", "display": "Destination Role ID"}
_SERVER = {"system": f"{_TERMINOLOGY}security-source-type", "code": "4", "display": "Application Server"}
_PERSON, _SYSTEM, _OTHER = (
    {"system": f"{_TERMINOLOGY}audit-entity-type", "code": code, "display": display}
    for code, display in (("1", "Person"), ("2", "System Object"), ("4", "Other"))
)
_R5_SEVERITY = {
    EntrySeverity.INFORMATIONAL: "informational",
    EntrySeverity.LOW: "notice",
    EntrySeverity.MEDIUM: "warning",
    EntrySeverity.HIGH: "error",
}


def r4b(entry: StreamEntry) -> dict[str, Any]:
    """Return the event in R4B."""
    return {
        "resourceType": "AuditEvent",
        "id": entry.uuid,
        "type": _type(entry),
        "subtype": [_record_code(entry)],
        "action": _action(entry),
        "recorded": _time(entry),
        "outcome": "4" if entry.refused else "8" if entry.failed else "0",
        "outcomeDesc": entry.title,
        "agent": [*_caller(entry), *_recipient(entry, lambda host: {"network": {"address": host, "type": "1"}})],
        "source": {"site": entry.position.origin, "observer": _observer(entry), "type": [_SERVER]},
        "entity": [
            {
                "what": what,
                "type": kind,
                **present(detail=[{"type": name, "valueString": value} for name, value in detail]),
            }
            for what, kind, detail in _entities(entry)
        ],
    }


def r5(entry: StreamEntry) -> dict[str, Any]:
    """Return the event in R5."""
    code = "warning" if entry.refused else "error" if entry.failed else "success"
    outcome = {"system": "http://hl7.org/fhir/issue-severity", "code": code}
    return {
        "resourceType": "AuditEvent",
        "id": entry.uuid,
        "category": [_concept(_type(entry))],
        "code": _concept(_record_code(entry)),
        "action": _action(entry),
        "severity": _R5_SEVERITY[entry.severity],
        "occurredDateTime": _time(entry),
        "recorded": _time(entry),
        "outcome": {"code": outcome, "detail": [{"text": entry.title}]},
        "agent": [*_caller(entry), *_recipient(entry, lambda host: {"networkString": host})],
        "source": {"observer": _observer(entry), "type": [_concept(_SERVER)]},
        "entity": [
            {
                "what": what,
                **present(detail=[{"type": {"text": name}, "valueString": value} for name, value in detail]),
            }
            for what, _, detail in _entities(entry)
        ],
    }


def _type(entry: StreamEntry) -> dict[str, str]:
    code, display = "110100", "Application Activity"
    if entry.is_alarm:
        code, display = "110113", "Security Alert"
    elif entry.name == "log_read":
        code, display = "110101", "Audit Log Used"
    elif entry.columns.kind == "attempt":
        code, display = "110106", "Export"
    return {"system": _DICOM, "code": code, "display": display}


def _record_code(entry: StreamEntry) -> dict[str, str]:
    return {"system": f"{_OURS}audit", "code": " ".join(entry.name.split())}


def _action(entry: StreamEntry) -> str:
    return "R" if entry.name.endswith("_read") else "E"


def _time(entry: StreamEntry) -> str:
    return entry.at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _caller(entry: StreamEntry) -> list[dict[str, Any]]:
    policy = f"{_OURS}policy:{entry.columns.revision}" if entry.columns.revision else ""
    who = {"identifier": {"value": entry.actor_key or entry.actor}, "display": entry.actor}
    return [{"who": who, "requestor": True, **present(policy=[policy] if policy else [])}]


def _recipient(entry: StreamEntry, network: Callable[[str], Mapping[str, Any]]) -> list[dict[str, Any]]:
    if entry.columns.kind != "attempt":
        return []
    details, target = entry.details, entry.columns.target
    who = {"identifier": {"value": target}, "display": str(details.get("recipient", target))}
    host = details.get("host")
    return [{"type": _concept(_RECIPIENT), "who": who, "requestor": False, **(network(str(host)) if host else {})}]


def _observer(entry: StreamEntry) -> dict[str, Any]:
    return {"identifier": {"system": f"{_OURS}writer", "value": entry.position.writer}, "display": "compliance-proxy"}


def _entities(entry: StreamEntry) -> Iterator[tuple[dict[str, Any], dict[str, str], list[tuple[str, str]]]]:
    """Yield what it is about: the record's place, the exchange, and each data subject by its keyed reference."""
    position = [(name, str(value)) for name, value in entry.position.document().items()]
    yield _what("record", entry.position.name), _OTHER, position
    subjects = entry.details.get("subject_refs", [])
    values = {name: _text(value) for name, value in {**entry.filled, **entry.details}.items() if value != subjects}
    present = [(name, value) for name, value in values.items() if value.strip()]  # FHIR has no blank text
    yield _what("exchange", entry.columns.exchange or entry.name), _SYSTEM, present
    for subject in subjects if isinstance(subjects, list) else ():
        yield _what("subject", subject), _PERSON, []


def _what(kind: str, value: str) -> dict[str, Any]:
    return {"identifier": {"system": _OURS + kind, "value": value}}


def _text(value: Any) -> str:
    return " ".join(value) if isinstance(value, list) else str(value)


def _concept(coding: Mapping[str, str]) -> dict[str, Any]:
    return {"coding": [dict(coding)]}


def _format(name: str, build: Callable[[StreamEntry], dict[str, Any]]) -> EntryFormat:
    def posted(entries: Sequence[StreamEntry]) -> Iterator[Posting]:
        documents = [
            {"resource": build(entry), "request": {"method": "PUT", "url": f"AuditEvent/{entry.uuid}"}}
            for entry in entries
        ]
        bundle = {"resourceType": "Bundle", "type": "transaction", "entry": documents}
        yield Posting({"content-type": _MEDIA}, dumped(bundle))

    return EntryFormat(name, lambda entry: dumped(build(entry)), _MEDIA, posted)


FORMATS = (_format("fhir", r4b), _format("fhir-r5", r5))
