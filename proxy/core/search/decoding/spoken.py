"""E-mail addresses spelled out in words: "john at example dot com", "john (at) example [dot] com"."""

from __future__ import annotations

import re

from proxy.core.search.decoding.views import Decoder, Piece
from proxy.core.search.decoding.vocabulary import AT, DOT
from proxy.core.search.names import SHORT_WORDS, is_common
from proxy.core.search.needs import shaped

_DOT_WORD = "|".join(DOT)
_AT_WORD = "|".join(AT)
_DOT = rf"[ ]?(?:\(dot\)|\[dot\]|\{{dot\}}|\(\.\)|\[\.\])[ ]?|[ ](?:{_DOT_WORD})[ ]"
_SPOKEN = re.compile(
    r"(?P<user>[0-9A-Za-z][0-9A-Za-z._+-]{0,63}"
    r"(?:[ ]?(?:\(dot\)|\[dot\]|\{dot\}|[ ]dot[ ])[ ]?[0-9A-Za-z_+-]{1,63}){0,3})"
    rf"(?P<at>[ ]?(?:\(at\)|\[at\]|\{{at\}}|\(@\)|\[@\])[ ]?|[ ](?:{_AT_WORD})[ ]|[ ]?@[ ]|[ ]@[ ]?)"
    rf"(?P<host>[0-9A-Za-z-]{{1,63}}(?:(?:{_DOT}|\.)[0-9A-Za-z-]{{2,63}}){{1,4}})",
    re.IGNORECASE,
)
_SPOKEN_DOT = re.compile(_DOT, re.IGNORECASE)
#: RE2 over bytes knows no other letter case than that of ASCII.
_CASES = "|".join(dict.fromkeys(word for at in AT for word in ((at,) if at.isascii() else (at, at.upper()))))
_NEEDS = shaped(
    rf"(?i)[ (\[{{](?:{_DOT_WORD})[ )\]}}]|[(\[{{][@.][)\]}}]|[(\[{{]at[)\]}}]| @|@ "
    rf"|[ ](?:{_CASES})[ ][0-9A-Za-z-]{{1,63}}\.[A-Za-z]"
)


def _address(match: re.Match[str]) -> list[Piece] | None:
    """Replace the words of an address by signs; "see it at example.com" has none."""
    is_word = all(word in SHORT_WORDS or is_common(word) for word in match["user"].lower().split("-"))
    if is_word and match["at"][1:-1].isalpha() and _SPOKEN_DOT.search(match["host"]) is None:
        return None
    pieces: list[Piece] = []
    base = match.start()
    for group in ("user", "host"):
        if group == "host":
            pieces.append(("@", match.start("at") - base, match.end("at") - base))
        done = match.start(group)
        value = match.group(group)
        for dot in _SPOKEN_DOT.finditer(value):
            _letters(pieces, match.string, done, match.start(group) + dot.start(), base)
            pieces.append((".", match.start(group) + dot.start() - base, match.start(group) + dot.end() - base))
            done = match.start(group) + dot.end()
        _letters(pieces, match.string, done, match.end(group), base)
    spoken = "".join(piece[0] for piece in pieces)
    return pieces if spoken != match.group() and spoken.rpartition(".")[2].isalpha() else None


def _letters(pieces: list[Piece], text: str, low: int, high: int, base: int) -> None:
    pieces.extend((text[index], index - base, index + 1 - base) for index in range(low, high))


DECODERS = (Decoder("spoken address", _SPOKEN, _address, _NEEDS),)
