from __future__ import annotations

import json
import struct

import orjson
import pytest

from proxy.codecs.kserve.binary import MOST_ELEMENTS, MOST_TEXT, TooMuchError, length, raw, read, render


def packed(*texts: str | bytes) -> bytes:
    elements = [text.encode() if isinstance(text, str) else text for text in texts]
    return b"".join(struct.pack("<I", len(one)) + one for one in elements)


def tensor(name: str, datatype: str, shape: list[int], size: int | None, **more: object) -> dict:
    parameters = {} if size is None else {"parameters": {"binary_data_size": size}}
    return {"name": name, "datatype": datatype, "shape": shape, **parameters, **more}


def message(*tensors: object, side: str = "inputs", **more: object) -> dict:
    return {"id": "1", side: list(tensors), **more}


def again(document: dict, side: str = "inputs") -> tuple[dict, bytes | None]:
    told, content = render(document, side)
    return json.loads(orjson.dumps(told)), content


TEXTS = packed("Anna", "Grüße", "")


def test_texts_become_data_of_the_document_and_other_tensors_stay_bytes() -> None:
    numbers = struct.pack("<4f", 1, 2, 3, 4)
    given = message(
        tensor("text", "BYTES", [3, 1], len(TEXTS)), tensor("image", "FP32", [2, 2], 16), tensor("n", "INT8", [1], None, data=[7])
    )  # fmt: skip
    document = read(given, TEXTS + numbers)
    assert [one.get("data") for one in document["inputs"]] == [["Anna", "Grüße", ""], numbers, [7]]


def test_new_texts_are_written_with_new_sizes() -> None:
    given = message(tensor("a", "BYTES", [3], len(TEXTS)), tensor("b", "UINT8", [2], 2))
    document = read(given, TEXTS + b"\x00\xff")
    document["inputs"][0] = {**document["inputs"][0], "data": ["<PERSON_1>", "x", "y"]}
    told, content = again(document)
    new = packed("<PERSON_1>", "x", "y")
    assert content == new + b"\x00\xff"
    assert told["inputs"][0] == tensor("a", "BYTES", [3], len(new))
    assert read(told, content)["inputs"][0]["data"] == ["<PERSON_1>", "x", "y"]


def test_unchanged_message_says_the_same() -> None:
    given = message(tensor("a", "BYTES", [3], len(TEXTS)), parameters={"binary_data_output": True})
    assert again(read(given, TEXTS)) == (given, TEXTS)
    assert again(message()) == (message(), None)


def test_another_number_of_texts_has_another_shape() -> None:
    document = read(message(tensor("a", "BYTES", [3, 1], len(TEXTS))), TEXTS)
    document["inputs"][0] = {**document["inputs"][0], "data": ["all of it"]}
    told, content = again(document)
    assert (told["inputs"][0]["shape"], content) == ([1], packed("all of it"))


def test_reply_is_read_by_its_outputs() -> None:
    document = read(message(tensor("a", "BYTES", [1], 8), side="outputs"), packed("Anna"), "outputs")
    assert document["outputs"][0]["data"] == ["Anna"]


def test_tensor_with_an_element_that_is_no_text_stays_bytes() -> None:
    content = packed("Anna", b"\x89PNG")
    document = read(message(tensor("a", "BYTES", [2], len(content))), content)
    assert document["inputs"][0]["data"] == content
    assert again(document)[1] == content


@pytest.mark.parametrize(
    ("datatype", "content", "number"),
    [
        ("INT32", struct.pack("<i", -64), -64), ("UINT64", struct.pack("<Q", 4111111111111111), 4111111111111111),
        ("FP32", struct.pack("<f", 0.7), 0.7), ("FP16", struct.pack("<e", 0.1), 0.09998), ("FP64", struct.pack("<d", 1 / 3), 1 / 3),
        ("BOOL", b"\x01", True), ("FP32", struct.pack("<f", 3.4028234663852886e38), 3.4028235e38), ("FP32", b"\x00\x00\x00\x80", 0.0),
    ],
)  # fmt: skip
def test_the_one_number_of_a_tensor_is_read_as_somebody_would_write_it(datatype, content, number) -> None:
    document = read(message(tensor("n", datatype, [1, 1], len(content))), content)
    assert document["inputs"][0]["data"] == [pytest.approx(number, rel=1e-4)]
    assert again(document)[1] == content


@pytest.mark.parametrize(
    ("datatype", "shape", "content"),
    [
        ("FP32", [1], struct.pack("<f", float("nan"))), ("FP64", [1], struct.pack("<d", float("inf"))), ("BF16", [1], b"\x00\x3f"),
        ("BOOL", [1], b"\x07"), ("INT8", [2], b"\x01\x02"), ("INT8", [0], b""),
    ],
)  # fmt: skip
def test_other_numbers_stay_bytes(datatype, shape, content) -> None:
    document = read(message(tensor("n", datatype, shape, len(content))), content)
    assert document["inputs"][0]["data"] == content
    assert again(document)[1] == content


@pytest.mark.parametrize("data", [["[PIN]"], [1 << 40], [], [0.5]])
def test_what_is_no_number_of_the_type_any_more_leaves_as_json(data) -> None:
    document = read(message(tensor("n", "INT32", [1], 4), tensor("m", "INT8", [1], 1)), b"\x12\x00\x00\x00\x01")
    document["inputs"][0] = {**document["inputs"][0], "data": data}
    told, content = again(document)
    assert (told["inputs"][0], content) == (tensor("n", "INT32", [1], None, parameters={}, data=data), b"\x01")


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
        ({**tensor("a", "INT8", [1], None), "parameters": {"binary_data_size": None}}, b""),
        ({"parameters": []}, b""), (tensor("a", "BYTES", [MOST_ELEMENTS + 1], 0), b""), (tensor("a", "BYTES", [1 << 62] * 32, 0), b""),
        (tensor("a", "INT8", [1], None), b"left over"), ("no tensor", b""), (tensor("a", ["INT8"], [1], 1), b"1"),
    ],
)  # fmt: skip
def test_shapes_types_and_sizes_that_do_not_agree_are_refused(given: object, content: bytes) -> None:
    with pytest.raises(ValueError):
        read(message(given), content)


def test_texts_of_all_tensors_together_are_bounded() -> None:
    content = packed(*[""] * (MOST_ELEMENTS // 2 + 1))
    one = tensor("a", "BYTES", [MOST_ELEMENTS // 2 + 1], len(content))
    with pytest.raises(TooMuchError, match="elements of text"):
        read(message(one, one), content * 2)
    long = packed("x" * (MOST_TEXT // 2))
    with pytest.raises(TooMuchError, match="bytes of text"):
        read(message(*[tensor("a", "BYTES", [1], len(long))] * 2), long * 2)


@pytest.mark.parametrize("side", ["inputs", "outputs"])
def test_shared_memory_is_refused(side: str) -> None:
    other = {"outputs": [{"name": "o", "parameters": {"shared_memory_region": "r", "shared_memory_byte_size": 4}}]}
    for given in (other, message({"name": "i", "parameters": {"shared_memory_region": "r"}})):
        with pytest.raises(ValueError, match="shared memory are not taken"):
            read(given, b"", side)


@pytest.mark.parametrize("given", [{"raw": 1}, {"inputs": {}}, {"inputs": [1]}, {"parameters": "x"}])
def test_what_is_no_message_is_refused(given) -> None:
    with pytest.raises(ValueError):
        read(given, b"")


@pytest.mark.parametrize("header", ["", "-1", "+1", " 1", "1_0", "0x1", "٣", "1.0", "9" * 11])
def test_length_of_the_json_is_a_plain_number(header: str) -> None:
    assert length("0") == 0
    assert length("182") == 182
    with pytest.raises(ValueError, match="not a number"):
        length(header)


def test_message_without_json_is_a_text_with_or_without_its_length() -> None:
    assert render(raw(b"Anna")) == ({}, b"Anna")
    assert raw(packed("Anna")) == {"raw": ["Anna"]}
    assert render(raw(packed("Anna"))) == ({}, packed("Anna"))
    assert render({"raw": "<X>"}) == ({}, b"<X>")
    assert render({"raw": ["<X>"]}) == ({}, packed("<X>"))


@pytest.mark.parametrize("body", [b"\x89PNG\xff", b"\x04\x00\x01\x01", struct.pack("<4i", 4, 1, 1, 1), b"a\x7fb"])
def test_message_without_json_may_be_bytes(body) -> None:
    assert raw(body) == {"raw": body}
    assert render({"raw": body}) == ({}, body)


def test_text_of_a_message_without_json_is_bounded() -> None:
    with pytest.raises(TooMuchError):
        raw(b"x" * (MOST_TEXT + 1))
