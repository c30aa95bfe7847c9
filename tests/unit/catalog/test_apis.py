"""What a declaration may say, and how one that may not be is told of."""

from __future__ import annotations

import pytest
import yaml

from proxy.catalog import declared
from proxy.errors import ConfigurationError

SHORT = {"paths": [{"path": "/say/{model}"}], "operation": "chat"}
STREAM = {"framing": "ndjson", "grows": ["text"]}


def read(folder, **changes):
    path = folder / "apis.yaml"
    path.write_text(yaml.safe_dump({"apis": {"say": {**SHORT, **changes}}}))
    return declared.read(path)


def test_a_short_declaration_is_enough(tmp_path):
    assert read(tmp_path).names == {"org.say"}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"path": "/x"}, "apis.say.path: Extra inputs are not permitted"),
        ({"operation": "sing"}, "apis.say.operation: 'sing' is not an operation"),
        ({"operation": None}, "apis.say.operation is null"),
        ({"paths": []}, "apis.say.paths: List should have at least 1 item"),
        ({"paths": [{"path": "say"}]}, "apis.say.paths.0.path: a path begins with '/' and a word of its own"),
        ({"paths": [{"path": "/{model}"}]}, "apis.say.paths.0.path: a path begins with"),
        ({"paths": [{"path": "/say/../{model}"}]}, "apis.say.paths.0.path: each part of a path"),
        ({"paths": [{"path": "/say//{model}"}]}, "apis.say.paths.0.path: each part of a path"),
        ({"paths": [{"path": "/say/%2e/{model}"}]}, "apis.say.paths.0.path: each part of a path"),
        ({"paths": [{"path": "/say/{model}{more}"}]}, "apis.say.paths.0.path: each part of a path"),
        ({"paths": [{"path": "/say/{model}/{model}"}]}, "apis.say.paths.0.path: a path may contain a variable only once"),
        ({"paths": [{"path": "/say/{model}", "to": "/{other}"}]}, "apis.say.paths.0.to: a path begins with"),
        ({"paths": [{"path": "/say/{model}", "to": "/a/{other}"}]}, "to: '{other}' is not in 'path'"),
        ({"paths": [{"path": "/say/{model}", "methods": ["GET"]}]}, "apis.say.paths.0.methods.0: Input should be 'POST'"),
        ({"paths": [{"path": "/say"}]}, "model: the path '/say' does not name it"),
        ({"model": {"fixed": "m"}}, "model: the path names it"),
        ({"media": ["*/*"]}, "apis.say.media.0: '*/*' is not a supported media type"),
        ({"media": ["application/*"]}, "apis.say.media.0: "),
        ({"media": ["multipart/mixed"]}, "apis.say.media.0: "),
        ({"reply": {"media": ["image/*"]}}, "apis.say.reply.media.0: 'image/*': a reply has one media type"),
        ({"query": {"q": "(?=a)"}}, "apis.say.query.q: '(?=a)' is not a linear-time (RE2) pattern"),
        ({"headers": {"Authorization": "x"}}, "apis.say.headers.Authorization.[key]: a header name consists of lower-case letters"),
        ({"headers": {"authorization": ".*"}}, "is never passed on"),
        ({"headers": {"cookie": ".*"}}, "is never passed on"),
        ({"headers": {"x-compliance-activity": ".*"}}, "is never passed on"),
        ({"headers": {"x-api-key": ".*"}}, "is never passed on"),
        ({"headers": {"x-session-token": ".*"}}, "is never passed on"),
        ({"headers": {"content-type": ".*"}}, "is never passed on"),
        ({"own": ["path.model"]}, "apis.say.own.0: "),
        ({"own": ["query.q"]}, "own: 'query.q' is not declared"),
        ({"own": ["query.q"], "query": {"q": ".*"}}, "'.*' is too wide: 'Schmidt' would pass unread"),
        ({"request": {"identifiers": {"id": ".*"}}}, "apis.say.request.identifiers.id: '.*' is too wide"),
        ({"request": {"words": {"to": ["Anna Schmidt"]}}}, "apis.say.request.words.to.0: "),
        ({"request": {"words": {"to": []}}}, "apis.say.request.words.to: List should have at least 1 item"),
        ({"request": {"words": {"to": ["w"] * 257}}}, "apis.say.request.words.to: List should have at most 256 items"),
        ({"request": {"opaque": {"a.[*]": "image"}}}, "apis.say.request.opaque"),
        ({"request": {"opaque": {"a": "text"}}}, "apis.say.request.opaque.a: Input should be 'image'"),
        ({"request": {"keys": ["@body"]}}, "apis.say.request.keys.0: "),
        ({"reply": {"needs": {"text": "number"}}}, "apis.say.reply.needs.text: Input should be 'string'"),
        ({"stream": {"framing": "ndjson"}}, "grows: required for this framing"),
        ({"stream": {"framing": "text", "grows": ["a"]}}, "grows: a stream of framing 'text' is a single text"),
        ({"stream": {"framing": "sse", "ends": "done"}}, "by, ends: these are members of events"),
        ({"stream": {"framing": "ndjson", "grows": ["a[*]"]}}, "apis.say.stream.grows.0: "),
        ({"stream": {**STREAM, "last": [1]}}, "last: values of a member that 'ends' has to name"),
        ({"stream": STREAM, "reply": {"words": ["text"]}}, "reply.words: 'text' is also one of 'grows'"),
        ({"error": {"error": "code"}}, "apis.say.error: no member of an error holds the message"),
        ({"error": {"error": "code", "error.message": "message"}}, "apis.say.error: 'error' cannot hold a value and members"),
    ],
)  # fmt: skip
def test_what_a_declaration_may_not_say_is_told_by_its_place(tmp_path, changes, told):
    with pytest.raises(ConfigurationError) as caught:
        read(tmp_path, **changes)
    assert str(caught.value).startswith("apis.yaml: ")
    assert told in str(caught.value)


@pytest.mark.parametrize("name", ["Say", "say.it", "1st", "x" * 41, "say-it"])
def test_a_name_is_a_plain_word(tmp_path, name):
    (tmp_path / "apis.yaml").write_text(yaml.safe_dump({"apis": {name: SHORT}}))
    with pytest.raises(ConfigurationError, match="apis"):
        declared.read(tmp_path / "apis.yaml")


def test_the_line_of_a_fault_is_told(tmp_path):
    (tmp_path / "apis.yaml").write_text(
        "apis:\n  say:\n    # a remark\n    operation: chat\n    paths:\n      - path: /a/{model}\n      - path: b\n"
    )
    with pytest.raises(ConfigurationError, match=r"apis\.yaml: apis\.say\.paths\.1\.path: .* \(line 7\)"):
        declared.read(tmp_path / "apis.yaml")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("apis: {say: [}", "is not valid YAML"),
        ("apis: {a: {operation: chat}, a: {operation: chat}}", "the key 'a' is repeated"),
        ("", "the document is null"),
        ("other: {}", "apis: Field required"),
    ],
)
def test_a_file_that_is_none_is_told(tmp_path, text, told):
    (tmp_path / "apis.yaml").write_text(text)
    with pytest.raises(ConfigurationError, match=r"apis\.yaml") as caught:
        declared.read(tmp_path / "apis.yaml")
    assert told in str(caught.value)
    with pytest.raises(ConfigurationError, match=r"nowhere\.yaml is missing"):
        declared.read(tmp_path / "nowhere.yaml")
