"""De-identification profiles: what becomes of each entity type under one law's list.

``hipaa_safe_harbor``: 45 CFR 164.514(b)(2)(i), identifiers A to R. ``hipaa_limited_data_set``: 164.514(e)(2), the
direct identifiers; dates, city, state, ZIP and ages stay. ``pci`` (also ``pci_mask``): PCI DSS 3.3.1 and 3.4.1.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from proxy.core import geography
from proxy.core.deidentification.notices import notice_safe_harbor
from proxy.core.deidentification.operators import Operator, label, mask, pseudonymize, redact
from proxy.core.deidentification.pseudonyms import Minter
from proxy.core.findings import Finding

#: ``strictness`` of a type that stays.
LEAST_STRICT = 9
_OLDEST_TOLD = 89
#: The present year is at least this one; a year further back than the oldest age that may be told is a birth year.
_YEAR_AT_LEAST = 2026
_YEAR = re.compile(r"(?<!\d)(?:1[89]|2[01])\d\d(?!\d)")
_LONG_AGO = re.compile(r"(?<![\w.])\d{2,4}(?![\w.])")
_DURATION = re.compile(
    r"(?:for|over|about|around|approximately|nearly|almost|the|past|last|next|every|each|\s)*"
    r"(?:\d+(?:[.,]\d+)?|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|several|few|many|some)?"
    r"(?:\s*(?:to|-|\u2013)\s*\d+)?[\s-]*"
    r"(?:second|minute|hour|day|night|week|month|year|decade|yr|hr|min)s?(?:[\s-]old)?",
    re.IGNORECASE,
)
_STATE_ZIP = re.compile(rf"\b(?:(?P<state>{geography.STATE_PATTERN})\b[,\s]*)?(?P<zip>\d{{5}}(?:-\d{{4}})?)?\s*\Z")
_STATE_PLATE = re.compile(rf"(?P<state>(?:{'|'.join(sorted(geography.STATE_CODES))})[ :])(?=[0-9A-Z -]*[0-9])")


def keep(entity_type: str, value: str, minter: Minter) -> str:  # noqa: ARG001
    """Leave the value."""
    return value


def _place(entity_type: str, value: str, minter: Minter) -> str:  # noqa: ARG001
    return geography.coarse(value) or label(entity_type)


def _zip(entity_type: str, value: str, minter: Minter) -> str:  # noqa: ARG001
    return geography.zip3(value) or label(entity_type)


def _address(entity_type: str, value: str, minter: Minter) -> str:  # noqa: ARG001
    """Keep what ends an address and may stay: the state and the first three digits of the ZIP code."""
    match = _STATE_ZIP.search(value)
    kept = [label(entity_type)]
    if match and match["state"]:
        kept.append(match["state"])
    if match and match["zip"]:
        kept.append(geography.zip3(match["zip"]))
    return ", ".join(kept)


def _vehicle(entity_type: str, value: str, minter: Minter) -> str:
    """Keep the state before a licence plate: it is as large as may be told."""
    state = _STATE_PLATE.match(value)
    if state is None:
        return pseudonymize(entity_type, value, minter)
    return state["state"] + pseudonymize(entity_type, value[state.end("state") :], minter)


def _age(entity_type: str, value: str, minter: Minter) -> str:  # noqa: ARG001
    """Collapse ages over 89 into one category, leave the others."""
    capped = re.sub(r"\d+", lambda m: "90+" if int(m.group()) > _OLDEST_TOLD else m.group(), value)
    if capped == value and not any(map(str.isdecimal, value)):
        return "90+"
    return capped


def _dates(year: int) -> Operator:
    oldest = max(year, _YEAR_AT_LEAST) - _OLDEST_TOLD

    def date(entity_type: str, value: str, minter: Minter) -> str:
        if _DURATION.fullmatch(value.strip()):
            return _age(entity_type, value, minter) if any(map(str.isdecimal, value)) else value
        years = dict.fromkeys(found for found in _YEAR.findall(value) if int(found) >= oldest)
        return "-".join(years) or label(entity_type)

    return date


def _births(year: int) -> Operator:
    def birth(entity_type: str, value: str, minter: Minter) -> str:  # noqa: ARG001
        """Keep the birth year only where it cannot mean an age over 89, and the present year is known."""
        found = _YEAR.search(value)
        if found is None or not year or year - int(found.group()) > _OLDEST_TOLD:
            return label(entity_type)
        return found.group()

    return birth


def _nothing(text: str, findings: Sequence[Finding]) -> tuple[Finding, ...]:  # noqa: ARG001
    return ()


_DIRECT = (
    "PERSON", "EMAIL_ADDRESS", "PHONE_NUMBER", "FAX_NUMBER", "MEDICAL_RECORD_NUMBER", "CLAIM_OR_RX_NUMBER",
    "PROFESSIONAL_LICENSE", "PROVIDER_NPI", "VEHICLE_ID", "DEVICE_ID", "URL", "IP_ADDRESS", "USERNAME",
)  # fmt: skip
_REDACTED = (
    "GEO_COORDINATES", "US_SSN", "US_ITIN", "NATIONAL_ID", "PASSPORT", "DRIVER_LICENSE", "HEALTH_PLAN_ID",
    "NHS_NUMBER", "BANK_ACCOUNT", "ABA_ROUTING", "CREDIT_CARD", "CARD_EXPIRY", "CVV", "CARD_TRACK", "CARD_PIN",
    "CRYPTO_WALLET", "CREDENTIAL", "FACE_IMAGE", "BIOMETRIC_ID", "GENETIC_DATA",
)  # fmt: skip
_NOT_IDENTIFYING = (
    "HEALTH_CONDITION", "MEDICATION", "LAB_OR_PROCEDURE", "MENTAL_HEALTH", "ETHNICITY", "RELIGION",
    "POLITICAL_OPINION", "NATIONALITY", "TRADE_UNION", "SEXUAL_ORIENTATION", "CRIMINAL_RECORD", "PROFESSION",
)  # fmt: skip
_CARD_SECRETS = ("CVV", "CARD_TRACK", "CARD_PIN")


@dataclass(frozen=True, slots=True)
class Profile:
    """One profile. ``random``: surrogates are random; ``notice``: finds what the text around findings gives away."""

    name: str
    rules: Mapping[str, Operator]
    otherwise: Mapping[str, Operator]  # by kind, for types without a rule of their own; "" = any other kind
    random: bool = False
    notice: Callable[[str, Sequence[Finding]], tuple[Finding, ...]] = _nothing

    def operator(self, entity_type: str, kind: str) -> Operator:
        """Return what is done to values of this type."""
        return self.rules.get(entity_type) or self.otherwise.get(kind) or self.otherwise[""]

    def removes(self, entity_type: str, kind: str) -> bool:
        """Whether values of this type may be changed at all."""
        return self.operator(entity_type, kind) is not keep

    def strictness(self, entity_type: str, kind: str) -> int:
        """Return how strict the operator is, 0 = strictest: decides between findings that overlap."""
        operator = self.operator(entity_type, kind)
        if operator is redact:
            return 0
        if operator in {pseudonymize, mask, _vehicle}:
            return 1
        if entity_type in {"STREET_ADDRESS", "DATE_OF_BIRTH"}:
            return 2
        return LEAST_STRICT if operator is keep else 3


def profile(name: str, year: int = 0) -> Profile:
    """Return a profile by name; ``year`` is the present year, 0 where it is unknown.

    Raises:
        ValueError: there is no such profile, so nothing may rely on it.

    """
    make = _PROFILES.get(name)
    if make is None:
        raise ValueError("unknown de-identification profile")
    return make(year)


def _safe_harbor(year: int) -> Profile:
    rules: dict[str, Operator] = dict.fromkeys((*_DIRECT, "ORGANIZATION"), pseudonymize)
    rules |= dict.fromkeys(_REDACTED, redact)
    rules |= dict.fromkeys(_NOT_IDENTIFYING, keep)
    rules |= {
        "LOCATION": _place,
        "STREET_ADDRESS": _address,
        "ZIP_CODE": _zip,
        "DATE": _dates(year),
        "DATE_OF_BIRTH": _births(year),
        "AGE": _age,
        "VEHICLE_ID": _vehicle,
    }
    return Profile("hipaa_safe_harbor", rules, {"attr": keep, "": redact}, random=True, notice=notice_safe_harbor)


def _limited_data_set(year: int) -> Profile:  # noqa: ARG001
    rules: dict[str, Operator] = dict.fromkeys((*_DIRECT, "STREET_ADDRESS"), pseudonymize)
    rules |= dict.fromkeys(_REDACTED, redact)
    rules |= dict.fromkeys(_NOT_IDENTIFYING, keep)
    rules |= dict.fromkeys(("LOCATION", "ZIP_CODE", "DATE", "DATE_OF_BIRTH", "AGE", "ORGANIZATION"), keep)
    rules |= {"GENETIC_DATA": keep}
    return Profile("hipaa_limited_data_set", rules, {"attr": keep, "quasi": keep, "": redact}, random=True)


def _pci(year: int) -> Profile:  # noqa: ARG001
    rules: dict[str, Operator] = dict.fromkeys(_CARD_SECRETS, redact)
    rules |= {"CREDIT_CARD": mask, "CARD_EXPIRY": redact}
    return Profile("pci", rules, {"pan": mask, "sad": redact, "": keep})


_PROFILES: Mapping[str, Callable[[int], Profile]] = {
    "hipaa_safe_harbor": _safe_harbor,
    "hipaa_limited_data_set": _limited_data_set,
    "pci": _pci,
    "pci_mask": _pci,
}
PROFILES = tuple(_PROFILES)
