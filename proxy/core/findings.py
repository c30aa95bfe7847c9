"""What detection says about texts: findings, and how much was read. No text stands in any of it."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Status(enum.StrEnum):
    """How much of the payload was read (``classification.status``)."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    FAILED = "failed"
    TIMEOUT = "timeout"
    SKIPPED = "skipped"


#: The role of somebody whom an encyclopaedia knows, in a text without a personal context: only obligations that include
#: public figures reach the finding.
PUBLIC = "public"


@dataclass(frozen=True, slots=True)
class Finding:
    """One detected entity in one text: offsets in characters, end exclusive, score 0..1.

    ``entity_type`` is a key of the contract's entity map (PERSON, EMAIL_ADDRESS, HEALTH_CONDITION ...).
    ``subject_role`` is data_subject, patient, provider, third_party or ``PUBLIC``.
    """

    entity_type: str
    start: int
    end: int
    score: float
    recognizer: str
    subject_role: str = "data_subject"


@dataclass(frozen=True, slots=True)
class SegmentFindings:
    """Everything detection says about one text. Immutable and cacheable; holds no text."""

    findings: tuple[Finding, ...] = ()  # disjoint, ordered by start, identifiers before attributes on overlap
    status: Status = Status.COMPLETE
    language: str = "und"  # BCP 47, "und" where there is too little text to tell
    minor: bool = False  # an age cue under 16/18
    regions: tuple[tuple[str, float], ...] = ()  # (ISO 3166 code, confidence) hinted by the content
    inside: tuple[Finding, ...] = ()  # further entity types of encoded parts, over whole parts that a finding covers


@dataclass(frozen=True, slots=True)
class DetectorVersion:
    """Which detector read the text (``classification.detectors``)."""

    id: str
    version: str
    ruleset_sha256: str = ""


@dataclass(frozen=True, slots=True)
class Detection:
    """The answer of the ``Detector`` port: one ``SegmentFindings`` per text, in order."""

    segments: tuple[SegmentFindings, ...]
    status: Status
    detectors: tuple[DetectorVersion, ...] = ()
    cached: int = 0  # how many segments came from the cache
    names: tuple[bytes, ...] = ()  # keyed digests of the texts, aligned with the segments; () where there are none
