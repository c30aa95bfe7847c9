"""Reading what hides: one normalised view of a text, with the exact way back to the original's offsets.

Compatibility forms and full-width digits (NFKC), invisible characters, look-alike letters, URL-, HTML- and JSON
escapes, "john at example dot com", digits spelled or written apart, letters read for digits by OCR, base64 and
``data:`` parts.
Each step is linear and keeps, for every character of the view, where it came from.
"""

# ruff: noqa: E501 -- tables and patterns are read line by line
from __future__ import annotations

import base64
import binascii
import html
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from proxy.core.records import Finding
from proxy.detection import spelled

_INVISIBLE = frozenset("\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
                       "\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\u206a\u206b\u206c\u206d\u206e\u206f\ufe0e\ufe0f\ufeff")  # fmt: skip
#: Cyrillic and Greek letters that look Latin (Unicode TR39 confusables, the common part).
_LOOKALIKES = dict(zip(
    "аеорсухіјѕԁһӏАВЕКМНОРСТУХІЈЅԌαοριυνκτΑΒΕΖΗΙΚΜΝΟΡΤΥΧɑɡ",
    "aeopcyxijsdhlABEKMHOPCTYXIJSGaopiuvktABEZHIKMNOPTYXag", strict=True))  # fmt: skip
_WORD = re.compile(r"[^\W_]+")
_ESCAPE = re.compile(
    r"(?:%[0-9A-Fa-f]{2})+|&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,8});|\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2}"
)
_SPOKEN = re.compile(
    r"(?P<user>[0-9A-Za-z][0-9A-Za-z._+-]{0,63}(?:[ ]?(?:\(dot\)|\[dot\]|\{dot\}|[ ]dot[ ])[ ]?[0-9A-Za-z_+-]{1,63}){0,3})"
    r"(?P<at>[ ]?(?:\(at\)|\[at\]|\{at\}|\(@\)|\[@\])[ ]?|[ ](?:at|arroba|chiocciola|malpa|małpa|arobase|klammeraffe|apenstaartje)[ ]|[ ]?@[ ]|[ ]@[ ]?)"
    r"(?P<host>[0-9A-Za-z-]{1,63}(?:(?:[ ]?(?:\(dot\)|\[dot\]|\{dot\}|\(\.\)|\[\.\])[ ]?|[ ](?:dot|punkt|point|punto|ponto|kropka)[ ]|\.)[0-9A-Za-z-]{2,63}){1,4})",
    re.IGNORECASE,
)
_SPOKEN_DOT = re.compile(
    r"[ ]?(?:\(dot\)|\[dot\]|\{dot\}|\(\.\)|\[\.\])[ ]?|[ ](?:dot|punkt|point|punto|ponto|kropka)[ ]", re.IGNORECASE
)
_SPOKEN_HINT = re.compile(
    r"[ (\[{](?:dot|punkt|point|punto|ponto|kropka)[ )\]}]|[(\[{][@.][)\]}]|[(\[{]at[)\]}]| @|@ |[ ](?:arroba|chiocciola|malpa|małpa|arobase|klammeraffe|apenstaartje|at)[ ][0-9A-Za-z-]{1,63}\.[A-Za-z]",
    re.IGNORECASE,
)
_APART = re.compile(r"(?<![0-9])[0-9](?:(?P<gap>[ .\-_·•*])[0-9])(?:(?P=gap)[0-9]){5,40}(?![0-9])")
_OCR = re.compile(r"(?<![0-9A-Za-z])(?:[A-Z]{2})?[0-9lIO]{8,34}(?![0-9A-Za-z])")
_BASE64 = re.compile(r"(?<![0-9A-Za-z+/_-])(?:[0-9A-Za-z+/]{24,}={0,2}|[0-9A-Za-z_-]{24,}={0,2})(?![0-9A-Za-z+/=_-])")
#: Base64 in lines, as mail programs and ``base64`` write it.
_WRAPPED = re.compile(r"(?<![^\n])(?:[0-9A-Za-z+/]{60,76}\r?\n){2,}[0-9A-Za-z+/]{1,76}={0,2}(?![^\r\n])")
_PEM = re.compile(r"-----BEGIN [A-Z0-9 ]{1,40}-----\r?\n\Z")
_NEEDED = re.compile(
    r"%[0-9A-Fa-f]{2}|&[#A-Za-z]|\\[ux][0-9A-Fa-f]{2}|[0-9][ .\-_*][0-9][ .\-_*][0-9][ .\-_*][0-9]|[({\[][ ]?(?:at|dot|@|\.)[ ]?[)}\]]|[ ](?:at|dot)[ ].{1,40}[ ]dot[ ]|[0-9][lIO]|[lIO][0-9]|[ ]@|@[ ]|(?:arroba|chiocciola|malpa|arobase) ",
    re.IGNORECASE,
)
_LONGEST_NESTED = 200_000
_FEWEST_LETTERS = 0.85
_LEAST_OCR_DIGITS = 6


@dataclass(frozen=True, slots=True)
class View:
    """A normalised text. Character ``i`` came from ``origin[i]`` to ``until[i]`` of the original."""

    text: str
    origin: list[int]
    until: list[int]

    def back(self, finding: Finding) -> Finding:
        """Return the finding with the offsets of the original text."""
        return replace(finding, start=self.origin[finding.start], end=self.until[finding.end - 1])


@dataclass(frozen=True, slots=True)
class Nested:
    """Text that stands encoded inside a text, and where."""

    start: int
    end: int
    text: str


def view(text: str) -> View | None:
    """Return the normalised view, None when the text is already plain."""
    told = spelled.occurs(text)
    if not told and text.isascii() and _NEEDED.search(text) is None:
        return None
    current = _identity(text)
    if not text.isascii():
        current = _characters(current)
    current = _rewritten(current, _ESCAPE, _unescaped)
    current = _lookalikes(current)
    if _SPOKEN_HINT.search(current.text) is not None:
        current = _rewritten(current, _SPOKEN, _address)
    if told:
        current = _rewritten(current, spelled.RUN, spelled.digits)
    current = _rewritten(
        current, _APART, lambda m: [(m.group().replace(m.group("gap"), ""), 0, len(m.group()))], spread=True
    )
    current = _rewritten(current, _OCR, _digits, spread=True)
    return None if current.text == text else current


def nested(text: str) -> list[Nested]:
    """Return the base64 parts (also of ``data:`` URIs) that decode to readable text."""
    found = []
    done = 0
    for block in _WRAPPED.finditer(text):
        inner = decoded("".join(block.group().split()))
        if inner is not None:
            found += [*_tokens(text, done, block.start()), Nested(block.start(), block.end(), inner)]
            done = block.end()
    return [*found, *_tokens(text, done, len(text))]


def _tokens(text: str, start: int, stop: int) -> Iterator[Nested]:
    for match in _BASE64.finditer(text, start, stop):
        inner = decoded(match.group())
        if inner is not None:
            yield Nested(match.start(), match.end(), inner)


def holds_binary(text: str) -> bool:
    """Whether base64 in lines stands in the text that is no text: a file, which nothing here reads. PEM is none."""
    for block in _WRAPPED.finditer(text):
        bare = "".join(block.group().split())
        mixed = any(map(str.isupper, bare)) and any(map(str.islower, bare)) and any(map(str.isdigit, bare))
        if mixed and decoded(bare) is None and _PEM.search(text, max(0, block.start() - 60), block.start()) is None:
            return True
    return False


def _identity(text: str) -> View:
    return View(text, list(range(len(text))), list(range(1, len(text) + 1)))


def _characters(current: View) -> View:
    """NFKC character by character, decimal digits of any script to ASCII, invisible characters dropped."""
    out: list[str] = []
    origin: list[int] = []
    until: list[int] = []
    for index, character in enumerate(current.text):
        if character in _INVISIBLE:
            continue
        if unicodedata.combining(character) and out:
            composed = unicodedata.normalize("NFC", out[-1] + character)
            if len(composed) == 1:
                out[-1] = composed
                until[-1] = current.until[index]
                continue
        for piece in character if character.isascii() else _plain(character):
            out.append(piece)
            origin.append(current.origin[index])
            until.append(current.until[index])
    return View("".join(out), origin, until)


def _plain(character: str) -> str:
    digit = unicodedata.decimal(character, None)
    if digit is not None:
        return str(digit)
    form = unicodedata.normalize("NFKC", character)
    return form.replace("\u2044", "/").replace("\u2011", "-").replace("\u2010", "-")


def _lookalikes(current: View) -> View:
    """Look-alike letters to Latin, in words that mix scripts or hold digits; a whole Cyrillic word stays one."""
    if current.text.isascii():
        return current
    out = list(current.text)
    for match in _WORD.finditer(current.text):
        word = match.group()
        if word.isascii() or not any(c in _LOOKALIKES for c in word):
            continue
        foreign = sum(1 for c in word if not c.isascii() and c not in _LOOKALIKES and not "À" <= c <= "ɏ")
        if foreign == 0 and any(c.isascii() for c in word):
            out[match.start() : match.end()] = [_LOOKALIKES.get(c, c) for c in word]
    return View("".join(out), current.origin, current.until)


Piece = tuple[str, int, int]


def _rewritten(
    current: View,
    pattern: re.Pattern[str],
    rewrite: Callable[[re.Match[str]], Iterable[Piece] | None],
    *,
    spread: bool = False,
) -> View:
    """Replace matches by pieces (new text, from, to within the match); the rest is copied.

    With ``spread`` the characters of a piece are the kept characters of the match, each from its own place.
    """
    text = current.text
    out: list[str] = []
    origin: list[int] = []
    until: list[int] = []
    done = 0
    for match in pattern.finditer(text):
        pieces = rewrite(match)
        if pieces is None:
            continue
        _copy(current, done, match.start(), out, origin, until)
        for new, low, high in pieces:
            first, last = match.start() + low, match.start() + high
            places = _kept(text, first, last, new) if spread else None
            for number, character in enumerate(new):
                out.append(character)
                origin.append(current.origin[places[number] if places else first])
                until.append(current.until[places[number] if places else last - 1])
        done = match.end()
    if not done:
        return current
    _copy(current, done, len(text), out, origin, until)
    return View("".join(out), origin, until)


def _copy(current: View, low: int, high: int, out: list[str], origin: list[int], until: list[int]) -> None:
    out.append(current.text[low:high])
    origin.extend(current.origin[low:high])
    until.extend(current.until[low:high])


def _kept(text: str, first: int, last: int, new: str) -> list[int]:
    """Where the kept characters stand; characters were only dropped or replaced one for one."""
    if len(new) == last - first:
        return list(range(first, last))
    return [place for place in range(first, last) if text[place].isalnum()]


def _unescaped(match: re.Match[str]) -> list[Piece] | None:
    raw = match.group()
    if raw[0] == "%":
        return _percent(raw)
    if raw[0] == "&":
        plain = html.unescape(raw)
        return None if plain == raw else [(plain, 0, len(raw))]
    code = int(raw[2:], base=16)  # noqa: FURB166 -- after a backslash, not a literal's prefix
    return None if 0xD800 <= code <= 0xDFFF else [(chr(code), 0, len(raw))]  # noqa: PLR2004 -- surrogates


def _percent(raw: str) -> list[Piece] | None:
    data = bytes.fromhex(raw.replace("%", ""))
    try:
        plain = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    pieces: list[Piece] = []
    place = 0
    for character in plain:
        size = 3 * len(character.encode())
        pieces.append((character, place, place + size))
        place += size
    return pieces


def _address(match: re.Match[str]) -> list[Piece] | None:
    """An e-mail address told in words: signs for the words, the rest as it is."""
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
    pieces.extend((text[place], place - base, place + 1 - base) for place in range(low, high))


def _digits(match: re.Match[str]) -> list[Piece] | None:
    """OCR's l, I and O among many digits are 1, 1 and 0."""
    raw = match.group()
    head = 2 if raw[:2].isalpha() and raw[:2].isupper() and raw[:2] not in {"II", "IO", "OI", "OO"} else 0
    body = raw[head:]
    if body.isdigit() or sum(c.isdigit() for c in body) < max(_LEAST_OCR_DIGITS, len(body) * 0.6):
        return None
    return [(raw[:head] + body.translate(str.maketrans("lIO", "110")), 0, len(raw))]


def decoded(token: str) -> str | None:
    """Return the text in a base64 token, None when it is none."""
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
