"""Escapes of JSON, HTML, URLs, C and Git."""

from __future__ import annotations

import html
import re

from proxy.core.search.decoding.views import Decoder, Piece, utf8_pieces
from proxy.core.search.needs import holding, shaped

#: Each string in a string doubles the backslashes: however many stand before a code belong to it.
_CODES = re.compile(r"\\++(?:u\{[0-9A-Fa-f]{1,6}\}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|x[0-9A-Fa-f]{2})")
#: \n and \t only where a line plausibly begins: "C:\new" is a path.
_BACKSLASH = re.compile(
    rf"(?<!\\)(?:{_CODES.pattern})++"
    r"|(?<!\\)\\++(?:[\"/]|(?:r\\++)?[nt](?=[\"'*\-•]*[ ]?(?:[A-Z0-9(+@]|([^\W\d_a-z]))))"
)
#: Entities of letters are also read without their semicolon; "&copy=1" of a query stays.
_ENTITY = re.compile(
    r"&(?:#[0-9]{1,7};?|#[xX][0-9A-Fa-f]{1,6};?|[A-Za-z][A-Za-z0-9]{1,30};"
    r"|[A-Za-z](?:uml|acute|grave|circ|tilde|cedil|ring|slash)|(?:sz|ae|AE)lig)"
)
_PERCENT = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
#: Octal bytes of C and Git; a few ASCII ones may be a path.
_OCTAL = re.compile(r"(?<!\\)(?:\\++[0-3][0-7]{2}){2,4000}")
_OCTAL_CODE = re.compile(r"\\++[0-3][0-7]{2}")
_FEWEST_OCTAL = 4
_JSON_ESCAPE = re.compile(r'\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4})')
_JSON_SHORT = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_ESCAPED = {'"': '"', "/": "/", "n": "\n", "t": "\t"}
_LARGEST = 0x10FFFF
_HIGH = range(0xD800, 0xDC00)  # surrogates: the first half of a pair, and the second
_LOW = range(0xDC00, 0xE000)


def _backslash(match: re.Match[str]) -> list[Piece] | None:
    raw = match.group()
    if raw[-1] in _ESCAPED:
        return None if (match[1] or "").islower() else [(_ESCAPED[raw[-1]], 0, len(raw))]
    pieces: list[Piece] = []
    for code in _CODES.finditer(raw):
        _add(pieces, int(code.group().lstrip("\\")[1:].strip("{}"), base=16), code)
    if any(ord(new) in _HIGH or ord(new) in _LOW for new, _, _ in pieces):
        return None
    return _utf8(pieces) if raw.lstrip("\\").startswith("x") else pieces


def _json(match: re.Match[str]) -> list[Piece]:
    """Read a run of escapes of a JSON string; half a surrogate pair stays as it is."""
    pieces: list[Piece] = []
    for escape in _JSON_ESCAPE.finditer(match.group()):
        if escape.group()[1] == "u":
            _add(pieces, int("0x" + escape.group()[2:], base=0), escape)
        else:
            pieces.append((_JSON_SHORT.get(escape.group()[1], escape.group()[1]), *escape.span()))
    if any(ord(new) in _HIGH or ord(new) in _LOW for new, _, _ in pieces):
        return [(character, at, at + 1) for at, character in enumerate(match.group())]
    return pieces


def _add(pieces: list[Piece], code: int, match: re.Match[str]) -> None:
    """Add one code; the second half of a surrogate pair completes the first."""
    low, high = match.span()
    if pieces and code in _LOW and ord(pieces[-1][0]) in _HIGH:
        first, start, _ = pieces.pop()
        code, low = 0x10000 + ((ord(first) - _HIGH[0]) << 10) + code - _LOW[0], start
    pieces.append((chr(code) if code <= _LARGEST else "\ufffd", low, high))


def _utf8(pieces: list[Piece]) -> list[Piece]:
    """Combine byte escapes to UTF-8 characters where they are valid UTF-8."""
    if all(new.isascii() for new, _, _ in pieces) or any(ord(new) > 0xFF for new, _, _ in pieces):  # noqa: PLR2004
        return pieces
    try:
        return _characters(pieces)
    except UnicodeDecodeError:
        return pieces


def _characters(pieces: list[Piece]) -> list[Piece]:
    """Combine bytes to the characters that they are in UTF-8; UnicodeDecodeError if they are none."""
    plain = "".join(new for new, _, _ in pieces).encode("latin-1").decode()
    out: list[Piece] = []
    offset = 0
    for character in plain:
        size = len(character.encode())
        out.append((character, pieces[offset][1], pieces[offset + size - 1][2]))
        offset += size
    return out


def _entity(match: re.Match[str]) -> list[Piece] | None:
    raw = match.group()
    plain = html.unescape(raw if raw.endswith(";") else raw + ";")
    return None if plain.startswith("&") and plain != "&" else [(plain, 0, len(raw))]


def _percent(match: re.Match[str]) -> list[Piece] | None:
    raw = match.group()
    data = bytes.fromhex(raw.replace("%", ""))
    try:
        plain = data.decode("utf-8")
    except UnicodeDecodeError:
        plain = data.decode("latin-1")
        inside = match.string[max(0, match.start() - 1) : match.start()].isalpha()
        return [(c, 3 * i, 3 * i + 3) for i, c in enumerate(plain)] if plain.isprintable() and inside else None
    return utf8_pieces(plain, 3)


def _octal(match: re.Match[str]) -> list[Piece] | None:
    pieces = [(chr(int(code.group()[-3:], base=8)), *code.span()) for code in _OCTAL_CODE.finditer(match.group())]
    try:
        plain = _characters(pieces)
    except UnicodeDecodeError:
        return None
    is_text = all(new.isprintable() for new, _, _ in plain)
    return plain if is_text and (len(pieces) >= _FEWEST_OCTAL or len(plain) < len(pieces)) else None


DECODERS = (
    Decoder("percent", _PERCENT, _percent, shaped(r"%[0-9A-Fa-f]{2}")),
    Decoder("html", _ENTITY, _entity, shaped(r"&[#A-Za-z][0-9A-Za-z]")),
    Decoder("json", _BACKSLASH, _backslash, holding("\\")),
    Decoder("octal", _OCTAL, _octal, shaped(r"(?:\\+[0-3][0-7]{2}){2}")),
)
#: For text known to be JSON: every escape counts.
JSON = Decoder("json string", re.compile(f"(?:{_JSON_ESCAPE.pattern})+"), _json)
