"""Guessed names that are symbols: tools, and the verb at the start of an instruction."""

from __future__ import annotations

import re

from proxy.core.findings import Finding
from proxy.detection.languages import alternatives
from proxy.detection.languages import words as vocabulary

#: Tools, languages and products written like names, none of them a common name.
_TECHNOLOGY = frozenset(vocabulary("technology"))
_IMPERATIVE = re.compile(rf" {alternatives('objects')}\b[ ]")
_SENTENCE_START = re.compile(r"(?:^|[.!?:]\s+|\n\s*|[\"“]\s*)\Z")
_START_REACH = 6
_SURE_NAME = 0.97


def symbol(text: str, finding: Finding) -> bool:
    """Whether a guessed name is a tool, or the verb at the start of a sentence."""
    value = text[finding.start : finding.end]
    if all(word.lower() in _TECHNOLOGY for word in value.split()):
        return finding.entity_type != "ORGANIZATION" or value.islower()  # a firm may be called like its product
    if finding.entity_type != "PERSON" or " " in value or not value[0].isupper() or finding.score >= _SURE_NAME:
        return False
    opens = _SENTENCE_START.search(text, max(0, finding.start - _START_REACH), finding.start) is not None
    return opens and _IMPERATIVE.match(text, finding.end) is not None
