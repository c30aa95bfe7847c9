"""A value is read once more after its key; what the key says takes precedence."""

from __future__ import annotations

import re

from proxy.core.findings import Finding, SegmentFindings
from proxy.detection.text.fields import Cell, added, named, read

TEXT = "one two three"
CELLS = [Cell("a", 0, 7), Cell("last name", 8, 13)]


def values(found):
    return [(TEXT[finding.start : finding.end], finding.entity_type) for finding in found]


def test_a_finding_across_the_border_of_its_field_is_cut():
    found = read(TEXT, CELLS, lambda form: [Finding("X", 0, len(form), 1.0, "t")])
    assert values(found) == [("one two", "X"), ("three", "X")]
    found = read(TEXT, CELLS, lambda form: [Finding("X", *m.span(), 1.0, "t") for m in re.finditer("t|name:", form)])
    assert values(found) == [("t", "X"), ("t", "X")]


def test_a_long_value_is_not_read_again():
    assert list(read("x" * 500, [Cell("ssn", 0, 500)], lambda form: [Finding("X", 0, len(form), 1.0, "t")])) == []


def test_a_value_under_a_key_for_names_is_a_name():
    assert values(named(TEXT, CELLS)) == [("three", "PERSON")]


def test_what_the_key_says_names_what_it_overlaps():
    before = SegmentFindings((Finding("PHONE_NUMBER", 0, 9, 0.9, "p"),))
    assert [f.entity_type for f in added(before, [Finding("US_SSN", 0, 9, 0.85, "f")]).findings] == ["US_SSN"]
    assert added(before, []) is before
