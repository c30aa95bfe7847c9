from __future__ import annotations

from dataclasses import replace

import orjson
import pytest

from proxy.codecs.mcp import APIS, DIALECT
from proxy.core.records import Operation
from proxy.core.replies.position import WORDS
from proxy.core.replies.reply import ReplyFilters
from proxy.core.state.handles import Handles
from proxy.core.wire import Incoming
from proxy.errors import HeaderMismatchError, MalformedRequestError, UnknownHandleError
from testing.fakes import KEYRING, FakeDetector, exchange, reply_texts

[API] = APIS
HANDLES = Handles.of(exchange(dialect="mcp"), KEYRING, "crm")
BOUND = DIALECT.bind(API, Incoming(b""), HANDLES)
THEIRS = DIALECT.bind(API, Incoming(b""), HANDLES.by("third"))
SESSION = HANDLES.by("third").sealed("mcp-session-id", "s1")


def message(method="tools/call", **params):
    return {"jsonrpc": "2.0", "id": 1, "method": method, **({"params": params} if params else {})}


def incoming(document=None, method="POST", **headers):
    body = orjson.dumps(document) if document is not None else b""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Incoming(body, method=method, variables={"model": "crm"}, headers=named)


def sent(payload, **texts):
    changed = {at: texts[span.text] for at, span in enumerate(payload.spans) if span.text in texts}
    return BOUND.encode(payload, changed, "theirs")


def filters(_position):
    return ReplyFilters({"Name_A": "Ada"}, frozenset({"US_SSN"}), FakeDetector().scan).make(WORDS)


def test_a_request_streams_and_a_notification_does_not():
    payload = BOUND.decode(incoming(message(name="find", arguments={"who": "Ada"})))
    assert (payload.operation, payload.model, payload.stream) == (Operation.TOOL_CALL, "crm", True)
    assert (payload.stateful, payload.tools, payload.features) == (False, True, ())
    assert [span.text for span in payload.spans] == ["find", "who", "Ada"]
    said = BOUND.decode(incoming({"jsonrpc": "2.0", "method": "notifications/initialized"}))
    assert (said.stream, said.spans) == (False, ())


@pytest.mark.parametrize(
    "document",
    [
        [message()], message() | {"jsonrpc": "1.0"}, {"jsonrpc": "2.0", "id": 1}, message() | {"id": None}, message() | {"id": True},
        message() | {"id": 1.5}, message() | {"result": {}}, message() | {"params": []}, message() | {"method": 1},
        {"jsonrpc": "2.0", "id": 1, "result": {}, "error": {}}, {"jsonrpc": "2.0", "result": {}}, {"jsonrpc": "2.0", "id": 1, "result": []},
    ],
)  # fmt: skip
def test_what_is_no_single_message_is_refused(document):
    with pytest.raises(MalformedRequestError):
        BOUND.decode(incoming(document))


@pytest.mark.parametrize(
    ("document", "feature", "keeps"),
    [
        (message("tasks/get", taskId="t"), "method.tasks/get", True), (message("resources/subscribe", uri="a"), "method.resources/subscribe", True),
        (message("subscriptions/listen"), "method.subscriptions/listen", True), (message("vendor/do"), "method.vendor/do", False),
        (message(name="find", task={"ttl": 1}), "params.task", True), (message() | {"extra": 1}, "extra", False),
        ({"jsonrpc": "2.0", "id": 1, "result": {"kept": "x"}}, "result.kept", False),
    ],
)  # fmt: skip
def test_what_is_not_known_is_a_feature(document, feature, keeps):
    payload = BOUND.decode(incoming(document))
    assert feature in payload.features
    assert (payload.stateful, payload.keeps_state) == (keeps, keeps)


def test_headers_that_repeat_the_body_are_written_from_what_leaves():
    came = incoming(message(name="find", arguments={"city": "Ada", "n": 1}), mcp_name="find", mcp_method="tools/call",
                    mcp_param_city="Ada", mcp_protocol_version="2026-07-28")  # fmt: skip
    wire = sent(BOUND.decode(came), Ada="N\u00e1me")
    assert dict(wire.headers) == {
        "accept": "application/json, text/event-stream", "mcp-protocol-version": "2026-07-28", "mcp-name": "find",
        "mcp-method": "tools/call", "mcp-param-city": "=?base64?TsOhbWU=?=",
    }  # fmt: skip
    assert (wire.path, wire.method) == ("", "POST")
    assert "N\u00e1me" in BOUND.outgoing_texts(wire)
    assert "city" in BOUND.outgoing_texts(replace(wire, body=b'{"jsonrpc":"2.0"}'))
    assert not {"2026-07-28", "2.0"}.intersection(BOUND.outgoing_texts(wire))


def test_a_header_that_says_something_else_or_whose_name_says_somebody_is_refused():
    with pytest.raises(HeaderMismatchError):
        BOUND.decode(incoming(message(name="find"), mcp_name="other"))
    payload = BOUND.decode(incoming(message(name="find", arguments={"who": "x"}), mcp_param_ada="x"))
    assert "ada" in [span.text for span in payload.spans]
    with pytest.raises(HeaderMismatchError):
        sent(payload, ada="N1")


def test_a_session_is_the_targets_own_again_and_pins_it():
    payload = BOUND.decode(incoming(message("tools/list"), mcp_session_id=SESSION))
    assert (payload.stateful, payload.keeps_state) == (True, True)
    assert {one.target for one in payload.incoming.references.values()} == {"third"}
    wire = sent(payload)
    assert dict(wire.headers)["mcp-session-id"] == "s1"
    assert "s1" not in BOUND.outgoing_texts(wire)


@pytest.mark.parametrize("method", ["DELETE", "GET"])
def test_a_session_is_listened_to_and_ended(method):
    payload = BOUND.decode(incoming(None, method, mcp_session_id=SESSION, mcp_protocol_version="2025-11-25"))
    assert (payload.stream, payload.stateful, payload.tools) == (method == "GET", True, False)
    wire = sent(payload)
    assert (wire.method, wire.body, dict(wire.headers)["mcp-session-id"]) == (method, b"", "s1")
    assert BOUND.outgoing_texts(wire) == []


@pytest.mark.parametrize(
    "came",
    [
        incoming(None, "DELETE"), incoming(None, "GET"), incoming(None, "HEAD", mcp_session_id=SESSION),
        incoming({}, "DELETE", mcp_session_id=SESSION), incoming(message(), last_event_id="7"),
    ],
)  # fmt: skip
def test_nothing_else_is_asked_of_a_session(came):
    with pytest.raises(MalformedRequestError):
        BOUND.decode(came)


def test_a_foreign_session_or_state_is_refused_and_where_nobody_knows_the_caller_every_one():
    other = replace(BOUND, handles=replace(HANDLES, tenant="umbrella"))
    with pytest.raises(UnknownHandleError):
        other.decode(incoming(message("tools/list"), mcp_session_id=SESSION))
    with pytest.raises(UnknownHandleError):
        BOUND.decode(incoming(message(name="find", requestState="asked")))
    with pytest.raises(MalformedRequestError):
        API.decode(incoming(message("tools/list"), mcp_session_id=SESSION))


def test_a_state_goes_out_under_a_handle_and_comes_back_as_it_was():
    reply = {
        "jsonrpc": "2.0",
        "id": 1,
        "result": {"resultType": "input_required", "requestState": "asked Ada", "x": "Name_A"},
    }
    made = orjson.loads(THEIRS.opened(orjson.dumps(reply)).rewritten(filters))["result"]
    assert made["x"] == "Ada"
    assert "asked" not in made["requestState"]
    payload = BOUND.decode(incoming(message(name="find", requestState=made["requestState"])))
    assert [span.text for span in payload.spans] == ["find"]
    assert {one.target for one in payload.incoming.references.values()} == {"third"}
    wire = sent(payload, find="f")
    assert orjson.loads(wire.body)["params"] == {"name": "f", "requestState": "asked Ada"}
    assert BOUND.outgoing_texts(wire) == ["f"]
    assert orjson.loads(API.opened(orjson.dumps(reply)).rewritten(filters))["result"]["requestState"] is None
    odd = {"jsonrpc": "2.0", "id": 1, "result": {"requestState": {"for": "Name_A"}}}
    assert orjson.loads(THEIRS.opened(orjson.dumps(odd)).rewritten(filters))["result"] == {"requestState": None}


def test_a_result_is_nobody_elses():
    reply = {"jsonrpc": "2.0", "id": 1, "result": {"tools": [], "cacheScope": "public"}}
    assert orjson.loads(THEIRS.opened(orjson.dumps(reply)).rewritten(filters))["result"]["cacheScope"] == "private"
    stream = THEIRS.stream(filters)
    said = stream.feed(b"data: " + orjson.dumps(reply) + b"\n\n") + stream.finish()
    assert b'"cacheScope":"private"' in said


def test_texts_in_base64_are_read_and_bytes_stay():
    blobs = {
        "contents": [{"uri": "f", "blob": "TmFtZV9BIGFuZCAwNzgtMDUtMTEyMA=="}, {"uri": "g", "blob": "iVBORw0KGgo="}]
    }
    reply = orjson.dumps({"jsonrpc": "2.0", "id": 1, "result": blobs})
    assert "Name_A and 078-05-1120" in reply_texts(THEIRS.opened(reply).texts)
    read, kept = orjson.loads(THEIRS.opened(reply).rewritten(filters))["result"]["contents"]
    assert (read["blob"], kept["blob"]) == ("QWRhIGFuZCBbVVNfU1NOXQ==", "iVBORw0KGgo=")


def test_what_is_only_taken_note_of_says_nothing():
    assert (reply_texts(THEIRS.opened(b"").texts), THEIRS.opened(b"").rewritten(filters)) == ([], b"")
