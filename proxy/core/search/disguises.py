r"""Finds removed values that a program turned: spelled out, backwards, as codes, in another base, shifted, encoded.

A target that knows a pseudonym can have an agent run ``print(name[::-1])`` and send the result in the next request. So
where values were removed, the texts that leave are searched for them in these forms too. Nothing is read in them: a
form counts only if it spells a removed value. Each reading is linear, and they compose with decoding:

    in order    the letters, the digits or both of a text and nothing else, in either direction: ``S|c-h``,
                ``Sch<b>mi</b>dt``, ``{"S": 1, "c": 2}``, ``["4111", "1111"]`` (``in_order.py``)
    columns     every first to fourth of short tokens, as signs or as the integers of characters in any base:
                ``chr(83)+chr(99)``, ``0o123 0o143``, ``{"0": "S", "1": "c"}``; every second to fourth character
    words       letters moved, mirrored or repeated, numbers in another base
    bytes       what a token is the base64, base32, hexadecimal or integer of, in either direction, and what invisible
                marks (tags, variation selectors) number

How short a value may be depends on what could spell it by chance. A list of codes is not an accident (four letters or
digits), columns of a table may be one (five, or seven), and a shifted word may be another word (six letters, nine
digits).
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate
from string import ascii_lowercase
from typing import Final, NamedTuple

from proxy.core.search import names
from proxy.core.search.decoding import spelled
from proxy.core.search.decoding.characters import hidden
from proxy.core.search.digit_runs import bare
from proxy.core.search.in_order import BOTH, DIGITS, LETTERS, WIDEST_GAP, Ends, InOrder
from proxy.core.search.needs import Test, always, compiled, shaped
from proxy.core.search.occurrences import APART
from proxy.core.search.skeleton import skeleton

_IN_CODES, _LEAST, _AS_PLACES, _LEAST_DIGITS = 5, 6, 7, 9
_LONG_WORD = 8
_FEW_WORDS = 1_000  # that one automaton looks for
_WORD = re.compile(r"[^\W_]+")
_LETTERS = re.compile(r"[a-z]")
_NO_DIGITS = LETTERS[0]
_MOVED: Final = tuple(
    str.maketrans(ascii_lowercase, to)
    for to in (*(ascii_lowercase[by:] + ascii_lowercase[:by] for by in range(1, 26)), ascii_lowercase[::-1])
)
_BASES = "0123456789abcdefghijklmnopqrstuvwxyz"
_REPEATED = re.compile(r"(.)\1+")
_LONG = re.compile(r"\S{9,}")
_STEPS = range(1, 5)
_CUTS = [(first, step) for step in _STEPS[1:] for first in range(step)]
_TAG = re.compile(r"<!--.{0,400}?-->|<[^<>]{0,400}>|/\*.{0,400}?\*/", re.DOTALL)
_TAG_MARK = "\u2063"
_CODE = r"(?:(?:0[xXoObB])?[0-9A-Fa-f]{1,8}|(?:0[bB])?[01]{1,21}|[uUxX][0-9A-Fa-f]{2,6}|[0-9A-Za-z]|[\x80-\xff]{2,4})"
_BETWEEN = r"[^0-9A-Za-z\x80-\xff]{1,12}"
_TOKEN_BETWEEN = rf"(?:[0-9A-Za-z\x80-\xff]{{1,16}}{_BETWEEN})"
#: Runs of short tokens, of which every first to fourth is a code: as far as the next tokens go, and to the last code.
_SHORT_TOKENS: Final = tuple(
    compiled(rf"(?:^|[^0-9A-Za-z\x80-\xff]){run}")
    for run in (
        rf"(?:{_CODE}{_BETWEEN}{_TOKEN_BETWEEN}{{0,3}}){{4,}}",
        rf"{_CODE}{_BETWEEN}(?:{_TOKEN_BETWEEN}{{0,3}}?{_CODE}{_BETWEEN}){{3,}}",
    )
)
_PART = re.compile(r"""[^\W_]+|(?<=["'])[^\w"':,](?=["'])""")
_PREFIXED = re.compile(r"0[xob]", re.IGNORECASE).match
_NO_SIGN = "\0"
_SOME_SIGNS = re.compile(rf"(?:[^\W_][\W_]{{0,{WIDEST_GAP}}}){{{_IN_CODES}}}").search
_LAST_CODE = 0x2000  # scripts that spell names in four letters or more
_TOKEN = re.compile(r"(?<![0-9A-Za-z+/_-])[0-9A-Za-z+/_-]{10,4000}(?![0-9A-Za-z+/_-])")
_PRINTABLE = bytes([9, 10, 13, *range(0x20, 0x7F), *range(0x80, 0x100)])
_BASE32 = re.compile(r"[A-Z2-7]+|[a-z2-7]+").fullmatch
_HEXADECIMAL = re.compile(r"(?:0[xXoObB])?((?:[0-9A-Fa-f]{2})+).?").fullmatch
_LEAST_INTEGER, _LONGEST_INTEGER = 12, 600
_DEEPEST, _HEX = 2, 16


class Clues(NamedTuple):
    """Whether a text has tokens that may be codes of characters, and tokens that are bytes of another text."""

    codes: bool
    encoded: bool


_UNKNOWN = Clues(codes=True, encoded=True)


def clues(text: str) -> Clues:
    """Return what no value changes: most texts have neither, and telling so takes most of the search."""
    codes = any(_SOME_SIGNS(column) for column, _ in _codes(text))
    return Clues(codes, next(_bytes_of(text), None) is not None)


class Disguises:
    """The other forms of removed values, of which ``people`` are names."""

    __slots__ = ("_orders", "_possible", "_words")

    def __init__(self, values: Iterable[str], people: Iterable[str] = ()) -> None:
        persons, values = frozenset(people), tuple(values)
        self._words = {form for value in values for form in _turned_words(value)}
        few = 0 < len(self._words) <= _FEW_WORDS
        self._possible: Test = shaped("|".join(map(re.escape, self._words))) if few else always
        bones = list(map(skeleton, values))
        letters = {form: ends for value in values for form, ends in _letters(value, parts=value in persons)}
        digits: dict[str, Ends] = {form: frozenset() for form in map(bare, bones) if len(form) >= _LEAST}
        both: dict[str, Ends] = {form: frozenset() for form in bones if len(form) >= _LEAST and _is_mixed(form)}
        sorts = ((letters, LETTERS, _IN_CODES), (digits, DIGITS, _LEAST_DIGITS), (both, BOTH, _LEAST_DIGITS))
        #: Each with the fewest signs that are not an accident, but in a list of codes.
        self._orders = [(InOrder(forms, sort), least) for forms, sort, least in sorts if forms]

    def among(self, text: str, clues: Clues | None = None) -> bool:
        """Whether a value is in the text in another form; ``clues``: what is known of the text."""
        return self._among(text, _DEEPEST, clues or _UNKNOWN)

    def _among(self, text: str, depth: int, clues: Clues) -> bool:
        if self._among_words(text):
            return True
        plain = _TAG.sub(_TAG_MARK, text).replace(2 * _TAG_MARK, " ") if ">" in text or "*/" in text else text
        bones = skeleton(plain)
        if any(order.among(plain, bones, least) for order, least in self._orders):
            return True
        if any(self._spells(column, least) for column, least in _spelled_digits(text)) or self._among_columns(text):
            return True
        if clues.codes and any(self._spells(column, least) for column, least in _codes(text)):
            return True
        decoded = APART.join(_bytes_of(text)) if depth and clues.encoded else ""
        return bool(decoded) and (self._spells(decoded, _LEAST) or self._among(decoded, depth - 1, _UNKNOWN))

    def _among_columns(self, text: str) -> bool:
        """Whether a value is every second to fourth character of a run; seldom more than a look at all of the text."""
        fewest = [(order, max(_LEAST, shortest)) for order, shortest in self._orders]
        columns = (skeleton(text[first::step]) for first, step in _CUTS)
        if not any(order.possible(bones, size) for bones in columns for order, size in fewest):
            return False
        runs = dict.fromkeys(_LONG.findall(text))
        return self._spells(APART.join([run[first::step] for run in runs for first, step in _CUTS]), _LEAST)

    def _among_words(self, text: str) -> bool:
        lower = text.lower()
        if not self._words or not self._possible(skeleton(lower)):
            return False
        return not self._words.isdisjoint(map(skeleton, set(_WORD.findall(lower))))

    def _spells(self, text: str, least: int) -> bool:
        bones, codes = skeleton(text), least == _IN_CODES
        fewest = ((order, least if codes else max(least, shortest)) for order, shortest in self._orders)
        return bool(bones) and any(order.among(text, bones, size, apart=False) for order, size in fewest)


def _is_mixed(bones: str) -> bool:
    return not bones.isdecimal() and any(map(str.isdecimal, bones))


def _letters(value: str, *, parts: bool) -> Iterator[tuple[str, Ends]]:
    """Yield the letters of a value, of its last word before the others, and of its words; also none of them twice.

    ``parts``: the value is a name, whose words count alone, too, as long ones of any value.
    """
    words = [letters for word in _WORD.findall(value) if (letters := skeleton(word).translate(_NO_DIGITS))]
    alone = [[word] for word in words if (parts or len(word) >= _LONG_WORD) and not names.is_common(word)]
    for order in (words, [*words[-1:], *words[:-1]], *alone):
        form = "".join(order)
        if len(form) >= _IN_CODES:
            yield form, frozenset(accumulate(map(len, order)))
        once = _REPEATED.sub(r"\1", form)
        if once != form and len(once) >= _IN_CODES:
            yield once, None


def _turned_words(value: str) -> Iterator[str]:
    """Yield the words of a value with their letters moved, and a number in other bases."""
    for word in _WORD.findall(value.lower()):
        for plain in dict.fromkeys((word, skeleton(word))):
            if len(_LETTERS.findall(plain)) >= _LEAST:
                yield from map(skeleton, (plain.translate(table) for table in _MOVED))
                backwards = skeleton(plain[::-1])
                if backwards != skeleton(plain) and not names.is_common(backwards):
                    yield backwards
    digits = bare(value)
    if len(digits) >= _LEAST_DIGITS and not any(map(str.isalpha, value)):
        number = int(digits[:_LONGEST_INTEGER])
        yield from (hex(number), oct(number), bin(number))
        yield from (_in_base(number, base) for base in range(2, 37) if base != 10)  # noqa: PLR2004 -- the value itself


def _in_base(number: int, base: int) -> str:
    signs = ""
    while number:
        number, sign = divmod(number, base)
        signs = _BASES[sign] + signs
    return signs


def _spelled_digits(text: str) -> Iterator[tuple[str, int]]:
    """Yield (what digits told in words spell, the fewest signs that count there)."""
    if spelled.occurs(text):
        numbers = (spelled.digits(run) or () for run in spelled.RUN.finditer(text))
        yield APART.join("".join(digit for digit, _, _ in number) for number in numbers), _LEAST


def _codes(text: str) -> Iterator[tuple[str, int]]:
    """Yield (what columns of short tokens spell, the fewest signs that count there)."""
    data = text.encode("utf-8", "replace") + b"\n"
    for parts in dict.fromkeys(tuple(_parts(runs.finditer(data))) for runs in _SHORT_TOKENS):
        yield from _columns_of(parts)


def _parts(runs: Iterable[re.Match[bytes]]) -> Iterator[str]:
    """Yield the tokens of runs, with "" behind each."""
    for run in runs:
        yield from _PART.findall(run.group().decode("utf-8", "replace"))
        yield ""


def _columns_of(parts: Sequence[str]) -> Iterator[tuple[str, int]]:
    for read, least in _READERS if parts else ():
        read_parts = {part: read(part) for part in set(parts)}
        signs = [read_parts[part] for part in parts]
        for step in _STEPS:
            columns = APART.join("".join(signs[first::step]) for first in range(step))
            yield columns, max(least, _LEAST) if step > 1 else least
            if not columns.isascii():
                yield columns.encode("latin-1", "replace").decode("utf-8", "replace"), _LEAST


def _sign(part: str) -> str:
    """Return a sign, or the digits of a group."""
    return part if len(part) == 1 or (part.isdecimal() and len(part) < _LEAST) else _NO_SIGN


def _character(base: int) -> Callable[[str], str]:
    """Return what reads a token as the code of a character; one that names its base is read in that."""

    def read(part: str) -> str:
        number = part[1:] if part[:1] in "uUxX" else part
        if not (base == _HEX or number.isdecimal() or _PREFIXED(number)):
            return _NO_SIGN
        try:
            code = int(number, 0 if _PREFIXED(number) else base)
        except ValueError:
            return _NO_SIGN
        return chr(code) if 0x20 <= code < 0x100 or (code < _LAST_CODE and chr(code).isalpha()) else _NO_SIGN  # noqa: PLR2004

    return read


def _pattern_of(part: str) -> str:
    """Return the letter of the alphabet at a place from 1 on."""
    number = int(part) if part.isdecimal() and len(part) < 3 else 0  # noqa: PLR2004
    return ascii_lowercase[number - 1] if 0 < number <= len(ascii_lowercase) else _NO_SIGN


_READERS: Final = (
    (_sign, _LEAST),
    *((_character(base), _IN_CODES) for base in (10, _HEX, 8, 2)),
    (_pattern_of, _AS_PLACES),
)


def _bytes_of(text: str) -> Iterator[str]:
    """Yield the texts that bytes in a text are."""
    yield from _decoded(text)
    if spelled_by_marks := hidden(text):
        yield spelled_by_marks


def _decoded(text: str) -> Iterator[str]:
    """Yield the text of the bytes that tokens spell, in either direction."""
    for token in dict.fromkeys(_TOKEN.findall(text)):
        if token.isalpha() and (token[1:].islower() or (len(token) < _LEAST_INTEGER and token.isupper())):
            continue  # a word
        for data in (*_bytes(token), *_bytes(token[::-1])):
            if len(data) >= _IN_CODES and not data.translate(None, _PRINTABLE):
                for turned in (data, data[::-1]):
                    with contextlib.suppress(UnicodeDecodeError):
                        yield turned.decode()


def _bytes(token: str) -> Iterator[bytes]:
    """Yield what a token is the base64, base32, integer or hexadecimal of."""
    with contextlib.suppress(ValueError):
        yield binascii.a2b_base64(token.replace("-", "+").replace("_", "/") + "=" * (-len(token) % 4))
    if _BASE32(token):
        with contextlib.suppress(ValueError):
            yield base64.b32decode(token.upper() + "=" * (-len(token) % 8))
    if token.isdecimal() and _LEAST_INTEGER <= len(token) <= _LONGEST_INTEGER:
        number = int(token)
        yield number.to_bytes((number.bit_length() + 7) // 8, "big")
    if digits := _HEXADECIMAL(token):
        yield bytes.fromhex(digits[1])
