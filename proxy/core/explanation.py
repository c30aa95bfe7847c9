"""The answer to a dry run: everything that would happen to a request short of sending it. Pure; holds no found value.

``input`` and ``decision`` are policy's input and answer as the audit log keeps them. ``outbound`` is the request as it
would leave, to the byte: the caller's text with the obliged changes, and the caller's handles in place of a target's
own identifiers.
"""

from __future__ import annotations

import base64
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote

import orjson

from proxy.core import response_headers
from proxy.core.findings import Finding
from proxy.core.records import Decision, Denial, Exchange, Inspection, Outbound, Payload, Remark, TextSpan
from proxy.core.state.handles import Handles
from proxy.core.statuses import OK
from proxy.core.wire import Wire


def totals_of_remarks(remarks: Iterable[Remark]) -> list[dict[str, Any]]:
    """Return the number of changed values by entity type, operator and obligation, sorted."""
    changes = Counter[tuple[str, str, str]]()
    for remark in remarks:
        changes[remark.entity_type, remark.operator, remark.obligation] += remark.count
    return [
        {"entity_type": kind, "operator": operator, "obligation": obligation, "count": count}
        for (kind, operator, obligation), count in sorted(changes.items())
    ]


#: The role of a key that may ask for dry runs.
ROLE = "dry-run"
_WORD = {"type": "string"}
_WORDS = {"type": "array", "items": _WORD}
_NAMED = {"type": "object", "additionalProperties": _WORD}


def _object(**members: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": sorted(members), "properties": members}


_ACTIONS = ["forward", "redact_and_forward", "pin_local", "block"]
#: JSON Schema of the answer.
SCHEMA = _object(
    object={"const": "compliance.explanation"},
    exchange=_WORD,
    dialect=_WORD,
    path=_WORD,
    outcome=_object(
        action={"enum": _ACTIONS},
        status={"type": "integer"},
        codes=_WORDS,
        message=_WORD,
        target={"type": ["string", "null"]},
    ),
    headers=_NAMED,
    findings={
        "type": "array",
        "items": _object(
            pointer=_WORD,
            path=_WORD,
            kind=_WORD,
            type=_WORD,
            subject_role=_WORD,
            count={"type": "integer"},
            max_confidence={"type": "number"},
        ),
    },
    input={"type": "object", "description": "The policy input document."},
    decision={"type": "object", "description": "The policy decision document."},
    outbound={
        **_object(
            target=_WORD,
            region=_WORD,
            dialect=_WORD,
            method=_WORD,
            path=_WORD,
            query=_NAMED,
            headers=_NAMED,
            media=_WORD,
            bytes={"type": "integer"},
            stream={"type": "boolean"},
            changes={"type": "array", "items": {"type": "object"}},
            reply_scanned={"type": "boolean"},
        ),
        "type": ["object", "null"],
        "description": "The request as it would leave, in `body` or (a form) in `body_base64`.",
    },
)
_PARTS = re.compile(r"\[\*\]|[^.\[]+")
_TOKEN = re.compile(r"[^/#]+")
_ENDING = re.compile(r"~(?:key|list|pair)")


@dataclass(frozen=True, slots=True)
class Explanation:
    """The response to a dry run."""

    body: bytes
    headers: Mapping[str, str]
    code: str = ""  # the first reason code if the request would be refused


def explain(
    exchange: Exchange,
    inspection: Inspection,
    decision: Decision,
    result: Outbound | Denial,
    document: Mapping[str, Any],
    handles: Handles,
) -> Explanation:
    """Return the answer; ``document`` is the policy input, ``handles`` are the caller's."""
    denial = result if isinstance(result, Denial) else None
    answer = {
        "object": "compliance.explanation",
        "exchange": exchange.id,
        "dialect": exchange.dialect,
        "path": exchange.path,
        "outcome": _outcome(result, decision),
        "headers": response_headers.refusal(result) if isinstance(result, Denial) else _promised(result),
        "findings": list(findings(inspection)),
        "input": document,
        "decision": decision.document,
        "outbound": None if isinstance(result, Denial) else _outbound(result, _ours(inspection.payload, handles)),
    }
    return Explanation(orjson.dumps(answer), response_headers.dry_run(decision.id), denial.code if denial else "")


def findings(inspection: Inspection) -> Iterator[dict[str, Any]]:
    """Yield a row per text and entity type: place, count, confidence. No value, and no key that the caller chose."""
    for span, segment in zip(inspection.payload.spans, inspection.segments, strict=True):
        rows: dict[tuple[str, str], list[Finding]] = {}
        for finding in (*segment.findings, *segment.inside):
            rows.setdefault((finding.entity_type, finding.subject_role), []).append(finding)
        for (kind, role), same in sorted(rows.items()):
            yield {
                "pointer": pointer(span),
                "path": span.path,
                "kind": span.kind,
                "type": kind,
                "subject_role": role,
                "count": len(same),
                "max_confidence": round(max(finding.score for finding in same), 2),
            }


def pointer(span: TextSpan) -> str:
    """Return a span's pointer with ``*`` for each key that the caller chose; "" if path and pointer do not match."""
    parts = _PARTS.findall(span.path)
    tokens = _TOKEN.findall(_ENDING.split(span.pointer)[0])
    if len(parts) != len(tokens):
        return ""
    shown = iter("*" if part == "*" else token for part, token in zip(parts, tokens, strict=True))
    return _TOKEN.sub(lambda _: next(shown), _ENDING.split(span.pointer)[0])


def _outcome(result: Outbound | Denial, decision: Decision) -> dict[str, Any]:
    if isinstance(result, Denial):
        action, status, codes, message, target = "block", result.status, result.codes, result.message, None
    else:
        action, status, codes, message = response_headers.action(result), OK, decision.block_codes, ""
        target = result.target.id
    return {"action": action, "status": status, "codes": codes, "message": message, "target": target}


def _promised(outbound: Outbound) -> dict[str, str]:
    return response_headers.headers(outbound, response_headers.action(outbound), oversight=False)


def _ours(payload: Payload, handles: Handles) -> dict[str, str]:
    """Return a target's own identifiers, which no caller may see -> the caller's handles."""
    references = payload.incoming.references.items()
    ours = {each.value: handles.by(each.target).sealed(kind, each.value) for kind, each in references}
    return ours if payload.kept is None else {**ours, payload.kept.id: payload.kept.handle}


def _with_handles(wire: Wire, ours: Mapping[str, str]) -> Wire:
    """Return a request with handles in place of a target's own identifiers."""
    body = wire.body
    for identifier, handle in ours.items():
        body = body.replace(orjson.dumps(identifier), orjson.dumps(handle))
    parts = (ours.get(unquote(part), part) for part in wire.path.split("/"))
    query, headers = (
        tuple((name, ours.get(value, value)) for name, value in pairs) for pairs in (wire.query, wire.headers)
    )
    return replace(wire, path="/".join(parts), body=body, query=query, headers=headers)


def _outbound(outbound: Outbound, ours: Mapping[str, str]) -> dict[str, Any]:
    wire = _with_handles(outbound.wire, ours)
    return {
        "target": outbound.target.id,
        "region": outbound.verdict.region or outbound.target.region,
        "dialect": outbound.dialect,
        "method": wire.method,
        "path": wire.path,
        "query": dict(wire.query),
        "headers": dict(wire.headers),
        "media": wire.media,
        "bytes": len(outbound.wire.body),
        "stream": outbound.stream,
        "changes": totals_of_remarks(outbound.remarks),
        "reply_scanned": outbound.guarded,
        **_body(wire.body),
    }


def _body(body: bytes) -> dict[str, Any]:
    """Return the body as JSON if it is JSON, else in base64 (forms and their files)."""
    try:
        orjson.loads(body)
    except ValueError:
        return {"body_base64": base64.b64encode(body).decode()}
    return {"body": orjson.Fragment(body)}
