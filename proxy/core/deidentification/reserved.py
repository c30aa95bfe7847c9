"""Numbers that nobody has: telephones for films, accounts at no bank, cards of no issuer; valid in form. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final

from proxy.core.search.digit_runs import bare

_DIGITS = re.compile(r"\d(?:[\s()./-]{0,3}\d)*")
#: Numbers for films and books by country code: digits that are fixed, how many are free, and the least that these are.
#: Ofcom, Bundesnetzagentur, ACMA, ARCEP, ComReg (020 91), PTS (070-1740605 to 699).
_PHONES: Final = {
    "44": ("7700900", 3, 0), "49": ("3023125", 3, 0), "61": ("25550", 4, 0), "33": ("19900", 4, 0),
    "353": ("2091", 5, 0), "46": ("7017406", 2, 5),
}  # fmt: skip
_COUNTRY = re.compile(rf"\s*(?:\+|00)({'|'.join(_PHONES)})[\s./()-]?")
_AMERICAN = re.compile(r"(?:\+?1[\s.-]?)?\(?([2-9]\d\d)\)?[\s./-]?\d{3}[\s.-]?\d{4}")
_AMERICAN_DIGITS: Final = 10
_LINE_DIGITS: Final = 9
_AREAS: Final = ("212", "303", "312", "415", "512", "617", "702", "808")
_NATIONAL: Final = {"de": "49", "fr": "33", "sv": "46", "en-GB": "44", "en-IE": "353", "en-AU": "61"}
_IBAN = re.compile(r"[A-Z]{2}\d\d[A-Z0-9]{11,30}")


def line(number: str) -> str:
    """Return what tells a number from others in all of its layouts: its last digits, without the country's or the 0."""
    return bare(number)[-_LINE_DIGITS:]


def lines(texts: Iterable[str]) -> set[str]:
    """Return those of all numbers in texts."""
    return {line(run) for text in texts for run in _DIGITS.findall(text)}


def phone(value: str, number: Callable[[int], int], language: str = "") -> str:
    """Return a number that is reserved for films, in the layout of the original if it has as many digits.

    "" for a country without such numbers. In North America they are 555-01xx of any area.
    """
    match = _COUNTRY.match(value)
    country, first = (match[1], match.end()) if match else (_NATIONAL.get(language, ""), 0)
    if not match and _AMERICAN.fullmatch(value):
        area = _AREAS[number(len(_AREAS))]
        return _grouped(
            value, f"{'1' * (sum(map(str.isdecimal, value)) > _AMERICAN_DIGITS)}{area}55501{number(100):02d}"
        )
    if not country or not (match or value.startswith("0")):
        return ""
    fixed, free, least = _PHONES[country]
    digits = ("" if match else "0") + fixed + f"{least + number(10**free - least):0{free}d}"
    fits = sum(map(str.isdecimal, value[first:])) == len(digits)
    return value[:first] + _grouped(value[first:], digits) if fits else f"{value[:first]}{digits}"


def iban(value: str, number: Callable[[int], int]) -> str:
    """Return an account at a bank that nobody is, with valid check digits, grouped as the original; "" for no IBAN.

    The eight characters behind the check digits, which every country begins with the bank's code, are 0 or Z.
    """
    written = "".join(character for character in value.upper() if character.isalnum())
    if _IBAN.fullmatch(written) is None:
        return ""
    bank = "".join("Z" if character.isalpha() else "0" for character in written[4:12])
    rest = (str(number(10)) if character.isdecimal() else chr(65 + number(26)) for character in written[12:])
    account = bank + "".join(rest)
    read = "".join(str(int(character, 36)) for character in account + written[:2] + "00")
    return _grouped(value, f"{written[:2]}{98 - int(read) % 97:02d}{account}")


def card(value: str, number: Callable[[int], int]) -> str:
    """Return a number of no issuer (it begins with 999) with a valid check digit, in the original's grouping."""
    digits = sum(map(str.isdecimal, value))
    if not 12 <= digits <= 19:  # noqa: PLR2004 -- ISO/IEC 7812
        return ""
    body = "999" + "".join(str(number(10)) for _ in range(digits - 4))
    total = sum(
        sum(divmod(2 * int(digit), 10)) if at % 2 == 0 else int(digit) for at, digit in enumerate(reversed(body))
    )
    return _grouped(value, body + str(-total % 10))


def _grouped(value: str, characters: str) -> str:
    left = iter(characters)
    return "".join(next(left, "") if character.isalnum() else character for character in value)
