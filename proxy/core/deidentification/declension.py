"""Endings of names by language, and the names that realistic surrogates are chosen from, read once from a file. Pure.

A class is a row of endings, its base form first: "ek ka kowi kiem ku" has Marek, Marka, Markowi. A word and its
surrogate are of one class, so the surrogate takes the ending of the word, whatever case that is.
"""

# ruff: noqa: RUF001 -- letters of several alphabets, each meant
from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from proxy.core.search import names

WOMAN, MAN, FAMILY = "f", "m", "n"
_FILE: Final = Path(__file__).with_name("surrogate_names.txt")
_SHORTEST = 4  # of a surrogate
_STEM = 2
Endings = tuple[str, ...]


def _each(finals: str, *endings: str) -> list[str]:
    return [" ".join(f"{final}{ending}" for ending in endings) for final in finals.split()]


_POLISH_WOMEN = [
    "ka ki ce kę ką ko", "ga gi dze gę gą go", "ra ry rze rę rą ro", "ta ty cie tę tą to", "da dy dzie dę dą do",
    "ła ły le łę łą ło", "la li lę lą lo", "sia si się sią siu", "nia ni nię nią niu", "ia ii ię ią io",
    "ja ji ję ją jo",
    *_each("n w m p b f z s", "a", "y", "ie", "ę", "ą", "o"),
]  # fmt: skip
_POLISH_MEN = [
    "ek ka kowi kiem ku", "eł ła łowi łem le", "ł ła łowi łem le", "r ra rowi rem rze", "t ta towi tem cie",
    "d da dowi dem dzie",
    *_each("k g", "", "a", "owi", "iem", "u"), *_each("n w m p b f z s", "", "a", "owi", "em", "ie"),
    *_each("sz cz rz ż c l j", "", "a", "owi", "em", "u"),
]  # fmt: skip
_POLISH_FAMILIES = [*_each("sk ck dzk", "i", "iego", "iemu", "im", "ich", "imi", "a", "iej", "ą"), *_POLISH_MEN]
_HARD = "н р л т д с м в б п з к г х ч ш"
_UKRAINIAN_WOMEN = [
    "ка ки ці ку кою ко", "га ги зі гу гою го", "ія ії ію ією іє", "ля лі лю лею лю",
    *_each("н р л т д м в с п з б", "а", "и", "і", "у", "ою", "о"),
]  # fmt: skip
_UKRAINIAN_MEN = [
    "ій ія ієві ію ієм", "о а ові ом у", "ь я еві ю ем", *_each(_HARD, "", "а", "ові", "у", "ом"),
]  # fmt: skip
_UKRAINIAN_FAMILIES = [
    *_each("ськ цьк зьк", "ий", "ого", "ому", "им", "а", "ої", "ій", "у", "ою"), "енко енка енкові енку енком",
    *_UKRAINIAN_MEN,
]  # fmt: skip
_CLASSES: Final[Mapping[tuple[str, str], tuple[Endings, ...]]] = {
    (language, kind): tuple(sorted((tuple(row.split(" ")) for row in rows), key=lambda row: -len(row[0])))
    for language, kinds in {
        "pl": {WOMAN: _POLISH_WOMEN, MAN: _POLISH_MEN, FAMILY: _POLISH_FAMILIES},
        "uk": {WOMAN: _UKRAINIAN_WOMEN, MAN: _UKRAINIAN_MEN, FAMILY: _UKRAINIAN_FAMILIES},
    }.items()
    for kind, rows in kinds.items()
}
#: Adjectives: their endings tell the base form without a list of names.
_ADJECTIVE = re.compile(r".+(?:ski|cki|dzki|ський|цький|зький)")
_DECLINING: Final = frozenset(language for language, _ in _CLASSES)
_PLAIN: Final[Endings] = ("",)
_GENITIVE: Final[Endings] = ("", "s")
_TAKING_S = frozenset({"de", "en", "nl", "sv"})
_SIBILANTS = ("s", "ß", "x", "z")
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
LANGUAGES: Final = ("de", "en", "es", "fr", "it", "nl", "pl", "pt", "sv", "uk")


class NameForm(NamedTuple):
    """A word as a form of a base: lower case; ``at`` is the place of its ending in the class."""

    language: str
    kind: str
    base: str
    endings: Endings
    at: int
    listed: bool  # the base is a name of the list


@lru_cache(maxsize=1)
def listed() -> Mapping[tuple[str, str], frozenset[str]]:
    """Return the names of the list by language and kind, lower case."""
    rows = (line.split() for line in _FILE.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
    return {(language, kind): frozenset(name.lower() for name in row) for language, kind, *row in rows}


@lru_cache(maxsize=1)
def _roles() -> tuple[frozenset[str], frozenset[str]]:
    """Return the listed names of families, and those of women and men, of all languages."""
    families = (row for (_, kind), row in listed().items() if kind == FAMILY)
    people = (row for (_, kind), row in listed().items() if kind != FAMILY)
    return frozenset().union(*families), frozenset().union(*people)


def is_given(word: str) -> bool:
    """Whether a lower-case word is a listed name of a woman or a man."""
    return word in _roles()[1]


def is_family_only(word: str) -> bool:
    """Whether a lower-case word is a listed name of families, and nobody's given one."""
    families, people = _roles()
    return word in families and word not in people


def is_international(word: str, kind: str) -> bool:
    """Whether a lower-case word is a listed name of a kind in several languages."""
    return sum(word in listed()[language, kind] for language in LANGUAGES) > 1


def endings_of(language: str, kind: str, base: str) -> Endings:
    """Return the class of a base form, lower case."""
    for row in _CLASSES.get((language, kind), ()):
        if base.endswith(row[0]) and len(base) - len(row[0]) >= _STEM:
            return row
    if language in _TAKING_S and not base.endswith(_SIBILANTS):
        return _GENITIVE
    return _PLAIN


def forms(word: str, kind: str) -> Iterator[NameForm]:
    """Yield what a lower-case word may be a form of, as it stands first."""
    cyrillic = _CYRILLIC.search(word) is not None
    for language in LANGUAGES:
        if (language == "uk") is not cyrillic:
            continue
        names_of = listed()[language, kind]
        is_base = word in names_of or (
            kind == FAMILY and language in _DECLINING and _ADJECTIVE.fullmatch(word) is not None
        )
        yield NameForm(language, kind, word, endings_of(language, kind, word), 0, is_base)
        for row in (*_CLASSES.get((language, kind), ()), *((_GENITIVE,) if language in _TAKING_S else ())):
            for at, ending in enumerate(row[1:], 1):
                base = word.removesuffix(ending) + row[0] if word.endswith(ending) else ""
                if len(base) - len(row[0]) >= _STEM and endings_of(language, kind, base) == row:
                    yield NameForm(
                        language, kind, base, row, at, base in names_of or _ADJECTIVE.fullmatch(base) is not None
                    )


@lru_cache(maxsize=4_096)
def pool(language: str, kind: str, endings: Endings, initial: str = "") -> tuple[str, ...]:
    """Return the names of a class that may stand for another, sorted: no everyday word, no name of women and men."""
    if initial:
        return tuple(name for name in pool(language, kind, endings) if name[0] == initial)
    others = listed().get((language, {WOMAN: MAN, MAN: WOMAN}.get(kind, "")), frozenset())
    return tuple(
        name
        for name in sorted(listed().get((language, kind), frozenset()) - others)
        if len(name) >= _SHORTEST
        and endings in {_PLAIN, endings_of(language, kind, name)}
        and not names.is_common(name)
    )


def declined(base: str, endings: Endings, at: int) -> str:
    """Return a form of a base."""
    return base[: len(base) - len(endings[0])] + endings[at]


def other_forms(stand_in: str, original: str) -> Iterator[tuple[str, str]]:
    """Yield the other forms of a surrogate, each with that form of the original; as they are capitalised."""
    ours, theirs = stand_in.lower(), original.lower()
    for kind in (WOMAN, MAN, FAMILY):
        for form in forms(ours, kind):
            if not form.listed or len(form.endings) == 1 or not theirs.endswith(form.endings[form.at]):
                continue
            stem = theirs[: len(theirs) - len(form.endings[form.at])]
            for at, ending in enumerate(form.endings):
                if at != form.at:
                    inflected = f"{stem}'" if ending == "s" and stem.endswith(_SIBILANTS) else stem + ending
                    yield cased(declined(form.base, form.endings, at), stand_in), cased(inflected, original)


def cased(word: str, like: str) -> str:
    """Return a lower-case word in the letter case of another."""
    if len(like) > 1 and like.isupper():
        return word.upper()
    return word if like.islower() else word[:1].upper() + word[1:]
