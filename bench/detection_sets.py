"""The labelled sets: one document a line, ``{"id", "text", "spans": [[start, end, label], ...]}``, and their label maps.

A map gives each gold label a class, the name of a contract entity type or a coarse one; ``null`` leaves the span out of
scoring (its characters count neither way). Files without a map score the mask alone.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

Span = tuple[int, int, str]

#: Entity types of findings -> the coarse classes that the sets share.
COARSE = {
    "PERSON": "PERSON",
    **dict.fromkeys(("LOCATION", "STREET_ADDRESS", "ZIP_CODE", "GEO_COORDINATES", "GPE", "FAC", "NRP_LOCATION"), "LOCATION"),
    "ORGANIZATION": "ORGANIZATION",
    **dict.fromkeys(("DATE", "DATE_OF_BIRTH", "DATE_TIME"), "DATE"),
    "AGE": "AGE",
    **dict.fromkeys(("PHONE_NUMBER", "FAX_NUMBER"), "PHONE"),
    "EMAIL_ADDRESS": "EMAIL",
    **dict.fromkeys(("URL", "DOMAIN_NAME"), "URL"),
    "IP_ADDRESS": "IP",
    "CREDIT_CARD": "CARD",
    **dict.fromkeys(("BANK_ACCOUNT", "IBAN_CODE", "US_BANK_NUMBER", "ABA_ROUTING"), "ACCOUNT"),
    **dict.fromkeys(
        (
            *("US_SSN", "US_ITIN", "NATIONAL_ID", "PASSPORT", "DRIVER_LICENSE", "MEDICAL_RECORD_NUMBER", "HEALTH_PLAN_ID"),
            *("NHS_NUMBER", "CLAIM_OR_RX_NUMBER", "PROFESSIONAL_LICENSE", "PROVIDER_NPI", "VEHICLE_ID", "DEVICE_ID"),
            *("USERNAME", "US_DRIVER_LICENSE", "US_PASSPORT", "UK_NHS", "MEDICAL_LICENSE"),
        ),
        "ID",
    ),
    **dict.fromkeys(("NATIONALITY", "NRP", "ETHNICITY", "RELIGION", "POLITICAL_OPINION"), "NRP"),
    "PROFESSION": "PROFESSION",
    "CRYPTO": "ACCOUNT",
    "CRYPTO_WALLET": "ACCOUNT",
    "CREDENTIAL": "CREDENTIAL",
}  # fmt: skip

#: Findings that say what a text is about and identify nobody; no set labels them, and no mask is scored with them.
ATTRIBUTES = frozenset(
    {"HEALTH_CONDITION", "MEDICATION", "LAB_OR_PROCEDURE", "MENTAL_HEALTH", "GENETIC_DATA", "TRADE_UNION"}
    | {"SEXUAL_ORIENTATION", "CRIMINAL_RECORD"}
)


@dataclass(frozen=True)
class Document:
    id: str
    text: str
    spans: tuple[Span, ...]


@dataclass(frozen=True)
class Known:
    """A set the bench knows: its language, label map, and what its guidelines call no identifier."""

    language: str
    labels: dict[str, str | None]
    unscored: frozenset[str] = field(default_factory=frozenset)  # classes of findings that are dropped before scoring
    safe_harbor: bool = False  # ages below 90 and bare years are not identifiers (45 CFR 164.514(b)(2)(i)(C))


#: Our own hand-written payloads (``bench/payloads``): labels are entity types; nobody's age, years, jobs do not count.
_PAYLOADS = {**COARSE, "FACILITY": "LOCATION", "ACCOUNT_ID": "ID"}
_PAYLOAD_LANGUAGES = ("de", "en", "es", "fr", "it", "nl", "pl", "pt")
_NEWS = {"PER": "PERSON", "person": "PERSON", "LOC": "LOCATION", "location": "LOCATION", "ORG": "ORGANIZATION"}
_NEWS_ONLY = frozenset(set(COARSE.values()) - {"PERSON", "LOCATION", "ORGANIZATION"})
KNOWN: dict[str, Known] = {
    "presidio_synth_v2": Known(
        "en",
        {
            "PERSON": "PERSON",
            "TITLE": "TITLE",
            **dict.fromkeys(("STREET_ADDRESS", "GPE", "ZIP_CODE"), "LOCATION"),
            "ORGANIZATION": "ORGANIZATION",
            "DATE_TIME": "DATE",
            "CREDIT_CARD": "CARD",
            **dict.fromkeys(("US_SSN", "US_DRIVER_LICENSE"), "ID"),
            "AGE": "AGE",
            "DOMAIN_NAME": "URL",
            "EMAIL_ADDRESS": "EMAIL",
            "PHONE_NUMBER": "PHONE",
            "IBAN_CODE": "ACCOUNT",
            "IP_ADDRESS": "IP",
            "NRP": "NRP",
        },
    ),
    "safesearch_en": Known(
        "en",
        {
            "NAME": "PERSON",
            "GEOGRAPHIC_LOCATION": "LOCATION",
            "DATE": "DATE",
            **dict.fromkeys(("PHONE_NUMBER", "FAX_NUMBER"), "PHONE"),
            "EMAIL_ADDRESS": "EMAIL",
            "IP_ADDRESS": "IP",
            "ACCOUNT_NUMBER": "ACCOUNT",
            **dict.fromkeys(
                ("UNIQUE_IDENTIFIER", "MEDICAL_RECORD_NUMBER", "HEALTH_PLAN_BENEFICIARY_NUMBER", "SOCIAL_SECURITY_NUMBER"),
                "ID",
            ),
        },
        safe_harbor=True,
    ),
    "meddocan_es": Known(
        "es",
        {
            **dict.fromkeys(("NOMBRE_SUJETO_ASISTENCIA", "NOMBRE_PERSONAL_SANITARIO"), "PERSON"),
            **dict.fromkeys(("TERRITORIO", "CALLE", "PAIS", "HOSPITAL", "CENTRO_SALUD", "INSTITUCION"), "LOCATION"),
            "FECHAS": "DATE",
            "EDAD_SUJETO_ASISTENCIA": "AGE",
            **dict.fromkeys(
                (
                    *("ID_SUJETO_ASISTENCIA", "ID_TITULACION_PERSONAL_SANITARIO", "ID_ASEGURAMIENTO"),
                    *("ID_CONTACTO_ASISTENCIAL", "ID_EMPLEO_PERSONAL_SANITARIO"),
                ),
                "ID",
            ),
            "CORREO_ELECTRONICO": "EMAIL",
            **dict.fromkeys(("NUMERO_TELEFONO", "NUMERO_FAX"), "PHONE"),
            "SEXO_SUJETO_ASISTENCIA": "SEX",
            "FAMILIARES_SUJETO_ASISTENCIA": "FAMILY",
            "PROFESION": "PROFESSION",
            "OTROS_SUJETO_ASISTENCIA": "OTHER",
        },
    ),
    "grascco_de": Known(
        "de",
        {
            **dict.fromkeys(("NAME_PATIENT", "NAME_DOCTOR"), "PERSON"),
            "NAME_TITLE": "TITLE",
            "DATE": "DATE",
            "ID": "ID",
            "AGE": "AGE",
            **dict.fromkeys(
                ("LOCATION_CITY", "LOCATION_HOSPITAL", "LOCATION_ZIP", "LOCATION_STREET", "LOCATION_COUNTRY"), "LOCATION"
            ),
            **dict.fromkeys(("CONTACT_PHONE", "CONTACT_FAX"), "PHONE"),
            "CONTACT_EMAIL": "EMAIL",
        },
    ),
    "pl_pii_bench": Known(
        "pl",
        {
            **dict.fromkeys(("LOC", "POSTAL"), "LOCATION"),
            "ORG": "ORGANIZATION",
            "PERSON": "PERSON",
            **dict.fromkeys(("PESEL", "NIP", "REGON", "DOWOD"), "ID"),
            "DOB": "DATE",
            "IBAN": "ACCOUNT",
            "EMAIL": "EMAIL",
            "PHONE": "PHONE",
        },
    ),
    "wnut17_en": Known("en", {**_NEWS, "corporation": "ORGANIZATION", "group": "ORGANIZATION"}, _NEWS_ONLY),
    **{
        f"payloads_{language}": Known(language, _PAYLOADS, frozenset({"PROFESSION", "NRP"}), safe_harbor=True)
        for language in _PAYLOAD_LANGUAGES
    },
    "btc_en": Known("en", _NEWS, _NEWS_ONLY),
    "wikigold_en": Known("en", _NEWS, _NEWS_ONLY),
    "germeval2014_de": Known("de", _NEWS, _NEWS_ONLY),
}  # fmt: skip


def known(file: Path) -> Known | None:
    """The built-in map of a file named ``<set>.<part>.jsonl``."""
    return KNOWN.get(file.name.split(".")[0])


def read(file: Path, limit: int | None = None) -> list[Document]:
    with file.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for _, line in zip(range(limit or 10**9), lines, strict=False)]
    return [Document(str(row["id"]), row["text"], tuple((a, b, label) for a, b, label in row["spans"])) for row in rows]
