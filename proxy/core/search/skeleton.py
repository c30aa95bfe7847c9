"""What stays of a text when case, accents and separators are set aside: "Müller, Jörg" and "MULLER_JORG" alike.

Letters and digits only, in lower case and without marks, with the way back to the text's offsets.
"""

# ruff: noqa: RUF001 -- letters of several alphabets, each meant
from __future__ import annotations

import unicodedata
from itertools import compress

#: From here on scripts whose marks belong to the letter; Latin, Greek and Cyrillic lose theirs.
_MARKS_MATTER = 0x0530
_ALSO_MARKED = range(0x1E00, 0x2000)
_FULL_WIDTH = range(0xFF00, 0xFFF0)
#: Letters that Unicode does not take apart.
_SPECIAL = {
    "ß": "ss", "ẞ": "ss", "ø": "o", "Ø": "o", "ł": "l", "Ł": "l", "đ": "d", "Đ": "d", "ð": "d", "Ð": "d",
    "þ": "th", "Þ": "th", "æ": "ae", "Æ": "ae", "œ": "oe", "Œ": "oe", "ı": "i", "ħ": "h", "Ħ": "h",
}  # fmt: skip


class _Folds(dict[int, str]):
    """Code point -> what stays of it, worked out when first met."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        made = self[code] = "".join(filter(str.isalnum, _plain(character)))
        return made


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
#: Small letters and digits of ASCII, and what of it goes.
_ASCII = bytes(range(256)).lower()
_DROPPED = bytes(code for code in range(128) if not chr(code).isalnum())


def skeleton(text: str) -> str:
    """Return the letters and digits of a text in lower case, without accents."""
    if text.isascii():
        return text.encode("ascii").translate(_ASCII, _DROPPED).decode("ascii")
    return text.translate(_FOLDS)


def places(text: str) -> list[int]:
    """Return for each character of the skeleton where it stands in the text."""
    if text.isascii():
        return list(compress(range(len(text)), map(str.isalnum, text)))
    return [at for at, character in enumerate(text) for _ in _FOLDS[ord(character)]]


def is_mark(character: str) -> bool:
    """Whether a character only adds to the one before it: an accent, a joiner, a soft hyphen."""
    return unicodedata.category(character) in {"Mn", "Me", "Mc", "Cf"}
