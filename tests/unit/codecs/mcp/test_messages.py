from __future__ import annotations

import orjson
import pytest

from proxy.codecs.mcp import APIS, DIALECT
from proxy.codecs.mcp.messages import McpShape
from proxy.core.state.handles import Handles
from proxy.core.wire import Incoming
from proxy.errors import UpstreamError
from testing.fakes import KEYRING, exchange

[API] = APIS
LISTENING = DIALECT.bind(API, Incoming(b"", endless=True), Handles.of(exchange(), KEYRING, "crm"))
ANSWER = b'{"jsonrpc":"2.0","id":1,"result":{}}'
SAID = b'{"jsonrpc":"2.0","method":"notifications/message","params":{"data":"x"}}'


def test_names_ids_and_times_of_events_are_not_passed_on():
    raw = (
        b"retry: 9\nid: Ada\ndata:\n\n: Ada\n\nevent: Ada\nid: 7\ndata: "
        + SAID
        + b"\n\nid: 8\ndata: "
        + ANSWER
        + b"\n\n"
    )
    stream = API.stream(None)
    said = stream.feed(raw) + stream.finish()
    assert said == b": \n\n: \n\nevent: message\ndata: " + SAID + b"\n\nevent: message\ndata: " + ANSWER + b"\n\n"


@pytest.mark.parametrize("ending", [b"", b"data: [DONE]\n\n", b": bye\n\n", b"data: " + SAID + b"\n\n"])
def test_a_stream_without_a_response_is_cut(ending):
    stream = API.stream(None)
    stream.feed(b"data: " + SAID + b"\n\n" + ending)
    with pytest.raises(ValueError):
        stream.finish()


def test_who_listens_is_told_at_once_that_the_stream_is_open_and_it_ends_anywhere():
    stream = LISTENING.stream(None)
    assert stream.feed(b"") == b": \n\n"
    assert stream.feed(b"data: " + SAID + b"\n\n").endswith(SAID + b"\n\n")
    assert not stream.complete
    assert stream.finish() == b""


@pytest.mark.parametrize("event", [{}, {"jsonrpc": "1.0", "result": {}}, {"jsonrpc": "2.0"}, {"jsonrpc": "2.0", "result": 1},
                                   {"jsonrpc": "2.0", "method": 1}])  # fmt: skip
def test_what_is_no_message_is_refused(event):
    with pytest.raises(ValueError):
        McpShape().read("", event)
    with pytest.raises(ValueError):
        API.stream(None).feed(b"data: " + orjson.dumps(event) + b"\n\n")


def test_an_event_that_is_called_an_error_is_one():
    with pytest.raises(UpstreamError):
        API.stream(None).feed(b"event: error\ndata: {}\n\n")
