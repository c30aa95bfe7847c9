"""OCSF 1.8.0 (Open Cybersecurity Schema Framework): one event of one class for each record.

| record | class |
|---|---|
| a decision that refuses | Data Security Finding (2006) |
| an outcome with obligations that were not carried out | Compliance Finding (2003) |
| an event that says that something is not as it should be | Detection Finding (2004) |
| everything else | API Activity (6003) |
"""

from __future__ import annotations

from typing import Any, NamedTuple

from proxy import __version__
from proxy.reports.siem.entry import StreamEntry
from proxy.reports.siem.formats import EntryFormat, dumped, present

VERSION = "1.8.0"
_NAME = "compliance-proxy"
_FAIL = 3  # compliance.status_id
_SUCCESS, _FAILURE = 1, 2  # status_id of an activity
_NEW = 1  # status_id of a finding
_CREATE, _READ, _UPDATE, _DELETE, _OTHER = 1, 2, 3, 4, 99  # activity_id
#: The activity of an event by how its name ends.
_VERBS = {
    "created": _CREATE, "requested": _CREATE, "declared": _CREATE, "adopted": _CREATE, "read": _READ,
    "rotated": _UPDATE, "changed": _UPDATE, "change": _UPDATE, "loaded": _UPDATE, "revoked": _DELETE,
    "erased": _DELETE, "purged": _DELETE, "retired": _DELETE,
}  # fmt: skip
_ACTIVITIES = {_CREATE: "Create", _READ: "Read", _UPDATE: "Update", _DELETE: "Delete"}


class OcsfClass(NamedTuple):
    """A class of events and the category that it belongs to."""

    uid: int
    name: str
    category: int
    category_name: str


API_ACTIVITY = OcsfClass(6003, "API Activity", 6, "Application Activity")
COMPLIANCE_FINDING = OcsfClass(2003, "Compliance Finding", 2, "Findings")
DETECTION_FINDING = OcsfClass(2004, "Detection Finding", 2, "Findings")
DATA_SECURITY_FINDING = OcsfClass(2006, "Data Security Finding", 2, "Findings")


def class_of(entry: StreamEntry) -> OcsfClass:
    """Return the class of a record. A refusal's decision is the finding; its outcome is the API's answer."""
    if entry.is_alarm:
        return DETECTION_FINDING
    if entry.columns.kind == "decision" and entry.refused:
        return DATA_SECURITY_FINDING
    return COMPLIANCE_FINDING if entry.unfulfilled else API_ACTIVITY


def event(entry: StreamEntry) -> dict[str, Any]:
    """Return the event."""
    of = class_of(entry)
    return _base(entry, of) | (_activity(entry) if of is API_ACTIVITY else _finding(entry, of))


def _base(entry: StreamEntry, of: OcsfClass) -> dict[str, Any]:
    columns = entry.columns
    return {
        "class_uid": of.uid,
        "class_name": of.name,
        "category_uid": of.category,
        "category_name": of.category_name,
        "severity_id": entry.severity.value,
        "severity": entry.severity.name.capitalize(),
        "time": _milliseconds(entry),
        "message": entry.title,
        "metadata": _metadata(entry),
        **present(status_code=str(columns.status) if columns.status else "", status_detail=" ".join(columns.codes)),
        "unmapped": {**entry.filled, **entry.details, **entry.position.document()},
    }


def _metadata(entry: StreamEntry) -> dict[str, Any]:
    return {
        "version": VERSION,
        "product": {"name": _NAME, "vendor_name": _NAME, "version": __version__},
        "uid": entry.position.name,
        "sequence": entry.position.seq,
        "log_name": entry.position.origin,
        "log_provider": entry.position.writer,
        "logged_time": _milliseconds(entry),
        "event_code": entry.name,
        **present(correlation_uid=entry.columns.exchange, tenant_uid=entry.columns.tenant),
    }


def _activity(entry: StreamEntry) -> dict[str, Any]:
    columns = entry.columns
    activity = _VERBS.get(entry.name.rpartition("_")[2], _OTHER) if entry.is_event else _OTHER
    return {
        **_typed(API_ACTIVITY, activity, _ACTIVITIES.get(activity, entry.name)),
        "status_id": _FAILURE if entry.failed else _SUCCESS,
        "status": "Failure" if entry.failed else "Success",
        "actor": _actor(entry),
        "api": _api(entry),
        "src_endpoint": {"name": columns.service or entry.position.writer, "svc_name": entry.actor},
        **present(
            dst_endpoint=_destination(entry), resources=_resources(entry), duration=entry.details.get("duration_ms")
        ),
    }


def _typed(of: OcsfClass, activity: int, name: str) -> dict[str, Any]:
    return {
        "activity_id": activity,
        "activity_name": name,
        "type_uid": of.uid * 100 + activity,
        "type_name": f"{of.name}: {name if activity != _OTHER else 'Other'}",
    }


def _actor(entry: StreamEntry) -> dict[str, Any]:
    user = present(uid=entry.actor_key, name=entry.actor if entry.actor_key or entry.is_event else "")
    return {"app_name": entry.actor, **present(user=user)}


def _api(entry: StreamEntry) -> dict[str, Any]:
    columns, details = entry.columns, entry.details
    operation = str(details.get("path") or details.get("command") or details.get("operation") or entry.name)
    response = present(code=columns.status or None, error=str(details.get("code", "")))
    return {
        "operation": operation,
        "service": {"name": str(details.get("dialect") or _NAME)},
        **present(request=present(uid=columns.exchange), response=response),
    }


def _destination(entry: StreamEntry) -> dict[str, Any]:
    if not entry.columns.target or entry.is_event:
        return {}
    host, _, port = str(entry.details.get("host", "")).partition(":")
    return present(
        svc_name=entry.columns.target,
        hostname=host,
        port=int(port) if port.isdigit() else None,
        zone=entry.details.get("region"),
    )


def _resources(entry: StreamEntry) -> list[dict[str, Any]]:
    target = entry.columns.target
    return [{"uid": target, "type": "object" if entry.is_event else "target"}] if target else []


def _finding(entry: StreamEntry, of: OcsfClass) -> dict[str, Any]:
    """Return a finding that is new: its end, if it has one, is another record."""
    about = {
        "uid": entry.uuid,
        "title": entry.title,
        "created_time": _milliseconds(entry),
        "types": list(entry.columns.codes) or [entry.name],
    }
    extra = {
        COMPLIANCE_FINDING: _compliance(entry),
        DATA_SECURITY_FINDING: {"is_alert": True, "actor": _actor(entry)},
        DETECTION_FINDING: {"is_alert": True},
    }
    return {
        **_typed(of, _CREATE, "Create"),
        "status_id": _NEW,
        "status": "New",
        "finding_info": about,
        **present(resources=_resources(entry)),
        **extra[of],
    }


def _compliance(entry: StreamEntry) -> dict[str, Any]:
    obligations = list(entry.unfulfilled)
    compliance = {"control": " ".join(obligations), "requirements": obligations, "status_id": _FAIL, "status": "Fail"}
    return {"compliance": compliance}


def _milliseconds(entry: StreamEntry) -> int:
    return entry.columns.at // 1000


def line(entry: StreamEntry) -> bytes:
    """Return the event as JSON."""
    return dumped(event(entry))


FORMATS = (EntryFormat("ocsf", line),)
