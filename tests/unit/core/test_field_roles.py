from __future__ import annotations

import pytest

from proxy.core.field_roles import with_roles
from proxy.core.findings import Finding, SegmentFindings
from proxy.core.records import TextSpan


def role(pointer: str, kind: str = "PERSON", given: str = "data_subject", span: str = "value") -> str:
    finding = Finding(kind, 0, 3, 0.9, "x", given)
    [segment] = with_roles([TextSpan(pointer, "p", "Ann", span)], [SegmentFindings((finding,))])
    return segment.findings[0].subject_role


@pytest.mark.parametrize(
    ("pointer", "expected"),
    [
        ("/messages/0/tool_calls/0/function/arguments#/patient/name", "patient"),
        ("/metadata/patientName", "patient"),
        ("/x/attending_physician/0/name/family", "provider"),
        ("/x/patient/emergencyContact/name", "third_party"),
        ("/x/patient/spouse", "third_party"),
        ("/x/patient/referring_doctor", "provider"),
        ("/x/hausarzt/telefon", "provider"),
        ("/patient/a/b/c/name", "data_subject"),
        ("/customer/name", "data_subject"),
        ("/messages/0/content", "data_subject"),
        ("/impatient", "data_subject"),
        ("", "data_subject"),
    ],
)
def test_the_nearest_key_that_tells_one_decides(pointer, expected):
    assert role(pointer) == expected


def test_what_the_text_told_stands():
    assert role("/patient/contact", given="provider") == "provider"


def test_who_stands_under_a_key_that_tells_a_role_is_no_public_figure():
    assert role("/patient/name", given="public") == "patient"
    assert role("/book/author", given="public") == "public"


def test_content_and_keys_themselves_have_no_owner():
    assert role("/patient/diagnosis", kind="HEALTH_CONDITION") == "data_subject"
    assert role("/patient/Ann~key", span="key") == "data_subject"
    assert role("/patient/x", span="document") == "data_subject"


def test_prose_tells_by_itself():
    finding = Finding("PERSON", 0, 3, 0.9, "x")
    [segment] = with_roles([TextSpan("/patient/note", "p", "Ann " * 30)], [SegmentFindings((finding,))])
    assert segment.findings == (finding,)
