from __future__ import annotations

import pytest

from proxy.codecs.openai import media_tables
from proxy.codecs.request import decode
from proxy.core.records import Operation
from testing.fakes import SSN


def spans(table, **fields):
    return [span.text for span in decode({"model": "m", **fields}, table, Operation.AUDIO).spans]


@pytest.mark.parametrize(
    "fields",
    [
        {"language": "en", "languages[]": ["en", "pt-BR"], "response_format": "verbose_json", "temperature": "0.2"},
        {"timestamp_granularities[]": ["word", "segment"], "include[]": ["logprobs"], "chunking_strategy": "auto"},
        {"stream": "true", "chunking_strategy": '{"type":"server_vad"}'},
    ],
)
def test_words_of_the_api_are_no_spans(fields):
    assert spans(media_tables.HEARD, **fields) == []


@pytest.mark.parametrize(
    "name", ["language", "prompt", "response_format", "include[]", "known_speaker_names[]", "temperature"]
)
def test_anything_else_there_is(name):
    assert SSN in spans(media_tables.HEARD, **{name: SSN})


def test_a_reference_to_a_voice_is_a_recording():
    given = {"known_speaker_references[]": ["data:audio/wav;base64,aGVsbG8="]}
    payload = decode({"model": "m", **given}, media_tables.HEARD, Operation.AUDIO)
    assert [part.media for part in payload.opaque] == ["audio/wav"]
