"""Encodings of mail and hosts: quoted-printable, encoded words, UTF-7, punycode, and + for a space in queries."""

from __future__ import annotations

import base64
import binascii
import quopri
import re

from proxy.core.search.decoding.bases import LONGEST, run_text
from proxy.core.search.decoding.views import Decoder, Piece, utf8_pieces
from proxy.core.search.needs import holding, shaped

_ENCODED = r"=\?[0-9A-Za-z_.:*-]{2,40}\?[BbQq]\?[^?\s]{0,2000}\?="
_WORD = re.compile(rf"{_ENCODED}(?:\s{{1,4}}{_ENCODED}){{0,40}}")
_ONE = re.compile(r"=\?(?P<charset>[^?*]+)(?:\*[^?]*)?\?(?P<form>[BbQq])\?(?P<data>[^?]*)\?=")
_WRITTEN = "’“”–€"  # noqa: RUF001 -- as written in texts
#: A line end behind the padding of a digest (SHA-1 and SHA-256 in base64) is not a soft break.
_UNPADDED = "".join(rf"(?<!(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{{{length}}})" for length in (27, 43))
_QUOTED = re.compile(rf"(?:=[0-9A-F]{{2}})+|(?<!=){_UNPADDED}=\r?\n")
#: A run is quoted-printable if it holds more than ASCII, is long, or is one that mail has to encode.
_ALWAYS = frozenset({"=3D", "=20", "=0A", "=0D=0A", "=09", "=2E", "=40", "=2C"})
_LEAST_ESCAPES = 3
_REACH = 24
_SOFT = re.compile(rf"(?<!=){_UNPADDED}=\r?\n")
_LEAST_LINE = 60
_BEFORE = re.compile(r"(?<![0-9A-Za-z+/_-])[0-9A-Za-z+/_-]{7,}\Z")
_UTF7 = re.compile(r"\+(?P<data>[0-9A-Za-z+/]{2,400}-|[0-9A-Za-z/]{3,400}(?![0-9A-Za-z+/=-])|-(?!-))")
_PUNYCODE = re.compile(r"\bxn--[0-9A-Za-z-]{1,63}", re.IGNORECASE)
_JOINED = re.compile(r"(?<![^\s\"'])[^\s+\"']{1,80}(?:\+[^\s+\"']{1,80}){3,}")
_PLAIN_WORD = re.compile(r"[^\W\d_]?[^\WA-Z\d_]+[.,;:!?]?")
_QUERY = re.compile(r"=[^\s&=+]{1,200}\+[^\s&=]{1,200}")


def _words(match: re.Match[str]) -> list[Piece] | None:
    parts: list[str] = []
    for word in _ONE.finditer(match.group()):
        data = word.group("data").encode()
        try:
            plain = (
                base64.b64decode(data + b"=" * (-len(data) % 4))
                if word.group("form") in "bB"
                else quopri.decodestring(data, header=True)
            )
            parts.append(plain.decode(word.group("charset")))
        except (binascii.Error, LookupError, ValueError):
            return None
    return [("".join(parts), 0, len(match.group()))]


def _spaced(match: re.Match[str]) -> bool:
    """Whether spaces around are encoded repeatedly: in the groups of a number, not in the parameters of a query."""
    around = match.string[max(0, match.start() - _REACH) : match.end() + _REACH]
    return around.count("=20") >= _LEAST_ESCAPES and "&" not in around


def _quoted(match: re.Match[str]) -> list[Piece] | None:
    raw = match.group()
    if raw[1] in "\r\n":
        return None if _is_padding(match) else []
    data = bytes.fromhex(raw.replace("=", ""))
    follows = match.string[match.end() : match.end() + 1].isalpha()
    follows = follows or (raw == "=20" and _spaced(match))
    if not (len(data) >= _LEAST_ESCAPES or not data.isascii() or (raw in _ALWAYS and follows)):
        return None
    try:
        plain = data.decode()
    except UnicodeDecodeError:
        plain = data.decode("latin-1")
        if len(data) < _LEAST_ESCAPES and not _stands_in_word(match, plain):
            return None
        return [(character, 3 * at, 3 * at + 3) for at, character in enumerate(plain)]
    return utf8_pieces(plain, 3)


def _stands_in_word(match: re.Match[str], plain: str) -> bool:
    """Whether letters of Latin-1 continue a word: "M=FCller", not the value of "id=887922"."""
    text, start, end = match.string, match.start(), match.end()
    return plain.isalpha() and text[max(0, start - 1) : start].isalpha() and not text[end : end + 1].isdecimal()


def _utf7(match: re.Match[str]) -> list[Piece] | None:
    data = match.group("data")
    if data == "-":
        return [("+", 0, 2)]
    closed = data.endswith("-")
    data = data.removesuffix("-")
    try:
        plain = base64.b64decode(data + "=" * (-len(data) % 4)).decode("utf-16-be")
    except (binascii.Error, UnicodeDecodeError):
        return None
    if not closed and not (plain.isalpha() and all(0x80 <= ord(c) < 0x250 for c in plain)):  # noqa: PLR2004 -- Latin
        return None
    written = plain and plain.isprintable() and all(ord(c) < 0x2000 or c in _WRITTEN for c in plain)  # noqa: PLR2004
    return [(plain, 0, len(match.group()))] if written else None


def _punycode(match: re.Match[str]) -> list[Piece] | None:
    raw = match.group()
    try:
        plain = raw[4:].lower().encode().decode("punycode")
    except (UnicodeError, ValueError, OverflowError):
        return None
    return [(plain, 0, len(raw))] if plain.isprintable() else None


def _query(match: re.Match[str]) -> list[Piece]:
    """A plus between letters of a query's value is a space."""
    raw = match.group()
    return [
        (" " if c == "+" and raw[at - 1].isalnum() and raw[at + 1 : at + 2].isalnum() else c, at, at + 1)
        for at, c in enumerate(raw)
    ]


def _joined(match: re.Match[str]) -> list[Piece] | None:
    """Words joined by plus signs alone, as a form writes a sentence."""
    raw = match.group()
    parts = raw.split("+")
    words = sum(_PLAIN_WORD.fullmatch(part) is not None for part in parts)
    return [(" " if c == "+" else c, at, at + 1) for at, c in enumerate(raw)] if words * 2 > len(parts) else None


def _is_padding(match: re.Match[str]) -> bool:
    """Whether the sign at a line's end belongs to an encoded value before it, one that reads as text."""
    text, end = match.string, match.start()
    run = _BEFORE.search(text, max(text.rfind("\n", 0, end) + 1, end - LONGEST), end)
    return run is not None and run_text(f"{run.group()}=") is not None


def _soft(match: re.Match[str]) -> list[Piece] | None:
    is_long = match.start() - match.string.rfind("\n", 0, match.start()) > _LEAST_LINE
    return [] if is_long and not _is_padding(match) else None


#: Line breaks that mail inserts into long lines, at any place: removed first.
SOFT_BREAKS = Decoder("soft breaks", _SOFT, _soft, holding("=\n", "=\r\n"))
DECODERS = (
    Decoder("encoded words", _WORD, _words, holding("=?")),
    Decoder("quoted-printable", _QUOTED, _quoted, shaped(r"=(?:[0-9A-F]{2}|\r?\n)")),
    Decoder("utf-7", _UTF7, _utf7, holding("+")),
    Decoder("punycode", _PUNYCODE, _punycode, holding("--")),
    Decoder("query", _QUERY, _query, shaped(r"=[^\s&=+]+\+[^\s&=]")),
    Decoder("form", _JOINED, _joined, shaped(r"""(?:[^\s+"']+\+){3}[^\s+"']""")),
)
