"""Lines written backwards, in ROT13 or in Atbash: told by the language that they then are."""

from __future__ import annotations

import codecs
import re
import string
from functools import partial
from typing import NamedTuple

from proxy.core.findings import Status
from proxy.core.search.decoding import View, view
from proxy.core.search.decoding.turned import backwards
from proxy.core.search.decoding.views import Decoder, Piece, identity, rewritten
from proxy.detection.text.language import identify
from proxy.detection.text.tongues import Told
from proxy.detection.text.unread import fits, told_of, unread

_LINE = re.compile(r"[^\n]{8,20000}")
_WORD = re.compile(r"\S+|\s+")
_ATBASH = str.maketrans(string.ascii_letters, string.ascii_lowercase[::-1] + string.ascii_uppercase[::-1])
#: How much better a read language must fit the line when it is turned.
_MARGIN = 6.0
_NEAR = 0.7  # of the best: then the first is meant


class ReadText(NamedTuple):
    """A text as detection reads it: its view (None when it is plain), the text of that, its language, what is read.

    ``told`` is what the words of the text tell.
    """

    view: View | None
    shown: str
    language: str
    status: Status
    told: Told


def seen_through(text: str) -> ReadText:
    """Decode a text and tell its language; lines that make no sense are tried the other way round."""
    seen = view(text)
    shown = text if seen is None else seen.text
    told = told_of(shown)
    language, status = identify(shown, told)
    if status is Status.PARTIAL:
        current = identity(text) if seen is None else seen
        straight = rewritten(current, Decoder("turned lines", _LINE, partial(_turned, told)))
        if straight is not current:
            seen = _again(straight)
            told = told_of(seen.text)
            return ReadText(seen, seen.text, *identify(seen.text, told), told)
    return ReadText(seen, shown, language, status, told)


def _again(straight: View) -> View:
    """Decode what a turned line holds."""
    again = view(straight.text)
    if again is None:
        return straight
    places = [straight.span(start, end) for start, end in zip(again.origin, again.until, strict=True)]
    return View(again.text, [start for start, _ in places], [end for _, end in places], again.deep)


def _turned(told: Told, match: re.Match[str]) -> list[Piece] | None:
    raw = match.group()
    if not unread(raw, told):
        return None
    candidates = [
        backwards(raw),
        [piece for word in _WORD.finditer(raw) for piece in backwards(word.group(), word.start())],
        [(character, at, at + 1) for at, character in enumerate(codecs.encode(raw, "rot13"))],
        [(character, at, at + 1) for at, character in enumerate(raw.translate(_ATBASH))],
    ]
    scores = [fits("".join(piece[0] for piece in one)) for one in candidates]
    least = max(_MARGIN, _NEAR * max(scores))
    return next((one for one, score in zip(candidates, scores, strict=True) if score >= least), None)
