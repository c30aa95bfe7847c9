"""What models wrote in earlier turns is not the caller's."""

from __future__ import annotations

import orjson
import pytest

from proxy.codecs.anthropic import APIS as ANTHROPIC
from proxy.codecs.gemini import APIS as GEMINI
from proxy.codecs.openai import APIS as OPENAI
from proxy.core.replies.turns import ModelText, continued, texts_by_writer
from proxy.core.wire import Incoming

CALL = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": '{"u": "model"}'}}
REQUESTS = {
    "openai_chat": {
        "model": "m",
        "messages": [
            {"role": "user", "content": "caller"},
            {"role": "assistant", "content": "model", "tool_calls": [CALL]},
            {"role": "tool", "tool_call_id": "call_1", "content": "caller"},
        ],
    },
    "openai_responses": {
        "model": "m",
        "input": [
            {"role": "user", "content": "caller"},
            {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "model"}]},
            {"type": "reasoning", "id": "r", "summary": [{"type": "summary_text", "text": "model"}]},
            {"type": "function_call", "call_id": "c", "name": "f", "arguments": '{"u": "model"}'},
            {"type": "function_call_output", "call_id": "c", "output": "caller"},
        ],
    },
    "anthropic_messages": {
        "model": "m",
        "max_tokens": 1,
        "system": "caller",
        "messages": [
            {"role": "user", "content": "caller"},
            {"role": "assistant", "content": [{"type": "text", "text": "model"}]},
        ],
    },
    "gemini_generate": {
        "contents": [
            {"role": "user", "parts": [{"text": "caller"}]},
            {"role": "model", "parts": [{"text": "model"}]},
        ]
    },
}


@pytest.mark.parametrize("name", REQUESTS)
def test_texts_of_earlier_answers_are_a_models(name):
    [api] = [each for each in (*ANTHROPIC, *GEMINI, *OPENAI) if each.name == name]
    payload = api.decode(Incoming(orjson.dumps(REQUESTS[name]), variables={"model": "m"}))
    texts = [text for text in texts_by_writer(payload) if text in {"caller", "model"}]
    assert {*texts} == {"caller", "model"}
    assert all(isinstance(text, ModelText) is (text == "model") for text in texts)


@pytest.mark.parametrize("name", REQUESTS)
def test_a_reply_goes_on_with_the_turn_of_a_model_at_the_end(name):
    [api] = [each for each in (*ANTHROPIC, *GEMINI, *OPENAI) if each.name == name]
    payload = api.decode(Incoming(orjson.dumps(REQUESTS[name]), variables={"model": "m"}))
    assert ("model" in continued(payload)) is (name in {"anthropic_messages", "gemini_generate"})


@pytest.mark.parametrize(
    ("prompt", "last"), [("see https://evil.", ("https://evil.",)), ("see\n", ()), ("", ()), ("x" * 999, ("x" * 512,))]
)
def test_a_reply_goes_on_with_the_last_word_of_a_prompt(prompt, last):
    [api] = [each for each in OPENAI if each.name == "openai_completions"]
    payload = api.decode(Incoming(orjson.dumps({"model": "m", "prompt": prompt})))
    assert continued(payload) == last
