"""The forms a name takes in a sentence: "Schmidts", "Kowalskiego", "Anny", "Ивановым".

Words are skeletons (lower case, no accents). A form is a stem with an ending; no grammar, so a few more words match
than a grammar would allow.
"""

# ruff: noqa: RUF001 -- letters of several alphabets, each meant
from __future__ import annotations

import re

_ADJECTIVE = re.compile(r"(.{2,}(?:sk|ck|dzk))(?:a|i|ie|iego|iemu|iej|im|imi|ich)")
_VOWELS = frozenset("aeiouyаеиоуыэюяйαεηιουω")
_ENDINGS = frozenset(
    """
    s es e a y i o u ie ia ii ae ow owi owie owa owej owie em iem om ami ach ego iego emu iemu im ym ich ych
    imi ej iej ova ove ovou ovi ou os as is us in nak nek val vel ot et at lla sta lle lta sche schen ovic
    а у ом ем е ой ей ою ы и ым ого ому ую ым ых ов ά α ου ο η
    """.split()
)
#: Sounds that change before an ending: Monika, Monice; Olga, Oldze.
_SOFT = {"k": "c", "g": "dz", "t": "ci", "d": "dzi", "r": "rz"}
_FLEETING = re.compile(r"(.{2,})e([kclnrtm])")
_SHORTEST = 3
_LONG = 6
#: A word with fewer letters is half another word with almost any ending: "Berg" in "Berge".
_DECLINED = 5


def stems(word: str) -> tuple[str, ...]:
    """Return the beginnings that every form of a word shares, the word itself first where it has no ending."""
    adjective = _ADJECTIVE.fullmatch(word)
    if adjective:
        return (adjective[1],)
    found = [_bare(word)]
    if word[-1:] == "a" and word[-2:-1] in _SOFT:
        found.append(word[:-2] + _SOFT[word[-2]])
    fleeting = _FLEETING.fullmatch(word)
    if fleeting:
        found.append(fleeting[1] + fleeting[2])
    return tuple(stem for stem in found if len(stem) >= _SHORTEST)


def _bare(word: str) -> str:
    if word[-1:] in _VOWELS:
        return word[:-1]
    if len(word) > _LONG and word[-1] == "s":
        return word[:-2] if word[-2] in _VOWELS else word[:-1]
    return word


def is_form(word: str, stem: str, found: str) -> bool:
    """Whether ``found``, which begins with ``stem``, is the word itself or a form of it."""
    rest = found[len(stem) :]
    return found == word or rest in _ENDINGS or (not rest and word.startswith(stem))


def is_sure(word: str, found: str) -> bool:
    """Whether a form tells its word without another one beside it."""
    return found in {word, word + "s"} or len(word) >= _DECLINED or word[-1:] in _VOWELS
