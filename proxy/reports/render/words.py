"""Codes in words, with the citation beside, and references in short with a list of them in full. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from proxy.reports.render.languages import Speech, english

_WORDS: Mapping[str, str] = {
    "adequacy": "adequacy decision (GDPR Art. 45)",
    "dpf": "EU-US Data Privacy Framework (GDPR Art. 45)",
    "scc": "standard contractual clauses (GDPR Art. 46(2)(c))",
    "bcr": "binding corporate rules (GDPR Art. 47)",
    "idta": "international data transfer agreement (UK GDPR Art. 46)",
    "pin_local": "kept in the region",
    "third_party": "third party",
    "public_health": "public health (45 CFR 164.512(b))",
    "required_by_law": "required by law (45 CFR 164.512(a))",
    "health_oversight": "health oversight (45 CFR 164.512(d))",
    "judicial": "judicial proceedings (45 CFR 164.512(e))",
    "research": "research (45 CFR 164.512(i))",
}
#: An article as policies write it: A6-1-b, eu-gdpr:A46-2-c.
_ARTICLE = re.compile(r"(?:eu-gdpr:)?A(\d{1,3})((?:-(?:\d{1,2}|[a-z]))+)")
_CITED, _PLACE = re.compile(r"(?<!UK )GDPR Art\. (\d+)((?:\(\w+\))*)(?!\w)"), re.compile(r"\((\w+)\)")
#: The columns that hold codes: in others a word may be somebody's name.
_CODED = frozenset({
    "action", "art9", "art9_condition", "basis", "hipaa_basis", "legal_basis", "mechanism", "mechanisms", "operator",
    "purpose", "purposes",
})  # fmt: skip
_VOCABULARY = re.compile(r"(?:dpv|eu-aiact|eu-gdpr)(?:-\w+)?:([A-Z][A-Za-z]+)")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
#: Random to their ends, where they are cut: ids made in one hour begin alike.
_REFERENCE = re.compile(
    r"hmac-sha256:[\w.-]+:[0-9a-f]{64}|read:[0-9a-f]{32}|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
)
_SHOWN = 8


def of(column: str, value: Any, say: Speech = english) -> Any:
    """Return a column's value in words, where it holds codes."""
    if column not in _CODED:
        return value
    return (
        [of(column, element, say) for element in value]
        if isinstance(value, list)
        else in_words(value, say)
        if isinstance(value, str)
        else value
    )


def in_words(code: str, say: Speech = english) -> str:
    """Return a code in words with its citation; anything else as it is."""
    if (words := _WORDS.get(code)) is not None:
        return cited(say(words), say)
    if (article := _ARTICLE.fullmatch(code)) is not None:
        places = "".join(f"({part})" for part in article[2].split("-")[1:])
        return cited(f"GDPR Art. {article[1]}{places}", say)
    if (term := _VOCABULARY.fullmatch(code)) is not None:
        return _HUMP.sub(" ", term[1]).lower()
    return code


def cited(text: str, say: Speech) -> str:
    """Return a text whose citations of the GDPR are written as they are in a language."""

    def written(match: re.Match[str]) -> str:
        places = [
            say("(%(number)s)", number=word) if word.isdigit() else say("(%(letter)s)", letter=word)
            for word in _PLACE.findall(match[2])
        ]
        return say("GDPR Art. %(article)s", article=match[1] + "".join(places))

    return _CITED.sub(written, text)


def shortened(text: str, full: dict[str, str]) -> str:
    """Return a text with its references in short; each is put into ``full``, by its short form."""

    def short(match: re.Match[str]) -> str:
        shown = _SHOWN
        while full.setdefault(f"\u2026{match[0][-shown:]}", match[0]) != match[0]:
            shown += 4  # another reference ends alike
        return f"\u2026{match[0][-shown:]}"

    return _REFERENCE.sub(short, text)
