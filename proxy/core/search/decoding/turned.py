"""Letters turned or spaced out: upside down, letter by letter, in Morse, names and addresses written backwards.

Whole lines backwards or in ROT13 are recognized by their language (``proxy.detection.text.turned``).
"""

# ruff: noqa: RUF001 -- what is turned is the point
from __future__ import annotations

import re
import string

from proxy.core.search.decoding.views import Decoder, Piece
from proxy.core.search.needs import BORDER, LETTER, SIGN, holding, shaped

_LETTERS = re.compile(r"[^\W\d_]")
_BACKWARDS = re.compile(
    r"(?<![^\W_])(?:[a-zß-ɏ]{1,30}[A-ZÀ-Þ](?:[ -](?=[a-zß-ɏ]{1,30}[A-ZÀ-Þ](?![^\W_])))?){2,6}(?![^\W_])"
    r"|(?<![\w.])(?:moc|ten|gro|ude|vog|ed|rf|se|ti|tp|ln|lp|ta|hc|eb|ue|oi|ku)\.[\w.-]{1,60}@[\w.+-]{1,60}"
)
_APART = re.compile(
    r"(?<![^\W_])[^\W\d_](?:(?P<gap>[ ._*·-])[^\W\d_])(?:(?:(?P=gap)|[ ]{2,4})[^\W\d_]){2,200}(?![^\W_])"
)
_SPACED = re.compile(r"(?<![^\s>\"'(\[{:;,=|])\S(?:[ ]{1,4}\S){5,4000}(?![^\s<\"')\]}:;,.!?|])")
_GAPS = re.compile(r"\S|[ ]{2,4}")
_LETTERS_SPACED = 0.5
_MANY_SPACED = 24  # so many spaced signs are a spelled text
#: Letters upside down, and what they are; those that stay letters of another kind (b, d, n, p, q, u) only beside them.
_UPSIDE = dict(zip("ɐɔǝɟƃɥᴉıɾʞɯɹʇʌʍʎ∀ⱯƆƎℲ⅁ſ˥Ԁᴚ∩Λ⅄bdnpquMW˙", "acefghiijkmrtvwyAACEFGJLPRUVYqpudbnWM.", strict=True))
_UPSIDE_SURE = frozenset("ɐɔǝɟƃɥᴉɾʞɯɹʇʌʍʎ")
_UPSIDE_RUN = re.compile(r"[^\n]{2,}")
_MORSE_CODES = (
    ".- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .-- -..- -.-- --.. "
    "----- .---- ..--- ...-- ....- ..... -.... --... ---.. ----. .-.-.- --..-- ..--.. .--.-. -....-"
).split()
_MORSE = dict(zip(_MORSE_CODES, string.ascii_lowercase + string.digits + ".,?@-", strict=True))
_MORSE_RUN = re.compile(r"(?<![\w.-])[.-]{1,6}(?:[ ]{1,3}(?:[/|][ ]{0,2})?[.-]{1,6}){3,2000}(?![\w.-])")

_SIGNS_APART = rf"{SIGN}(?:[ ]{{1,4}}{SIGN}){{5}}(?:$|[\x00-\x20\x80-\xff])"
_LETTERS_APART = (
    rf"{BORDER}{LETTER}(?:[ ._*-]|[\x80-\xff]{{1,3}}){LETTER}"
    rf"(?:(?:[ ._*-]|[\x80-\xff]{{1,3}}|[ ]{{2,4}}){LETTER}){{2}}(?:$|[^0-9A-Za-z])"
)
_SMALL, _CAPITAL = r"[a-z\x80-\xff]", r"[A-Z\x80-\xff]"
_TURNED = (
    rf"{BORDER}{_SMALL}+{_CAPITAL}[ -]?{_SMALL}+{_CAPITAL}|(?:^|[^0-9A-Za-z_.])"
    r"(?:moc|ten|gro|ude|vog|ed|rf|se|ti|tp|ln|lp|ta|hc|eb|ue|oi|ku)\.[^\x00-\x20@]{1,240}@"
)


def backwards(raw: str, start: int = 0) -> list[Piece]:
    """Return the characters of a text in reverse, each with its own span."""
    return [(raw[at], start + at, start + at + 1) for at in range(len(raw) - 1, -1, -1)]


def _backwards(match: re.Match[str]) -> list[Piece] | None:
    raw = match.group()
    if "@" not in raw and " " not in raw and "-" not in raw:
        return None
    return backwards(raw)


def _upside(match: re.Match[str]) -> list[Piece] | None:
    raw = match.group()
    if sum(character in _UPSIDE_SURE for character in raw) < 2:  # noqa: PLR2004
        return None
    return [(_UPSIDE.get(new, new), low, high) for new, low, high in backwards(raw)]


def _apart(match: re.Match[str]) -> list[Piece]:
    """Join spaced letters to words; a wider gap or a capital after a small letter begins the next word."""
    pieces: list[Piece] = []
    done = 0
    for letter in _LETTERS.finditer(match.group()):
        new = letter.group()
        wide = letter.start() - done > 1
        if pieces and (wide or (new.isupper() and pieces[-1][0].islower())):
            pieces.append((" ", done, letter.start()))
        pieces.append((new, *letter.span()))
        done = letter.end()
    return pieces


def _spaced(match: re.Match[str]) -> list[Piece] | None:
    """Join characters with a space after each; a wider gap separates words."""
    signs = [(sign.group()[0], sign.start(), sign.end()) for sign in _GAPS.finditer(match.group())]
    parted = any(sign == " " for sign, _, _ in signs)
    letters = sum(sign.isalpha() for sign, _, _ in signs)
    words = parted and letters >= _LETTERS_SPACED * len(signs)
    return signs if words or (letters and len(signs) >= _MANY_SPACED) else None


def _morse(match: re.Match[str]) -> list[Piece] | None:
    pieces: list[Piece] = []
    done = 0
    for sign in re.finditer(r"[.-]+|[/|]|[ ]{3}", match.group()):
        new = _MORSE.get(sign.group(), "" if sign.group()[0] in ".-" else " ")
        if not new:
            return None
        pieces.append((new.upper() if not pieces or pieces[-1][0] == " " else new, done, sign.end()))
        done = sign.end()
    return pieces


UPSIDE_DOWN = Decoder("upside down", _UPSIDE_RUN, _upside, holding(*_UPSIDE_SURE))
DECODERS = (
    Decoder("characters apart", _SPACED, _spaced, shaped(_SIGNS_APART)),
    Decoder("letters apart", _APART, _apart, shaped(_LETTERS_APART)),
    Decoder("morse", _MORSE_RUN, _morse, shaped(r"[.-](?:[ ]{1,3}(?:[/|][ ]{0,2})?[.-]{1,6}){3}")),
    Decoder("backwards", _BACKWARDS, _backwards, shaped(_TURNED)),
)
