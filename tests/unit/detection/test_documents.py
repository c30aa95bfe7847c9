"""What is read as one text, what a key says about the value under it, and that no finding crosses a border."""

from __future__ import annotations

import json
import re

import pytest

from proxy.codecs.openai.apis import CHAT
from proxy.core.findings import Finding, SegmentFindings, Status
from proxy.core.leaves import TextLeaf, leaves
from proxy.core.records import TextSpan
from proxy.core.wire import Incoming
from proxy.detection import documents
from proxy.detection.text.plain import Ruled
from testing import models

SCANNER = models.scanner()
MAIL = ("mail", "ada@ulm.example")


def spans(**members):
    return [TextSpan(f"/metadata/{key}", "metadata.*", value) for key, value in members.items()]


def found(given, scan=SCANNER.scan, whole=lambda text: (), alone=lambda text: ()):
    """Return values and types; ``whole`` are the findings in the texts of documents, ``alone`` those of leaves."""
    asked = documents.units(given if isinstance(given[0], TextLeaf) else leaves(given))
    read = [
        SegmentFindings(tuple((alone if isinstance(part, Ruled) else whole)(part))) for part in documents.parts(asked)
    ]
    texts = [leaf.text for leaf in given]
    return [
        (text[finding.start : finding.end], finding.entity_type)
        for text, segment in zip(texts, documents.finished(asked, read, scan), strict=True)
        for finding in segment.findings
    ]


def document(*pairs):
    return [TextLeaf(text, key, "d") for key, text in pairs]


def guess(*values, kind="PERSON"):
    return lambda text: [
        Finding(kind, at, at + len(value), 0.9, "classifier") for value in values if (at := text.find(value)) >= 0
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


def test_prose_is_not_read_with_its_key():
    given = [
        TextSpan("/messages/0/content", "messages[*].content", "212456789"),
        TextSpan("/metadata/ssn", "metadata.*", "x" * 500),
        TextSpan("/metadata/ssn~key", "metadata.*", "ssn", "key"),
    ]
    assert found(given) == []


def test_what_the_key_says_names_what_it_overlaps():
    given = document(("ssn", "212456789"))
    assert found(given, whole=guess("212456789", kind="PHONE_NUMBER")) == [("212456789", "US_SSN")]


def test_a_document_is_read_as_lines_of_keys_and_values():
    [unit] = documents.units(document(("name", "Ada Byl"), ("note", "one\ntwo"), ("", "x")))
    assert unit.text == "name: Ada Byl\nnote:\none\ntwo\nx\n"
    assert documents.parts([unit]) == [unit.text, "Ada Byl", "one\ntwo"]
    assert [isinstance(part, Ruled) for part in documents.parts([unit])] == [False, True, True]


def test_a_guess_stays_within_its_value():
    given = document(("person", "Ada Byl"), ("city", "Ulm"), MAIL)
    both = [("Ada Byl", "PERSON"), ("Ulm", "PERSON")]
    assert found(given, whole=guess("person: Ada Byl\ncity: Ulm")) == [*both, (MAIL[1], "EMAIL_ADDRESS")]
    assert found(given[:2], whole=guess("person", "city:")) == []


def test_a_number_across_two_values_is_none():
    def rule(text):
        return [Finding("CREDIT_CARD", 0, len(text), 1.0, "pattern")]

    assert found(document(("a", "4539 1488"), ("b", "0343 6467")), whole=rule) == []


def test_terms_are_those_of_the_leaf_itself():
    given = document(("condition", "Krebs"), ("state", "new"))
    assert found(given, whole=guess("new", kind="HEALTH_CONDITION")) == []
    term = found(given, alone=guess("Krebs", kind="HEALTH_CONDITION"))
    assert term == [("Krebs", "HEALTH_CONDITION")]


def test_definitions_hold_no_terms():
    given = [TextLeaf("for people who are blind, mail a@b.example", guessed=False)]
    assert found(given, alone=guess("blind", kind="HEALTH_CONDITION")) == []
    [segment] = documents.finished(
        documents.units(given),
        [SegmentFindings(guess("a@b.example", kind="EMAIL_ADDRESS")(given[0].text))],
        SCANNER.scan,
    )
    assert [f.entity_type for f in segment.findings] == ["EMAIL_ADDRESS"]


def test_findings_lie_in_their_leaf_wherever_it_stands():
    given = [leaf for n in range(1200) for leaf in (TextLeaf("alone"), TextLeaf(f"Mrs Vale {n}", "who", f"d{n % 2}"))]
    assert len(documents.units(given)) == 5  # a long document is several

    def every(text):
        return [Finding("BIC", match.start(), match.end(), 0.9, "rule") for match in re.finditer("Mrs Vale", text)]

    assert found(given, whole=every) == [("Mrs Vale", "BIC")] * 1200


def test_what_one_leaf_lacks_is_known_of_its_document_alone():
    given = [*document(("a", "one word"), ("b", "Қазақ")), TextLeaf("other")]
    asked = documents.units(given)
    read = [
        SegmentFindings(status=Status.PARTIAL if "Қ" in part else Status.COMPLETE) for part in documents.parts(asked)
    ]
    statuses = [one.status for one in documents.finished(asked, read, SCANNER.scan)]
    assert statuses == [Status.PARTIAL, Status.PARTIAL, Status.COMPLETE]


def test_the_identity_of_a_unit_tells_its_leaves_apart():
    given = [
        TextLeaf("x"), TextLeaf("x", guessed=False), TextLeaf("x", "ssn"), TextLeaf("x", "ssn", "d"), TextLeaf("x\nb: y", "a", "e"),
        TextLeaf("x", "a", "f"), TextLeaf("y", "b", "f"),
    ]  # fmt: skip
    asked = documents.units(given)
    assert len({unit.identity for unit in asked}) == len(asked)


def test_rows_of_a_table_are_read_under_their_headers():
    text = 'id;what;born\n1;"Ada; Byl";1980-02-01\n2;Bo;1975-07-03\n'
    [unit] = documents.units([text])
    assert unit.text.strip() == "id: 1\nwhat: Ada; Byl\nborn: 1980-02-01\nid: 2\nwhat: Bo\nborn: 1975-07-03"
    assert found([TextLeaf(text)]) == [("1980-02-01", "DATE_OF_BIRTH"), ("1975-07-03", "DATE_OF_BIRTH")]
    assert found([TextLeaf(text)], whole=guess("what: Ada; Byl\nborn", kind="CREDENTIAL"))[0] == (
        "Ada; Byl",
        "CREDENTIAL",
    )


def test_what_rules_find_between_values_stays():
    text = '{"ada@byl.example": "x", "who": ["Ada", "Bo"]}'
    assert found([TextLeaf(text)], alone=SCANNER.scan) == [("ada@byl.example", "EMAIL_ADDRESS")]
    assert found([TextLeaf(text)], whole=guess("who", "Ada", kind="CREDENTIAL")) == [("Ada", "CREDENTIAL")]


def test_keys_without_a_text_below_are_of_the_document():
    given = [
        TextLeaf("Jago", "name", "d"),
        TextLeaf("unitPrice", "", "d", guessed=False),
        TextLeaf("name", "", "d", guessed=False),
    ]
    assert [unit.text for unit in documents.units(given)] == ["unitPrice", "name", "name: Jago\nunit price:\n"]


@pytest.mark.parametrize("path", ["src/marc/main.py", "/var/lib/marc", "./marc", r"C:\\marc\\x"])
def test_no_part_of_a_path_is_guessed(path):
    def users(value):
        return [
            text
            for text, kind in found(document(("file", value), MAIL), whole=guess("marc", kind="USERNAME"))
            if kind == "USERNAME"
        ]

    assert users(path) == []
    assert users(f"{path} by marc") == ["marc"]


@pytest.mark.parametrize(
    "document",
    [
        {
            "rows": [{"fullName": "Ada Byl", "tags": ["x", "y"], "n": 7}, {"born": "1980", "n": 12345678}],
            "note": "two\tof them",
        },
        {"sku": "A-1", "name": "Jago", "unitPrice": 3.5, "open": True, "deep": {"er": [[{"a": "b"}]]}},
    ],
)
def test_the_command_reads_the_same_document_as_the_served_path(document):
    text = json.dumps(document)
    payload = CHAT.decode(
        Incoming(json.dumps({"model": "m", "messages": [{"role": "user", "content": text}]}).encode())
    )
    [served] = [unit for unit in documents.units(leaves(payload.spans)) if unit.composed]
    [alone] = documents.units([text])
    assert alone.text == served.text.replace("\t", "\\t")


def test_what_is_special_in_a_listing_is_found_behind_its_numbers():
    """A tool shows a file line by line; what it says about a person's health counts as in the file."""
    text = "     1\tName: Ada Ulm\n     2\tHealth: has type 2 diabetes\n     3\t"

    def whole(part):
        at = part.find("type 2 diabetes")
        return [Finding("HEALTH_CONDITION", at, at + 15, 0.6, "terms")] if at >= 0 else []

    assert ("type 2 diabetes", "HEALTH_CONDITION") in found([TextLeaf(text)], whole=whole)
