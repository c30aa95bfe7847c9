from __future__ import annotations

import pytest

from proxy.core.decision.inspection import inspect, summarise
from proxy.core.findings import Detection, Finding, SegmentFindings, Status
from proxy.core.records import OpaquePart, Operation, Payload, TextSpan


def payload(*texts, opaque=()):
    spans = tuple(TextSpan(f"/{n}", "messages[*].content", text) for n, text in enumerate(texts))
    return Payload({}, Operation.CHAT, "m", False, False, False, spans, opaque)


def inspected(*segments, opaque=(), status=Status.COMPLETE):
    return inspect(
        payload(*("x" * (n + 1) for n in range(len(segments))), opaque=opaque),
        Detection(segments, status),
        {"PERSON": ("personal",)},
    )


def test_entities_are_counted_by_type_and_role():
    findings = (
        Finding("PERSON", 0, 1, 0.5, "r"),
        Finding("PERSON", 2, 3, 0.876, "r"),
        Finding("PERSON", 4, 5, 0.4, "r", "third_party"),
    )
    rows = summarise([("a", SegmentFindings(findings)), ("b", SegmentFindings(findings[:1]))])
    assert [(row.type, row.count, row.max_confidence, row.paths, row.subject_role) for row in rows] == [
        ("PERSON", 3, 0.88, ("a", "b"), "data_subject"),
        ("PERSON", 1, 0.4, ("a",), "third_party"),
    ]


def test_what_an_encoded_part_also_holds_is_counted():
    shown, also = Finding("PERSON", 0, 9, 0.9, "encoded:r"), Finding("HEALTH_CONDITION", 0, 9, 0.7, "encoded:r")
    rows = summarise([("a", SegmentFindings((shown,), inside=(also,)))])
    assert [(row.type, row.count, row.max_confidence) for row in rows] == [
        ("HEALTH_CONDITION", 1, 0.7),
        ("PERSON", 1, 0.9),
    ]


def test_public_figures_are_told_and_make_nothing_personal():
    found = inspected(SegmentFindings((Finding("PERSON", 0, 1, 1.0, "r", "public"),)))
    assert [(row.type, row.subject_role) for row in found.entities] == [("PERSON", "public")]
    assert found.categories == ()


def test_categories_follow_the_entities():
    found = inspected(SegmentFindings((Finding("PERSON", 0, 1, 1.0, "r"), Finding("UNHEARD_OF", 0, 1, 1.0, "r"))))
    assert found.categories == ("personal",)


@pytest.mark.parametrize(
    ("segments", "opaque", "coverage"),
    [
        ((), (), 1.0),
        ((SegmentFindings(),), (), 1.0),
        ((SegmentFindings(), SegmentFindings(status=Status.FAILED)), (), 0.5),
        ((SegmentFindings(), SegmentFindings(status=Status.PARTIAL)), (), 0.5),
        ((SegmentFindings(),), (OpaquePart("p", "image"),), 0.5),
        ((), (OpaquePart("p", "image"),), 0.0),
    ],
)
def test_coverage_is_what_was_read(segments, opaque, coverage):
    assert inspected(*segments, opaque=opaque).coverage == coverage


def test_the_language_of_most_text():
    found = inspected(SegmentFindings(language="fr"), SegmentFindings(language="de"), SegmentFindings(language="und"))
    assert found.language == "de"
    assert inspected(SegmentFindings()).language == "und"


def test_hints_add_up():
    found = inspected(
        SegmentFindings(regions=(("FR", 0.5),)), SegmentFindings(minor=True, regions=(("FR", 0.9), ("DE", 0.2)))
    )
    assert (found.minor, found.regions) == (True, (("DE", 0.2), ("FR", 0.9)))


def test_an_answer_that_does_not_fit_is_refused():
    with pytest.raises(ValueError):
        inspect(payload("a", "b"), Detection((SegmentFindings(),), Status.COMPLETE), {})
