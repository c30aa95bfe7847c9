"""Cards and what is printed on them, bank accounts, crypto wallets."""

from __future__ import annotations

import hashlib
import re

from proxy.core.search.digit_runs import luhn
from proxy.detection.patterns.pattern import whole
from proxy.detection.patterns.recognizers import checks

#: ISO country -> length of its IBAN (SWIFT registry, release 99).
_IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BI": 27,
    "BR": 29, "BY": 28, "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DJ": 27, "DK": 18, "DO": 28,
    "EE": 20, "EG": 29, "ES": 24, "FI": 18, "FK": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23,
    "GL": 18, "GR": 27, "GT": 28, "HN": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26,
    "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20, "LU": 20, "LV": 21,
    "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MN": 20, "MR": 27, "MT": 31, "MU": 30, "NI": 28,
    "NL": 18, "NO": 15, "OM": 23, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22,
    "RU": 33, "SA": 24, "SC": 31, "SD": 18, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "SO": 23, "ST": 25,
    "SV": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20, "YE": 30,
}  # fmt: skip
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_ISSUERS = re.compile(
    r"^(?:4[0-9]{12}(?:[0-9]{3}){0,2}|5[1-5][0-9]{14}|2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720)[0-9]{10,13}|3[47][0-9]{13}"
    r"|3(?:0[0-59]|[689])[0-9]{11,16}|6(?:011|4[4-9]|5)[0-9]{11,15}|35(?:2[89]|[3-8])[0-9]{11,15}|62[0-9]{14,17}"
    r"|(?:5018|5020|5038|5893|6304|6759|676[1-3]|50|5[6-9]|6)[0-9]{8,17}|(?:60|65|81|82|508)[0-9]{13,14}"
    r"|220[0-4][0-9]{12})$"
)
#: Of these, prefixes that issuers have to themselves, with the lengths that they print.
_SURE = re.compile(
    r"(?:4(?:[0-9]{12}|[0-9]{15}|[0-9]{18})|5[1-5][0-9]{14}|2(?:22[1-9]|2[3-9][0-9]|[3-6][0-9]{2}|7[01][0-9]|720)[0-9]{12}"
    r"|3[47][0-9]{13}|30[0-59][0-9]{11}|3[689][0-9]{12}|(?:6011|64[4-9][0-9]|65[0-9]{2}|62[0-9]{2}|508[5-9])[0-9]{12,15}"
    r"|35(?:2[89]|[3-8][0-9])[0-9]{12,15}|220[0-4][0-9]{12}|(?:5018|5020|5038|5893|6304|6759|676[1-3]|677[0-9]|679[0-9])"
    r"[0-9]{8,15})$"
)
_GAP = re.compile("[^0-9]")
_SHORTEST_CARD, _LONGEST_ARTICLE = 13, 14


def iban_length(value: str) -> int:
    """ISO 13616: cut to the country's length, then modulo 97."""
    length = _IBAN_LENGTHS.get(value[:2].upper(), 0)
    count = end = 0
    for end, character in enumerate(value, 1):  # noqa: B007 -- ``end`` is the result
        count += character.isalnum()
        if count == length:
            break
    if not length or count != length or (end < len(value) and value[end].isalnum()):
        return 0
    text = checks.compact(value[:end])
    number = "".join(str(int(c, 36)) for c in text[4:] + text[:4])
    return end if int(number) % 97 == 1 else 0


def iban_shaped(value: str) -> int:
    """A known country's IBAN by length whose check digits are wrong: counts in IBAN context only."""
    length = _IBAN_LENGTHS.get(value[:2].upper(), 0)
    return len(value) if length and len(checks.compact(value)) == length else 0


def card_length(value: str) -> int:
    """A card number of a known issuer range with a valid Luhn digit."""
    digits = checks.compact(value)
    valid = _ISSUERS.match(digits) and checks.varied(digits) and luhn(digits)
    return len(value) if valid else 0


def sure_card(value: str) -> int:
    """A card number of an issuer's own prefix and length: no word beside it makes it another number.

    Groups behind it, such as an expiry date, are not part of it.
    """
    ends = [len(value), *(gap.start() for gap in reversed(list(_GAP.finditer(value))))]
    return next((end for end in ends if _is_sure(checks.compact(value[:end]))), 0)


def _is_sure(digits: str) -> bool:
    return _SURE.match(digits) is not None and card_length(digits) > 0 and not _is_article(digits)


def _is_article(digits: str) -> bool:
    """Whether 13 or 14 digits have the check digit of an EAN or a GTIN, as articles do."""
    total = sum(int(digit) * (1, 3)[index % 2] for index, digit in enumerate(reversed(digits)))
    return len(digits) <= _LONGEST_ARTICLE and total % 10 == 0


def track_length(value: str) -> int:
    """Track 2 of a magnetic stripe: card number, separator, expiry (year and month), service code."""
    number, _, rest = re.split("([=Dd])", value, maxsplit=1)
    return len(value) if card_length(number) and "01" <= rest[2:4] <= "12" else 0


def card_shaped(value: str) -> int:
    """A number as long as a card's, whatever its check digit: counts in card context only."""
    return len(value) if len(checks.compact(value)) >= _SHORTEST_CARD else 0


def is_base58(value: str) -> bool:
    """Bitcoin-style address with a double SHA-256 checksum."""
    number = 0
    for character in value:
        digit = _BASE58.find(character)
        if digit < 0:
            return False
        number = number * 58 + digit
    try:
        raw = number.to_bytes(25, "big")
    except OverflowError:
        return False
    return hashlib.sha256(hashlib.sha256(raw[:-4]).digest()).digest()[:4] == raw[-4:]


def is_bech32(value: str) -> bool:
    """BIP 173 and BIP 350 addresses."""
    lowered = value.lower()
    prefix, _, data = lowered.rpartition("1")
    if not prefix or any(c not in _BECH32 for c in data) or value not in {lowered, value.upper()}:
        return False
    values = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix] + [_BECH32.index(c) for c in data]
    check = 1
    for number in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ number
        for bit, generator in enumerate(_GENERATORS):
            check ^= generator if top >> bit & 1 else 0
    return check in {1, 0x2BC830A3}


base58_length = whole(is_base58)
bech32_length = whole(is_bech32)
