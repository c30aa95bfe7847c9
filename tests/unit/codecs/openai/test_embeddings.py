from __future__ import annotations

import orjson
import pytest

from proxy.codecs.openai.embeddings import EMBEDDINGS
from proxy.core.records import Operation
from proxy.core.wire import Incoming
from proxy.errors import MalformedRequestError
from testing.fakes import reply_texts

CODEC = EMBEDDINGS


def body(**fields):
    return orjson.dumps({"model": "m", **fields})


@pytest.mark.parametrize("given", ["one", ["one", "two"], [""]])
def test_texts_are_spans(given):
    payload = CODEC.decode(Incoming(body(input=given)))
    assert payload.operation is Operation.EMBEDDING
    assert [span.text for span in payload.spans] == ([given] if isinstance(given, str) else given)


@pytest.mark.parametrize("given", [None, [], [1, 2, 3], [[1, 2]], ["a", 1], 5, {"text": "a"}, [None]])
def test_what_cannot_be_read_is_refused(given):
    with pytest.raises(MalformedRequestError):
        CODEC.decode(Incoming(body(input=given)))


def test_missing_input_is_refused():
    with pytest.raises(MalformedRequestError):
        CODEC.decode(Incoming(body()))


def test_streaming_is_refused():
    with pytest.raises(MalformedRequestError):
        CODEC.decode(Incoming(body(input="a", stream=True)))


def test_other_strings_are_spans_too():
    payload = CODEC.decode(Incoming(body(input="a", user="Ada", encoding_format="float")))
    assert [span.text for span in payload.spans] == ["a", "Ada"]


def test_texts_replaced_in_place():
    payload = CODEC.decode(Incoming(body(input=["a", "Ada"])))
    assert orjson.loads(CODEC.encode(payload, {1: "X"}, "theirs").body) == {"model": "theirs", "input": ["a", "X"]}


@pytest.mark.parametrize("reply", [b"", b"<html>", b"[]", b'{"ok": 1}', b'{"data": 1}'])
def test_a_reply_of_another_shape_is_the_targets_fault(reply):
    with pytest.raises(ValueError):
        CODEC.opened(reply)


def test_a_reply_holds_no_text_and_passes():
    reply = b'{"object":"list","data":[{"embedding":[0.1],"index":0}]}'
    assert CODEC.opened(reply).texts == []
    assert CODEC.opened(reply).rewritten(lambda _: None) == reply


def test_other_strings_of_a_reply_are_filtered():
    class Blank:
        def feed(self, text):
            return ""

        def flush(self):
            return ""

    reply = b'{"object":"list","data":[{"embedding":"AACAPwAAAEA=","index":0}],"note":"of Ada"}'
    assert reply_texts(CODEC.opened(reply).texts) == ["of Ada"]
    assert CODEC.opened(reply).rewritten(lambda _: Blank()) == reply.replace(b"of Ada", b"")
