"""Public figures in texts without a personal context: a question about Einstein concerns nobody present.

A name listed in ``public_figures.txt`` gets the role ``public`` when the text holds no other personal data: no other
name, contact data, number, health content or secret, no form of address, no word of business with somebody, and, where
there is a single one, no age and no first person. Characters of literature count as figures. Names that people bear
today, too ("Beatrice"), count beside another figure only. A text of names alone has no context. In doubt a name stays
that of a person. Policy decides what happens to public figures.
"""

# ruff: noqa: RUF001 -- the marks of possessives
from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Final

from proxy.core.findings import PUBLIC, Finding
from proxy.detection.languages import alternatives
from proxy.detection.people.vocabulary import LINKS
from proxy.detection.text.context import normalised
from proxy.detection.text.sparse import Sparse

_FILE: Final = Path(__file__).with_name("public_figures.txt")
#: Types that concern nobody by themselves.
_IMPERSONAL: Final = frozenset({"LOCATION", "DATE", "ORGANIZATION", "NATIONALITY", "PROFESSION", "URL"})
#: Endings of a name in a sentence: "Newton's", "Goethes", "Kopernika".
_ENDINGS: Final = ("s", "a", "em", "owi", "ie", "ego")
_LEAST_INFLECTED = 5
_DEALINGS: Final = Sparse(rf"\b{alternatives('dealings')}\b", alternatives("dealings"), re.IGNORECASE)
_FIRST_PERSON: Final = Sparse(rf"\b{alternatives('first_person')}\b", alternatives("first_person"), re.IGNORECASE)
#: From so many different figures on a text is about them, whoever writes it.
_SEVERAL = 2
#: Words of the longest name.
_LONGEST = 6


def load() -> None:
    """Read the list now, not with the first text that needs it."""
    _further()
    _families()


def with_public(text: str, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Set the role of the public figures in a whole text, unless it holds anything personal."""
    people = [f for f in findings if f.entity_type == "PERSON"]
    if not people or not _all_known([text[f.start : f.end] for f in people]):
        return tuple(findings)
    several = len({normalised(text[f.start : f.end]) for f in people}) >= _SEVERAL
    personal = {f.entity_type for f in findings} - _IMPERSONAL - {"PERSON"} - ({"AGE"} if several else set())
    deals = _DEALINGS.search(text) is not None or (not several and _FIRST_PERSON.search(text) is not None)
    if personal or deals or _alone(text, people):
        return tuple(findings)
    return tuple(replace(f, subject_role=PUBLIC) if f.entity_type == "PERSON" else f for f in findings)


def _alone(text: str, people: Sequence[Finding]) -> bool:
    """Whether the text holds nothing but names."""
    borders = [0, *(border for f in people for border in (f.start, f.end)), len(text)]
    between = (text[start:end] for start, end in zip(borders[::2], borders[1::2], strict=True))
    return not any(any(map(str.isalpha, part)) for part in between)


def _all_known(names: Iterable[str]) -> bool:
    """Whether all are figures. Beside several that are, the last word of another one's name is enough."""
    figures = {name: is_figure(name) for name in names}
    sure = len({normalised(name) for name, is_sure in figures.items() if is_sure})
    further = [_further()] * (sure > 0) + [_families()] * (sure >= _SEVERAL)
    return all(is_sure or any(_is_listed(name, more) for more in further) for name, is_sure in figures.items())


def is_figure(name: str) -> bool:
    """Whether a name is that of a public figure by itself, perhaps with words beside it that no list of names has."""
    return _is_listed(name, _names())


def _is_listed(name: str, figures: frozenset[str]) -> bool:
    """Whether a name is one of ``figures``, or consists of several: "Lessings Emilia Galotti"."""
    words = normalised(name.removesuffix("'s").removesuffix("’s")).split()
    reached = [True, *([False] * len(words))]
    for end in range(1, len(words) + 1):
        starts = range(max(0, end - _LONGEST), end)
        reached[end] = any(reached[start] and _is_figure(" ".join(words[start:end]), figures) for start in starts)
        reached[end] |= 1 < end < len(words) and reached[end - 1] and words[end - 1] in LINKS
    return reached[-1]


def _is_figure(words: str, figures: frozenset[str]) -> bool:
    if words in figures:
        return True
    return any(
        words.endswith(ending) and len(words) - len(ending) >= _LEAST_INFLECTED and words[: -len(ending)] in figures
        for ending in _ENDINGS
    )


@lru_cache(maxsize=1)
def _names() -> frozenset[str]:
    return frozenset(_spelled(""))


@lru_cache(maxsize=1)
def _further() -> frozenset[str]:
    """Names that count beside another figure, and all others: "Beatrice"."""
    return _names() | frozenset(_spelled("?"))


@lru_cache(maxsize=1)
def _families() -> frozenset[str]:
    return frozenset(name.rpartition(" ")[2] for name in _names())


def rules() -> bytes:
    """Return the list, for the digest of the rules."""
    return _FILE.read_bytes()


def _spelled(mark: str) -> Iterator[str]:
    """Yield the entries with a mark, "" for none or "~"."""
    lines = rules().decode("utf-8").splitlines()
    entries = (entry.strip() for line in lines if not line.startswith(("#", "[")) for entry in line.split(","))
    for entry in entries:
        plain = normalised(entry.lstrip("~?")).strip()
        if plain and entry.startswith("?") == (mark == "?"):
            yield plain
            if entry.startswith("~"):
                yield plain.rpartition(" ")[2]
