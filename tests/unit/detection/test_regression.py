from __future__ import annotations

import json

import pytest

from proxy.core.findings import Finding
from proxy.detection.regression import LabelledSpan, LabelledText, differences, disguised, fresh_id, parsed

TEXT = "call Ann Lee now"
ANN = LabelledSpan(5, 12, "PERSON")


def person(start: int, end: int, kind: str = "PERSON") -> Finding:
    return Finding(kind, start, end, 0.9, "x")


def test_a_line_reads_back():
    case = LabelledText("c1", TEXT, "acme", (ANN,), (LabelledSpan(0, 4, "LOCATION"),), open=True)
    assert parsed(case.line()) == case
    assert set(json.loads(LabelledText("c2", TEXT).line())) == {"id", "text"}


@pytest.mark.parametrize(
    "line",
    [
        "", "[]", "7", '"x"', "{", '{"id": "x"}', '{"text": 5}', '{"text": "ab", "tenant": 5}',
        '{"text": "ab", "findings": [{"start": 0, "end": 3, "entity_type": "X"}]}',
        '{"text": "ab", "absent": [{"start": 1, "end": 1, "entity_type": "X"}]}',
        '{"text": "ab", "absent": [{"start": 0, "end": 1}]}', '{"text": "ab", "findings": 5}',
    ],
)  # fmt: skip
def test_what_is_no_case(line):
    with pytest.raises(ValueError, match=r"^not a regression case$"):
        parsed(line)


@pytest.mark.parametrize(
    ("found", "holds"),
    [
        ([person(5, 12)], True),
        ([person(5, 8), person(9, 12)], True),  # the space between needs no cover
        ([person(0, 16)], True),
        ([person(5, 11)], False),
        ([person(5, 12, "LOCATION")], False),
        ([], False),
    ],
)
def test_a_finding_is_there_when_all_of_it_is_covered(found, holds):
    told = differences(LabelledText("c", TEXT, findings=(ANN,)), found)
    assert told == ([] if holds else ["PERSON at 5:12 is not found"])


@pytest.mark.parametrize(
    ("found", "holds"),
    [([], True), ([person(0, 5)], True), ([person(11, 16)], False), ([person(5, 12, "LOCATION")], True)],
)
def test_something_is_absent_when_nothing_of_its_type_touches_it(found, holds):
    told = differences(LabelledText("c", TEXT, absent=(ANN,)), found)
    assert told == ([] if holds else ["PERSON at 5:12 is found"])


def test_a_disguise_has_the_shape_of_the_value_and_nothing_of_it():
    value = "Grzegorz Brzęczyszczykiewicz, PK-7781245 (x)"
    other = disguised(value)
    assert [(c.isupper(), c.islower(), c.isdecimal()) for c in other] == [
        (c.isupper(), c.islower(), c.isdecimal()) for c in value
    ]
    assert [c for c in other if not c.isalnum()] == [c for c in value if not c.isalnum()]
    assert not set(other.replace("(", " ").split()) & {"Grzegorz", "Brzęczyszczykiewicz,", "PK-7781245"}


def test_ids_differ():
    assert fresh_id() != fresh_id()
