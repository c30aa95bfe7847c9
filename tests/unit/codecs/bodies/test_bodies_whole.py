from __future__ import annotations

import pytest

from proxy.codecs.bodies import Json, Raw, TextBody, Unspecified
from proxy.core.records import OpaquePart
from proxy.core.wire import Incoming
from proxy.errors import MalformedRequestError


def incoming(body, media="text/plain", **parameters):
    return Incoming(body, media=media, parameters=parameters)


@pytest.mark.parametrize("body", [b'{"a":1}', b'["a",{"b":2}]', b'"a"', b"12", b"null"])
def test_any_json_is_read_and_written(body):
    one = incoming(body, "application/json")
    read = Json().read(one).document
    assert isinstance(read, dict)
    assert Json().write(one, read, read) == (body, "application/json")


@pytest.mark.parametrize("body", [b"", b"{", b'{"a":1,"a":2}', b'{"@body":1}', b'{"@files":1}', b'[{"a":1,"a":2}]'])
def test_what_is_no_json_or_two_things_is_refused(body):
    with pytest.raises(MalformedRequestError):
        Json().read(incoming(body, "application/json"))


def test_a_text_is_read_and_written_in_utf_8():
    one = incoming("Grüße".encode(), charset="UTF-8")
    read = TextBody().read(one)
    assert (read.document, read.opaque) == ({"@body": "Grüße"}, ())
    assert TextBody().write(one, read.document, {"@body": "ja"}) == (b"ja", "text/plain; charset=utf-8")
    assert TextBody().write(incoming(b"x"), {"@body": "x"}, {"@body": "x"}) == (b"x", "text/plain")


@pytest.mark.parametrize("one", [incoming(b"\xff"), incoming(b"a\0b"), incoming(b"a", charset="utf-16")])
def test_what_is_no_text_in_utf_8_is_refused(one):
    with pytest.raises(MalformedRequestError):
        TextBody().read(one)


def test_bytes_are_opaque_and_leave_as_they_came():
    one = incoming(b"\x89PNG\xff", "image/png")
    assert Raw().read(one).opaque == (OpaquePart("body", "image/png", "image"),)
    assert Raw().read(one).opaque[0].input == "image"
    assert Raw().write(one, {}, {"model": "m"}) == (b"\x89PNG\xff", "image/png")
    assert Raw().read(incoming(b"x", "image/of-ada")).opaque[0].media == "image"


def test_what_says_nothing_is_a_text_where_it_is_one():
    text, image = incoming(b"hello", ""), incoming(b"\xff\xd8", "")
    assert Unspecified().read(text).document == {"@body": "hello"}
    assert Unspecified().write(text, {"@body": "hello"}, {"@body": "bye"}) == (b"bye", "application/octet-stream")
    assert Unspecified().read(image).document == {}
    assert Unspecified().read(image).opaque == (OpaquePart("body", "application/octet-stream", "file"),)
    assert Unspecified().write(image, {}, {}) == (b"\xff\xd8", "application/octet-stream")
