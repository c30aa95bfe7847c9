from __future__ import annotations

from dataclasses import replace

import orjson
import pytest

from proxy.codecs.endpoints import TABLE
from proxy.codecs.openai.responses import CONVERSATIONS, KEPT, RESPONSES
from proxy.core.kept_state import Kept
from proxy.core.wire import Incoming
from proxy.errors import MalformedRequestError, StatefulUnsupportedError
from testing.fakes import reply_texts

HANDLE = "resp_cp_" + "b" * 32
KNOWN = Kept(HANDLE, "continue", "a", "resp_68af12", "m")


CONVERSATION = "conv_cp_" + "b" * 32
ROOTS = pytest.mark.parametrize("root", ["/v1", "/openai/v1", "/openai"])


def reading(identity, method="GET", below="", body=b"", **query):
    variables = {"id": identity}
    template = f"/v1/responses/{{id}}{below}"
    return Incoming(body, method=method, template=template, variables=variables, query=query)


def conversation(method, path, body=b"", **query):
    found = TABLE.find(method, f"/v1/conversations{path}", {})
    assert found.served.api is CONVERSATIONS
    template, variables = found.template, found.variables
    return CONVERSATIONS.decode(Incoming(body, method=method, template=template, variables=variables, query=query))


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
    assert RESPONSES.outgoing_texts(wire) == ["hello"]


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
    assert (KEPT.outgoing_texts(wire), KEPT.with_statement(wire, "x")) == ([], wire)


@pytest.mark.parametrize("identity", ["resp_68af12", "x", HANDLE + "b", CONVERSATION])
def test_another_identifier_is_refused(identity):
    with pytest.raises(StatefulUnsupportedError):
        KEPT.decode(reading(identity))


def test_a_body_is_refused():
    with pytest.raises(MalformedRequestError):
        KEPT.decode(reading(HANDLE, body=b'{"a":"b"}'))


def test_replies():
    message = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Yes."}]}
    assert reply_texts(KEPT.opened(orjson.dumps({"id": "resp_1", "output": [message]})).texts) == ["Yes."]
    deleted = b'{"id":"resp_1","object":"response","deleted":true}'
    assert (
        reply_texts(KEPT.opened(deleted).texts),
        KEPT.opened(deleted).rewritten(lambda _: None),
        KEPT.opened(deleted).sealed(),
    ) == (
        [],
        deleted,
        [],
    )
    assert reply_texts(KEPT.opened(deleted[:-1] + b',"note":"of Ada"}').texts) == ["of Ada"]


@pytest.mark.parametrize("reply", [b"", b"[]", b"{}", b'{"deleted":false}', b"no"])
def test_no_reply(reply):
    with pytest.raises(ValueError):
        KEPT.opened(reply)


@pytest.mark.parametrize(
    "path", ["/v1/responses/x/more", f"/v1/responses/{HANDLE}/input_items/x", f"/v1/conversations/{CONVERSATION}/x"]
)
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
    assert KEPT.outgoing_texts(wire) == ["msg_abc"]
    item = {"id": "msg_1", "type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hello."}]}
    listed = {"object": "list", "data": [item], "first_id": "msg_1", "last_id": "msg_1", "has_more": False}
    assert reply_texts(KEPT.opened(orjson.dumps(listed)).texts) == ["Hello."]


@pytest.mark.parametrize(
    ("name", "value"), [("after", "Anna Schmidt"), ("after", "msg_" + "a" * 65), ("limit", "1000"), ("order", "x")]
)
def test_no_page(name, value):
    query = TABLE.find("GET", f"/v1/responses/{HANDLE}/input_items", {}).served.endpoint.query
    assert not query[name].fullmatch(value)


def test_a_kept_response_is_read_as_a_stream_from_its_beginning():
    payload = KEPT.decode(reading(HANDLE, stream="true"))
    assert payload.stream
    wire = KEPT.encode(replace(payload, kept=KNOWN), {}, "m")
    assert (wire.path, wire.query) == ("/responses/resp_68af12", (("stream", "true"),))
    done = b'event: response.completed\ndata: {"type":"response.completed","response":{"output":[]}}\n\n'
    rewriter = KEPT.stream(None, "text/event-stream")
    assert (rewriter.feed(done) + rewriter.finish(), rewriter.complete) == (done, True)
    assert not KEPT.decode(reading(HANDLE, stream="false")).stream
    with pytest.raises(MalformedRequestError, match="starting_after"):
        KEPT.decode(reading(HANDLE, stream="true", starting_after="4"))


def test_a_response_in_the_background_is_one_that_is_kept():
    payload = responses(background=True)
    assert (payload.document["store"], payload.storage_keys) == (True, ("store", "background"))
    assert (payload.stateful, payload.keeps_state, payload.features) == (True, False, ("background",))
    assert responses(background=True, store=True).document["store"] is True
    with pytest.raises(MalformedRequestError, match="'store': true"):
        responses(background=True, store=False)
    assert responses(background=False).storage_keys == ()


@pytest.mark.parametrize("said", [CONVERSATION, {"id": CONVERSATION}])
def test_a_turn_of_a_conversation_leaves_with_the_targets_identifier(said):
    payload = responses(conversation=said)
    assert (payload.kept, payload.features) == (Kept(CONVERSATION, "add"), ())
    assert (payload.stateful, payload.must_store) == (True, True)
    wire = RESPONSES.encode(replace(payload, kept=replace(payload.kept, id="conv_68af")), {}, "theirs")
    assert orjson.loads(wire.body)["conversation"] == "conv_68af"
    assert RESPONSES.outgoing_texts(wire) == ["hello"]


@pytest.mark.parametrize("other", ["conv_68af", {"id": "conv_68af"}, {"id": CONVERSATION, "more": "x"}, HANDLE])
def test_another_conversation_is_a_feature_as_before(other):
    payload = responses(conversation=other, previous_response_id=CONVERSATION)
    assert (payload.kept, payload.must_store) == (None, False)
    assert "conversation" in {name.partition(".")[0] for name in payload.features}


def test_a_request_continues_one_thing():
    with pytest.raises(MalformedRequestError, match="not both"):
        responses(conversation=CONVERSATION, previous_response_id=HANDLE)


ITEM = {"type": "message", "role": "user", "content": "Hello."}


def test_a_conversation_is_made_of_items_that_are_read():
    body = {
        "items": [ITEM, {"type": "function_call_output", "call_id": "call_1", "output": "42"}],
        "metadata": {"a": "b"},
    }
    payload = conversation("POST", "", orjson.dumps(body))
    assert (payload.kept, payload.model, payload.stateful, payload.must_store) == (None, "conversations", True, True)
    assert [span.text for span in payload.spans] == ["Hello.", "42", "a", "b"]
    wire = CONVERSATIONS.encode(payload, {0: "Bye."}, "theirs")
    assert (wire.method, wire.path) == ("POST", "/conversations")
    assert orjson.loads(wire.body) == {**body, "items": [{**ITEM, "content": "Bye."}, body["items"][1]]}
    assert CONVERSATIONS.outgoing_texts(wire) == ["Bye.", "call_1", "42", "a", "b"]


def test_what_items_hold_that_is_no_text_is_known():
    picture = {"type": "input_image", "image_url": "data:image/png;base64,aGVsbG8="}
    reference = {"type": "item_reference", "id": "msg_1"}
    body = {"items": [{"role": "user", "content": [picture]}, reference], "model": "m"}
    payload = conversation("POST", "", orjson.dumps(body))
    assert "image" in {part.input for part in payload.opaque}
    assert payload.features == ("model", "items.item_reference")


@pytest.mark.parametrize("items", ["hello", [], ["hello"], {}])
def test_no_items(items):
    with pytest.raises(MalformedRequestError):
        conversation("POST", "", orjson.dumps({"items": items}))


@ROOTS
@pytest.mark.parametrize(("method", "below", "use"), [
    ("GET", "", "read"), ("DELETE", "", "delete"), ("GET", "/items", "read"), ("GET", "/items/msg_1", "read"),
    ("DELETE", "/items/msg_1", "remove"), ("POST", "", "add"), ("POST", "/items", "add"),
])  # fmt: skip
def test_a_conversation_is_used_under_the_targets_identifier(root, method, below, use):
    found = TABLE.find(method, f"{root}/conversations/{CONVERSATION}{below}", {})
    body = orjson.dumps({"items": [ITEM]}) if use == "add" else b""
    incoming = Incoming(body, method=method, template=found.template, variables=found.variables)
    payload = CONVERSATIONS.decode(incoming)
    assert (found.served.api, payload.kept) == (CONVERSATIONS, Kept(CONVERSATION, use))
    assert (payload.stateful, payload.must_store) == (True, use == "add")
    wire = CONVERSATIONS.encode(replace(payload, kept=replace(payload.kept, id="conv_68af")), {}, "m")
    assert (wire.method, wire.path, wire.body) == (method, f"/conversations/conv_68af{below}", body)
    assert CONVERSATIONS.outgoing_texts(wire) == [
        *(["Hello."] if body else []),
        *(["msg_1"] if "msg_1" in below else []),
    ]
    stated = CONVERSATIONS.with_statement(wire, "Mind the law.")
    if body:
        first, _ = orjson.loads(stated.body)["items"]
        assert first == {"type": "message", "role": "system", "content": "Mind the law."}
    else:
        assert stated == wire


def test_labels_have_no_place_for_a_statement():
    payload = conversation("POST", f"/{CONVERSATION}", orjson.dumps({"metadata": {"topic": "x"}}))
    wire = CONVERSATIONS.encode(replace(payload, kept=replace(payload.kept, id="conv_68af")), {}, "m")
    assert CONVERSATIONS.with_statement(wire, "Mind the law.") is None


@pytest.mark.parametrize("path", ["/conv_68af", f"/{HANDLE}", "/conv_68af/items", "/conv_68af/items/msg_1"])
def test_another_conversation_is_refused(path):
    with pytest.raises(StatefulUnsupportedError):
        conversation("GET", path)


def test_an_item_is_named_by_an_identifier():
    with pytest.raises(MalformedRequestError, match="item"):
        conversation("GET", f"/{CONVERSATION}/items/Anna%20Schmidt")


class Upper:
    def feed(self, text):
        return text.upper()

    def flush(self):
        return ""


def test_replies_of_conversations():
    made = {"id": "conv_1", "object": "conversation", "created_at": 1, "metadata": {"topic": "of Ada"}}
    said = {**ITEM, "id": "msg_1", "status": "completed", "content": [{"type": "input_text", "text": "Hello."}]}
    thought = {"id": "rs_1", "type": "reasoning", "summary": [], "encrypted_content": "gAAAA"}
    listed = {"object": "list", "data": [said, thought], "first_id": "msg_1", "last_id": "rs_1", "has_more": False}
    told = [reply_texts(CONVERSATIONS.opened(orjson.dumps(one)).texts) for one in (made, said, listed)]
    assert told == [["topic", "of Ada"], ["Hello."], ["Hello."]]
    changed = orjson.loads(CONVERSATIONS.opened(orjson.dumps(said)).rewritten(lambda _: Upper()))
    assert changed == {**said, "content": [{"type": "input_text", "text": "HELLO."}]}
    assert [CONVERSATIONS.opened(orjson.dumps(one)).sealed() for one in (thought, listed, said)] == [
        ["gAAAA"],
        ["gAAAA"],
        [],
    ]
    deleted = b'{"id":"conv_1","object":"conversation.deleted","deleted":true}'
    assert (reply_texts(CONVERSATIONS.opened(deleted).texts), CONVERSATIONS.opened(deleted).sealed()) == ([], [])


@pytest.mark.parametrize("reply", [b"[]", b"{}", b'{"object":"list"}', b"no", b'"item"'])
def test_no_reply_of_a_conversation(reply):
    with pytest.raises(ValueError):
        CONVERSATIONS.opened(reply)
