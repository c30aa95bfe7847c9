"""The classes of the token classifier, and the contract's entity type of each.

The head speaks BIO: label 0 is "O", class ``k`` has ``B`` = 2k + 1 and ``I`` = 2k + 2. A class without an entity
type is learned (it keeps "Mr." or a disease name from looking like a person) and never reported.
"""

from __future__ import annotations

from typing import Final

#: class -> entity type of the contract, or None where the class is learned and not reported.
CLASSES: Final[dict[str, str | None]] = {
    "PERSON": "PERSON",
    "TITLE": None,
    "LOCATION": "LOCATION",
    "STREET_ADDRESS": "STREET_ADDRESS",
    "ZIP_CODE": "ZIP_CODE",
    "FACILITY": "LOCATION",  # a hospital, clinic or school: a place under 45 CFR 164.514(b)(2)(i)(B)
    "ORGANIZATION": "ORGANIZATION",
    "DATE": "DATE",
    "DATE_OF_BIRTH": "DATE_OF_BIRTH",
    "YEAR": None,  # a bare year is not an identifier under 45 CFR 164.514(b)(2)(i)(C)
    "AGE": "AGE",
    "PHONE_NUMBER": "PHONE_NUMBER",
    "EMAIL_ADDRESS": "EMAIL_ADDRESS",
    "URL": "URL",
    "IP_ADDRESS": "IP_ADDRESS",
    "USERNAME": "USERNAME",
    "NATIONAL_ID": "NATIONAL_ID",
    "PASSPORT": "PASSPORT",
    "DRIVER_LICENSE": "DRIVER_LICENSE",
    "MEDICAL_RECORD_NUMBER": "MEDICAL_RECORD_NUMBER",
    "HEALTH_PLAN_ID": "HEALTH_PLAN_ID",
    "PROFESSIONAL_LICENSE": "PROFESSIONAL_LICENSE",
    "BANK_ACCOUNT": "BANK_ACCOUNT",
    "CREDIT_CARD": "CREDIT_CARD",
    "VEHICLE_ID": "VEHICLE_ID",
    "ACCOUNT_ID": "USERNAME",  # a customer, member or employee number: who somebody is at one service
    "PROFESSION": "PROFESSION",
    "NATIONALITY": "NATIONALITY",
    "SEX": None,
    "FAMILY": None,
    "HEALTH_CONDITION": None,
    "MEDICATION": None,
}

NAMES: Final[tuple[str, ...]] = tuple(CLASSES)
LABELS: Final[tuple[str, ...]] = ("O", *(f"{prefix}-{name}" for name in NAMES for prefix in "BI"))

#: Classes that are easily taken for one another; neighbours of one family form one span, the likeliest class names it.
NUMBERS: Final[frozenset[str]] = frozenset(
    {
        "PHONE_NUMBER",
        "NATIONAL_ID",
        "PASSPORT",
        "DRIVER_LICENSE",
        "MEDICAL_RECORD_NUMBER",
        "HEALTH_PLAN_ID",
        "PROFESSIONAL_LICENSE",
        "BANK_ACCOUNT",
        "CREDIT_CARD",
        "VEHICLE_ID",
        "ACCOUNT_ID",
    }
)
