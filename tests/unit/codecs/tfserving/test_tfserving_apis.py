from __future__ import annotations

import base64

import orjson
import pytest

from proxy.codecs.endpoints import TABLE
from proxy.codecs.tfserving import CLASSIFY, DESCRIPTION, DIALECT, EXPLAIN, PREDICT, REGRESS
from proxy.core.records import OpaquePart
from proxy.core.replies.reply import ReplyFilters
from proxy.core.wire import Incoming
from proxy.errors import MalformedRequestError
from testing.fakes import SSN, FakeDetector, reply_texts

NAME = "Name_BCDFGHJKLM"
PATH = {"template": "/v1/models/{model}:predict", "variables": {"model": "m"}}


def b64(content: bytes) -> dict:
    return {"b64": base64.b64encode(content).decode()}


def decode(document, api=PREDICT):
    body = document if isinstance(document, bytes) else orjson.dumps(document)
    return api.decode(Incoming(body, **PATH))


def texts(payload):
    return [span.text for span in payload.spans]


def restored(position):
    return ReplyFilters({NAME: SSN}, frozenset(), FakeDetector().scan).make(position)


def test_rows_and_columns_are_read_under_any_name():
    payload = decode({"signature_name": "of Anna", "instances": [{"who": "Anna"}, "Berta"]})
    assert {"of Anna", "who", "Anna", "Berta"} <= set(texts(payload))
    assert "Anna" in texts(decode({"inputs": {"who": ["Anna"]}}))
    payload = decode({"context": {"from": "Anna"}, "examples": [{"who": ["Berta"]}]}, CLASSIFY)
    assert {"from", "Anna", "who", "Berta"} <= set(texts(payload))


def test_text_in_base64_is_read_and_leaves_as_base64():
    payload = decode({"instances": [b64(b"Anna was here"), b64(b"\xff\xd8")]})
    assert texts(payload) == ["Anna was here"]
    assert payload.opaque == (OpaquePart("*.b64", "application/octet-stream"),)
    wire = PREDICT.encode(payload, {0: "<X> was here"}, "theirs")
    assert orjson.loads(wire.body) == {"instances": [b64(b"<X> was here"), b64(b"\xff\xd8")]}
    assert wire.path == "/v1/models/theirs:predict"
    assert "<X> was here" in PREDICT.outgoing_texts(wire)


@pytest.mark.parametrize(
    ("document", "opaque"),
    [
        ({"instances": [[1, 2]]}, ("instances",)), ({"instances": [0.5] * 9}, ("instances",)), ({"inputs": {"a": [1, 2]}}, ("inputs",)),
        ({"instances": [5]}, ()), ({"instances": [{"age": 54, "size": 1.7}]}, ()), ({"instances": ["a"], "signature_name": [1, 2]}, ()),
        (b'{"instances":[NaN,1]}', ("instances",)),
    ],
)  # fmt: skip
def test_more_than_one_number_in_a_list_is_a_tensor(document, opaque):
    assert tuple(one.path for one in decode(document).opaque) == opaque


def test_long_whole_numbers_are_read():
    assert texts(decode({"instances": [[4111111111111111, 1]]})) == ["4111111111111111"]


def test_words_for_numbers_are_kept_both_ways():
    body = b'{"instances":[[NaN,-Infinity,1.5]]}'
    wire = PREDICT.encode(decode(body), {}, "m")
    assert wire.body == body
    assert PREDICT.outgoing_texts(wire) == []
    reply = b'{"predictions":["' + NAME.encode() + b'",NaN]}'
    assert reply_texts(PREDICT.opened(reply).texts) == [NAME]
    assert PREDICT.opened(reply).rewritten(restored) == reply.replace(NAME.encode(), SSN.encode())


@pytest.mark.parametrize(
    ("api", "body"),
    [
        (PREDICT, b'{"instances":[1],"inputs":[1]}'), (PREDICT, b"{}"), (PREDICT, b'{"instances":[1],"instances":["Anna"]}'),
        (PREDICT, b'{"instances":[1]} {"instances":["Anna"]}'), (PREDICT, b'{"instances":[1]}Anna'), (EXPLAIN, b"[]"),
        (PREDICT, b'{"instances":[{"b64":"Anna!"}]}'), (PREDICT, b'{"instances":[nan]}'), (CLASSIFY, b'{"examples":[]}'),
        (REGRESS, b'{"examples":["Anna"]}'), (REGRESS, b'{"instances":[1]}'),
    ],
)  # fmt: skip
def test_what_readers_take_in_two_ways_is_refused(api, body):
    with pytest.raises(MalformedRequestError):
        decode(body, api)


def test_another_member_is_a_feature():
    assert decode({"instances": ["a"], "parameters": {"a": "b"}}).features == ("parameters",)


def test_replies_are_filtered_in_texts_labels_and_base64():
    body = orjson.dumps({"results": [[[NAME, 0.98765432], ["b", 0.1]]]})
    assert orjson.loads(CLASSIFY.opened(body).rewritten(restored)) == {"results": [[[SSN, 0.98765432], ["b", 0.1]]]}
    body = orjson.dumps({"outputs": {"out_bytes": [b64(f"Dear {NAME}".encode()), b64(b"\xff")]}})
    assert f"Dear {NAME}" in reply_texts(PREDICT.opened(body).texts)
    made = orjson.loads(PREDICT.opened(body).rewritten(restored))
    assert made == {"outputs": {"out_bytes": [b64(f"Dear {SSN}".encode()), b64(b"\xff")]}}


@pytest.mark.parametrize("body", [b'{"predictions":[0.5,0.25]}', b'{"predictions":[[0.5],[0.25]]}', b'{"outputs":0.5}'])
def test_a_reply_of_fractions_alone_passes(body):
    assert (reply_texts(PREDICT.opened(body).texts), PREDICT.opened(body).rewritten(restored)) == ([], body)


def test_long_whole_numbers_of_a_reply_are_read_and_fractions_are_not():
    assert reply_texts(PREDICT.opened(b'{"predictions":[[4111111111111111,1],[0.98765432]]}').texts) == [
        "4111111111111111"
    ]


@pytest.mark.parametrize(
    "body", [b"[]", b"{}", b'{"error":"x"}', b"{", b'{"predictions":null}', b'{"predictions":NaNa}']
)
def test_what_is_no_reply_is_refused(body):
    with pytest.raises(ValueError):
        PREDICT.opened(body)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/v1/models/m:predict", "tfserving_predict"), ("/v1/models/m/versions/2:predict", "tfserving_predict"),
        ("/v1/models/m/labels/stable:classify", "tfserving_classify"), ("/v1/models/m:regress", "tfserving_regress"),
        ("/v1/models/m:explain", "tfserving_explain"),
    ],
)  # fmt: skip
def test_paths(path, name):
    assert TABLE.find("POST", path, {}).served.api.name == name


@pytest.mark.parametrize(
    "path", ["/V1/models/m:predict", "/v1/Models/m:predict", "/v1/models/m:Predict", "/v1/models/m/Versions/2:predict",
             "/v1/models/m/versions/2/labels/x:predict", "/v1/models/m:unknown", "/v1/models/m/n:predict"]
)  # fmt: skip
def test_paths_in_other_letters_are_not_served(path):
    assert TABLE.find("POST", path, {}).served is None


@pytest.mark.parametrize("path", ["/metadata", "/versions/{version}", "/labels/{label}/metadata"])
def test_a_model_is_described_by_its_target(path):
    template = f"/v1/models/{{model}}{path}"
    given = {"model": "m", "version": "2", "label": "stable"}
    incoming = Incoming(b"", method="GET", template=template, variables=given)
    wire = DESCRIPTION.encode(DESCRIPTION.decode(incoming), {}, "theirs")
    assert (wire.method, wire.path) == ("GET", template.format(**{**given, "model": "theirs"}))
    status = {"model_version_status": [{"version": "2", "state": "AVAILABLE", "status": {"error_code": "OK"}}]}
    assert DESCRIPTION.opened(orjson.dumps(status)).texts == []


def test_errors_are_one_word_of_json():
    assert orjson.loads(DIALECT.error(403, "denied", "refused by policy", "x")) == {"error": "refused by policy"}
