from __future__ import annotations

import re
from dataclasses import replace

import pytest

from proxy.core.deidentification.pseudonyms import Minter
from proxy.core.findings import Finding
from proxy.detection.correction import Correction, CorrectionRefusedError, case, entry, surrogate
from proxy.detection.lists import ListedTerm, ListFilter
from proxy.detection.regression import LabelledSpan

KEY = b"k" * 32
KINDS = {"PERSON": "direct", "LOCATION": "quasi", "HEALTH_CONDITION": "attr", "US_SSN": "govid"}
TEXT = "Ann Lee of Berlin has diabetes; ask Bob. Ann Lee, also ann lee, uses Zorblax, not zorblax."


def at(value: str, kind: str, text: str = TEXT) -> Finding:
    start = text.index(value)
    return Finding(kind, start, start + len(value), 0.9, "x")


def correction(value: str, kind: str, text: str = TEXT, *, false: bool = True, **more) -> Correction:
    place = at(value, kind, text)
    return Correction(LabelledSpan(place.start, place.end, kind), false, "t", **more)


FOUND = (
    at("Ann Lee", "PERSON"),
    at("Berlin", "LOCATION"),
    at("diabetes", "HEALTH_CONDITION"),
    at("Zorblax", "LOCATION"),
)


def test_a_false_finding_becomes_an_allow_entry_that_hides_it():
    made = entry(TEXT, correction("Zorblax", "LOCATION"), KEY)
    assert (made.list, made.type, made.value, made.words) == ("allow", "LOCATION", "", 0)
    assert re.fullmatch("[0-9a-f]{32}", made.digest)
    assert at("Zorblax", "LOCATION") not in ListFilter([made], KEY).apply(TEXT, FOUND)


def test_a_missed_one_becomes_a_deny_entry_that_finds_it():
    made = entry(TEXT, correction("Bob", "PERSON", false=False, forced=True), KEY)
    assert (made.list, made.words, made.forced) == ("deny", 1, False)
    assert ("PERSON", "Bob") in {
        (f.entity_type, TEXT[f.start : f.end]) for f in ListFilter([made], KEY).apply(TEXT, FOUND)
    }


def test_the_value_is_in_clear_on_request():
    assert entry(TEXT, correction("Zorblax", "LOCATION", clear=True, near="uses"), KEY) == ListedTerm(
        "t", "allow", "LOCATION", "Zorblax", near="uses"
    )


def test_what_a_list_cannot_or_must_not_hold_is_refused():
    numbers = "SSN 521-44-9382 !!! " + "word " * 9
    for refused in (
        correction("521-44-9382", "US_SSN", numbers),
        correction("!!!", "PERSON", numbers),
        correction(("word " * 9).strip(), "PERSON", numbers, false=False),
        correction("SSN", "PERSON", numbers, near="+++"),
    ):
        with pytest.raises(CorrectionRefusedError) as caught:
            entry(numbers, refused, KEY)
        assert "521" not in str(caught.value)
    assert entry(numbers, correction("521-44-9382", "US_SSN", numbers, forced=True), KEY).forced


def test_a_case_with_its_text():
    made = case(TEXT, correction("Zorblax", "LOCATION"))
    assert (made.text, made.tenant, made.findings, [TEXT[p.start : p.end] for p in made.absent]) == (
        TEXT,
        "t",
        (),
        ["Zorblax"],
    )


def test_around_a_false_finding_nobody_is_named():
    made = surrogate(TEXT, FOUND, correction("Zorblax", "LOCATION"), KINDS, Minter(b"m" * 32))
    [place] = made.absent
    assert made.text[place.start : place.end] == "Zorblax"
    assert not re.search("ann|lee|berlin", made.text, re.IGNORECASE)
    assert "diabetes" in made.text
    assert not made.open


def test_of_a_missed_value_only_its_shape_is_kept_wherever_it_stands():
    marked = correction("Zorblax", "PERSON", false=False)
    made = surrogate(TEXT, FOUND[:3], marked, KINDS, Minter(b"m" * 32))
    [place] = made.findings
    assert re.fullmatch("[A-Z][a-z]{6}", made.text[place.start : place.end])
    assert not re.search("ann|lee|berlin|zorblax", made.text, re.IGNORECASE)
    assert made.open


def test_a_finding_that_reaches_over_the_border_is_cut_there():
    whole = Finding("PERSON", 0, TEXT.index(" of Berlin"), 0.9, "x")
    marked = replace(correction("Lee", "LOCATION"))
    made = surrogate(TEXT, (whole,), marked, KINDS, Minter(b"m" * 32))
    assert not made.text.startswith("Ann")
    assert made.text[made.absent[0].start : made.absent[0].end] == "Lee"
