"""Encodes each character as one byte, so that offsets of a bytewise automaton are those of the text.

Letters and signs that occur in patterns have a byte of their own; all others share one of two. A pattern in this form
accepts whatever the pattern itself accepts, and a little more: its matches are verified on the text.
"""

from __future__ import annotations

import codecs
from functools import cache

_FIRST = 0x80
#: What takes the place of the C1 control characters.
_SIGNS = "‐‑‒–—‘’“”…€•ąćęłńśźżĄĆĘŁŃŚŹŻ"  # noqa: RUF001 -- as written in texts
_LETTER, _OTHER = 0x9E, 0x9F  # any other letter of Latin Extended-A and -B; anything else
_EXTENDED = range(0x0100, 0x0250)
#: What ``re`` takes for an ASCII or Latin-1 letter when it ignores case.
_FOLDED = {"ſ": "s", "K": "k", "İ": "i", "ı": "i", "Å": "å", "ẞ": "ß"}  # noqa: RUF001
_ALPHABET = (
    "".join(chr(byte) for byte in range(_FIRST)) + _SIGNS.ljust(32, "\ufffe") + "".join(map(chr, range(160, 256)))
)
_MAP = codecs.charmap_build(_ALPHABET)
_HANDLER = "proxy.detection.text.narrow"


def narrowed(text: str) -> bytes:
    """Return the text with one byte for each character."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return codecs.charmap_encode(text, _HANDLER, _MAP)[0]


def _replaced(error: UnicodeError) -> tuple[bytes, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return bytes(map(_shared, error.object[error.start : error.end])), error.end


codecs.register_error(_HANDLER, _replaced)


def _shared(character: str) -> int:
    if character in _FOLDED:
        return ord(_FOLDED[character])
    return _LETTER if ord(character) in _EXTENDED else _OTHER


def pattern(body: str) -> bytes:
    r"""Return a pattern in the common syntax of ``re`` and RE2 (no look-around) for narrowed texts.

    Raises:
        ValueError: a range from ASCII to a character beyond it.

    """
    if body.isascii():
        return body.encode("ascii")
    out: list[str] = []
    inside = negated = False
    offset = 0
    while offset < len(body):
        character = body[offset]
        step = 1
        if character == "\\":
            out.append(body[offset : offset + 2])
            step = 2
        elif not character.isascii():
            last = offset + 2 if inside and body[offset + 1 : offset + 2] == "-" and body[offset + 2] != "]" else offset
            members = _members(ord(character), ord(body[last]))
            out.append(("" if negated else members) if inside else f"[{members}]")
            step = last + 1 - offset
        else:
            if inside and character == "-" and body[offset - 1].isalnum() and not body[offset + 1].isascii():
                raise ValueError("a range from ASCII to a character beyond it")
            negated = body[offset + 1] == "^" if character == "[" and not inside else negated
            inside = (inside or character == "[") and character != "]"
            out.append(character)
        offset += step
    return "".join(out).encode("ascii")


@cache
def _members(first: int, last: int) -> str:
    """Return the bytes of the characters from one to another, in either case, as the inside of a class."""
    members: set[int] = set()
    for point in range(first, last + 1):
        members.update(_forms(chr(point)))
        for form in (chr(point).lower(), chr(point).upper()):
            if len(form) == 1:
                members.update(_forms(form) - {_OTHER})
    return "".join(f"\\x{byte:02x}" for byte in sorted(members))


@cache
def _forms(character: str) -> frozenset[int]:
    return frozenset({*narrowed(character), *codecs.charmap_encode(character, _HANDLER, _MAP)[0]})
