"""The skeleton of a text: without case, accents and separators. "Müller, Jörg" and "MULLER_JORG" share one.

Letters and digits only, in lower case without marks, with a map back to the text's offsets.
"""

# ruff: noqa: RUF001 -- letters of several alphabets, each meant
from __future__ import annotations

import unicodedata
from itertools import compress

#: From this code point on marks belong to their letter; Latin, Greek and Cyrillic letters lose theirs.
_MARKS_MATTER = 0x0530
_ALSO_MARKED = range(0x1E00, 0x2000)
_FULL_WIDTH = range(0xFF00, 0xFFF0)
#: Letters that Unicode does not decompose.
_SPECIAL = {
    "ß": "ss", "ẞ": "ss", "ø": "o", "Ø": "o", "ł": "l", "Ł": "l", "đ": "d", "Đ": "d", "ð": "d", "Ð": "d",
    "þ": "th", "Þ": "th", "æ": "ae", "Æ": "ae", "œ": "oe", "Œ": "oe", "ı": "i", "ħ": "h", "Ħ": "h",
}  # fmt: skip


class _Folds(dict[int, str]):
    """Code point -> its part of the skeleton, computed on first use."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        fold = "".join(filter(str.isalnum, _plain(character)))
        if fold != character:  # of what a ligature with an accent leaves, too
            fold = "".join(self[ord(part)] for part in fold)
        self[code] = fold
        return fold


def _plain(character: str) -> str:
    if character in _SPECIAL:
        return _SPECIAL[character]
    code = ord(character)
    if code < _MARKS_MATTER or code in _ALSO_MARKED or code in _FULL_WIDTH:
        apart = unicodedata.normalize("NFKD", character)
        return "".join(c for c in apart.lower() if not unicodedata.combining(c))
    digit = unicodedata.decimal(character, None)
    return character.lower() if digit is None else str(digit)


_FOLDS = _Folds()
_MANY = 100  # different characters up to which replacing each is faster
#: ASCII in lower case, and the characters that are dropped.
_ASCII = bytes(range(256)).lower()
_DROPPED = bytes(code for code in range(128) if not chr(code).isalnum())


def skeleton(text: str) -> str:
    """Return the letters and digits of a text in lower case, without accents."""
    if text.isascii():
        return text.encode("ascii").translate(_ASCII, _DROPPED).decode("ascii")
    bones = text.encode("utf-8", "surrogatepass").translate(_ASCII, _DROPPED).decode("utf-8", "surrogatepass")
    others = [character for character in set(bones) if character > "\x7f" and _FOLDS[ord(character)] != character]
    if len(others) > _MANY:
        return bones.translate(_FOLDS)
    for character in others:  # no fold has a character that folds
        bones = bones.replace(character, _FOLDS[ord(character)])
    return bones


def places(text: str) -> list[int]:
    """Return the offset in the text of each character of the skeleton."""
    if text.isascii():
        return list(compress(range(len(text)), map(str.isalnum, text)))
    return [at for at, character in enumerate(text) for _ in _FOLDS[ord(character)]]


def is_mark(character: str) -> bool:
    """Whether a character modifies the one before it: an accent, a joiner, a soft hyphen."""
    return unicodedata.category(character) in {"Mn", "Me", "Mc", "Cf"}
