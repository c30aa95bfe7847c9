"""Base64 of text, also in lines and ``data:`` URIs, and of binary data in lines."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

from proxy.core.search.decoding.bases import IN_LINES, LONGEST
from proxy.core.search.decoding.views import Nested
from proxy.core.search.needs import shaped

#: Longer than runs decoded in place.
_ANY = f"{{{LONGEST - 1},}}"
_BASE64 = re.compile(rf"(?<![0-9A-Za-z+/_-])(?:[0-9A-Za-z+/]{_ANY}|[0-9A-Za-z_-]{_ANY})={{0,2}}(?![0-9A-Za-z+/=_-])")
_PEM = re.compile(r"-----BEGIN [A-Z0-9 ]{1,40}-----\r?\n\Z")
#: Part of every line of base64.
_LONG_RUN = shaped(r"[0-9A-Za-z+/_-]{60}")
_FEWEST_BORDERS = 2
_LONGEST_NESTED = 200_000
_FEWEST_LETTERS = 0.85


def nested(text: str) -> list[Nested]:
    """Return the base64 parts (also of ``data:`` URIs) that decode to readable text."""
    if not _LONG_RUN(text):
        return []
    parts = []
    done = 0
    for block in IN_LINES.finditer(text):
        inner = decoded("".join(block.group().split()))
        if inner is not None:
            parts += [*_tokens(text, done, block.start()), Nested(block.start(), block.end(), inner)]
            done = block.end()
    return [*parts, *_tokens(text, done, len(text))]


def _tokens(text: str, start: int, stop: int) -> Iterator[Nested]:
    for match in _BASE64.finditer(text, start, stop):
        inner = decoded(match.group())
        if inner is not None:
            yield Nested(match.start(), match.end(), inner)


def holds_binary(text: str) -> bool:
    """Whether the text holds base64 lines of binary data, an unread file; PEM does not count."""
    for block in IN_LINES.finditer(text) if _LONG_RUN(text) else ():
        bare = "".join(block.group().split())
        if block.group().count("\n") < _FEWEST_BORDERS:
            continue  # two lines of letters are not file
        mixed = any(map(str.isupper, bare)) and any(map(str.islower, bare)) and any(map(str.isdigit, bare))
        if mixed and decoded(bare) is None and _PEM.search(text, max(0, block.start() - 60), block.start()) is None:
            return True
    return False


def decoded(token: str) -> str | None:
    """Return the text in a base64 token, None for another token."""
    bare = token.rstrip("=")
    if len(bare) > _LONGEST_NESTED or len(bare) % 4 == 1:
        return None
    if not (any(c.isupper() for c in bare) and any(c.islower() for c in bare)):
        return None
    try:
        data = base64.b64decode(bare.replace("-", "+").replace("_", "/") + "=" * (-len(bare) % 4), validate=True)
        text = data.decode("utf-8")
    except (binascii.Error, ValueError):
        return None
    readable = sum(c.isprintable() or c in "\r\n\t" for c in text)
    return (
        text
        if text
        and readable == len(text)
        and sum(c.isalnum() or c.isspace() for c in text) >= _FEWEST_LETTERS * 0.8 * len(text)
        else None
    )
