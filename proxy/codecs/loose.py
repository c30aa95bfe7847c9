r"""JSON of replies as lenient writers have it: NaN, numbers that no double holds, halves of surrogate pairs. Pure.

Most readers take these, so no reply is refused for them. JavaScript splits text between the two halves of a character
(``"\ud83d"``, then ``"\ude00"``): each is read as a character for private use, and written as the half that it was.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from proxy.codecs import numbers

_FIRST, _PRIVATE = 0xD800, 0x10F800
#: An escape of a surrogate, and one that stands for half of a pair alone.
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]").search
_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u([dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)
#: A character that a half is read as, in UTF-8 and as an escape.
_STAND_IN = re.compile(rb"\xf4\x8f[\xa0-\xbf][\x80-\xbf]")
_TAKEN = re.compile(rb"\xf4\x8f[\xa0-\xbf]|\\u[dD][bB][fF][eEfF]").search
_PAIR = re.compile("([\U0010f800-\U0010fbff])([\U0010fc00-\U0010ffff])")
_FIRST_HALF = re.compile("[\U0010f800-\U0010fbff]\\Z").search


def loads(reply: bytes) -> Any:
    """Return the value of a reply's JSON, with characters for private use in place of halves.

    Raises:
        ValueError: it is not JSON, is nested too deep, or has halves and such characters of its own.

    """
    try:
        return numbers.loads(reply)
    except ValueError:
        if not halved(reply):
            return numbers.loads(reply, non_finite=True)
    if _TAKEN(reply):
        raise ValueError("a character for private use beside half of a pair")
    return numbers.loads(_ESCAPE.sub(_read, reply), non_finite=True)


def dumps(document: Any, default: Callable[[Any], Any] | None = None, *, halves: bool) -> bytes:
    """Return JSON; with ``halves``, characters that stand for them are written as what they were."""
    return written(numbers.dumps(document, default), halves=halves)


def written(text: bytes, *, halves: bool) -> bytes:
    """Return JSON text with its halves; as ``dumps``."""
    return _STAND_IN.sub(_escaped, text) if halves else text


def halved(reply: bytes) -> bool:
    """Whether JSON has half of a surrogate pair alone."""
    return _SURROGATE(reply) is not None and any(escape[1] for escape in _ESCAPE.finditer(reply))


def split(text: str) -> tuple[str, str]:
    """Return a text with its pairs joined, and the half at its end that the next piece may complete."""
    text = _PAIR.sub(_joined, text)
    end = len(text) - (_FIRST_HALF(text) is not None)
    return text[:end], text[end:]


def _read(escape: re.Match[bytes]) -> bytes:
    return chr(int(escape[1], 16) - _FIRST + _PRIVATE).encode() if escape[1] else escape[0]


def _escaped(stand_in: re.Match[bytes]) -> bytes:
    return f"\\u{ord(stand_in[0].decode()) - _PRIVATE + _FIRST:04x}".encode()


def _joined(pair: re.Match[str]) -> str:
    halves = "".join(chr(ord(half) - _PRIVATE + _FIRST) for half in pair.groups())
    return halves.encode("utf-16", "surrogatepass").decode("utf-16")
