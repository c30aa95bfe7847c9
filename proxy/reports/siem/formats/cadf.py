"""DMTF Cloud Auditing Data Federation (DSP0262 1.0): who did what to what, and what observed it.

A decision is a control event, with the policy that made it; everything else is an activity.
"""

from __future__ import annotations

import uuid
from typing import Any

from proxy.reports.siem.entry import StreamEntry
from proxy.reports.siem.form import EntryFormat, dumped, present

_EVENT = "http://schemas.dmtf.org/cloud/audit/1.0/event"
_NAMESPACE = "urn:compliance-proxy:"
_ACTIONS = {"attempt": "send", "outcome": "receive"}
#: The CADF action of an event by how its name ends; its own name follows as an action of ours.
_VERBS = {
    "created": "create", "declared": "configure", "erased": "delete", "failed": "authenticate", "loaded": "update",
    "purged": "delete", "read": "read", "recovered": "restore", "refused": "deny", "requested": "notify",
    "revoked": "revoke", "approved": "allow", "rotated": "renew", "started": "start", "closed": "stop",
    "left": "stop", "changed": "update", "change": "update", "required": "notify", "quarantined": "disable",
    "cleared": "enable", "active": "enable", "used": "allow", "retired": "disable", "difference": "evaluate",
}  # fmt: skip


def event(entry: StreamEntry) -> dict[str, Any]:
    """Return the event. An id is a UUID made of what it names: caller, target, chain."""
    columns = entry.columns
    return {
        "typeURI": _EVENT,
        "id": entry.uuid,
        "eventType": "control" if columns.kind == "decision" else "activity",
        "eventTime": f"{entry.at:%Y-%m-%dT%H:%M:%S.%f}+0000",
        "name": entry.title,
        "action": _action(entry),
        "outcome": "failure" if entry.failed else "pending" if columns.kind == "attempt" else "success",
        "severity": entry.severity.name.lower(),
        "initiator": _resource("service/security/account/user", entry.actor_key or entry.actor, entry.actor),
        "target": _resource("service", columns.target or columns.exchange or entry.name, columns.target),
        "observer": _resource("service/security", entry.place.writer, entry.place.origin),
        **present(reason=_reason(entry)),
        "attachments": [
            {"name": "log", "typeURI": f"{_NAMESPACE}place", "content": entry.place.told()},
            {"name": "record", "typeURI": f"{_NAMESPACE}{columns.kind}", "content": {**entry.said, **entry.details}},
        ],
        "tags": [f"{_NAMESPACE}{name}/{value}" for name, value in _tags(entry).items()],
    }


def _resource(kind: str, identity: str, name: str) -> dict[str, str]:
    return {"typeURI": kind, "id": str(uuid.uuid5(uuid.NAMESPACE_URL, _NAMESPACE + identity)), **present(name=name)}


def _action(entry: StreamEntry) -> str:
    if entry.columns.kind == "decision":
        return "deny" if entry.refused else "allow"
    verb = _VERBS.get(entry.name.rpartition("_")[2], "unknown") if entry.is_event else _ACTIONS[entry.columns.kind]
    return f"{verb}/{entry.name}" if entry.is_event and verb != "unknown" else verb


def _reason(entry: StreamEntry) -> dict[str, str]:
    columns = entry.columns
    policy = {"policyType": f"{_NAMESPACE}policy", "policyId": columns.revision} if columns.revision else {}
    codes = {"reasonType": f"{_NAMESPACE}code", "reasonCode": " ".join(columns.codes)} if columns.codes else {}
    if columns.kind == "decision" and not policy and not codes:  # a control event says by what it was made
        codes = {"reasonType": f"{_NAMESPACE}code", "reasonCode": str(columns.status)}
    return policy | codes


def _tags(entry: StreamEntry) -> dict[str, str]:
    return present(tenant=entry.columns.tenant, activity=entry.columns.activity, exchange=entry.columns.exchange)


def line(entry: StreamEntry) -> bytes:
    """Return the event as JSON."""
    return dumped(event(entry))


FORMATS = (EntryFormat("cadf", line),)
