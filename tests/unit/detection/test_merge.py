from __future__ import annotations

import itertools

from proxy.core.findings import Finding
from proxy.detection.merge import disjoint, foremost


def f(kind: str, start: int, end: int, score: float = 0.9, name: str = "x") -> Finding:
    return Finding(kind, start, end, score, name)


def test_identifiers_win_over_attributes_and_the_rest_of_the_loser_stays():
    result = disjoint([f("HEALTH_CONDITION", 0, 10), f("PERSON", 4, 8)])
    assert [(r.entity_type, r.start, r.end) for r in result] == [
        ("HEALTH_CONDITION", 0, 4),
        ("PERSON", 4, 8),
        ("HEALTH_CONDITION", 8, 10),
    ]


def test_rules_win_over_guesses():
    result = disjoint([f("NATIONAL_ID", 0, 11, 1.0, "classifier"), f("US_SSN", 0, 11, 0.6, "us_ssn")])
    assert [r.recognizer for r in result] == ["us_ssn"]


def test_the_classifier_wins_over_spacy():
    result = disjoint([f("ORGANIZATION", 0, 14, 0.9, "spacy"), f("LOCATION", 0, 14, 0.5, "classifier")])
    assert [r.entity_type for r in result] == ["LOCATION"]


def test_same_type_grows_together():
    assert [(r.start, r.end) for r in disjoint([f("PERSON", 0, 5), f("PERSON", 3, 9)])] == [(0, 9)]


def test_order_of_arrival_does_not_matter():
    findings = [f("MEDICAL_RECORD_NUMBER", 0, 9, 0.85, name) for name in ("mrn", "mrn_grouped", "a")]
    assert len({disjoint(order) for order in (findings, findings[::-1], findings[1:] + findings[:1])}) == 1


def test_twenty_thousand_overlapping_findings_are_quick():
    import time

    findings = [f("DATE" if i % 2 else "US_SSN", i, i + 40) for i in range(20_000)]
    start = time.thread_time()
    result = disjoint(findings)
    assert time.thread_time() - start < 2
    assert all(a.end <= b.start for a, b in itertools.pairwise(result))


def test_what_another_of_its_type_covers_and_that_stands_as_high_goes():
    kept = foremost([f("DATE", 0, 10, 0.6, "a"), f("DATE", 2, 8, 0.6, "b"), f("DATE", 2, 8, 0.7, "c"), f("AGE", 2, 8)])
    assert [(one.entity_type, one.recognizer) for one in kept] == [("AGE", "x"), ("DATE", "a"), ("DATE", "c")]


def test_a_surer_guess_does_not_take_the_place_of_a_rule():
    rule, guess = f("PERSON", 2, 8, 0.5, "name_label"), f("PERSON", 0, 9, 0.99, "classifier")
    assert foremost([guess, rule]) == [guess, rule]
    assert foremost([f("PERSON", 0, 9, 0.5, "name_label"), f("PERSON", 2, 8, 0.99, "spacy")])[1:] == []


def test_of_equal_ones_the_same_stands_in_whatever_order_they_come():
    one, other = f("ZIP_CODE", 0, 7, 0.75, "nl_postcode"), f("ZIP_CODE", 0, 7, 0.75, "nl_postcode_city")
    assert foremost([one, other]) == foremost([other, one]) == [one]


def test_of_equal_findings_the_surest_is_kept_in_every_process():
    pairs = [(f("US_SSN", at, at + 9, 0.9), f("US_SSN", at, at + 9, 0.95)) for at in range(0, 600, 20)]
    assert {one.score for one in disjoint(itertools.chain(*pairs))} == {0.95}
