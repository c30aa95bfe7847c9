from __future__ import annotations

import base64

import orjson
import pytest

from proxy.codecs import numbers
from proxy.codecs.tfserving.values import decode, encode, parse


def b64(content: bytes) -> dict:
    return {"b64": base64.b64encode(content).decode()}


def test_words_for_numbers_stay_what_they_are():
    for word in (b"NaN", b"Infinity", b"-Infinity"):
        body = b'{"instances":[[1.5,' + word + b",7]]}"
        assert orjson.dumps(parse(body)) == body


def test_numbers_beyond_64_bits_beside_such_a_word_are_read_as_elsewhere():
    body = b'{"a":NaN,"b":123456789012345678901234567890}'
    assert numbers.dumps(parse(body)) == body


@pytest.mark.parametrize(
    "body",
    [b"{", b"NaNa", b'{"a":NaN}x', b'{"a":NaN}{"a":1}', b'{"a":NaN,"b":1,"b":2}', b'{"a":NaN,"b":"\\ud800"}', b'{"a":nan}', b'{"a":+Infinity}',
     b'{"NaN":"\xff"}', b"[" * 9000 + b"NaN" + b"]" * 9000],
)  # fmt: skip
def test_what_is_no_json_beside_is_refused(body):
    with pytest.raises(ValueError):
        parse(body)


def test_text_in_base64_is_read_and_written_back():
    given = {"a": [b64(b"Anna"), {"b64": "x", "c": 1}, {"b64": 7}], "b": b64("Grüße".encode())}
    document, unread = decode(given, strict=True)
    assert document == {"a": [{"b64": "Anna"}, {"b64": "x", "c": 1}, {"b64": 7}], "b": {"b64": "Grüße"}}
    assert not unread
    assert encode(document) == given


@pytest.mark.parametrize("content", [b"\xff\xd8\xff", "\ufeffAnna".encode()])
def test_bytes_that_are_no_text_stay(content):
    document, unread = decode([b64(content)], strict=True)
    assert unread
    assert orjson.loads(orjson.dumps(encode(document))) == [b64(content)]


def test_what_is_no_base64_is_refused_in_a_request():
    with pytest.raises(ValueError, match="base64"):
        decode({"b64": "Anna was here!"}, strict=True)
    document, unread = decode({"b64": ""}, strict=True)
    assert (document, unread) == ({"b64": ""}, False)


def test_depth_is_bounded():
    node: object = []
    for _ in range(80):
        node = [node]
    with pytest.raises(ValueError, match="deeper"):
        decode(node, strict=False)
