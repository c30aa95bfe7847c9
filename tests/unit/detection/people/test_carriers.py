"""Weak evidence of a name counts beside a carrier, something that identifies a person."""

from __future__ import annotations

import pytest

from proxy.core.findings import PUBLIC, Finding
from proxy.detection.people.carriers import with_likely_people, without_lists

LETTER = "The delivery was late again, so we ask what became of it and when it will arrive in Ulm"


def person(recognizer: str, role: str = "data_subject", kind: str = "PERSON") -> Finding:
    return Finding(kind, 0, 3, 0.9, recognizer, role)


@pytest.mark.parametrize("recognizer", ["known_name", "spacy"])
def test_name_that_only_lists_support_counts_beside_another_identifier(recognizer):
    alone = (person(recognizer), person(recognizer))
    assert without_lists(LETTER, alone) == ()
    assert without_lists("Ann Lee", alone) == alone
    for other in ("classifier", "name_titled", "email"):
        both = (*alone, person(other, kind="EMAIL_ADDRESS" if other == "email" else "PERSON"))
        assert without_lists(LETTER, both) == both
    for other in (person("username", kind="USERNAME"), person("classifier", PUBLIC), person("ip", kind="IP_ADDRESS")):
        assert without_lists(LETTER, (*alone, other)) == (other,)


@pytest.mark.parametrize("kind", ["LOCATION", "ORGANIZATION"])
@pytest.mark.parametrize(
    ("text", "value", "is_person"),
    [
        ("Pass it on to the Kowalska before noon", "Kowalska", True),
        ("Task for Ginevra: call back", "Ginevra", True),
        ("He lives in Florence since May", "Florence", False),
        ("Shipped from Poland last week", "Poland", False),
        ("The Kowalska Street was closed", "Kowalska Street", False),
        ("Ask the Ministry of Works about it", "Ministry of Works", False),
    ],
)
def test_place_that_may_be_a_person_is_one_beside_a_person(kind, text, value, is_person):
    start = text.index(value)
    place = Finding(kind, start, start + len(value), 0.8, "classifier")
    other = Finding("PHONE_NUMBER", len(text), len(text) + 9, 0.9, "phone")
    assert with_likely_people(text, (place,)) == (place,)
    [found, _] = with_likely_people(text, (place, other))
    assert found.entity_type == ("PERSON" if is_person else kind)


def test_place_that_a_pattern_finds_stays_one():
    place = Finding("LOCATION", 0, 8, 0.8, "facility")
    assert with_likely_people("Kowalska knows", (place, person("classifier")))[0] == place
