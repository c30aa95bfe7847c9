"""Bodies, replies and events with something odd, or nothing, in any place are read or refused, in every dialect."""

from __future__ import annotations

import orjson
import pytest

from proxy.codecs.endpoints import DIALECTS
from proxy.core.records import Unchanged
from proxy.errors import MalformedRequestError, PayloadTooLargeError, StatefulUnsupportedError, UpstreamError
from testing.dialects.samples import Sample, every
from testing.dialects.spoilt import spoilt
from tests.dialects.test_streams import Stream, filters

SERVED = [pytest.param(api, sample, id=api.name) for api, sample in every()]
FUNCTION = {"name": "f", "parameters": {"type": "object", "properties": {"a": {"type": "string"}}}}
#: Requests of APIs whose samples are elsewhere.
ELSEWHERE = {
    "ollama_chat": {
        "messages": [{"role": "user", "content": "hi", "images": ["AAAA"], "tool_calls": [{"function": {"name": "f"}}]}],
        "tools": [{"type": "function", "function": FUNCTION}], "format": {"type": "object"}, "options": {"seed": 1},
    },
    "ollama_generate": {"prompt": "hi", "system": "be brief", "images": ["AAAA"], "template": "t", "context": [1]},
    "ollama_embed": {"input": ["a", "b"], "options": {}},
    "ollama_embeddings": {"prompt": "a"},
    "openai_speech": {"input": "hi", "voice": "alloy", "stream_format": "audio", "speed": 1.0},
    "openai_image_generations": {"prompt": "a cat", "n": 1, "size": "1024x1024", "response_format": "b64_json"},
}  # fmt: skip
SERVED += [
    pytest.param(api, Sample([{"model": "m", **ELSEWHERE[api.name]}], (), []), id=api.name)
    for _, apis in DIALECTS
    for api in apis
    if api.name in ELSEWHERE
]
STREAMED = [pytest.param(api, sample, id=api.name) for api, sample in every() if sample.streams]


@pytest.mark.parametrize(("api", "sample"), SERVED)
def test_any_request_is_read_or_refused_as_the_callers_fault(api, sample):
    for document in (one for request in sample.requests for one in spoilt(request)):
        try:
            payload = api.decode(sample.incoming(document))
        except (MalformedRequestError, PayloadTooLargeError, StatefulUnsupportedError):
            continue
        wire = api.encode(payload, dict.fromkeys(range(len(payload.spans)), "x"), "m")
        api.outgoing_texts(wire)
        api.with_statement(wire, "note")


@pytest.mark.parametrize(("api", "sample"), SERVED)
def test_no_text_of_a_written_request_is_left_out_but_those_that_are_free(api, sample):
    for document in sample.requests:
        wire = api.encode(api.decode(sample.incoming(document)), {}, "m")
        every = api.outgoing_texts(wire)
        for free in (frozenset(every[::2]), frozenset(every[1::2]), frozenset(every)):
            told = api.outgoing_texts(wire, Unchanged(free))
            assert [text for text in told if text not in free] == [text for text in every if text not in free]
        api.with_statement(wire, "note")


@pytest.mark.parametrize(("api", "sample"), SERVED)
def test_what_is_as_it_was_is_left_out_and_nothing_else(api, sample):
    """A request of which each second text was replaced says the new ones, and what was never a text of it."""
    for document in sample.requests:
        payload = api.decode(sample.incoming(document))
        if payload.parts:
            continue
        spans, new = payload.outgoing, dict.fromkeys(range(0, len(payload.spans), 2), "new words")
        texts = frozenset(span.text for index, span in enumerate(spans) if index not in new)
        wire = api.encode(payload, new, "m")
        every = api.outgoing_texts(wire)
        told = api.outgoing_texts(wire, Unchanged(texts, payload.document))
        assert [text for text in told if text not in texts] == [text for text in every if text not in texts]


@pytest.mark.parametrize(("api", "sample"), SERVED)
def test_any_reply_is_rewritten_or_refused(api, sample):
    for document in (one for reply in sample.replies for one in spoilt(reply)):
        try:
            api.opened(orjson.dumps(document))
        except ValueError:
            continue
        orjson.loads(api.opened(orjson.dumps(document)).rewritten(filters))


@pytest.mark.parametrize(("api", "sample"), STREAMED)
@pytest.mark.parametrize("make", [filters, None])
def test_any_stream_is_rewritten_or_refused(api, sample, make):
    written = Stream(api, sample).written
    for events in sample.streams:
        for number, (name, event) in enumerate(events):
            for odd in spoilt(event):
                stream = api.stream(make)
                try:
                    stream.feed(written([*events[:number], (name, odd), *events[number + 1 :]]))
                    stream.finish()
                except (ValueError, UpstreamError):
                    continue
                assert stream.complete
