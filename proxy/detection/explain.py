"""The reason for a finding, in words, for ``detect --explain``."""

from __future__ import annotations

from functools import lru_cache

from proxy.core.findings import ENCODED, Finding
from proxy.detection.patterns.pattern import Pattern
from proxy.detection.patterns.recognizers import PATTERNS
from proxy.detection.patterns.secret_rules import RECOGNIZER

_MODELS = {
    "spacy": "spaCy's named-entity model",
    "classifier": "the token classifier",
    "terms": "a term of the category lists",
    "ambiguous_terms": "a term of the category lists with a second sense, beside a person",
    "icd10": "an ICD-10 code in medical surroundings",
    "age": "an age beside what tells the person apart, or over 89",
    "deny_list": "the tenant's deny-list",
    "name_addressed": "the address behind it is made of it",
    "name_titled": "a title or form of address before it",
    "name_label": "a label such as 'Surname:' before it",
    "speaker": "the turns of a conversation, which it precedes",
    "record": "its key or column in a record of a person",
    "name_bare": "a label 'Name:' before it, which products have, too",
    "name_initial": "a first name with an initial",
    "name_spoken": "a phrase such as 'my name is' before it",
}


@lru_cache(maxsize=1)
def _patterns() -> dict[str, Pattern]:
    return {pattern.name: pattern for pattern in PATTERNS}


def reason(finding: Finding) -> str:
    """Return one sentence on the rule or model behind the finding."""
    name = finding.recognizer.removeprefix(ENCODED)
    prefix = "inside an encoded part: " if name != finding.recognizer else ""
    pattern = _patterns().get(name)
    if name.startswith(RECOGNIZER):
        return f"{prefix}the secret rule {name.removeprefix(RECOGNIZER)}"
    if pattern is None:
        return prefix + _MODELS.get(name, name)
    parts = ["pattern"]
    if pattern.country:
        parts.append(f"of {pattern.country}")
    if pattern.check is not None:
        parts.append("with a valid check")
    if pattern.words is not None:
        near = finding.score >= pattern.boosted > pattern.score
        parts.append("and a word that announces it" if near else "without a word that announces it")
    return prefix + " ".join(parts)
