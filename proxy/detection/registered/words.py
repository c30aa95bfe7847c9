"""What words and numbers are compared by: keyed digests of their forms, alike for records and for texts. Pure.

A word that ends in a vowel is compared by its stem ("Kowalskiego", "Kowalska": kowalsk), any other as it is, once its
ending in the text is off ("Schmidts"). A short word with an ending is often another one ("Jana", "Berge"), so it counts
only beside a word that has an ending too ("Jana Kowalskiego").
"""

# ruff: noqa: RUF001 -- letters of several alphabets, each meant
from __future__ import annotations

import enum
import re
import unicodedata
from collections.abc import Iterator
from hashlib import blake2b
from typing import Final

from proxy.core.search.data import document
from proxy.core.search.inflection import stems
from proxy.core.search.names import SHORT_WORDS, is_common
from proxy.core.search.skeleton import skeleton

#: Marks and invisible characters that belong to the word in which they stand.
_INSIDE = "\u0300-\u036f\u00ad\u200b-\u200d\u2060\ufeff"
TOKEN: Final = re.compile(rf"[^\W_\u02bc]+(?:[{_INSIDE}]+[^\W_\u02bc]*)*")
#: One of these marks, and those that stand in no word.
MARK: Final = re.compile(f"[{_INSIDE}]")
_LOOSE_MARKS = re.compile(rf"(?<![^\W_])(?<![{_INSIDE}])[{_INSIDE}]+")
#: As they are written and as they are mistyped; one of them is a letter to Unicode.
APOSTROPHES: Final = "'`\u00b4\u02bc\u2018\u2019\u2032\uff07"
_LONGEST_LOCAL = 64
_LOCAL = r"[^\s@<>()\[\],;:\"'=/|\\]{1,64}"
MAIL: Final = re.compile(rf"{_LOCAL}@[^\W_](?:[\w-]{{0,62}}\.)+\w{{2,24}}")
_BEFORE_AT = re.compile(rf"{_LOCAL}\Z").search
LEAST_LETTERS = 2
MASK = (1 << 64) - 1
_ENDINGS: Final[frozenset[str]] = frozenset(document("inflection.toml")["endings"]) | {"ys"}  # Kennedys
_LONGEST_ENDING = max(map(len, _ENDINGS))
_LEAST_STEM, _LONG = 3, 5
#: Letters of a word that is often not declined: without an ending it says nothing of the word beside it.
_RIGID = 3
_VOWELS = frozenset("aeiouyаеиоуыэюяйαεηιουω")
_EXPANDED = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "Å": "Aa", "Ø": "Oe"}
)
#: Letters of other alphabets as skeletons in Latin ones, as passports write them.
_LATIN: Final = str.maketrans(
    dict(
        zip(
            "абвгдезийклмнопрстуфыэіґαβγδεζηικλμνοπρσςτυφω",
            "abvgdeziiklmnoprstufyeigavgdeziiklmnoprsstyfo",
            strict=True,
        )
    )
    | {"ж": "zh", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "", "ь": "", "ю": "yu", "я": "ya"}
    | {"є": "ye", "θ": "th", "ξ": "x", "χ": "ch", "ψ": "ps"}
)
_BYTES = 8
_IDEOGRAPHS = "\u2e80"
#: Letters, or signs, of a name that counts in one word.
_LEAST_GLUED, _LEAST_SIGNS = 8, 2
_FEMALE = frozenset("aаяαη")
_ADJECTIVES = frozenset({"sk", "ck", "zk"})  # Kowalski, Kowalska, Kowalskie


class StemKind(enum.IntEnum):
    """What a stem is of its word: the word itself, that of a word on "a" or an adjective, on another vowel, changed."""

    SAME = 0
    OPEN = 1
    ROUND = 2
    CHANGED = 3


#: Before a stem that a digest is made of.
STEM: Final = "w"
#: Parts the units of a stem by their kinds.
_APART: Final = 0x9E3779B97F4A7C15


class Digester:
    """Makes the digests of one tenant: 64 bits of keyed BLAKE2b. ``key`` has 16 to 64 bytes."""

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        self._key = key

    def of(self, text: str) -> int:
        """Return the digest of a text; its first character says what it is."""
        return int.from_bytes(blake2b(text.encode("utf-8", "replace"), key=self._key, digest_size=_BYTES).digest())

    def together(self, total: int) -> int:
        """Return the digest of several by their sum, whatever their order."""
        return int.from_bytes(
            blake2b((total & MASK).to_bytes(_BYTES), key=self._key, digest_size=_BYTES, person=b"together").digest()
        )


def mails(text: str) -> Iterator[re.Match[str]]:
    """Yield the addresses of mail in a text."""
    done, at = 0, text.find("@")
    while at >= 0:
        local = _BEFORE_AT(text, max(done, at - _LONGEST_LOCAL), at)
        if local and (match := MAIL.match(text, local.start())):
            yield match
            done = match.end()
        at = text.find("@", at + 1)


def without_loose_marks(text: str) -> str:
    """Return a text of the same length with blanks for marks that stand in no word."""
    return _LOOSE_MARKS.sub(lambda match: " " * len(match.group()), text)


def spellings(word: str) -> tuple[str, ...]:
    """Return the skeletons of a word: without accents, with "ue" for "ü", in Latin letters."""
    if word.isascii():
        return (skeleton(word),)
    plain = unicodedata.normalize("NFKC", word)
    bones = skeleton(plain)
    forms = [bones, skeleton(plain.translate(_EXPANDED))]
    if not bones.isascii():
        forms.append(bones.translate(_LATIN))
    return tuple(dict.fromkeys(filter(None, forms)))


def stems_of_word(word: str) -> list[tuple[str, StemKind]]:
    """Return what a word of a record is compared by."""
    compared: dict[tuple[str, StemKind], None] = {}
    for bones in spellings(word):
        word_stems = stems(bones) if not any(map(str.isdecimal, bones)) else ()
        if word_stems and bones[-1] in _VOWELS:
            kind = StemKind.OPEN if bones[-1] in _FEMALE or bones[-3:-1] in _ADJECTIVES else StemKind.ROUND
            compared[word_stems[0], kind] = None
        else:
            compared[bones, StemKind.SAME] = None
        compared.update(dict.fromkeys((stem, StemKind.CHANGED) for stem in word_stems if not bones.startswith(stem)))
    return list(compared)


def unit_of(digest: int, kind: int) -> int:
    """Return the unit of a stem, by its digest, as one kind."""
    return (digest + kind * _APART) & MASK


class Ending(enum.IntEnum):
    """What ending a word has as the form of another: none, one that leaves no doubt, one that may make another word."""

    NONE = 0
    SURE = 1
    UNSURE = 2


def readings(word: str) -> Iterator[tuple[str, tuple[tuple[StemKind, Ending], ...]]]:
    """Yield the stems that a word of a text may be a form of, with the kinds that each may be."""
    for bones in spellings(word):
        if len(bones) < LEAST_LETTERS and not is_ideographic(bones):
            continue
        yield bones, _WHOLE if len(bones) > _RIGID else _SHORT
        for size in range(1, min(_LONGEST_ENDING, len(bones) - LEAST_LETTERS) + 1):
            if bones[-size:] in _ENDINGS:
                yield bones[:-size], _kinds(bones[-size:], bones[:-size])


_WHOLE: Final = tuple((kind, Ending.NONE) for kind in (StemKind.SAME, StemKind.OPEN, StemKind.ROUND))
_SHORT: Final = tuple((kind, Ending.SURE) for kind, _ in _WHOLE)


def _kinds(ending: str, stem: str) -> tuple[tuple[StemKind, Ending], ...]:
    """Return what a stem may be that a word of a text has with an ending."""
    sure = Ending.SURE if len(stem) >= _LONG else Ending.UNSURE
    same = (StemKind.SAME, Ending.SURE if ending == "s" else sure)
    if len(stem) < _LEAST_STEM:
        return (same,)
    named = ending in _FEMALE or (ending in _VOWELS and stem[-2:] in _ADJECTIVES)
    return (
        same,
        (StemKind.OPEN, Ending.NONE if named else Ending.SURE),
        (StemKind.ROUND, Ending.NONE if ending in _VOWELS - _FEMALE else Ending.SURE),
        (StemKind.CHANGED, sure),
    )


def canonical_number(characters: str) -> str:
    """Return what a number is compared by: letters and digits, without the zeros before digits alone; "" for none."""
    bones = skeleton(characters)
    if not any(map(str.isdecimal, bones)):
        return ""
    return bones.lstrip("0") if bones.isdecimal() else bones


def is_long_enough(word: str) -> bool:
    """Whether a word of a name is more than an initial."""
    return len(skeleton(word)) >= LEAST_LETTERS or is_ideographic(word)


def is_ideographic(word: str) -> bool:
    """Whether a word is of signs that say more than a letter: Chinese, Japanese, Korean."""
    return not word.isascii() and all(character >= _IDEOGRAPHS for character in word)


def may_be_glued(bones: str) -> bool:
    """Whether a name in one word is long enough to be certain."""
    return len(bones) >= (_LEAST_SIGNS if is_ideographic(bones) else _LEAST_GLUED)


def is_everyday(bones: str) -> bool:
    """Whether a skeleton is a word that people write in lower case and mean no name by."""
    return bones in SHORT_WORDS or is_common(bones)
