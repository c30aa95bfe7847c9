from __future__ import annotations

import orjson
import pytest

from proxy.codecs.api import Address
from proxy.codecs.base import Endpoint
from proxy.codecs.declared.api import CODE, KEYS, MESSAGE, REQUEST_ID, STATUS, DeclaredApi, ErrorShape, unread
from proxy.codecs.framing.json_array import JsonArray
from proxy.codecs.framing.ndjson import Ndjson
from proxy.codecs.framing.plain import PlainText
from proxy.codecs.framing.sse import Sse
from proxy.codecs.members import Members, any_of
from proxy.codecs.openai import DIALECT
from proxy.codecs.reply import ReplyTable
from proxy.codecs.request import RequestTable
from proxy.core.records import OpaquePart, Operation
from proxy.core.replies.reply import ReplyFilters
from proxy.core.wire import Incoming
from proxy.errors import MalformedRequestError
from testing.fakes import SSN, FakeDetector, reply_texts

NAME = "Name_BCDFGHJKLM"
AT = {"/say/{model}/{to}": "/v2/{model}/{to}", "/say/{model}": "/v2/{model}"}
FORM = "application/x-www-form-urlencoded"


def api(request=None, reply=None, **changes):
    known = {
        "name": "org.say", "dialect": DIALECT, "endpoints": tuple(Endpoint("POST", path) for path in AT),
        "operation": Operation.CHAT, "address": Address("/v2/{model}"), "addresses": AT,
        "dialect_values": frozenset({"@path/model"}), "framing": Ndjson(),
        "request": RequestTable(**{"members": Members(any_of("text @body")), "keys": KEYS | {"text", "audio"}, "model": "", **(request or {})}),
        "reply": ReplyTable(**{"structural": frozenset({"id"}), "keys": KEYS | {"id", "text"}, **(reply or {})}),
    }  # fmt: skip
    return DeclaredApi(**{**known, **changes})


def incoming(body, media="application/json", template="/say/{model}/{to}", **variables):
    body = body if isinstance(body, bytes) else orjson.dumps(body)
    return Incoming(body, "PUT", template, variables={"model": "m", **variables}, media=media)


def make(position):
    return ReplyFilters({NAME: 'Ada "B"'}, frozenset({"US_SSN"}), FakeDetector().scan).make(position)


def rewritten(one, reply):
    return one.opened(reply if isinstance(reply, bytes) else orjson.dumps(reply)).rewritten(make)


def test_what_nobody_declared_is_text_member_key_number_and_path():
    payload = api().decode(incoming({"text": "a", "Ada": [SSN, 4111111111111111]}, to="Ada"))
    assert [span.text for span in payload.spans] == ["a", "Ada", SSN, "4111111111111111", "Ada"]
    assert payload.features == ()
    assert (payload.model, payload.stream, payload.incoming.method) == ("m", False, "PUT")


def test_a_request_leaves_by_its_method_to_the_address_of_its_endpoint_with_new_texts():
    one = api()
    payload = one.decode(incoming({"text": "a"}, to="Ada B"))
    wire = one.encode(payload, {0: "x", 1: "y/z"}, "theirs/1")
    assert (wire.method, wire.path, wire.body) == ("PUT", "/v2/theirs%2F1/y%2Fz", b'{"text":"x"}')
    assert one.outgoing_texts(wire) == ["x", "y/z"]
    short = one.encode(one.decode(incoming({"text": "a"}, template="/say/{model}")), {}, "t")
    assert (short.path, one.outgoing_texts(short)) == ("/v2/t", ["a"])


def test_a_variable_that_the_target_has_no_place_for_goes_nowhere():
    payload = api(addresses={"/say/{model}/{to}": "/v2"}).decode(incoming({}, to=SSN))
    assert (payload.spans, payload.incoming.variables) == ((), {})


@pytest.mark.parametrize(
    ("body", "media"),
    [
        (b'["hello"]', "application/json"),
        (b'"hello"', "application/json"),
        (b"text=hello", FORM),
        (b"hello", "text/plain"),
        (b"hello", ""),
        (b"hello", "application/octet-stream"),
        (b"<a>hello</a>", "application/tei+xml"),
        (b'{"text":"hello"}', "application/vnd.own+json"),
    ],
)
def test_bodies_of_every_kind_are_read_and_written(body, media):
    one = api()
    payload = one.decode(incoming(body, media, to="x"))
    said = payload.spans[0].text
    assert "hello" in said
    assert one.encode(payload, {}, "m").body == body
    wire = one.encode(payload, {0: said.replace("hello", "bye")}, "m")
    assert (wire.body, wire.media) == (body.replace(b"hello", b"bye"), media or "application/octet-stream")
    assert one.outgoing_texts(wire)[0] == said.replace("hello", "bye")


def test_files_and_bytes_are_opaque_and_a_declared_place_is_too():
    sent = api().decode(incoming(b"\xff\xd8", "image/jpeg", to="x"))
    assert sent.opaque == (OpaquePart("body", "image/jpeg"),)
    one = api({"opaque": {"audio": "audio"}})
    payload = one.decode(incoming({"audio": SSN, "text": "a"}, to="x"))
    assert (payload.opaque, payload.opaque[0].input) == ((OpaquePart("audio", "audio"),), "audio")
    assert [span.text for span in payload.spans] == ["a", "x"]
    assert SSN not in one.outgoing_texts(one.encode(payload, {}, "m"))


def test_closed_members_are_features_and_open_ones_are_not():
    body = incoming({"text": "a", "callback": "x"}, to="x")
    assert api(closed=True).decode(body).features == ("callback",)
    assert api().decode(body).features == ()


@pytest.mark.parametrize(("said", "asked"), [(True, True), (False, False), (None, False), ("true", True), (1, True)])
def test_a_member_asks_for_a_stream(said, asked):
    assert api({"stream": "flow"}).decode(incoming({"flow": said}, to="x")).stream is asked


@pytest.mark.parametrize("said", ["yes", ["true"], {"a": 1}, 2])
def test_what_may_ask_for_a_stream_or_not_is_refused(said):
    with pytest.raises(MalformedRequestError):
        api({"stream": "flow"}).decode(incoming({"flow": said}, to="x"))


def test_replies_may_always_stream():
    assert api(streamed=True).decode(incoming({}, to="x")).stream
    assert not api(streamed=True, framing=None).decode(incoming({}, to="x")).stream


def test_texts_keys_and_long_numbers_of_a_reply_are_filtered_and_words_are_not():
    reply = {"id": "a-1", "text": f"Dear {NAME}", NAME: {"deep": [f"{SSN}"]}, "n": 1}
    assert orjson.loads(rewritten(api(), reply)) == {
        "id": "a-1", "text": 'Dear Ada "B"', 'Ada "B"': {"deep": ["[US_SSN]"]}, "n": 1,
    }  # fmt: skip
    assert reply_texts(api().opened(orjson.dumps(reply)).texts) == [f"Dear {NAME}", NAME, "deep", SSN, "n"]


@pytest.mark.parametrize("reply", [[NAME, {"a": NAME}], NAME, {"@body": NAME}])
def test_a_reply_may_be_any_json(reply):
    assert NAME not in rewritten(api(), reply).decode()
    assert api().opened(b"12").texts == []


def test_a_reply_may_be_a_text_or_bytes_where_that_is_declared():
    assert rewritten(api(texts_too=True), f"Dear {NAME}".encode()) == b'Dear Ada "B"'
    assert api(bytes_too=True).opened(b"\xff\xd8").texts == []
    assert rewritten(api(bytes_too=True), b"\xff\xd8") == b"\xff\xd8"
    for body in (b"plain", b"\xff\xd8", b""):
        with pytest.raises(ValueError):
            api().opened(body)
    with pytest.raises(ValueError):
        api(bytes_too=True).opened(b"")
    with pytest.raises(ValueError):
        api(bytes_too=True).opened(b"a text that nobody declared")
    assert unread("image") == (OpaquePart("reply", "image"),)


def test_a_reply_has_what_it_needs_and_what_is_sealed_stays():
    one = api(reply={"needs": {"text": str}, "sealed": ("sound", "parts[*].seal", "deep.seal")})
    kept = {"sound": [NAME, {"x": NAME}], "parts": [{"seal": NAME}], "deep": {"seal": NAME}, "text": "a"}
    assert orjson.loads(rewritten(one, kept)) == kept
    said = {"text": NAME, "parts": [{"free": NAME}], "deep": {"free": NAME}}
    assert NAME not in rewritten(one, said).decode()
    for other in ({"detail": "x"}, ["text"], {"text": 1}):
        with pytest.raises(ValueError):
            one.opened(orjson.dumps(other))


def test_a_statement_has_no_place():
    one = api()
    assert one.with_statement(one.encode(one.decode(incoming({"text": "a"}, to="x")), {}, "m"), "note") is None


MEMBERS = {"error.text": MESSAGE, "error.kind": CODE, "status": STATUS, "id": REQUEST_ID}
TOLD = {"error": {"text": "no", "kind": "denied"}, "status": 403, "id": "x1"}


def test_an_error_has_the_declared_members():
    assert orjson.loads(ErrorShape(MEMBERS).body(403, "denied", "no", "x1")) == TOLD


@pytest.mark.parametrize(
    ("framing", "before", "after"),
    [(Sse(), b"event: error\ndata: ", b"\n\n"), (Ndjson(), b"", b"\n"), (JsonArray(), b",\n", b"\n]")],
)
def test_an_error_inside_a_stream_is_one_more_event(framing, before, after):
    said = ErrorShape(MEMBERS, framing).event("", "denied", "no", "x1")
    assert said.startswith(before)
    assert said.endswith(after)
    assert orjson.loads(said.removeprefix(before).removesuffix(after)) == {**TOLD, "status": 500}


@pytest.mark.parametrize("framing", [PlainText(), None])
def test_a_text_that_breaks_off_gets_no_error_that_looks_like_text(framing):
    assert ErrorShape(MEMBERS, framing).event("text/plain", "denied", "no", "x1") == b""
