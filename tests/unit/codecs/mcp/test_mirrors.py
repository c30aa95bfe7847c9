from __future__ import annotations

import pytest

from proxy.codecs.mcp import mirrors
from proxy.errors import HeaderMismatchError

CALL = {
    "method": "tools/call",
    "params": {"name": "find", "arguments": {"city": "Krak\u00f3w", "n": 42, "x": 4.0, "sure": True, "deep": {"a/b": "v"}, "l": ["w"]}},
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("plain", "plain"), ("", ""), ("a b", "a b"), (" a", "=?base64?IGE=?="), ("Krak\u00f3w", "=?base64?S3Jha8Ozdw==?="),
        ("=?base64?YQ==?=", "=?base64?PT9iYXNlNjQ/WVE9PT89?="), ("a\nb", "=?base64?YQpi?="),
    ],
)  # fmt: skip
def test_a_header_says_any_text(text, value):
    assert mirrors.encode(text) == value
    assert mirrors.decode(value) == text


@pytest.mark.parametrize("value", ["=?base64?*?=", "=?base64?/w==?=", "=?base64?YQ?="])
def test_what_is_no_base64_of_a_text_says_nothing(value):
    assert mirrors.decode(value) is None


@pytest.mark.parametrize(
    ("name", "value", "place"),
    [
        ("mcp-method", "tools/call", ("method",)), ("mcp-name", "find", ("params", "name")),
        ("mcp-param-c", "=?base64?S3Jha8Ozdw==?=", ("params", "arguments", "city")), ("mcp-param-n", "42", ("params", "arguments", "n")),
        ("mcp-param-x", "4", ("params", "arguments", "x")), ("mcp-param-s", "true", ("params", "arguments", "sure")),
        ("mcp-param-d", "v", ("params", "arguments", "deep", "a/b")),
    ],
)  # fmt: skip
def test_a_header_repeats_a_place_of_the_body(name, value, place):
    assert mirrors.read({name: value, "other": "x"}, CALL) == {name: (place,)}
    assert dict(mirrors.rewrite({name: (place,)}, CALL)) == {name: value}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("mcp-method", "tools/list"), ("mcp-name", "other"), ("mcp-param-c", "Berlin"), ("mcp-param-l", "w"),
        ("mcp-param-s", "True"), ("mcp-param-c", "=?base64?*?="), ("mcp-param-none", "null"), ("mcp-name", ""),
    ],
)  # fmt: skip
def test_a_header_that_repeats_nothing_is_refused(name, value):
    with pytest.raises(HeaderMismatchError):
        mirrors.read({name: value}, CALL)


def test_a_message_without_arguments_has_nothing_to_repeat():
    with pytest.raises(HeaderMismatchError):
        mirrors.read({"mcp-param-c": "x"}, {"method": "ping"})
    assert mirrors.read({"mcp-name": "note://a"}, {"params": {"uri": "note://a"}}) == {"mcp-name": (("params", "uri"),)}


def test_what_is_written_follows_the_body_or_is_refused():
    places = mirrors.read({"mcp-param-c": "same"}, {"params": {"arguments": {"a": "same", "b": "same"}}})
    both = {"params": {"arguments": {"a": "new", "b": "new"}}}
    assert list(mirrors.rewrite(places, both)) == [("mcp-param-c", "new")]
    for changed in ({"a": "new", "b": "same"}, {"a": "new"}, {}):
        with pytest.raises(HeaderMismatchError):
            list(mirrors.rewrite(places, {"params": {"arguments": changed}}))
