"""Characters that look like others: compatibility forms, digits of any script, invisible ones, look-alike letters."""
# ruff: noqa: RUF001 -- what looks alike is the point

from __future__ import annotations

import re
import unicodedata
from typing import Final

from proxy.core.search.data import document
from proxy.core.search.decoding.views import Decoder, Piece, View

_DOCUMENT: Final = document("decoding/confusables.toml")
#: Character -> what it looks like.
CONFUSABLE: Final[dict[str, str]] = {
    character: letter for letter, like in _DOCUMENT["like"].items() for character in like
}
#: Small capitals -> the capital.
SMALL_CAPITALS: Final[dict[str, str]] = dict(
    zip(_DOCUMENT["small_capitals"]["forms"], _DOCUMENT["small_capitals"]["letters"], strict=True)
)


INVISIBLE = frozenset(
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
    "\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\u206a\u206b\u206c\u206d\u206e\u206f\ufe0e\ufe0f\ufeff"
    "\u20dd\u20de\u20df\u20e0\u20e2\u20e3\u20e4"  # what encloses a character, as keycaps do
)
_WORD = re.compile(r"[^\W_]+")
#: Tags, which are invisible ASCII, in a run that is not part of a word; variation selectors, which may number bytes.
_TAGS = re.compile("[\U000e0020-\U000e007e]{3,}")
SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]{4,}")
_BYTES = {
    **{0xE0000 + code: code for code in range(0x20, 0x7F)},
    **{0xFE00 + code: code for code in range(16)},
    **{0xE0100 + code: code + 16 for code in range(240)},
}

#: Letters in squares, black circles, flags and Braille, and hyphens, which NFKC does not decompose; tags.
_BOXED = {
    **{character: letter.lower() for character, letter in SMALL_CAPITALS.items()},
    **{chr(first + number): chr(ord("A") + number) for first in (0x1F150, 0x1F170, 0x1F1E6) for number in range(26)},
    **{chr(0xE0000 + code): chr(code) for code in range(0x20, 0x7F)},
    **dict.fromkeys("−⁃˗", "-"),
    **dict(zip("⠁⠃⠉⠙⠑⠋⠛⠓⠊⠚⠅⠇⠍⠝⠕⠏⠟⠗⠎⠞⠥⠧⠺⠭⠽⠵", "abcdefghijklmnopqrstuvwxyz", strict=True)),
}
#: A word in small capitals alone is one in capitals; beside capitals they are the small letters.
#: Letters with marks have no small capital and occur unchanged among these.
_MARKED = "".join(character for character in map(chr, range(0xDF, 0x250)) if character.islower())
_SMALL = "".join(SMALL_CAPITALS)
_CAPITALS = re.compile(f"(?<![^\\W\\d_])[{_MARKED}]{{0,4}}[{_SMALL}][{_SMALL}{_MARKED}]*(?![^\\W\\d_])")
#: Letters identical to Latin ones in shape: a whole word may consist of them.
_SAME = frozenset("аеорсухіјѕԁһӏАВЕКМНОРСТУХІЈЅԌοΑΒΕΖΗΙΚΜΝΟΡΤΥΧɑɡ")
_SHARE_OF_LATIN = 0.5
#: What ``plain`` changes beyond NFKC: invisible characters, boxed letters, digits of other scripts.
_LEFT_BY_NFKC = re.compile(f"[{re.escape(''.join((*INVISIBLE, *_BOXED)))}]|(?![0-9])\\d")


def hidden(text: str) -> str:
    """Return what runs of tags and of variation selectors spell, a line each."""
    if text.isascii():
        return ""
    runs = (*_TAGS.findall(text), *SELECTORS.findall(text))
    return "\n".join(bytes(_BYTES[ord(mark)] for mark in run).decode("utf-8", "replace") for run in runs)


def _tags(run: re.Match[str]) -> list[Piece]:
    """Read tags apart from the words around them."""
    read = [chr(_BYTES[ord(tag)]) for tag in run.group()]
    return [(letter, at, at + 1) for at, letter in enumerate((f" {read[0]}", *read[1:-1], f"{read[-1]} "))]


TAGS = Decoder("tags", _TAGS, _tags, lambda text: not text.isascii())


def unusual(text: str) -> bool:
    """Whether ``plain`` would change the text."""
    return not text.isascii() and (
        not unicodedata.is_normalized("NFKC", text) or _LEFT_BY_NFKC.search(text) is not None
    )


class _Odd(dict[str, bool]):
    """Character -> whether it may read as another, computed on first use."""

    def __missing__(self, character: str) -> bool:
        mark = character in INVISIBLE or unicodedata.combining(character) or character in SMALL_CAPITALS
        other = character in CONFUSABLE or (not character.isascii() and _plain(character) != character)
        is_odd = self[character] = bool(mark) or other
        return is_odd


_ODD = _Odd()


def odd(text: str) -> bool:
    """Whether a text holds a character that may read as another, unlike umlauts and quotation marks."""
    return any(map(_ODD.__getitem__, set(text)))


def plain(current: View) -> View:
    """NFKC character by character, decimal digits of any script to ASCII, invisible characters dropped.

    An accent joins its letter; one that joins none (struck through, underlined) is dropped from a Latin letter.
    """
    out: list[str] = []
    origin: list[int] = []
    until: list[int] = []
    text = _CAPITALS.sub(lambda match: "".join(map(_capital, match.group())), current.text)
    for index, character in enumerate(text):
        if character in INVISIBLE:
            continue
        if unicodedata.combining(character) and out and (joined := _joined(out[-1], character)):
            out[-1] = joined
            until[-1] = max(until[-1], current.until[index])
            continue
        for piece in character if character.isascii() else _plain(character):
            out.append(piece)
            origin.append(current.origin[index])
            until.append(current.until[index])
    return View("".join(out), origin, until)


def _capital(character: str) -> str:
    """Return the capital of a letter in small capitals, always one character."""
    capital = SMALL_CAPITALS.get(character) or character.upper()
    return capital if len(capital) == 1 else character


def _joined(letter: str, mark: str) -> str:
    composed = unicodedata.normalize("NFC", letter + mark)
    if len(composed) == 1:
        return composed
    return letter if letter < "\u0250" else ""


def _plain(character: str) -> str:
    digit = unicodedata.decimal(character, None)
    if digit is not None:
        return str(digit)
    form = unicodedata.normalize("NFKC", _BOXED.get(character, character))
    return form.replace("\u2044", "/").replace("\u2011", "-").replace("\u2010", "-")


def lookalikes(current: View) -> View:
    """Replace look-alikes by Latin letters in words with Latin letters or digits, or where most words are Latin."""
    if current.text.isascii():
        return current
    out = list(current.text)
    words = list(_WORD.finditer(current.text))
    latin = sum(_latin(match.group()) for match in words) >= _SHARE_OF_LATIN * len(words)
    for match in words:
        word = match.group()
        if word.isascii() or not any(c in CONFUSABLE for c in word):
            continue
        if all(c in CONFUSABLE or c < "\u0250" for c in word) and (
            any(c.isascii() for c in word) or (latin and _SAME.issuperset(word))
        ):
            out[match.start() : match.end()] = [CONFUSABLE.get(c, c) for c in word]
    return View("".join(out), current.origin, current.until)


def _latin(word: str) -> bool:
    return any(c < "\u0250" and c.isalpha() for c in word)
