"""Decoded views of a text that map exactly to the original's offsets.

``view`` is the text as detection reads it; ``unescaped`` undoes only escapes of single characters; ``nested`` are long
encoded parts that are replaced whole; ``opaque`` are runs that look encoded and were not read. Pure, linear in the
text, and of bounded depth. Each module here has its ``Decoder`` objects in ``DECODERS``.
"""

from __future__ import annotations

import re
from dataclasses import replace

from proxy.core.search.decoding import bases, characters, digits, escapes, groups, mail, spelled, spoken, turned
from proxy.core.search.decoding.base64s import decoded, holds_binary, nested
from proxy.core.search.decoding.opaque import opaque
from proxy.core.search.decoding.views import Decoder, Nested, View, identity, rewritten
from proxy.core.search.needs import shaped

__all__ = ["Nested", "View", "decoded", "holds_binary", "in_json", "in_words", "nested", "opaque", "unescaped", "view"]

#: How often decoders run over their own result, for nested encodings.
ROUNDS = 8
#: What any decoder reads: a text without it is plain, as nearly all are.
_UNUSUAL = re.compile(
    r"[%&\\=+~#;<>@^`{}|!$*()]|xn--|0x[0-9A-Fa-f]|[0-9][ .\-_*][0-9][ .\-_*,][0-9]|[0-9A-Fa-f]{10}"
    r"|[0-9]{2,3}[ ,;.]{1,2}[0-9]{2,3}[ ,;.]{1,2}[0-9]"
    r"|[0-9A-Za-z+/_-]{8}|[a-z][A-Z](?![a-z])|[^\W\d_]([ ._*-])[^\W\d_]\1[^\W\d_]\1|[.-]{1,5} [.-]{1,5} [.-]"
    r"|[({\[][ ]?(?:at|dot|@|\.)[ ]?[)}\]]|[ ](?:at|dot)[ ].{1,40}[ ]dot[ ]|[0-9][lIO]|[lIO][0-9]|[ ]@|@[ ]"
    r"|(?:arroba|chiocciola|malpa|arobase) |(?:moc|ten|gro|ed|rf|se|ti|tp|ln|lp|ku)\."
    r"|[0-9][\"'],|[0-9]\][ ]?\[|[0-9],[ ]?[0-9],|[0-9A-Fa-f]{2}[ :,-](?:[0-9A-Fa-f]{2}){1,4}[ :,-]"
)
_BYTES = (bases.BASE85, *bases.DECODERS)
_SPELLED = Decoder("spelled digits", spelled.RUN, spelled.digits, spelled.possible)


def view(text: str) -> View | None:
    """Return the text as detection reads it, None when it is plain already."""
    spelled_out = spelled.occurs(text)
    if not spelled_out and text.isascii() and _UNUSUAL.search(text) is None:
        return None
    current = _rounds(
        text, (mail.SOFT_BREAKS, bases.BASE85, *escapes.DECODERS, *mail.DECODERS, *bases.DECODERS, *turned.DECODERS)
    )
    deep = current.deep
    current = _all(current, spoken.DECODERS)
    if spelled_out or current.text != text:
        current = rewritten(current, _SPELLED)
    current = replace(_all(current, (*groups.DECODERS, *digits.DECODERS)), deep=deep)
    return None if current.text == text else current


def unescaped(text: str) -> View | None:
    """Return the text with the spelling of its characters undone, and nothing else; None when it is plain already."""
    if text.isascii() and "\\" not in text and "&" not in text and "%" not in text:
        return None
    current = _rounds(text, escapes.DECODERS)
    return None if current.text == text else current


def in_json(text: str) -> View | None:
    """Return JSON with the escapes of its strings read, and nothing else; None when it has none."""
    return rewritten(identity(text), escapes.JSON) if "\\" in text else None


#: What is decoded word by word besides escapes, independent of the words around.
_ENCODED_WORD = shaped(r"[\\&%]|[0-9A-Za-z+/_-]{12}")


def in_words(text: str, *, document: bool = False) -> View | None:
    """Return the text with each word decoded independently, None when it is plain already.

    ``document``: the text is JSON, whose strings are unescaped first.
    """
    unusual = characters.unusual(text)
    if not (unusual or _ENCODED_WORD(text)):
        return None
    current = (in_json(text) if document else None) or identity(text)
    for _ in range(ROUNDS):
        before = current.text
        if unusual or not before.isascii():
            current = characters.plain(rewritten(current, characters.TAGS))
        for decoder in (*escapes.DECODERS, bases.WORD, digits.EXPONENT):
            current = rewritten(current, decoder)
        if current.text == before:
            break
    return None if current.text == text else current


def _rounds(text: str, decoders: tuple[Decoder, ...]) -> View:
    current = identity(text)
    for _ in range(ROUNDS):
        before = current.text
        current = _round(current, decoders)
        if current.text == before:
            return current
    return replace(current, deep=_round(current, decoders).text != current.text)


def _round(current: View, decoders: tuple[Decoder, ...]) -> View:
    """Run the decoders in order, up to the first that decodes bytes: its result starts a new round."""
    if not current.text.isascii():
        if characters.odd(current.text):
            current = characters.plain(rewritten(current, characters.TAGS))
        current = rewritten(current, turned.UPSIDE_DOWN)
        if characters.odd(current.text):
            current = characters.lookalikes(current)
    for decoder in decoders:
        after = rewritten(current, decoder)
        if after is not current and decoder in _BYTES:
            return after
        current = after
    return current


def _all(current: View, decoders: tuple[Decoder, ...]) -> View:
    for decoder in decoders:
        current = rewritten(current, decoder)
    return current
