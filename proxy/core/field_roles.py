"""The role of a value's subject, from the object keys around it: ``{"attending": {"name": ...}}``.

Only findings whose role the text itself leaves open take one; see ``proxy.detection.people.roles`` for roles from text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from proxy.core.entities import with_trait
from proxy.core.findings import PUBLIC, Finding, SegmentFindings
from proxy.core.records import TextSpan

_UNSPECIFIC = "data_subject"
_LONGEST = 96  # characters: a longer value is prose
_NEAREST = 3  # object keys, from the value outwards
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+")
#: Types that belong to a person; content, dates and places do not.
_OWNED = with_trait("owned")
_ROLES: tuple[tuple[str, frozenset[str]], ...] = (
    (
        "third_party",
        frozenset(
            """
            spouse guardian relative caregiver kin mother father wife husband daughter sibling notfallkontakt
            kontaktperson angehöriger ehepartner conjoint cónyuge coniuge cônjuge contactpersoon opiekun
            """.split()
        ),
    ),
    (
        "provider",
        frozenset(
            """
            physician doctor attending practitioner prescriber surgeon nurse clinician pharmacist arzt hausarzt
            behandler médecin medecin médico medico infirmier lekarz arts huisarts behandelaar
            """.split()
        ),
    ),
    ("patient", frozenset("patient patientin paciente paziente pacjent patiënt utente versicherter insured".split())),
)
#: Pairs of words that together name a role.
_PAIRS = {("emergency", "contact"): "third_party", ("contact", "person"): "third_party"}


def with_roles(spans: Sequence[TextSpan], segments: Sequence[SegmentFindings]) -> tuple[SegmentFindings, ...]:
    """Return the segments with roles from the object keys above the values."""
    return tuple(
        [
            _with_role(span, segment) if segment.findings else segment
            for span, segment in zip(spans, segments, strict=True)
        ]
    )


def _with_role(span: TextSpan, segment: SegmentFindings) -> SegmentFindings:
    if span.kind not in {"value", "number"} or len(span.text) > _LONGEST or not any(map(_open, segment.findings)):
        return segment
    role = next(filter(None, map(_role, _keys(span.pointer))), "")
    if not role:
        return segment
    findings = tuple(replace(finding, subject_role=role) if _open(finding) else finding for finding in segment.findings)
    return replace(segment, findings=findings)


def _open(finding: Finding) -> bool:
    return finding.subject_role in {_UNSPECIFIC, PUBLIC} and finding.entity_type in _OWNED


def _keys(pointer: str) -> Iterator[str]:
    """Yield the object keys above a value, nearest first."""
    keys = [key for key in pointer.replace("#", "/").split("/") if key and not key.isdecimal()]
    yield from reversed(keys[-_NEAREST:])


def _role(key: str) -> str:
    words = [word.lower() for word in _WORD.findall(key)]
    for pair in pairwise(words):
        if pair in _PAIRS:
            return _PAIRS[pair]
    return next((role for role, role_words in _ROLES if not role_words.isdisjoint(words)), "")
