"""E-mail addresses spelled out in words: "john at example dot com", "john (at) example [dot] com"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from proxy.core.search.data import document
from proxy.core.search.decoding.views import Decoder, Piece
from proxy.core.search.names import SHORT_WORDS, is_common
from proxy.core.search.needs import shaped


def parsed(document: Mapping[str, Any]) -> dict[str, str]:
    """Return word -> digit.

    Raises:
        ValueError: a word stands for two digits.

    """
    digits: dict[str, str] = {}
    for digit, words in document["digits"].items():
        for word in words:
            if digits.setdefault(word, digit) != digit:
                raise ValueError(f"words.toml: digits.{digit}: {word!r} is {digits[word]} too")
    return digits


_DOCUMENT: Final = document("decoding/words.toml")
DIGITS: Final = parsed(_DOCUMENT)
#: Word -> how often the next digit is repeated.
TIMES: Final[Mapping[str, int]] = _DOCUMENT["times"]
HYPHEN: Final[tuple[str, ...]] = tuple(_DOCUMENT["hyphen"])
AT: Final[tuple[str, ...]] = tuple(_DOCUMENT["at"])
DOT: Final[tuple[str, ...]] = tuple(_DOCUMENT["dot"])


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
    r"(?i)[(\[{](?:at|@)[)\]}]|[0-9A-Za-z._+-](?: @ ?|@ )[0-9A-Za-z-]"
    rf"|[ ](?:{_CASES})[ ][0-9A-Za-z-]{{1,63}}(?:\.[0-9A-Za-z-]{{2,63}}){{0,3}}(?:\.[A-Za-z]|{_DOT})"
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
