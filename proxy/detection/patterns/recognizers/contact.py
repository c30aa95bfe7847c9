"""E-mail addresses, telephone and fax numbers, user names, web and network addresses."""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache

import phonenumbers

from proxy.detection.languages import words
from proxy.detection.text.context import ContextWords, normalised
from proxy.detection.text.ordinary import ordinary

_PHONE = ContextWords(*words("phone"))
_FAX = ContextWords(*words("fax"))
_PRINTED = ("GB", "DE", "FR", "ES", "IT", "NL", "PL", "PT")
#: Numbering plans tried for a number without country code, most common first.
_REGIONS = ("US", "GB", "DE", "FR", "ES", "IT", "NL", "PL", "PT", "AT", "CH", "BE", "IE", "SE", "NO", "DK", "FI", "CZ",
            "AU", "CA", "BR", "IN", "HU", "GR", "ZA", "MX", "IL", "NZ")  # fmt: skip
_DATE_LIKE = re.compile(
    r"(?:[0-3]?[0-9][./-][0-3]?[0-9][./-](?:19|20)[0-9]{2}|(?:19|20)[0-9]{2}[./-][01]?[0-9][./-][0-3]?[0-9])(?:[^0-9]|$)"
)
_NATIONAL_SHAPE = re.compile(
    r"^(?:\(?[2-9][0-9]{2}\)?[ .-]{1,3}[2-9][0-9]{2}[ .-][0-9]{4}"
    r"|1[ .-]\(?[2-9][0-9]{2}\)?[ .-]{1,3}[0-9]{3}[ .-][0-9]{4}"
    r"|\(0[0-9]{1,4}\)[ /-]?[0-9][0-9 /-]{4,10}|0[0-9]{1,4}[ /-][0-9][0-9 /-]{4,10}|\([0-9]{2,4}\) ?[0-9 -]{6,10})"
)
#: The number of a document: "0932/01/2026".
_DOCUMENT = re.compile(r"[0-9]{1,6}[/-](?:0?[1-9]|1[0-2])[/-](?:19|20)[0-9]{2}")
_GROUP = re.compile("[0-9]+")
_MOST_DIGITS = 15
_FEWEST_DIGITS = 7
_WRITTEN_SHORT = 9


@lru_cache(maxsize=4096)
def phone_length(value: str) -> int:
    """Return the length of a telephone number that is valid in some numbering plan, 0 for another."""
    digits = sum(map(str.isdigit, value))
    if not _FEWEST_DIGITS <= digits <= _MOST_DIGITS + 5 or _DATE_LIKE.match(value) or _DOCUMENT.fullmatch(value):
        return 0
    stripped = value.rstrip(" .-/(")
    if value.startswith(("+", "00")):
        return len(stripped) if _valid("+" + stripped.lstrip("+0"), None) else 0
    return len(stripped) if any(_valid(stripped, region) for region in _REGIONS) else 0


def national_length(value: str) -> int:
    """As ``phone_length``, for a number in a national format, which needs no context words."""
    stripped = value.rstrip(" .-/(")
    written = _NATIONAL_SHAPE.match(stripped)
    return phone_length(value) if written and written.end() >= len(stripped) - 7 else 0


def spoken_length(value: str) -> int:
    """As ``phone_length``, for a number after a word such as "phone": any run of the right length."""
    digits = sum(map(str.isdigit, value))
    fits = _FEWEST_DIGITS <= digits <= _MOST_DIGITS and not (_DATE_LIKE.match(value) or _DOCUMENT.fullmatch(value))
    return phone_length(value) or (len(value.rstrip(" .-/(")) if fits and digits >= _WRITTEN_SHORT - 2 else 0)


@lru_cache(maxsize=1024)
def grouped_length(value: str) -> int:
    """As ``phone_length``, for nine digits or more in the groups of a country's national format."""
    groups = _GROUP.findall(value)
    if sum(map(len, groups)) < _WRITTEN_SHORT or _DATE_LIKE.match(value):
        return 0
    return len(value) if any(_printed(value, region) == groups for region in _PRINTED) else 0


def _printed(value: str, region: str) -> list[str]:
    """Return the groups of a number in a country's national format, none for an invalid number."""
    try:
        number = phonenumbers.parse(value, region)
    except phonenumbers.NumberParseException:
        return []
    if not phonenumbers.is_valid_number(number):
        return []
    return _GROUP.findall(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL))


def _valid(value: str, region: str | None) -> bool:
    try:
        number = phonenumbers.parse(value, region)
    except phonenumbers.NumberParseException:
        return False
    return bool(phonenumbers.is_valid_number(number))


def phone_region(value: str) -> str:
    """Return the ISO country of a number with country code, "" for another."""
    try:
        number = phonenumbers.parse(value, None)
    except phonenumbers.NumberParseException:
        return ""
    return phonenumbers.region_code_for_number(number) or ""


def phone_or_fax(_value: str, raw: str) -> str:
    before = normalised(raw)
    return "FAX_NUMBER" if _FAX.nearest(before) > _PHONE.nearest(before) else "PHONE_NUMBER"


#: Mailboxes of programs alone.
_UNREAD = re.compile(r"(?i)(?:[\w.-]*[._-])?(?:(?:no|do[._-]?not)[._-]?reply|mailer-daemon|bot)(?:[+._-][^@]*)?@")


def is_unread(address: str) -> bool:
    """Whether an address is a program's, without a reader: "noreply@"."""
    return _UNREAD.match(address) is not None


_USERINFO = re.compile("[A-Za-z][0-9A-Za-z+.-]{1,24}://[^ /@]{0,128}$")


def email_of_somebody(value: str, before: str) -> str:
    """An address after "https://user:" is part of a URL, one without a reader is not a person's."""
    return "" if is_unread(value) or _USERINFO.search(before) else "EMAIL_ADDRESS"


#: Resolvers and the metadata service of clouds, whose addresses everybody knows.
_WELL_KNOWN = frozenset({"8.8.8.8", "8.8.4.4", "1.1.1.1", "1.0.0.1", "9.9.9.9", "169.254.169.254"})


def is_ipv4(value: str) -> int:
    """An IPv4 address of one host: not unspecified, loopback, multicast, a netmask, a network or known to everybody."""
    try:
        address = ipaddress.IPv4Address(value)
    except ValueError:
        return 0
    nobody = address.is_unspecified or address.is_loopback or address.is_multicast or value in _WELL_KNOWN
    return 0 if nobody or value.startswith(("0.", "255.")) or value.endswith(".0") else len(value)


#: From here on addresses are masks, or of many hosts.
_MASKS = ipaddress.IPv6Address("ff00::")


def is_ipv6(value: str) -> int:
    """An IPv6 address of one host with at least three explicit groups."""
    bare = value.rstrip(":") if not value.endswith("::") else value
    try:
        address = ipaddress.IPv6Address(bare)
    except ValueError:
        return 0
    written = sum(bool(group) for group in bare.split(":"))
    nobody = address.is_unspecified or address.is_loopback or address >= _MASKS
    return 0 if nobody or written < 3 else len(bare)  # noqa: PLR2004


def url_length(value: str) -> int:
    """A URL without the punctuation that ends its sentence."""
    end = len(value)
    while end and (
        value[end - 1] in ".,;:!?'\"*_"
        or (value[end - 1] in ")]}" and "([{"[")]}".index(value[end - 1])] not in value[:end])
    ):
        end -= 1
    return end


_LABELLED = re.compile("[:=][ \"'@]{0,4}$")
#: "handle" is a verb above all.
_HANDLES = re.compile("(?i:handle) $")
_CONSTANT = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")


def user_of_somebody(value: str, before: str) -> str:
    """Without a sign before it, a constant is not a login name, nor are words: "handle MAX_PATH", "user block-list"."""
    plain = _CONSTANT.fullmatch(value) is not None or ordinary(value) or _HANDLES.search(before) is not None
    return "" if plain and _LABELLED.search(before) is None else "USERNAME"


_NO_NAMES = frozenset(words("no_username"))
#: A variable that holds a user name: "local.db_user".
_REFERENCE = re.compile("(?:local|var|module|data|self|this|env|process|config|settings|os|values|secrets)[.]")


def username_length(value: str) -> int:
    """A login name: letters with a digit or a sign among them, and no word of the sentence."""
    bare = value.rstrip(".@-")
    if _REFERENCE.match(bare):
        return 0
    special = any(not c.isalpha() for c in bare) and any(map(str.isalpha, bare))
    return len(bare) if special and bare.lower() not in _NO_NAMES else 0
