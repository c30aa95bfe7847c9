from __future__ import annotations

import base64

import orjson
import pytest

from proxy.codecs.bedrock.count import COUNT
from proxy.core.wire import Incoming
from proxy.errors import MalformedRequestError
from testing.dialects import stand
from testing.dialects.samples.bedrock import COUNT_TOKENS, INVOKE
from testing.fakes import SSN

CONVERSE = {"messages": [{"role": "user", "content": [{"text": "Of Ada"}]}]}
CLAUDE = {"anthropic_version": "bedrock-2023-05-31", "messages": [{"role": "user", "content": "Of Ada"}]}


def encoded(document):
    return base64.b64encode(orjson.dumps(document)).decode()


def decode(document):
    return COUNT.decode(Incoming(orjson.dumps(document), variables={"model": "m"}))


@pytest.mark.parametrize("asked", [{"converse": CONVERSE}, {"invokeModel": {"body": encoded(CLAUDE)}}])
def test_what_is_counted_is_read_and_written_as_what_it_is(asked):
    payload = decode({"input": asked})
    assert ([span.text for span in payload.spans], payload.features) == (["Of Ada"], ())
    wire = COUNT.encode(payload, {0: "Of Name_1"}, "a/b")
    assert wire.path == "/model/a%2Fb/count-tokens"
    sent = orjson.loads(wire.body)["input"]
    body = sent["converse"] if "converse" in sent else orjson.loads(base64.b64decode(sent["invokeModel"]["body"]))
    said = body["messages"][0]["content"]
    assert said in ("Of Name_1", [{"text": "Of Name_1"}])
    assert COUNT.outgoing_texts(wire) == ["Of Name_1"]
    told = COUNT.with_statement(wire, "Note.")
    assert sorted(COUNT.outgoing_texts(told)) == ["Note.", "Of Name_1"]


def test_a_prompt_has_no_place_for_a_statement():
    wire = COUNT.encode(decode({"input": {"invokeModel": {"body": encoded({"prompt": "hi"})}}}), {}, "m")
    assert COUNT.with_statement(wire, "Note.") is None


def test_a_feature_is_one_here_too():
    payload = decode({"input": {"converse": {**CONVERSE, "guardrailConfig": {"guardrailIdentifier": "g"}}}})
    assert payload.features == ("guardrailConfig",)


@pytest.mark.parametrize(
    "document",
    [
        {}, {"input": {}}, {"input": {"converse": CONVERSE, "invokeModel": {"body": encoded(CLAUDE)}}},
        {"input": {"converse": CONVERSE}, "more": "Ada"}, {"input": {"invokeModel": {"body": "Ada?"}}},
        {"input": {"invokeModel": {"body": encoded(CLAUDE), "more": "Ada"}}}, {"input": {"invokeModel": {"body": {}}}},
        {"input": {"invokeModel": {"body": base64.b64encode(b"no JSON").decode()}}},
    ],
)  # fmt: skip
def test_anything_else_is_refused(document):
    with pytest.raises(MalformedRequestError):
        decode(document)


@pytest.mark.parametrize("how", ["{0} {1} {0}", "{1}"])
def test_a_value_in_any_place_of_a_body_in_base64_never_leaves(how):
    sent = 0
    for asked in INVOKE.requests:
        for keys in stand.leaves(asked):
            body = stand.planted(asked, keys, how.format(stand.at(asked, keys), SSN))
            made = stand.call(COUNT, COUNT_TOKENS, {"input": {"invokeModel": {"body": encoded(body)}}})
            if made.sent is None:
                assert made.client.status in {400, 403}
                continue
            sent += 1
            [held] = orjson.loads(made.sent.wire.body)["input"].values()
            assert SSN.encode() not in base64.b64decode(held["body"])
    assert sent


@pytest.mark.parametrize("depth", [240, 300, 900])
def test_what_is_nested_too_deep_is_a_fault_of_the_caller(depth):
    deep = '{"input":{"converse":{"messages":[],"additionalModelRequestFields":' + "[" * depth + "]" * depth + "}}}"
    with pytest.raises(MalformedRequestError):
        COUNT.decode(Incoming(deep.encode(), variables={"model": "m"}))
