"""Reading what hides: one decoded view of a text, with the exact way back to the original's offsets.

``view`` is the text as detection reads it; ``unescaped`` undoes only the spelling of single characters; ``nested``
are encoded parts that are replaced whole. Pure, linear in the text.
"""

# ruff: noqa: E501 -- patterns are read line by line
from __future__ import annotations

import re

from proxy.core.decoding import characters, digits, escapes, spelled, spoken
from proxy.core.decoding.base64s import decoded, holds_binary, nested
from proxy.core.decoding.views import Decoder, Nested, View, identity, rewritten

__all__ = ["Nested", "View", "decoded", "holds_binary", "nested", "unescaped", "view"]

_NEEDED = re.compile(
    r"%[0-9A-Fa-f]{2}|&[#A-Za-z]|\\[uxU][0-9A-Fa-f{]{2}|\\[\"/nt]|[0-9][ .\-_*][0-9][ .\-_*][0-9][ .\-_*][0-9]|[({\[][ ]?(?:at|dot|@|\.)[ ]?[)}\]]|[ ](?:at|dot)[ ].{1,40}[ ]dot[ ]|[0-9][lIO]|[lIO][0-9]|[ ]@|@[ ]|(?:arroba|chiocciola|malpa|arobase) ",
    re.IGNORECASE,
)
#: How often escapes are undone: what was escaped twice or three times.
_ROUNDS = 3
_SPELLED = Decoder("spelled digits", spelled.RUN, spelled.digits)


def view(text: str) -> View | None:
    """Return the text as detection reads it, None when it is plain already."""
    told = spelled.occurs(text)
    if not told and text.isascii() and _NEEDED.search(text) is None:
        return None
    current = _characters(text)
    if spoken.HINT.search(current.text) is not None:
        current = _all(current, spoken.DECODERS)
    if told:
        current = rewritten(current, _SPELLED)
    current = _all(current, digits.DECODERS)
    return None if current.text == text else current


def unescaped(text: str) -> View | None:
    """Return the text with the spelling of its characters undone, and nothing else; None when it is plain already."""
    if text.isascii() and "\\" not in text and "&" not in text and "%" not in text:
        return None
    current = _characters(text)
    return None if current.text == text else current


def _characters(text: str) -> View:
    current = identity(text)
    for _ in range(_ROUNDS):
        before = current.text
        if not before.isascii():
            current = characters.plain(current)
        current = _all(current, escapes.DECODERS)
        if current.text == before:
            break
    return characters.lookalikes(current)


def _all(current: View, decoders: tuple[Decoder, ...]) -> View:
    for decoder in decoders:
        current = rewritten(current, decoder)
    return current
