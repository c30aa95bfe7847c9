"""Whether bytes are text written by a person, so that words and numbers are not decoded into noise."""

from __future__ import annotations

import re
import unicodedata
import zlib
from functools import partial

_STRICT = re.compile(r"[(\"']?(?:[A-ZÀ-Þ]?[a-zß-ÿ]+(?:['-][A-ZÀ-Þ]?[a-zß-ÿ]+)*|[0-9][0-9.,/-]*)[.,;:!?)\"']?")
_SHARE_OF_ASCII = 0.7
_ADDRESS = re.compile(r"[\w.+-]{1,60}@[\w-]+(?:\.[\w-]+)+")
_UNSEEN = frozenset({"Cf", "Mn"})  # zero-width characters and accents
_SPACES = frozenset("\r\n\t")
#: A word or a number; noise alternates between them within a token.
_WORDLIKE = re.compile(r"[^\W\d_]?[^\WA-Z\d_]+|[A-ZÀ-Þ]+|[0-9]+")
_PARTS = re.compile(r"[^\W\d_]+|[0-9]+")
_SHARE = 0.75
_SHARE_OF_LONG = 0.4  # bytes at random are not printable twelve times in a row
_LONG = 12
_SHORT = 24
_MOST_INFLATED = 20  # times what it was
_PACKED = (b"\x1f\x8b", b"\x78\x01", b"\x78\x9c", b"\x78\xda")
_DIGIT, _DIGITS, _LONGEST_NUMBER = re.compile(r"[0-9]"), 7, 60
_PRINTED = re.compile(r"[\x20-\x7e\r\n\t]+").fullmatch
_VOWELS = re.compile(r"[aeiouyàáâãäåæèéêëìíîïòóôõöøùúûüýąęóőű]", re.IGNORECASE)
_LAST_LATIN = "\u024f"
#: Scripts that are written together, and with Latin words without blanks.
_TOGETHER = frozenset({"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "IDEOGRAPHIC"})
_LATIN = re.compile("[A-Za-zÀ-ɏ]+")
#: What holds the ideographs that are in use, a third of all, in simplified Chinese, Japanese and Korean.
_IN_USE = ("gb2312", "shift_jis", "euc_kr")
#: Letters of another script, and bytes of all letters: bytes at random are not as many letters of one script.
_FEWEST_FOREIGN, _FEWEST_BYTES = 2, 6


def text_of(data: bytes) -> str | None:
    """Decode bytes as UTF-8, UTF-16 or ISO 8859-1; None when they are not text."""
    if data[:2] in _PACKED:
        data = _inflated(data)
    for encoding in _encodings(data):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if (encoding == "utf-8" or is_number(text) or _mostly_ascii(text)) and plausible(text):
            return text
    return None


def is_number(text: str) -> bool:
    """Whether a decoded text holds a number: bytes at random are not printable ASCII with seven digits among them."""
    return len(text) < _LONGEST_NUMBER and len(_DIGIT.findall(text)) >= _DIGITS and _PRINTED(text) is not None


def plausible(text: str) -> bool:
    """Whether a decoded text is plausible: printable, mostly words and numbers; a short one pronounceable."""
    if is_number(text):
        return True
    if not text or not all(map(_is_text, text) if len(text) > _SHORT else map(_is_visible, text)):
        return False
    share = _SHARE if len(text) < _LONG else _SHARE_OF_LONG
    if sum(c.isalnum() or c.isspace() or not c.isascii() for c in text) < share * len(text):
        return False
    return len(text) > _SHORT or _is_pronounceable(text) or _ADDRESS.fullmatch(text) is not None or _is_foreign(text)


def _mostly_ascii(text: str) -> bool:
    """Whether a text is mostly ASCII, a short one lower-case words: any bytes decode in the other encodings."""
    short = len(text) <= _SHORT and not all(_STRICT.fullmatch(word) for word in text.split())
    return not short and sum(map(str.isascii, text)) >= _SHARE_OF_ASCII * len(text)


def _is_visible(character: str) -> bool:
    return character.isprintable() or unicodedata.category(character) in _UNSEEN


def _is_text(character: str) -> bool:
    return character in _SPACES or _is_visible(character)


def _is_pronounceable(text: str) -> bool:
    words = _PARTS.findall(text)
    if not all(_WORDLIKE.fullmatch(word) for word in words):
        return False
    letters = [word for word in words if word[0].isalpha() and len(word) > 2]  # noqa: PLR2004 -- no initials
    return all(map(_VOWELS.search, letters)) and (bool(letters) or sum(map(len, words)) >= _DIGITS)


def _is_foreign(text: str) -> bool:
    """Whether a short text is words of one script other than Latin, perhaps with Latin words beside them."""
    letters = "".join(filter(str.isalpha, text))
    enough = sum(letter > _LAST_LATIN for letter in letters) >= _FEWEST_FOREIGN
    if not enough or len(letters.encode()) < _FEWEST_BYTES:
        return False
    words = [word for word in _PARTS.findall(text) if not word.isdigit()]
    scripts = set(map(_script, words))
    return (
        len(scripts - {"LATIN"}) == 1
        and "" not in scripts
        and all(word in {word.lower(), word.upper(), word.title()} for word in words)
        and all(_VOWELS.search(word) for word in _LATIN.findall(text) if len(word) > 2)  # noqa: PLR2004 -- no initials
    )


def _script(word: str) -> str:
    """Return the script of a word, empty where it has letters of several or ideographs that nobody uses."""
    scripts = {unicodedata.name(letter, "").partition(" ")[0] for letter in word}
    latin = min(map(len, _LATIN.findall(word)), default=0)
    if scripts & _TOGETHER and scripts <= _TOGETHER | {"LATIN"} and latin != 1:
        return "CJK" if any(map(partial(_holds, _LATIN.sub("", word)), _IN_USE)) else ""
    return scripts.pop() if len(scripts) == 1 else ""


def _holds(word: str, encoding: str) -> bool:
    try:
        word.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _inflated(data: bytes) -> bytes:
    try:
        return zlib.decompressobj(47).decompress(data, _MOST_INFLATED * len(data))
    except zlib.error:
        return data


def _encodings(data: bytes) -> tuple[str, ...]:
    zeros = data.count(0)
    if not zeros:
        return ("utf-8",) if data.isascii() else ("utf-8", "latin-1")
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return ("utf-16",)
    return ("utf-16-le",) if data[1::2].count(0) == zeros else ("utf-16-be",)
