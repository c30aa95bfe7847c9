from __future__ import annotations

import json

import pytest

from bench.leaks.encoders import ENCODERS, HOME_MADE, NUMBERS_ONLY
from proxy.core.deidentification.pseudonyms import Minter
from proxy.core.findings import Status
from proxy.detection.reading import InputLine, TextReader, parsed
from testing import models

pytestmark = pytest.mark.heavy


@pytest.fixture(scope="module")
def reader() -> TextReader:
    return models.reader()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('{"id": 3, "text": "a"}', InputLine(3, "a")),
        ('{"id": "x"}', InputLine("x", None)),
        ('{"id": 1, "text": 5}', InputLine(1, None)),
        ("[1]", InputLine(None, None)),
        ("nonsense", InputLine(None, None)),
    ],
)
def test_lines_keep_their_place(line, expected):
    assert parsed(line) == expected


def test_answers_have_the_documented_shape(reader):
    lines = ['{"id": 1, "text": "My SSN is 521-44-9382 and I have diabetes"}', "bad"]
    first, second = (json.loads(answer) for answer in reader.answers(lines))
    assert set(first) == {"id", "findings", "categories", "language", "coverage"}
    assert set(first["findings"][0]) == {"start", "end", "entity_type", "score", "recognizer"}
    assert "health" in first["categories"]
    assert second == {"id": None, "findings": [], "categories": [], "language": "und", "coverage": "failed"}


def test_text_is_deidentified_by_profile(reader):
    text = reader.deidentified("My SSN is 521-44-9382.", "redact", Minter(b"k" * 32))
    assert "521-44-9382" not in text
    with pytest.raises(ValueError, match="profile"):
        reader.deidentified("x", "nonsense", Minter(b"k" * 32))


def test_cells_are_read_by_their_columns(reader):
    (segment,) = reader.read(["| Patient | MRN |\n|---|---|\n| Odile Vermeer | QX-4483921 |\n"])
    assert "MEDICAL_RECORD_NUMBER" in {finding.entity_type for finding in segment.findings}


def test_a_header_over_one_row_still_says_what_is_in_it(reader):
    (segment,) = reader.read(["Patient;MRN;Ward\nOdile Vermeer;QX-4483921;3\n"])
    assert "MEDICAL_RECORD_NUMBER" in {finding.entity_type for finding in segment.findings}


@pytest.mark.parametrize("encoder", sorted(set(ENCODERS) - HOME_MADE - NUMBERS_ONLY))
def test_a_name_is_judged_by_the_words_that_it_decodes_to(reader, encoder):
    frames = (
        "Draft a reply to {} about the delayed order.",
        'Fix this: {{"to": "{}", "days": 3}} please.',
        "Render <td>{}</td> again.",
    )
    for name in ("Katarzyna Wójcik", "Otto Brandt"):
        texts = [frame.format(ENCODERS[encoder](name)) for frame in frames]
        for text, segment in zip(texts, reader.read(texts), strict=True):
            complete = segment.status is Status.COMPLETE
            assert not complete or any(f.entity_type == "PERSON" for f in (*segment.findings, *segment.inside)), text
