from __future__ import annotations

import json
import struct

import orjson
import pytest

from proxy.codecs.kserve import DESCRIPTION, GENERATE, INFER
from proxy.codecs.kserve.binary import MOST_TEXT
from proxy.codecs.kserve.messages import LENGTH
from proxy.core.records import OpaquePart
from proxy.core.replies.reply import ReplyFilters
from proxy.core.wire import BINARY, JSON, Incoming
from proxy.errors import MalformedRequestError, TooMuchTextError
from testing.fakes import SSN, FakeDetector, reply_texts
from tests.unit.codecs.kserve.test_binary import packed, tensor

NAME = "Name_BCDFGHJKLM"
VARIABLES = {"model": "extractor"}


def incoming(api, document, content=None, **more):
    body = orjson.dumps(document)
    headers = {} if content is None else {LENGTH: str(len(body))}
    given = {"template": api.endpoints[0].path, "variables": VARIABLES, "headers": headers, **more}
    return Incoming(body + (content or b""), **given)


def infer(*tensors, content=None, given=None, **more):
    return INFER.decode(incoming(INFER, {"inputs": list(tensors), **more}, content, **(given or {})))


def at(payload):
    return {span.pointer: span.text for span in payload.spans}


def restored(position):
    return ReplyFilters({NAME: SSN}, frozenset(), FakeDetector().scan).make(position)


def test_elements_of_text_are_spans_with_their_place():
    payload = infer(tensor("text", "BYTES", [2, 2], None, data=[["a", "b"], ["c", "d"]]), id="mine")
    assert at(payload)["/inputs/0/data/1/0"] == "c"
    assert at(payload)["/id"] == "mine"
    assert {span.path for span in payload.spans} >= {"inputs[*].data[*][*]"}


def test_binary_elements_have_the_same_places_and_leave_with_new_sizes():
    content = packed("one", "two") + struct.pack("<2f", 1, 2) + struct.pack("<i", 64)
    payload = infer(
        tensor("text", "BYTES", [2], 14), tensor("v", "FP32", [2], 8), tensor("n", "INT32", [1], 4), content=content
    )
    assert at(payload)["/inputs/0/data/1"] == "two"
    assert payload.opaque == (OpaquePart("inputs[*].data", "tensor"),)
    place = next(n for n, span in enumerate(payload.spans) if span.text == "two")
    wire = INFER.encode(payload, {place: "<PERSON_1>"}, "theirs")
    size = int(dict(wire.headers)["Inference-Header-Content-Length"])
    assert (wire.path, wire.media) == ("/v2/models/theirs/infer", BINARY)
    assert wire.body[size:] == packed("one", "<PERSON_1>") + content[14:]
    assert json.loads(wire.body[:size])["inputs"][0]["parameters"]["binary_data_size"] == 21
    assert "<PERSON_1>" in INFER.outgoing_texts(wire)
    assert "two" not in INFER.outgoing_texts(wire)


def test_json_leaves_as_json_without_the_header():
    payload = infer(tensor("text", "BYTES", [1], None, data=["a"]), content=b"")
    wire = INFER.encode(payload, {}, "m")
    assert (wire.media, wire.headers) == (JSON, ())


def test_a_message_without_json_is_scanned_or_opaque():
    text = Incoming(b"Anna was here", template="/v2/models/{model}/infer", variables=VARIABLES, headers={LENGTH: "0"})
    payload = INFER.decode(text)
    assert at(payload) == {"/raw": "Anna was here"}
    wire = INFER.encode(payload, {0: "<X> was here"}, "m")
    assert (wire.body, dict(wire.headers)) == (b"<X> was here", {"Inference-Header-Content-Length": "0"})
    assert INFER.outgoing_texts(wire) == ["<X> was here"]
    numbers = INFER.decode(Incoming(struct.pack("<3i", 1, 2, 3), variables=VARIABLES, headers={LENGTH: "0"}))
    assert (numbers.spans, numbers.opaque) == ((), (OpaquePart("raw", "tensor"),))


@pytest.mark.parametrize("number", ["4111111111111111", "1234567"])
def test_long_whole_numbers_of_a_tensor_are_read(number):
    payload = infer(tensor("n", "INT64", [3], None, data=[1, int(number), 2]))
    assert number in [span.text for span in payload.spans]
    assert payload.opaque


def test_fractions_are_not_read_whatever_their_number():
    payload = infer(tensor("v", "FP64", [30_000], None, data=[0.1234567890123 + n for n in range(30_000)]))
    assert [span.text for span in payload.spans] == ["v"]
    assert payload.opaque


@pytest.mark.parametrize("name", ["sequence_id", "sequence_start", "sequence_end"])
def test_state_between_requests_is_a_feature(name):
    one = tensor("text", "BYTES", [1], None, data=["a"])
    for payload in (
        infer(one, parameters={name: "x"}),
        GENERATE.decode(incoming(GENERATE, {"text_input": "a", name: 5})),
        GENERATE.decode(incoming(GENERATE, {"text_input": "a", "parameters": {name: True}})),
    ):
        assert payload.features[0].endswith(name)
        assert (payload.keeps_state, payload.stateful) == (True, True)


def test_parameters_of_the_model_are_text_and_no_features():
    payload = infer(
        tensor("text", "BYTES", [1], None, data=["a"], parameters={"content_type": "str"}),
        parameters={"tone": "kind", "deep": {"er": "yes"}, "sequence_start": False},
    )
    assert payload.features == ()
    assert {"tone", "kind", "er", "yes"} <= {span.text for span in payload.spans}
    assert "str" not in {span.text for span in payload.spans}


@pytest.mark.parametrize("api", [INFER, GENERATE])
def test_shared_memory_is_refused(api):
    one = tensor("text", "BYTES", [1], None, data=["a"])
    region = {"shared_memory_region": "r"}
    documents = [{"inputs": [one], "parameters": region}, {"inputs": [{**one, "parameters": region}]},
                 {"inputs": [one], "outputs": [{"name": "o", "parameters": region}]}]  # fmt: skip
    for document in documents:
        with pytest.raises(MalformedRequestError, match="shared memory"):
            api.decode(incoming(api, document))
    with pytest.raises(MalformedRequestError, match="shared memory"):
        GENERATE.decode(incoming(GENERATE, {"text_input": "a", "parameters": region}))


@pytest.mark.parametrize("document", [{"id": "x"}, {"inputs": []}, {"inputs": {}}, {"inputs": None}, {"inputs": ["a"]}])
def test_without_tensors_there_is_nothing_to_infer(document):
    with pytest.raises(MalformedRequestError):
        INFER.decode(incoming(INFER, document))


def test_generation_reads_every_member():
    payload = GENERATE.decode(
        incoming(GENERATE, {"text_input": "Hi", "context": "of Anna", "parameters": {"stop": ["END"]}, "stream": True})
    )
    assert {"Hi", "context", "of Anna", "END"} <= {span.text for span in payload.spans}
    assert (payload.features, payload.stream) == ((), False)


def test_numbers_under_a_name_of_the_model_are_a_tensor():
    payload = GENERATE.decode(incoming(GENERATE, {"text_input": "", "token_ids": [101, 2023, 102]}))
    assert payload.opaque == (OpaquePart("*", "tensor"),)


def test_generation_takes_a_message_of_tensors():
    payload = GENERATE.decode(incoming(GENERATE, {"inputs": [tensor("v", "FP32", [2], None, data=[1, 2])]}))
    assert payload.opaque == (OpaquePart("inputs[*].data", "tensor"),)
    assert json.loads(GENERATE.encode(payload, {}, "m").body)["inputs"][0]["shape"] == [2]


def test_generation_takes_no_bytes_behind_its_json():
    with pytest.raises(MalformedRequestError, match="no bytes"):
        GENERATE.decode(incoming(GENERATE, {"text_input": "a"}, b"x"))


def test_too_much_text_is_refused_as_such():
    content = packed("x" * MOST_TEXT)
    with pytest.raises(TooMuchTextError):
        infer(tensor("t", "BYTES", [1], len(content)), content=content)


def test_a_body_may_name_the_model_of_its_path_and_no_other():
    one = tensor("text", "BYTES", [1], None, data=["a"])
    for api, document in ((INFER, {"inputs": [one]}), (GENERATE, {"text_input": "a"})):
        payload = api.decode(incoming(api, {**document, "model_name": "extractor"}))
        assert payload.features == ()
        assert json.loads(api.encode(payload, {}, "theirs").body)["model_name"] == "theirs"
        with pytest.raises(MalformedRequestError, match="another model"):
            api.decode(incoming(api, {**document, "model_name": "other"}))


def test_a_version_is_a_text_of_the_path():
    template = "/v2/models/{model}/versions/{version}/infer"
    given = {"template": template, "variables": {"model": "m", "version": "of Anna/2"}}
    payload = infer(tensor("text", "BYTES", [1], None, data=["a"]), given=given)
    assert at(payload)["@path/version"] == "of Anna/2"
    same = INFER.encode(payload, {}, "theirs")
    assert same.path == "/v2/models/theirs/versions/of%20Anna%2F2/infer"
    assert "of Anna/2" in INFER.outgoing_texts(same)
    wire = INFER.encode(payload, {len(payload.spans) - 1: "<X>"}, "theirs")
    assert (wire.path, INFER.outgoing_texts(wire)[-1]) == ("/v2/models/theirs/versions/%3CX%3E/infer", "<X>")


def test_a_model_is_described_by_its_target():
    payload = DESCRIPTION.decode(Incoming(b"", method="GET", template="/v2/models/{model}", variables=VARIABLES))
    wire = DESCRIPTION.encode(payload, {}, "theirs")
    assert (wire.method, wire.path, wire.body, payload.spans) == ("GET", "/v2/models/theirs", b"", ())
    assert DESCRIPTION.outgoing_texts(wire) == []
    described = {"name": "theirs", "platform": "x", "inputs": [{"name": "text", "datatype": "BYTES", "shape": [-1]}]}
    assert DESCRIPTION.opened(orjson.dumps(described)).texts == []
    with pytest.raises(MalformedRequestError, match="no body"):
        DESCRIPTION.decode(Incoming(b"{}", method="GET", variables=VARIABLES))


def test_a_reply_gives_originals_back_in_bytes_and_labels():
    content = packed(f"0.9:1:{NAME}")
    told = {"model_name": "m", "outputs": [tensor("t", "BYTES", [1], len(content))]}
    body = orjson.dumps(told) + content
    assert reply_texts(INFER.opened(body).texts) == ["t", f"0.9:1:{NAME}"]
    made = INFER.opened(body).rewritten(restored)
    assert made.endswith(packed(f"0.9:1:{SSN}"))
    assert INFER.dialect.heads(made)["Inference-Header-Content-Length"] != INFER.dialect.heads(body)


def test_long_whole_numbers_of_a_reply_are_read_and_fractions_are_not():
    outputs = [
        tensor("n", "INT64", [1], None, data=[4111111111111111]),
        tensor("v", "FP32", [1], None, data=[0.12345678]),
    ]
    assert reply_texts(INFER.opened(orjson.dumps({"outputs": outputs})).texts) == ["n", "4111111111111111", "v"]


def test_log_probabilities_are_left_out_of_a_filtered_reply():
    details = {"finish_reason": "stop", "logprobs": [{"text": "Na"}, {"text": "me"}]}
    made = orjson.loads(GENERATE.opened(orjson.dumps({"text_output": NAME, "details": details})).rewritten(restored))
    assert made == {"text_output": SSN, "details": {"finish_reason": "stop", "logprobs": None}}


def test_nothing_has_a_place_for_a_statement():
    wire = INFER.encode(infer(tensor("text", "BYTES", [1], None, data=["a"])), {}, "m")
    assert INFER.with_statement(wire, "note") is None
