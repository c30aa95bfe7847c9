"""How a model may spell a stand-in: escaped for JSON, an address, HTML or Markdown, in other letter case. Pure.

Letter case is lowered so that offsets never shift. The letters around a stand-in are read as they are escaped: the
``n`` of a line end in JSON, or the digits of ``%20``, belong to no word.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import escape
from html.entities import codepoint2name
from typing import Final
from unicodedata import combining, normalize
from urllib.parse import quote

#: Characters before and behind a stand-in that looks like a value which decide whether it is a whole one.
BORDER = 7
#: Longest spelling relative to a stand-in of ASCII, and of any letters: each may be four, and each of these an entity.
_WIDEST_ASCII, _WIDEST = 12, 32
_DIGITS_BEFORE = re.compile(r"(?<!\d)\d{1,2}[-./]\Z")
_DIGITS_BEHIND = re.compile(r"[-./]\d{1,2}(?!\d)")
_ESCAPED: Final = r"\\u(?P<code>[0-9a-f]{4})|%(?P<byte>[0-9a-f]{2})|\\(?P<blank>[nrtbf])"
_ESCAPED_BEFORE = re.compile(rf"(?:{_ESCAPED})\Z", re.IGNORECASE)
_ESCAPED_BEHIND = re.compile(rf"\\?(?:{_ESCAPED})", re.IGNORECASE)
_ENDS_ESCAPED = re.compile(r"(?:\\u[0-9a-f]{4}|%[0-9a-f]{2}|;)\Z", re.IGNORECASE)
_ASCII_END = 0x80


def widest(stand_in: str) -> int:
    """Return how long the longest spelling of a stand-in may be."""
    return len(stand_in) * (_WIDEST_ASCII if stand_in.isascii() else _WIDEST)


def lowered(text: str) -> str:
    """Return the text in lower case, each letter in its place: offsets stay the same."""
    return text.lower() if text.isascii() else text.replace("İ", "i").lower().replace("ς", "σ")  # noqa: RUF001 -- Greek


def spellings(stand_in: str, original: str) -> Iterator[tuple[str, str]]:
    """Yield other spellings of a stand-in and its original: in Markdown, in a URL, in JSON, in HTML."""
    if "_" in stand_in:
        yield stand_in.replace("_", r"\_"), original
    if not stand_in.isascii():
        yield from _letters(stand_in, original)
        return
    if not stand_in.isalnum():
        yield _quoted(stand_in), quote(original, safe="", errors="surrogatepass")
    if "/" in stand_in:
        yield stand_in.replace("/", r"\/"), original
    if "@" in stand_in:
        yield stand_in.replace("@", "&#64;"), escape(original, quote=False).replace("@", "&#64;")


def _letters(stand_in: str, original: str) -> Iterator[tuple[str, str]]:
    """Yield other spellings of a stand-in with letters beyond ASCII."""
    if not stand_in.isalpha():  # a date with a month: of hundreds, each in many layouts
        yield _quoted(stand_in), quote(original, safe="", errors="surrogatepass")
        yield _escaped(stand_in, _in_json), original
        return
    capitals = stand_in.upper(), original.upper()
    if lowered(capitals[0]) != lowered(stand_in):  # "STRAUSS"
        yield capitals
    for word, value in dict.fromkeys(((stand_in, original), capitals)):
        for form in ("NFC", "NFD"):
            new, old = normalize(form, word), normalize(form, value)
            if form == "NFD" and word == stand_in:
                yield new, old
            yield _quoted(new), quote(old, safe="", errors="surrogatepass")
            for escaped in (_escaped(new, _in_json), _escaped(new, lambda code: "\\" + _in_json(code))):
                yield escaped, value  # JSON has letters as they are, too
            html = escape(old, quote=False)
            for entity in (_named, lambda code: f"&#{code};", lambda code: f"&#x{code:x};"):
                yield _escaped(new, entity), _escaped(html, entity)


def _quoted(text: str) -> str:
    return quote(text, safe="_-.~", errors="surrogatepass")


def _in_json(code: int) -> str:
    return f"\\u{code:04x}"


def _named(code: int) -> str:
    return f"&{codepoint2name[code]};" if code in codepoint2name else chr(code)


def _escaped(text: str, entity: Callable[[int], str]) -> str:
    return "".join(char if char.isascii() else entity(ord(char)) for char in text)


def is_whole(word: str, before: str, behind: str) -> bool:
    """Whether a stand-in that looks like a value is not part of a longer word, number or date."""
    if (_is_letter(word[0]) or word[0] in "\\%&") and _is_letter(_last(before)):
        return False
    ends_escaped = _ENDS_ESCAPED.search(word) is not None
    if (_is_letter(word[-1]) or ends_escaped) and _is_letter(_first(behind)):
        return False
    parted = word[0].isdecimal() and _DIGITS_BEFORE.search(before)
    return not (parted or (word[-1].isdecimal() and not ends_escaped and _DIGITS_BEHIND.match(behind)))


def _last(before: str) -> str:
    escape_sequence = _ESCAPED_BEFORE.search(before)
    return before[-1:] if escape_sequence is None else _read(escape_sequence)


def _first(behind: str) -> str:
    escape_sequence = _ESCAPED_BEHIND.match(behind)
    return behind[:1] if escape_sequence is None else _read(escape_sequence)


def _read(escape_sequence: re.Match[str]) -> str:
    """Return the character that an escape stands for; some letter for a byte of a character of several."""
    if escape_sequence["blank"]:
        return " "
    code = int(escape_sequence["code"] or escape_sequence["byte"], 16)
    return chr(code) if code < _ASCII_END or escape_sequence["code"] else "x"


def _is_letter(char: str) -> bool:
    return char.isalnum() or (char != "" and combining(char) > 0)
