from __future__ import annotations

import pytest

from testing import models

SCANNER = models.scanner()


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("under MRN 12345-JS", "12345-JS", "MEDICAL_RECORD_NUMBER"),
        ("patient ID: 897-65-4321", "897-65-4321", "MEDICAL_RECORD_NUMBER"),
        ("PIZ: 1822544", "1822544", "MEDICAL_RECORD_NUMBER"),
        ("Patienten-ID 4711-0815", "4711-0815", "MEDICAL_RECORD_NUMBER"),
        ("numer pacjenta: 88123", "88123", "MEDICAL_RECORD_NUMBER"),
        ("NASS: 47 39047534 02", "47 39047534 02", "HEALTH_PLAN_ID"),
        ("his plan includes policy #11223344", "#11223344", "HEALTH_PLAN_ID"),
        ("member id W123456789", "W123456789", "HEALTH_PLAN_ID"),
        ("MBI 1EG4-TE5-MK73", "1EG4-TE5-MK73", "HEALTH_PLAN_ID"),
        ("NHS number 943 476 5919", "943 476 5919", "NHS_NUMBER"),
        ("NPI 1234567893", "1234567893", "PROVIDER_NPI"),
        ("DEA AB1234563", "AB1234563", "PROFESSIONAL_LICENSE"),
        ("NºCol: 28 28 20943", "28 28 20943", "PROFESSIONAL_LICENSE"),
        ("claim number 2023-88-1234", "2023-88-1234", "CLAIM_OR_RX_NUMBER"),
    ],
)
def test_numbers_of_health_care(text, value, kind):
    assert (kind, value) in {(f.entity_type, text[f.start : f.end]) for f in SCANNER.scan(text)}


@pytest.mark.parametrize(
    "text",
    [
        "the insurance premium rose 12%",
        "group of 12",
        "plan B",
        "policy document v2",
        "coverage 85%",
        "insurance in 2021",
    ],
)
def test_no_numbers_of_health_care(text):
    assert SCANNER.scan(text) == ()


def test_the_id_of_a_process_is_no_patients():
    text = 'audit: apparmor="STATUS" operation="profile_load" pid=612 comm="parser"'
    assert SCANNER.scan(text) == ()
    patients = "patient admitted, pid: 61277"
    assert [patients[f.start : f.end] for f in SCANNER.scan(patients)] == ["61277"]
