"""From findings to what policy may see: entities by type, categories, coverage, hints. No text passes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from proxy.core.findings import PUBLIC, Detection, Finding, SegmentFindings, Status
from proxy.core.records import EntitySummary, Inspection, Payload

_NO_LANGUAGE = "und"


def inspect(payload: Payload, detection: Detection, categories: Mapping[str, tuple[str, ...]]) -> Inspection:
    """Return the classified payload; ``categories`` maps entity types to categories (the catalog's)."""
    segments = detection.segments
    entities = summarise(zip([span.path for span in payload.spans], segments, strict=True))
    personal = (entity for entity in entities if entity.subject_role != PUBLIC)  # public figures are policy's choice
    implied = {category for entity in personal for category in categories.get(entity.type, ())}
    return Inspection(
        payload=payload,
        segments=segments,
        status=detection.status,
        coverage=_coverage(segments, len(payload.opaque)),
        entities=entities,
        categories=tuple(sorted(implied)),
        language=_language(payload, segments),
        minor=True in [segment.minor for segment in segments],
        regions=_regions(segments),
        detectors=detection.detectors,
        names=detection.names,
    )


#: From best to worst.
_SEVERITY = (Status.COMPLETE, Status.SKIPPED, Status.PARTIAL, Status.TIMEOUT, Status.FAILED)


def joined(detections: Sequence[Detection]) -> Detection:
    """Join detections, at least one, into one over all their texts in order."""
    names = tuple(name for detection in detections for name in detection.names)
    segments = tuple(segment for detection in detections for segment in detection.segments)
    return Detection(
        segments,
        max((detection.status for detection in detections), key=_SEVERITY.index),
        tuple(dict.fromkeys(version for detection in detections for version in detection.detectors)),
        sum(detection.cached for detection in detections),
        names if len(names) == len(segments) else (),
    )


def summarise(segments: Iterable[tuple[str, SegmentFindings]]) -> tuple[EntitySummary, ...]:
    """Return one row per entity type and subject role, sorted, with confidences in hundredths."""
    counts: dict[tuple[str, str], int] = {}
    best: dict[tuple[str, str], float] = {}
    paths: dict[tuple[str, str], set[str]] = {}
    for path, segment in segments:
        if not (segment.findings or segment.inside):
            continue
        for finding in _distinct(segment) if segment.inside else segment.findings:
            key = (finding.entity_type, finding.subject_role)
            counts[key] = counts.get(key, 0) + 1
            best[key] = max(best.get(key, 0.0), finding.score)
            paths.setdefault(key, set()).add(path)
    return tuple(
        EntitySummary(kind, counts[kind, role], round(best[kind, role], 2), tuple(sorted(paths[kind, role])), role)
        for kind, role in sorted(counts)
    )


def _distinct(segment: SegmentFindings) -> Iterable[Finding]:
    """Return one finding of each value, type and role: two lists may have one person."""
    return {(f.entity_type, f.subject_role, f.start, f.end): f for f in (*segment.inside, *segment.findings)}.values()


def _coverage(segments: tuple[SegmentFindings, ...], opaque: int) -> float:
    parts = len(segments) + opaque
    read = [segment.status for segment in segments].count(Status.COMPLETE)
    return round(read / parts, 3) if parts else 1.0


def _language(payload: Payload, segments: tuple[SegmentFindings, ...]) -> str:
    weights: dict[str, int] = {}
    for span, segment in zip(payload.spans, segments, strict=True):
        language = segment.language
        if language != _NO_LANGUAGE:
            weights[language] = weights.get(language, 0) + len(span.text)
    return max(weights, key=lambda language: (weights[language], language)) if weights else _NO_LANGUAGE


def _regions(segments: tuple[SegmentFindings, ...]) -> tuple[tuple[str, float], ...]:
    best: dict[str, float] = {}
    for segment in segments:
        for code, confidence in segment.regions:
            best[code] = max(best.get(code, 0.0), confidence)
    return tuple(sorted(best.items()))
