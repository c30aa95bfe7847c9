from __future__ import annotations

import ast
import json
import shlex

import pytest

from proxy.embedded import demo

EACH = pytest.mark.parametrize("request_", demo.DEMO_REQUESTS, ids=lambda each: each.name)


def test_every_outcome_once():
    assert [each.expected for each in demo.DEMO_REQUESTS] == ["forward", "redact_and_forward", "pin_local", "block"]


@EACH
def test_curl_line_carries_key_headers_and_body(request_):
    words = shlex.split(demo.curl(request_, "http://127.0.0.1:8080", "cp_key"))
    headers = dict(words[index + 1].split(": ", 1) for index, word in enumerate(words) if word == "-H")
    assert words[:3] == ["curl", "-s", "http://127.0.0.1:8080/v1/chat/completions"]
    assert headers["authorization"] == "Bearer cp_key"
    assert headers.items() >= dict(request_.headers).items()
    assert json.loads(words[words.index("-d") + 1]) == request_.body()


@EACH
def test_sdk_line_is_python_with_the_same_request(request_):
    ast.parse(demo.sdk_client("http://127.0.0.1:8080", "cp_key"))
    call = ast.parse(demo.sdk(request_), mode="eval").body.value.value.value.value
    given = {word.arg: ast.literal_eval(word.value) for word in call.keywords}
    assert given.pop("extra_headers", {}) == dict(request_.headers)
    assert given == request_.body()


@EACH
def test_text_fits_into_what_the_stand_in_repeats(request_):
    assert len(request_.text) <= 100
