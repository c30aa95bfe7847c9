"""What holds for every format: one line a record, its place in it, and nothing of a payload."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given

from proxy.reports.siem import formats
from testing import entries, evidence
from testing.examples import examples

FORMATS = sorted(formats.by_name())
#: What was planted in the payload and in the reply: the value, its parts, its pseudonym, an unkeyed digest of it.
PLANTED = (
    *evidence.CANARY.replace(",", "").split()[:2],
    "1971-02-03",
    "Name_KQTMXBZRWD",
    hashlib.sha256(evidence.CANARY.encode()).hexdigest(),
)


def sent(name, entry):
    made = formats.by_name()[name]
    postings = list(made.postings([entry]))
    return [made.line(entry), *(one.body for one in postings), *(repr(one.headers).encode() for one in postings)]


def test_every_format_of_the_guide_is_found_by_itself():
    assert set(FORMATS) == {
        "cef", "cloudevents", "cloudevents-binary", "fhir", "fhir-r5", "ocsf", "otlp", "record", "syslog",
    }  # fmt: skip


@pytest.mark.parametrize("name", FORMATS)
def test_no_format_holds_anything_of_a_payload(name, every):
    text = b"".join(part for one in every for part in sent(name, one)).decode()
    assert evidence.CANARY.split()[0] in repr(evidence.inspection())
    assert [word for word in PLANTED if word in text] == []


@pytest.mark.parametrize("name", FORMATS)
def test_a_line_has_no_line_break_and_names_writer_seq_leaf_and_hash(name, every):
    for one in every:
        line = formats.by_name()[name].line(one)
        assert not {10, 13} & set(line)
        for part in (one.position.writer, str(one.position.seq), str(one.position.leaf), one.position.hash.hex()):
            assert part.encode() in line


@pytest.mark.parametrize("name", FORMATS)
def test_a_record_that_no_note_covers_yet_is_told_without_a_leaf(name):
    assert b"leaf" not in formats.by_name()[name].line(entries.every(leaf=None)[0]).lower()


@pytest.mark.parametrize("name", FORMATS)
@given(one=entries.any_event())
@examples(30)
def test_no_text_of_a_record_breaks_a_line(name, one):
    assert not {10, 13} & set(formats.by_name()[name].line(one))


@pytest.mark.parametrize("name", FORMATS)
def test_several_records_keep_their_order(name, every):
    text = b"".join(
        one.body + repr(one.headers).encode() for one in formats.by_name()[name].postings(every[:4])
    ).decode()
    places = [text.find(one.position.hash.hex()) for one in every[:4]]
    assert places == sorted(places)
    assert -1 not in places
