"""Frames between the proxy and its detection workers: four bytes of length, then JSON (never code, never pickle)."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from typing import Any

from proxy.core.findings import Finding, SegmentFindings, Status

HEAD = struct.Struct(">I")
#: The exit status of a worker whose twin ended.
TWIN_ENDED = 3
#: Descriptors in the request for a worker: lifeline, exit status, and two for every lane.
MOST_DESCRIPTORS = 16
LARGEST_FRAME = 64 << 20


def frame(document: object) -> bytes:
    """Encode one message. Lone surrogates survive, because JSON escapes them."""
    body = json.dumps(document, separators=(",", ":")).encode("ascii")
    return HEAD.pack(len(body)) + body


def pack(segment: SegmentFindings) -> list[Any]:
    """Turn a segment's findings into plain lists."""
    regions = [list(region) for region in segment.regions]
    rows, inside = _rows(segment.findings), _rows(segment.inside)
    return [rows, segment.status.value, segment.language, segment.minor, regions, inside]


def _rows(findings: Sequence[Finding]) -> list[list[Any]]:
    return [[f.entity_type, f.start, f.end, round(f.score, 4), f.recognizer, f.subject_role] for f in findings]


def unpack(row: Sequence[Any]) -> SegmentFindings:
    """Inverse of ``pack``.

    Raises:
        ValueError, TypeError, KeyError: not such a row.

    """
    findings, status, language, minor, regions, inside = row
    return SegmentFindings(
        findings=_findings(findings),
        status=Status(status),
        language=str(language),
        minor=bool(minor),
        regions=tuple((str(code), float(confidence)) for code, confidence in regions),
        inside=_findings(inside),
    )


def _findings(rows: Sequence[Sequence[Any]]) -> tuple[Finding, ...]:
    return tuple(
        Finding(str(kind), int(start), int(end), float(score), str(name), str(role))
        for kind, start, end, score, name, role in rows
    )
