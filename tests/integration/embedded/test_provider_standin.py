"""The provider stand-in as the OpenAI SDK sees it, and its journal of what reached it."""

from __future__ import annotations

import json
import secrets
import urllib.request

import openai
import pytest

from proxy.embedded.demo import JOURNAL

TOOL = {
    "type": "function",
    "function": {
        "name": "find_order",
        "description": "Find an order",
        "parameters": {"type": "object", "properties": {"number": {"type": "string"}}, "required": ["number"]},
    },
}


@pytest.fixture
def client(provider_url):
    with openai.OpenAI(base_url=f"{provider_url}/v1", api_key="sk-canary-header", max_retries=0) as sdk:
        yield sdk


def journal(url: str) -> str:
    with urllib.request.urlopen(url + JOURNAL) as reply:
        return reply.read().decode()


def test_echo_and_journal_show_the_body_that_arrived(client, provider_url):
    text = f"ticket {secrets.token_hex(6)}"
    asked = [{"role": "user", "content": text}]
    reply = client.chat.completions.create(model="gpt-x", messages=asked, metadata={"a": "b"})
    assert reply.choices[0].message.content == f"Hello! You said: {text}"
    kept = [r["body"] for r in json.loads(journal(provider_url))["requests"] if r["body"].get("messages") == asked]
    assert kept == [{"messages": asked, "model": "gpt-x", "metadata": {"a": "b"}}]


def test_journal_keeps_no_credentials(client, provider_url):
    client.chat.completions.create(model="gpt-x", messages=[{"role": "user", "content": "hello"}])
    assert "sk-canary-header" not in journal(provider_url)


def test_stream_comes_in_pieces(client):
    text = f"ticket {secrets.token_hex(6)} and more words"
    stream = client.chat.completions.create(model="gpt-x", messages=[{"role": "user", "content": text}], stream=True)
    pieces = [chunk.choices[0].delta.content for chunk in stream if chunk.choices and chunk.choices[0].delta.content]
    assert len(pieces) > 3
    assert "".join(pieces) == f"Hello! You said: {text}"


def test_offered_tool_is_called_and_its_result_answered(client):
    asked = [{"role": "user", "content": "find my order"}]
    first = client.chat.completions.create(model="gpt-x", messages=asked, tools=[TOOL]).choices[0]
    assert first.finish_reason == "tool_calls"
    call = first.message.tool_calls[0]
    assert call.function.name == "find_order"
    assert "number" in json.loads(call.function.arguments)
    told = [*asked, first.message, {"role": "tool", "tool_call_id": call.id, "content": "sent"}]
    second = client.chat.completions.create(model="gpt-x", messages=told, tools=[TOOL]).choices[0]
    assert second.finish_reason == "stop"


def test_responses_say_what_arrived_whole_and_in_pieces(client):
    text = f"ticket {secrets.token_hex(6)} and more words"
    whole = client.responses.create(model="gpt-x", input=text)
    assert whole.output_text == f"Hello! You said: {text}"
    with client.responses.stream(model="gpt-x", input=text) as stream:
        pieces = [event.delta for event in stream if event.type == "response.output_text.delta"]
    assert len(pieces) > 3
    assert "".join(pieces) == whole.output_text


def test_embeddings_are_the_same_numbers_in_both_encodings(client):
    numbers = client.embeddings.create(model="e", input=["a", "b"], encoding_format="float")
    packed = client.embeddings.create(model="e", input=["a", "b"])
    assert len(numbers.data) == 2
    assert numbers.data[0].embedding != numbers.data[1].embedding
    for plain, unpacked in zip(numbers.data, packed.data, strict=True):
        assert unpacked.embedding == pytest.approx(plain.embedding, abs=1e-6)


def test_embedding_of_tokens(client):
    assert len(client.embeddings.create(model="e", input=[1, 2, 3]).data) == 1


@pytest.mark.parametrize(
    ("path", "asked", "member"),
    [
        ("messages", {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}, {"role": "system", "content": "now"}]}, "content"),
        ("messages/count_tokens", {"model": "m", "messages": [{"role": "user", "content": "hi"}]}, "input_tokens"),
        ("responses", {"model": "m", "input": "hi"}, "output"),
        ("models/m:generateContent", {"contents": [{"role": "user", "parts": [{"text": "hi"}]}]}, "candidates"),
        ("models/m:countTokens", {"contents": [{"role": "user", "parts": [{"text": "hi"}]}]}, "totalTokens"),
    ],
)  # fmt: skip
def test_every_dialect_of_the_shipped_target_is_served_at_one_address(provider_url, path, asked, member):
    headers = {"Content-Type": "application/json", "x-api-key": "k", "anthropic-version": "2023-06-01"}
    request = urllib.request.Request(f"{provider_url}/v1/{path}", json.dumps(asked).encode(), headers)
    with urllib.request.urlopen(request) as reply:
        assert member in json.load(reply)
