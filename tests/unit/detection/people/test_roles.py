from __future__ import annotations

from collections import Counter

import pytest

from proxy.core.findings import Finding
from proxy.detection.people.roles import accounted, assigned
from tests.unit.detection.notes import notes

LANGUAGES = ("de", "en", "es", "fr", "it", "nl", "pl", "pt")


def roles(text: str, *entities: str) -> list[str]:
    """Roles of entities given as "TYPE:value" or a person's name, in order of the text."""
    found = []
    for entity in entities:
        kind, _, value = entity.rpartition(":")
        start = text.index(value)
        found.append(Finding(kind or "PERSON", start, start + len(value), 0.9, "x"))
    return [f.subject_role for f in assigned(text, sorted(found, key=lambda f: f.start))]


def measured(count: int, seed: int) -> tuple[Counter[str], Counter[str], Counter[str], list[str]]:
    """How often each role was given, given rightly, and due; and what went wrong."""
    given, right, due, wrong = Counter(), Counter(), Counter(), []
    for language, text, found in notes(count, seed):
        for finding, (gold, role) in zip(assigned(text, [f for f, _ in found]), found, strict=True):
            given[finding.subject_role] += 1
            due[role] += 1
            right[role] += finding.subject_role == role
            if finding.subject_role != role:
                wrong.append(
                    f"{language} {role}->{finding.subject_role} {text[max(0, gold.start - 30) : gold.end + 15]!r}"
                )
    return given, right, due, wrong


def test_roles_on_generated_notes_are_precise_and_mostly_found():
    given, right, due, wrong = measured(1600, 7)
    for role in ("patient", "provider", "third_party"):
        assert right[role] / given[role] >= 0.97, wrong[:5]
        assert right[role] / due[role] >= 0.9, wrong[:5]
    assert right["data_subject"] == due["data_subject"]


def test_other_mentions_of_a_name_follow_unless_relatives_share_it():
    text = "Patient: Ann Miller. Her son Joe Miller drove. Ann felt well; Miller left the clinic."
    assert roles(text, "Ann Miller", "Joe Miller") == ["patient", "third_party"]
    persons = [Finding("PERSON", *span, 0.9, "x") for span in ((9, 19), (29, 39), (47, 50), (62, 68))]
    assert [text[f.start : f.end] for f in persons] == ["Ann Miller", "Joe Miller", "Ann", "Miller"]
    assert [f.subject_role for f in assigned(text, persons)] == ["patient", "third_party", "patient", "data_subject"]


def test_identifiers_have_a_role_by_kind_or_by_the_person_beside():
    text = "Patient: Ann Roe, born 1/2/1960, MRN 12345, seen by Dr. Lee, phone 555-0100. Contact: info@x.example"
    assert roles(
        text, "Ann Roe", "DATE_OF_BIRTH:1/2/1960", "MEDICAL_RECORD_NUMBER:12345", "Lee", "PHONE_NUMBER:555-0100",
        "EMAIL_ADDRESS:info@x.example",
    ) == ["patient", "patient", "patient", "provider", "provider", "data_subject"]  # fmt: skip
    assert roles("NPI 1234567893", "PROVIDER_NPI:1234567893") == ["provider"]


def test_a_provider_never_takes_what_a_text_tells_of_its_subject():
    text = "Attending Dr. Lee, SSN 521-44-9382, born 1/2/1960"
    assert roles(text, "Lee", "US_SSN:521-44-9382", "DATE_OF_BIRTH:1/2/1960") == [
        "provider",
        "data_subject",
        "data_subject",
    ]


@pytest.mark.parametrize(
    "text",
    ["Dr. Harper joined the sales call", "Harper is our doctor of philosophy", "the mother of Harper", "a patient man, said Harper", "Name: Harper"],
)  # fmt: skip
def test_in_doubt_the_role_stays_untold(text):
    assert roles(text, "Harper") == ["data_subject"]


def test_texts_without_persons_are_left_as_they_are():
    findings = (Finding("HEALTH_CONDITION", 0, 6, 0.9, "x"),)
    assert assigned("asthma", findings) == findings


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_tells_all_three_roles(language):
    told = {
        f.subject_role
        for code, text, found in notes(400, 3)
        if code == language
        for f in assigned(text, [g for g, _ in found])
    }
    assert told == {"patient", "provider", "third_party", "data_subject"}


def number(text: str, recognizer: str) -> Finding:
    start = text.index("83-1190")
    return Finding("MEDICAL_RECORD_NUMBER", start, start + 7, 0.9, recognizer, "patient")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("my order 83-1190 is late", "USERNAME"),
        ("Kundennummer 83-1190 bitte", "USERNAME"),
        ("record 83-1190 of the patient", "MEDICAL_RECORD_NUMBER"),
        ("MRN 83-1190", "MEDICAL_RECORD_NUMBER"),
        ("Fallnummer 83-1190", "MEDICAL_RECORD_NUMBER"),
        ("dossier médical 83-1190", "MEDICAL_RECORD_NUMBER"),
    ],
)
def test_a_guessed_record_number_needs_somebody_s_care(text, kind):
    (finding,) = accounted(text, [number(text, "classifier")])
    assert (finding.entity_type, finding.subject_role) == (kind, "patient" if kind != "USERNAME" else "data_subject")


def test_a_record_number_told_by_rule_stands():
    text = "my order 83-1190 is late"
    found = number(text, "mrn")
    assert accounted(text, [found]) == (found,)
