"""Words that look like personal data and are none, and the health terms around real ones (``words.json``)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_STORED: dict[str, Any] = json.loads(Path(__file__).with_name("words.json").read_text(encoding="utf-8"))


def _list(name: str) -> tuple[str, ...]:
    return tuple(_STORED[name].split(", "))


def _by_language(name: str) -> dict[str, tuple[str, ...]]:
    return {language: tuple(row.split(", ")) for language, row in _STORED[name].items()}


DISEASES = _by_language("DISEASES")
JOBS = _by_language("JOBS")
NATIONS = _by_language("NATIONS")
RELATIVES = _by_language("RELATIVES")
SEXES = _by_language("SEXES")
ABBREVIATIONS = _by_language("ABBREVIATIONS")
DRUGS = _list("DRUGS")
SIGNS = _list("SIGNS")
BODIES = _list("BODIES")
PUBLIC = _list("PUBLIC")
TERMS = _list("TERMS")
PRODUCTS = _list("PRODUCTS")
ROLES = _list("ROLES")
ACTS = _list("ACTS")
ETHNIC = _list("ETHNIC")
DEMONYMS = _list("DEMONYMS")
PROCEDURES = _list("PROCEDURES")
KINDS_OF_FIRM = _list("KINDS_OF_FIRM")
TRADES = _list("TRADES")
POSTS = _list("POSTS")
RANKS = _list("RANKS")
REGIMENS = _list("REGIMENS")
CLINICAL_NOUNS = _list("CLINICAL_NOUNS")
ADJECTIVES = _list("ADJECTIVES")
PUBLIC_BY_LANGUAGE = _by_language("PUBLIC_BY_LANGUAGE")
OPUS = _by_language("OPUS")
TEAMS = _by_language("TEAMS")
EPONYMS = _by_language("EPONYMS")
BRANDS = _by_language("BRANDS")
PLANTS = _by_language("PLANTS")
OFFICES = _by_language("OFFICES")
TONGUES = _by_language("TONGUES")
HEADINGS = _by_language("HEADINGS")
SPANS_OF_TIME = _by_language("SPANS_OF_TIME")
COUNTED = _by_language("COUNTED")
OPENERS = _by_language("OPENERS")
IDENTIFIERS = _list("IDENTIFIERS")
LIBRARIES = _list("LIBRARIES")
THINGS = _list("THINGS")
