from __future__ import annotations

from dataclasses import replace

import orjson
import pytest

from proxy.codecs.endpoints import TABLE
from proxy.codecs.openai.responses import KEPT, RESPONSES
from proxy.core.kept_state import Kept
from proxy.core.wire import Incoming
from proxy.errors import MalformedRequestError, StatefulUnsupportedError

HANDLE = "resp_cp_" + "b" * 32
KNOWN = Kept(HANDLE, "continue", "a", "resp_68af12", "m")


def responses(**members):
    return RESPONSES.decode(Incoming(orjson.dumps({"model": "m", "input": "hello", **members})))


def test_a_handle_is_no_text_and_no_feature_and_leaves_as_the_targets_identifier():
    payload = responses(previous_response_id=HANDLE)
    assert (payload.kept, payload.stateful, payload.features) == (Kept(HANDLE), True, ())
    assert [span.text for span in payload.spans] == ["hello"]
    wire = RESPONSES.encode(replace(payload, kept=KNOWN), {}, "theirs")
    assert orjson.loads(wire.body) == {
        "model": "theirs", "input": "hello", "store": False, "previous_response_id": "resp_68af12",
    }  # fmt: skip
    assert RESPONSES.written(wire) == ["hello"]


@pytest.mark.parametrize("other", ["resp_68af12", "resp_cp_short", HANDLE.upper()])
def test_another_identifier_is_a_feature_as_before(other):
    payload = responses(previous_response_id=other)
    assert (payload.kept, payload.features) == (None, ("previous_response_id",))


def test_a_handle_elsewhere_is_text():
    payload = responses(input=HANDLE)
    assert (payload.kept, [span.text for span in payload.spans]) == (None, [HANDLE])


@pytest.mark.parametrize(("method", "ending"), [("GET", ""), ("DELETE", ""), ("POST", "/cancel")])
@pytest.mark.parametrize("root", ["/v1", "/openai/v1", "/openai"])
def test_what_is_kept_is_asked_for_under_the_targets_identifier(root, method, ending):
    found = TABLE.find(method, f"{root}/responses/{HANDLE}{ending}", {})
    assert (found.served.api, found.variables) == (KEPT, {"id": HANDLE})
    payload = KEPT.decode(Incoming(b"", method=method, template=found.template, variables=found.variables))
    use = {"GET": "read", "DELETE": "delete", "POST": "cancel"}[method]
    assert (payload.kept, payload.stateful, payload.spans) == (Kept(HANDLE, use), True, ())
    wire = KEPT.encode(replace(payload, kept=KNOWN), {}, "m")
    assert (wire.method, wire.path, wire.body) == (method, f"/responses/resp_68af12{ending}", b"")
    assert (KEPT.written(wire), KEPT.accompanied(wire, "x")) == ([], wire)


@pytest.mark.parametrize("identity", ["resp_68af12", "x", HANDLE + "b"])
def test_another_identifier_is_refused(identity):
    with pytest.raises(StatefulUnsupportedError):
        KEPT.decode(Incoming(b"", variables={"id": identity}))


def test_a_body_is_refused():
    with pytest.raises(MalformedRequestError):
        KEPT.decode(Incoming(b'{"a":"b"}', variables={"id": HANDLE}))


def test_replies():
    message = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Yes."}]}
    assert KEPT.texts(orjson.dumps({"id": "resp_1", "output": [message]})) == ["Yes."]
    deleted = b'{"id":"resp_1","object":"response","deleted":true}'
    assert (KEPT.texts(deleted), KEPT.rewrite(deleted, lambda _: None), KEPT.sealed(deleted)) == ([], deleted, [])
    assert KEPT.texts(deleted[:-1] + b',"note":"of Ada"}') == ["of Ada"]
    with pytest.raises(ValueError, match="stream"):
        KEPT.stream(None)


@pytest.mark.parametrize("reply", [b"", b"[]", b"{}", b'{"deleted":false}', b"no"])
def test_no_reply(reply):
    with pytest.raises(ValueError):
        KEPT.texts(reply)


@pytest.mark.parametrize("path", ["/v1/responses/x/more", f"/v1/responses/{HANDLE}/input_items/x", "/v1/conversations"])
def test_further_paths_stay_refused(path):
    assert TABLE.find("GET", path, {}).kept


def test_what_was_sent_is_listed_a_page_at_a_time():
    found = TABLE.find("GET", f"/v1/responses/{HANDLE}/input_items", {})
    asked = {"limit": "20", "order": "asc", "after": "msg_abc"}
    assert {
        name: bool(pattern.fullmatch(asked[name])) for name, pattern in found.served.endpoint.query.items()
    } == dict.fromkeys(asked, True)
    payload = KEPT.decode(Incoming(b"", method="GET", template=found.template, variables=found.variables, query=asked))
    wire = KEPT.encode(replace(payload, kept=KNOWN), {}, "m")
    assert (wire.path, wire.query) == ("/responses/resp_68af12/input_items", tuple(asked.items()))
    assert KEPT.written(wire) == ["msg_abc"]
    item = {"id": "msg_1", "type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hello."}]}
    listed = {"object": "list", "data": [item], "first_id": "msg_1", "last_id": "msg_1", "has_more": False}
    assert KEPT.texts(orjson.dumps(listed)) == ["Hello."]


@pytest.mark.parametrize(
    ("name", "value"), [("after", "Anna Schmidt"), ("after", "msg_" + "a" * 65), ("limit", "1000"), ("order", "x")]
)
def test_no_page(name, value):
    query = TABLE.find("GET", f"/v1/responses/{HANDLE}/input_items", {}).served.endpoint.query
    assert not query[name].fullmatch(value)
