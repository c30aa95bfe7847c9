from __future__ import annotations

import base64

import orjson
import pytest

from proxy.codecs.tfserving.values import decode, encode


def b64(content: bytes) -> dict:
    return {"b64": base64.b64encode(content).decode()}


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
