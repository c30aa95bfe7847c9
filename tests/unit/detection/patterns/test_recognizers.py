from __future__ import annotations

import json
from pathlib import Path

from proxy.detection.merge import ATTRIBUTES
from proxy.detection.patterns.recognizers import COUNTRIES, PATTERNS
from proxy.runtime.resources import shipped

ENTITIES = json.loads((shipped("policies") / "data" / "legal.json").read_text(encoding="utf-8"))["entity_map"]
PAGE = Path(__file__).parents[4] / "docs" / "reference" / "entities.md"


def test_every_pattern_finds_a_type_of_the_contract():
    assert {pattern.entity_type for pattern in PATTERNS} <= set(ENTITIES)
    assert set(ENTITIES) >= ATTRIBUTES


def test_every_type_and_recognizer_is_documented():
    page = PAGE.read_text(encoding="utf-8")
    assert [kind for kind in ENTITIES if f"`{kind}`" not in page] == []
    assert [pattern.name for pattern in PATTERNS if f"`{pattern.name}`" not in page] == []


def test_countries_are_iso_codes():
    assert all(len(code) == 2 and code.isupper() for code in COUNTRIES.values())
