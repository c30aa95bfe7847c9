"""Judged by the CloudEvents SDK."""

from __future__ import annotations

import json

import orjson
from cloudevents.core.bindings.http import HTTPMessage, from_binary_event, from_structured_event
from hypothesis import given

from proxy.reports.siem.formats import cloudevents
from testing import entries
from testing.examples import examples


def test_every_record_is_read_back_by_the_sdk_from_the_structured_mode(every):
    for one in every:
        event = from_structured_event(
            HTTPMessage({"content-type": "application/cloudevents+json"}, cloudevents.line(one))
        )
        assert (event.get_source(), event.get_id()) == (entries.ORIGIN, one.position.name)
        assert event.get_data() == json.loads(one.body)
        assert event.get_time() == one.at


@given(one=entries.any_event())
@examples(30)
def test_both_modes_say_the_same_of_any_event(one):
    [posting] = cloudevents.binary([one])
    binary = from_binary_event(HTTPMessage(dict(posting.headers), posting.body))
    whole = from_structured_event(HTTPMessage({"content-type": "application/cloudevents+json"}, cloudevents.line(one)))
    assert binary.get_attributes() == whole.get_attributes()
    assert binary.get_data() == whole.get_data()


def test_headers_of_the_binary_mode_are_printable_ascii(every):
    for posting in cloudevents.binary(every):
        assert all(value.isascii() and value.isprintable() for value in posting.headers.values())


def test_a_batch_is_one_array(every):
    [posting] = cloudevents.batch(every[:3])
    assert posting.headers == {"content-type": "application/cloudevents-batch+json"}
    assert [one["id"] for one in orjson.loads(posting.body)] == [one.position.name for one in every[:3]]


def test_the_sequence_sorts_as_text(every):
    sequences = [cloudevents.attributes(one)["sequence"] for one in every]
    assert sequences == sorted(sequences)
