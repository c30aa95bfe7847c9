from __future__ import annotations

import orjson
import pytest

from proxy.codecs.api import Address, OptionHeader, TableApi
from proxy.codecs.base import Endpoint
from proxy.codecs.framing.json_array import JsonArray
from proxy.codecs.framing.sse import Sse
from proxy.codecs.members import ANYTHING, Members
from proxy.codecs.openai import DIALECT
from proxy.codecs.openai.chat_shape import ChoicesShape
from proxy.codecs.reply import ReplyTable
from proxy.codecs.request import RequestTable
from proxy.core.records import Operation
from proxy.core.wire import Incoming
from proxy.errors import MalformedRequestError


def check(document):
    if "say" not in document:
        raise MalformedRequestError("'say' is missing")


def api(**changes):
    table = RequestTable(
        members=Members({"say": ANYTHING, "stream": ANYTHING}),
        keys=frozenset({"say", "stream"}),
        keeping=frozenset({"files"}),
        model="",
    )
    made = {
        "name": "toy", "dialect": DIALECT, "endpoints": (Endpoint("POST", "/v1/{model}:say"),),
        "operation": Operation.CHAT, "request": table, "reply": ReplyTable(frozenset({"id"}), needs={"said": str}),
        "address": Address("/{model}:say"), "streamed_at": Address("/{model}:stream", (("alt", "sse"),)),
        "framing": Sse(), "check": check, "options": {"x-beta": OptionHeader(frozenset({"fast"}), lambda name: name.partition("@")[0])},
        "dialect_values": frozenset({"@path/model", "@header/x-beta"}),
    }  # fmt: skip
    return TableApi(**{**made, **changes})


def incoming(document, **more):
    return Incoming(orjson.dumps(document), variables={"model": "a/b"}, **more)


def test_the_model_goes_where_the_address_says():
    payload = api().decode(incoming({"say": "Ada"}))
    wire = api().encode(payload, {0: "X"}, "c/d")
    assert (wire.path, wire.query, orjson.loads(wire.body)) == ("/c%2Fd:say", (), {"say": "X"})


@pytest.mark.parametrize(("document", "always"), [({"say": "a", "stream": True}, False), ({"say": "a"}, True)])
def test_a_stream_may_stand_elsewhere(document, always):
    payload = api().decode(incoming(document, stream=always))
    assert payload.stream
    wire = api().encode(payload, {}, "m")
    assert (wire.path, wire.query) == ("/m:stream", (("alt", "sse"),))
    assert api().streams == {"text/event-stream"}


def test_an_api_without_a_framing_does_not_stream():
    with pytest.raises(MalformedRequestError):
        api(framing=None).decode(incoming({"say": "a", "stream": True}))
    with pytest.raises(ValueError):
        api(framing=None).stream(None)
    assert api(framing=None).streams == frozenset()


def test_what_is_no_request_is_refused():
    with pytest.raises(MalformedRequestError):
        api().decode(incoming({}))


def test_headers_go_on_and_their_options_are_features_unless_known():
    headers = {"x-beta": "fast@1, files@2,slow,", "x-note": "Ada"}
    payload = api().decode(incoming({"say": "a"}, headers=headers))
    assert payload.features == ("x-beta.files", "x-beta.slow")
    assert (payload.keeps_state, payload.stateful) == (True, True)
    assert [span.text for span in payload.spans] == ["a", "Ada"]
    wire = api().encode(payload, {1: "X"}, "m")
    assert dict(wire.headers) == {**headers, "x-note": "X"}
    assert api().outgoing_texts(wire) == ["a", "X"]  # options are the API's own words


def test_a_statement_goes_where_the_dialect_has_a_place_for_it():
    wire = api().encode(api().decode(incoming({"say": "a"})), {}, "m")
    assert api().with_statement(wire, "note") is None
    stated = api(add_statement=lambda document, statement: {**document, "system": statement}).with_statement(
        wire, "note"
    )
    assert orjson.loads(stated.body) == {"say": "a", "system": "note"}
    assert stated.path == wire.path


def test_a_request_is_read_in_its_canonical_spelling():
    def canonical(document):
        return {"say": document.pop("Say"), **document}

    payload = api(normalize=canonical).decode(incoming({"Say": "Ada"}))
    assert [(span.path, span.text) for span in payload.spans] == [("say", "Ada")]
    assert orjson.loads(api().encode(payload, {}, "m").body) == {"say": "Ada"}


def test_variables_of_an_address_that_targets_do_not_have_go_nowhere():
    asked = Incoming(b'{"say": "a"}', variables={"model": "m", "place": "of Ada"})
    payload = api().decode(asked)
    assert [span.text for span in payload.spans] == ["a"]
    assert payload.incoming.variables == {"model": "m"}


def test_the_media_type_of_a_reply_tells_its_framing():
    made = api(framed=(JsonArray(),), shape=ChoicesShape)
    assert made.streams == {"text/event-stream", "application/json"}
    assert made.stream(None, "application/json").feed(b"[]") == b"[]"
    with pytest.raises(ValueError):
        made.stream(None, "text/event-stream").feed(b"data: []\n\n")
