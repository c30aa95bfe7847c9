"""The transform vectors through real detection: text in, the engine, the profile's operators, text out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from proxy.core.deidentification.deidentify import apply_profile, deidentified
from proxy.core.deidentification.pseudonyms import Minter
from proxy.core.deidentification.transform_plan import TransformTerms
from proxy.core.replies.restore import Restorer
from proxy.detection.reading import TextReader
from testing import models

_GOLDEN = Path(__file__).parents[2] / "golden"
_YEAR = 2026


def _vectors(name: str) -> list[dict[str, object]]:
    document = json.loads((_GOLDEN / name).read_text(encoding="utf-8"))
    return [vector for vector in document["transform_vectors"] if "+" not in vector["profile"]]


VECTORS = [*_vectors("decision_cases.json"), *_vectors("transform_vectors.json")]


@pytest.fixture(scope="module")
def reader() -> TextReader:
    return models.reader()


def _kinds(reader: TextReader) -> dict[str, str]:
    return {name: str(entry["kind"]) for name, entry in reader.entities.items()}


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["id"])
def test_vector(reader: TextReader, vector: dict) -> None:
    text = vector["input"]
    segment = reader.read([text])[0]
    out = apply_profile(
        text,
        (*segment.findings, *segment.inside),
        vector["profile"],
        Minter(b"k" * 32),
        _kinds(reader),
        TransformTerms(year=_YEAR),
    )
    missing = [one for one in vector["must_contain"] if not any(way in out for way in one.split("|"))]
    assert not missing, out
    assert not [one for one in vector["must_not_contain"] if one in out], out


def test_same_value_same_surrogate_and_another_scope_another_one(reader: TextReader) -> None:
    text = "Maria Schmidt called. Maria Schmidt will call again."
    segment = reader.read([text])[0]
    one, two = (
        deidentified(text, segment.findings, "pseudonymize", Minter(key * 32), _kinds(reader)) for key in (b"k", b"j")
    )
    first, second = (changed.texts[0].split(" called. ")[0] for changed in (one, two))
    assert one.texts[0].count(first) == 2
    assert first != second
    assert Restorer(one.pseudonyms).whole(one.texts[0]) == text


def test_a_surrogate_is_restored_over_three_chunks_of_a_stream(reader: TextReader) -> None:
    text = "Maria Schmidt called."
    changed = deidentified(text, reader.read([text])[0].findings, "pseudonymize", Minter(b"k" * 32), _kinds(reader))
    name = changed.texts[0].removesuffix(" called.")
    restorer = Restorer(changed.pseudonyms)
    chunks = [f"Dear {name[:7]}", name[7:20], f"{name[20:]}, your letter"]
    assert "".join([*map(restorer.feed, chunks), restorer.flush()]) == "Dear Maria Schmidt, your letter"
