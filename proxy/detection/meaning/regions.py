"""Hints at where the people in a text live, from identifiers, bank accounts, telephone numbers and addresses."""

from __future__ import annotations

from collections.abc import Iterable

from proxy.core.findings import Finding
from proxy.detection.languages import COUNTRIES as NAMES_OF_COUNTRIES
from proxy.detection.patterns.recognizers import COUNTRIES
from proxy.detection.patterns.recognizers.contact import phone_region

_IDENTIFIER = 0.9
_POSTCODE = 0.6
_ACCOUNT = 0.7
_PHONE = 0.6
_STREETS = {
    "street_german": "DE",
    "street_polish": "PL",
    "street_dutch": "NL",
    "street_french": "FR",
    "street_italian": "IT",
}
_STREET = 0.3
_PLACE = 0.5


def hints(text: str, findings: Iterable[Finding]) -> tuple[tuple[str, float], ...]:
    """Return (ISO 3166 code, confidence), the strongest hint for each country."""
    best: dict[str, float] = {}
    for finding in findings:
        code, confidence = _hint(text[finding.start : finding.end], finding)
        if code and confidence > best.get(code, 0.0):
            best[code] = round(confidence, 2)
    return tuple(sorted(best.items()))


def _hint(value: str, finding: Finding) -> tuple[str, float]:
    if finding.entity_type == "BANK_ACCOUNT" and finding.recognizer.startswith("iban"):
        return value[:2].upper(), _ACCOUNT
    if finding.entity_type in {"PHONE_NUMBER", "FAX_NUMBER"} and value.startswith(("+", "00")):
        return phone_region("+" + value.lstrip("+0")), _PHONE
    if finding.entity_type == "LOCATION":
        return NAMES_OF_COUNTRIES.get(value.strip(" .").casefold(), ""), _PLACE
    country = COUNTRIES.get(finding.recognizer, "")
    if country:
        return country, (_POSTCODE if finding.entity_type == "ZIP_CODE" else _IDENTIFIER) * min(
            1.0, finding.score + 0.1
        )
    return _STREETS.get(finding.recognizer, ""), _STREET
