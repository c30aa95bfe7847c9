"""Encodings of bytes: base64, base32, base58, base85, hexadecimal, bits and character codes."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable

from proxy.core.search.decoding.readable import is_number, plausible, text_of
from proxy.core.search.decoding.views import Decoder, Piece
from proxy.core.search.digit_runs import luhn
from proxy.core.search.needs import BORDER, shaped

#: Up to this length a run is decoded in place and read together with the words around it.
LONGEST = 4_000
#: Short words in lower case, perhaps capitalised, are not runs.
_RUN = re.compile(
    r"(?<![0-9A-Za-z+/_-])(?![A-Z]?[a-z]{1,13}(?![0-9A-Za-z+/=_-]))[0-9A-Za-z+/_-]{6,100000}={0,6}(?![0-9A-Za-z+/=_])"
)
#: Base64 in lines, as mail programs and ``base64`` write it.
IN_LINES = re.compile(r"(?<![^\n])(?:[0-9A-Za-z+/]{60,76}\r?\n)+[0-9A-Za-z+/]{1,76}={0,2}(?![^\r\n])")
_HEX = re.compile(
    r"(?<![0-9A-Za-z])(?:0[xX])?[0-9A-Fa-f]{2}(?:(?:[ :,-]|[ ,]?[ ]?0[xX])?[0-9A-Fa-f]{2}){4,4000}"
    r"[0-9A-Fa-f]?(?![0-9A-Za-z])"
)
_CODES = re.compile(r"(?<![0-9.,-])[0-9]{2,3}(?:[ ,;]{1,2}[0-9]{2,3}){3,2000}(?![0-9]|[.,-][0-9])")
_BITS = re.compile(
    r"(?<![0-9])(?:[01]{7}(?:[ ,][01]{7}){2,2000}|[01]{8}(?:[ ,][01]{8}){2,2000}|[01]{16}(?:[ ,][01]{16}){1,1000}"
    r"|[01]{24,16000}+)(?![0-9])"
)
_ASCII85 = re.compile(
    r"<~[!-uz\s]{5,4000}~>|(?<!\S)(?!\S{0,60}<~)[0-9A-Za-z!#$%&()*+;<=>?@^_`{|}~-]{10,4000}(?=[.,:\"'\]]{0,3}(?!\S))"
)
_SIGNS85 = frozenset("!#$%&()*+;<=>?@^`{|}~")
_ESCAPED_SIGNS = re.escape("".join(sorted(_SIGNS85)))
_FEWEST_SIGNS = 1
_ESCAPED = re.compile(r"(?:%[0-9A-Fa-f]{2}|&#?\w{1,8};|\\[ux][0-9A-Fa-f]{2}|=[0-9A-F]{2}){2}")
_NOT_HEX = re.compile(r"0[xX]|[^0-9A-Fa-f]")
_ALPHABET58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BASE58 = re.compile(f"[{_ALPHABET58}]+").fullmatch
#: A step of a path that is base32, all that is read without capitals.
_SMALL32 = re.compile(r"(?<![^/])[2-7a-z]{8,}=*(?![^/])").search
_PLACE58 = {character: value for value, character in enumerate(_ALPHABET58)}
_LONGEST58 = 160
#: Plain words: a few of the shortest encoded values look like one and are not decoded.
_NAME = re.compile(r"[A-Z]?[a-z]+(?:[-/_]?[A-Z]?[a-z]+)?")
_LONGEST_CARD = 20
_LEAST = 6
_LEAST_UNPADDED = 8


def base64_text(token: str) -> str | None:
    """Return the text in a base64 or base64url token of any length, padded or not; None when it is none."""
    bare = token.rstrip("=")
    if len(bare) % 4 == 1 or len(bare) < (_LEAST if bare != token else _LEAST_UNPADDED):
        return None
    if bare == bare.lower() or _NAME.fullmatch(token):
        return None
    padded = bare.replace("-", "+").replace("_", "/") + "=" * (-len(bare) % 4)
    text = _text(lambda: base64.b64decode(padded, validate=True))
    return text if bare != bare.upper() or (text and is_number(text)) else None


def base32_text(token: str) -> str | None:
    """Return the text in a base32 token (upper or lower case, padded or not)."""
    bare = token.rstrip("=")
    one_case = bare.isupper() or bare.islower()
    if len(bare) < _LEAST_UNPADDED or not one_case or len(bare) % 8 in {1, 3, 6} or not bare.isalnum():
        return None
    text = _text(lambda: base64.b32decode(bare.upper() + "=" * (-len(bare) % 8)))
    if bare == token and bare.isalpha() and (bare.islower() or len(bare) < 2 * _LEAST_UNPADDED):
        return text if text and is_number(text) else None  # a word
    return text


def base58_text(token: str) -> str | None:
    """Return the text in a base58 token (Bitcoin's alphabet)."""
    mixed = token.lower() != token != token.upper()
    if not _LEAST_UNPADDED <= len(token) <= _LONGEST58 or not mixed or _NAME.fullmatch(token):
        return None
    if not _BASE58(token):
        return None
    number = 0
    for character in token:
        number = number * 58 + _PLACE58[character]
    return _text(lambda: number.to_bytes((number.bit_length() + 7) // 8, "big"))


def hex_text(run: str) -> str | None:
    """Return the text in hexadecimal digits, with or without 0x, spaces, colons, commas between bytes.

    Half a byte at the end, where a value was cut off, stands for nothing.
    """
    bare = _NOT_HEX.sub("", run)
    cut = len(bare) % 2
    if bare.isdigit() and (cut or len(bare) < 2 * _LEAST_UNPADDED or (len(bare) < _LONGEST_CARD and luhn(bare))):
        return None
    return _text(lambda: bytes.fromhex(bare[: len(bare) - cut]))


def codes_text(run: str) -> str | None:
    """Return the text in decimal or octal character codes, if it is words rather than a list of numbers."""
    numbers = re.findall("[0-9]+", run)
    for base in (10, 8):
        if base == 8 and any(set(number) & {"8", "9"} for number in numbers):  # noqa: PLR2004
            continue
        values = [int(number, base) for number in numbers]
        if all(0x20 <= value < 0x100 for value in values):  # noqa: PLR2004 -- printable Latin-1
            text = _utf8(bytes(values))
            small = sum(character.isalpha() and not character.isupper() for character in text)
            if plausible(text) and (small >= len(text) / 2 or sum(map(str.isdigit, text)) >= 7):  # noqa: PLR2004
                return text
    return None


def _utf8(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


def bits_text(run: str) -> str | None:
    """Return the text in groups of seven or eight bits, or in whole bytes without spaces between them."""
    groups = re.findall("[01]+", run)
    if len(groups[0]) % 8 == 0:
        groups = re.findall("[01]{8}", "".join(groups))
    return text_of(bytes(int(group, 2) for group in groups)) if len(groups[0]) <= 8 else None  # noqa: PLR2004 - a byte


def _text(decode: Callable[[], bytes]) -> str | None:
    """Return the text of the decoded bytes, also where it is itself encoded."""
    try:
        data = decode()
    except (binascii.Error, ValueError):
        return None
    text = text_of(data)
    if text is not None or not data.isascii():
        return text
    inner = data.decode()
    return inner if inner.isprintable() and _again(inner) else None


def _again(text: str) -> bool:
    return len(text) < LONGEST and (
        _ESCAPED.search(text) is not None
        or any(form.fullmatch(text) is not None and read(text) for form, read in _READERS)
    )


def _lines_text(run: str) -> str | None:
    return base64_text("".join(run.split()))


def _ascii85_text(run: str) -> str | None:
    if run.startswith("<~"):
        return _text(lambda: base64.a85decode(run, adobe=True))
    signs = sum(character in _SIGNS85 for character in run)
    if signs < _FEWEST_SIGNS or len(run) % 5 == 1:
        return None
    return _text(lambda: base64.b85decode(run))


def run_text(token: str) -> str | None:
    """Return the text in a token of base64, base32 or base58; None when it is none."""
    return base64_text(token) or base32_text(token) or base58_text(token)


def _run(match: re.Match[str]) -> list[Piece] | None:
    """Decode a run as a whole, or the segments of a path."""
    raw = match.group()
    if raw == raw.lower() and not _SMALL32(raw):
        return None
    word = raw.isalpha() and (raw.islower() or raw.istitle())
    text = None if len(raw) > LONGEST else base32_text(raw) if word else run_text(raw)
    if text is not None:
        return [(text, 0, len(raw))]
    if word or len(raw) > LONGEST:
        return None
    steps = [(step.group(), *step.span()) for step in re.finditer("[^/]+|/", raw)]
    read = [(run_text(step) if len(step) >= _LEAST else None, step, low, high) for step, low, high in steps]
    if all(text is None for text, *_ in read):
        return None
    pieces: list[Piece] = []
    for text, step, low, high in read:
        pieces += [(c, low + at, low + at + 1) for at, c in enumerate(step)] if text is None else [(text, low, high)]
    return pieces


def _as_one_piece(read: Callable[[str], str | None], longest: int) -> Callable[[re.Match[str]], list[Piece] | None]:
    """Return a rewrite of a match to one piece, without a mapping of single characters."""

    def rewrite(match: re.Match[str]) -> list[Piece] | None:
        raw = match.group()
        text = read(raw) if len(raw) <= longest else None
        return None if text is None else [(text, 0, len(raw))]

    return rewrite


#: Ten characters of base85 in a row, a sign among them.
_CHARACTER85 = rf"[0-9A-Za-z_{_ESCAPED_SIGNS}-]"
_NEEDS_85 = "<~|" + "|".join(f"{_CHARACTER85}{{{at}}}[{_ESCAPED_SIGNS}]{_CHARACTER85}{{{9 - at}}}" for at in range(10))
_NEEDS_HEX = BORDER + r"(?:0[xX])?[0-9A-Fa-f]{2}(?:(?:[ :,-]|[ ,]?[ ]?0[xX])?[0-9A-Fa-f]{2}){4}"
_NEEDS_CODES = r"[0-9]{2,3}(?:[ ,;]{1,2}[0-9]{2,3}){3}"
_READERS = ((_RUN, run_text), (_HEX, hex_text), (_CODES, codes_text), (_BITS, bits_text))
#: First, because its signs are those of escapes.
BASE85 = Decoder("base85", _ASCII85, _as_one_piece(_ascii85_text, 20_000), shaped(_NEEDS_85))
WORD = Decoder("base64, base32, base58", _RUN, _run)
DECODERS = (
    Decoder("base64 in lines", IN_LINES, _as_one_piece(_lines_text, 6_000), shaped(r"[0-9A-Za-z+/]{60}")),
    Decoder("bits", _BITS, _as_one_piece(bits_text, 20_000), shaped(r"[01]{7}[ ,]?[01]{7}")),
    Decoder("character codes", _CODES, _as_one_piece(codes_text, 20_000), shaped(_NEEDS_CODES)),
    Decoder("hexadecimal", _HEX, _as_one_piece(hex_text, 20_000), shaped(_NEEDS_HEX)),
    WORD,
)
