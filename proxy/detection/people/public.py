"""Public figures in texts without a personal context: a question about Einstein concerns nobody present.

A name listed in ``public_figures.txt`` gets the role ``public`` when the text holds no other personal data: no other
name, contact data, number, health content or secret, no form of address, no word of business with somebody. A text of
names alone has no context. In doubt a name stays that of a person. Policy decides what happens to public figures.
"""

# ruff: noqa: RUF001 -- the marks of possessives
from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Final

from proxy.core.findings import PUBLIC, Finding
from proxy.detection.languages import alternatives
from proxy.detection.text.context import normalised

_FILE: Final = Path(__file__).with_name("public_figures.txt")
#: Types that concern nobody by themselves.
_IMPERSONAL: Final = frozenset({"LOCATION", "DATE", "ORGANIZATION", "NATIONALITY", "PROFESSION", "URL"})
#: Endings of a name in a sentence: "Newton's", "Goethes", "Kopernika".
_ENDINGS: Final = ("", "s", "a", "em", "owi", "ie", "ego")
_LEAST_INFLECTED = 5
_DEALINGS: Final = re.compile(rf"\b{alternatives('dealings')}\b", re.IGNORECASE)


def with_public(text: str, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Set the role of the public figures in a whole text, unless it holds anything personal."""
    people = [f for f in findings if f.entity_type == "PERSON"]
    if not people or not all(_known(text[f.start : f.end]) for f in people):
        return tuple(findings)
    personal = {f.entity_type for f in findings} - _IMPERSONAL - {"PERSON"}
    if personal or _DEALINGS.search(text) is not None or _alone(text, people):
        return tuple(findings)
    return tuple(replace(f, subject_role=PUBLIC) if f.entity_type == "PERSON" else f for f in findings)


def _alone(text: str, people: Sequence[Finding]) -> bool:
    """Whether the text holds nothing but names."""
    borders = [0, *(place for f in people for place in (f.start, f.end)), len(text)]
    between = (text[start:end] for start, end in zip(borders[::2], borders[1::2], strict=True))
    return not any(any(map(str.isalpha, part)) for part in between)


def _known(name: str) -> bool:
    words = normalised(name.removesuffix("'s").removesuffix("’s")).strip()
    if words in _names():
        return True
    return any(
        ending
        and words.endswith(ending)
        and len(words) - len(ending) >= _LEAST_INFLECTED
        and words[: -len(ending)] in _names()
        for ending in _ENDINGS
    )


@lru_cache(maxsize=1)
def _names() -> frozenset[str]:
    return frozenset(_spelled(rules().decode("utf-8").splitlines()))


def rules() -> bytes:
    """Return the list, for the digest of the rules."""
    return _FILE.read_bytes()


def _spelled(lines: Iterable[str]) -> Iterable[str]:
    for line in lines:
        if line.startswith(("#", "[")):
            continue
        for entry in line.split(","):
            plain = normalised(entry.strip().lstrip("~")).strip()
            if plain:
                yield plain
                if entry.strip().startswith("~"):
                    yield plain.rpartition(" ")[2]
