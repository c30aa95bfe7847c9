"""The openly licensed corpora, with what each of them labels.

A corpus that does not label a class says nothing about it: its unlabelled tokens may be of that class. Every file is
lines of ``{"id", "text", "spans": [[start, end, label], ...]}``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from proxy.detection.models.classifier.labels import NAMES

#: A span's classes: any of them is right. An empty tuple means nothing is known about the span.
Classes = tuple[str, ...]
Marked = tuple[int, int, Classes]


@dataclass(frozen=True)
class Corpus:
    """One file: which classes it labels, and the classes of each of its labels."""

    file: str
    known: frozenset[str]
    labels: Mapping[str, Classes]


_PLACE = ("LOCATION", "FACILITY")
_NEWS = frozenset({"PERSON", "LOCATION", "ORGANIZATION", "FACILITY"})
_RECORDS = ("MEDICAL_RECORD_NUMBER", "NATIONAL_ID")
_CLINICAL = frozenset(NAMES) - {
    *("ORGANIZATION", "TITLE", "NATIONALITY", "HEALTH_CONDITION", "MEDICATION", "URL", "IP_ADDRESS", "USERNAME"),
}

CORPORA = (
    Corpus("btc_en.train", _NEWS, {"PER": ("PERSON",), "LOC": _PLACE, "ORG": ("ORGANIZATION", "FACILITY")}),
    Corpus(
        "wnut17_en.train",
        _NEWS,
        {
            "person": ("PERSON",),
            "location": _PLACE,
            "corporation": ("ORGANIZATION",),
            "group": ("ORGANIZATION",),
        },
    ),
    Corpus(
        "wikigold_en.train",
        _NEWS,
        {"PER": ("PERSON",), "LOC": _PLACE, "ORG": ("ORGANIZATION", "FACILITY"), "MISC": ()},
    ),
    Corpus(
        "germeval2014_de.train",
        _NEWS,
        {
            "PER": ("PERSON",),
            "LOC": _PLACE,
            "ORG": ("ORGANIZATION", "FACILITY"),
            "LOCderiv": ("NATIONALITY", "O"),
            **dict.fromkeys(("PERderiv", "ORGderiv", "PERpart", "LOCpart", "ORGpart"), ()),
        },
    ),
    Corpus(
        "meddocan_es.train",
        _CLINICAL,
        {
            **dict.fromkeys(("NOMBRE_SUJETO_ASISTENCIA", "NOMBRE_PERSONAL_SANITARIO"), ("PERSON",)),
            **dict.fromkeys(("HOSPITAL", "CENTRO_SALUD"), ("FACILITY",)),
            **dict.fromkeys(("ID_SUJETO_ASISTENCIA", "ID_CONTACTO_ASISTENCIAL"), _RECORDS),
            "ID_TITULACION_PERSONAL_SANITARIO": ("PROFESSIONAL_LICENSE",),
            "ID_EMPLEO_PERSONAL_SANITARIO": ("PROFESSIONAL_LICENSE",),
            **dict.fromkeys(("NUMERO_TELEFONO", "NUMERO_FAX"), ("PHONE_NUMBER",)),
            "INSTITUCION": ("FACILITY", "ORGANIZATION"),
            "TERRITORIO": ("LOCATION",),
            "PAIS": ("LOCATION",),
            "CALLE": ("STREET_ADDRESS",),
            "FECHAS": ("DATE", "DATE_OF_BIRTH"),
            "EDAD_SUJETO_ASISTENCIA": ("AGE",),
            "SEXO_SUJETO_ASISTENCIA": ("SEX",),
            "FAMILIARES_SUJETO_ASISTENCIA": ("FAMILY",),
            "ID_ASEGURAMIENTO": ("HEALTH_PLAN_ID",),
            "CORREO_ELECTRONICO": ("EMAIL_ADDRESS",),
            "PROFESION": ("PROFESSION",),
            "OTROS_SUJETO_ASISTENCIA": (),
        },
    ),
)


def _classes(corpus: Corpus, label: str, value: str) -> Classes:
    classes = corpus.labels.get(label, ("O",))
    if "DATE" in classes and re.fullmatch(r"\d{4}", value):
        return ("YEAR",)
    if label == "TERRITORIO" and re.fullmatch(r"[\d\s-]+", value):
        return ("ZIP_CODE",)
    return classes


def read(folder: Path, corpus: Corpus) -> Iterator[tuple[str, list[Marked]]]:
    """Yield the documents of one corpus.

    Raises:
        FileNotFoundError: the folder lacks the file.

    """
    with (folder / f"{corpus.file}.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            document = json.loads(line)
            text = document["text"]
            spans = [(a, b, _classes(corpus, label, text[a:b])) for a, b, label in document["spans"]]
            yield text, sorted(spans, key=lambda span: (span[0], -span[1]))
