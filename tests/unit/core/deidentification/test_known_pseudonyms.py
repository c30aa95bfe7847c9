from __future__ import annotations

import pytest

from proxy.core.deidentification.known_pseudonyms import Shapeless, domain, named, spared
from proxy.core.findings import Finding, SegmentFindings
from proxy.core.records import TextSpan
from testing.fakes import exchange

NAME, MAIL = "Name_BCDFGHJKLM", "user-bcdfghjklm@example.com"


def left(text, entity_type, start, end):
    segment = SegmentFindings(
        (Finding(entity_type, start, end, 0.9, "t"),), inside=(Finding("X", start, end, 0.9, "t"),)
    )
    [made] = spared([TextSpan("/0", "x", text)], [segment], [NAME, MAIL])
    assert [f.start for f in made.inside] == [f.start for f in made.findings]
    return [text[f.start : f.end] for f in made.findings]


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        (MAIL, []), (f"<{MAIL}>", []), (f"{MAIL}.evil.com", [".evil.com"]), (f"Dr. {NAME}", []), (f"{NAME} Schmidt", [" Schmidt"]),
        (f"Anna {NAME} Schmidt", ["Anna ", " Schmidt"]), (f"{NAME} {NAME}", []), ("Anna Schmidt", ["Anna Schmidt"]),
    ],
)  # fmt: skip
def test_what_a_known_pseudonym_covers_is_no_finding(text, rest):
    assert left(text, "PERSON", 0, len(text)) == rest


def test_findings_elsewhere_stay():
    assert left(f"{NAME} and Anna", "PERSON", len(NAME) + 5, len(NAME) + 9) == ["Anna"]


def test_without_known_pseudonyms_everything_stays():
    segment = SegmentFindings((Finding("PERSON", 0, 4, 0.9, "t"),))
    assert spared([TextSpan("/0", "x", NAME)], [segment], []) == (segment,)


def test_named_are_the_distinct_shapes():
    assert named([TextSpan("/0", "x", f"{NAME} {MAIL}"), TextSpan("/1", "x", f"{NAME}, no")]) == [NAME, MAIL]


@pytest.mark.parametrize(
    ("activity", "service"),
    [
        ({}, "crm"),
        ({"share_pseudonyms": False}, "crm"),
        ({"share_pseudonyms": "yes"}, "crm"),
        ({"share_pseudonyms": True}, ""),
    ],
)
def test_the_service_belongs_to_the_domain_unless_the_activity_shares(activity, service):
    assert domain(exchange(), activity) == f"acme\x1fsupport\x1f{service}\x1f"


def test_a_text_without_such_a_shape_is_looked_through_once_and_one_with_it_each_time():
    shapeless = Shapeless()
    spans = [TextSpan(f"/{n}", "x", text) for n, text in enumerate(("hello", f"ask {NAME}", f"or {MAIL} {NAME}"))]
    digests = [b"0", b"1", b"2"]
    for _ in range(3):
        assert shapeless.named(spans, digests, "t") == named(spans) == [NAME, MAIL]
    assert shapeless.named(spans[1:], digests[:1], "t") == [NAME, MAIL]  # not one digest for each text
    assert shapeless.named([TextSpan("/0", "x", NAME)], [b"0"], "t") == []  # known by its digest alone
    assert shapeless.named(spans, [b"3", b"4", b"5"], "t") == [NAME, MAIL]
