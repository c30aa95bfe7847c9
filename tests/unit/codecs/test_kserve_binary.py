from __future__ import annotations

import json
import struct

import pytest

from proxy.codecs.kserve_binary import MOST_ELEMENTS, OUTPUTS, Opaque, length, read, write


def packed(*texts: str | bytes) -> bytes:
    raw = [text.encode() if isinstance(text, str) else text for text in texts]
    return b"".join(struct.pack("<I", len(one)) + one for one in raw)


def tensor(name: str, datatype: str, shape: list[int], size: int | None, **more: object) -> dict:
    parameters = {} if size is None else {"parameters": {"binary_data_size": size}}
    return {"name": name, "datatype": datatype, "shape": shape, **parameters, **more}


def message(*tensors: dict, content: bytes = b"", side: str = "inputs", **more: object) -> tuple[bytes, int]:
    told = json.dumps({"id": "1", side: tensors, **more}).encode()
    return told + content, len(told)


TEXTS = packed("Anna", "Grüße", "")


def test_texts_become_data_of_the_document_and_other_tensors_stay_bytes() -> None:
    numbers = struct.pack("<4f", 1, 2, 3, 4)
    given = message(
        tensor("text", "BYTES", [3, 1], len(TEXTS)), tensor("image", "FP32", [2, 2], 16), tensor("n", "INT8", [1], None, data=[7]),
        content=TEXTS + numbers,
    )  # fmt: skip
    read_ = read(*given)
    assert [one.get("data") for one in read_.document["inputs"]] == [["Anna", "Grüße", ""], None, [7]]
    assert read_.opaque == (Opaque("/inputs/1", "FP32", 16),)
    assert "numbers" not in repr(read_)


def test_new_texts_are_written_with_new_sizes() -> None:
    given = message(tensor("a", "BYTES", [3], len(TEXTS)), tensor("b", "UINT8", [2], 2), content=TEXTS + b"\x00\xff")
    one = read(*given)
    inputs = [{**one.document["inputs"][0], "data": ["<PERSON_1>", "x", "y"]}, *one.document["inputs"][1:]]
    body, json_bytes = write(one, {**one.document, "inputs": inputs})
    new = packed("<PERSON_1>", "x", "y")
    assert body[json_bytes:] == new + b"\x00\xff"
    told = json.loads(body[:json_bytes])
    assert told["inputs"][0] == tensor("a", "BYTES", [3], len(new))
    assert read(body, json_bytes).document["inputs"][0]["data"] == ["<PERSON_1>", "x", "y"]


def test_unchanged_message_says_the_same() -> None:
    body, json_bytes = message(
        tensor("a", "BYTES", [3], len(TEXTS)), content=TEXTS, parameters={"binary_data_output": True}
    )
    again, size = write(read(body, json_bytes), read(body, json_bytes).document)
    assert (json.loads(again[:size]), again[size:]) == (json.loads(body[:json_bytes]), TEXTS)


def test_reply_is_read_by_its_outputs() -> None:
    one = read(*message(tensor("a", "BYTES", [1], 8), content=packed("Anna"), side=OUTPUTS), OUTPUTS)
    assert one.document["outputs"][0]["data"] == ["Anna"]


def test_tensor_with_an_element_that_is_no_text_is_opaque() -> None:
    content = packed("Anna", b"\x89PNG")
    one = read(*message(tensor("a", "BYTES", [2], len(content)), content=content))
    assert one.opaque == (Opaque("/inputs/0", "BYTES", len(content)),)
    body, size = write(one, one.document)
    assert body[size:] == content


def test_repeated_key_is_written_once() -> None:
    told = b'{"id":"one","id":"two","inputs":[]}'
    body, size = write(read(told, len(told)), read(told, len(told)).document)
    assert body[:size] == b'{"id":"two","inputs":[]}'


@pytest.mark.parametrize(
    ("given", "content"),
    [
        (tensor("a", "FP32", [2], 4), b"1234"), (tensor("a", "FP32", [1], 4), b"123"), (tensor("a", "FP32", [1], 4), b"12345"),
        (tensor("a", "FP8", [1], 1), b"1"), (tensor("a", "a hidden text", [0], 0), b""), (tensor("a", "BYTES", [2], 8), packed("Anna")),
        (tensor("a", "BYTES", [1], 9), packed("Anna") + b"x"), (tensor("a", "BYTES", [1], 3), b"123"),
        (tensor("a", "BYTES", [1], 5), b"\xff\xff\xff\xffx"), (tensor("a", "BYTES", [0], 8), packed("Anna")),
        (tensor("a", "BYTES", [1], 8, data=["hidden"]), packed("Anna")), (tensor("a", "BYTES", [-1], 0), b""),
        (tensor("a", "INT8", [True], 1), b"1"), (tensor("a", "INT8", [1.0], 1), b"1"), (tensor("a", "INT8", [1] * 33, 1), b"1"),
        ({"parameters": {"binary_data_size": 1}, "datatype": "INT8"}, b"1"), ({"parameters": {"binary_data_size": 1}, "shape": [1]}, b"1"),
        (tensor("a", "INT8", [1], True), b"1"), (tensor("a", "INT8", [1], -1), b""), (tensor("a", "INT8", [1], "1"), b"1"),
        ({"parameters": []}, b""), (tensor("a", "BYTES", [MOST_ELEMENTS + 1], 0), b""), (tensor("a", "BYTES", [1 << 62] * 32, 0), b""),
        (tensor("a", "INT8", [1], None), b"left over"), ("no tensor", b""),
    ],
)  # fmt: skip
def test_shapes_types_and_sizes_that_do_not_agree_are_refused(given: object, content: bytes) -> None:
    with pytest.raises(ValueError):
        read(*message(given, content=content))


def test_elements_of_all_tensors_together_are_bounded() -> None:
    content = packed(*[""] * (MOST_ELEMENTS // 2 + 1))
    one = tensor("a", "BYTES", [MOST_ELEMENTS // 2 + 1], len(content))
    with pytest.raises(ValueError, match="more than"):
        read(*message(one, one, content=content * 2))


@pytest.mark.parametrize("side", ["inputs", "outputs"])
def test_shared_memory_is_refused(side: str) -> None:
    other = {"outputs": [{"name": "o", "parameters": {"shared_memory_region": "r", "shared_memory_byte_size": 4}}]}
    for given in (message(**other), message({"name": "i", "parameters": {"shared_memory_region": "r"}})):
        with pytest.raises(ValueError, match="shared memory are not taken"):
            read(*given, side)


@pytest.mark.parametrize("told", [b"[]", b"{}", b"{", b'{"raw":1}', b'{"inputs":{}}', b'{"a":NaN}', b'{"a":"\xff"}'])
def test_json_that_is_no_message_is_refused(told: bytes) -> None:
    with pytest.raises(ValueError):
        read(told, len(told))


def test_json_longer_than_the_message_is_refused() -> None:
    for json_bytes in (-1, 3):
        with pytest.raises(ValueError, match="shorter"):
            read(b"{}", json_bytes)


@pytest.mark.parametrize("header", ["", "-1", "+1", " 1", "1_0", "0x1", "٣", "1.0", "9" * 11])
def test_length_of_the_json_is_a_plain_number(header: str) -> None:
    assert length("0") == 0
    assert length("182") == 182
    with pytest.raises(ValueError, match="no number"):
        length(header)


def test_message_without_json_is_a_text_with_or_without_its_length() -> None:
    for body, new in ((b"Anna", b"<X>"), (packed("Anna"), packed("<X>"))):
        one = read(body, 0)
        assert one.document == {"raw": "Anna"}
        assert write(one, one.document) == (body, 0)
        assert write(one, {"raw": "<X>"}) == (new, 0)


def test_message_without_json_may_be_bytes() -> None:
    one = read(b"\x89PNG\xff", 0)
    assert (one.document, one.opaque) == ({}, (Opaque("", "", 5),))
    assert write(one, one.document) == (b"\x89PNG\xff", 0)


@pytest.mark.parametrize("data", [["a"], ["a", "b", "c", "d"], "abc", ["a", "b", 1], None])
def test_texts_that_do_not_fit_the_tensor_are_not_written(data: object) -> None:
    one = read(*message(tensor("a", "BYTES", [3], len(TEXTS)), content=TEXTS))
    with pytest.raises(ValueError):
        write(one, {**one.document, "inputs": [{**one.document["inputs"][0], "data": data}]})
