"""What becomes of a declaration; what such APIs do is tested with all others (``tests/dialects``)."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, example, given
from hypothesis import strategies as st

from proxy.catalog import apis, declared
from proxy.codecs.endpoints import DIALECTS, TABLE
from proxy.core.records import OpaquePart
from proxy.core.wire import Incoming
from proxy.errors import ConfigurationError
from proxy.runtime.resources import shipped
from testing.dialects.samples.declared import DECLARED
from testing.dialects.stand import planted
from testing.examples import examples

EVERY = {api.name: api for _, apis in DECLARED.dialects for api in apis}


def at(folder, *paths, name="own"):
    said = {"operation": "chat", "paths": [{"path": path} for path in paths], "model": {"fixed": "m"}}
    if any("{model}" in path for path in paths):
        del said["model"]
    (folder / "apis.yaml").write_text(yaml.safe_dump({"apis": {name: said}}))
    return declared.read(folder / "apis.yaml")


@pytest.mark.parametrize(
    "path",
    [
        "/v1/chat/completions",
        "/v1/models",
        "/v1/messages",
        "/v1/responses/x",
        "/v1/files",
        "/v1/{x}",
        "/v1/{x}/{y}",
        "/v1/{x:path}",
        "/v1/chat/{x}",
        "/openai/deployments/{x}/chat/completions",
        "/v1beta/models/gemini:generateContent",
        "/api/chat",
        "/predictions/{x}",
        "/healthz",
        "/metrics",
        "/admin/v1/policy",
        "/v1/compliance/explain",
    ],
)
def test_a_path_that_is_served_or_refused_already_is_taken(tmp_path, path):
    with pytest.raises(
        ConfigurationError, match=r"apis\.yaml: apis\.own\.paths\.0\.path: '.*' overlaps with '.*' of .* \(line \d+\)"
    ):
        at(tmp_path, path)


def test_two_declarations_may_not_answer_at_one_path(tmp_path):
    said = {
        name: {"operation": "chat", "paths": [{"path": path}]}
        for name, path in (("a", "/x/{model}"), ("b", "/x/{model}:go"))
    }
    (tmp_path / "apis.yaml").write_text(yaml.safe_dump({"apis": said}))
    with pytest.raises(ConfigurationError, match=r"apis\.b\.paths\.0\.path: .* of 'a'"):
        declared.read(tmp_path / "apis.yaml")


def test_one_api_may_answer_at_paths_that_meet(tmp_path):
    assert at(tmp_path, "/say/{model}", "/say/{model}:go").names == {"org.own"}


def test_nothing_of_this_build_changes_where_something_is_declared(tmp_path):
    table = at(tmp_path, "/v1/own/{model}", "/own/{model}").table()
    assert table.served[: len(TABLE.served)] == TABLE.served
    for method, path in (
        ("POST", "/v1/chat/completions"),
        ("GET", "/v1/models"),
        ("POST", "/v1/files"),
        ("GET", "/v1/x"),
    ):
        for headers in ((), ("anthropic-version",), ("x-goog-api-key",)):
            found, before = table.find(method, path, headers), TABLE.find(method, path, headers)
            assert (found.dialect, found.served, found.kept) == (before.dialect, before.served, before.kept)
    assert table.find("POST", "/own/m", ()).dialect.name == "org.own"
    assert table.find("POST", "/own/m/x", ()).dialect.name == "org.own"
    assert table.find("POST", "/own/%2e%2e", ()).served is None


def test_the_names_stand_apart_from_those_of_this_build():
    ours = {api.name for _, apis in DIALECTS for api in apis}
    assert all(name.startswith("org.") for name in DECLARED.names)
    assert not any(name.startswith("org.") for name in ours)


def test_the_revision_is_that_of_what_is_declared(tmp_path):
    first = at(tmp_path, "/own/{model}").revision
    assert len(first) == 20
    assert first == at(tmp_path, "/own/{model}").revision
    assert first != at(tmp_path, "/own/{model}/x").revision
    (tmp_path / "apis.yaml").write_text("apis: {}")
    assert declared.read(tmp_path / "apis.yaml") is declared.NOTHING


def test_the_example_that_is_shipped_declares_nothing_and_says_what_can_be_declared(tmp_path):
    shown = shipped("config") / "apis.yaml"
    assert declared.read(shown) is declared.NOTHING
    lines = shown.read_text().splitlines()
    example = lines[lines.index("# apis:") : lines.index("apis: {}")]
    (tmp_path / "apis.yaml").write_text("\n".join(line.removeprefix("# ") for line in example))
    [(_, [api])] = declared.read(tmp_path / "apis.yaml").dialects
    said = yaml.safe_load((tmp_path / "apis.yaml").read_text())["apis"]["translate"]
    assert api.name == "org.translate"
    for model, one, left_out in (
        (apis.ApiDeclaration, said, set()),
        (apis.RequestDeclaration, said["request"], {"members"}),
        (apis.ReplyDeclaration, said["reply"], set()),
        (apis.StreamDeclaration, said["stream"], {"media", "by", "last"}),
    ):
        assert set(model.model_fields) - set(one) == left_out, model


BASE = yaml.safe_load((Path(__file__).parents[3] / "testing" / "dialects" / "apis.yaml").read_text())
ODD = (
    None, True, -1, 1e300, 10**30, "", "x", "*", "a.b", "a[*].b", "@body", "/x/{y}", "{model}", "\ud800", "a" * 300,
    [], {}, [[]], [None], {"": {}}, {"x": "message"}, ["x"], {"x": ["y"]}, {"x": "(?=a)"},
)  # fmt: skip


def places_of(node, keys=()):
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [keys, *(found for key, value in items for found in places_of(value, (*keys, key)))]


@examples(60, *HealthCheck)
@given(keys=st.sampled_from(places_of(BASE)[1:]), odd=st.sampled_from(ODD))
@example(keys=("apis", "ask", "operation"), odd="\ud800")
@example(keys=("apis", "ask", "stream", "last", 0), odd="\ud800")
@example(keys=("apis", "ask", "stream", "last", 0), odd=10**30)
def test_any_declaration_is_read_or_refused_in_one_sentence(tmp_path, keys, odd):
    (tmp_path / "apis.yaml").write_text(yaml.safe_dump(planted(BASE, keys, odd)))
    with contextlib.suppress(ConfigurationError):
        declared.read(tmp_path / "apis.yaml")


def test_keys_are_those_that_the_declaration_names_anywhere():
    ask = EVERY["org.ask"]
    named = {"question", "options", "temperature", "tags", "attachments", "data", "history", "trace", "engine", "live"}
    assert ask.request.keys == named | {"tools", "name", "@body", "@files"}
    assert (ask.request.tools, ask.reply.calls) == (("tools[*].name",), {"answers[*].call.arguments": "name"})
    assert ask.reply.leaves.keys >= {
        "answers",
        "text",
        "call",
        "arguments",
        "aside",
        "number",
        "kind",
        "signature",
        "fault",
    }
    assert EVERY["org.extract"].request.keys == {"@body", "@files"}


def test_replies_that_are_bytes_are_told_to_policy(tmp_path):
    said = {"operation": "image", "paths": [{"path": "/draw/{model}"}], "reply": {"media": ["image/png", "text/plain"]}}
    (tmp_path / "apis.yaml").write_text(yaml.safe_dump({"apis": {"draw": said}}))
    [(_, [api])] = declared.read(tmp_path / "apis.yaml").dialects
    assert (api.unread, api.texts_too, api.bytes_too) == ((OpaquePart("reply", "image"),), True, True)
    assert api.decode(Incoming(b"{}", variables={"model": "m"})).unread == api.unread


def test_closed_members_may_be_those_that_are_named_and_no_others():
    ask = EVERY["org.ask"]
    body = b'{"question":"x","live":true,"engine":"e","options":{"tags":[],"seed":1},"callback":"y"}'
    payload = ask.decode(Incoming(body))
    assert (payload.features, payload.model, payload.stream) == (("options.seed", "callback"), "e", True)


@pytest.mark.parametrize(("word", "own"), [("ready", True), ("1234567", False), ("a@b", False), ("two words", False)])
def test_a_word_of_a_reply_is_short_and_says_nobody(word, own):
    assert EVERY["org.translate"].reply.is_structural("model", word) is own
