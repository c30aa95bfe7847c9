from __future__ import annotations

import orjson
import pytest

from proxy.codecs.bedrock.invoke import INVOKE
from proxy.core.records import Operation
from proxy.core.wire import Incoming
from proxy.errors import MalformedRequestError

ARN = "arn:aws:bedrock:eu-central-1:123456789012:application-inference-profile/abc"
SAID = [{"role": "user", "content": "hi"}]
CLAUDE = {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 64}
PARTS = [{"role": "user", "content": [{"text": "hi"}]}]


def decode(document, stream=False, model=ARN):
    return INVOKE.decode(Incoming(orjson.dumps(document), variables={"model": model}, stream=stream))


def texts(payload):
    return [span.text for span in payload.spans]


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"messages": SAID, **CLAUDE}, ["hi"]),
        ({"messages": SAID, "anthropic_version": "2026-10-21"}, ["hi"]),
        ({"messages": SAID, **CLAUDE, "anthropic_beta": ["context-1m-2025-08-07"]}, ["hi"]),
        ({"messages": PARTS, "inferenceConfig": {"maxTokens": 5, "topK": 5}}, ["hi"]),
        ({"messages": PARTS, "schemaVersion": "messages-v1"}, ["hi"]),
        ({"messages": SAID, "max_tokens": 5}, ["hi"]),
        ({"messages": SAID, "model": ARN}, ["hi"]),
        ({"inputText": "hi", "textGenerationConfig": {"maxTokenCount": 5}}, ["hi"]),
        ({"prompt": "hi", "max_gen_len": 5}, ["hi"]),
        ({"prompt": "hi", "max_tokens_to_sample": 5, "anthropic_version": "bedrock-2023-05-31"}, ["hi"]),
        ({"message": "hi", "chat_history": [{"role": "USER", "message": "ho"}]}, ["hi", "ho"]),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_bodies_of_every_shape_are_read(document, said, stream):
    payload = decode(document, stream)
    assert (texts(payload), payload.features, payload.opaque, payload.stream) == (said, (), (), stream)
    assert (payload.model, payload.operation) == (ARN, Operation.CHAT)
    wire = INVOKE.encode(payload, {0: "new"}, "theirs")
    assert wire.path == f"/model/theirs/{'invoke-with-response-stream' if stream else 'invoke'}"
    assert INVOKE.outgoing_texts(wire) == ["new", *said[1:]]
    assert ARN not in wire.body.decode()


@pytest.mark.parametrize(
    "document", [{"texts": ["hi"], "input_type": "search_query"}, {"inputText": "hi", "dimensions": 256}]
)
def test_vectors_are_asked_for_as_such(document):
    assert decode(document).operation == Operation.EMBEDDING
    assert texts(decode(document)) == ["hi"]


@pytest.mark.parametrize(
    ("document", "feature"),
    [
        ({"messages": SAID, **CLAUDE, "mcp_servers": []}, "mcp_servers"),
        ({"messages": SAID, **CLAUDE, "user_profile_id": "u"}, "user_profile_id"),
        ({"messages": SAID, **CLAUDE, "anthropic_beta": ["files-api-2025-04-14"]}, "anthropic_beta.files-api"),
        ({"messages": PARTS, "schemaVersion": "messages-v1", "toolConfig": {"tools": [{"systemTool": {"name": "n"}}]}}, "toolConfig.tools.systemTool"),
        ({"message": "hi", "connectors": [{"id": "web-search"}]}, "connectors"),
        ({"prompt": "hi", "return_likelihoods": "ALL"}, "return_likelihoods"),
        ({"taskType": "TEXT_IMAGE", "textToImageParams": {"text": "Ada"}}, "taskType"),
        ({"of": "tomorrow"}, "of"),
    ],
)  # fmt: skip
def test_what_does_more_than_tune_is_a_feature(document, feature):
    assert feature in decode(document).features


def test_a_body_that_names_another_model_than_the_path_is_refused():
    with pytest.raises(MalformedRequestError):
        decode({"messages": SAID, "model": "another"})


@pytest.mark.parametrize("document", [{"messages": [], **CLAUDE}, {"messages": "hi"}, {"messages": [5]}])
def test_what_is_no_conversation_is_refused(document):
    with pytest.raises(MalformedRequestError):
        decode(document)


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({"messages": SAID, **CLAUDE}, {"system": [{"type": "text", "text": "Note."}]}),
        ({"messages": PARTS, "schemaVersion": "messages-v1"}, {"system": [{"text": "Note."}]}),
        ({"messages": SAID}, {"messages": [{"role": "system", "content": "Note."}, *SAID]}),
    ],
)
def test_a_statement_stands_where_the_shape_has_a_place(document, told):
    wire = INVOKE.with_statement(INVOKE.encode(decode(document), {}, "m"), "Note.")
    assert orjson.loads(wire.body) == {**document, **told}


def test_a_prompt_has_no_place_for_a_statement():
    assert INVOKE.with_statement(INVOKE.encode(decode({"prompt": "hi"}), {}, "m"), "Note.") is None
