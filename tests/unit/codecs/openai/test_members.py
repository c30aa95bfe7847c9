from __future__ import annotations

import orjson
import pytest

from proxy.codecs.openai.apis import CHAT, EMBEDDINGS
from proxy.core.wire import Incoming
from testing.fakes import chat

PART = {"type": "text", "text": "hi"}


def decoded(content="hi", **more):
    return CHAT.decode(Incoming(chat(content, **more)))


@pytest.mark.parametrize(
    "more",
    [
        {"models": ["a/b", "c/d"]},
        {"provider": {"order": ["x"]}},
        {"route": "fallback"},
        {"transforms": ["middle-out"]},
        {"plugins": [{"id": "web"}]},
        {"api_base": "https://sink.example"},
        {"base_url": "https://sink.example"},
        {"api_key": "k"},
        {"fallbacks": ["m"]},
        {"data_sources": [{"type": "azure_search", "parameters": {"endpoint": "https://sink.example"}}]},
        {"web_search_options": {}},
        {"previous_response_id": "resp_1"},
        {"conversation": "conv_1"},
        {"background": True},
        {"extra_body": {"models": ["x"]}},
        {"kv_transfer_params": {"remote_host": "sink.example"}},
        {"chat_template": "{{ x }}"},
        {"Models": ["x"]},
        {"mode\u04cfs": ["x"]},
        {"tool_choice": {"type": "mcp", "server_label": "x"}},
        {"response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {}, "url": "x"}}},
        {"stream_options": {"include_usage": True, "provider": "x"}},
        {"functions": [{"name": "f", "server_url": "x"}]},
        {"tools": [{"type": "mcp", "server_url": "https://sink.example"}]},
        {"tools": [{"type": "web_search"}]},
        {"tools": [{"type": "function", "function": {"name": "f"}, "server_url": "https://sink.example"}]},
        {"tools": [{"type": "custom", "custom": {"name": "f", "connector_id": "x"}}]},
        {"reasoning": {"effort": "low", "models": ["x"]}},
        {"audio": {"format": "mp3", "voice": {"id": "voice_1"}}},
    ],
)
def test_members_that_do_more_than_tune_are_features(more):
    assert decoded(**more).features


@pytest.mark.parametrize(
    "part",
    [
        {"type": "text", "text": "x", "image_url": {"url": "https://sink.example"}},
        {"type": "file", "file": {"file_id": "file-1"}},
        {"type": "input_file", "file_id": "file-1"},
        {"type": "image_file", "image_file": {"file_id": "file-1"}},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA", "headers": {"a": "b"}}},
    ],
)
def test_members_of_content_parts_are_looked_at(part):
    assert decoded([PART, part]).features
    assert decoded(part).features


def test_members_of_messages_are_looked_at():
    def asked(**message):
        body = {"model": "m", "messages": [{"role": "user", "content": "hi", **message}]}
        return CHAT.decode(Incoming(orjson.dumps(body))).features

    assert asked(attachments=[{"file_id": "f"}]) == ("messages.attachments",)
    assert asked(audio={"id": "audio_1"}) == ("messages.audio",)
    assert asked(tool_calls=[{"id": "call_1", "type": "mcp_call"}]) == ("messages.tool_calls.mcp_call",)
    assert asked(audio=None, function_call=None, annotations=[], refusal=None, tool_calls=None) == ()


@pytest.mark.parametrize(
    "more",
    [
        {"previous_response_id": "resp_1"},
        {"conversation": {"id": "c"}},
        {"background": True},
        {"store": True},
        {"tools": [{"type": "file_search"}]},
    ],
)
def test_what_refers_to_state_is_stateful(more):
    assert decoded(**more).stateful
    assert not decoded(temperature=1, store=False, background=None).stateful
    assert decoded([{"type": "file", "file": {"file_id": "file-1"}}]).stateful


def test_what_tunes_generation_is_no_feature():
    schema = {"type": "object", "properties": {"models": {"type": "string"}, "base_url": {"type": "string"}}}
    payload = decoded(
        [PART, {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA", "detail": "low"}}],
        temperature=0.1, top_p=1, n=1, seed=1, stop=["x"], max_tokens=5, max_completion_tokens=5, user="u",
        presence_penalty=0, frequency_penalty=0, logit_bias={"1": 2}, logprobs=True, top_logprobs=2, stream=True,
        stream_options={"include_usage": True}, metadata={"models": "x", "provider": "y"}, store=True,
        tools=[{"type": "function", "function": {"name": "f", "description": "d", "parameters": schema, "strict": True}},
               {"type": "custom", "custom": {"name": "c", "format": {"type": "grammar", "grammar": {"syntax": "lark"}}}}],
        tool_choice={"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": [
            {"type": "function", "function": {"name": "f"}}]}},
        response_format={"type": "json_schema", "json_schema": {"name": "n", "schema": schema, "strict": True}},
        prediction={"type": "content", "content": "x"}, reasoning_effort="low", verbosity="low", service_tier="auto",
        top_k=4, min_p=0.1, repetition_penalty=1.1, guided_json=schema, chat_template_kwargs={"enable_thinking": False},
        mirostat=1, grammar="root ::= x", think=False, keep_alive="5m", options={"num_ctx": 4096}, web_search_options=None,
    )  # fmt: skip
    assert payload.features == ()


def test_embeddings_know_fewer_members():
    body = {"model": "m", "input": "hi", "dimensions": 8, "encoding_format": "float", "user": "u"}
    assert EMBEDDINGS.decode(Incoming(orjson.dumps(body))).features == ()
    assert EMBEDDINGS.decode(Incoming(orjson.dumps({**body, "messages": [], "provider": {}}))).features == (
        "messages",
        "provider",
    )
