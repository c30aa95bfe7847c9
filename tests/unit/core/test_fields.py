"""What a key says about the value under it."""

from __future__ import annotations

import re

import pytest

from proxy.codecs.openai.chat import CHAT
from proxy.core import fields
from proxy.core.findings import Finding, SegmentFindings
from proxy.core.records import TextSpan
from proxy.core.wire import Incoming
from testing import models

SCANNER = models.scanner()


def spans(**members):
    return [TextSpan(f"/metadata/{key}", "metadata.*", value) for key, value in members.items()]


def found(given, scan=SCANNER.scan):
    labelled = fields.fields(given)
    return [
        (given[index].text[finding.start : finding.end], finding.entity_type)
        for index, finding in fields.read(labelled, [scan(field.form) for field in labelled])
    ]


@pytest.mark.parametrize(
    ("key", "value", "entity_type"),
    [
        ("ssn", "212456789", "US_SSN"),
        ("accountNumber", "12345678", "BANK_ACCOUNT"),
        ("patient_id", "4839201", "MEDICAL_RECORD_NUMBER"),
        ("cvv", "737", "CVV"),
        ("dateOfBirth", "12/03/1980", "DATE_OF_BIRTH"),
        ("db_password", "hunter2xyz", "CREDENTIAL"),
        ("Phone", "5125550142", "PHONE_NUMBER"),
        ("last_name", "Brandt", "PERSON"),
        ("nachname", "von Thun-Hohenstein", "PERSON"),
    ],
)
def test_the_key_says_what_the_value_is(key, value, entity_type):
    assert found(spans(**{key: value})) == [(value, entity_type)]


@pytest.mark.parametrize("word", ["default", "const", "enum~list/0", "examples~list/1"])
def test_a_value_of_a_schema_stands_under_its_property(word):
    given = [TextSpan(f"/tools/0/function/parameters/properties/ssn/{word}", "tools.*", "212456789")]
    assert found(given) == [("212456789", "US_SSN")]


@pytest.mark.parametrize(
    ("key", "value"), [("order_id", "12345678"), ("max_results", "1000"), ("color", "blue"), ("last_name", "${name}")]
)
def test_an_ordinary_field_is_nothing(key, value):
    assert found(spans(**{key: value})) == []


def test_neighbours_do_not_change_each_other():
    given = spans(
        order_number="10002000", ssn="212456789", invoice="30004000", mrn="4839201", size="7", note="212456789"
    )
    assert found(given) == [("212456789", "US_SSN"), ("4839201", "MEDICAL_RECORD_NUMBER")]


def test_list_elements_and_nested_arguments_stand_under_their_key():
    body = b"""{"model":"m","messages":[{"role":"assistant","tool_calls":[{"id":"call_1","type":"function","function":
    {"name":"f","arguments":"{\\"people\\":{\\"ssn\\":[\\"212456789\\",212456780]}}"}}]}]}"""
    payload = CHAT.decode(Incoming(body))
    assert found(payload.spans) == [("212456789", "US_SSN"), ("212456780", "US_SSN")]


def test_prose_and_keys_are_not_read_again():
    given = [
        TextSpan("/messages/0/content", "messages[*].content", "212456789"),
        TextSpan("/metadata/ssn", "metadata.*", "x" * 500),
        TextSpan("/metadata/ssn~key", "metadata.*", "ssn", "key"),
    ]
    assert fields.fields(given) == []


def test_a_finding_across_the_border_of_its_field_is_cut():
    given = spans(a="one two", b="three")
    assert found(given, lambda text: [Finding("PERSON", 0, len(text), 1.0, "t")]) == [
        ("one two", "PERSON"),
        ("three", "PERSON"),
    ]
    assert found(given, lambda text: [Finding("X", *m.span(), 1.0, "t") for m in re.finditer("t|b:", text)]) == [
        ("t", "X"),
        ("t", "X"),
    ]


def test_what_the_key_says_names_what_it_overlaps():
    before = (SegmentFindings((Finding("PHONE_NUMBER", 0, 9, 0.9, "p"),)), SegmentFindings())
    after = fields.added(before, [(0, Finding("US_SSN", 0, 9, 0.85, "f"))])
    assert [finding.entity_type for finding in after[0].findings] == ["US_SSN"]
    assert after[1] is before[1]
