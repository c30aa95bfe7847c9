"""The shapes of pseudonyms: from a stream of key-derived bytes to a text of the same syntactic type.

Every shape has a fixed length once its layout is chosen, and no shape is a prefix of another, so any set of pseudonyms
is prefix-free. The free parts use unassigned or reserved ranges: example.com (RFC 2606), country code 999 (unassigned
in E.164), 240.0.0.0/4 (RFC 1112 §4), 2001:db8::/32 (RFC 3849), locally administered MAC addresses, UUID version 8
(RFC 9562), years from 3000.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from proxy.core.entities import ENTITIES, looked_up
from proxy.core.search import needs

#: Consonants: a code is not a word of any language, has no digits, and survives tokenisers and models.
ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"
_PAIRS = tuple(low + high for high in ALPHABET for low in ALPHABET)  # two letters at a time
CODE_LENGTH = 10  # 20^10 = 10^13: about 43 bits

_OTHER = "ID"
TAGS: Final = {name: entity.pseudonym for name, entity in ENTITIES.items()}

#: Year ranges by layout, so that a date is never a prefix of a date with a time.
_DATE_YEARS = (3000, 3000)
_DATETIME_YEARS = (6000, 3000)

_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_URL = re.compile(r"((?:https?|ftps?|wss?)://)?[\w.-]+\.[a-z]{2,}(?::\d+)?(?:[/?#]\S*)?", re.IGNORECASE)
_PHONE = re.compile(r"\+?[\d\s().\-/]{5,}(?:(?:x|ext\.?)\s*\d+)?", re.IGNORECASE)
_IPV4 = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")
_IPV6 = re.compile(r"(?=.*:.*:)[0-9A-Fa-f:.]+(?:%\w+)?")
_MAC = re.compile(r"[0-9A-Fa-f]{2}(?:([:-])[0-9A-Fa-f]{2})(?:\1[0-9A-Fa-f]{2}){4}")
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_YEAR_FIRST = re.compile(r"\d{4}([-/.])\d{1,2}\1\d{1,2}(?:([T ])\d{2}:\d{2}\S*)?")
_YEAR_LAST = re.compile(r"\d{1,2}([-/.])(?: ?)\d{1,2}\1(?: ?)(?:\d{4}|\d{2})")
_MONTH = r"([^\W\d_]{3,12})"
_DAY_MONTH = re.compile(rf"\d{{1,2}}(\.|st|nd|rd|th|º)?((?: (?:de|of))? ){_MONTH}(\.?,?(?: (?:de|del))? )\d{{4}}")
_MONTH_DAY = re.compile(rf"{_MONTH}(\.? )\d{{1,2}}(?:st|nd|rd|th)?(,? )\d{{4}}")


class Bits:
    """An endless supply of numbers from a source of bytes (``source(n)`` returns n fresh bytes)."""

    __slots__ = ("_number", "_range", "_source")

    def __init__(self, source: Callable[[int], bytes]) -> None:
        self._source = source
        self._number = int.from_bytes(source(32))
        self._range = 1 << 256

    def below(self, limit: int) -> int:
        """Return a number from 0 to ``limit`` - 1 (bias below 2^-64)."""
        if self._range < limit << 64:
            self._number = int.from_bytes(self._source(32))
            self._range = 1 << 256
        self._number, value = divmod(self._number, limit)
        self._range //= limit
        return value

    def code(self, length: int = CODE_LENGTH) -> str:
        """Return ``length`` letters of the alphabet."""
        number = self.below(len(ALPHABET) ** length)
        letters = []
        for _ in range((length + 1) // 2):
            number, pair = divmod(number, len(_PAIRS))
            letters.append(_PAIRS[pair])
        return "".join(letters)[:length]


def tag(entity_type: str) -> str:
    """Return the readable prefix of a pseudonym of this type."""
    return TAGS.get(entity_type, _OTHER)


def tagged(entity_type: str, bits: Bits) -> str:
    """Return a pseudonym with its type as a prefix: ``Name_KQTMXBZRWD``."""
    return f"{tag(entity_type)}_{bits.code()}"


def shaped(entity_type: str, value: str, bits: Bits) -> str:
    """Return a pseudonym of the same syntactic type as ``value``, or a tagged one if no shape fits."""
    for shape in _SHAPES.get(entity_type, ()):
        pseudonym = shape(value, bits)
        if pseudonym:
            return pseudonym
    return tagged(entity_type, bits)


def _email(value: str, bits: Bits) -> str:
    return f"user-{bits.code().lower()}@example.com" if _EMAIL.fullmatch(value) else ""


def _phone(value: str, bits: Bits) -> str:
    return f"+999{10**11 + bits.below(9 * 10**11)}" if _PHONE.fullmatch(value) else ""


def _url(value: str, bits: Bits) -> str:
    match = _URL.fullmatch(value)
    return f"{(match[1] or '').lower()}example.org/r/{bits.code().lower()}" if match else ""


def _ipv4(value: str, bits: Bits) -> str:
    if not _IPV4.fullmatch(value):
        return ""
    return f"{240 + bits.below(15)}.{100 + bits.below(155)}.{100 + bits.below(155)}.{100 + bits.below(155)}"


def _ipv6(value: str, bits: Bits) -> str:
    if not _IPV6.fullmatch(value):
        return ""
    return "2001:db8:" + ":".join([f"{0x1000 + bits.below(0xF000):x}" for _ in range(6)])


def _mac(value: str, bits: Bits) -> str:
    match = _MAC.fullmatch(value)
    if not match:
        return ""
    address = match[1].join(["06", "5c", *(f"{bits.below(256):02x}" for _ in range(4))])
    return address.upper() if value.upper() == value else address


def _uuid(value: str, bits: Bits) -> str:
    if not _UUID.fullmatch(value):
        return ""
    head, rest = f"{bits.below(1 << 48):012x}", f"{bits.below(1 << 72):018x}"
    uuid = f"{head[:8]}-{head[8:]}-8{rest[:3]}-{0x8000 | bits.below(1 << 14):04x}-{rest[3:15]}"
    return uuid.upper() if value.upper() == value else uuid


def _date(value: str, bits: Bits) -> str:
    year = _DATE_YEARS[0] + bits.below(_DATE_YEARS[1])
    month, day = 1 + bits.below(12), 1 + bits.below(28)
    if match := _YEAR_FIRST.fullmatch(value):
        mark = match[1]
        if match[2]:
            year = year - _DATE_YEARS[0] + _DATETIME_YEARS[0]
            clock = f"{bits.below(24):02d}:{bits.below(60):02d}:{bits.below(60):02d}"
            return f"{year}{mark}{month:02d}{mark}{day:02d}{match[2]}{clock}Z"
        return f"{year}{mark}{month:02d}{mark}{day:02d}"
    if match := _YEAR_LAST.fullmatch(value):
        # day and month both at most 12, so that the date is valid in either order
        return f"{month:02d}{match[1]}{1 + bits.below(12):02d}{match[1]}{year}"
    return _named_date(value, year, 10 + bits.below(19), bits)


def _named_date(value: str, year: int, day: int, bits: Bits) -> str:
    if match := _DAY_MONTH.fullmatch(value):
        suffix = "." if match[1] == "." else ""
        month = _month(match[3], bits)
        return f"{day}{suffix}{match[2]}{month}{match[4]}{year}" if month else ""
    if match := _MONTH_DAY.fullmatch(value):
        month = _month(match[1], bits)
        return f"{month}{match[2]}{day}{match[3]}{year}" if month else ""
    return ""


_MONTHS = (
    "january february march april may june july august september october november december",
    "jan feb mar apr may jun jul aug sep oct nov dec",
    "januar februar märz april mai juni juli august september oktober november dezember",
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "januari februari maart april mei juni juli augustus september oktober november december",
    "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
)
MONTHS = tuple(tuple(line.split()) for line in _MONTHS)


def _month(word: str, bits: Bits) -> str:
    """Return a month of the same language in the same case, "" for an unknown word."""
    for months in MONTHS:
        if word.lower() in months:
            month = months[bits.below(12)]
            return month.title() if word[0].isupper() else month
    return ""


_FORMS: Final[Mapping[str, Callable[[str, Bits], str]]] = {
    "email": _email,
    "phone": _phone,
    "url": _url,
    "ipv4": _ipv4,
    "ipv6": _ipv6,
    "mac": _mac,
    "uuid": _uuid,
    "date": _date,
}
_SHAPES: Final = {
    name: tuple(looked_up(entity, "shapes", form, _FORMS) for form in entity.shapes)
    for name, entity in ENTITIES.items()
}

_HEX = "[0-9A-Fa-f]"
_CODE = f"[{ALPHABET}]{{{CODE_LENGTH}}}"
_TAGGED = f"(?:{'|'.join(sorted({*TAGS.values(), _OTHER}))})_{_CODE}"
_MAIL_HOST, _LINK_HOST, _COUNTRY, _NET = "@example.com", "example.org/r/", "+999", "2001:db8:"
#: Minted addresses of class E and dates of far years, in ASCII digits.
_NUMBERED = needs.shaped(
    r"2[45][0-9]\.[12][0-9][0-9]\.|[3-8][0-9]{3}[-/.][01][0-9][-/.]|[01][0-9][-/.][01][0-9][-/.][3-5][0-9]{3}"
    r"|[12][0-9]\.?(?: (?:de|of))? [^ 0-9]{3,50}(?: (?:de|del))? [3-5][0-9]{3}|[^0-9 ] [12][0-9],? [3-5][0-9]{3}"
)
_NUMBERS = (
    r"2(?:4\d|5[0-4])\.[12]\d\d\.[12]\d\d\.[12]\d\d|"
    r"[3-8]\d{3}(?P<iso>[-/.])(?:0[1-9]|1[0-2])(?P=iso)(?:0[1-9]|[12]\d)(?:[T ]\d\d:\d\d:\d\dZ)?|"
    r"(?:0[1-9]|1[0-2])(?P<day>[-/.])(?:0[1-9]|1[0-2])(?P=day)[3-5]\d{3}|"
    r"[12]\d\.?(?: (?:de|of))? [^\W\d_]{3,12}\.?,?(?: (?:de|del))? [3-5]\d{3}|"
    r"[^\W\d_]{3,12}\.? [12]\d,? [3-5]\d{3}"
)

#: Each shape's pattern with a cheap test that fails on texts without that shape.
_SHAPE_PATTERNS: tuple[tuple[Callable[[str], object], str], ...] = (
    (lambda text: "_" in text, f"{_TAGGED}|{_TAGGED.upper()}|{_TAGGED.lower()}"),
    (lambda text: _MAIL_HOST in text, rf"user-{_CODE.lower()}@example\.com"),
    (lambda text: _LINK_HOST in text, rf"(?:(?:https?|ftps?|wss?)://)?example\.org/r/{_CODE.lower()}"),
    (lambda text: _COUNTRY in text, r"\+999[1-9]\d{11}"),
    (lambda text: _NET in text, r"2001:db8:[1-9a-f][0-9a-f]{3}(?::[1-9a-f][0-9a-f]{3}){5}"),
    (lambda text: "06:5" in text or "06-5" in text, rf"06(?P<mac>[:-])5[cC](?:(?P=mac){_HEX}{{2}}){{4}}"),
    (lambda text: "-8" in text, rf"{_HEX}{{8}}-{_HEX}{{4}}-8{_HEX}{{3}}-[89abAB]{_HEX}{{3}}-{_HEX}{{12}}"),
    (_NUMBERED, _NUMBERS),
)
#: Matches texts of the shape of a pseudonym; only the vault knows whether one is.
LOOKS_LIKE_PSEUDONYM = re.compile("|".join(pattern for _, pattern in _SHAPE_PATTERNS))
_BY_SHAPE = tuple((test, re.compile(pattern)) for test, pattern in _SHAPE_PATTERNS)


def pseudonym_shaped(text: str) -> Iterator[re.Match[str]]:
    """Yield the tokens of a text that have the shape of a pseudonym, shape after shape."""
    for test, pattern in _BY_SHAPE:
        if test(text):
            yield from pattern.finditer(text)


def looks_like_pseudonym(text: str) -> tuple[str, ...]:
    """Return the distinct pseudonym-shaped tokens of a text, for a look-up in the vault."""
    return tuple(dict.fromkeys(match.group() for match in pseudonym_shaped(text)))
