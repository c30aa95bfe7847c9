from __future__ import annotations

import orjson
import pytest

from proxy.codecs import base


def test_an_error_of_one_word():
    assert base.message_alone(403, "denied", "No.", "x1") == b'{"error":"No."}'


@pytest.mark.parametrize(
    ("media", "event", "rendered"),
    [
        ("text/event-stream", "", b'data: {"error":"cut"}\n\n'),
        ("text/event-stream", "error", b'event: error\ndata: {"error":"cut"}\n\n'),
        ("application/x-ndjson", "error", b'{"error":"cut"}\n'),
    ],
)
def test_an_error_in_a_stream_is_framed_like_the_stream(media, event, rendered):
    assert base.in_stream(base.message_alone, event)(media, "c", "cut", "x1") == rendered


def test_models_are_described_one_by_one():
    def describe(name):
        return {"id": name}

    assert orjson.loads(base.listing("data", describe, object="list")(["a", "b"])) == {
        "object": "list", "data": [{"id": "a"}, {"id": "b"}],
    }  # fmt: skip
    assert orjson.loads(base.showing(describe)("a")) == {"id": "a"}
