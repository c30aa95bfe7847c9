from __future__ import annotations

import dataclasses

import pytest

from proxy.core.findings import Detection, DetectorVersion, Finding, SegmentFindings

#: Fields that may hold a string: names of ours, never text of a payload.
NAMES = {
    Finding: {"entity_type", "recognizer", "subject_role"},
    SegmentFindings: {"status", "language", "regions"},
    DetectorVersion: {"id", "version", "ruleset_sha256"},
    Detection: {"status"},
}


@pytest.mark.parametrize("kind", NAMES)
def test_no_text_of_a_payload_stands_in_it(kind):
    fields = {field.name for field in dataclasses.fields(kind) if "str" in field.type or "Status" in field.type}
    assert fields == NAMES[kind]


@pytest.mark.parametrize("kind", NAMES)
def test_it_can_be_cached_and_shared(kind):
    assert kind.__dataclass_params__.frozen
    assert "__slots__" in vars(kind)


@pytest.mark.parametrize(
    ("kind", "recognizer", "value", "weak"),
    [
        ("PERSON", "classifier", "Claude", True), ("PERSON", "known_name", "Anne-Marie", True), ("PERSON", "classifier", "Anna Schmidt", False),
        ("PERSON", "spacy", "Netscape Cookie", True), ("PERSON", "titled", "Claude", False), ("USERNAME", "mention_addressed", "total_ordering", True), ("USERNAME", "mention", "anna.meier84", False),
        ("USERNAME", "username", "annameier", False), ("EMAIL_ADDRESS", "classifier", "a@b.de", False),
    ],
)  # fmt: skip
def test_guessed_words_are_weak(kind, recognizer, value, weak):
    assert Finding(kind, 2, 2 + len(value), 0.7, recognizer).is_weak(f"x {value} y") is weak


@pytest.mark.parametrize(
    ("language", "regions", "tongue"),
    [
        ("en", (), "en"),
        ("en", ("GB",), "en-GB"),
        ("en", ("IN-MH",), "en-GB"),
        ("en", ("GB", "US-TX"), "en"),
        ("de", ("GB",), "de"),
    ],
)
def test_the_tongue_of_a_text_knows_who_writes_the_day_first(language, regions, tongue):
    assert SegmentFindings(language=language, regions=tuple((code, 0.9) for code in regions)).tongue == tongue
