"""Given and family names of many countries, without diacritics, and which of them are everyday words too.

The lists come from Faker and Mimesis (MIT) and the baby names of the United States (public domain); they are built by
``training/names``. A listed name is evidence, never a finding: see ``proxy.detection.people``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from proxy.core.deidentification.declension import is_given
from proxy.detection.languages import words
from proxy.detection.text.ordinary import folded, ordinary

_FOLDER: Final = Path(__file__).parent
_FILES: Final = ("given.txt", "family.txt")
_JOINTS: Final = re.compile(r"['’\-‐‑–.]+")  # noqa: RUF001 -- as written in names
#: Endings of a name in a sentence: "Annas", "Wojciechem", "Joãos".
_ENDINGS: Final = ("s", "em", "owi", "a", "u", "om")
#: Endings of a Polish name in a sentence -> that of the name: "Basi" of Basia, "Tomka" of Tomek.
_DECLINED: Final = (
    ("śkiem", "siek"), ("śkowi", "siek"), ("śka", "siek"), ("śku", "siek"), ("ńkiem", "niek"), ("ńkowi", "niek"),
    ("ńka", "niek"), ("siem", "ś"), ("siowi", "ś"), ("sia", "ś"),
    ("kiem", "ek"), ("kowi", "ek"), ("ka", "ek"), ("ce", "ka"), ("dze", "ga"), ("rze", "ra"), ("cie", "ta"),
    ("ie", "a"), ("ią", "ia"), ("ię", "ia"), ("i", "ia"), ("i", "a"), ("y", "a"), ("ę", "a"), ("ą", "a"), ("o", "a"),
)  # fmt: skip
#: Endings of a Polish family name in a sentence -> that of the name: "Malinowskiemu", "Dudkiem", "Kozła", "Nowakowej".
_FAMILY: Final = (
    ("kiego", "ki"), ("kiemu", "ki"), ("kich", "ki"), ("kimi", "ki"), ("kiej", "ka"), ("kiej", "ki"), ("kim", "ki"),
    ("ką", "ka"), ("ką", "ki"), ("ki", "ka"), ("ccy", "cki"), ("scy", "ski"), ("dzcy", "dzki"), ("kiem", "ek"),
    ("kowi", "ek"), ("ka", "ek"), ("kiem", "k"), ("giem", "g"), ("cem", "ec"), ("cowi", "ec"), ("ca", "ec"),
    ("złem", "zioł"), ("zła", "zioł"), ("złem", "zeł"), ("łem", "eł"), ("łowi", "eł"), ("ła", "eł"), ("ębiem", "ąb"),
    ("ębiowi", "ąb"), ("ębia", "ąb"), ("blem", "bel"), ("blowi", "bel"), ("bla", "bel"), ("niem", "ń"),
    ("niowi", "ń"), ("nia", "ń"), ("siem", "ś"), ("siowi", "ś"), ("sia", "ś"), ("ziem", "ź"), ("rem", "er"),
    ("rowi", "er"), ("ra", "er"), ("owej", ""), ("ową", ""), ("owa", ""), ("ównie", ""), ("ówną", ""), ("ówny", ""),
    ("ówna", ""), ("owie", ""), ("ami", ""), ("owi", ""), ("ów", ""), ("em", ""), ("om", ""), ("a", ""),
    ("rze", "ra"), ("dzie", "da"), ("dze", "ga"), ("cie", "ta"), ("sze", "cha"), ("ce", "ka"), ("le", "ła"),
    ("ie", "a"), ("ę", "a"), ("ą", "a"), ("y", "a"), ("i", "a"),
)  # fmt: skip
_LEAST = 3
_LEAST_FAMILY = 5
_WORD: Final = "~"


class NameStatus(NamedTuple):
    """The entries of a word in the lists.

    ``given``: a given name; ``sure``: one that is not an everyday word; ``unmistakable``: one that is no word at all in
    the eight languages; ``family``: a family name; ``common``: all of it is everyday words too.
    """

    given: bool = False
    sure: bool = False
    unmistakable: bool = False
    family: bool = False
    common: bool = False

    @property
    def is_peoples(self) -> bool:
        """Whether it is above all a name of people: a model that takes it for a place or a firm may be wrong."""
        return self.sure or (self.family and not self.common)


_NOTHING: Final = NameStatus()


@lru_cache(maxsize=1)
def lists() -> tuple[dict[str, str], dict[str, str]]:
    """Return both lists: name -> "~" where it is an everyday word too, "=" where it is any word, else ""."""
    given_names, family = (
        {line.lstrip("~="): line[0] if line[0] in "~=" else "" for line in _lines(name)} for name in _FILES
    )
    for name in words("nicknames"):
        given_names.setdefault(folded(name), "" if not ordinary(name) else "=")
    for name in words("surnames"):
        family.setdefault(folded(name), "" if not ordinary(name) else _WORD)
    return given_names, family


def _lines(name: str) -> list[str]:
    return (_FOLDER / name).read_text(encoding="ascii").split()


def rules() -> Iterable[bytes]:
    """Yield the lists, for the digest of the rules."""
    for name in _FILES:
        yield (_FOLDER / name).read_bytes()


@lru_cache(maxsize=8192)
def status_of(word: str) -> NameStatus:
    """Return the status of a word as written; a compound counts by its best part."""
    given_names, family = lists()
    parts = [part for part in _JOINTS.split(folded(word)) if len(part) >= _LEAST]
    if not parts:
        return _NOTHING
    return NameStatus(
        given=any(part in given_names for part in parts),
        sure=any(given_names.get(part, _WORD) != _WORD for part in parts),
        unmistakable=any(given_names.get(part, _WORD) == "" for part in parts),
        family=any(part in family for part in parts),
        common=all(_WORD in {given_names.get(part), family.get(part)} for part in parts),
    )


def inflected(word: str) -> NameStatus:
    """As ``known``, for a word that may be inflected."""
    listed = status_of(word)
    if listed.given or listed.family:
        return listed
    low = word.lower()
    forms = [word[: -len(ending)] for ending in _ENDINGS if low.endswith(ending)]
    if not ordinary(word):
        forms += [word[: -len(ending)] + name for ending, name in _DECLINED if low.endswith(ending)]
    return next((status for status in map(status_of, forms) if status.sure), None) or _of_family(word, low) or listed


def _of_family(word: str, low: str) -> NameStatus | None:
    """Return the status of the family name of which a word that no language knows is a Polish case, None for none."""
    if len(word) < _LEAST_FAMILY or ordinary(word):
        return None
    forms = (word[: len(word) - len(ending)] + name for ending, name in _FAMILY if low.endswith(ending))
    return next(
        (NameStatus(family=True) for status in map(status_of, forms) if status.family and not status.given), None
    )


def is_thing(word: str) -> bool:
    """Whether a capitalised word is an ordinary one that no list has: behind a genitive it is what somebody has."""
    status = status_of(word)
    return ordinary(word) and not (status.given or status.family) and not word.isupper() and word[:1].isupper()


def is_genitive(word: str) -> bool:
    """Whether a word is the German genitive of a listed name ("Annas", "Meyers"), no likelier given name ("Hans")."""
    stem, is_name = status_of(word[:-1]), status_of(word).given
    is_rarer = is_name and is_given(word[:-1].lower()) and not is_given(word.lower())
    return word.endswith("s") and (stem.given or stem.family) and (is_rarer or not is_name)
