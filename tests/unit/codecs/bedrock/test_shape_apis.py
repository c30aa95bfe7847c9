from __future__ import annotations

import orjson
import pytest

from proxy.codecs.bedrock.shape import CONVERSE
from proxy.core.wire import Incoming
from proxy.errors import MalformedRequestError

MODEL = "anthropic.claude-3-haiku-20240307-v1:0"
ARN = "arn:aws:bedrock:eu-central-1:123456789012:application-inference-profile/abc"
SAID = [{"role": "user", "content": [{"text": "hi"}]}]


def decode(headers=None, **members):
    body = orjson.dumps({"messages": SAID, **members})
    return CONVERSE.decode(Incoming(body, variables={"model": MODEL}, headers=headers or {}))


def texts(payload):
    return [span.text for span in payload.spans]


@pytest.mark.parametrize("verb", ["converse", "converse-stream"])
def test_the_model_stands_in_the_path_as_one_segment(verb):
    incoming = Incoming(orjson.dumps({"messages": SAID}), variables={"model": ARN}, stream=verb != "converse")
    payload = CONVERSE.decode(incoming)
    assert (payload.model, payload.stream, texts(payload)) == (ARN, verb != "converse", ["hi"])
    wire = CONVERSE.encode(payload, {0: "ho"}, ARN)
    assert wire.path == f"/model/{ARN.replace(':', '%3A').replace('/', '%2F')}/{verb}"
    assert CONVERSE.outgoing_texts(wire) == ["ho"]


def test_a_guardrail_of_a_header_is_a_feature_and_goes_on():
    headers = {"x-amzn-bedrock-guardrailidentifier": "gr1", "x-amzn-bedrock-request-metadata": '{"team": "Ada"}'}
    payload = decode(headers=headers)
    assert payload.features == ("x-amzn-bedrock-guardrailidentifier.guardrail",)
    assert texts(payload) == ["hi", '{"team": "Ada"}']
    wire = CONVERSE.encode(payload, {1: '{"team": "Name_1"}'}, "m")
    assert dict(wire.headers) == {**headers, "x-amzn-bedrock-request-metadata": '{"team": "Name_1"}'}


@pytest.mark.parametrize("betas", ["context-1m-2025-08-07", ["Ada Byron"], [5], {"a": 1}])
def test_betas_are_a_list_of_names(betas):
    with pytest.raises(MalformedRequestError):
        decode(additionalModelRequestFields={"anthropic_beta": betas})


def test_a_statement_stands_before_what_the_caller_said():
    wire = CONVERSE.encode(decode(system=[{"text": "Be brief."}]), {}, "m")
    told = CONVERSE.with_statement(wire, "Note.")
    assert orjson.loads(told.body)["system"] == [{"text": "Note."}, {"text": "Be brief."}]
