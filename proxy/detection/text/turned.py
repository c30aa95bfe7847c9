"""Lines written backwards, in ROT13 or in Atbash: recognized by the language that they are in when turned."""

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
from proxy.detection.text.language_id import WordEvidence
from proxy.detection.text.unread import fits, unread

_LINE = re.compile(r"[^\n]{8,20000}")
_WORD = re.compile(r"\S+|\s+")
_ATBASH = str.maketrans(string.ascii_letters, string.ascii_lowercase[::-1] + string.ascii_uppercase[::-1])
#: By how much (log probability) a read language must fit the turned line better.
_MARGIN = 6.0
_NEAR = 0.7  # of the best score: the first candidate this good is taken


class ReadText(NamedTuple):
    """A text as detection reads it: the decoded view (None for a plain text), its text, language and word evidence."""

    view: View | None
    text: str
    language: str
    status: Status
    evidence: WordEvidence


def read_text(text: str) -> ReadText:
    """Decode a text and identify its language; lines in no known language are tried turned around."""
    decoded = view(text)
    plain = text if decoded is None else decoded.text
    evidence = WordEvidence()
    language, status = identify(plain, evidence)
    if status is Status.PARTIAL:
        current = identity(text) if decoded is None else decoded
        straight = rewritten(current, Decoder("turned lines", _LINE, partial(_turned, evidence)))
        if straight is not current:
            decoded = _again(straight)
            evidence = WordEvidence()
            return ReadText(decoded, decoded.text, *identify(decoded.text, evidence), evidence)
    return ReadText(decoded, plain, language, status, evidence)


def _again(straight: View) -> View:
    """Decode a text with turned lines once more."""
    again = view(straight.text)
    if again is None:
        return straight
    places = [straight.span(start, end) for start, end in zip(again.origin, again.until, strict=True)]
    return View(again.text, [start for start, _ in places], [end for _, end in places], again.deep)


def _turned(evidence: WordEvidence, match: re.Match[str]) -> list[Piece] | None:
    raw = match.group()
    if not unread(raw, evidence):
        return None
    candidates = [
        backwards(raw),
        [piece for word in _WORD.finditer(raw) for piece in backwards(word.group(), word.start())],
        [(character, at, at + 1) for at, character in enumerate(codecs.encode(raw, "rot13"))],
        [(character, at, at + 1) for at, character in enumerate(raw.translate(_ATBASH))],
    ]
    scores = [fits("".join(piece[0] for piece in candidate)) for candidate in candidates]
    least = max(_MARGIN, _NEAR * max(scores))
    return next((candidate for candidate, score in zip(candidates, scores, strict=True) if score >= least), None)
