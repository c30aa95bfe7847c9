from __future__ import annotations

import pytest

from proxy.core.known_pseudonyms import domain, named, spared
from proxy.core.records import Finding, SegmentFindings, TextSpan
from tests.fakes import exchange

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
    assert domain(exchange(), activity) == ("acme", "support", service, "")
