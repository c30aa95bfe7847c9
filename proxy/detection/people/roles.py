"""Whose name or number a finding is: the patient's, a provider's, a third party's. In doubt it stays ``data_subject``.

The words right before or behind a name (labels, professions, kinship, credentials) determine a person's role; other
mentions of the same name follow. Identifiers have a role by their type (a licence is a provider's, a record number a
patient's) or take that of the person named before them.

Roles never lower protection: no transform reads them; policies see them as a fact beside the type.
"""

# ruff: noqa: RUF001 -- tables are read line by line
from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from proxy.core.entities import ENTITIES, PERSONAL, with_trait
from proxy.core.findings import Finding
from proxy.core.search.names import parts
from proxy.detection.languages import alternatives
from proxy.detection.merge import GUESSERS
from proxy.detection.text.sparse import Sparse

UNTOLD = "data_subject"
PATIENT, PROVIDER, THIRD = "patient", "provider", "third_party"

_BEFORE, _BEHIND, _BESIDE = 80, 48, 100

_TITLE = rf"{alternatives('doctor_titles')}\b\.?(?: {{0,2}}(?:med|mult|Dr|habil)\b\.?){{0,3}}"
_ADDRESS = rf"(?:(?:{alternatives('titles')}|Dª?)\b\.?\s)?"
_LINK = rf"(?:,? {alternatives('is_called')})?"
_GAP = r"[\s:=|*\"'„“«(,–-]{1,6}"
#: Words that make a text clinical where no health content was found.
_CLINICAL = Sparse(rf"\b{alternatives('clinical')}\b", alternatives("clinical"), re.IGNORECASE)
_HEALTH = with_trait("clinical")
#: Types that imply a role.
_BY_TYPE: Mapping[str, str] = {name: entity.role for name, entity in ENTITIES.items() if entity.role}
_CONTACT = with_trait("contact")
#: Types that belong to the subject of a text, never to a provider or a relative.
_PERSONAL = with_trait("subject")
_SENTENCE_END = re.compile(r"[.!?;]\s|\n")
_BLANK_LINE = re.compile(r"\n\s*\n")


def _before(name: str) -> Sparse:
    """Match a word of a list right before a name; titles and a form of address may stand between."""
    word = alternatives(name)
    return Sparse(rf"(?<![\w'’-]){word}{_LINK}{_GAP}{_ADDRESS}(?:{_TITLE}\s){{0,3}}\Z", word, re.IGNORECASE)


def _behind(name: str) -> re.Pattern[str]:
    """Match a word of a list behind a name: ", her mother," or "(Hausarzt)"."""
    return re.compile(
        rf"\s?[,(]\s?(?:{alternatives('articles')} ){{0,2}}{alternatives(name)}(?![\w'’-])", re.IGNORECASE
    )


#: Professions that treat patients, and those that do only in clinical texts.
_TREATS_BEFORE, _MAY_TREAT_BEFORE = _before("treats"), _before("may_treat")
#: In clinical texts the name after a label of a form is the patient's.
_TREATED_BEFORE, _FORM_BEFORE, _KIN_BEFORE = _before("treated"), _before("form"), _before("kin")
_TREATS_BEHIND, _KIN_BEHIND = _behind("treats"), _behind("kin")
_BORN_BEHIND = re.compile(rf",?\s{{0,2}}[,(]?\s?{alternatives('born')}", re.IGNORECASE)
_OF_CARE = frozenset(
    name for name, entity in ENTITIES.items() if "health" in entity.categories and entity.kind in PERSONAL
)
#: Recognizers of such numbers that rest on words of other business, or on none.
WORDED = GUESSERS | {"health_plan", "health_plan_prefixed", "nhs_written", "claim", "person_id"}
_ANNOUNCED = 0.95
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
#: Further words of care and its records.
_CARE = Sparse(rf"\b{alternatives('care')}\b", alternatives("care"), re.IGNORECASE)
_CREDENTIAL_BEHIND = re.compile(rf",?\s\(?{alternatives('credentials')}\b")
_TITLE_BEFORE = re.compile(rf"(?<!\w){_TITLE}\s?\Z")
_TITLE_WITHIN = re.compile(rf"{_TITLE}\s")


def assigned(text: str, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return the findings (disjoint, in order) with their roles."""
    if not any(f.entity_type == "PERSON" or f.entity_type in _BY_TYPE for f in findings):
        return tuple(findings)
    people = _people(text, [f for f in findings if f.entity_type == "PERSON"], findings)
    return tuple(
        finding if role == finding.subject_role else replace(finding, subject_role=role)
        for finding, role in zip(findings, _roles(text, findings, people), strict=True)
    )


def accounted(text: str, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Turn numbers of patients and the insured into those of a customer where nothing else concerns care.

    Those that a model guesses are meant, and those that a word of other business announces, too: policy, plan, group.
    """
    guessed = [f for f in findings if f.entity_type in _OF_CARE and _is_worded(f)]
    others = [f for f in findings if f not in guessed]
    if not guessed or clinical(text, others) or _CARE.search(text) is not None:
        return tuple(findings)
    customers = {f for f in guessed if _UUID.match(text, f.start) is None}  # which programs give to anything
    kept = (f for f in findings if f in customers or f not in guessed)
    return tuple(replace(f, entity_type="USERNAME", subject_role=UNTOLD) if f in customers else f for f in kept)


def _is_worded(finding: Finding) -> bool:
    return finding.recognizer in GUESSERS or (finding.recognizer in WORDED and finding.score < _ANNOUNCED)


def clinical(text: str, findings: Iterable[Finding]) -> bool:
    """Whether a text concerns somebody's care, by its findings or its words."""
    return any(f.entity_type in _HEALTH for f in findings) or _CLINICAL.search(text) is not None


def _people(text: str, persons: Sequence[Finding], findings: Iterable[Finding]) -> dict[int, str]:
    """Return start of a name -> role; mentions without a role of their own follow others of the same name."""
    care = clinical(text, findings)
    role_by_start = {person.start: _own_role(text, person, clinical=care) for person in persons}
    words = {
        person.start: frozenset(part.text.lower() for part in parts(text[person.start : person.end]) if not part.title)
        for person in persons
    }
    role_by_word = {(words[start], role) for start, role in role_by_start.items() if role and words[start]}
    for start, role in role_by_start.items():
        if not role and words[start]:
            others = {other for name, other in role_by_word if words[start] <= name}
            role_by_start[start] = others.pop() if len(others) == 1 else UNTOLD
    return {start: role or UNTOLD for start, role in role_by_start.items()}


def _own_role(text: str, person: Finding, *, clinical: bool) -> str:
    """Return the role by the words around one mention, "" where there are none."""
    before = text[max(0, person.start - _BEFORE) : person.start]
    behind = text[person.end : person.end + _BEHIND]
    for role, pattern in (
        (THIRD, _KIN_BEFORE),
        (PATIENT, _TREATED_BEFORE),
        (PROVIDER, _TREATS_BEFORE),
        (PROVIDER, _MAY_TREAT_BEFORE if clinical else None),
    ):
        if pattern is not None and pattern.search(before):
            return role
    if _CREDENTIAL_BEHIND.match(behind) or _TREATS_BEHIND.match(behind):
        return PROVIDER
    if _KIN_BEHIND.match(behind):
        return THIRD
    if not clinical:
        return ""
    if _TITLE_BEFORE.search(before) or _TITLE_WITHIN.match(text, person.start, person.end):
        return PROVIDER
    form = ":" in before[-8:] and _FORM_BEFORE.search(before) is not None
    return PATIENT if form or _BORN_BEHIND.match(behind) else ""


def _roles(text: str, findings: Sequence[Finding], people: Mapping[int, str]) -> Iterable[str]:
    """Yield the role of each finding; ``last`` is the person named most recently."""
    last: Finding | None = None
    for finding in findings:
        if finding.entity_type == "PERSON":
            last = finding
            yield people[finding.start]
        elif finding.entity_type in _BY_TYPE:
            yield _BY_TYPE[finding.entity_type]
        elif last is None:
            yield finding.subject_role
        else:
            yield _beside(text[last.end : finding.start], finding, people[last.start])


def _beside(between: str, finding: Finding, role: str) -> str:
    """Return the role that an identifier takes from the person named before it."""
    if finding.entity_type in _CONTACT:
        near = len(between) <= _BESIDE and _SENTENCE_END.search(between) is None
        return role if near else finding.subject_role
    if finding.entity_type in _PERSONAL and role == PATIENT:
        near = len(between) <= 2 * _BESIDE and _BLANK_LINE.search(between) is None
        return role if near else finding.subject_role
    return finding.subject_role
