"""Inflected forms of names: "Schmidts", "Kowalskiego", "Anny", "Ивановым".

Words are skeletons (lower case, no accents). A form is a stem with an ending; there is no grammar, so a few more words
match than are correct.
"""

# ruff: noqa: RUF001 -- letters of several alphabets, each meant
from __future__ import annotations

import re
from typing import Final

from proxy.core.search.data import document

_ADJECTIVE = re.compile(r"(.{2,}(?:sk|ck|dzk))(?:a|i|ie|iego|iemu|iej|im|imi|ich)")
_VOWELS = frozenset("aeiouyаеиоуыэюяйαεηιουω")
_FORMS = document("inflection.toml")
_ENDINGS: Final[frozenset[str]] = frozenset(_FORMS["endings"])
#: Sounds that change before an ending: Monika, Monice; Olga, Oldze.
_SOFT: Final[dict[str, str]] = _FORMS["soft"]
_FLEETING = re.compile(r"(.{2,})e([kclnrtm])")
_SHORTEST = 3
_LONG = 6
#: A shorter word with an ending is often another word: "Berg" in "Berge".
_DECLINED = 5


def stems(word: str) -> tuple[str, ...]:
    """Return the stems of a word, the word itself first where it has no ending."""
    adjective = _ADJECTIVE.fullmatch(word)
    if adjective:
        return (adjective[1],)
    forms = [_bare(word)]
    if word[-1:] == "a" and word[-2:-1] in _SOFT:
        forms.append(word[:-2] + _SOFT[word[-2]])
    fleeting = _FLEETING.fullmatch(word)
    if fleeting:
        forms.append(fleeting[1] + fleeting[2])
    return tuple(stem for stem in forms if len(stem) >= _SHORTEST)


def _bare(word: str) -> str:
    if word[-1:] in _VOWELS:
        return word[:-1]
    if len(word) > _LONG and word[-1] == "s":
        return word[:-2] if word[-2] in _VOWELS else word[:-1]
    return word


def is_form(word: str, stem: str, form: str) -> bool:
    """Whether ``found``, which begins with ``stem``, is the word itself or a form of it."""
    rest = form[len(stem) :]
    return form == word or rest in _ENDINGS or (not rest and word.startswith(stem))


def is_sure(word: str, form: str) -> bool:
    """Whether a form stands for its word without another word beside it."""
    return form in {word, word + "s"} or len(word) >= _DECLINED or word[-1:] in _VOWELS
