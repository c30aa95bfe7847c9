"""The answer to a dry run: all that would happen to a request short of sending it. Pure; no found value stands in it.

``input`` and ``decision`` are the documents that policy was asked with and answered with, as the audit log keeps them.
``outbound`` is the request as it would leave, to the byte: the caller's own text, changed as policy obliges; what
a target gave or keeps stands in it under the caller's handle.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote

import orjson

from proxy.core import response_headers
from proxy.core.findings import Finding
from proxy.core.records import Decision, Denial, Exchange, Inspection, Outbound, Payload, TextSpan
from proxy.core.remarks import totals
from proxy.core.state.handles import Handles
from proxy.core.statuses import OK
from proxy.core.wire import Wire

#: The role of a key that may ask for dry runs.
ROLE = "dry-run"
_WORD = {"type": "string"}
_WORDS = {"type": "array", "items": _WORD}
_NAMED = {"type": "object", "additionalProperties": _WORD}


def _object(**members: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": sorted(members), "properties": members}


_ACTIONS = ["forward", "redact_and_forward", "pin_local", "block"]
#: What the answer looks like (JSON Schema).
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
    input={"type": "object", "description": "The document that policy was asked with."},
    decision={"type": "object", "description": "The document that policy answered with."},
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
    """What a dry run is answered with."""

    body: bytes
    headers: Mapping[str, str]
    code: str = ""  # the first reason code where the request would be refused


def explained(
    exchange: Exchange,
    inspection: Inspection,
    decision: Decision,
    made: Outbound | Denial,
    document: Mapping[str, Any] | orjson.Fragment,
    handles: Handles,
) -> Explanation:
    """Return the answer; ``document`` is what policy was asked with, ``handles`` are the caller's."""
    refused = made if isinstance(made, Denial) else None
    said = {
        "object": "compliance.explanation",
        "exchange": exchange.id,
        "dialect": exchange.dialect,
        "path": exchange.path,
        "outcome": _outcome(made, decision),
        "headers": response_headers.refusal(made) if isinstance(made, Denial) else _promised(made),
        "findings": list(findings(inspection)),
        "input": document,
        "decision": decision.document,
        "outbound": None if isinstance(made, Denial) else _outbound(made, _ours(inspection.payload, handles)),
    }
    return Explanation(orjson.dumps(said), response_headers.dry_run(decision.id), refused.code if refused else "")


def findings(inspection: Inspection) -> Iterator[dict[str, Any]]:
    """Yield a row per text and entity type: where, how many, how sure. No value, and no key that the caller chose."""
    for span, segment in zip(inspection.payload.spans, inspection.segments, strict=True):
        rows: dict[tuple[str, str], list[Finding]] = {}
        for found in (*segment.findings, *segment.inside):
            rows.setdefault((found.entity_type, found.subject_role), []).append(found)
        for (kind, role), same in sorted(rows.items()):
            yield {
                "pointer": pointer(span),
                "path": span.path,
                "kind": span.kind,
                "type": kind,
                "subject_role": role,
                "count": len(same),
                "max_confidence": round(max(one.score for one in same), 2),
            }


def pointer(span: TextSpan) -> str:
    """Return a text's address with ``*`` for each key that the caller chose; "" where the two notations differ."""
    parts = _PARTS.findall(span.path)
    tokens = _TOKEN.findall(_ENDING.split(span.pointer)[0])
    if len(parts) != len(tokens):
        return ""
    shown = iter("*" if part == "*" else token for part, token in zip(parts, tokens, strict=True))
    return _TOKEN.sub(lambda _: next(shown), _ENDING.split(span.pointer)[0])


def _outcome(made: Outbound | Denial, decision: Decision) -> dict[str, Any]:
    if isinstance(made, Denial):
        return {"action": "block", "status": made.status, "codes": made.codes, "message": made.message, "target": None}
    codes = decision.block_codes
    return {
        "action": response_headers.action(made),
        "status": OK,
        "codes": codes,
        "message": "",
        "target": made.target.id,
    }


def _promised(made: Outbound) -> dict[str, str]:
    return response_headers.headers(made, response_headers.action(made), oversight=False)


def _ours(payload: Payload, handles: Handles) -> dict[str, str]:
    """Return what a target gave or keeps, in its own words, which no caller is told -> the handle of the caller."""
    given = payload.incoming.references.items()
    ours = {one.value: handles.by(one.target).sealed(kind, one.value) for kind, one in given}
    return ours if payload.kept is None else {**ours, payload.kept.id: payload.kept.handle}


def _with_handles(wire: Wire, ours: Mapping[str, str]) -> Wire:
    """Return a request with handles in every place where it leaves with what they stand for."""
    body = wire.body
    for theirs, handle in ours.items():
        body = body.replace(orjson.dumps(theirs), orjson.dumps(handle))
    parts = (ours.get(unquote(part), part) for part in wire.path.split("/"))
    query, headers = (
        tuple((name, ours.get(value, value)) for name, value in said) for said in (wire.query, wire.headers)
    )
    return replace(wire, path="/".join(parts), body=body, query=query, headers=headers)


def _outbound(made: Outbound, ours: Mapping[str, str]) -> dict[str, Any]:
    wire = _with_handles(made.wire, ours)
    return {
        "target": made.target.id,
        "region": made.verdict.region or made.target.region,
        "dialect": made.dialect,
        "method": wire.method,
        "path": wire.path,
        "query": dict(wire.query),
        "headers": dict(wire.headers),
        "media": wire.media,
        "bytes": len(made.wire.body),
        "stream": made.stream,
        "changes": totals(made.remarks),
        "reply_scanned": made.guarded,
        **_body(wire.body),
    }


def _body(body: bytes) -> dict[str, Any]:
    """Return the body as JSON where it is some, else in base64 (forms and their files)."""
    try:
        orjson.loads(body)
    except ValueError:
        return {"body_base64": base64.b64encode(body).decode()}
    return {"body": orjson.Fragment(body)}
