"""Checksums and structure checks: python-stdnum where it has the number, our own where it has not.

A check gets the raw value and returns the length of its valid prefix, 0 for none.
"""

from __future__ import annotations

import importlib
import re
from functools import cache
from typing import Any

from proxy.core.search.digit_runs import luhn
from proxy.detection.patterns.pattern import Check

_TIME = re.compile(r"20[0-4]\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[01]\d|2[0-3])[0-5]\d[0-5]\d")
_NOT_ALNUM = re.compile(r"[^0-9A-Za-z]")


#: Two languages of programs: "C/CXX".
_LANGUAGES = re.compile(r"C/[A-Z+#]{1,5}")


def street_length(value: str) -> int:
    """Return the length of a Spanish street, 0 for an abbreviation in capitals without a number behind "C/"."""
    return 0 if _LANGUAGES.fullmatch(value) else len(value)


def compact(value: str) -> str:
    """Return the letters and digits, letters in upper case."""
    return _NOT_ALNUM.sub("", value).upper()


@cache
def _module(name: str) -> Any:
    return importlib.import_module(f"stdnum.{name}")


def stdnum(name: str) -> Check:
    """Return the check of a module of python-stdnum, which is imported on first use."""

    def check(value: str) -> int:
        try:
            valid = _module(name).is_valid
            return len(value) if varied(value) and (valid(compact(value)) or valid(value.strip())) else 0
        except (KeyError, IndexError, ValueError):  # raised by some modules for unassigned prefixes
            return 0

    return check


def varied(value: str) -> bool:
    """A number of one repeated digit is a placeholder, not a number."""
    return len(set(compact(value))) > 1


def is_luhn(value: str) -> int:
    """Check a whole number by Luhn."""
    digits = compact(value)
    return len(value) if digits.isdigit() and varied(value) and luhn(digits) else 0


def has_digit(value: str) -> int:
    """A value with at least one digit."""
    return len(value) if any(c.isdigit() for c in value) else 0


def four_digits(value: str) -> int:
    """A value with at least four digits: the number of a document, and no phrase."""
    return len(value) if sum(c.isdigit() for c in value) >= 4 else 0  # noqa: PLR2004


def _at_least(signs: int) -> Check:
    """Check for that many letters and digits, a digit among them; signs at the end are not part of the value."""

    def check(value: str) -> int:
        bare = value.rstrip("-/. #")
        return len(bare) if sum(map(str.isalnum, bare)) >= signs and any(map(str.isdigit, bare)) else 0

    return check


def numbered(value: str) -> int:
    """Return the length of an identifier with three digits or more, 0 for another: "GPL-2.0"."""
    return at_least_5(value) if sum(map(str.isdigit, value)) > 2 else 0  # noqa: PLR2004


at_least_3, at_least_4, at_least_5, at_least_6 = map(_at_least, (3, 4, 5, 6))


def coordinates(value: str) -> int:
    """Latitude and longitude in degrees."""
    latitude, longitude = (float(part) for part in value.replace("°", "").replace(",", " ").split()[:2])
    return len(value) if abs(latitude) <= 90 and abs(longitude) <= 180 else 0  # noqa: PLR2004


_FINE = re.compile(r"[.][0-9]{4}")
_OF_PLACES = re.compile(r"(?i)coord|gps|latit|posi[tcz]|ubica|standort|locat|locali|locatie|lokaliz|\bgeo|°")


def located(value: str, before: str) -> str:
    """Numbers with three decimals are a place alone or behind a word for one: lists of measurements are none."""
    fine = len(_FINE.findall(value)) > 1 or "°" in value
    return "GEO_COORDINATES" if fine or not before.strip() or _OF_PLACES.search(before) else ""


def polish_card(value: str) -> int:
    """Dowód osobisty: three letters, six digits, the first digit is the check digit."""
    text = compact(value)
    total = sum(int(c, 36) * w for c, w in zip(text, (7, 3, 1, 0, 7, 3, 1, 7, 3), strict=True))
    return len(value) if total % 10 == int(text[3]) else 0


def german_pension(value: str) -> int:
    """Rentenversicherungsnummer (VKVV §4): area, birth date, initial, serial, check digit."""
    text = compact(value)
    digits = text[:8] + f"{ord(text[8]) - 64:02d}" + text[9:11]
    total = sum(_cross(int(d) * w) for d, w in zip(digits, (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1), strict=True))
    return len(value) if total % 10 == int(text[11]) else 0


def german_health(value: str) -> int:
    """Krankenversichertennummer (§290 SGB V): a letter, eight digits, check digit."""
    text = compact(value)
    digits = f"{ord(text[0]) - 64:02d}" + text[1:9]
    total = sum(_cross(int(d) * (1 + i % 2)) for i, d in enumerate(digits))
    return len(value) if total % 10 == int(text[9]) else 0


def _cross(number: int) -> int:
    return number // 10 + number % 10


def spanish_social(value: str) -> int:
    """Número de la Seguridad Social: province, serial, two digits modulo 97."""
    text = compact(value)
    province, serial = int(text[:2]), int(text[2:-2])
    whole = int(f"{province:02d}{serial}") if serial >= 10_000_000 else province * 10_000_000 + serial  # noqa: PLR2004
    return len(value) if 1 <= province <= 99 and whole % 97 == int(text[-2:]) else 0  # noqa: PLR2004


def hungarian_taj(value: str) -> int:
    """TAJ: nine digits, weights 3 and 7."""
    text = compact(value)
    total = sum(int(d) * (3, 7)[i % 2] for i, d in enumerate(text[:8]))
    return len(value) if total % 10 == int(text[8]) and varied(value) else 0


def hungarian_personal(value: str) -> int:
    """Személyi azonosító: sex and century, birth date, serial, check digit modulo 11."""
    text = compact(value)
    plausible = text[0] in "12345678" and _month_day(text[3:5], text[5:7])
    old = text[0] in "12" and text[1:3] < "97"  # born before 1997: the weights rise
    weights = range(1, 11) if old else range(10, 0, -1)
    check = sum(int(d) * w for d, w in zip(text[:10], weights, strict=True)) % 11
    return len(value) if plausible and int(text[10]) == check else 0


def chinese(value: str) -> int:
    """Resident identity number (GB 11643-1999): birth date and ISO 7064 modulo 11-2."""
    text = compact(value)
    dated = text[6:8] in {"18", "19", "20"} and _month_day(text[10:12], text[12:14])
    total = sum(int(c) * pow(2, 17 - i, 11) for i, c in enumerate(text[:17])) % 11
    return len(value) if dated and "10X98765432"[total] == text[17] else 0


def hungarian_tax(value: str) -> int:
    """Adóazonosító jel: ten digits beginning with 8, modulo 11."""
    text = compact(value)
    return len(value) if sum(int(d) * w for w, d in enumerate(text[:9], 1)) % 11 == int(text[9]) else 0


def luxembourg(value: str) -> int:
    """Matricule: birth date, serial, a Luhn digit and a Verhoeff digit."""
    text = compact(value)
    if not (_month_day(text[4:6], text[6:8]) and luhn(text[:12])):
        return 0
    return len(value) if _module("verhoeff").is_valid(text[:11] + text[12]) else 0


def latvian(value: str) -> int:
    """Personas kods: birth date, century, serial, check digit; since 2017 also 32 and random digits."""
    text = compact(value)
    if text.startswith("32"):
        return len(value)
    if not _month_day(text[2:4], text[:2]):
        return 0
    weights = (1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(d) * w for d, w in zip(text[:10], weights, strict=True))
    return len(value) if (1101 - total) % 11 == int(text[10]) else 0


def singapore(value: str) -> int:
    """NRIC and FIN: weights and a letter table per series."""
    text = compact(value)
    total = sum(int(d) * w for d, w in zip(text[1:8], (2, 7, 6, 5, 4, 3, 2), strict=True))
    total += {"T": 4, "G": 4, "M": 3}.get(text[0], 0)
    table = {"S": "JZIHGFEDCBA", "T": "JZIHGFEDCBA", "F": "XWUTRQPNMLK", "G": "XWUTRQPNMLK", "M": "KLJNPQRTUWX"}
    remainder = total % 11 if text[0] != "M" else 10 - total % 11
    return len(value) if table[text[0]][remainder] == text[8] else 0


def snils(value: str) -> int:
    """СНИЛС: nine digits and two check digits modulo 101."""
    text = compact(value)
    total = sum(int(d) * w for d, w in zip(text[:9], range(9, 0, -1), strict=True)) % 101 % 100
    return len(value) if varied(value) and total == int(text[9:]) else 0


def hong_kong(value: str) -> int:
    """HKID: one or two letters, six digits, a check character modulo 11."""
    text = compact(value)
    head, check = text[:-1].rjust(8), text[-1]
    total = sum((36 if c == " " else int(c, 36)) * w for c, w in zip(head, range(9, 1, -1), strict=True))
    return len(value) if (total + int(check, 36)) % 11 == 0 else 0


def us_ssn(value: str) -> int:
    """Social Security number: area, group and serial that the SSA can have issued."""
    text = compact(value)
    area, group, serial = text[:3], text[3:5], text[5:]
    issued = area not in {"000", "666"} and area[0] != "9" and group != "00" and serial != "0000"
    return len(value) if issued and varied(value) else 0


def us_itin(value: str) -> int:
    """Individual taxpayer number: 9xx with a group between 50 and 99."""
    text = compact(value)
    group = int(text[3:5])
    return len(value) if text[0] == "9" and group >= 50 and group not in {89, 93} else 0  # noqa: PLR2004


def npi(value: str) -> int:
    """National provider identifier: Luhn over the number with the prefix 80840."""
    return len(value) if luhn("80840" + compact(value)) else 0


def dea(value: str) -> int:
    """DEA registration: two letters, six digits and a check digit."""
    digits = compact(value)[2:]
    total = int(digits[0]) + int(digits[2]) + int(digits[4]) + 2 * (int(digits[1]) + int(digits[3]) + int(digits[5]))
    return len(value) if total % 10 == int(digits[6]) else 0


def cnpj(value: str) -> int:
    """Check a Brazilian firm's number, which the time of an archived page may look like: "20210507025929"."""
    return 0 if _TIME.fullmatch(value) else stdnum("br.cnpj")(value)


def aba(value: str) -> int:
    """ABA routing number: Federal Reserve prefix and weights 3, 7, 1."""
    text = compact(value)
    prefix = int(text[:2])
    is_assigned = prefix <= 12 or 21 <= prefix <= 32 or 61 <= prefix <= 72 or prefix == 80  # noqa: PLR2004
    total = sum(int(d) * (3, 7, 1)[i % 3] for i, d in enumerate(text))
    return len(value) if is_assigned and varied(value) and total % 10 == 0 else 0


def vin(value: str) -> int:
    """Vehicle identification number: the North American check digit (49 CFR 565), never digits alone."""
    text = compact(value)
    table = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", (*range(1, 9), *range(1, 6), 7, 9, *range(2, 10)), strict=True))
    weights = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
    total = sum((int(c) if c.isdigit() else table[c]) * w for c, w in zip(text, weights, strict=True))
    return len(value) if not text.isdigit() and "0123456789X"[total % 11] == text[8] else 0


def australian_medicare(value: str) -> int:
    """Medicare card: eight digits, a check digit, issue (and reference) number."""
    text = compact(value)
    total = sum(int(d) * w for d, w in zip(text[:8], (1, 3, 7, 9, 1, 3, 7, 9), strict=True))
    return len(value) if text[0] in "23456" and total % 10 == int(text[8]) else 0


def french_nir(value: str) -> int:
    """NIR (numéro de sécurité sociale) with its key."""
    return len(value) if _module("fr.nir").is_valid(compact(value)) else 0


def _month_day(month: str, day: str) -> bool:
    return 1 <= int(month) <= 12 and 1 <= int(day) <= 31  # noqa: PLR2004
