from __future__ import annotations

import base64
import json

import orjson
import pytest

from proxy.codecs.kserve import messages
from proxy.codecs.kserve.binary import MOST_TEXT, TooMuchError
from proxy.core.records import OpaquePart
from tests.unit.codecs.kserve.test_binary import packed

_B64 = {"parameters": {"content_type": "base64"}}
TENSOR = OpaquePart("inputs[*].data", "tensor")


def b64(text: str | bytes) -> str:
    return base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


def tensor(data: object, shape: list[int], datatype: str = "BYTES", **more: object) -> dict:
    return {"name": "x", "shape": shape, "datatype": datatype, "data": data, **more}


def opened(*tensors: dict, **more: object):
    return messages.parse_request(json.dumps({"inputs": list(tensors), **more}).encode(), None)


def data(document: dict) -> object:
    return orjson.loads(orjson.dumps(document["inputs"][0]["data"]))


@pytest.mark.parametrize("shape", [[3], [1, 3], [3, 1]])
def test_data_may_be_nested_as_the_shape_says_or_flat(shape):
    for given in (["a", "b", "c"], [["a", "b", "c"]], [["a"], ["b"], ["c"]]):
        document, opaque = opened(tensor(given, shape))
        assert (document["inputs"][0]["data"], opaque) == (given, ())


@pytest.mark.parametrize(
    ("given", "shape"), [(["a"], [2]), (["a", "b"], [1]), ("a", [2]), ([], [1]), (["a"], [-1]), (["a"], "1"), ([["a"], "b"], [1])]
)  # fmt: skip
def test_a_shape_that_is_not_that_of_the_data_is_refused(given, shape):
    with pytest.raises(ValueError, match="shape"):
        opened(tensor(given, shape))


def test_a_text_that_is_no_list_is_the_one_element():
    assert data(opened(tensor("Anna", [1]))[0]) == "Anna"


def test_a_tensor_without_data_is_refused():
    with pytest.raises(ValueError, match="no data"):
        opened({"name": "x", "shape": [0], "datatype": "BYTES"})


@pytest.mark.parametrize(
    ("given", "opaque"),
    [([64], ()), ([[64]], ()), ([1, 2], (TENSOR,)), ([0.5] * 9, (TENSOR,)), ([True, False], (TENSOR,)), ([4111111111111111] * 2, (TENSOR,))],
)  # fmt: skip
def test_more_than_one_number_is_a_tensor_that_nobody_reads(given, opaque):
    found = opened(tensor(given, [len(given)], "FP32"))
    assert found[1] == opaque
    assert data(found[0]) == given


def test_numbers_in_parameters_are_a_tensor_too():
    assert opened(tensor(["a"], [1]), parameters={"ids": [1, 2]})[1] == (OpaquePart("parameters", "tensor"),)


def test_what_base64_holds_is_read_and_leaves_as_base64():
    document, opaque = opened(tensor([b64("Anna"), b64("Grüße an sie")], [2], **_B64))
    assert (data(document), opaque) == (["Anna", "Grüße an sie"], ())
    document["inputs"][0] = {**document["inputs"][0], "data": ["<X>", "Grüße an sie"]}
    body, headers = messages.render_request(document)
    assert (json.loads(body)["inputs"][0]["data"], headers) == ([b64("<X>"), b64("Grüße an sie")], {})


@pytest.mark.parametrize("odd", [b64(b"\xff\xd8"), "no base64!", "YR==", b64("\ufeffAnna"), 7, None])
def test_base64_that_holds_no_text_goes_unread(odd):
    document, opaque = opened(tensor([b64("Anna"), odd], [2], **_B64))
    assert (data(document), opaque) == ([b64("Anna"), odd], (TENSOR,))
    assert json.loads(messages.render_request(document)[0])["inputs"][0]["data"] == [b64("Anna"), odd]


def test_json_before_bytes_is_bounded():
    told = json.dumps({"inputs": [tensor("a word " * (MOST_TEXT // 7 + 1), [1])]}).encode()
    with pytest.raises(TooMuchError):
        messages.parse_request(told, str(len(told)))


@pytest.mark.parametrize("told", [b"[]", b"{}", b"{", b'{"a":NaN}', b'{"a":"\xff"}', b'{"inputs":[],"inputs":[]}', b""])
def test_json_that_is_no_message_is_refused(told):
    for header in (None, str(len(told) or 1)):
        with pytest.raises(ValueError):
            messages.parse_request(told, header)


def test_json_longer_than_the_message_is_refused():
    with pytest.raises(ValueError, match="shorter"):
        messages.parse_request(b"{}", "3")


def reply(*outputs: dict, content: bytes = b"") -> bytes:
    return json.dumps({"model_name": "m", "outputs": list(outputs)}).encode() + content


def binary(name: str, size: int) -> dict:
    return {"name": name, "datatype": "BYTES", "shape": [1], "parameters": {"binary_data_size": size}}


def test_a_reply_with_bytes_is_read_and_written_with_new_sizes():
    text = 'Anna } "{" \\'
    body = reply(binary('a } "{ \\" b', len(packed(text))), content=packed(text))
    document = messages.parse_reply(body)
    assert document["outputs"][0]["data"] == [text]
    document["outputs"][0] = {**document["outputs"][0], "data": ["<X> <Y> <Z> <ABC>"]}
    new = messages.render_reply(document)
    size = int(messages.heads(new)["Inference-Header-Content-Length"])
    assert json.loads(new[:size])["outputs"][0]["parameters"] == {"binary_data_size": 21}
    assert new[size:] == packed("<X> <Y> <Z> <ABC>")


def test_a_reply_of_json_needs_no_header():
    body = reply(tensor(["Anna"], [1]))
    assert messages.heads(body) == {}
    assert messages.parse_reply(body)["outputs"][0]["data"] == ["Anna"]


def test_what_is_no_tensor_needs_no_header():
    for document in ({"outputs": [{"parameters": "x"}]}, {"outputs": [1]}, {"outputs": {}}, [1], 7):
        assert messages.heads(json.dumps(document).encode()) == {}


def test_a_reply_whose_tensors_are_empty_says_where_its_json_ends():
    body = reply({**binary("a", 0), "shape": [0]})
    assert messages.heads(body) == {"Inference-Header-Content-Length": str(len(body))}


def test_base64_in_a_reply_is_read():
    body = reply(tensor([b64("Anna"), b64("Berta")], [2], **_B64))
    document = messages.parse_reply(body)
    assert document["outputs"][0]["data"] == ["Anna", "Berta"]
    assert json.loads(messages.render_reply(document)) == json.loads(body)


def test_strings_that_are_no_text_in_base64_are_read_as_they_stand():
    for odd in (b64(b"\xff\xd8"), "Annabell", "Anna was here"):
        body = reply(tensor([b64("Anna"), odd], [2], **_B64))
        document = messages.parse_reply(body)
        assert document["outputs"][0]["data"] == [b64("Anna"), odd]
        assert json.loads(messages.render_reply(document)) == json.loads(body)


@pytest.mark.parametrize("body", [b"", b"x", b"{", b'{"a":"', b'"a"', b"[]", b'{"outputs":[]}x', b"\xff", b'{"a":"\\'])
def test_what_is_no_reply_is_refused(body):
    with pytest.raises(ValueError):
        messages.parse_reply(body)
