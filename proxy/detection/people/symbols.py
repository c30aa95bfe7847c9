"""Guessed names that are symbols: words of code and configuration, tools, the verb at the start of an instruction."""

from __future__ import annotations

import re

from proxy.core.findings import Finding
from proxy.detection.languages import alternatives
from proxy.detection.languages import words as vocabulary
from proxy.detection.text.numbers import is_fraction

#: Tools, languages and products written like names, none of them a common name.
_TECHNOLOGY = frozenset(vocabulary("technology"))
#: Marks of code, configuration and logs; two of them make a text one of these.
_STRUCTURE = re.compile(
    r"(?m)^[ \t]*(?:- )?[\w.-]+:(?:[ \t]|$)|[{};][ \t]*$|[{}]|=>|->|::|&&"
    r"|^[ \t]*(?:FROM|RUN|COPY|SELECT|import|def|class|func|fn|let|const)\b"
)
#: Keys whose value is a person, also in lower case.
_PERSON_KEY = re.compile(rf"(?i){alternatives('person_keys')}[\w -]{{0,16}}[\"']?\s*[:=]\s*[\"']?\Z")
_INNER_CAPITAL = re.compile(r"[a-z]+[A-Z]\w*|[a-z]{1,3}(?:\.[a-z]+)+")
_IMPERATIVE = re.compile(rf" {alternatives('objects')}\b[ ]")
_SENTENCE_START = re.compile(r"(?:^|[.!?:]\s+|\n\s*|[\"“]\s*)\Z")
_KEY_REACH, _START_REACH = 48, 6
_SURE_NAME = 0.97
_AROUND = 160


def symbol(text: str, finding: Finding) -> bool:
    """Whether a guessed name is a word of code, a tool, or the verb at the start of a sentence."""
    value = text[finding.start : finding.end]
    if finding.entity_type == "STREET_ADDRESS":
        return is_fraction(text, finding) or value.lower() in _TECHNOLOGY
    words = value.split()
    if all(word.lower() in _TECHNOLOGY for word in words):
        return finding.entity_type != "ORGANIZATION" or value.islower()  # a firm may be called like its product
    if finding.entity_type != "PERSON":
        return False
    if any(_INNER_CAPITAL.fullmatch(word) is not None for word in words):
        return True
    return len(words) == 1 and _no_person(text, finding, value)


def _no_person(text: str, finding: Finding, word: str) -> bool:
    """Whether a guess of one word opens an instruction or is a symbol in code."""
    start = finding.start
    if text[start - 1 : start] in {"<", "/"} and text.startswith(">", finding.end):
        return True  # a tag
    if word[0].isupper():
        opens = _SENTENCE_START.search(text, max(0, start - _START_REACH), start) is not None
        return opens and finding.score < _SURE_NAME and _IMPERATIVE.match(text, finding.end) is not None
    if text.startswith("(", finding.end):
        return True  # a function
    announced = _PERSON_KEY.search(text, max(0, start - _KEY_REACH), start) is not None
    around = text[max(0, start - _AROUND) : finding.end + _AROUND]
    return not announced and len(_STRUCTURE.findall(around)) > 1
