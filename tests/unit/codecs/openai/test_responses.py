from __future__ import annotations

import orjson
import pytest

from proxy.codecs.openai.responses import COMPACT, INPUT_TOKENS, RESPONSES
from proxy.core.records import Operation
from proxy.core.wire import Incoming
from proxy.errors import MalformedRequestError


def body(given="hello", **more):
    return orjson.dumps({"model": "gpt-5", "input": given, **more})


def decoded(given="hello", api=RESPONSES, **more):
    return api.decode(Incoming(body(given, **more)))


@pytest.mark.parametrize("given", [None, "", [], {}, 5, ["text"], [["text"]], [{"role": "user", "content": "a"}, "b"]])
@pytest.mark.parametrize("api", [RESPONSES, INPUT_TOKENS, COMPACT])
def test_what_is_no_input_is_refused(given, api):
    with pytest.raises(MalformedRequestError):
        decoded(given, api)


def test_a_plain_request_asks_for_nothing_but_that_the_target_keeps_it():
    payload = decoded(
        "hello", instructions="Be brief.", stream=True, max_output_tokens=1234567, temperature=0.123456789
    )
    assert [(span.path, span.text) for span in payload.spans] == [("input", "hello"), ("instructions", "Be brief.")]
    assert (payload.operation, payload.stream, payload.features, payload.tools) == (Operation.CHAT, True, (), False)


@pytest.mark.parametrize(("said", "kept"), [({}, False), ({"store": None}, False), ({"store": True}, True), ({"store": False}, False)])  # fmt: skip
def test_nothing_is_kept_that_nobody_asked_to_keep(said, kept):
    payload = decoded(**said)
    assert (payload.stateful, payload.storage_keys, dict(payload.refusals)) == (kept, ("store",) * kept, {"store": False} if kept else {})  # fmt: skip
    assert orjson.loads(RESPONSES.encode(payload, {}, "theirs").body)["store"] is kept
    assert "store" not in orjson.loads(INPUT_TOKENS.encode(decoded(api=INPUT_TOKENS), {}, "theirs").body)


def test_requests_go_where_the_target_serves_them():
    paths = [api.encode(decoded(api=api), {}, "theirs").path for api in (RESPONSES, INPUT_TOKENS, COMPACT)]
    assert paths == ["/responses", "/responses/input_tokens", "/responses/compact"]
    assert orjson.loads(RESPONSES.encode(decoded(), {}, "theirs").body) == {
        "model": "theirs",
        "input": "hello",
        "store": False,
    }


@pytest.mark.parametrize("given", ["hello", [{"role": "user", "content": "hello"}]])
def test_a_statement_comes_first(given):
    wire = RESPONSES.with_statement(RESPONSES.encode(decoded(given), {}, "m"), "Do not disclose.")
    first, second = orjson.loads(wire.body)["input"]
    assert (first["role"], first["content"], second) == (
        "system",
        "Do not disclose.",
        {"role": "user", "content": "hello"},
    )


def test_counted_tokens_pass():
    reply = b'{"object":"response.input_tokens","input_tokens":11}'
    assert INPUT_TOKENS.opened(reply).texts == []
    with pytest.raises(ValueError):
        INPUT_TOKENS.opened(b'{"output": []}')
    with pytest.raises(MalformedRequestError):
        decoded(api=INPUT_TOKENS, stream=True)


def test_an_error_inside_a_stream_is_flat():
    event = RESPONSES.dialect.error_event("text/event-stream", "upstream_cut", "cut", "x1")
    name, data = event.split(b"\n")[:2]
    assert (name, orjson.loads(data.removeprefix(b"data: "))) == (
        b"event: error",
        {"type": "error", "code": "upstream_cut", "message": "cut", "param": None, "sequence_number": 0},
    )
